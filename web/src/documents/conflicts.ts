// Values written at once (domain.md §3.5). Automerge keeps every one; a person decides by writing again.

import * as A from "@automerge/automerge/slim";
import type { Doc } from "../live/replica.ts";
import { anchor } from "./places.ts";

export interface Value {
  value: unknown;
  /** Actor that wrote it: its first 16 characters are the city. */
  actor: string;
  counter: number;
  used: boolean;
}

export interface Conflict {
  path: A.Prop[];
  values: Value[];
}

/** Every register with more than one different value, by the id of the element that shows it. */
export function conflictsOf(doc: Doc): Map<string, Conflict> {
  const found = new Map<string, Conflict>();
  walk(doc, [], found);
  return found;
}

function walk(node: unknown, path: A.Prop[], found: Map<string, Conflict>): void {
  if (node === null || typeof node !== "object" || Array.isArray(node)) return;
  for (const [key, value] of Object.entries(node)) {
    const here = [...path, key];
    const plain = value === null || typeof value !== "object" || A.isImmutableString(value);
    if (!plain) {
      walk(value, here, found);
      continue;
    }
    // A text that two cities created at once is not for this list.
    if (typeof value === "string") continue;
    const conflict = at(node as A.Doc<Record<string, unknown>>, key, here, value);
    if (conflict) found.set(anchor(here), conflict);
  }
}

function at(node: A.Doc<Record<string, unknown>>, key: string, path: A.Prop[], used: unknown): Conflict | null {
  const all = A.getConflicts(node, key);
  if (!all) return null;
  const values: Value[] = [];
  for (const [op, told] of Object.entries(all)) {
    // `getConflicts` gives scalar texts as plain strings; written back as such they would become shared texts.
    const value = typeof told === "string" ? new A.ImmutableString(told) : told;
    const [counter = "0", actor = ""] = op.split("@");
    // Equal values come out as a conflict too: nothing to decide.
    if (values.some((other) => same(other.value, value))) continue;
    values.push({ value, actor, counter: Number(counter), used: same(value, used) });
  }
  if (values.length < 2) return null;
  values.sort((a, b) => Number(b.used) - Number(a.used));
  return { path, values };
}

function same(a: unknown, b: unknown): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}

/** Who wrote an operation and when: the change that holds it. */
export function writerOf(doc: Doc, value: Value): { city8: string; hash: string | null; time: number | null } {
  const change = A.getChangesMetaSince(doc, []).find(
    (one) => one.actor === value.actor && one.startOp <= value.counter && value.counter <= one.maxOp,
  );
  // Other writers of the time may count in seconds: nobody edited in 1970.
  const time = change ? (change.time > 100_000_000_000 ? change.time : change.time * 1000) : null;
  return { city8: value.actor.slice(0, 16), hash: change?.hash ?? null, time: time === 0 ? null : time };
}
