// Between a plain text field of the page and a text of a document. Positions are UTF-16 units on both sides.

import type { Patch, Prop } from "@automerge/automerge/slim";

export interface Splice {
  index: number;
  remove: number;
  insert: string;
}

/**
 * The smallest edit that turns `before` into `after`. `caret` is where the caret stands in `after`: it tells which of
 * several equal letters was typed ("aa|" or "a|a"). Never cuts a pair of units that make one character.
 */
export function smallest(before: string, after: string, caret = after.length): Splice | null {
  if (before === after) return null;
  const room = Math.min(before.length, after.length);
  const tailRoom = Math.min(room, after.length - Math.min(caret, after.length));
  let tail = 0;
  while (tail < tailRoom && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  let head = 0;
  while (head < room - tail && before[head] === after[head]) head++;
  // The caret may have been no help (a drop, a correction): then the rest of the tail counts too.
  while (tail < room - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  if (head > 0 && isHigh(before.charCodeAt(head - 1)) && (splits(before, head) || splits(after, head))) head--;
  if (tail > 0 && (splits(before, before.length - tail) || splits(after, after.length - tail))) tail--;
  return { index: head, remove: before.length - head - tail, insert: after.slice(head, after.length - tail) };
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}

function splits(text: string, at: number): boolean {
  return at > 0 && at < text.length && isHigh(text.charCodeAt(at - 1)) && isLow(text.charCodeAt(at));
}

/** A long insertion in pieces that fit a change, never between the two units of one character. */
export function pieces(text: string, size: number): string[] {
  const out: string[] = [];
  for (let from = 0; from < text.length; ) {
    let to = Math.min(text.length, from + size);
    if (splits(text, to)) to--;
    out.push(text.slice(from, to));
    from = to;
  }
  return out;
}

/** The edits of one text among the patches of a document, in order; null if the text was replaced as a whole. */
export function splicesOf(patches: readonly Patch[], path: readonly Prop[]): Splice[] | null {
  const out: Splice[] = [];
  for (const patch of patches) {
    const inside = patch.path.length === path.length + 1 && path.every((key, i) => patch.path[i] === key);
    const above = patch.path.length <= path.length && patch.path.every((key, i) => path[i] === key);
    if (above && patch.action !== "conflict") return null;
    if (!inside) continue;
    const index = patch.path[path.length];
    if (typeof index !== "number") return null;
    if (patch.action === "splice") out.push({ index, remove: 0, insert: patch.value });
    else if (patch.action === "del") out.push({ index, remove: patch.length ?? 1, insert: "" });
    else if (patch.action !== "mark" && patch.action !== "unmark" && patch.action !== "conflict") return null;
  }
  return out;
}

export function applied(text: string, splices: readonly Splice[]): string {
  let out = text;
  for (const { index, remove, insert } of splices) out = out.slice(0, index) + insert + out.slice(index + remove);
  return out;
}

/** Where a caret goes when others edit: it stays behind the character it stood behind. */
export function moved(caret: number, splices: readonly Splice[]): number {
  let at = caret;
  for (const { index, remove, insert } of splices) {
    if (index >= at) continue;
    const gone = Math.min(remove, at - index);
    at = at - gone + (remove > gone ? 0 : insert.length);
  }
  return at;
}

/** New text and selection after the edits of others. */
export function followed(
  before: string,
  after: string,
  splices: readonly Splice[] | null,
  start: number,
  end: number,
): { start: number; end: number } {
  let edits = splices;
  // The patches are believed only if they lead to the text: a caret in the wrong word is worse than a diff.
  if (edits === null || applied(before, edits) !== after) {
    const one = smallest(before, after);
    edits = one ? [one] : [];
  }
  const from = Math.min(moved(start, edits), after.length);
  const to = start === end ? from : Math.max(from, Math.min(moved(end, edits), after.length));
  return { start: from, end: to };
}
