// The tab's side of the live socket: which documents are open, what is on its way, who is here.

import * as A from "@automerge/automerge/slim";
import { computed, effect, signal } from "@preact/signals";
import { automergeReady } from "./automerge.ts";
import { type FromNode, MESSAGE_MAX_BYTES, PRESENCE_MAX_BYTES, toNode } from "./frames.ts";
import { canKeep, type Draft, drafts, dropDraft, forget, keep, type KeptChange, kept, saveDraft } from "./outbox.ts";
import { readable, typed, whereabouts } from "./rescue.ts";
import { type Problem, Replica, type Unsent } from "./replica.ts";
import { LiveSocket } from "./socket.ts";

/** Changes of a few keystrokes travel together. */
const SEND_AFTER_MS = 8;
/** An answer that is slower than this makes the browser keep the change. */
const KEEP_AFTER_MS = 150;
const PRESENCE_EVERY_MS = 10_000;
const PRESENCE_TTL_MS = 45_000;
const RETRY_REFUSED_MS = 10_000;
/** Refusals that say nothing about the change itself: it stays here and is sent again. */
const PASSING_REFUSALS = new Set(["read_only", "busy", "too_many", "full", "rate"]);

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

export interface LiveHooks {
  /** Something changed on the node: fetch it. */
  onPing: (what: string) => void;
  /** The socket cannot be opened: see whether the session is still good. */
  onTrouble: () => void;
  /** Names a refused piece of a document for the person. */
  describe: (replica: Replica, path: A.Prop[]) => string;
  title: (replica: Replica) => string;
}

export class Live {
  readonly socket: LiveSocket;
  readonly who: string;
  readonly present = signal<readonly Present[]>([]);
  readonly drafts = signal<readonly Draft[]>([]);
  /** Why the node does not take changes at the moment. */
  readonly refusing = signal<Problem | null>(null);
  readonly replicas = signal<readonly Replica[]>([]);
  readonly unsentCount = computed(() => this.replicas.value.reduce((n, r) => n + r.unsent.value.length, 0));
  readonly unkeptCount = computed(() =>
    this.replicas.value.reduce((n, r) => n + r.unsent.value.filter((item) => item.key === null).length, 0),
  );

  readonly #hooks: LiveHooks;
  readonly #city8: string;
  readonly #byId = new Map<string, Replica>();
  readonly #rescued = new Map<string, Draft["pieces"]>();
  readonly #flying = new Map<number, { replica: Replica; items: Unsent[] }>();
  #recovered: Map<string, KeptChange[]> | null = null;
  #nextRef = 1;
  #sendTimer: ReturnType<typeof setTimeout> | undefined;
  #keepTimer: ReturnType<typeof setTimeout> | undefined;
  #keeping = false;
  #mine: { doc: string; payload: Uint8Array } | null = null;
  #timers: ReturnType<typeof setInterval>[] = [];
  #ready: Promise<void>;

  constructor(city8: string, who: string, hooks: LiveHooks) {
    this.who = who;
    this.#city8 = city8;
    this.#hooks = hooks;
    this.#ready = Promise.all([automergeReady(), this.#recover()]).then(() => undefined);
    this.socket = new LiveSocket((frame) => void this.#ready.then(() => this.#receive(frame)), hooks.onTrouble);
    this.#timers.push(setInterval(() => this.#repeatPresence(), PRESENCE_EVERY_MS));
    effect(() => {
      if (this.socket.line.value === "offline") this.#lineLost();
    });
    addEventListener("beforeunload", this.#leaving);
  }

  /** A replica that stays alive until as many `release` as `open`. */
  open(id: string, presence: boolean): Replica {
    let replica = this.#byId.get(id);
    if (!replica) {
      replica = new Replica(
        id,
        () => this.#city8,
        () => this.#scheduleSend(),
      );
      this.#byId.set(id, replica);
      this.replicas.value = [...this.#byId.values()];
      replica.presence = presence;
      this.#sendOpen(replica);
    } else if (presence && !replica.presence) {
      replica.presence = true;
      this.#sendOpen(replica);
    }
    replica.users += 1;
    return replica;
  }

  release(replica: Replica): void {
    replica.users = Math.max(0, replica.users - 1);
    // A screen that opens right after may want the same document: wait for it.
    setTimeout(() => this.#closeUnused(replica), 1_000);
  }

  /** This person is in this part of this document, and there at this place of its text. */
  announce(doc: string, section: string | null, caret: readonly [string, string] | null = null): void {
    const payload = new TextEncoder().encode(JSON.stringify({ ...(section === null ? {} : { section }), ...(caret ? { caret } : {}) }));
    this.#mine = payload.length <= PRESENCE_MAX_BYTES ? { doc, payload } : null;
    this.#repeatPresence();
  }

  leave(doc: string): void {
    if (this.#mine?.doc === doc) this.#mine = null;
  }

  async discard(draft: Draft): Promise<void> {
    this.drafts.value = this.drafts.value.filter((other) => other.key !== draft.key);
    await dropDraft(draft.key).catch(() => {});
  }

  stop(): void {
    removeEventListener("beforeunload", this.#leaving);
    for (const timer of this.#timers) clearInterval(timer);
    clearTimeout(this.#sendTimer);
    clearTimeout(this.#keepTimer);
    this.socket.stop();
  }

  #leaving = (event: BeforeUnloadEvent) => {
    if (this.unkeptCount.value > 0 && (this.socket.line.value !== "ready" || this.refusing.value)) event.preventDefault();
  };

  async #recover(): Promise<void> {
    try {
      const byDoc = new Map<string, KeptChange[]>();
      for (const item of await kept(this.who)) byDoc.set(item.doc, [...(byDoc.get(item.doc) ?? []), item]);
      this.#recovered = byDoc;
      this.drafts.value = await drafts(this.who);
    } catch {
      this.#recovered = new Map();
    }
  }

  #sendOpen(replica: Replica): void {
    void this.#ready.then(() => this.socket.send(toNode.open(replica.id, replica.shared, replica.presence)));
  }

  /** Documents that had not arrived, or that this person might not see, may be there now. */
  #tryAgain(): void {
    for (const replica of this.#byId.values()) if (replica.problem.value) this.#sendOpen(replica);
  }

  #closeUnused(replica: Replica): void {
    if (replica.users > 0 || replica.unsent.value.length > 0 || !this.#byId.delete(replica.id)) return;
    this.replicas.value = [...this.#byId.values()];
    this.socket.send(toNode.close(replica.id));
    this.present.value = this.present.value.filter((one) => one.doc !== replica.id);
  }

  #receive(frame: FromNode): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcome();
      case "opened": {
        const replica = this.#byId.get(frame.doc);
        if (!replica) return;
        replica.begin();
        const lost = replica.opened(frame, this.#takeRecovered(frame.doc));
        if (lost.length > 0) this.#unplaced(replica, lost);
        this.#rescued.delete(replica.id);
        this.#scheduleSend();
        return;
      }
      case "changes":
        return this.#byId.get(frame.doc)?.receive(frame.changes, frame.city8, frame.personRef);
      case "stored":
        return this.#stored(frame.ref);
      case "delivery": {
        const replica = this.#byId.get(frame.doc);
        if (replica) replica.delivery.value = { sealed: frame.sealed, have: frame.have, lack: frame.lack };
        return;
      }
      case "refused":
        return this.#refused(frame.ref, frame.doc, { code: frame.code, message: frame.message });
      case "presence":
        return this.#others(frame);
      case "ping":
        if (frame.what === "documents" || frame.what === "alliances") this.#tryAgain();
        return this.#hooks.onPing(frame.what);
      case "rebuild": {
        const replica = this.#byId.get(frame.doc);
        if (!replica) return;
        this.#send();
        this.#rebuild(replica);
        return;
      }
    }
  }

  #welcome(): void {
    for (const replica of this.#byId.values()) this.#sendOpen(replica);
    // Documents with work from before a reload are opened even if no screen shows them.
    for (const doc of this.#recovered?.keys() ?? []) {
      if (!this.#byId.has(doc)) this.release(this.open(doc, false));
    }
    this.#repeatPresence();
  }

  #takeRecovered(doc: string): Unsent[] {
    const items = this.#recovered?.get(doc) ?? [];
    this.#recovered?.delete(doc);
    return items.map(({ bytes, hash, key }) => ({
      bytes,
      hash,
      key: key < 0 ? null : key,
      ref: null,
      deps: A.decodeChange(bytes).deps,
    }));
  }

  #lineLost(): void {
    this.#flying.clear();
    for (const replica of this.#byId.values()) for (const item of replica.unsent.value) item.ref = null;
    this.present.value = [];
    this.#scheduleKeep(0);
  }

  #scheduleSend(): void {
    this.#sendTimer ??= setTimeout(() => this.#send(), SEND_AFTER_MS);
    this.#scheduleKeep(this.socket.line.value === "ready" ? KEEP_AFTER_MS : 0);
  }

  #send(): void {
    clearTimeout(this.#sendTimer);
    this.#sendTimer = undefined;
    for (const replica of this.#byId.values()) {
      let batch: Unsent[] = [];
      let size = 0;
      const fly = () => {
        if (batch.length === 0) return;
        const ref = this.#nextRef++;
        if (!this.socket.send(toNode.changes(ref, replica.id, batch.map((item) => item.bytes)))) return;
        for (const item of batch) item.ref = ref;
        this.#flying.set(ref, { replica, items: batch });
        batch = [];
        size = 0;
      };
      // Before the node has answered our opening it would refuse changes to the document.
      if (!replica.meta.value) continue;
      for (const item of replica.unsent.value) {
        if (item.ref !== null) continue;
        if (size + item.bytes.length > MESSAGE_MAX_BYTES - 4096) fly();
        batch.push(item);
        size += item.bytes.length + 8;
      }
      fly();
    }
  }

  #stored(ref: number): void {
    const flight = this.#flying.get(ref);
    if (!flight) return;
    this.#flying.delete(ref);
    this.refusing.value = null;
    flight.replica.stored(flight.items);
    void forget(flight.items.flatMap((item) => item.key ?? [])).catch(() => {});
    if (flight.replica.users === 0) this.#closeUnused(flight.replica);
  }

  #refused(ref: number | null, doc: string | null, problem: Problem): void {
    const flight = ref === null ? undefined : this.#flying.get(ref);
    if (ref !== null) this.#flying.delete(ref);
    const replica = flight?.replica ?? (doc === null ? undefined : this.#byId.get(doc));
    // An answer about changes that were abandoned meanwhile says nothing new.
    if (!replica || (ref !== null && !flight)) return;
    if (!flight) {
      replica.problem.value = problem;
      return;
    }
    if (PASSING_REFUSALS.has(problem.code)) {
      this.refusing.value = problem;
      for (const item of flight.items) item.ref = null;
      this.#scheduleKeep(0);
      setTimeout(() => this.#scheduleSend(), RETRY_REFUSED_MS);
      return;
    }
    // What was refused and everything written after it leaves the document; the person keeps the text.
    this.#rescue(replica, problem.message, this.#pieces(replica));
    this.#reopen(replica, replica.unsent.value);
  }

  #pieces(replica: Replica): Draft["pieces"] {
    return replica.unsavedPieces().map(({ path, value }) => ({
      label: this.#hooks.describe(replica, path),
      text: readable(value),
    }));
  }

  #rescue(replica: Replica, reason: string, pieces: Draft["pieces"]): void {
    if (pieces.length === 0) return;
    const draft = { who: this.who, doc: replica.id, title: this.#hooks.title(replica), reason, at: Date.now(), pieces };
    void saveDraft(draft).then((saved) => {
      this.drafts.value = [...this.drafts.value, saved];
    });
  }

  /** The node asks for a fresh copy: what it has not confirmed is laid over that copy again. */
  #rebuild(replica: Replica): void {
    const items = replica.unsent.value;
    this.#rescued.set(replica.id, this.#pieces(replica));
    this.#recovered?.set(
      replica.id,
      items.map(({ bytes, hash, key }) => ({ bytes, hash, key: key ?? -1, who: this.who, doc: replica.id })),
    );
    this.#reopen(replica, []);
  }

  /** Changes from before a reload or a rebuild whose past is gone: their text goes to the person. */
  #unplaced(replica: Replica, lost: readonly Unsent[]): void {
    const pieces = this.#rescued.get(replica.id) ?? [{ label: "", text: lost.map((item) => typed(item.bytes)).join("") }];
    this.#rescue(replica, "", pieces);
    void forget(lost.flatMap((item) => item.key ?? [])).catch(() => {});
  }

  #reopen(replica: Replica, abandoned: readonly Unsent[]): void {
    for (const [ref, flight] of this.#flying) if (flight.replica === replica) this.#flying.delete(ref);
    void forget(abandoned.flatMap((item) => item.key ?? [])).catch(() => {});
    replica.reset();
    this.socket.send(toNode.close(replica.id));
    this.#sendOpen(replica);
  }

  #scheduleKeep(afterMs: number): void {
    if (afterMs === 0) {
      clearTimeout(this.#keepTimer);
      this.#keepTimer = undefined;
    }
    this.#keepTimer ??= setTimeout(() => {
      this.#keepTimer = undefined;
      void this.#keep();
    }, afterMs);
  }

  async #keep(): Promise<void> {
    if (this.#keeping) return this.#scheduleKeep(KEEP_AFTER_MS);
    const items: { replica: Replica; item: Unsent }[] = [];
    for (const replica of this.#byId.values()) {
      for (const item of replica.unsent.value) if (item.key === null) items.push({ replica, item });
    }
    if (items.length === 0) return;
    this.#keeping = true;
    try {
      const keys = await keep(
        items.map(({ replica, item }) => ({ who: this.who, doc: replica.id, hash: item.hash, bytes: item.bytes })),
      );
      items.forEach(({ item }, i) => (item.key = keys[i] ?? null));
      // Confirmed while the browser was writing: no longer needed here.
      const done = items.filter(({ replica, item }) => !replica.unsent.value.includes(item));
      await forget(done.flatMap(({ item }) => item.key ?? []));
      for (const replica of new Set(items.map((one) => one.replica))) replica.unsent.value = [...replica.unsent.value];
    } catch {
      canKeep.value = false;
    } finally {
      this.#keeping = false;
    }
  }

  #repeatPresence(): void {
    const now = Date.now();
    if (this.present.value.some((one) => now - one.at > PRESENCE_TTL_MS)) {
      this.present.value = this.present.value.filter((one) => now - one.at <= PRESENCE_TTL_MS);
    }
    if (this.#mine && document.visibilityState === "visible") {
      this.socket.send(toNode.presence(this.#mine.doc, this.#mine.payload));
    }
  }

  #others(frame: Extract<FromNode, { type: "presence" }>): void {
    const rest = this.present.value.filter(
      (one) => one.doc !== frame.doc || one.city8 !== frame.city8 || one.session !== frame.session,
    );
    if (frame.payload === null) {
      this.present.value = rest;
      return;
    }
    this.present.value = [
      ...rest,
      {
        doc: frame.doc,
        city8: frame.city8,
        personRef: frame.personRef,
        session: frame.session,
        ...whereabouts(frame.payload),
        at: Date.now(),
      },
    ];
  }
}
