// Bringing back what was: a new change, through the same way as any other, that sets today's content to the old one.
// Nothing leaves the history, and what it did can be undone in the same way.

import * as A from "@automerge/automerge/slim";
import { pieces } from "../editor/binding.ts";
import { mapOf, put } from "../documents/values.ts";
import { at, type Content, type Doc, type Replica } from "../live/replica.ts";
import { type Change, changesBetween, viewAt } from "./changes.ts";
import { edits, tokens } from "./diff.ts";

/** Units of a text that one change writes or takes out: far below the bound of the node. */
const UNITS = 4_000;

/** What would change today if these places were as in that version; all places when none are named. */
export function towards(doc: Doc, version: readonly string[], places: readonly (readonly A.Prop[])[] | null): Change[] {
  const all = changesBetween(doc, A.getHeads(doc), version);
  return places === null ? all : all.filter((one) => places.some((place) => within(one.path, place) || within(place, one.path)));
}

function within(path: readonly A.Prop[], place: readonly A.Prop[]): boolean {
  return place.length <= path.length && place.every((key, i) => path[i] === key);
}

/** Carries them out. False if the document did not take them. */
export function restore(replica: Replica, version: readonly string[], changes: readonly Change[]): boolean {
  const doc = replica.doc.value;
  if (!doc || !replica.writable.value) return false;
  const old = viewAt(doc, version);
  let fine = true;
  const values = changes.filter((one) => one.kind !== "text");
  for (let from = 0; from < values.length; from += 200) {
    const some = values.slice(from, from + 200);
    fine = replica.change((content) => some.forEach((one) => setValue(content, one))) && fine;
  }
  for (const one of changes) if (one.kind === "text") fine = setText(replica, one.path, old, one.after) && fine;
  return fine;
}

function setValue(content: Content, change: Change): void {
  if (change.kind === "value") return put(content, change.path, plain(change.after));
  if (change.kind === "removed") return put(content, [...change.path, "deleted"], true);
  if (change.kind !== "added") return;
  if (at(content, change.path) === undefined) return put(content, change.path, plain(change.after));
  put(content, [...change.path, "deleted"], false);
}

/** A value of an old version as a new one: parts of a document cannot be in two places. */
function plain(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (A.isImmutableString(value)) return new A.ImmutableString(value.val);
  if (Array.isArray(value)) return value.map(plain);
  if (value instanceof Date) return new Date(value);
  if (value instanceof Uint8Array) return value.slice();
  return Object.fromEntries(Object.entries(mapOf(value)).map(([key, one]) => [key, plain(one)]));
}

function setText(replica: Replica, path: A.Prop[], old: Doc | null, target: string | undefined): boolean {
  const doc = replica.doc.value;
  const now = at(doc, path);
  if (!doc) return false;
  if (target === undefined && typeof now === "string" && path.length === 1) return rewrite(replica, path, now, "");
  if (target === undefined || typeof now !== "string") {
    const text = old ? at(old, path) : undefined;
    return replica.change((content) => put(content, path, plain(text)));
  }
  const rich = old && (hasBlocks(doc, path) || hasBlocks(old, path) || hasMarks(doc, path) || hasMarks(old, path));
  return rich ? respan(replica, path, A.spans(old, path)) : rewrite(replica, path, now, target);
}

function hasBlocks(doc: Doc, path: A.Prop[]): boolean {
  return A.spans(doc, path).some((span) => span.type === "block");
}

function hasMarks(doc: Doc, path: A.Prop[]): boolean {
  return A.spans(doc, path).some((span) => span.type === "text" && Object.values(span.marks ?? {}).some((value) => value !== null));
}

/** Word by word, so that what is the same today stays the same letters: others may be writing in it. */
function rewrite(replica: Replica, path: A.Prop[], now: string, target: string): boolean {
  const [a, b] = [tokens(now), tokens(target)];
  const splices: { index: number; remove: number; insert: string }[] = [];
  let index = 0;
  for (const run of edits(a, b)) {
    if (run.kind === "same") index += b.slice(run.from, run.to).join("").length;
    else if (run.kind === "del") splices.push({ index, remove: a.slice(run.from, run.to).join("").length, insert: "" });
    else {
      const text = b.slice(run.from, run.to).join("");
      splices.push({ index, remove: 0, insert: text });
      index += text.length;
    }
  }
  const small: typeof splices = [];
  for (const one of splices) {
    for (let gone = 0; gone < one.remove; gone += UNITS) small.push({ index: one.index, remove: Math.min(UNITS, one.remove - gone), insert: "" });
    let place = one.index;
    for (const piece of pieces(one.insert, UNITS)) {
      small.push({ index: place, remove: 0, insert: piece });
      place += piece.length;
    }
  }
  let fine = small.length > 0;
  for (let from = 0; from < small.length; ) {
    let units = 0;
    let to = from;
    while (to < small.length && (to === from || units + size(small[to]) <= UNITS)) units += size(small[to++]);
    const some = small.slice(from, to);
    fine = replica.change((content) => some.forEach((one) => A.splice(content as Doc, path, one.index, one.remove, one.insert))) && fine;
    from = to;
  }
  return fine;
}

function size(splice: { remove: number; insert: string } | undefined): number {
  return (splice?.remove ?? 0) + (splice?.insert.length ?? 0);
}

/** A formatted text: in one change, or in several when it is long. */
function respan(replica: Replica, path: A.Prop[], target: A.Span[]): boolean {
  const now = replica.doc.value ? A.spans(replica.doc.value, path) : [];
  const groups = (spans: A.Span[]): A.Span[][] => {
    const out: A.Span[][] = [];
    for (const span of spans) {
      if (span.type === "block" || out.length === 0) out.push([span]);
      else out.at(-1)?.push(span);
    }
    return out;
  };
  const key = (group: A.Span[]) => canonical(group);
  const [a, b] = [groups(now), groups(target)];
  const [keysA, keysB] = [a.map(key), b.map(key)];
  let head = 0;
  while (head < Math.min(a.length, b.length) && keysA[head] === keysB[head]) head++;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && keysA[a.length - 1 - tail] === keysB[b.length - 1 - tail]) tail++;
  const steps: A.Span[][][] = [];
  const weight = (groups: A.Span[][]) => groups.flat().reduce((n, span) => n + (span.type === "text" ? span.value.length : 8), 0);
  const middle = { old: a.slice(head, a.length - tail), fresh: b.slice(head, b.length - tail) };
  if (weight(middle.old) + weight(middle.fresh) > UNITS) {
    const left = [...middle.old];
    while (left.length > 1 && weight(left) > UNITS) {
      left.splice(-Math.max(1, fits(left)));
      steps.push([...b.slice(0, head), ...left, ...a.slice(a.length - tail)]);
    }
    for (let n = 1; n < middle.fresh.length && weight(middle.fresh.slice(n)) > UNITS; n += Math.max(1, fits(middle.fresh.slice(n).reverse()))) {
      steps.push([...b.slice(0, head), ...middle.fresh.slice(0, n), ...a.slice(a.length - tail)]);
    }
  }
  steps.push(b);
  let fine = true;
  for (const step of steps) fine = replica.change((content) => A.updateSpans(content as Doc, path, copy(step.flat()))) && fine;
  return fine;

  /** How many groups at the end are within one change. */
  function fits(some: A.Span[][]): number {
    let n = 0;
    let units = 0;
    for (let i = some.length - 1; i >= 0 && (n === 0 || units + weight([some[i] as A.Span[]]) <= UNITS); i--) {
      units += weight([some[i] as A.Span[]]);
      n++;
    }
    return n;
  }
}

/** The keys of a block come in any order. */
function canonical(value: unknown): string {
  return JSON.stringify(value, (_, one: unknown) =>
    one !== null && typeof one === "object" && !Array.isArray(one) ? Object.fromEntries(Object.entries(one).sort(([a], [b]) => (a < b ? -1 : 1))) : one,
  );
}

/** Spans as plain data: values of an old version must not be handed to a new one. */
function copy(spans: A.Span[]): A.Span[] {
  return spans.map((span): A.Span => {
    if (span.type === "block") return { type: "block", value: plain(span.value) as typeof span.value };
    return span.marks ? { ...span, marks: { ...span.marks } } : { ...span };
  });
}
