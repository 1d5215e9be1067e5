// One narrative open in an editor: the editor's state and the shared text, kept the same in both directions. Knows no
// browser; the view (view.ts) shows what is here and hands over what the person does.

import * as A from "@automerge/automerge/slim";
import type { Node } from "prosemirror-model";
import { EditorState, type Plugin, type Transaction } from "prosemirror-state";
import { ReplaceStep, type Step } from "prosemirror-transform";
import { type Applied, at, type Replica } from "../../live/replica.ts";
import type { Splice } from "../binding.ts";
import { docOf, flatOf, markPair, placeOf, posOf, type Read } from "./flat.ts";
import { blockMarks } from "./schema.ts";
import { followOthers, splicesOfRich } from "./read.ts";
import { differences, type Edit, editsOf, make, mayBeImplicit, portions, spliceOf } from "./write.ts";

/** After this long without an edit the editor is compared with the text once more. */
const COMPARE_AFTER_MS = 1_000;

export class Session {
  state: EditorState;
  /** Called with every new state. */
  show: (state: EditorState, own: boolean) => void = () => {};
  readonly replica: Replica;
  readonly path: A.Prop[];
  #implicit: boolean;
  #writing = false;
  #patches: A.Patch[] = [];
  #untie: () => void;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(replica: Replica, path: A.Prop[], plugins: readonly Plugin[]) {
    this.replica = replica;
    this.path = path;
    const { doc, implicit } = this.#read();
    this.#implicit = implicit;
    this.state = EditorState.create({ doc, plugins: [...plugins] });
    this.#untie = replica.onApplied((applied) => this.#onApplied(applied));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#untie();
  }

  /** What the person does. */
  dispatch(tr: Transaction): void {
    const { state, transactions } = this.state.applyTransaction(tr);
    const changed = transactions.some((one) => one.docChanged);
    this.state = state;
    if (changed) this.#write(transactions);
    this.show(this.state, true);
    if (changed) this.#compareLater();
  }

  /** Index in the shared text of a position of the editor. */
  indexOf(pos: number): number {
    return placeOf(this.state.doc, pos) - (this.#implicit ? 1 : 0);
  }

  positionOf(index: number): number {
    return posOf(this.state.doc, index + (this.#implicit ? 1 : 0));
  }

  /** Where the editor and the text differ, or null. */
  difference(): string | null {
    const { doc, implicit } = this.#read();
    if (!doc.eq(this.state.doc)) return `the text says ${doc}\nthe editor ${this.state.doc}`;
    return implicit === this.#implicit ? null : "whether the first block has a marker";
  }

  #read(): Read {
    const doc = this.replica.doc.value;
    const spans = doc && typeof at(doc, this.path) === "string" ? A.spans(doc, this.path) : [];
    return docOf(spans);
  }

  #write(transactions: readonly Transaction[]): void {
    const edits: Edit[] = [];
    let implicit = this.#implicit;
    // With several steps the places in the patches are those of states in between.
    let simple = transactions.reduce((sum, tr) => sum + tr.steps.length, 0) === 1;
    for (const tr of transactions) {
      tr.steps.forEach((step, i) => {
        const after = tr.docs[i + 1] ?? tr.doc;
        const splice = spliceOf(step, tr.docs[i] as Node, after);
        if (splice) edits.push(...editsOf(splice, after, implicit));
        simple &&= splice !== null && isPlain(step, splice, tr.docs[i] as Node, after);
      });
    }
    const doc = this.state.doc;
    if (implicit && !mayBeImplicit(doc)) {
      edits.push({ kind: "marker", at: 0, marker: { type: "paragraph" } });
      implicit = false;
    }
    this.#implicit = implicit;
    this.#make(edits);
    if (!simple || !this.#marksAsShown()) this.#settle();
  }

  #make(edits: readonly Edit[]): void {
    this.#writing = true;
    this.#patches = [];
    try {
      for (const portion of portions(edits)) this.replica.change((doc) => make(doc, this.path, portion));
    } finally {
      this.#writing = false;
    }
  }

  /** Whether what was just put in got the marks that the editor shows for it. */
  #marksAsShown(): boolean {
    const doc = this.state.doc;
    const text = at(this.replica.doc.value, this.path);
    if (typeof text !== "string" || flatOf(doc).slice(this.#implicit ? 1 : 0) !== text) return false;
    for (const patch of this.#patches) {
      if (patch.action !== "splice") continue;
      const from = this.positionOf(patch.path[this.path.length] as number);
      const given = JSON.stringify(Object.entries(patch.marks ?? {}).filter(([, value]) => value !== null).sort());
      let fine = true;
      doc.nodesBetween(from, from + patch.value.length, (node) => {
        if (node.isInline) fine &&= JSON.stringify(node.marks.map(markPair).sort()) === given;
      });
      if (!fine) return false;
    }
    return true;
  }

  /** Makes the text what the editor shows: kinds of blocks and marks. What it cannot be, the editor shows as it is. */
  #settle(): void {
    const there = this.#read();
    const doc = this.state.doc;
    if (there.implicit === this.#implicit && flatOf(there.doc) === flatOf(doc)) {
      if (there.doc.eq(doc)) return;
      this.#make(differences(doc, there.doc, there.implicit));
    }
    this.#follow(null);
  }

  #onApplied({ patches }: Applied): void {
    if (this.#writing) {
      this.#patches.push(...patches);
      return;
    }
    // No patches at all: the copy was made anew.
    const touched = patches.length === 0 || patches.some((patch) => this.path.every((key, i) => (patch.path[i] ?? key) === key));
    if (!touched) return;
    this.#follow(splicesOfRich(patches, this.path));
    this.#compareLater();
  }

  #follow(splices: ReturnType<typeof splicesOfRich>): void {
    const target = this.#read();
    const tr = followOthers(this.state, this.#implicit, target, splices);
    this.#implicit = target.implicit;
    if (!tr) return;
    this.state = this.state.apply(tr);
    this.show(this.state, false);
  }

  /** The text is what is true: should the editor ever show something else, it is set right. */
  #compareLater(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const wrong = this.difference();
      if (wrong === null) return;
      console.warn(`editor set right: ${wrong}`);
      this.#follow(null);
    }, COMPARE_AFTER_MS);
  }
}

/** Typing or deleting inside one block, with no more than the step itself says. */
function isPlain(step: Step, splice: Splice, before: Node, after: Node): boolean {
  if (!(step instanceof ReplaceStep) || before.childCount !== after.childCount) return false;
  if (splice.remove !== step.to - step.from || splice.insert.length !== step.slice.size || /[\uFFFC\r\n]/.test(splice.insert)) return false;
  for (let i = 0; i < before.childCount; i++) if (!before.child(i).sameMarkup(after.child(i))) return false;
  return true;
}

/** Items belong to a list, other blocks do not: set right after every edit. */
export function tidyLists(state: EditorState): Transaction | null {
  const tr = state.tr;
  state.doc.forEach((block, pos) => {
    const marks = blockMarks(block.type.name);
    const same = marks.length === block.marks.length && marks.every((mark, i) => mark.eq(block.marks[i] as never));
    if (!same) tr.setNodeMarkup(pos, block.type, block.attrs, marks);
  });
  return tr.docChanged ? tr : null;
}
