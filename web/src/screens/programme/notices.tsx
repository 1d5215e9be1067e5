// What is missing or disagrees, each with the way to its place.

import type { Conflict } from "../../documents/conflicts.ts";
import { formatMoney } from "../../documents/money.ts";
import { anchor, describe, parsePointer, partOf } from "../../documents/places.ts";
import { mapOf, numberOf, textOf } from "../../documents/values.ts";
import { conflictSentence, plainValue } from "../../parts/conflict.tsx";
import { type ProgrammeScreenState, useProgramme } from "../../parts/programme.ts";
import { type Part, write } from "../../route.ts";
import { cityName } from "../../state.ts";
import { language, t } from "../../words/words.ts";

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
  PR01: { part: "framework", anchor: "" },
  PR10: { part: "budget", anchor: "" },
};

/** The conflicts seen here, then the messages of the node; each once. */
export function useNotices(state: ProgrammeScreenState): Notice[] {
  const { replica, conflicts, contributions, currency, view } = state;
  const notices: Notice[] = [];
  const add = (found: ReadonlyMap<string, Conflict>, name: (path: Conflict["path"]) => string, part?: Part) => {
    for (const [place, conflict] of found) {
      const money = conflict.path.includes("cells");
      const show = (value: unknown) => (money && numberOf(value) !== null ? formatMoney(numberOf(value) ?? 0, currency, language.value) : plainValue(value));
      notices.push({
        key: place,
        code: "SY09",
        level: "warning",
        text: conflictSentence(name(conflict.path), conflict, show),
        part: part ?? partOf(conflict.path),
        anchor: place,
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
    add(one.conflicts, cell, "budget");
  }
  const open = notices.length;
  if (open > 0) {
    notices.unshift({ key: "PR07", code: "PR07", level: "error", text: t("pr07", { n: open }), part: null, anchor: "" });
  }
  (view?.messages ?? []).forEach((message, i) => {
    // Of values at once the page knows more than the node's last answer.
    if (message.code === "PR07" || message.code === "SY09") return;
    const path = message.path ? parsePointer(message.path) : [];
    notices.push({
      key: `${message.code}-${i}`,
      code: message.code,
      level: message.level === "error" ? "error" : "warning",
      text: message.text,
      lang: "es",
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

export function Notices() {
  const state = useProgramme();
  const notices = useNotices(state);
  const group = (level: Notice["level"], title: string) => {
    const list = notices.filter((one) => one.level === level);
    if (list.length === 0) return null;
    return (
      <section aria-label={title}>
        <h3>{title}</h3>
        <ul class={`notices notices-${level}`}>
          {list.map((one) => (
            <li key={one.key} data-testid={`notice-${one.code}`}>
              <p lang={one.lang}>{one.text}</p>
              {one.part ? (
                <a href={`${write({ screen: "programme", circle: state.circle, doc: state.id, part: one.part })}${one.anchor === "" ? "" : `#${one.anchor}`}`}>
                  {t("go-there", { part: t(`part-${one.part}`) })}
                </a>
              ) : null}
            </li>
          ))}
        </ul>
      </section>
    );
  };
  return (
    <>
      <h2>{t("part-notices")}</h2>
      {state.view === null ? <p class="quiet">{t("notices-waiting")}</p> : null}
      {state.view !== null && notices.length === 0 ? <p>{t("notices-none")}</p> : null}
      {group("error", t("notices-errors"))}
      {group("warning", t("notices-warnings"))}
    </>
  );
}
