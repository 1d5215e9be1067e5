// Activities in time: the dates that count, what is wrong with them, and where their bars lie. Pure.

import type { Conflict } from "./conflicts.ts";
import { anchor } from "./places.ts";
import { type Item, items, mapOf, textOf } from "./values.ts";

export interface Dated {
  date: string;
  /** Cities wrote different dates at once: the latest counts until somebody decides (domain.md §3.5). */
  open: boolean;
}

const isDate = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text);

export function dateOf(id: string, item: Item, field: string, conflicts: ReadonlyMap<string, Conflict>): Dated {
  const conflict = conflicts.get(anchor(["activities", id, field]));
  const all = conflict?.values.map((one) => textOf(one.value)).filter(isDate) ?? [];
  const latest = all.reduce((a, b) => (a > b ? a : b), "");
  return latest === "" ? { date: textOf(item[field]), open: false } : { date: latest, open: true };
}

export interface Trouble {
  code: "ac02" | "ac03" | "ac04";
  args: Record<string, string>;
}

/** AC02 to AC04, as the node says them; here at once, and without a connection too. */
export function troublesOf(doc: unknown, id: string, item: Item): Trouble[] {
  const programme = mapOf(doc);
  const [from, to] = [textOf(programme["period_start"]), textOf(programme["period_end"])];
  const [start, end] = [textOf(item["planned_start"]), textOf(item["planned_end"])];
  const code = textOf(item["code"]);
  const found: Trouble[] = [];
  const reversed = (a: string, b: string) => a !== "" && b !== "" && b < a;
  if (reversed(start, end) || reversed(textOf(item["actual_start"]), textOf(item["actual_end"]))) found.push({ code: "ac02", args: { code } });
  const outside = (date: string) => reversed(from, date) || reversed(date, to);
  if (outside(start) || outside(end)) found.push({ code: "ac03", args: { code, from, to } });
  for (const [other, on] of Object.entries(mapOf(item["depends_on"]))) {
    const earlier = on === false || other === id ? null : mapOf(mapOf(programme["activities"])[other]);
    if (!earlier || earlier["deleted"] === true) continue;
    if (reversed(textOf(earlier["planned_end"]), start)) found.push({ code: "ac04", args: { code, other: textOf(earlier["code"]) } });
  }
  return found;
}

export interface Axis {
  /** First day of the first month. */
  from: number;
  /** First day after the last month. */
  to: number;
  /** First days of the months, as fractions of the whole. */
  months: { at: number; year: string; month: number }[];
}

const DAY_MS = 86_400_000;
const dayOf = (date: string) => Date.parse(`${date}T00:00:00Z`) / DAY_MS;

/** The months that the activities and the period of the programme reach over. Null: there is no date at all. */
export function axisOf(doc: unknown, conflicts: ReadonlyMap<string, Conflict>): Axis | null {
  const programme = mapOf(doc);
  const dates = [textOf(programme["period_start"]), textOf(programme["period_end"])];
  for (const [id, item] of items(doc, "activities")) {
    for (const field of ["planned_start", "planned_end"]) dates.push(dateOf(id, item, field, conflicts).date);
  }
  const known = dates.filter((date) => isDate(date) && Number.isFinite(dayOf(date))).sort();
  const [first, last] = [known[0], known[known.length - 1]];
  if (!first || !last) return null;
  const begin = new Date(`${first.slice(0, 7)}-01T00:00:00Z`);
  const months: { day: number; year: string; month: number }[] = [];
  const at = begin;
  // Twenty years are more than any programme has; a mistyped year must not draw a million months.
  for (let n = 0; n < 240; n++) {
    months.push({ day: at.getTime() / DAY_MS, year: String(at.getUTCFullYear()), month: at.getUTCMonth() });
    at.setUTCMonth(at.getUTCMonth() + 1);
    if (at.getTime() / DAY_MS > dayOf(last)) break;
  }
  const from = months[0]?.day ?? 0;
  const to = at.getTime() / DAY_MS;
  return { from, to, months: months.map(({ day, ...rest }) => ({ at: (day - from) / (to - from), ...rest })) };
}

/** Where a bar begins and how long it is, as fractions of the axis; null without both dates in their order. */
export function barOf(axis: Axis, start: string, end: string): { at: number; length: number } | null {
  if (!isDate(start) || !isDate(end) || end < start) return null;
  const [a, b] = [dayOf(start), dayOf(end) + 1].map((day) => Math.min(Math.max(day, axis.from), axis.to)) as [number, number];
  return b <= a ? null : { at: (a - axis.from) / (axis.to - axis.from), length: (b - a) / (axis.to - axis.from) };
}
