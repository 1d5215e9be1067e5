// The co-financing matrix: cells of every city and external financier, and their totals.

import { items, mapOf, numberOf, textOf } from "./values.ts";
import { anchor } from "./places.ts";

export const MODES = ["cash", "in_kind"] as const;
export type Mode = (typeof MODES)[number];

/** One amount. `funder` is a city8, or `ext:<id>` for an external financier. */
export interface Cell {
  line: string;
  funder: string;
  year: string;
  mode: string;
  amount: number;
  provisional: boolean;
}

export interface Share {
  amount: number;
  provisional: boolean;
}

export interface Contribution {
  city8: string;
  doc: unknown;
  conflicts: ReadonlyMap<string, unknown>;
}

/** Every cell of the lines that are not removed. */
export function cellsOf(
  programme: unknown,
  programmeConflicts: ReadonlyMap<string, unknown>,
  contributions: readonly Contribution[],
): Cell[] {
  return groupsOf(programme, programmeConflicts, contributions).flat();
}

/** The same by document: first those of external financiers, then those of each city. What did not change is the same array. */
export function groupsOf(programme: unknown, programmeConflicts: ReadonlyMap<string, unknown>, contributions: readonly Contribution[]): Cell[][] {
  const alive = new Set(items(programme, "budget_lines").map(([id]) => id));
  const key = [...alive].join();
  return [
    remembered(programme, programmeConflicts, "", () => externalCells(programme, programmeConflicts)),
    ...contributions.map(({ city8, doc, conflicts }) => remembered(doc, conflicts, `${city8} ${key}`, () => cityCells(city8, doc, conflicts, alive))),
  ];
}

const memory = new WeakMap<object, { conflicts: unknown; key: string; cells: Cell[] }>();

function remembered(doc: unknown, conflicts: unknown, key: string, make: () => Cell[]): Cell[] {
  if (doc === null || typeof doc !== "object") return make();
  const had = memory.get(doc);
  if (had && had.conflicts === conflicts && had.key === key) return had.cells;
  const cells = make();
  memory.set(doc, { conflicts, key, cells });
  return cells;
}

function externalCells(programme: unknown, conflicts: ReadonlyMap<string, unknown>): Cell[] {
  const external = new Set(items(programme, "financiers").map(([id]) => `ext:${id}`));
  const cells: Cell[] = [];
  for (const [line, item] of items(programme, "budget_lines")) {
    for (const [key, value] of Object.entries(mapOf(item["cells"]))) {
      const [funder, year, mode] = key.split("|");
      const amount = numberOf(value);
      if (!funder || !year || !mode || amount === null || !external.has(funder)) continue;
      const provisional = conflicts.size > 0 && conflicts.has(anchor(["budget_lines", line, "cells", key]));
      cells.push({ line, funder, year, mode, amount, provisional });
    }
  }
  return cells;
}

function cityCells(city8: string, doc: unknown, conflicts: ReadonlyMap<string, unknown>, alive: ReadonlySet<string>): Cell[] {
  const cells: Cell[] = [];
  for (const [key, value] of Object.entries(mapOf(mapOf(doc)["cells"]))) {
    const [line, year, mode] = key.split("|");
    const amount = numberOf(value);
    if (!line || !year || !mode || amount === null || !alive.has(line)) continue;
    cells.push({ line, funder: city8, year, mode, amount, provisional: conflicts.size > 0 && conflicts.has(anchor(["cells", key])) });
  }
  return cells;
}

export function sum(cells: readonly Cell[], wanted: Partial<Pick<Cell, "line" | "funder" | "year" | "mode">>): Share {
  let amount = 0;
  let provisional = false;
  for (const cell of cells) {
    if (wanted.line !== undefined && cell.line !== wanted.line) continue;
    if (wanted.funder !== undefined && cell.funder !== wanted.funder) continue;
    if (wanted.year !== undefined && cell.year !== wanted.year) continue;
    if (wanted.mode !== undefined && cell.mode !== wanted.mode) continue;
    amount += cell.amount;
    provisional ||= cell.provisional;
  }
  return { amount, provisional };
}

type Part = "line" | "funder" | "year" | "mode";
const PARTS: readonly Part[] = ["line", "funder", "year", "mode"];

/** Sums of some cells under every choice of line, financier, year and mode. */
type Sums = ReadonlyMap<string, Share>;

const known = new WeakMap<readonly Cell[], Sums>();

function sumsOf(cells: readonly Cell[]): Sums {
  const found = known.get(cells);
  if (found) return found;
  const sums = new Map<string, Share>();
  for (const cell of cells) {
    for (let mask = 0; mask < 1 << PARTS.length; mask++) {
      const key = `${mask & 1 ? cell.line : ""}|${mask & 2 ? cell.funder : ""}|${mask & 4 ? cell.year : ""}|${mask & 8 ? cell.mode : ""}`;
      const sum = sums.get(key);
      if (!sum) sums.set(key, { amount: cell.amount, provisional: cell.provisional });
      else {
        sum.amount += cell.amount;
        sum.provisional ||= cell.provisional;
      }
    }
  }
  known.set(cells, sums);
  return sums;
}

/**
 * Every sum of some cells at once: tables ask for hundreds of them, and adding up anew each time would be felt. Given
 * in groups (one for each document), only the groups that changed are added up again.
 */
export class Tally {
  readonly #groups: readonly Sums[];

  constructor(groups: readonly (readonly Cell[])[]) {
    this.#groups = groups.map(sumsOf);
  }

  sum(wanted: Partial<Pick<Cell, Part>> = {}): Share {
    const key = PARTS.map((part) => wanted[part] ?? "").join("|");
    let amount = 0;
    let provisional = false;
    for (const sums of this.#groups) {
      const one = sums.get(key);
      if (!one) continue;
      amount += one.amount;
      provisional ||= one.provisional;
    }
    return { amount, provisional };
  }
}

/** Years of the period, and any other year that has an amount. */
export function yearsOf(programme: unknown, cells: readonly Cell[]): string[] {
  const doc = mapOf(programme);
  const from = Number(textOf(doc["period_start"]).slice(0, 4));
  const to = Number(textOf(doc["period_end"]).slice(0, 4));
  const years = new Set<string>(cells.map((cell) => cell.year));
  if (from >= 1900 && to >= from && to - from < 30) for (let y = from; y <= to; y++) years.add(String(y));
  else if (from >= 1900) years.add(String(from));
  return [...years].sort();
}

/** Cities that take part, by the flat keys `city8/role` and `city8/status`. */
export function partnersOf(programme: unknown): { city8: string; role: string; status: string }[] {
  const map = mapOf(mapOf(programme)["partners"]);
  const found = new Map<string, { city8: string; role: string; status: string }>();
  for (const [key, value] of Object.entries(map)) {
    const [city8, field] = key.split("/");
    if (!city8 || !field) continue;
    const one = found.get(city8) ?? { city8, role: "", status: "" };
    if (field === "role") one.role = textOf(value);
    if (field === "status") one.status = textOf(value);
    found.set(city8, one);
  }
  return [...found.values()].filter((one) => one.role !== "" || one.status !== "");
}
