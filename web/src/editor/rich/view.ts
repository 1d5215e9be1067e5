// The editor in the browser: shows a session, and tells it what the person does.

import { DOMParser as Parser, type Slice } from "prosemirror-model";
import type { Command } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { type Other, type Places, caretsOf, placesOf } from "./carets.ts";
import { defused, sliceOfHtml, sliceOfText } from "./clean.ts";
import * as commands from "./commands.ts";
import { hrefOfMark } from "../../documents/links.ts";
import { schema } from "./schema.ts";
import { Session } from "./session.ts";
import type { Replica } from "../../live/replica.ts";
import type { Prop } from "@automerge/automerge/slim";

/** The own caret is told to the others at most this often. */
const TELL_EVERY_MS = 150;
/** A composition is over when the browser has said so and the view has read what came of it. */
const COMPOSED_AFTER_MS = 40;

export interface Around {
  label: string;
  id: string;
  testid?: string;
  lang?: string;
  onFocus: () => void;
  /** The own caret has moved; null: it is no longer in this text. */
  onCaret: (places: Places | null) => void;
  onState: () => void;
  askLink: () => void;
  leave: () => void;
}

/** Reads what is pasted in place of the schema's own parser. */
class Cleaner extends Parser {
  override parseSlice(dom: globalThis.Node): Slice {
    return sliceOfHtml(dom as unknown as ParentNode);
  }
}

/**
 * A browser with much to do tells later than the next key that a key has moved its selection: a link would then be put
 * where the caret was, not over the words just chosen. So the view is made to look before each key.
 */
function readSelection(view: EditorView, event: KeyboardEvent): false {
  if (!event.isComposing && !view.composing) view.dom.ownerDocument.dispatchEvent(new Event("selectionchange"));
  return false;
}

export class RichView {
  readonly session: Session;
  readonly view: EditorView;
  readonly #around: Around;
  #others: readonly Other[] = [];
  #held = false;
  #composed: ReturnType<typeof setTimeout> | undefined;
  #tell: ReturnType<typeof setTimeout> | undefined;
  #told = "";

  constructor(element: HTMLElement, replica: Replica, path: Prop[], around: Around) {
    this.#around = around;
    this.session = new Session(replica, path, commands.plugins(() => around.askLink(), () => around.leave()));
    this.view = new EditorView({ mount: element }, {
      state: this.session.state,
      dispatchTransaction: (tr) => this.session.dispatch(tr),
      editable: () => replica.writable.value,
      attributes: () => this.#attributes(),
      decorations: () => caretsOf(this.session, this.#others),
      clipboardParser: new Cleaner(schema, []),
      transformPastedHTML: defused,
      clipboardTextParser: (text, $context) => sliceOfText(text, $context.marks().filter((mark) => mark.type.name !== "foreign")),
      clipboardTextSerializer: (slice) => slice.content.textBetween(0, slice.content.size, "\n"),
      handleClick: (view, pos, event) => this.#follow(view, pos, event),
      handleDOMEvents: {
        keydown: (view, event) => readSelection(view, event),
        beforeinput: (_, event) => this.#typedOver(event),
        compositionstart: () => this.#hold(),
        compositionend: () => this.#composedSoon(),
        focus: () => {
          around.onFocus();
          this.#tellCaret();
        },
        blur: () => {
          this.#release();
          this.#tellCaret();
        },
      },
    });
    this.session.show = (state) => {
      this.view.updateState(state);
      this.#tellCaret();
      around.onState();
    };
  }

  /** Others, where they are; shown at once. */
  set others(others: readonly Other[]) {
    const key = (all: readonly Other[]) => JSON.stringify(all);
    if (key(others) === key(this.#others)) return;
    this.#others = others;
    this.view.updateState(this.session.state);
  }

  /** Whether this person may write has changed. */
  refresh(): void {
    this.view.setProps({});
    this.#around.onState();
  }

  run(command: Command): void {
    command(this.session.state, (tr) => this.session.dispatch(tr), this.view);
    this.view.focus();
  }

  destroy(): void {
    clearTimeout(this.#composed);
    clearTimeout(this.#tell);
    this.#release();
    this.session.show = () => {};
    this.session.close();
    this.view.destroy();
  }

  #attributes(): Record<string, string> {
    const { id, label, testid, lang } = this.#around;
    const common = { id, class: "rich-text", "data-testid": testid ?? id, ...(lang ? { lang } : {}) };
    if (!this.session.replica.writable.value) return { ...common, role: "group", "aria-label": label, tabindex: "0" };
    return { ...common, role: "textbox", "aria-multiline": "true", "aria-label": label, spellcheck: "true", "aria-describedby": `${id}-help` };
  }

  /**
   * Typing over a selection: the browser would carry the look of what was selected along in a style attribute, which
   * the page's policy forbids; here the marks do that.
   */
  #typedOver(event: InputEvent): boolean {
    if (event.inputType !== "insertText" || event.isComposing || event.data === null || this.session.state.selection.empty) return false;
    event.preventDefault();
    this.session.dispatch(this.session.state.tr.insertText(event.data).scrollIntoView());
    return true;
  }

  #follow(_: EditorView, pos: number, event: MouseEvent): boolean {
    if (!event.ctrlKey && !event.metaKey) return false;
    const mark = this.session.state.doc.resolve(pos).marks().find((one) => one.type.name === "link");
    const href = mark ? hrefOfMark(mark.attrs["value"]) : null;
    if (href) window.open(href, "_blank", "noopener,noreferrer");
    return href !== null;
  }

  /** While a letter is being composed (dead keys, input methods) nothing of others may touch the text. */
  #hold(): void {
    clearTimeout(this.#composed);
    if (this.#held) return;
    this.#held = true;
    this.session.replica.hold();
  }

  #composedSoon(): void {
    clearTimeout(this.#composed);
    this.#composed = setTimeout(() => (this.view.composing ? this.#composedSoon() : this.#release()), COMPOSED_AFTER_MS);
  }

  #release(): void {
    if (!this.#held) return;
    this.#held = false;
    this.session.replica.release();
  }

  #tellCaret(): void {
    this.#tell ??= setTimeout(() => {
      this.#tell = undefined;
      const places = this.view.hasFocus() ? placesOf(this.session) : null;
      const key = JSON.stringify(places);
      if (key === this.#told) return;
      this.#told = key;
      this.#around.onCaret(places);
    }, TELL_EVERY_MS);
  }
}
