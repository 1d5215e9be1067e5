// Writes what this tab holds into the browser: unsent changes first (they may be the only copy), then what the node has
// confirmed, for opening without it. Stored changes leave the outbox in the same transaction in which they enter the
// copy, so that at every moment the two together hold all that this person wrote.

import * as A from "@automerge/automerge/slim";
import { type About, add, begin, type Chunk, dropCopy, fold, isLong, LIMIT_BYTES, makeRoom, readCopy, snapshotId } from "./copies.ts";
import { randomHex } from "./hex.ts";
import { kept } from "./outbox.ts";
import type { Replica, Unsent } from "./replica.ts";
import { leaveSlip } from "./slip.ts";
import { beforeSteppingAside, write } from "./store.ts";

/** Confirmed changes are written together. */
const LOG_AFTER_MS = 250;
const AGAIN_AFTER_MS = 10_000;
const FOLD_AFTER_MS = 5_000;

interface Log {
  used: number;
  chunks: number;
  bytes: number;
  snapshotBytes: number;
}

export class Keeper {
  readonly #who: string;
  readonly #tab: string;
  readonly #replicas: () => Iterable<Replica>;
  readonly #onKept: (replica: Replica, keys: [string, number][]) => void;
  readonly #logs = new Map<string, Log>();
  #done: number[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #due = Infinity;
  #busy: Promise<void> | null = null;
  /** Being written: if the page is left now the browser may give it up. */
  #writing: { replica: Replica; chunks: Chunk[]; about: About }[] = [];
  #foldTimer: ReturnType<typeof setTimeout> | undefined;
  #stopped = false;

  constructor(who: string, tab: string, replicas: () => Iterable<Replica>, onKept: (replica: Replica, keys: [string, number][]) => void) {
    this.#who = who;
    this.#tab = tab;
    this.#replicas = replicas;
    this.#onKept = onKept;
    beforeSteppingAside(() => void this.flush());
    addEventListener("pagehide", this.#leaving);
    document.addEventListener("visibilitychange", this.#hidden);
  }

  /** This browser's copy of a document, into the replica. */
  async restore(replica: Replica): Promise<void> {
    try {
      const copy = await readCopy(this.#who, replica.id);
      if (!copy || replica.doc.value) return;
      const { about, chunks } = copy;
      if (!replica.restore(about, chunks)) {
        await dropCopy(this.#who, replica.id, about.edition);
        return;
      }
      const snapshots = chunks.filter((chunk) => chunk.id.startsWith("s:"));
      const size = (list: readonly Chunk[]) => list.reduce((n, chunk) => n + chunk.bytes.length, 0);
      this.#logs.set(replica.id, { used: Date.now(), chunks: chunks.length, bytes: size(chunks), snapshotBytes: size(snapshots) });
    } catch (error) {
      // A copy that cannot be read is no reason to show nothing: the node has the document.
      console.warn(error);
    }
  }

  /** Writes within this time. */
  soon(withinMs: number): void {
    const at = Date.now() + withinMs;
    if (at >= this.#due || this.#stopped) return;
    clearTimeout(this.#timer);
    this.#due = at;
    this.#timer = setTimeout(() => void this.flush(), withinMs);
  }

  logSoon(): void {
    this.soon(LOG_AFTER_MS);
  }

  /** The node has these: they leave the outbox with the next writing. */
  forget(items: readonly Unsent[]): void {
    for (const item of items) if (item.key !== null && !item.foreign) this.#done.push(item.key);
    this.logSoon();
  }

  /** The document was taken apart: its copy here is not to be used any more. */
  drop(replica: Replica): void {
    this.#logs.delete(replica.id);
    dropCopy(this.#who, replica.id, replica.edition).catch(() => {});
  }

  /** Everything that this tab holds is written when this resolves, unless the browser refuses. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#due = Infinity;
    while (this.#busy) await this.#busy;
    this.#busy = this.#writeAll();
    try {
      await this.#busy;
    } finally {
      this.#busy = null;
    }
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
    clearTimeout(this.#foldTimer);
    beforeSteppingAside(() => {});
    removeEventListener("pagehide", this.#leaving);
    document.removeEventListener("visibilitychange", this.#hidden);
  }

  #leaving = (): void => {
    // What the browser has not written yet goes where it can be put at once; see slip.ts.
    leaveSlip({
      who: this.#who,
      tab: this.#tab,
      changes: this.#unkept().map(({ replica, item }) => ({ doc: replica.id, hash: item.hash, bytes: item.bytes })),
      chunks: [...this.#writing, ...[...this.#replicas()].map((replica) => ({ replica, chunks: replica.confirmed }))].flatMap(
        ({ replica, chunks }) => chunks.map((chunk) => ({ doc: replica.id, edition: replica.edition ?? "", ...chunk })),
      ),
    });
    void this.flush();
  };

  #hidden = (): void => {
    if (document.visibilityState === "hidden") void this.flush();
  };

  #unkept(): { replica: Replica; item: Unsent }[] {
    const out: { replica: Replica; item: Unsent }[] = [];
    for (const replica of this.#replicas()) {
      for (const item of replica.unsent.value) if (item.key === null && !item.foreign) out.push({ replica, item });
    }
    return out;
  }

  async #writeAll(): Promise<void> {
    const fresh = this.#unkept();
    const done = this.#done;
    const logs = [...this.#replicas()].filter((one) => one.confirmed.length > 0 && one.meta.value && one.shared.length > 0);
    if (fresh.length === 0 && done.length === 0 && logs.length === 0) return;
    this.#done = [];
    const taken = logs.map((replica) => ({ replica, chunks: replica.confirmed, about: this.#about(replica) }));
    for (const { replica } of taken) replica.confirmed = [];
    this.#writing = taken;
    const everything = () => this.#write(fresh, done, taken);
    try {
      await everything().catch(async (error: unknown) => {
        // Perhaps there is no room: what was used longest ago can be fetched again, unsent work cannot.
        console.warn(error);
        await this.#giveWay();
        await everything();
      });
    } catch {
      this.#done = [...done, ...this.#done];
      for (const { replica, chunks } of taken) replica.confirmed = [...chunks, ...replica.confirmed];
      for (const { item } of fresh) item.unkept = true;
      if (fresh.length > 0) await this.#write(fresh, [], []).catch(() => {});
      this.soon(AGAIN_AFTER_MS);
    } finally {
      this.#writing = [];
    }
    for (const replica of new Set(fresh.map((one) => one.replica))) replica.unsent.value = [...replica.unsent.value];
  }

  async #write(fresh: readonly { replica: Replica; item: Unsent }[], done: readonly number[], logs: readonly { replica: Replica; chunks: Chunk[]; about: About }[]): Promise<void> {
    const keys = new Map<Unsent, number>();
    const editions = new Map<Replica, string>();
    await write(["changes", "documents", "chunks"], (stores) => {
      for (const { replica, item } of fresh) {
        const row = { who: this.#who, doc: replica.id, hash: item.hash, bytes: item.bytes, tab: this.#tab };
        const request = stores["changes"]!.add(row);
        request.onsuccess = () => keys.set(item, request.result as number);
      }
      for (const { replica, chunks, about } of logs) {
        if (replica.anew) begin(stores, about, chunks, replica.edition, (edition) => editions.set(replica, edition));
        else add(stores, about, chunks);
      }
      for (const key of done) stores["changes"]!.delete(key);
    }, fresh.length > 0);
    for (const [replica, edition] of editions) {
      replica.edition = edition;
      replica.anew = false;
    }
    for (const { replica, chunks } of logs) this.#count(replica, chunks);
    this.#note(fresh, keys);
  }

  /** The browser has written these. */
  #note(fresh: readonly { replica: Replica; item: Unsent }[], keys: ReadonlyMap<Unsent, number>): void {
    const told = new Map<Replica, [string, number][]>();
    for (const { replica, item } of fresh) {
      const key = keys.get(item);
      if (key === undefined) continue;
      item.key = key;
      item.unkept = false;
      // Confirmed while the browser was writing: no longer needed here.
      if (replica.unsent.value.includes(item)) told.set(replica, [...(told.get(replica) ?? []), [item.hash, key]]);
      else this.#done.push(key);
    }
    if (this.#done.length > 0) this.logSoon();
    for (const [replica, list] of told) this.#onKept(replica, list);
  }

  #about(replica: Replica): About {
    const meta = replica.meta.value ?? { circle: "", kind: "", owner: null };
    const edition = replica.anew || replica.edition === null ? randomHex(8) : replica.edition;
    return { who: this.#who, doc: replica.id, ...meta, writable: replica.writable.value, shared: replica.shared, edition, bytes: 0, used: Date.now() };
  }

  #count(replica: Replica, chunks: readonly Chunk[]): void {
    const log = this.#logs.get(replica.id) ?? { used: 0, chunks: 0, bytes: 0, snapshotBytes: 0 };
    for (const { id, bytes } of chunks) {
      log.chunks += 1;
      log.bytes += bytes.length;
      if (id.startsWith("s:")) log.snapshotBytes += bytes.length;
    }
    this.#logs.set(replica.id, log);
    if (isLong(log.chunks, log.bytes, log.snapshotBytes)) this.#foldTimer ??= setTimeout(() => void this.#foldLong(), FOLD_AFTER_MS);
  }

  async #foldLong(): Promise<void> {
    this.#foldTimer = undefined;
    for (const replica of this.#replicas()) {
      const log = this.#logs.get(replica.id);
      const doc = replica.doc.value;
      if (!log || !doc || replica.edition === null || replica.anew || !isLong(log.chunks, log.bytes, log.snapshotBytes)) continue;
      // Only what the node has goes into a copy: when nothing is on its way, that is all there is.
      if (replica.unsent.value.length > 0) {
        this.#foldTimer ??= setTimeout(() => void this.#foldLong(), FOLD_AFTER_MS);
        continue;
      }
      const snapshot = { id: snapshotId(A.getHeads(doc)), bytes: A.save(doc) };
      const covered = (heads: string[]) => replica.doc.value !== null && A.hasHeads(replica.doc.value, heads);
      await fold(this.#who, replica.id, replica.edition, snapshot, covered).catch(() => {});
      this.#logs.set(replica.id, { used: Date.now(), chunks: 1, bytes: snapshot.bytes.length, snapshotBytes: snapshot.bytes.length });
    }
    await makeRoom(LIMIT_BYTES, await this.#needed()).catch(() => 0);
  }

  async #giveWay(): Promise<void> {
    const needed = await this.#needed();
    await makeRoom(0, needed).catch(() => 0);
  }

  /** Copies that must stay: those open here, and those under unsent work. */
  async #needed(): Promise<Set<string>> {
    const needed = new Set([...this.#replicas()].map((one) => `${this.#who}/${one.id}`));
    for (const item of await kept(this.#who).catch(() => [])) needed.add(`${item.who}/${item.doc}`);
    return needed;
  }
}

