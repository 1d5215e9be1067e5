// What is different between two versions of a document, place by place, as people read it.

import * as A from "@automerge/automerge/slim";
import { mapOf, textOf } from "../documents/values.ts";
import type { Doc } from "../live/replica.ts";
import { has, t } from "../words/words.ts";
import { type Paragraph, type Row, rows } from "./diff.ts";

export type Change =
  | { kind: "value"; path: A.Prop[]; before: unknown; after: unknown }
  | { kind: "text"; path: A.Prop[]; before: string | undefined; after: string | undefined; rows: Row[] }
  | { kind: "added" | "removed"; path: A.Prop[]; before: unknown; after: unknown };

/** Fields that say nothing to a person, or are told in another way. */
const SILENT = new Set(["v", "kind", "created_by", "parent", "field", "programme", "city"]);

/** The document at a version. No heads: before its first change. */
export function viewAt(doc: Doc, heads: readonly string[]): Doc | null {
  if (heads.length === 0) return null;
  return A.view(doc, [...heads]);
}

/** Does this copy hold the version yet? */
export function holds(doc: Doc | null | undefined, heads: readonly string[]): doc is Doc {
  return doc !== null && doc !== undefined && (heads.length === 0 || A.hasHeads(doc, [...heads]));
}

export function changesBetween(doc: Doc, before: readonly string[], after: readonly string[]): Change[] {
  const [old, fresh] = [viewAt(doc, before), viewAt(doc, after)];
  const found: Change[] = [];
  const walk = (a: unknown, b: unknown, path: A.Prop[]) => {
    for (const key of new Set([...Object.keys(mapOf(a)), ...Object.keys(mapOf(b))])) {
      if (path.length === 0 && SILENT.has(key)) continue;
      one(mapOf(a)[key], mapOf(b)[key], [...path, key]);
    }
  };
  const one = (a: unknown, b: unknown, path: A.Prop[]) => {
    const item = path.length === 2 && (isMap(a) || isMap(b)) && (a === undefined || isMap(a)) && (b === undefined || isMap(b));
    if (item && isGone(a) !== isGone(b)) {
      found.push({ kind: isGone(a) ? "added" : "removed", path, before: a, after: b });
      return;
    }
    // What is taken out in both versions is seen in neither; `deleted` that is false is as if it was not there.
    if (item && isGone(a)) return;
    if (path.length === 3 && path[2] === "deleted" && a !== true && b !== true) return;
    if (isMap(a) || isMap(b)) return walk(a, b, path);
    if (typeof a === "string" || typeof b === "string") {
      const change = textChange(old, fresh, path, text(a), text(b));
      if (change) found.push(change);
      return;
    }
    if (!same(a, b)) found.push({ kind: "value", path, before: a, after: b });
  };
  walk(old, fresh, []);
  return found;
}

/** A text that people write together is a plain string; a missing one is not the same as an empty one. */
function text(value: unknown): string | undefined {
  return value === undefined || value === null ? undefined : textOf(value);
}

function textChange(old: Doc | null, fresh: Doc | null, path: A.Prop[], before: string | undefined, after: string | undefined): Change | null {
  const [a, b] = [paragraphsOf(old, path, before), paragraphsOf(fresh, path, after)];
  const found = rows(a, b);
  if (found.every((row) => row.kind === "same")) return null;
  return { kind: "text", path, before, after, rows: found };
}

function isMap(value: unknown): boolean {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !A.isImmutableString(value) && !(value instanceof Date) && !(value instanceof Uint8Array);
}

function isGone(item: unknown): boolean {
  return item === undefined || mapOf(item)["deleted"] === true;
}

export function same(a: unknown, b: unknown): boolean {
  if (a === undefined || b === undefined) return a === b;
  return JSON.stringify(a) === JSON.stringify(b);
}

/** The paragraphs of a text: at its block markers, and where there are none at its line ends. */
export function paragraphsOf(doc: Doc | null, path: readonly A.Prop[], plain: string | undefined): Paragraph[] {
  if (!doc || plain === undefined || plain === "") return [];
  const out: Paragraph[] = [];
  let at = 0;
  let marked = false;
  const last = () => out.at(-1);
  for (const span of spansOf(doc, path, plain)) {
    if (span.type === "block") {
      out.push({ label: blockLabel(span.value), text: "", at: at + 1, format: "" });
      at += 1;
      marked = true;
      continue;
    }
    const lines = marked ? [span.value] : span.value.split("\n");
    lines.forEach((line, i) => {
      if (i > 0) at += 1;
      if (i > 0 || !last()) out.push({ label: "", text: "", at, format: "" });
      const here = last() as Paragraph;
      const format = formatOf(span.marks);
      if (format !== "") here.format += `${here.text.length}:${line.length}:${format};`;
      here.text += line;
      at += line.length;
    });
  }
  return out;
}

function spansOf(doc: Doc, path: readonly A.Prop[], plain: string): A.Span[] {
  try {
    return A.spans(doc, [...path]);
  } catch {
    // A scalar that is shown as a text.
    return [{ type: "text", value: plain }];
  }
}

function formatOf(marks: A.MarkSet | undefined): string {
  return Object.entries(marks ?? {})
    .filter(([, value]) => value !== null)
    .map(([name, value]) => `${name}=${textOf(value)}`)
    .sort()
    .join(",");
}

/** What a paragraph is, in words; nothing for a plain one. */
function blockLabel(block: Record<string, unknown>): string {
  const kind = textOf(block["type"]) || "unknown";
  if (kind === "paragraph") return "";
  const attrs = mapOf(block["attrs"]);
  const level = textOf(block["level"] ?? attrs["level"]);
  const key = `block-${kind}`;
  return has(key) ? t(key, { level }) : t("block-unknown");
}

/** Who wrote the letter at a place of a text in this version: the actor, from Automerge's own numbering. */
export function actorAt(view: Doc, path: readonly A.Prop[], place: number): string | null {
  try {
    return A.getCursor(view, [...path], place).split("@")[1] ?? null;
  } catch {
    return null;
  }
}
