// The log-frame as the table that everybody in the trade knows: objectives and results, their indicators, where one
// sees them, and what they depend on.

import { useRef } from "preact/hooks";
import { anchor } from "../../documents/places.ts";
import { type Item, items, scalar, textOf } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import { Button, Empty } from "../../parts/basic.tsx";
import { Help } from "../../parts/help.tsx";
import { addItem, ItemFrame, moveItem, nextCode, Removed } from "../../parts/items.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { useTableWalk } from "../../parts/table-walk.ts";
import { t } from "../../words/words.ts";
import { Level } from "./framework/level.tsx";

export const GENERAL = "general_objective";

export interface LevelRow {
  collection: "general" | "specific_objectives" | "results";
  id: string;
  item: Item;
  /** Its neighbours, in order: among them it moves. */
  order: readonly string[];
}

/** Objectives with their results below them, in order; at the end the results that serve none. */
function levelsOf(doc: unknown): LevelRow[] {
  const objectives = items(doc, "specific_objectives");
  const results = items(doc, "results");
  const known = new Set(objectives.map(([id]) => id));
  const rows: LevelRow[] = [{ collection: "general", id: GENERAL, item: {}, order: [] }];
  const add = (collection: LevelRow["collection"], list: [string, Item][], then?: (id: string) => void) => {
    const order = list.map(([id]) => id);
    for (const [id, item] of list) {
      rows.push({ collection, id, item, order });
      then?.(id);
    }
  };
  add("specific_objectives", objectives, (id) => add("results", results.filter(([, result]) => textOf(result["so_id"]) === id)));
  add("results", results.filter(([, result]) => !known.has(textOf(result["so_id"]))));
  return rows;
}

export function Framework() {
  const { replica } = useProgramme();
  const doc = replica.doc.value;
  const table = useRef<HTMLTableElement>(null);
  const levels = levelsOf(doc);
  const writable = replica.writable.value;
  useTableWalk(table, (cell, by) => {
    const collection = cell.dataset["collection"];
    const id = cell.dataset["item"] ?? "";
    if (!collection || collection === "general" || !writable) return;
    const order = collection === "indicators" ? indicatorsOf(doc, cell.dataset["level"] ?? "").map(([one]) => one) : (levels.find((one) => one.id === id)?.order ?? []);
    if (moveItem(replica, collection, order, id, by)) setTimeout(() => refocus(table.current, id, Number(cell.dataset["col"])), 30);
  });
  let row = 0;
  return (
    <>
      <h2>{t("part-framework")}</h2>
      <Help part="framework" />
      {levels.length === 1 && items(doc, "indicators").length === 0 ? (
        <Empty title={t("framework-empty")}>
          <p>{t("framework-empty-text")}</p>
        </Empty>
      ) : null}
      <p class="quiet" id="framework-keys">
        {t("framework-keys")}
      </p>
      <div class="table-wrap frame-wrap">
        <table class="log-frame" role="grid" ref={table} aria-label={t("framework-caption")} aria-describedby="framework-keys" data-testid="log-frame">
          <FrameHead />
          {levels.map((level) => {
            const indicators = indicatorsOf(doc, level.id);
            const first = row;
            row += Math.max(1, indicators.length);
            return <Level key={level.id} level={level} indicators={indicators} firstRow={first} />;
          })}
        </table>
      </div>
      {writable ? (
        <div class="row">
          <Button
            testid="add-objective"
            onClick={() => addItem(replica, "specific_objectives", { text: "", code: scalar(nextCode(doc, "specific_objectives", "OE")), assumptions: "" }, "text")}
          >
            {t("add-objective")}
          </Button>
        </div>
      ) : null}
      <Preconditions />
      {["specific_objectives", "results", "indicators"].map((collection) => (
        <Removed key={collection} replica={replica} collection={collection} />
      ))}
    </>
  );
}

export function indicatorsOf(doc: unknown, level: string): [string, Item][] {
  return items(doc, "indicators").filter(([, item]) => textOf(item["level_id"]) === level);
}

function refocus(table: HTMLElement | null, id: string, col: number): void {
  table?.querySelector<HTMLElement>(`[data-item="${id}"][data-col="${col}"]`)?.focus();
}

/** What must be true before anything begins: below the table, as in every log-frame. */
function Preconditions() {
  const { replica } = useProgramme();
  const list = items(replica.doc.value, "preconditions");
  return (
    <section aria-labelledby="preconditions-title" id={anchor(["preconditions"])} tabIndex={-1}>
      <h3 id="preconditions-title">{t("preconditions-title")}</h3>
      {list.length === 0 ? <p class="quiet">{t("preconditions-empty")}</p> : null}
      {list.map(([id], i) => (
        <ItemFrame key={id} replica={replica} collection="preconditions" id={id} title={t("precondition", { n: i + 1 })} level="h4">
          <LiveText replica={replica} path={["preconditions", id, "text"]} label={t("precondition", { n: i + 1 })} labelHidden multiline rows={1} />
        </ItemFrame>
      ))}
      {replica.writable.value ? (
        <Button testid="add-precondition" onClick={() => addItem(replica, "preconditions", { text: "" }, "text")}>
          {t("add-precondition")}
        </Button>
      ) : null}
      <Removed replica={replica} collection="preconditions" />
    </section>
  );
}

export function short(text: string, most = 60): string {
  return text.length <= most ? text : `${text.slice(0, most).trimEnd()}…`;
}

export function FrameHead() {
  return (
    <thead>
      <tr>
        <th scope="col">{t("frame-logic")}</th>
        <th scope="col">{t("frame-indicators")}</th>
        <th scope="col">{t("field-verification-source")}</th>
        <th scope="col">{t("field-assumptions")}</th>
      </tr>
    </thead>
  );
}
