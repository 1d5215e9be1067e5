// Where the others stand in a narrative. Their places travel as cursors of the shared text, so that they stay with
// their letters while everybody writes.

import * as A from "@automerge/automerge/slim";
import { Decoration, DecorationSet } from "prosemirror-view";
import { at } from "../../live/replica.ts";
import type { Session } from "./session.ts";

/** Anchor and head of a selection, each the cursor of the unit it stands behind ("s": the beginning). */
export type Places = readonly [string, string];

export interface Other {
  key: string;
  /** Person and city, as it is written beside the caret. */
  name: string;
  /** 0–5: one of the colours for carets. */
  colour: number;
  places: Places;
}

const BEGINNING = "s";

export function placesOf(session: Session): Places | null {
  const { anchor, head } = session.state.selection;
  const of = (pos: number): string | null => {
    const doc = session.replica.doc.value;
    const text = at(doc, session.path);
    const index = Math.max(0, session.indexOf(pos));
    if (!doc || typeof text !== "string") return null;
    if (index === 0) return BEGINNING;
    const unit = text.charCodeAt(index - 1);
    return A.getCursor(doc, session.path, unit >= 0xdc00 && unit <= 0xdfff && index > 1 ? index - 2 : index - 1);
  };
  const [a, h] = [of(anchor), of(head)];
  return a === null || h === null ? null : [a, h];
}

/** The position of a place in this editor; null while what it names has not arrived. */
function positionOf(session: Session, place: string): number | null {
  if (place === BEGINNING) return session.positionOf(0);
  const doc = session.replica.doc.value;
  const text = at(doc, session.path);
  if (!doc || typeof text !== "string") return null;
  try {
    const index = A.getCursorPosition(doc, session.path, place as A.Cursor);
    const there = index < text.length && A.getCursor(doc, session.path, index) === place;
    const width = there ? ((text.codePointAt(index) ?? 0) > 0xffff ? 2 : 1) : 0;
    return session.positionOf(Math.min(index + width, text.length));
  } catch {
    return null;
  }
}

export function caretsOf(session: Session, others: readonly Other[]): DecorationSet {
  const found: Decoration[] = [];
  for (const other of others) {
    const [anchor, head] = [positionOf(session, other.places[0]), positionOf(session, other.places[1])];
    if (anchor === null || head === null) continue;
    if (anchor !== head) {
      found.push(Decoration.inline(Math.min(anchor, head), Math.max(anchor, head), { class: `chosen caret-${other.colour}` }));
    }
    found.push(Decoration.widget(head, () => caret(other), { key: `${other.key}/${other.name}`, side: 1, ignoreSelection: true }));
  }
  return DecorationSet.create(session.state.doc, found);
}

function caret(other: Other): HTMLElement {
  const mark = document.createElement("span");
  mark.className = `caret caret-${other.colour}`;
  // Who is here is told in words below the text: a caret that moves would only interrupt.
  mark.setAttribute("aria-hidden", "true");
  mark.setAttribute("data-who", other.name);
  return mark;
}
