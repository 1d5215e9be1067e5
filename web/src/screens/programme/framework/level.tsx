// One level of the log-frame: an objective or a result beside its indicators, one row for each of these.

import { anchor } from "../../../documents/places.ts";
import { type Item, items, numberOf, scalar, textOf } from "../../../documents/values.ts";
import { LiveText } from "../../../editor/live-text.tsx";
import { Button } from "../../../parts/basic.tsx";
import { LiveSelect, LiveString } from "../../../parts/fields.tsx";
import { addItem, moveItem, nextCode, setDeleted } from "../../../parts/items.tsx";
import { useProgramme } from "../../../parts/programme.ts";
import { announce } from "../../../state.ts";
import { t } from "../../../words/words.ts";
import { GENERAL, type LevelRow, short } from "../framework.tsx";
import { IndicatorData } from "./indicator.tsx";

interface Props {
  level: LevelRow;
  indicators: readonly [string, Item][];
  firstRow: number;
}

export function Level({ level, indicators, firstRow }: Props) {
  const rows = Math.max(1, indicators.length);
  const common = { "data-row": firstRow, "data-rows": rows, "data-collection": level.collection, "data-item": level.id };
  const head = `frame-${level.id}`;
  const list: (readonly [string, Item] | null)[] = indicators.length === 0 ? [null] : [...indicators];
  return (
    <tbody class={`frame-${level.collection}`}>
      {list.map((indicator, i) => (
        <tr key={indicator?.[0] ?? "none"}>
          {i === 0 ? (
            <th scope="rowgroup" id={head} rowSpan={rows} tabIndex={-1} data-col={0} {...common}>
              <Logic level={level} />
            </th>
          ) : null}
          {indicator ? (
            <Indicator id={indicator[0]} item={indicator[1]} level={level.id} order={indicators.map(([id]) => id)} row={firstRow + i} last={i === rows - 1} name={nameOf(level)} />
          ) : (
            <>
              <td tabIndex={-1} data-row={firstRow} data-col={1}>
                <span class="quiet">{t("no-indicator")}</span> <AddIndicator level={level.id} name={nameOf(level)} />
              </td>
              <td tabIndex={-1} data-row={firstRow} data-col={2} />
            </>
          )}
          {i === 0 ? (
            <td rowSpan={rows} tabIndex={-1} data-col={3} {...common}>
              <Assumptions level={level} />
            </td>
          ) : null}
        </tr>
      ))}
    </tbody>
  );
}

const nameOf = (level: LevelRow) => (level.collection === "general" ? t("field-general-objective") : textOf(level.item["code"]));

function Assumptions({ level }: { level: LevelRow }) {
  const { replica } = useProgramme();
  if (level.collection === "general") return <span class="quiet">{t("no-assumptions-here")}</span>;
  return <LiveText replica={replica} path={[level.collection, level.id, "assumptions"]} label={`${nameOf(level)}: ${t("field-assumptions")}`} labelHidden multiline rows={1} />;
}

/** The text of an objective or result, its code, and what one does with it. */
function Logic({ level }: { level: LevelRow }) {
  const { replica, conflicts, enter } = useProgramme();
  const { collection, id } = level;
  if (collection === "general") {
    return (
      <>
        <span class="frame-kind">{t("field-general-objective")}</span>
        <LiveText replica={replica} path={[GENERAL]} label={t("field-general-objective")} labelHidden multiline rows={2} onFocus={() => enter("framework")} />
      </>
    );
  }
  const label = t(collection === "results" ? "field-result" : "field-specific-objective");
  const code = textOf(level.item["code"]);
  const objectives = items(replica.doc.value, "specific_objectives");
  return (
    <div id={anchor([collection, id])} tabIndex={-1} data-testid={anchor([collection, id])}>
      <div class="frame-code">
        <span class="frame-kind">{label}</span>
        <LiveString replica={replica} path={[collection, id, "code"]} label={`${label}: ${t("field-code")}`} labelHidden conflicts={conflicts} short />
      </div>
      <LiveText replica={replica} path={[collection, id, "text"]} label={`${code}: ${label}`} labelHidden multiline rows={2} onFocus={() => enter("framework")} />
      {collection === "results" ? (
        <details class="more">
          <summary>{t("more-about", { name: code })}</summary>
          <LiveSelect
            replica={replica}
            path={["results", id, "so_id"]}
            label={t("field-so-id")}
            conflicts={conflicts}
            empty={t("choose")}
            options={objectives.map(([one, objective]) => [one, `${textOf(objective["code"])} ${short(textOf(objective["text"]))}`] as const)}
          />
          <LiveSelect replica={replica} path={["results", id, "iati_type"]} label={t("field-iati-type")} conflicts={conflicts} options={["1", "2", "3", "9"].map((one) => [one, t(`result-type-${one}`)] as const)} />
        </details>
      ) : null}
      <RowButtons collection={collection} id={id} order={level.order} name={code || label} />
      {collection === "specific_objectives" && replica.writable.value ? (
        <Button
          kind="quiet"
          testid={`add-result-${code}`}
          onClick={() => addItem(replica, "results", { so_id: scalar(id), text: "", code: scalar(nextCode(replica.doc.value, "results", "R")), iati_type: scalar("1"), assumptions: "" }, "text")}
        >
          {t("add-result-to", { code })}
        </Button>
      ) : null}
    </div>
  );
}

function Indicator({ id, item, level, order, row, last, name }: { id: string; item: Item; level: string; order: readonly string[]; row: number; last: boolean; name: string }) {
  const { replica, conflicts } = useProgramme();
  const code = textOf(item["code"]);
  const common = { tabIndex: -1, "data-row": row, "data-collection": "indicators", "data-item": id, "data-level": level };
  return (
    <>
      <td {...common} data-col={1}>
        <div id={anchor(["indicators", id])} tabIndex={-1} data-testid={anchor(["indicators", id])}>
          <div class="frame-code">
            <LiveString replica={replica} path={["indicators", id, "code"]} label={`${t("field-indicator")}: ${t("field-code")}`} labelHidden conflicts={conflicts} short />
          </div>
          <LiveText replica={replica} path={["indicators", id, "text"]} label={`${code}: ${t("field-indicator")}`} labelHidden multiline rows={1} />
          <IndicatorData id={id} item={item} />
          <RowButtons collection="indicators" id={id} order={order} name={code} />
          {last ? <AddIndicator level={level} name={name} /> : null}
        </div>
      </td>
      <td {...common} data-col={2}>
        <LiveText replica={replica} path={["indicators", id, "verification_source"]} label={`${code}: ${t("field-verification-source")}`} labelHidden multiline rows={1} />
        {numberOf(item["baseline_value"]) === null && textOf(item["baseline_value"]) === "" ? <p class="hint">{t("no-baseline")}</p> : null}
      </td>
    </>
  );
}

function AddIndicator({ level, name }: { level: string; name: string }) {
  const { replica } = useProgramme();
  if (!replica.writable.value) return null;
  const prefix = `I-${level === GENERAL ? "OG" : name}.`;
  const add = () =>
    addItem(
      replica,
      "indicators",
      {
        level_id: scalar(level),
        text: "",
        code: scalar(nextCode(replica.doc.value, "indicators", prefix)),
        measure: scalar("1"),
        unit: scalar(""),
        ascending: true,
        baseline_comment: "",
        targets: {},
        disaggregation: {},
        verification_source: "",
        frequency: scalar("annual"),
      },
      "text",
    );
  return (
    <Button kind="quiet" onClick={add} testid={`add-indicator-${level === GENERAL ? "OG" : name}`} label={t("add-indicator", { name })}>
      {t("add-one-indicator")}
    </Button>
  );
}

function RowButtons({ collection, id, order, name }: { collection: string; id: string; order: readonly string[]; name: string }) {
  const { replica } = useProgramme();
  if (!replica.writable.value) return null;
  const at = order.indexOf(id);
  const remove = () => {
    setDeleted(replica, collection, id, true);
    announce(t("item-removed", { name }));
  };
  return (
    <div class="row-buttons">
      {order.length > 1 ? (
        <>
          <button type="button" class="mini" disabled={at === 0} aria-label={t("move-up-of", { name })} onClick={() => moveItem(replica, collection, order, id, -1)}>
            {t("move-up")}
          </button>
          <button type="button" class="mini" disabled={at === order.length - 1} aria-label={t("move-down-of", { name })} onClick={() => moveItem(replica, collection, order, id, 1)}>
            {t("move-down")}
          </button>
        </>
      ) : null}
      <button type="button" class="mini" aria-label={t("remove-item", { name })} onClick={remove}>
        {t("remove")}
      </button>
    </div>
  );
}
