// Lines that two cities may have added for one thing (domain.md §3.5): both stay until a person joins them or says
// that they are different.

import type { Cell } from "./budget.ts";
import { type Item, items, mapOf, textOf } from "./values.ts";

export interface Pair {
  /** The one that stays if they are joined: the first in order. */
  keep: string;
  drop: string;
  title: string;
}

const fold = (text: string) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^\p{L}\p{N}]+/gu, " ").trim();

/** The mark of a decision about two lines, the same whichever is named first. */
export const pairKey = (a: string, b: string): string => [a, b].sort().join("|");

export function repeatedLines(doc: unknown): Pair[] {
  const decided = mapOf(mapOf(doc)["non_duplication"]);
  const first = new Map<string, string>();
  const pairs: Pair[] = [];
  for (const [id, line] of items(doc, "budget_lines")) {
    const title = fold(textOf(line["title"]));
    if (title === "") continue;
    const keep = first.get(title);
    if (keep === undefined) first.set(title, id);
    else if (!(pairKey(keep, id) in decided) && sameActivity(doc, keep, line)) pairs.push({ keep, drop: id, title: textOf(line["title"]).trim() });
  }
  return pairs;
}

/** Two journeys of two activities may well have one title. */
function sameActivity(doc: unknown, keep: string, line: Item): boolean {
  const other = textOf(mapOf(mapOf(mapOf(doc)["budget_lines"])[keep])["activity_id"]);
  const one = textOf(line["activity_id"]);
  return other === one || other === "" || one === "";
}

/** What the cells of the joined line would be: the sums of both. */
export function joinedCells(cells: readonly Cell[], pair: Pair): { funder: string; year: string; mode: string; amount: number }[] {
  const of = (line: string, cell: Cell) => cells.find((one) => one.line === line && one.funder === cell.funder && one.year === cell.year && one.mode === cell.mode)?.amount ?? 0;
  return cells
    .filter((cell) => cell.line === pair.drop)
    .map((cell) => ({ funder: cell.funder, year: cell.year, mode: cell.mode, amount: of(pair.keep, cell) + cell.amount }));
}
