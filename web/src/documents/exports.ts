// The tables of a programme as rows of text: budget, timetable, indicators. Pure.

import type { Cell } from "./budget.ts";
import { decimalsOf } from "./money.ts";
import { items, mapOf, numberOf, textOf } from "./values.ts";

export type Names = (key: string) => string;

export interface Issued {
  alliance: string;
  programme: string;
  version: string;
  /** `YYYY-MM-DD`. */
  date: string;
  city: string;
  /** Nobody has approved what is in it. */
  unapproved: boolean;
}

export const BUDGET_HEAD = ["linea", "partida", "actividad", "financiador", "anualidad", "modalidad", "importe", "moneda"];
export const MODE_WORDS: Record<string, string> = { cash: "efectivo", in_kind: "valorizado" };

/** "12000,50": the decimal comma, nothing between thousands. */
export function plainAmount(minor: number, currency: string): string {
  const decimals = decimalsOf(currency);
  const digits = String(minor).padStart(decimals + 1, "0");
  return decimals === 0 ? digits : `${digits.slice(0, -decimals)},${digits.slice(-decimals)}`;
}

/** A row for every amount; a line without any has one row, so that it comes along. */
export function budgetRows(programme: unknown, cells: readonly Cell[], currency: string, nameOf: Names): string[][] {
  const activities = mapOf(mapOf(programme)["activities"]);
  const rows: string[][] = [BUDGET_HEAD];
  for (const [id, line] of items(programme, "budget_lines")) {
    const activity = textOf(mapOf(activities[textOf(line["activity_id"])])["code"]);
    const head = [textOf(line["code"]), textOf(line["title"]), activity];
    const own = cells
      .filter((cell) => cell.line === id)
      .map((cell) => ({ cell, name: nameOf(cell.funder) }))
      .sort((a, b) => a.name.localeCompare(b.name) || a.cell.year.localeCompare(b.cell.year) || a.cell.mode.localeCompare(b.cell.mode));
    for (const { cell, name } of own) {
      rows.push([...head, name, cell.year, MODE_WORDS[cell.mode] ?? cell.mode, plainAmount(cell.amount, currency), currency]);
    }
    if (own.length === 0) rows.push([...head, "", "", "", "", currency]);
  }
  return rows;
}

export function timetableRows(programme: unknown, nameOf: Names, statusOf: Names): string[][] {
  const doc = mapOf(programme);
  const code = (collection: string, id: string) => textOf(mapOf(mapOf(doc[collection])[id])["code"]);
  const rows = [["codigo", "actividad", "resultado", "responsable", "apoyan", "inicio_previsto", "fin_previsto", "inicio_real", "fin_real", "estado", "avance", "depende_de"]];
  for (const [, item] of items(programme, "activities")) {
    const on = (field: string) => Object.entries(mapOf(item[field])).filter(([, value]) => value !== false).map(([key]) => key);
    const lead = textOf(item["lead_city"]);
    rows.push([
      textOf(item["code"]),
      textOf(item["text"]),
      code("results", textOf(item["result_id"])),
      lead === "" ? "" : nameOf(lead),
      on("support_cities").map(nameOf).join(", "),
      ...["planned_start", "planned_end", "actual_start", "actual_end"].map((field) => textOf(item[field])),
      statusOf(textOf(item["status"])),
      textOf(item["progress_pct"]),
      on("depends_on").map((id) => code("activities", id)).join(", "),
    ]);
  }
  return rows;
}

/** One row for every period of an indicator; one without periods has one row. */
export function indicatorRows(programme: unknown, nameOf: Names): string[][] {
  const doc = mapOf(programme);
  const rows = [["codigo", "indicador", "nivel", "unidad", "linea_de_base", "ano_de_base", "periodo", "meta", "valor", "fuente_de_verificacion", "responsable"]];
  for (const [, item] of items(programme, "indicators")) {
    const level = textOf(item["level_id"]);
    const of = mapOf(mapOf(doc["results"])[level] ?? mapOf(doc["specific_objectives"])[level]);
    const targets = mapOf(item["targets"]);
    const periods = [...new Set(Object.keys(targets).map((key) => key.split("/")[0] ?? key))].sort();
    const city = textOf(item["responsible_city"]);
    for (const period of periods.length === 0 ? [""] : periods) {
      rows.push([
        textOf(item["code"]),
        textOf(item["text"]),
        textOf(of["code"]) || (level === "general_objective" ? "OG" : ""),
        textOf(item["unit"]),
        comma(item["baseline_value"]),
        textOf(item["baseline_year"]),
        period,
        comma(targets[period]),
        comma(targets[`${period}/value`]),
        textOf(item["verification_source"]),
        city === "" ? "" : nameOf(city),
      ]);
    }
  }
  return rows;
}

function comma(value: unknown): string {
  return numberOf(value) === null ? textOf(value) : textOf(value).replace(".", ",");
}

/** What the file is, in rows of its own at the end: the first cell says that they are not data. */
export function withOrigin(rows: readonly (readonly string[])[], issued: Issued): string[][] {
  const width = rows[0]?.length ?? 0;
  const told = [
    ["# alianza", issued.alliance],
    ["# programa", issued.programme],
    ["# version", issued.version],
    ["# fecha", issued.date],
    ["# emitido por", issued.city],
    ...(issued.unapproved ? [["# aviso", "contiene cambios sin aprobar"]] : []),
  ];
  return [...rows.map((row) => [...row]), ...told.map((row) => [...row, ...Array<string>(Math.max(0, width - row.length)).fill("")])];
}
