// What keys and buttons do in a document where nothing nests.

import { type Attrs, type Mark, type MarkType, type Node, Slice, Fragment } from "prosemirror-model";
import { type Command, type EditorState, Plugin, TextSelection, type Transaction } from "prosemirror-state";
import { chainCommands, deleteSelection, toggleMark } from "prosemirror-commands";
import { history, redo, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { ALL_KEYS } from "./flat.ts";
import { hrefOfMark, linkValue } from "../../documents/links.ts";
import { blockMarks, INDENT_MAX, indentOf, type Kind, schema } from "./schema.ts";
import { tidyLists } from "./session.ts";

const isItem = (block: Node) => block.type.name === "bullet" || block.type.name === "numbered";

function at(state: EditorState): { block: Node; index: number; pos: number } {
  const { $from } = state.selection;
  const index = $from.index(0);
  return { block: state.doc.child(Math.min(index, state.doc.childCount - 1)), index, pos: $from.before(1) };
}

/** The blocks that the selection touches. */
function touched(state: EditorState): { block: Node; pos: number }[] {
  const out: { block: Node; pos: number }[] = [];
  state.doc.nodesBetween(state.selection.from, state.selection.to, (block, pos) => {
    out.push({ block, pos });
    return false;
  });
  return out;
}

function markup(tr: Transaction, pos: number, kind: Kind, attrs: Attrs | null): void {
  // What an unknown kind of block held under a name that this kind gives a meaning to does not come along.
  const kept = Object.entries((attrs?.["extra"] ?? {}) as Record<string, unknown>).filter(([key]) => !ALL_KEYS.has(key));
  const extra = kept.length > 0 ? Object.fromEntries(kept) : null;
  tr.setNodeMarkup(pos, schema.nodes[kind], { ...attrs, extra }, blockMarks(kind));
}

export function kindAt(state: EditorState): { kind: string; level: number } {
  const { block } = at(state);
  return { kind: block.type.name, level: Number(block.attrs["level"] ?? 0) };
}

/** Makes the touched blocks of this kind, or plain paragraphs if all of them are already. */
export function toggleKind(kind: Kind, attrs: Attrs | null = null): Command {
  return (state, dispatch) => {
    const blocks = touched(state);
    const already = blocks.every(({ block }) => block.type.name === kind && Object.entries(attrs ?? {}).every(([key, value]) => block.attrs[key] === value));
    if (!dispatch) return true;
    const tr = state.tr;
    for (const { block, pos } of blocks) {
      const extra = { extra: block.attrs["extra"] as unknown };
      if (already) markup(tr, pos, "paragraph", extra);
      else markup(tr, pos, kind, { ...(isItem(block) && (kind === "bullet" || kind === "numbered") ? { indent: block.attrs["indent"] as unknown } : {}), ...attrs, ...extra });
    }
    dispatch(tr.scrollIntoView());
    return true;
  };
}

/** Moves the touched items in or out; false where there are none (Tab then leaves the editor as everywhere). */
export function indent(by: 1 | -1): Command {
  return (state, dispatch) => {
    const items = touched(state).filter(({ block }) => isItem(block));
    if (items.length === 0) return false;
    const moves = items.filter(({ block }) => indentOf(block) + by >= 0 && indentOf(block) + by <= INDENT_MAX);
    if (dispatch && moves.length > 0) {
      const tr = state.tr;
      for (const { block, pos } of moves) tr.setNodeMarkup(pos, null, { ...block.attrs, indent: indentOf(block) + by }, block.marks);
      dispatch(tr.scrollIntoView());
    }
    return moves.length > 0;
  };
}

const enter: Command = (state, dispatch) => {
  if (!dispatch) return true;
  const { block, pos } = at(state);
  if (state.selection.empty && block.content.size === 0 && block.type.name !== "paragraph") {
    const tr = state.tr;
    if (isItem(block) && indentOf(block) > 0) tr.setNodeMarkup(pos, null, { ...block.attrs, indent: indentOf(block) - 1 }, block.marks);
    else markup(tr, pos, "paragraph", null);
    dispatch(tr.scrollIntoView());
    return true;
  }
  const tr = state.tr;
  tr.deleteSelection();
  const $at = tr.selection.$from;
  const here = tr.doc.child($at.index(0));
  const [atStart, atEnd] = [$at.parentOffset === 0, $at.parentOffset === here.content.size];
  const goesOn = isItem(here) || here.type.name === "quote" || (here.type.name === "heading" && !atEnd);
  const next = goesOn ? here.type.create({ ...here.attrs, extra: null }, null, here.marks) : schema.node("paragraph");
  // Before a title: the empty line above it is a paragraph, the title stays one.
  const left = atStart && !atEnd && here.type.name === "heading" ? schema.node("paragraph") : here.copy(Fragment.empty);
  tr.replace($at.pos, $at.pos, new Slice(Fragment.from([here.copy(Fragment.empty), next]), 1, 1));
  if (left.type !== here.type) markup(tr, $at.before(1), "paragraph", null);
  tr.setSelection(TextSelection.create(tr.doc, $at.pos + 2));
  const marks = state.storedMarks ?? $at.marks();
  if (!atStart || here.content.size === 0) tr.ensureMarks(marks.filter((mark) => mark.type.name !== "foreign"));
  dispatch(tr.scrollIntoView());
  return true;
};

const lineBreak: Command = (state, dispatch) => {
  if (dispatch) dispatch(state.tr.replaceSelectionWith(schema.node("break"), true).scrollIntoView());
  return true;
};

/** At the beginning of a block: first it becomes a plain paragraph, then it joins the one before. */
const backspace: Command = (state, dispatch) => {
  const { empty, $from } = state.selection;
  if (!empty || $from.parentOffset > 0) return false;
  const { block, index, pos } = at(state);
  const before = index > 0 ? state.doc.child(index - 1) : null;
  const tr = state.tr;
  if (isItem(block) && indentOf(block) > 0) tr.setNodeMarkup(pos, null, { ...block.attrs, indent: indentOf(block) - 1 }, block.marks);
  else if (before && before.content.size === 0 && before.type.name === "paragraph") tr.delete(pos - before.nodeSize, pos);
  else if (block.type.name !== "paragraph" && block.type.name !== "other") markup(tr, pos, "paragraph", { extra: block.attrs["extra"] as unknown });
  else if (before) tr.join(pos);
  else return true;
  if (dispatch) dispatch(tr.scrollIntoView());
  return true;
};

const forward: Command = (state, dispatch) => {
  const { empty, $from } = state.selection;
  if (!empty || $from.parentOffset < $from.parent.content.size) return false;
  const { block, index, pos } = at(state);
  if (index + 1 >= state.doc.childCount) return true;
  const tr = state.tr;
  if (block.content.size === 0) tr.delete(pos, pos + block.nodeSize);
  else tr.join(pos + block.nodeSize);
  if (dispatch) dispatch(tr.scrollIntoView());
  return true;
};

const selectAll: Command = (state, dispatch) => {
  if (dispatch) dispatch(state.tr.setSelection(TextSelection.create(state.doc, 1, state.doc.content.size - 1)));
  return true;
};

export const bold = toggleMark(schema.marks.strong as MarkType);
export const italic = toggleMark(schema.marks.em as MarkType);

export function markActive(state: EditorState, name: "strong" | "em" | "link"): boolean {
  const type = schema.marks[name] as MarkType;
  const { from, to, empty, $from } = state.selection;
  if (empty) return name === "link" ? linkAround(state) !== null : type.isInSet(state.storedMarks ?? $from.marks()) !== undefined;
  return state.doc.rangeHasMark(from, to, type);
}

/** The link that the caret stands in or the selection begins in: where it reaches, and its address. */
export function linkAround(state: EditorState): { from: number; to: number; href: string } | null {
  const { $from } = state.selection;
  const type = schema.marks.link as MarkType;
  const found: Mark | undefined = [$from.nodeAfter, $from.nodeBefore].flatMap((node) => (node ? (type.isInSet(node.marks) ?? []) : []))[0];
  if (!found) return null;
  const start = $from.start(1);
  let [from, to] = [-1, -1];
  $from.parent.forEach((node, offset) => {
    const [a, b] = [start + offset, start + offset + node.nodeSize];
    if (!found.isInSet(node.marks) || a > $from.pos || b < $from.pos) {
      if (to !== a || !found.isInSet(node.marks)) return;
    }
    if (from < 0) from = a;
    to = b;
  });
  return from < 0 ? null : { from, to, href: hrefOfMark(found.attrs["value"]) ?? "" };
}

/** Lays a link over the selection, or over the link around the caret; with nothing selected the address is put in. */
export function setLink(href: string): Command {
  return (state, dispatch) => {
    const mark = schema.mark("link", { value: linkValue(href) });
    const around = linkAround(state);
    const tr = state.tr;
    const { empty, from, to } = state.selection;
    if (!empty) tr.removeMark(from, to, schema.marks.link).addMark(from, to, mark);
    else if (around) tr.removeMark(around.from, around.to, schema.marks.link).addMark(around.from, around.to, mark);
    else tr.insert(from, schema.text(href, [mark]));
    if (dispatch) dispatch(tr.scrollIntoView());
    return true;
  };
}

export const removeLink: Command = (state, dispatch) => {
  const { empty, from, to } = state.selection;
  const around = linkAround(state);
  if (empty && !around) return false;
  const [a, b] = empty && around ? [around.from, around.to] : [from, to];
  if (dispatch) dispatch(state.tr.removeMark(a, b, schema.marks.link));
  return true;
};

export const KEYS = {
  bold: "Mod-b",
  italic: "Mod-i",
  link: "Mod-k",
  paragraph: "Mod-Shift-1",
  title: "Mod-Shift-2",
  subtitle: "Mod-Shift-3",
  numbered: "Mod-Shift-7",
  bullet: "Mod-Shift-8",
  quote: "Mod-Shift-9",
  undo: "Mod-z",
  redo: "Mod-y",
} as const;

/** Everything that the editor does without a browser. `askLink` opens the dialog, `leave` takes the focus out. */
export function plugins(askLink: () => void, leave: () => void): Plugin[] {
  const away: Command = () => {
    leave();
    return true;
  };
  const asked: Command = (_, dispatch) => {
    if (dispatch) askLink();
    return true;
  };
  return [
    history(),
    new Plugin({ appendTransaction: (transactions, _, state) => (transactions.some((tr) => tr.docChanged) ? tidyLists(state) : null) }),
    keymap({
      Enter: enter,
      "Shift-Enter": lineBreak,
      Backspace: chainCommands(deleteSelection, backspace),
      "Mod-Backspace": chainCommands(deleteSelection, backspace),
      Delete: chainCommands(deleteSelection, forward),
      "Mod-Delete": chainCommands(deleteSelection, forward),
      Tab: indent(1),
      "Shift-Tab": indent(-1),
      Escape: away,
      [KEYS.bold]: bold,
      [KEYS.italic]: italic,
      [KEYS.link]: asked,
      [KEYS.paragraph]: toggleKind("paragraph"),
      [KEYS.title]: toggleKind("heading", { level: 2 }),
      [KEYS.subtitle]: toggleKind("heading", { level: 3 }),
      [KEYS.bullet]: toggleKind("bullet"),
      [KEYS.numbered]: toggleKind("numbered"),
      [KEYS.quote]: toggleKind("quote"),
      [KEYS.undo]: undo,
      [KEYS.redo]: redo,
      "Mod-Shift-z": redo,
      "Mod-a": selectAll,
    }),
  ];
}
export { enter, lineBreak, backspace, forward, undo, redo };
