// What several tests need: a seeded generator, replicas joined by hand, a field without a browser.
import "@automerge/automerge";
import * as A from "@automerge/automerge/slim";
import { Replica } from "../src/live/replica.ts";

export type Random = (below: number) => number;

/** mulberry32: small, good enough, the same everywhere. */
export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) % below;
  };
}

export const CITY_A = "aaaaaaaaaaaaaaaa";
export const CITY_B = "bbbbbbbbbbbbbbbb";

export function snapshotOf(content: Record<string, unknown>): Uint8Array {
  return A.save(A.from(content, { actor: "00".repeat(16) }));
}

export function opened(doc: string, snapshot: Uint8Array) {
  return {
    type: "opened" as const,
    doc,
    circle: "00".repeat(32),
    kind: "section",
    owner: null,
    writable: true,
    snapshot,
    changes: [],
    heads: A.getHeads(A.load(snapshot)),
  };
}

export function replicaOf(city8: string, snapshot: Uint8Array): Replica {
  const replica = new Replica("00".repeat(16), () => city8, () => {});
  replica.opened(opened(replica.id, snapshot));
  return replica;
}

/** A field with a caret, as far as the binding looks at one. */
export class Field extends EventTarget {
  #value = "";
  selectionStart = 0;
  selectionEnd = 0;
  selectionDirection: "none" | "forward" | "backward" = "none";
  scrollTop = 0;
  readonly multiline: boolean;

  constructor(multiline: boolean) {
    super();
    this.multiline = multiline;
  }

  get value(): string {
    return this.#value;
  }

  set value(text: string) {
    this.#value = this.multiline ? text.replace(/\r\n?/g, "\n") : text.replace(/[\r\n]/g, "");
    this.selectionStart = this.selectionEnd = this.#value.length;
  }

  setSelectionRange(start: number, end: number): void {
    this.selectionStart = Math.min(start, this.#value.length);
    this.selectionEnd = Math.min(end, this.#value.length);
  }

  /** As a person does: replaces the selection, the caret ends behind. */
  type(text: string, quiet = false): void {
    const caret = this.selectionStart + text.length;
    this.value = this.#value.slice(0, this.selectionStart) + text + this.#value.slice(this.selectionEnd);
    this.setSelectionRange(caret, caret);
    if (!quiet) this.dispatchEvent(new Event("input"));
  }
}

export function focus(field: Field | null): void {
  (globalThis as { document?: unknown }).document = { activeElement: field };
}
