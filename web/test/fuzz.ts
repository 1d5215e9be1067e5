// Two people in one narrative, at random: used by the unit tests without a browser and, with real views, in one.

import * as A from "@automerge/automerge/slim";
import { Fragment, type Node, Slice } from "prosemirror-model";
import { type Command, TextSelection } from "prosemirror-state";
import { Transform } from "prosemirror-transform";
import * as commands from "../src/editor/rich/commands.ts";
import { inlineOf } from "../src/editor/rich/flat.ts";
import { schema } from "../src/editor/rich/schema.ts";
import { Session } from "../src/editor/rich/session.ts";
import type { Content, Replica } from "../src/live/replica.ts";
import { CITY_A, CITY_B, type Random, replicaOf, seeded, snapshotOf } from "./tools.ts";

export interface Side {
  replica: Replica;
  session: Session;
  city: string;
  sent: number;
}

export interface Options {
  steps?: number;
  start?: string;
  /** In a browser: the session of a real view. */
  session?: (replica: Replica) => Session;
  /** In a browser: what the keyboard would do. */
  type?: (side: Side, text: string) => void;
  /** Called for each side after every step: what a view shows, say. Throws if something is wrong. */
  look?: (side: Side, what: string) => void;
  /** Breaks the binding on purpose. */
  sabotage?: (sides: readonly Side[], random: Random) => void;
  open?: (sides: readonly Side[]) => void;
  close?: (side: Side) => void;
}

const STARTS = ["", "Un párrafo 😀 corto.", "Primera línea\nSegunda\r\nTercera", "aaaa bbbb aaaa"];
const LETTERS = ["a", "b", "ñ", " ", "á", "😀", "👩‍👩‍👦", "palabra", "aa", "\t", "(", "."];

export function run(seed: number, options: Options = {}): void {
  const random = seeded(seed);
  const snapshot = snapshotOf({ body: options.start ?? (STARTS[random(STARTS.length)] as string) });
  const sides: Side[] = [CITY_A, CITY_B].map((city) => {
    const replica = replicaOf(city, snapshot);
    const session = options.session?.(replica) ?? new Session(replica, ["body"], commands.plugins(() => {}, () => {}));
    return { replica, session, city, sent: 0 };
  });
  try {
    options.open?.(sides);
    for (const side of sides) watchOwn(side);
    options.sabotage?.(sides, random);
    const [one, two] = sides as [Side, Side];
    for (let step = 0; step < (options.steps ?? 40); step++) {
      const [me, you] = random(2) === 0 ? [one, two] : [two, one];
      let name = "";
      try {
        name = act(me, random, options, (action) => (name = action));
      } catch (error) {
        throw new Error(`seed ${seed}, step ${step} (${name}): ${(error as Error).stack}`);
      }
      const what = `seed ${seed}, step ${step} (${name})`;
      for (const side of sides) agree(side, what, options);
      if (random(3) === 0) deliver(me, you, what, options);
      if (random(4) === 0) deliver(you, me, what, options);
    }
    for (let i = 0; i < 2; i++) {
      deliver(one, two, `seed ${seed}, end`, options);
      deliver(two, one, `seed ${seed}, end`, options);
    }
    if (!one.session.state.doc.eq(two.session.state.doc)) throw new Error(`seed ${seed}: two screens differ\n${one.session.state.doc}\n${two.session.state.doc}`);
  } finally {
    for (const side of sides) {
      options.close?.(side);
      side.session.close();
    }
  }
}

/** What a person does is what they see afterwards; only marks of a newer version follow rules of their own. */
function watchOwn({ session }: Side): void {
  const dispatch = session.dispatch.bind(session);
  session.dispatch = (tr) => {
    const wanted = session.state.applyTransaction(tr).state.doc;
    dispatch(tr);
    if (session.state.doc.eq(wanted) || own(session.state.doc).eq(own(wanted))) return;
    throw new Error(`what was done is not there: ${JSON.stringify(session.state.doc)} instead of ${JSON.stringify(wanted)}`);
  };
}

function own(doc: Node): Node {
  return new Transform(doc).removeMark(0, doc.content.size, schema.marks.foreign).doc;
}

function agree(side: Side, what: string, options: Options): void {
  const wrong = side.session.difference();
  if (wrong !== null) throw new Error(`${what}: ${wrong}`);
  side.session.state.doc.check();
  options.look?.(side, what);
}

/** What `from` wrote and `to` has not seen; the receiver's caret is watched by a cursor of the text itself. */
function deliver(from: Side, to: Side, what: string, options: Options): void {
  const all = from.replica.unsent.value;
  const fresh = all.slice(from.sent);
  from.sent = all.length;
  if (fresh.length === 0) return;
  const { anchor, head } = to.session.state.selection;
  const expected = [watch(to, anchor), watch(to, head)] as const;
  to.replica.receive(fresh.map((one) => one.bytes), from.city, "00");
  to.replica.arrive();
  agree(to, `${what}, received`, options);
  const now = to.session.state.selection;
  expected[0](now.anchor, `${what}: the anchor`);
  expected[1](now.head, `${what}: the caret`);
}

/** Everything before a position, read from the editor without the binding's own arithmetic. */
function leftOf(doc: Node, pos: number): string {
  return doc.textBetween(0, pos, "\uFFFC", (leaf) => (leaf.type.name === "break" ? "\n" : String(leaf.attrs["unit"])));
}

const bodyOf = (side: Side) => String(side.replica.doc.value?.["body"]);
const docOf = (side: Side) => side.replica.doc.value as A.Doc<Content>;

/**
 * The caret stands behind the character it stood behind. If that is gone: behind the nearest before it that is not,
 * and not beyond the nearest after it (between the two, what others wrote there may be on either side).
 */
function watch(side: Side, pos: number): (now: number, what: string) => void {
  const body = bodyOf(side);
  const index = leftOf(side.session.state.doc, pos).length + (body.startsWith("\uFFFC") ? 1 : 0);
  const ids: A.Cursor[] = [];
  let left = 0;
  for (let at = 0; at < body.length; at += widthAt(body, at)) {
    if (at < index) left += 1;
    ids.push(A.getCursor(docOf(side), ["body"], at));
  }
  return (now, what) => {
    const after = bodyOf(side);
    const alive = (cursor: A.Cursor) => {
      const at = A.getCursorPosition(docOf(side), ["body"], cursor);
      return at < after.length && A.getCursor(docOf(side), ["body"], at) === cursor ? at : null;
    };
    let [low, high] = [0, after.length];
    for (let i = left - 1; i >= 0; i--) {
      const at = alive(ids[i] as A.Cursor);
      if (at === null) continue;
      low = at + widthAt(after, at);
      if (i === left - 1) high = low;
      break;
    }
    if (left === 0) high = 0;
    for (let i = left; i < ids.length && high > low; i++) {
      const at = alive(ids[i] as A.Cursor);
      if (at === null) continue;
      high = at;
      break;
    }
    const shown = leftOf(side.session.state.doc, now).length;
    const marker = after.startsWith("\uFFFC") ? 1 : 0;
    // Before the first marker is no place for a caret: it stands behind it.
    const [least, most] = [Math.max(low, marker), Math.max(high, marker)];
    if (shown + marker < least || shown + marker > most) {
      throw new Error(`${what} left its character: expected ${least} to ${most}, is ${shown + marker} of ${JSON.stringify(after)}`);
    }
  };
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}

function whole(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

/** A position with a caret: inside a block, not inside a character. */
function place(doc: Node, random: Random): number {
  const index = random(doc.childCount);
  let pos = 1;
  for (let i = 0; i < index; i++) pos += doc.child(i).nodeSize;
  const block = doc.child(index);
  const text = block.textBetween(0, block.content.size, "", "\n");
  return pos + whole(`${text} `, random(text.length + 1));
}

function select(side: Side, from: number, to: number): void {
  const { state } = side.session;
  side.session.dispatch(state.tr.setSelection(TextSelection.create(state.doc, from, to)));
}

function command(side: Side, does: Command): void {
  does(side.session.state, (tr) => side.session.dispatch(tr));
}

function paste(random: Random): Slice {
  const blocks: Node[] = [];
  for (let i = 0; i <= random(3); i++) {
    const marks = random(2) === 0 ? [schema.mark("strong")] : [];
    const name = ["paragraph", "heading", "quote"][random(3)] as string;
    blocks.push(schema.node(name, null, inlineOf(`pega ${LETTERS[random(LETTERS.length)]}\n${i}`, marks)));
  }
  return new Slice(Fragment.from(blocks), 1, 1);
}

type Action = readonly [weight: number, name: string, (side: Side, random: Random) => void];

const type = (side: Side, text: string) => side.session.dispatch(side.session.state.tr.insertText(text));

const ACTIONS: readonly Action[] = [
  [10, "type", (side, random) => type(side, LETTERS[random(LETTERS.length)] as string)],
  [3, "delete a range", (side) => side.session.dispatch(side.session.state.tr.deleteSelection())],
  [4, "enter", (side) => command(side, commands.enter)],
  [2, "break", (side) => command(side, commands.lineBreak)],
  [3, "join back", (side) => {
    select(side, side.session.state.selection.$from.start(1), side.session.state.selection.$from.start(1));
    command(side, commands.backspace);
  }],
  [2, "join forward", (side) => {
    select(side, side.session.state.selection.$from.end(1), side.session.state.selection.$from.end(1));
    command(side, commands.forward);
  }],
  [3, "bold", (side) => command(side, commands.bold)],
  [2, "italic", (side) => command(side, commands.italic)],
  [1, "bold and type", (side, random) => {
    command(side, commands.bold);
    type(side, LETTERS[random(LETTERS.length)] as string);
  }],
  [2, "link", (side, random) => command(side, random(3) === 0 ? commands.removeLink : commands.setLink(`https://ejemplo.es/${random(3)}`))],
  [2, "title", (side, random) => command(side, commands.toggleKind("heading", { level: 2 + random(2) }))],
  [3, "list", (side, random) => command(side, commands.toggleKind(random(2) === 0 ? "bullet" : "numbered"))],
  [2, "indent", (side, random) => command(side, commands.indent(random(3) === 0 ? -1 : 1))],
  [1, "quote", (side) => command(side, commands.toggleKind("quote"))],
  [1, "paragraph", (side) => command(side, commands.toggleKind("paragraph"))],
  [2, "paste", (side, random) => side.session.dispatch(side.session.state.tr.replaceSelection(paste(random)))],
  [4, "undo", (side) => command(side, commands.undo)],
  [2, "redo", (side) => command(side, commands.redo)],
  [1, "move text", (side, random) => {
    const { state } = side.session;
    const { from, to } = state.selection;
    const tr = state.tr;
    const slice = state.selection.content();
    tr.deleteSelection();
    tr.setSelection(TextSelection.create(tr.doc, place(tr.doc, random)));
    if (to > from) side.session.dispatch(tr.replaceSelection(slice));
  }],
  [1, "a newer version's block", (side, random) =>
    void side.replica.change((doc) => A.splitBlock(doc, ["body"], unitAt(side, random), { type: new A.ImmutableString("recuadro"), tono: new A.ImmutableString("azul"), n: random(4) })),
  ],
  [1, "a newer version's mark", (side, random) => {
    const length = bodyOf(side).length;
    const from = random(length + 1);
    if (from < length) side.replica.change((doc) => A.mark(doc, ["body"], { start: from, end: from + 1 + random(length - from), expand: random(2) === 0 ? "both" : "none" }, `comment:${random(3)}`, random(2) === 0 ? "x" : 7));
  }],
  [1, "a program writes", (side, random) =>
    void side.replica.change((doc) => A.splice(doc, ["body"], unitAt(side, random), 0, ["desde\nfuera", "\r\n", "x", "😀"][random(4)] as string)),
  ],
];

function unitAt(side: Side, random: Random): number {
  const body = bodyOf(side);
  return whole(`${body} `, random(body.length + 1));
}

const TOTAL = ACTIONS.reduce((sum, [weight]) => sum + weight, 0);

function act(side: Side, random: Random, options: Options, says: (name: string) => void): string {
  if (random(3) > 0) {
    const { doc } = side.session.state;
    const from = place(doc, random);
    select(side, from, random(2) === 0 ? from : place(doc, random));
  }
  let left = random(TOTAL);
  for (const [weight, name, does] of ACTIONS) {
    left -= weight;
    if (left >= 0) continue;
    says(name);
    if (name === "type" && options.type) options.type(side, LETTERS[random(LETTERS.length)] as string);
    else does(side, random);
    return name;
  }
  return "";
}
