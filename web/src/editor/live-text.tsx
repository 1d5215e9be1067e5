// A text that several people write at once, in an ordinary field of the browser: what is typed becomes the smallest
// edit of the document's text; what others type moves the caret as it should, and disturbs no composition.

import * as A from "@automerge/automerge/slim";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { ComponentChildren } from "preact";
import { anchor } from "../documents/places.ts";
import { put, textOf } from "../documents/values.ts";
import { at, type Content, type Replica } from "../live/replica.ts";
import { followed, pieces, smallest, type Splice, splicesOf } from "./binding.ts";

/** Characters of one change: far below the bound of operations of the gate. */
const PIECE_UNITS = 4_000;

interface Props {
  replica: Replica;
  path: A.Prop[];
  label: string;
  /** Where a path alone does not tell fields of several documents apart. */
  id?: string;
  /** The label is for assistive technology only (in a table, the heading tells it). */
  labelHidden?: boolean;
  hint?: string;
  multiline?: boolean;
  rows?: number;
  lang?: string;
  readOnly?: boolean;
  below?: ComponentChildren;
  onFocus?: () => void;
  testid?: string;
}

export function LiveText(props: Props) {
  const { replica, path, label, labelHidden, hint, multiline = false, rows = 1, lang, below, testid } = props;
  const field = useRef<HTMLTextAreaElement | HTMLInputElement>(null);
  const id = anchor(path);
  const unique = useId();
  const key = path.join("\u0000");
  const elementId = props.id ?? id;
  useLayoutEffect(() => {
    const element = field.current;
    return element ? bind(element, replica, path, multiline) : undefined;
  }, [replica, key, multiline]);
  const readOnly = props.readOnly || !replica.writable.value || undefined;
  const common = {
    id: elementId,
    lang,
    readOnly,
    spellcheck: true,
    autocomplete: "off" as const,
    "aria-describedby": hint ? `${unique}-hint` : undefined,
    "data-testid": testid ?? elementId,
    onFocus: props.onFocus,
  };
  return (
    <div class={`field ${multiline ? "field-long" : ""}`}>
      <label for={elementId} class={labelHidden ? "unseen" : undefined}>
        {label}
      </label>
      {hint ? (
        <p class="hint" id={`${unique}-hint`}>
          {hint}
        </p>
      ) : null}
      {multiline ? (
        <textarea {...common} rows={rows} ref={field as { current: HTMLTextAreaElement | null }} />
      ) : (
        <input {...common} type="text" ref={field as { current: HTMLInputElement | null }} />
      )}
      {below}
    </div>
  );
}

/** Ties an element to a text; returns how to untie it. */
export function bind(
  element: HTMLTextAreaElement | HTMLInputElement,
  replica: Replica,
  path: A.Prop[],
  multiline: boolean,
): () => void {
  let known = textOf(at(replica.doc.value, path));
  let composing = false;
  let writing = false;
  element.value = known;

  const commit = () => {
    const before = shown(known, multiline);
    const edit = smallest(before.text, element.value, element.selectionStart ?? undefined);
    if (!edit) return;
    const real: Splice = {
      index: before.place(edit.index),
      remove: before.place(edit.index + edit.remove) - before.place(edit.index),
      insert: edit.insert,
    };
    known = known.slice(0, real.index) + real.insert + known.slice(real.index + real.remove);
    writing = true;
    write(replica, path, real, known);
    writing = false;
    const now = textOf(at(replica.doc.value, path));
    if (now === known) return;
    // Not taken (a read-only document): show what is true.
    known = now;
    element.value = now;
  };

  const onInput = (event: Event) => {
    if (composing || (event as InputEvent).isComposing) return;
    commit();
  };
  const onStart = () => {
    if (composing) return;
    composing = true;
    replica.hold();
  };
  const onEnd = () => {
    if (!composing) return;
    composing = false;
    commit();
    replica.release();
  };
  element.addEventListener("input", onInput);
  element.addEventListener("compositionstart", onStart);
  element.addEventListener("compositionend", onEnd);

  const untie = replica.onApplied(({ after, patches }) => {
    const text = textOf(at(after, path));
    if (writing || text === known) return;
    const before = shown(known, multiline);
    const next = shown(text, multiline);
    const plain = before.text === known && next.text === text;
    const splices = plain ? splicesOf(patches, path) : null;
    const focused = document.activeElement === element;
    const { selectionStart, selectionEnd, selectionDirection, scrollTop } = element;
    const place = followed(before.text, next.text, splices, selectionStart ?? 0, selectionEnd ?? 0);
    known = text;
    element.value = text;
    if (focused) {
      element.setSelectionRange(place.start, place.end, selectionDirection ?? "none");
      element.scrollTop = scrollTop;
    }
  });

  return () => {
    onEnd();
    untie();
    element.removeEventListener("input", onInput);
    element.removeEventListener("compositionstart", onStart);
    element.removeEventListener("compositionend", onEnd);
  };
}

function write(replica: Replica, path: A.Prop[], edit: Splice, whole: string): void {
  const current = at(replica.doc.value, path);
  if (typeof current !== "string") {
    // Not a text in this document: a scalar is replaced as a whole, a missing text is made.
    const value = A.isImmutableString(current) ? new A.ImmutableString(whole) : whole;
    replica.change((doc: Content) => put(doc, path, value));
    return;
  }
  const parts = pieces(edit.insert, PIECE_UNITS);
  let index = edit.index;
  let remove = edit.remove;
  while (remove > PIECE_UNITS) {
    replica.change((doc: Content) => A.splice(doc, path, index, PIECE_UNITS, ""));
    remove -= PIECE_UNITS;
  }
  for (const part of parts.length === 0 ? [""] : parts) {
    replica.change((doc: Content) => A.splice(doc, path, index, remove, part));
    index += part.length;
    remove = 0;
  }
}

/**
 * The text as the browser's field holds it (line ends become one unit, or vanish in a one-line field), and where each
 * of its places is in the document's text.
 */
function shown(text: string, multiline: boolean): { text: string; place: (index: number) => number } {
  if (!/[\r\n]/.test(text) || (multiline && !text.includes("\r"))) return { text, place: (index) => index };
  const places: number[] = [];
  let out = "";
  for (let i = 0; i < text.length; i++) {
    const unit = text[i] as string;
    if (unit === "\r" || unit === "\n") {
      if (!multiline) continue;
      places.push(i);
      out += "\n";
      if (unit === "\r" && text[i + 1] === "\n") i++;
      continue;
    }
    places.push(i);
    out += unit;
  }
  return { text: out, place: (index) => places[index] ?? text.length };
}
