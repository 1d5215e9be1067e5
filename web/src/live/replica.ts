// One open document: an Automerge replica of our node's copy, with what this tab wrote and the node has not confirmed.

import * as A from "@automerge/automerge/slim";
import { signal } from "@preact/signals";
import { type About, type Chunk, snapshotId } from "./copies.ts";
import { CHANGE_MAX_BYTES, type Opened } from "./frames.ts";
import { randomHex } from "./hex.ts";

export type Content = Record<string, unknown>;
export type Doc = A.Doc<Content>;

/** A change on its way to the node. */
export interface Unsent {
  bytes: Uint8Array;
  hash: string;
  deps: string[];
  /** Number of the message that carries it, while it waits for an answer. */
  ref: number | null;
  /** Its key in the outbox once the browser has written it. */
  key: number | null;
  /** Another tab of this browser wrote it and sends it; from here it goes only before what builds on it. */
  foreign?: boolean;
  /** The browser was asked to keep it, and did not. */
  unkept?: boolean;
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
  /** Which cities have it; null while that is not known of the last change. */
  readonly delivery = signal<Delivery | null>(null);
  /** The node has answered our opening since the line is there: it takes changes. */
  answered = false;
  /** Confirmed by the node and not yet in this browser's copy (copies.ts), and which edition of the copy is ours. */
  confirmed: Chunk[] = [];
  edition: string | null = null;
  /** The copy must begin anew, whatever it holds. */
  anew = true;
  /** Heads that the node is known to hold: what we state when we open the document again. */
  shared: string[] = [];
  /** `city8/person_ref` by actor, as far as the live messages told. */
  readonly writers = new Map<string, string>();
  /** Screens that show it; 0 = may be closed once nothing is unsent. */
  users = 0;
  presence = false;
  #toldDelivery: Delivery | null = null;

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

  /** From this browser's copy, before the node has said anything. False if the copy is no good. */
  restore(about: About, chunks: readonly Chunk[]): boolean {
    let doc: Doc = A.init<Content>({ actor: this.#mint() });
    // Snapshots first; the rest finds its order by itself.
    const ordered = [...chunks].sort((a, b) => Number(b.id.startsWith("s:")) - Number(a.id.startsWith("s:")));
    for (const { bytes } of ordered) doc = A.loadIncremental(doc, bytes);
    if (about.shared.length === 0 || !A.hasHeads(doc, about.shared)) {
      A.free(doc);
      return false;
    }
    this.meta.value = { circle: about.circle, kind: about.kind, owner: about.owner };
    this.writable.value = about.writable;
    this.shared = about.shared;
    this.edition = about.edition;
    this.anew = false;
    this.doc.value = doc;
    this.#place();
    this.#emit({ before: null, after: this.doc.value, patches: [], local: false });
    return true;
  }

  /**
   * The node's answer to our opening: applies what it has and we have not. Tells which of the unsent changes find no
   * place, and whether this copy holds something that neither the node has nor anybody is about to send. Null: it is
   * not the whole, and there is nothing here that it belongs to.
   */
  opened(frame: Opened): { lost: Unsent[]; strange: boolean } | null {
    this.meta.value = { circle: frame.circle, kind: frame.kind, owner: frame.owner };
    this.writable.value = frame.writable;
    this.problem.value = null;
    this.answered = true;
    const before = this.doc.value;
    const heads = before ? A.getHeads(before) : [];
    let doc: Doc;
    if (before) {
      doc = before;
      if (frame.snapshot) {
        const theirs = A.load<Content>(frame.snapshot);
        this.confirmed.push({ id: snapshotId(A.getHeads(theirs)), bytes: frame.snapshot });
        doc = A.merge(doc, theirs);
      }
    } else {
      const options = { actor: this.#mint() };
      doc = frame.snapshot ? A.load<Content>(frame.snapshot, options) : A.init<Content>(options);
      if (frame.snapshot) this.confirmed.push({ id: snapshotId(A.getHeads(doc)), bytes: frame.snapshot });
    }
    if (frame.changes.length > 0) {
      [doc] = A.applyChanges(doc, frame.changes);
      this.confirmed.push({ id: snapshotId(frame.heads), bytes: joined(frame.changes) });
    }
    if (!before && !A.hasHeads(doc, frame.heads)) {
      A.free(doc);
      this.shared = [];
      this.confirmed = [];
      this.answered = false;
      return null;
    }
    this.shared = frame.heads;
    this.#settleForeign(doc);
    for (const item of this.unsent.value) item.ref = null;
    this.doc.value = doc;
    const lost = this.#place().filter((item) => !item.foreign);
    if (lost.length > 0) this.unsent.value = this.unsent.value.filter((item) => !lost.includes(item));
    const after = this.doc.value;
    this.#emit({ before, after, patches: before ? A.diff(after, heads, A.getHeads(after)) : [], local: false });
    const known = new Set([...frame.heads, ...this.unsent.value.map((item) => item.hash)]);
    return { lost, strange: A.getHeads(after).some((head) => !known.has(head)) };
  }

  /** Of what other tabs wrote, what the node has by now is no longer on its way. */
  #settleForeign(doc: Doc): void {
    if (!this.unsent.value.some((item) => item.foreign)) return;
    const beyond = new Set(A.getChangesMetaSince(doc, this.shared).map((change) => change.hash));
    this.unsent.value = this.unsent.value.filter((item) => !item.foreign || beyond.has(item.hash) || !A.hasHeads(doc, [item.hash]));
  }

  /** Work from before this load of the page, or of another tab. It finds its place once there is a copy. */
  recover(items: readonly Unsent[]): void {
    const known = new Map(this.unsent.value.map((item) => [item.hash, item]));
    const fresh: Unsent[] = [];
    for (const item of items) {
      const same = known.get(item.hash);
      if (!same) {
        known.set(item.hash, item);
        fresh.push(item);
      } else {
        same.key ??= item.key;
        if (!item.foreign) same.foreign = false;
      }
    }
    this.unsent.value = [...this.unsent.value, ...fresh];
    const before = this.doc.value;
    if (fresh.length === 0 || !before) return;
    this.#incoming.push(...fresh.map((item) => item.bytes));
    this.#schedule();
  }

  /** Applies what is unsent and not in the copy yet; returns what finds no place, and brings the rest in order. */
  #place(): Unsent[] {
    let doc = this.doc.value;
    if (!doc) return [];
    let waiting = [...this.unsent.value];
    const placed: Unsent[] = [];
    for (let again = true; again; ) {
      again = false;
      const rest: Unsent[] = [];
      for (const item of waiting) {
        if (!A.hasHeads(doc, item.deps)) {
          rest.push(item);
          continue;
        }
        if (!A.hasHeads(doc, [item.hash])) [doc] = A.applyChanges(doc, [item.bytes]);
        placed.push(item);
        again = true;
      }
      waiting = rest;
      if (rest.length === 0) break;
    }
    this.doc.value = doc;
    this.unsent.value = [...placed, ...waiting];
    return waiting;
  }

  /** Changes by others. Applied together when several arrive at once: ten cost about as much as one. */
  receive(changes: readonly Uint8Array[], city8: string, personRef: string): void {
    const hashes = new Set<string>();
    for (const bytes of changes) {
      const { hash, deps, actor } = A.decodeChange(bytes);
      if (!hash) continue;
      this.writers.set(actor, `${city8}/${personRef}`);
      this.#incoming.push(bytes);
      this.#confirm(hash, deps, bytes);
      hashes.add(hash);
    }
    this.#settle(hashes);
    this.#schedule();
  }

  /** What the node said of the cities; believed until something newer is stored. */
  delivered(delivery: Delivery | null): void {
    if (delivery) this.#toldDelivery = delivery;
    this.delivery.value = this.#toldDelivery;
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
    // Twice sent, twice answered: the second answer tells nothing new.
    const waiting = new Set(this.unsent.value.map((item) => item.hash));
    for (const { hash, deps, bytes } of items) if (waiting.has(hash)) this.#confirm(hash, deps, bytes);
    this.#settle(new Set(items.map((item) => item.hash)));
    // Whether the cities have these is not known yet.
    if (items.length > 0) this.delivery.value = null;
  }

  #confirm(hash: string, deps: readonly string[], bytes: Uint8Array): void {
    this.shared = [...this.shared.filter((head) => head !== hash && !deps.includes(head)), hash];
    this.confirmed.push({ id: hash, bytes });
  }

  #settle(hashes: ReadonlySet<string>): void {
    if (this.unsent.value.some((item) => hashes.has(item.hash))) {
      this.unsent.value = this.unsent.value.filter((item) => !hashes.has(item.hash));
    }
  }

  /** Forgets the local copy: the next answer to an opening builds it anew, under a new actor. */
  reset(): void {
    this.#incoming = [];
    this.#actor = null;
    this.shared = [];
    this.unsent.value = [];
    this.delivery.value = null;
    this.#toldDelivery = null;
    this.answered = false;
    this.confirmed = [];
    this.anew = true;
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

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const out = new Uint8Array(parts.reduce((n, part) => n + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
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
