// Reading and writing the values of documents. Enumerations, dates and codes are scalars (ImmutableString in
// Automerge's terms); texts that people write together are plain strings on reading and Text underneath.

import * as A from "@automerge/automerge/slim";
import type { Content } from "../live/replica.ts";

export type Item = Record<string, unknown>;

export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  if (value === null || value === undefined) return "";
  if (A.isImmutableString(value)) return value.val;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

export function numberOf(value: unknown): number | null {
  if (typeof value === "number") return value;
  if (typeof value === "bigint") return Number(value);
  const text = textOf(value).trim();
  return text !== "" && Number.isFinite(Number(text)) ? Number(text) : null;
}

export function mapOf(value: unknown): Item {
  return value !== null && typeof value === "object" && !Array.isArray(value) ? (value as Item) : {};
}

/** A scalar text for writing. */
export function scalar(text: string): unknown {
  return new A.ImmutableString(text);
}

/**
 * An integer for writing. A plain whole number is stored as one; `A.Int` must not be used: inside a new object
 * Automerge 3.5 makes a map of it.
 */
export function whole(value: number): number {
  if (!Number.isSafeInteger(value)) throw new Error(`not a whole number: ${value}`);
  return value;
}

/** The items of a collection that are not removed, in their order. */
export function items(doc: unknown, collection: string): [string, Item][] {
  return Object.entries(mapOf(mapOf(doc)[collection]))
    .map(([id, item]): [string, Item] => [id, mapOf(item)])
    .filter(([, item]) => item["deleted"] !== true)
    .sort(([idA, a], [idB, b]) => {
      const [posA, posB] = [textOf(a["pos"]), textOf(b["pos"])];
      return posA === posB ? (idA < idB ? -1 : 1) : posA < posB ? -1 : 1;
    });
}

export function lastPos(doc: unknown, collection: string): string | null {
  const all = Object.values(mapOf(mapOf(doc)[collection])).map((item) => textOf(mapOf(item)["pos"]));
  return all.length === 0 ? null : all.reduce((a, b) => (a > b ? a : b));
}

/** Writes at a path inside a change. Missing maps on the way are not created: containers come with the document. */
export function put(doc: Content, path: readonly A.Prop[], value: unknown): void {
  let target = doc as Record<A.Prop, unknown>;
  for (const key of path.slice(0, -1)) {
    const next = target[key];
    if (next === null || typeof next !== "object") throw new Error(`no ${String(key)} in the document`);
    target = next as Record<A.Prop, unknown>;
  }
  const last = path[path.length - 1] as A.Prop;
  if (value !== undefined) target[last] = value;
  else if (last in target) delete target[last];
}

/**
 * Decides between values written at once. The value is taken out and written anew: writing the one in use over itself
 * would only drop the others, and the decision would have no author.
 */
export function decide(doc: Content, path: readonly A.Prop[], value: unknown): void {
  put(doc, path, undefined);
  put(doc, path, value);
}
