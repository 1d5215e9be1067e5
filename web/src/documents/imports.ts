// A budget read back from a spreadsheet: what it would change, told before anything does. Pure.

import type { Cell } from "./budget.ts";
import { readCsv } from "./csv.ts";
import { BUDGET_HEAD } from "./exports.ts";
import { decimalsOf, parseMoney } from "./money.ts";
import { items, mapOf, textOf } from "./values.ts";

export interface Rate {
  currency: string;
  perUnit: number | null;
}

export interface Circumstances {
  programme: unknown;
  cells: readonly Cell[];
  currency: string;
  rates: readonly Rate[];
  /** Names and keys (`city8`, `ext:<id>`) of those who may give. */
  funders: readonly { key: string; name: string }[];
  /** Our own city. */
  own: string;
  /** Amounts that are proposed already: `line|funder|year|mode`. */
  proposed: ReadonlyMap<string, number>;
}

export interface Amount {
  row: number;
  /** Its id, or the mark of one that the file adds. */
  line: string;
  funder: string;
  year: string;
  mode: string;
  before: number | null;
  /** null: the amount is taken out. */
  after: number | null;
  kind: "own" | "external" | "proposal";
  /** As written, where it is in another currency. */
  told: string;
}

export interface NewLine {
  row: number;
  mark: string;
  code: string;
  title: string;
  activity: string;
}

export interface Retitled {
  row: number;
  line: string;
  before: string;
  after: string;
}

/** Why a row is left out. `code` is a message of the page; its arguments are in `args`. */
export interface BadRow {
  row: number;
  code: string;
  args: Record<string, string | number>;
  text: string;
}

export interface Plan {
  amounts: Amount[];
  lines: NewLine[];
  titles: Retitled[];
  bad: BadRow[];
  /** Rows that say what is there already. */
  same: number;
  /** Amounts of the programme that the file does not speak of: they stay. */
  untold: number;
}

const MODES: Record<string, string> = { efectivo: "cash", cash: "cash", dinero: "cash", valorizado: "in_kind", valorizada: "in_kind", "en especie": "in_kind", especie: "in_kind", in_kind: "in_kind", "in kind": "in_kind" };
const WORDS: Record<string, string> = { línea: "linea", line: "linea", título: "partida", año: "anualidad", ano: "anualidad", year: "anualidad", mode: "modalidad", amount: "importe", cantidad: "importe", currency: "moneda", funder: "financiador", activity: "actividad" };

const plainWord = (text: string) => text.trim().toLowerCase().replace(/\s+/g, " ");
const sameName = (a: string, b: string) => fold(a) === fold(b);
const fold = (text: string) => plainWord(text).normalize("NFD").replace(/\p{M}/gu, "");

/** The plan, or the columns that are missing. */
export function planOf(text: string, at: Circumstances): Plan | { missing: string[] } {
  const rows = readCsv(text);
  const head = (rows[0]?.cells ?? []).map((cell) => WORDS[plainWord(cell)] ?? fold(cell));
  const missing = BUDGET_HEAD.filter((column) => column !== "actividad" && column !== "moneda" && column !== "partida" && !head.includes(column));
  if (missing.length > 0) return { missing };
  const reader = new Reader(at);
  for (const row of rows.slice(1)) {
    if (row.cells[0]?.startsWith("#")) continue;
    const cell = (column: string) => (row.cells[head.indexOf(column)] ?? "").trim();
    reader.row(row.number, cell, row.cells.join(";"));
  }
  return reader.end();
}

class Reader {
  readonly #at: Circumstances;
  readonly #plan: Plan = { amounts: [], lines: [], titles: [], bad: [], same: 0, untold: 0 };
  readonly #lines: { id: string; code: string; title: string }[];
  readonly #seen = new Map<string, number>();

  constructor(at: Circumstances) {
    this.#at = at;
    this.#lines = items(at.programme, "budget_lines").map(([id, line]) => ({ id, code: textOf(line["code"]), title: textOf(line["title"]) }));
  }

  row(number: number, cell: (column: string) => string, text: string): void {
    const bad = (code: string, args: BadRow["args"] = {}) => void this.#plan.bad.push({ row: number, code, args, text });
    const before = this.#plan.lines.length;
    const line = this.#line(number, cell("linea"), cell("partida"), cell("actividad"), bad);
    if (!line) return;
    // A row that brings only a line.
    if (["financiador", "anualidad", "modalidad", "importe"].every((column) => cell(column) === "")) {
      if (this.#plan.lines.length === before) this.#plan.same += 1;
      return;
    }
    const { funders, own, currency } = this.#at;
    const named = funders.filter((one) => sameName(one.name, cell("financiador")));
    if (named.length !== 1) return bad(named.length === 0 ? "import-no-funder" : "import-two-funders", { name: cell("financiador") });
    const funder = named[0]?.key ?? "";
    const year = cell("anualidad");
    const [from, to] = ["period_start", "period_end"].map((field) => textOf(mapOf(this.#at.programme)[field]).slice(0, 4)) as [string, string];
    if (!/^\d{4}$/.test(year)) return bad("import-no-year", { year });
    if ((from !== "" && year < from) || (to !== "" && year > to)) return bad("pb03", { year });
    const mode = MODES[plainWord(cell("modalidad"))];
    if (!mode) return bad("import-no-mode", { mode: cell("modalidad") });
    const amount = this.#amount(cell("importe"), cell("moneda").toUpperCase() || currency, bad);
    if (amount === undefined) return;
    const key = `${line}|${funder}|${year}|${mode}`;
    const twice = this.#seen.get(key);
    if (twice !== undefined) return bad("import-twice", { row: twice });
    this.#seen.set(key, number);
    const was = this.#at.cells.find((one) => one.line === line && one.funder === funder && one.year === year && one.mode === mode)?.amount ?? null;
    if (was === amount.minor) return void (this.#plan.same += 1);
    const kind = funder === own ? "own" : funder.startsWith("ext:") ? "external" : "proposal";
    if (kind === "proposal" && amount.minor === null) return bad("import-propose-nothing");
    if (kind === "proposal" && this.#at.proposed.get(key) === amount.minor) return void (this.#plan.same += 1);
    this.#plan.amounts.push({ row: number, line, funder, year, mode, before: was, after: amount.minor, kind, told: amount.told });
  }

  end(): Plan {
    this.#plan.untold = this.#at.cells.filter((one) => !this.#seen.has(`${one.line}|${one.funder}|${one.year}|${one.mode}`)).length;
    return this.#plan;
  }

  /** The line that a row speaks of: by its code, else by its title; else a new one. */
  #line(row: number, code: string, title: string, activity: string, bad: (code: string, args?: BadRow["args"]) => void): string | null {
    if (code === "" && title === "") return bad("import-no-line"), null;
    let found = this.#lines.filter((one) => (code !== "" ? one.code === code : one.code === "" && sameName(one.title, title)));
    if (found.length > 1) found = found.filter((one) => sameName(one.title, title));
    if (found.length > 1) return bad("import-two-lines", { code: code || title }), null;
    const one = found[0];
    if (!one) {
      const activities = items(this.#at.programme, "activities").filter(([, item]) => activity !== "" && textOf(item["code"]) === activity);
      if (activity !== "" && activities.length === 0) return bad("import-no-activity", { code: activity }), null;
      const mark = `new:${row}`;
      this.#plan.lines.push({ row, mark, code, title, activity: activities[0]?.[0] ?? "" });
      this.#lines.push({ id: mark, code, title });
      return mark;
    }
    if (title !== "" && title !== one.title.trim()) {
      if (!one.id.startsWith("new:")) this.#plan.titles.push({ row, line: one.id, before: one.title, after: title });
      one.title = title;
    }
    return one.id;
  }

  /** In minor units of the programme's currency; undefined: it cannot be read, and why has been said. */
  #amount(text: string, currency: string, bad: (code: string, args?: BadRow["args"]) => void): { minor: number | null; told: string } | undefined {
    if (text === "") return { minor: null, told: "" };
    const minor = parseMoney(text, currency, "es");
    if (minor === null) return bad("pb01", { n: decimalsOf(currency) }), undefined;
    if (currency === this.#at.currency) return { minor, told: "" };
    const rate = this.#at.rates.find((one) => one.currency === currency)?.perUnit ?? null;
    if (rate === null) return bad("pb06", { from: currency, to: this.#at.currency }), undefined;
    return { minor: Math.round(minor / rate), told: `${text} ${currency}` };
  }
}
