// One open document: an Automerge replica of our node's copy, with what this tab wrote and the node has not confirmed.

import * as A from "@automerge/automerge/slim";
import { signal } from "@preact/signals";
import { CHANGE_MAX_BYTES, type Opened } from "./frames.ts";
import { randomHex } from "./hex.ts";

export type Content = Record<string, unknown>;
export type Doc = A.Doc<Content>;

/** A change of this tab on its way to the node. */
export interface Unsent {
  bytes: Uint8Array;
  hash: string;
  deps: string[];
  /** Number of the message that carries it, while it waits for an answer. */
  ref: number | null;
  /** Its key in the outbox once the browser has written it. */
  key: number | null;
}

export interface Applied {
  before: Doc | null;
  after: Doc;
  patches: A.Patch[];
  local: boolean;
}

export interface Delivery {
  sealed: boolean;
  have: string[];
  lack: string[];
}

export interface Problem {
  code: string;
  message: string;
}

export class Replica {
  readonly id: string;
  readonly doc = signal<Doc | null>(null);
  readonly meta = signal<{ circle: string; kind: string; owner: string | null } | null>(null);
  readonly writable = signal(false);
  readonly problem = signal<Problem | null>(null);
  readonly unsent = signal<readonly Unsent[]>([]);
  readonly delivery = signal<Delivery | null>(null);
  /** Heads that the node is known to hold: what we state when we open the document again. */
  shared: string[] = [];
  /** `city8/person_ref` by actor, as far as the live messages told. */
  readonly writers = new Map<string, string>();
  /** Screens that show it; 0 = may be closed once nothing is unsent. */
  users = 0;
  presence = false;

  readonly #city8: () => string;
  readonly #onLocal: (replica: Replica) => void;
  readonly #listeners = new Set<(applied: Applied) => void>();
  #incoming: Uint8Array[] = [];
  #scheduled = false;
  #held = 0;
  /** The copy on the screen is to be replaced by the node's next answer. */
  #stale = false;
  #actor: string | null = null;

  constructor(id: string, city8: () => string, onLocal: (replica: Replica) => void) {
    this.id = id;
    this.#city8 = city8;
    this.#onLocal = onLocal;
  }

  onApplied(listener: (applied: Applied) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The node's answer to our opening; applies what it has and we have not. Recovered changes come from the outbox. */
  opened(frame: Opened, recovered: Unsent[]): Unsent[] {
    this.meta.value = { circle: frame.circle, kind: frame.kind, owner: frame.owner };
    this.writable.value = frame.writable;
    this.problem.value = null;
    const before = this.doc.value;
    let doc: Doc;
    let patches: A.Patch[] = [];
    if (before) {
      doc = before;
      if (frame.snapshot) {
        const heads = A.getHeads(doc);
        doc = A.merge(doc, A.load<Content>(frame.snapshot));
        patches = A.diff(doc, heads, A.getHeads(doc));
      }
    } else {
      const options = { actor: this.#mint() };
      doc = frame.snapshot ? A.load<Content>(frame.snapshot, options) : A.init<Content>(options);
    }
    if (frame.changes.length > 0) {
      [doc] = A.applyChanges(doc, frame.changes, { patchCallback: (p) => (patches = [...patches, ...p]) });
    }
    this.shared = frame.heads;
    const lost: Unsent[] = [];
    for (const item of recovered) {
      // A change whose past the node no longer has cannot be placed: its text is handed to the person instead.
      if (A.hasHeads(doc, item.deps)) [doc] = A.applyChanges(doc, [item.bytes]);
      else lost.push(item);
    }
    const fine = recovered.filter((item) => !lost.includes(item));
    for (const item of this.unsent.value) item.ref = null;
    this.unsent.value = [...fine, ...this.unsent.value];
    this.doc.value = doc;
    this.#emit({ before, after: doc, patches, local: false });
    return lost;
  }

  /** Changes by others. Applied together when several arrive at once: ten cost about as much as one. */
  receive(changes: readonly Uint8Array[], city8: string, personRef: string): void {
    for (const bytes of changes) {
      const { hash, deps, actor } = A.decodeChange(bytes);
      if (!hash) continue;
      this.writers.set(actor, `${city8}/${personRef}`);
      this.#incoming.push(bytes);
      this.#advance(hash, deps);
    }
    this.#schedule();
  }

  /** Nothing of others enters until `release`: a composition (dead key, input method) must not be disturbed. */
  hold(): void {
    this.#held += 1;
  }

  release(): void {
    this.#held = Math.max(0, this.#held - 1);
    this.arrive();
  }

  /** Applies what others sent, unless it is held. */
  arrive(): void {
    if (this.#held === 0) this.#apply();
  }

  /** One change by this person. False if nothing changed. Throws if it would be too large for one change. */
  change(edit: (doc: Content) => void): boolean {
    const before = this.doc.value;
    if (!before || !this.writable.value) return false;
    const heads = A.getHeads(before).join();
    let patches: A.Patch[] = [];
    const after = A.change(before, { time: Date.now(), patchCallback: (p) => (patches = p) }, edit);
    const bytes = A.getLastLocalChange(after);
    if (!bytes || A.getHeads(after).join() === heads) return false;
    const { hash, deps } = A.decodeChange(bytes);
    if (!hash) return false;
    this.doc.value = after;
    this.unsent.value = [...this.unsent.value, { bytes, hash, deps, ref: null, key: null }];
    this.#emit({ before, after, patches, local: true });
    this.#onLocal(this);
    return bytes.length <= CHANGE_MAX_BYTES;
  }

  /** The node has these durably. */
  stored(items: readonly Unsent[]): void {
    for (const { hash, deps } of items) this.#advance(hash, deps);
    const hashes = new Set(items.map((item) => item.hash));
    this.unsent.value = this.unsent.value.filter((item) => !hashes.has(item.hash));
  }

  /** Forgets the local copy: the next answer to an opening builds it anew, under a new actor. */
  reset(): void {
    this.#incoming = [];
    this.#actor = null;
    this.shared = [];
    this.unsent.value = [];
    this.delivery.value = null;
    // What would be typed meanwhile could not be placed in the new copy.
    this.writable.value = false;
    this.#stale = true;
  }

  /** Called before `opened` when the copy was reset: the screen kept showing the old one until now. */
  begin(): void {
    if (!this.#stale) return;
    this.#stale = false;
    const old = this.doc.value;
    this.doc.value = null;
    if (old) A.free(old);
  }

  /** What was written here since the node's last known state, as text by path. */
  unsavedPieces(): { path: A.Prop[]; value: unknown }[] {
    const doc = this.doc.value;
    if (!doc || !A.hasHeads(doc, this.shared)) return [];
    const seen = new Map<string, { path: A.Prop[]; value: unknown }>();
    for (const patch of A.diff(doc, this.shared, A.getHeads(doc))) {
      // Units, block markers and their values all belong to the text they are in.
      const text = patch.path.findIndex((_, i) => typeof at(doc, patch.path.slice(0, i)) === "string");
      const path = text >= 0 ? patch.path.slice(0, text) : patch.path;
      if (!seen.has(path.join("/"))) seen.set(path.join("/"), { path, value: at(doc, path) });
    }
    return [...seen.values()];
  }

  #mint(): string {
    this.#actor ??= this.#city8() + randomHex(8);
    return this.#actor;
  }

  #advance(hash: string, deps: readonly string[]): void {
    this.shared = [...this.shared.filter((head) => head !== hash && !deps.includes(head)), hash];
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    soon(() => {
      this.#scheduled = false;
      this.arrive();
    });
  }

  #apply(): void {
    const before = this.doc.value;
    if (!before || this.#stale || this.#incoming.length === 0) return;
    const changes = this.#incoming;
    this.#incoming = [];
    let patches: A.Patch[] = [];
    const [after] = A.applyChanges(before, changes, { patchCallback: (p) => (patches = p) });
    this.doc.value = after;
    this.#emit({ before, after, patches, local: false });
  }

  #emit(applied: Applied): void {
    for (const listener of this.#listeners) listener(applied);
  }
}

/** Runs in a task of its own, after the messages that are already waiting. */
function soon(work: () => void): void {
  const channel = new MessageChannel();
  channel.port1.onmessage = () => {
    channel.port1.close();
    work();
  };
  channel.port2.postMessage(null);
}

/** The value at a path, or undefined. */
export function at(doc: unknown, path: readonly A.Prop[]): unknown {
  let value: unknown = doc;
  for (const key of path) {
    if (value === null || typeof value !== "object") return undefined;
    value = (value as Record<A.Prop, unknown>)[key];
  }
  return value;
}
