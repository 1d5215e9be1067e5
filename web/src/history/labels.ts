// Places and values of a document in the words of the page, for lists that stand away from their fields.

import type { Prop } from "@automerge/automerge/slim";
import { formatMoney } from "../documents/money.ts";
import { describe, fieldName } from "../documents/places.ts";
import { mapOf, numberOf, textOf } from "../documents/values.ts";
import { plainValue } from "../parts/conflict.tsx";
import { cityName } from "../state.ts";
import { visible } from "../words/visible.ts";
import { has, locale, t } from "../words/words.ts";

/** What is needed to name a place. */
export interface Place {
  /** The document the place is in, as it is today: items keep their codes there. */
  doc: unknown;
  kind: string;
  /** Its programme: lines and financiers have their names there. */
  programme: unknown;
  /** Of a section: which text it is. */
  field?: string | null | undefined;
}

/** Words of closed lists, by collection and field: the beginning of their key. */
const LISTS: Record<string, string> = {
  "/status": "state",
  "/default_currency": "currency",
  "activities/status": "activity",
  "activities/kind": "kind",
  "financiers/status": "funding",
  "financiers/type": "financier",
  "budget_lines/category": "category",
  "results/iati_type": "result-type",
  "indicators/measure": "measure",
  "risks/prob": "scale",
  "risks/impact": "scale",
  "partners/role": "partner-role",
  "partners/status": "partner-status",
};

/** The name of a place; nothing in it hides. */
export function labelOf(place: Place, path: readonly Prop[]): string {
  return visible(labelled(place, path));
}

function labelled(place: Place, path: readonly Prop[]): string {
  const [first, second, third, fourth] = path.map(String);
  if (place.kind === "section" && first === "body") return t(`section-${place.field ?? ""}`);
  if (first === "partners" && second?.includes("/")) {
    const [city, field = ""] = second.split("/");
    return `${cityName(city)} · ${field === "status" ? t("partner-answer") : fieldName(field)}`;
  }
  if (first === "cells") return cellLabel(place, second ?? "");
  if (first === "budget_lines" && third === "cells") {
    const [funder = "", year, mode] = (fourth ?? "").split("|");
    return [describe(place.doc, [first, second ?? ""]), funderName(place, funder), yearMode(year, mode)].filter(Boolean).join(" · ");
  }
  if (first === "dac_sectors" && second) return t("sector", { code: second });
  if (first === "sdg_targets" && second) return t("target", { code: second });
  const words = [describe(place.doc, path.slice(0, 3)), ...keysOf(place, path)].join(" · ");
  const name = path.length === 2 ? nameOf(place, path) : "";
  return name === "" ? words : `${words} · ${name}`;
}

/** Keys that are no names of fields: a year, a code, a city. */
function keysOf(place: Place, path: readonly Prop[]): string[] {
  const item = mapOf(mapOf(place.doc)[path[0] as string])[path[1] as string];
  const flat = path.length === 2 && (item === null || typeof item !== "object" || "val" in item);
  const keys = flat && !has(`one-${String(path[0])}`) ? path.slice(1) : path.slice(3);
  return keys.map((key) => (/^[0-9a-f]{16}$/.test(String(key)) ? cityName(String(key)) : String(key)));
}

/** The amount of our own matrix: which line, year and mode. */
function cellLabel(place: Place, key: string): string {
  const [line = "", year, mode] = key.split("|");
  const known = mapOf(mapOf(mapOf(place.programme)["budget_lines"])[line]);
  const name = [textOf(known["code"]), textOf(known["title"])].filter(Boolean).join(" ");
  return [name ? `${t("line")} ${name}` : t("one-cells"), yearMode(year, mode)].filter(Boolean).join(" · ");
}

function yearMode(year: string | undefined, mode: string | undefined): string {
  return year && mode ? `${year}, ${has(`mode-${mode}`) ? t(`mode-${mode}`) : mode}` : "";
}

function funderName(place: Place, funder: string): string {
  if (!funder.startsWith("ext:")) return cityName(funder);
  return textOf(mapOf(mapOf(mapOf(place.programme)["financiers"])[funder.slice(4)])["name"]);
}

/** What an item calls itself: its title, or the beginning of its text. */
function nameOf(place: Place, path: readonly Prop[]): string {
  const item = mapOf(mapOf(mapOf(place.doc)[path[0] as string])[path[1] as string]);
  const text = ["title", "name", "text", "function", "position", "group"].map((key) => textOf(item[key])).find((one) => one !== "") ?? "";
  return text.length > 60 ? `${text.slice(0, 60).trimEnd()}…` : text;
}

export function shown(place: Place, path: readonly Prop[], value: unknown): string {
  return visible(told(place, path, value));
}

function told(place: Place, path: readonly Prop[], value: unknown): string {
  if (value === undefined || value === null || textOf(value) === "") return t("empty-value");
  const [first, second] = path.map(String);
  const last = String(path.at(-1) ?? "");
  if (path.includes("cells")) {
    const amount = numberOf(value);
    const currency = textOf(mapOf(place.programme)["default_currency"]) || "EUR";
    return amount === null ? textOf(value) : formatMoney(amount, currency, locale());
  }
  if (typeof value === "boolean") return t(value ? "yes" : "no");
  const text = textOf(value);
  const field = first === "partners" ? (second?.split("/")[1] ?? "") : last;
  const list = LISTS[`${path.length === 1 ? "" : first}/${field}`];
  if (list && has(`${list}-${text}`)) return t(`${list}-${text}`);
  if (/_pct$/.test(last)) return t("percent", { n: text });
  const item = referenced(place.programme, last, text);
  return item ?? plainValue(value);
}

/** A field that names another item is told by that item's own name. */
function referenced(programme: unknown, field: string, id: string): string | null {
  const collection = { so_id: "specific_objectives", result_id: "results", activity_id: "activities" }[field];
  if (!collection || !mapOf(mapOf(programme)[collection])[id]) return null;
  return describe(programme, [collection, id]);
}
