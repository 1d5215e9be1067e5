// Who is where: what this tab says of its person, and what others say of theirs.

import { signal } from "@preact/signals";
import { type FromNode, PRESENCE_MAX_BYTES, toNode } from "./frames.ts";
import { whereabouts } from "./rescue.ts";

const EVERY_MS = 10_000;
const TTL_MS = 45_000;

export interface Present {
  doc: string;
  city8: string;
  personRef: string;
  session: string;
  section: string | null;
  /** Where in the section's text: cursors of the selection's anchor and head. */
  caret: readonly [string, string] | null;
  at: number;
}

export class Presence {
  readonly present = signal<readonly Present[]>([]);
  readonly #send: (frame: Uint8Array) => unknown;
  readonly #timer = setInterval(() => this.repeat(), EVERY_MS);
  #mine: { doc: string; payload: Uint8Array } | null = null;

  constructor(send: (frame: Uint8Array) => unknown) {
    this.#send = send;
  }

  /** This person is in this part of this document, and there at this place of its text. */
  announce(doc: string, section: string | null, caret: readonly [string, string] | null = null): void {
    const payload = new TextEncoder().encode(JSON.stringify({ ...(section === null ? {} : { section }), ...(caret ? { caret } : {}) }));
    this.#mine = payload.length <= PRESENCE_MAX_BYTES ? { doc, payload } : null;
    this.repeat();
  }

  leave(doc: string): void {
    if (this.#mine?.doc === doc) this.#mine = null;
  }

  /** Forgets those who have said nothing for long, and says again where this person is. */
  repeat(): void {
    const now = Date.now();
    if (this.present.value.some((one) => now - one.at > TTL_MS)) {
      this.present.value = this.present.value.filter((one) => now - one.at <= TTL_MS);
    }
    if (this.#mine && document.visibilityState === "visible") {
      this.#send(toNode.presence(this.#mine.doc, this.#mine.payload));
    }
  }

  receive(frame: Extract<FromNode, { type: "presence" }>): void {
    const { doc, city8, personRef, session } = frame;
    const rest = this.present.value.filter((one) => one.doc !== doc || one.city8 !== city8 || one.session !== session);
    const now = frame.payload === null ? [] : [{ doc, city8, personRef, session, ...whereabouts(frame.payload), at: Date.now() }];
    this.present.value = [...rest, ...now];
  }

  /** A document is no longer open here. */
  closed(doc: string): void {
    this.present.value = this.present.value.filter((one) => one.doc !== doc);
  }

  /** Nobody is heard while there is no line. */
  lost(): void {
    this.present.value = [];
  }

  stop(): void {
    clearInterval(this.#timer);
  }
}
