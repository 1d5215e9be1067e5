// From the shared text to the editor: what others did, as steps as small as their edits, so that carets, undo and
// the browser's own state stay where they are.

import type * as A from "@automerge/automerge/slim";
import { type Mark, type Node, Slice } from "prosemirror-model";
import { type EditorState, TextSelection, type Transaction } from "prosemirror-state";
import { ReplaceStep } from "prosemirror-transform";
import { applied, moved, smallest, type Splice } from "../binding.ts";
import { blockText, flatOf, MARKER, posOf, placeOf, type Read } from "./flat.ts";

/** The edits of one rich text among the patches of a document, in order; null if they do not tell. */
export function splicesOfRich(patches: readonly A.Patch[], path: readonly A.Prop[]): Splice[] | null {
  const out: Splice[] = [];
  for (const patch of patches) {
    const within = path.every((key, i) => i >= patch.path.length || patch.path[i] === key);
    if (!within) continue;
    if (patch.path.length <= path.length) {
      if (patch.action === "mark" || patch.action === "unmark" || patch.action === "conflict") continue;
      return null;
    }
    // A value of a block marker: seen when both are compared.
    if (patch.path.length > path.length + 1) continue;
    const index = patch.path[path.length];
    if (typeof index !== "number") return null;
    if (patch.action === "splice") out.push({ index, remove: 0, insert: patch.value });
    else if (patch.action === "insert") out.push({ index, remove: 0, insert: MARKER.repeat(patch.values.length) });
    else if (patch.action === "del") out.push({ index, remove: patch.length ?? 1, insert: "" });
    else if (patch.action !== "mark" && patch.action !== "unmark" && patch.action !== "conflict") return null;
  }
  return out;
}

interface Hunk {
  from: number;
  to: number;
  newFrom: number;
  newTo: number;
}

/** What changed between two flat strings, in order, from edits that lead from one to the other. */
function hunksOf(length: number, splices: readonly Splice[]): Hunk[] {
  // The new text as pieces of the old one (start >= 0) and of what was put in (start = -1).
  let parts: { start: number; length: number }[] = [{ start: 0, length }];
  for (const { index, remove, insert } of splices) {
    const next: typeof parts = [];
    const keep = (from: number, to: number) => {
      let at = 0;
      for (const part of parts) {
        const [low, high] = [Math.max(from, at), Math.min(to, at + part.length)];
        if (low < high) next.push({ start: part.start < 0 ? -1 : part.start + low - at, length: high - low });
        at += part.length;
      }
    };
    keep(0, index);
    if (insert.length > 0) next.push({ start: -1, length: insert.length });
    keep(index + remove, Infinity);
    parts = next;
  }
  const hunks: Hunk[] = [];
  let [old, now, fresh] = [0, 0, 0];
  const close = (until: number) => {
    if (until > old || fresh > 0) hunks.push({ from: old, to: until, newFrom: now - fresh, newTo: now });
    fresh = 0;
  };
  for (const part of parts) {
    if (part.start < 0) fresh += part.length;
    else {
      close(part.start);
      old = part.start + part.length;
    }
    now += part.length;
  }
  close(length);
  return hunks;
}

/**
 * The transaction that makes the editor show `target`. `splices` are in indexes of the shared text as it was before;
 * they are believed only if they lead to the target's text.
 */
export function followOthers(state: EditorState, implicit: boolean, target: Read, splices: readonly Splice[] | null): Transaction | null {
  const before = flatOf(state.doc).slice(implicit ? 1 : 0);
  const after = flatOf(target.doc).slice(target.implicit ? 1 : 0);
  let edits = splices;
  if (edits === null || applied(before, edits) !== after) {
    const one = smallest(before, after);
    edits = one ? [one] : [];
  }
  const tr = state.tr;
  structure(tr, hunksIn(before, edits, implicit, target), target.doc);
  if (flatOf(tr.doc) !== flatOf(target.doc)) tr.replaceWith(0, tr.doc.content.size, target.doc.content);
  alike(tr, target.doc);
  if (!tr.docChanged) return null;
  if (state.selection instanceof TextSelection) {
    const index = (pos: number) => moved(placeOf(state.doc, pos) - (implicit ? 1 : 0), edits);
    const pos = (old: number) => posOf(tr.doc, index(old) + (target.implicit ? 1 : 0));
    tr.setSelection(TextSelection.create(tr.doc, pos(state.selection.anchor), pos(state.selection.head)));
  }
  // Bold was asked for and nothing typed yet: what others do must not switch it off.
  if (state.storedMarks) tr.setStoredMarks(state.storedMarks);
  return tr.setMeta("addToHistory", false);
}

/** Hunks in places of the flat strings. Both begin with the marker of the first block, and those two belong together. */
function hunksIn(before: string, edits: readonly Splice[], implicit: boolean, target: Read): Hunk[] {
  const [a, b] = [implicit ? 1 : 0, target.implicit ? 1 : 0];
  const hunks = hunksOf(before.length, edits).map((one) => ({
    from: one.from + a,
    to: one.to + a,
    newFrom: one.newFrom + b,
    newTo: one.newTo + b,
  }));
  if (a === b && (hunks[0] === undefined || hunks[0].from > 0)) return hunks;
  // The edit reached the beginning: count it from there, then leave the first marker out of it.
  const first = hunks[0]?.from === a && hunks[0].newFrom === b ? (hunks.shift() as Hunk) : { from: a, to: a, newFrom: b, newTo: b };
  const whole = { from: 0, to: first.to, newFrom: 0, newTo: first.newTo };
  if (whole.to > 0 && whole.newTo > 0) return [{ ...whole, from: 1, newFrom: 1 }, ...hunks];
  // Only put in, or only taken out, before a marker that stays: the same as right behind that marker.
  return [{ from: 1, to: whole.to + 1, newFrom: 1, newTo: whole.newTo + 1 }, ...hunks];
}

function structure(tr: Transaction, hunks: readonly Hunk[], target: Node): void {
  const old = tr.doc;
  // From the end, so that the positions before stay true.
  for (const { from, to, newFrom, newTo } of [...hunks].reverse()) {
    if (to === from && newTo === newFrom) continue;
    const slice = newTo > newFrom ? target.slice(posOf(target, newFrom), posOf(target, newTo)) : Slice.empty;
    if (tr.maybeStep(new ReplaceStep(posOf(old, from), posOf(old, to), slice)).failed) return;
  }
}

/** Where text and blocks are the same: kinds of blocks and marks. */
function alike(tr: Transaction, target: Node): void {
  let pos = 0;
  target.forEach((wanted, _, i) => {
    let block = tr.doc.child(i);
    if (!block.sameMarkup(wanted)) {
      tr.setNodeMarkup(pos, wanted.type, wanted.attrs, wanted.marks);
      block = tr.doc.child(i);
    }
    if (!block.content.eq(wanted.content)) {
      if (blockText(block) === blockText(wanted)) remark(tr, pos + 1, block, wanted);
      if (!tr.doc.child(i).content.eq(wanted.content)) tr.replaceWith(pos + 1, pos + 1 + block.content.size, wanted.content);
    }
    pos += wanted.nodeSize;
  });
}

function remark(tr: Transaction, start: number, there: Node, wanted: Node): void {
  let from = 0;
  while (from < wanted.content.size) {
    const [a, b] = [there.nodeAt(from), wanted.nodeAt(from)];
    if (!a || !b) return;
    const to = Math.min(endOf(there, from), endOf(wanted, from));
    for (const mark of a.marks) if (!mark.isInSet(b.marks)) tr.removeMark(start + from, start + to, mark);
    for (const mark of b.marks as readonly Mark[]) if (!mark.isInSet(a.marks)) tr.addMark(start + from, start + to, mark);
    from = to;
  }
}

/** Where the inline node around this offset ends. */
function endOf(block: Node, offset: number): number {
  const found = block.childAfter(offset);
  return found.offset + (found.node?.nodeSize ?? 1);
}
