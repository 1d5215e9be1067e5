// The tab's side of the live socket: which documents are open, what is on its way, who is here.

import * as A from "@automerge/automerge/slim";
import { computed, effect, signal } from "@preact/signals";
import { automergeReady } from "./automerge.ts";
import { type FromNode, MESSAGE_MAX_BYTES, toNode } from "./frames.ts";
import { Handover, told } from "./handover.ts";
import { Keeper } from "./keeper.ts";
import { type Draft, drafts, dropDraft, forget, kept, saveDraft } from "./outbox.ts";
import { Presence } from "./presence.ts";
import { readable, typed } from "./rescue.ts";
import { type Problem, Replica, type Unsent } from "./replica.ts";
import { LiveSocket } from "./socket.ts";
import { canKeep } from "./store.ts";
import type { Tabs } from "./tabs.ts";

/** Changes of a few keystrokes travel together. */
const SEND_AFTER_MS = 8;
/** An answer that is slower than this makes the browser keep the change. */
const KEEP_AFTER_MS = 150;
const RETRY_REFUSED_MS = 10_000;
/** Refusals that say nothing about the change itself: it stays here and is sent again. */
const PASSING_REFUSALS = new Set(["read_only", "busy", "too_many", "full", "rate"]);

export interface LiveHooks {
  /** Something changed on the node: fetch it. */
  onPing: (what: string) => void;
  /** The line is there; `again`: after a break. */
  onLine: (again: boolean) => void;
  /** The socket cannot be opened: see whether the session is still good. */
  onTrouble: () => void;
  /** Names a refused piece of a document for the person. */
  describe: (replica: Replica, path: A.Prop[]) => string;
  title: (replica: Replica) => string;
}

export class Live {
  readonly socket: LiveSocket;
  readonly who: string;
  readonly presence: Presence;
  readonly drafts = signal<readonly Draft[]>([]);
  /** Why the node does not take changes at the moment. */
  readonly refusing = signal<Problem | null>(null);
  readonly replicas = signal<readonly Replica[]>([]);
  readonly unkeptCount = computed(() =>
    this.replicas.value.reduce((n, r) => n + r.unsent.value.filter((item) => item.key === null && !item.foreign).length, 0),
  );
  /** What waits here for the node, of the documents that are open. */
  readonly waitingCount = computed(() => this.replicas.value.reduce((n, r) => n + r.unsent.value.length, 0));
  readonly keeper: Keeper;

  readonly #hooks: LiveHooks;
  readonly #city8: string;
  readonly #byId = new Map<string, Replica>();
  readonly #rescued = new Map<string, Draft["pieces"]>();
  readonly #flying = new Map<number, { replica: Replica; items: Unsent[] }>();
  readonly #handover: Handover;
  readonly #restored = new Map<string, Promise<void>>();
  readonly #tabs: Tabs;
  #welcomed = false;
  #nextRef = 1;
  #sendTimer: ReturnType<typeof setTimeout> | undefined;
  #ready: Promise<void>;

  constructor(city8: string, who: string, tabs: Tabs, hooks: LiveHooks) {
    this.who = who;
    this.#tabs = tabs;
    this.keeper = new Keeper(who, tabs.id, () => this.#byId.values(), (replica, keys) =>
      tabs.tell({ type: "kept", who, doc: replica.id, keys }),
    );
    this.#handover = new Handover(who, tabs, {
      replica: (doc) => this.#byId.get(doc),
      replicas: () => this.#byId.values(),
      onTaken: () => {
        this.#openRecovered();
        this.#scheduleSend();
      },
      rebuild: (replica, items) => this.#rebuild(replica, items),
    });
    this.#city8 = city8;
    this.#hooks = hooks;
    this.#ready = this.#prepare();
    this.socket = new LiveSocket((frame) => void this.#ready.then(() => this.#receive(frame)), hooks.onTrouble);
    this.presence = new Presence((frame) => this.socket.send(frame));
    void this.#ready.then(() => this.#handover.begin());
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
        (one) => this.#written(one),
      );
      this.#byId.set(id, replica);
      this.replicas.value = [...this.#byId.values()];
      replica.presence = presence;
      this.#restored.set(id, this.#restore(replica));
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

  async discard(draft: Draft): Promise<void> {
    this.drafts.value = this.drafts.value.filter((other) => other.key !== draft.key);
    await dropDraft(draft.key).catch(() => {});
  }

  stop(): void {
    removeEventListener("beforeunload", this.#leaving);
    this.presence.stop();
    clearTimeout(this.#sendTimer);
    this.#handover.stop();
    this.keeper.stop();
    this.socket.stop();
  }

  /** Changes of this person in this browser, of closed documents and tabs too, that the node has not confirmed. */
  async unsent(): Promise<number> {
    const hashes = new Set((await kept(this.who).catch(() => [])).map((item) => item.hash));
    for (const replica of this.#byId.values()) for (const item of replica.unsent.value) hashes.add(item.hash);
    return hashes.size;
  }

  async #prepare(): Promise<void> {
    await automergeReady();
    try {
      await this.#handover.recover();
      this.drafts.value = await drafts(this.who);
    } catch {
      // The store is refused: canKeep tells.
    }
  }

  #leaving = (event: BeforeUnloadEvent) => {
    const stuck = this.socket.line.value !== "ready" || this.refusing.value !== null;
    if (this.unkeptCount.value > 0 && (stuck || !canKeep.value)) event.preventDefault();
  };

  /** A change of this person: to the browser's other tabs, to the node, and into the outbox if that takes long. */
  #written(replica: Replica): void {
    const last = replica.unsent.value.at(-1);
    if (last) this.#tabs.tell({ type: "changes", who: this.who, doc: replica.id, items: [told(last)] });
    this.#scheduleSend();
  }

  async #restore(replica: Replica): Promise<void> {
    await this.#ready;
    replica.recover(this.#handover.take(replica.id));
    await this.keeper.restore(replica);
    // What another tab has written and the browser not yet.
    this.#tabs.tell({ type: "ask", who: this.who, doc: replica.id });
  }

  /** Documents with work from before a reload are opened even if no screen shows them. */
  #openRecovered(): void {
    if (this.socket.line.value !== "ready") return;
    for (const doc of this.#handover.waiting()) if (!this.#byId.has(doc)) this.release(this.open(doc, false));
  }

  #sendOpen(replica: Replica): void {
    const ready = this.#restored.get(replica.id) ?? this.#ready;
    void ready.then(() => {
      if (this.#byId.get(replica.id) === replica) this.socket.send(toNode.open(replica.id, replica.shared, replica.presence));
    });
  }

  /** Documents that had not arrived, or that this person might not see, may be there now. */
  #tryAgain(): void {
    for (const replica of this.#byId.values()) if (replica.problem.value) this.#sendOpen(replica);
  }

  #closeUnused(replica: Replica): void {
    if (replica.users > 0 || replica.unsent.value.some((item) => !item.foreign) || this.#byId.get(replica.id) !== replica) return;
    // Kept first: a document that is closed is written nowhere else.
    if (replica.confirmed.length > 0) return void this.keeper.flush().then(() => (replica.confirmed.length > 0 ? undefined : this.#closeUnused(replica)));
    this.#byId.delete(replica.id);
    this.#restored.delete(replica.id);
    this.replicas.value = [...this.#byId.values()];
    this.socket.send(toNode.close(replica.id));
    this.presence.closed(replica.id);
  }

  #receive(frame: FromNode): void {
    switch (frame.type) {
      case "welcome":
        return this.#welcome();
      case "opened": {
        const replica = this.#byId.get(frame.doc);
        if (!replica) return;
        replica.begin();
        replica.recover(this.#handover.take(frame.doc));
        const answer = replica.opened(frame);
        // An answer to what was asked before the copy was given up: ask again, with nothing in hand.
        if (!answer) return this.#sendOpen(replica);
        const { lost, strange } = answer;
        if (lost.length > 0) this.#unplaced(replica, lost);
        this.#rescued.delete(replica.id);
        this.keeper.logSoon();
        // This browser's copy holds what the node does not have (it may have gone back to a backup): begin anew.
        if (strange && replica.edition !== null) return this.#rebuild(replica, replica.unsent.value.filter((item) => !item.foreign));
        this.#scheduleSend();
        return;
      }
      case "changes":
        this.#byId.get(frame.doc)?.receive(frame.changes, frame.city8, frame.personRef);
        return this.keeper.logSoon();
      case "stored":
        return this.#stored(frame.ref);
      case "delivery": {
        const replica = this.#byId.get(frame.doc);
        replica?.delivered({ sealed: frame.sealed, have: frame.have, lack: frame.lack });
        return;
      }
      case "refused":
        return this.#refused(frame.ref, frame.doc, { code: frame.code, message: frame.message });
      case "presence":
        return this.presence.receive(frame);
      case "ping":
        // The node tells of deliveries that changed before it tells this: those it was silent about are as they were.
        if (frame.what === "status") for (const replica of this.#byId.values()) replica.delivered(null);
        if (frame.what === "documents" || frame.what === "alliances") this.#tryAgain();
        return this.#hooks.onPing(frame.what);
      case "rebuild": {
        const replica = this.#byId.get(frame.doc);
        if (!replica) return;
        this.#send();
        this.#rebuild(replica, replica.unsent.value.filter((item) => !item.foreign));
        return;
      }
    }
  }

  #welcome(): void {
    // Somebody else has signed in meanwhile, in another tab: nothing of this person goes under that name.
    if (this.socket.welcome.value?.personRef !== this.who) return this.#hooks.onTrouble();
    this.#hooks.onLine(this.#welcomed);
    this.#welcomed = true;
    for (const replica of this.#byId.values()) this.#sendOpen(replica);
    void this.#ready.then(() => this.#openRecovered());
    void this.#handover.adopt();
    this.presence.repeat();
  }

  #lineLost(): void {
    this.#flying.clear();
    for (const replica of this.#byId.values()) {
      replica.answered = false;
      for (const item of replica.unsent.value) item.ref = null;
    }
    this.presence.lost();
    this.keeper.soon(0);
  }

  #scheduleSend(): void {
    this.#sendTimer ??= setTimeout(() => this.#send(), SEND_AFTER_MS);
    this.keeper.soon(this.socket.line.value === "ready" ? KEEP_AFTER_MS : 0);
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
      if (!replica.answered) continue;
      // What other tabs wrote they send; here only what comes before something of our own.
      const last = replica.unsent.value.findLastIndex((item) => !item.foreign && item.ref === null);
      for (const item of replica.unsent.value.slice(0, last + 1)) {
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
    this.keeper.forget(flight.items);
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
      this.keeper.soon(0);
      setTimeout(() => this.#scheduleSend(), RETRY_REFUSED_MS);
      return;
    }
    // What was refused and everything written after it leaves the document; the person keeps the text.
    const refused = replica.unsent.value.filter((item) => !item.foreign);
    const copy = replica.doc.value;
    const unplaced = refused.filter((item) => !copy || !A.hasHeads(copy, [item.hash])).map((item) => typed(item.bytes));
    const rest = unplaced.length === 0 ? [] : [{ label: "", text: unplaced.join("") }];
    this.#rescue(replica, problem.message, [...this.#pieces(replica), ...rest]);
    this.#tabs.tell({ type: "reset", who: this.who, doc: replica.id, hashes: refused.map((item) => item.hash) });
    this.#reopen(replica, refused);
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

  /** A fresh copy is needed: what the node has not confirmed is laid over that copy again. */
  #rebuild(replica: Replica, items: readonly Unsent[]): void {
    this.#rescued.set(replica.id, this.#pieces(replica));
    this.#handover.put(replica.id, items.map((item) => ({ ...item, ref: null })));
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
    this.keeper.drop(replica);
    replica.reset();
    this.socket.send(toNode.close(replica.id));
    this.#sendOpen(replica);
  }
}
