// From the editor to the shared text: what a step did, as the smallest edits that say the same. A block marker keeps
// its identity: its values are changed in place, so that two people who change a block at once do not make two of it.

import * as A from "@automerge/automerge/slim";
import type { Node } from "prosemirror-model";
import type { Step } from "prosemirror-transform";
import type { Content } from "../../live/replica.ts";
import { pieces, type Splice } from "../binding.ts";
import { ALL_KEYS, flatOf, MARKER, type Marker, markerOf, markPair, placeOf, type Scalar } from "./flat.ts";

/** What one change may hold: far below the bounds of the gate (10,000 operations, 192 KiB). */
const CHANGE_UNITS = 4_000;
/** Marks whose range this version decides; others are left as they are. */
const OWN_MARKS = new Set(["strong", "em", "link"]);

/** Edits by index of the shared text, to be made in order. */
export type Edit =
  | { kind: "delete"; at: number; count: number }
  | { kind: "text"; at: number; text: string }
  | { kind: "marker"; at: number; marker: Marker }
  | { kind: "put"; at: number; set: Marker; unset: readonly string[] }
  | { kind: "mark"; from: number; to: number; name: string; value: Scalar };

/** What a step did to the flat string; null if it changed no text and no block. */
export function spliceOf(step: Step, before: Node, after: Node): Splice | null {
  const [a, b] = [flatOf(before), flatOf(after)];
  if (a === b) return null;
  let [fromOld, toOld, fromNew, toNew] = [Infinity, 0, Infinity, 0];
  step.getMap().forEach((start, end, newStart, newEnd) => {
    fromOld = Math.min(fromOld, start);
    toOld = Math.max(toOld, end);
    fromNew = Math.min(fromNew, newStart);
    toNew = Math.max(toNew, newEnd);
  });
  if (fromOld === Infinity) return narrowed(a, b, a.length, 0);
  const head = Math.min(placeOf(before, fromOld), placeOf(after, fromNew));
  const tail = Math.min(a.length - placeOf(before, toOld), b.length - placeOf(after, toNew));
  return narrowed(a, b, head, tail);
}

/** The smallest edit from `a` to `b`: first up to where the step said, so that of equal letters the right one is meant. */
function narrowed(a: string, b: string, headHint: number, tailHint: number): Splice {
  const room = Math.min(a.length, b.length);
  // The first block's marker stays whatever happens.
  let head = 1;
  let tail = 0;
  const grow = (headTo: number, tailTo: number) => {
    while (head < headTo && head + tail < room && a[head] === b[head]) head++;
    while (tail < tailTo && head + tail < room && a[a.length - 1 - tail] === b[b.length - 1 - tail]) tail++;
  };
  grow(headHint, tailHint);
  grow(1, room);
  grow(room, room);
  if (isHigh(a.charCodeAt(head - 1)) && head > 1) head--;
  if (tail > 0 && (isLow(a.charCodeAt(a.length - tail)) || isLow(b.charCodeAt(b.length - tail)))) tail--;
  return { index: head, remove: a.length - head - tail, insert: b.slice(head, b.length - tail) };
}

const isHigh = (unit: number) => unit >= 0xd800 && unit <= 0xdbff;
const isLow = (unit: number) => unit >= 0xdc00 && unit <= 0xdfff;

/** The edits of the shared text for a splice of the flat string; markers take the values of the blocks they begin. */
export function editsOf(splice: Splice, after: Node, implicit: boolean): Edit[] {
  const edits: Edit[] = [];
  let at = splice.index - (implicit ? 1 : 0);
  if (splice.remove > 0) edits.push({ kind: "delete", at, count: splice.remove });
  // The block that a marker at this place begins.
  let block = countMarkers(flatOf(after), splice.index);
  for (const part of splice.insert.split(/(\uFFFC)/)) {
    if (part === "") continue;
    if (part === MARKER && block < after.childCount) edits.push({ kind: "marker", at, marker: markerOf(after.child(block++)) });
    else edits.push({ kind: "text", at, text: part });
    at += part.length;
  }
  return edits;
}

function countMarkers(flat: string, to: number): number {
  let n = 0;
  for (let i = flat.indexOf(MARKER); i !== -1 && i < to; i = flat.indexOf(MARKER, i + 1)) n++;
  return n;
}

/** Whether the first block can do without a marker. */
export function mayBeImplicit(doc: Node): boolean {
  const first = doc.child(0);
  const plainParagraph = first.type.name === "paragraph" && first.attrs["extra"] === null;
  return plainParagraph && (first.content.size > 0 || doc.childCount === 1);
}

/** What is still different where both have the same text and blocks: values of markers, and marks. */
export function differences(wanted: Node, there: Node, implicit: boolean): Edit[] {
  const edits: Edit[] = [];
  const open = new Map<string, Extract<Edit, { kind: "mark" }>>();
  let at = implicit ? -1 : 0;
  wanted.forEach((block, _, i) => {
    const other = there.child(i);
    if (block !== other && !block.eq(other)) {
      edits.push(...puts(markerOf(block), markerOf(other), at));
      markEdits(block, other, at + 1, open, edits);
    }
    at += 1 + block.content.size;
  });
  return edits;
}

function puts(wanted: Marker, there: Marker, at: number): Edit[] {
  const set: Marker = {};
  for (const [key, value] of Object.entries(wanted)) if (!same(there[key], value)) set[key] = value;
  // With another kind goes what is left of kinds before, seen here or not.
  const gone = wanted["type"] === there["type"] ? Object.keys(there) : [...Object.keys(there), ...ALL_KEYS];
  const unset = [...new Set(gone)].filter((key) => !(key in wanted));
  return Object.keys(set).length + unset.length > 0 ? [{ kind: "put", at, set, unset }] : [];
}

const same = (a: unknown, b: unknown) => a === b || JSON.stringify(a) === JSON.stringify(b);

/** Marks of one block, unit by unit in runs; a run that goes on from the block before becomes one range with it. */
function markEdits(wanted: Node, there: Node, base: number, open: Map<string, Extract<Edit, { kind: "mark" }>>, edits: Edit[]): void {
  const [a, b] = [runs(wanted), runs(there)];
  let [i, j, from] = [0, 0, 0];
  while (i < a.length && j < b.length) {
    const [x, y] = [a[i] as Run, b[j] as Run];
    const to = Math.min(x.to, y.to);
    for (const name of new Set([...x.marks.keys(), ...y.marks.keys()])) {
      const value = x.marks.get(name) ?? null;
      if (same(value, y.marks.get(name) ?? null) || (value === null && !OWN_MARKS.has(name))) continue;
      const last = open.get(name);
      // A marker alone between two ranges does not part them.
      if (last && same(last.value, value) && base + from - last.to <= (from === 0 ? 1 : 0)) last.to = base + to;
      else {
        const edit = { kind: "mark" as const, from: base + from, to: base + to, name, value };
        open.set(name, edit);
        edits.push(edit);
      }
    }
    from = to;
    if (x.to === to) i++;
    if (y.to === to) j++;
  }
}

interface Run {
  to: number;
  marks: ReadonlyMap<string, Scalar>;
}

function runs(block: Node): Run[] {
  const out: Run[] = [];
  block.forEach((node, offset) => {
    out.push({ to: offset + node.nodeSize, marks: new Map(node.marks.map(markPair)) });
  });
  return out;
}

/** Groups of edits that each fit a change; long ones are cut, never inside a character. */
export function portions(edits: readonly Edit[]): Edit[][] {
  const out: Edit[][] = [];
  let room = 0;
  const add = (edit: Edit, cost: number) => {
    if (cost > room || out.length === 0) {
      out.push([]);
      room = CHANGE_UNITS;
    }
    (out[out.length - 1] as Edit[]).push(edit);
    room -= cost;
  };
  for (const edit of edits) {
    if (edit.kind === "delete") {
      for (let left = edit.count; left > 0; left -= CHANGE_UNITS) {
        const count = Math.min(left, CHANGE_UNITS);
        add({ ...edit, count }, count);
      }
    } else if (edit.kind === "text") {
      let at = edit.at;
      for (const text of pieces(edit.text, CHANGE_UNITS)) {
        add({ ...edit, at, text }, text.length);
        at += text.length;
      }
    } else add(edit, edit.kind === "mark" ? 2 + String(edit.value).length / 10 : 8);
  }
  return out;
}

/** Makes edits inside a change. */
export function make(doc: Content, path: A.Prop[], edits: readonly Edit[]): void {
  for (const edit of edits) {
    if (edit.kind === "delete") A.splice(doc, path, edit.at, edit.count, "");
    else if (edit.kind === "text") A.splice(doc, path, edit.at, 0, edit.text);
    else if (edit.kind === "marker") A.splitBlock(doc, path, edit.at, fresh(edit.marker) as Record<string, A.MaterializeValue>);
    else if (edit.kind === "put") put(doc, path, edit);
    else mark(doc, path, edit);
  }
}

/** Only single values: a marker is the one container that an edit may make. */
function fresh(marker: Marker): Marker {
  const out: Marker = {};
  for (const [key, value] of Object.entries(marker)) {
    if (typeof value === "string") out[key] = new A.ImmutableString(value);
    else if (value === null || typeof value !== "object" || value instanceof Date || value instanceof Uint8Array) out[key] = value;
  }
  return out;
}

/** Changes values of a marker that is there. The package's own updateBlock takes the marker out and makes another. */
function put(doc: Content, path: A.Prop[], edit: Extract<Edit, { kind: "put" }>): void {
  const backend = A.getBackend(doc as A.Doc<Content>);
  const found = backend.getWithType(`/${path.join("/")}`, edit.at);
  if (!found || found[0] !== "map") throw new Error("no block marker here");
  const marker = found[1];
  for (const [key, value] of Object.entries(edit.set)) {
    if (typeof value === "string") backend.put(marker, key, value, "str");
    else if (typeof value === "number") backend.put(marker, key, value, Number.isInteger(value) ? "int" : "f64");
    else if (typeof value === "boolean") backend.put(marker, key, value, "boolean");
    else if (value === null) backend.put(marker, key, null, "null");
  }
  for (const key of edit.unset) if (backend.getWithType(marker, key)) backend.delete(marker, key);
}

function mark(doc: Content, path: A.Prop[], { from, to, name, value }: Extract<Edit, { kind: "mark" }>): void {
  // What is typed at the end goes on in bold; taking bold away goes on too, or every letter would need taking away.
  const expand = name === "strong" || name === "em" ? "after" : "none";
  const range = { start: from, end: to, expand } as const;
  if (value === null) A.unmark(doc, path, range, name);
  else A.mark(doc, path, range, name, value as A.MarkValue);
}
