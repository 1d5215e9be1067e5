// The co-financing matrix: lines by financier, year and mode, typed through like a spreadsheet. Each city writes its
// own cells, in its contribution; every city those of external financiers; for the rest, it proposes.

import { useMemo, useState } from "preact/hooks";
import { MODES, Tally } from "../../documents/budget.ts";
import { decimalsOf, formatAmount, parseMoney } from "../../documents/money.ts";
import { anchor } from "../../documents/places.ts";
import { openAmounts } from "../../documents/proposals.ts";
import { type Item, mapOf, numberOf, put, textOf, whole } from "../../documents/values.ts";
import { at, type Content, type Replica } from "../../live/replica.ts";
import type { Conflict } from "../../documents/conflicts.ts";
import { MoneyConflict } from "../../parts/money-conflict.tsx";
import { type OpenContribution, useProgramme } from "../../parts/programme.ts";
import { type Draft, Sheet, type SheetCell, type SheetRow, type Written } from "../../parts/sheet.tsx";
import { announce, cityName, myCity8 } from "../../state.ts";
import { language, t } from "../../words/words.ts";

export interface Funder {
  key: string;
  name: string;
}

interface Column {
  funder: Funder;
  year: string;
  mode: (typeof MODES)[number];
}

export interface Target {
  city8: string;
  line: string;
  year: string;
  mode: string;
}

/** Cells of one change: far below what the gate lets through at once. */
const WRITE_AT_ONCE = 400;

/** What was typed and could not be written, by programme: it is still there when one comes back to this part. */
const kept = new Map<string, Map<string, Draft>>();

/** Where this city may write the cells of a financier: its own contribution, or the programme for external ones. */
export function placeOf(funder: string, programme: Replica, contributions: readonly OpenContribution[]): { replica: Replica; path: (line: string, year: string, mode: string) => string[] } | null {
  if (funder.startsWith("ext:")) {
    return { replica: programme, path: (line, year, mode) => ["budget_lines", line, "cells", `${funder}|${year}|${mode}`] };
  }
  const own = funder === myCity8() ? contributions.find((one) => one.city8 === funder) : undefined;
  return own ? { replica: own.replica, path: (line, year, mode) => ["cells", `${line}|${year}|${mode}`] } : null;
}

export function Matrix({ funders, years, lines, onPropose }: { funders: readonly Funder[]; years: readonly string[]; lines: readonly [string, Item][]; onPropose: (target: Target) => void }) {
  const state = useProgramme();
  const { id, cells, groups, currency } = state;
  const columns = useMemo<Column[]>(
    () => funders.flatMap((funder) => years.flatMap((year) => MODES.map((mode) => ({ funder, year, mode })))),
    [funders.map((one) => one.key + one.name).join(), years.join()],
  );
  const only = funders.length === 1 ? funders[0]?.key : null;
  const tally = useMemo(() => new Tally(only === null ? groups : [cells.filter((cell) => cell.funder === only)]), [...groups, only]);
  const [drafts] = useState(() => {
    const known = kept.get(id) ?? new Map<string, Draft>();
    kept.set(id, known);
    return known;
  });
  const rows = useRows(columns, lines, tally);
  const name = funders.length === 1 ? t("budget-caption", { name: funders[0]?.name ?? "", currency }) : t("matrix-caption", { currency });

  const onWrite = (texts: readonly Written[]) => {
    const wrong = new Map<number, string>();
    const writes = new Map<Replica, { path: string[]; minor: number | undefined }[]>();
    texts.forEach(({ row, col, text }, i) => {
      const column = columns[col];
      const line = lines[row]?.[0];
      const place = column && placeOf(column.funder.key, state.replica, state.contributions);
      if (!place || !line) return;
      const minor = text.trim() === "" || text.trim() === "–" ? undefined : parseMoney(text, currency, language.value);
      if (minor === null) {
        wrong.set(i, t("pb01", { n: decimalsOf(currency) }));
        return;
      }
      const path = place.path(line, column.year, column.mode);
      if (numberOf(at(place.replica.doc.value, path)) === (minor ?? null)) return;
      writes.set(place.replica, [...(writes.get(place.replica) ?? []), { path, minor }]);
    });
    for (const [replica, list] of writes) writeCells(replica, list);
    return wrong;
  };
  const targetOf = (place: { row: number; col: number }): Target | null => {
    const column = columns[place.col];
    const line = lines[place.row]?.[0];
    return column && line ? { city8: column.funder.key, line, year: column.year, mode: column.mode } : null;
  };
  return (
    <Sheet
      key={columns.length}
      name={name}
      testid="budget-table"
      rows={rows}
      cols={columns.length}
      drafts={drafts}
      head={<Head funders={funders} years={years} />}
      foot={<Foot columns={columns} tally={tally} />}
      onWrite={onWrite}
      onPropose={(place) => {
        const target = targetOf(place);
        if (target && target.city8 !== myCity8() && state.replica.writable.value) onPropose(target);
        else if (target) announce(t("contribution-missing"));
      }}
      refusal={(place) => {
        const target = targetOf(place);
        return target?.city8 === myCity8() ? t("contribution-missing") : `${t("pb02", { city: cityName(target?.city8) })} ${t("propose-how")}`;
      }}
    />
  );
}

/** One change for many cells; several only where one would be too large. */
export function writeCells(replica: Replica, list: readonly { path: string[]; minor: number | undefined }[]): void {
  for (let from = 0; from < list.length; from += WRITE_AT_ONCE) {
    const part = list.slice(from, from + WRITE_AT_ONCE);
    replica.change((doc: Content) => part.forEach(({ path, minor }) => put(doc, path, minor === undefined ? undefined : whole(minor))));
  }
}

/** What of a cell never changes while the table has the same lines and columns. */
interface Fixed {
  path: string[];
  key: string;
  testid: string;
  place: string;
}

function useFixed(columns: readonly Column[], lines: readonly [string, Item][]): Fixed[][] {
  const many = columns.some((one) => one.funder !== columns[0]?.funder);
  return useMemo(
    () =>
      lines.map(([line, item]) =>
        columns.map(({ funder, year, mode }) => {
          const path = funder.key.startsWith("ext:") ? ["budget_lines", line, "cells", `${funder.key}|${year}|${mode}`] : ["cells", `${line}|${year}|${mode}`];
          return { path, key: `${line}|${funder.key}|${year}|${mode}`, testid: `cell-${many ? `${funder.name}-` : ""}${textOf(item["code"])}-${year}-${mode}`, place: anchor(path) };
        }),
      ),
    [columns, lines.map(([id, item]) => `${id} ${textOf(item["code"])}`).join()],
  );
}

function useRows(columns: readonly Column[], lines: readonly [string, Item][], tally: Tally): SheetRow[] {
  const { replica, contributions, conflicts, currency } = useProgramme();
  const proposals = openAmounts(replica.doc.value);
  const fixed = useFixed(columns, lines);
  const money = (minor: number) => formatAmount(minor, currency, language.value);
  const sources = new Map(
    columns.map(({ funder }) => {
      const theirs = contributions.find((one) => one.city8 === funder.key);
      const external = funder.key.startsWith("ext:");
      const place = placeOf(funder.key, replica, contributions);
      return [funder.key, { replica: external ? replica : theirs?.replica, conflicts: external ? conflicts : (theirs?.conflicts ?? NONE), ours: place !== null, editable: place?.replica.writable.value ?? false }];
    }),
  );
  return lines.map(([line, item], row) => {
    const code = textOf(item["code"]);
    const title = textOf(item["title"]);
    const inConflict: { replica: Replica; path: string[]; label: string; conflicts: ReadonlyMap<string, Conflict> }[] = [];
    const cells = columns.map(({ funder, year, mode }, col): SheetCell => {
      const { path, key, testid, place } = fixed[row]?.[col] as Fixed;
      const source = sources.get(funder.key);
      const minor = numberOf(at(source?.replica?.doc.value, path));
      const conflict = source !== undefined && source.conflicts.size > 0 && source.conflicts.has(place);
      const label = () => t("cell-label", { line: code || title, name: funder.name, year, mode: t(`mode-${mode}`) });
      if (conflict && source.replica) inConflict.push({ replica: source.replica, path, label: label(), conflicts: source.conflicts });
      const proposal = proposals.get(key);
      return {
        // Own and external cells have the place that messages name; those of the others one of their own.
        id: source?.ours ? place : `${place}-of-${funder.key}`,
        testid,
        text: minor === null ? "" : money(minor),
        editable: source?.editable ?? false,
        label,
        conflict,
        proposed: proposal === undefined ? "" : money(proposal),
      };
    });
    const total = tally.sum({ line });
    const shown = { key: line, code, title, cells, total: total.amount === 0 ? "–" : money(total.amount), provisional: total.provisional };
    const signature = [code, title, shown.total, shown.provisional, ...cells.map((one) => `${one.id}${one.text}${one.editable}${one.conflict}${one.proposed}`)].join("|");
    return { ...shown, signature, after: <Undecided list={inConflict} span={columns.length + 2} currency={currency} /> };
  });
}

function Undecided({ list, span, currency }: { list: readonly { replica: Replica; path: string[]; label: string; conflicts: ReadonlyMap<string, Conflict> }[]; span: number; currency: string }) {
  if (list.length === 0) return null;
  return (
    <tr class="sheet-after">
      <td colSpan={span}>
        {list.map((one) => (
          <MoneyConflict key={anchor(one.path)} {...one} currency={currency} />
        ))}
      </td>
    </tr>
  );
}

const NONE: ReadonlyMap<string, Conflict> = new Map();

function Head({ funders, years }: { funders: readonly Funder[]; years: readonly string[] }) {
  const many = funders.length > 1;
  return (
    <thead>
      {many ? (
        <tr>
          <th scope="col" rowSpan={3} class="sheet-corner">
            {t("line")}
          </th>
          {funders.map((one) => (
            <th key={one.key} scope="colgroup" colSpan={years.length * MODES.length} class="group">
              {one.key === myCity8() ? t("your-city", { city: one.name }) : one.name}
            </th>
          ))}
          <th scope="col" rowSpan={3} class="numeric">
            {t("total")}
          </th>
        </tr>
      ) : null}
      <tr>
        {many ? null : (
          <th scope="col" rowSpan={2} class="sheet-corner">
            {t("line")}
          </th>
        )}
        {funders.map((one) =>
          years.map((year) => (
            <th key={one.key + year} scope="colgroup" colSpan={MODES.length} class="group">
              {year}
            </th>
          )),
        )}
        {many ? null : (
          <th scope="col" rowSpan={2} class="numeric">
            {t("total")}
          </th>
        )}
      </tr>
      <tr>
        {funders.map((one) =>
          years.map((year) =>
            MODES.map((mode) => (
              <th key={one.key + year + mode} scope="col" class="numeric">
                {t(`mode-${mode}`)}
              </th>
            )),
          ),
        )}
      </tr>
    </thead>
  );
}

function Foot({ columns, tally }: { columns: readonly Column[]; tally: Tally }) {
  const { currency } = useProgramme();
  const show = (share: { amount: number; provisional: boolean }) => (
    <>
      <span class="amount">{share.amount === 0 ? "–" : formatAmount(share.amount, currency, language.value)}</span>
      {share.provisional ? <span class="provisional">{t("provisional")}</span> : null}
    </>
  );
  return (
    <tfoot>
      <tr>
        <th scope="row" class="sheet-head">
          {t("total")}
        </th>
        {columns.map(({ funder, year, mode }) => (
          <td key={funder.key + year + mode} class="numeric">
            {show(tally.sum({ funder: funder.key, year, mode }))}
          </td>
        ))}
        <td class="numeric sheet-total">{show(tally.sum())}</td>
      </tr>
    </tfoot>
  );
}

/** Title of a line for a sentence. */
export function lineName(doc: unknown, line: string): string {
  const item = mapOf(mapOf(mapOf(doc)["budget_lines"])[line]);
  return textOf(item["code"]) || textOf(item["title"]) || t("line");
}
