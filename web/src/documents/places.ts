// Where a value of a document is shown: its place in the page, and what people call it.

import type { Prop } from "@automerge/automerge/slim";
import { PARTS, type Part } from "../route.ts";
import { has, t } from "../words/words.ts";
import type { Replica } from "../live/replica.ts";
import { mapOf, textOf } from "./values.ts";

const PART_OF: Record<string, Part> = {
  general_objective: "framework",
  specific_objectives: "framework",
  results: "framework",
  preconditions: "framework",
  indicators: "framework",
  activities: "activities",
  budget_lines: "budget",
  financiers: "budget",
  cell_proposals: "budget",
  cells: "budget",
  indirect_limit_pct: "budget",
  fx: "budget",
  derived: "budget",
  management_split: "management",
  staff: "management",
  risks: "management",
  visibility_plan: "management",
  monitoring_plan: "management",
  sections: "narratives",
};

export function pointer(path: readonly Prop[]): string {
  return path.map((key) => `/${String(key).replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
}

export function parsePointer(text: string): string[] {
  return text
    .split("/")
    .slice(1)
    .map((key) => key.replaceAll("~1", "/").replaceAll("~0", "~"));
}

/** The id of the element that shows a value. */
export function anchor(path: readonly Prop[]): string {
  return `f-${path.map((key) => String(key).replace(/[^A-Za-z0-9_-]/g, "_")).join("-")}`;
}

export function partOf(path: readonly Prop[]): Part {
  const first = String(path[0] ?? "");
  return PART_OF[first] ?? (PARTS.includes(first as Part) ? (first as Part) : "identity");
}

/** "Actividad A1.2 · Fin previsto". */
export function describe(doc: unknown, path: readonly Prop[]): string {
  const words: string[] = [];
  const [collection, id, field] = path.map(String);
  if (collection === undefined) return t("document");
  const item = mapOf(mapOf(mapOf(doc)[collection])[id ?? ""]);
  const code = textOf(item["code"]);
  const one = `one-${collection}`;
  if (has(one)) words.push(code ? `${t(one)} ${code}` : t(one));
  else words.push(fieldName(collection));
  if (collection === "budget_lines" && field === "cells") words.push(cellName(doc, String(path[3] ?? "")));
  else if (field !== undefined) words.push(fieldName(field));
  else if (collection === "cells") words.push(cellName(doc, id ?? ""));
  return words.join(" · ");
}

function cellName(_doc: unknown, key: string): string {
  const [, year, mode] = key.split("|");
  return year && mode ? `${year}, ${t(`mode-${mode}`)}` : key;
}

export function fieldName(field: string): string {
  const key = `field-${field.replaceAll("_", "-")}`;
  return has(key) ? t(key) : field;
}

export function describePath(replica: Replica, path: Prop[]): string {
  return describe(replica.doc.value, path);
}
