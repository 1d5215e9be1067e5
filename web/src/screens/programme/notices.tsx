// What is missing or disagrees, each with the way to its place.

import type { Conflict } from "../../documents/conflicts.ts";
import { formatMoney } from "../../documents/money.ts";
import { anchor, describe, parsePointer, partOf } from "../../documents/places.ts";
import { mapOf, numberOf, textOf } from "../../documents/values.ts";
import { conflictSentence, plainValue } from "../../parts/conflict.tsx";
import { type ProgrammeScreenState, useProgramme } from "../../parts/programme.ts";
import { type Part, write } from "../../route.ts";
import { cityName, myCity8 } from "../../state.ts";
import { language, t } from "../../words/words.ts";
import { Help } from "../../parts/help.tsx";
import { Components } from "./components.tsx";
import { translate } from "../../documents/messages.ts";
import { RemovedThenChanged } from "./removed.tsx";
import { Repeated } from "./repeated.tsx";

interface Notice {
  key: string;
  code: string;
  level: "error" | "warning";
  text: string;
  part: Part | null;
  anchor: string;
  /** The node speaks Spanish. */
  lang?: "es";
}

/** Where a message is settled, when its own path does not tell, or tells another place. */
const PLACES: Record<string, { part: Part; anchor: string }> = {
  PR01: { part: "notices", anchor: "components-title" },
  PR02: { part: "identity", anchor: anchor(["dac_sectors"]) },
  PR10: { part: "budget", anchor: "" },
};

/** The conflicts seen here, then the messages of the node; each once. */
export function useNotices(state: ProgrammeScreenState): Notice[] {
  const { replica, conflicts, contributions, currency, view } = state;
  const notices: Notice[] = [];
  const add = (found: ReadonlyMap<string, Conflict>, name: (path: Conflict["path"]) => string, part?: Part, of = "") => {
    for (const [place, conflict] of found) {
      const money = conflict.path.includes("cells");
      const show = (value: unknown) => (money && numberOf(value) !== null ? formatMoney(numberOf(value) ?? 0, currency, language.value) : plainValue(value));
      notices.push({
        key: `${place}${of}`,
        code: "SY09",
        level: "warning",
        text: conflictSentence(name(conflict.path), conflict, show),
        part: part ?? partOf(conflict.path),
        anchor: `${place}${of}`,
      });
    }
  };
  const programme = mapOf(replica.doc.value);
  add(conflicts, (path) => describe(programme, path));
  for (const one of contributions) {
    const cell = (path: Conflict["path"]) => {
      const [line = "", year = "", mode = ""] = String(path[1] ?? "").split("|");
      const code = textOf(mapOf(mapOf(programme["budget_lines"])[line])["code"]);
      return t("cell-label", { line: code || t("line"), name: cityName(one.city8), year, mode: t(`mode-${mode}`) });
    };
    // Cells of other cities have a place of their own in the matrix.
    add(one.conflicts, cell, "budget", one.city8 === myCity8() ? "" : `-of-${one.city8}`);
  }
  const open = notices.length;
  if (open > 0) {
    notices.unshift({ key: "PR07", code: "PR07", level: "error", text: t("pr07", { n: open }), part: null, anchor: "" });
  }
  (view?.messages ?? []).forEach((message, i) => {
    // Of values at once the page knows more than the node's last answer.
    if (message.code === "PR07" || message.code === "SY09") return;
    const path = message.path ? parsePointer(message.path) : [];
    const translated = translate(message.code, message.text);
    notices.push({
      key: `${message.code}-${i}`,
      code: message.code,
      level: message.level === "error" ? "error" : "warning",
      text: translated ?? message.text,
      ...(translated === null && language.value !== "es" ? { lang: "es" as const } : {}),
      part: PLACES[message.code]?.part ?? (path.length > 0 ? partOf(path) : null),
      anchor: PLACES[message.code]?.anchor ?? (path.length > 0 ? placeOf(path) : ""),
    });
  });
  return notices;
}

/** Sections are shown by their name, whatever their document. */
function placeOf(path: string[]): string {
  return anchor(path[0] === "sections" ? path.slice(0, 2) : path);
}

/** What an error stops, in the words of the person it stops; the rest is only worth a look. */
const BLOCKS: Record<string, Group> = {
  PR01: "review", PR02: "review", PR03: "review", PR04: "review", PR05: "review",
  PR07: "agree", PR08: "agree",
  PR09: "execute",
};
type Group = "review" | "agree" | "execute" | "correct" | "look";
const GROUPS: readonly Group[] = ["agree", "review", "execute", "correct", "look"];

export function groupOf(notice: Pick<Notice, "code" | "level">): Group {
  return BLOCKS[notice.code] ?? (notice.code === "SY09" ? "agree" : notice.level === "error" ? "correct" : "look");
}

export function Notices() {
  const state = useProgramme();
  const notices = useNotices(state);
  return (
    <>
      <h2>{t("part-notices")}</h2>
      <Help part="notices" />
      <Components />
      <RemovedThenChanged />
      <Repeated />
      {state.view === null ? <p class="quiet">{t("notices-waiting")}</p> : null}
      {state.view !== null && notices.length === 0 ? <p>{t("notices-none")}</p> : null}
      {GROUPS.map((group) => {
        const list = notices.filter((one) => groupOf(one) === group);
        if (list.length === 0) return null;
        return (
          <section key={group} aria-labelledby={`notices-${group}`} data-testid={`notices-${group}`}>
            <h3 id={`notices-${group}`}>
              {t(`notices-${group}`)} <span class="count">{list.length}</span>
            </h3>
            <ul class={`notices notices-${group === "look" ? "warning" : "error"}`}>
              {list.map((one) => (
                <li key={one.key} data-testid={`notice-${one.code}`}>
                  <p lang={one.lang}>{one.text}</p>
                  {one.part ? (
                    <a href={`${write({ screen: "programme", circle: state.circle, doc: state.id, part: one.part })}${one.anchor === "" ? "" : `#${one.anchor}`}`}>
                      {t("go-there", { part: t(`part-${one.part}`) })}
                      <span class="unseen">: {one.text}</span>
                    </a>
                  ) : null}
                </li>
              ))}
            </ul>
          </section>
        );
      })}
    </>
  );
}
