// Unsent work that this load of the page did not write itself: of the load before, of the browser's other tabs, and of
// tabs that were closed. It is shown at once; who sends it is settled here.

import * as A from "@automerge/automerge/slim";
import { claim, forget, type KeptChange, kept } from "./outbox.ts";
import type { Replica, Unsent } from "./replica.ts";
import { takeSlips } from "./slip.ts";
import type { Message, Tabs, Told } from "./tabs.ts";

/** A tab that says that it closes needs a moment to write. */
const ADOPT_AFTER_MS = 300;
const AGAIN_AFTER_MS = 1_500;
/** How often work of closed tabs is looked for. */
const ADOPT_EVERY_MS = 30_000;

interface Place {
  replica: (doc: string) => Replica | undefined;
  replicas: () => Iterable<Replica>;
  /** Some of it is ours to send now. */
  onTaken: () => void;
  rebuild: (replica: Replica, items: readonly Unsent[]) => void;
}

export class Handover {
  readonly #who: string;
  readonly #tabs: Tabs;
  readonly #place: Place;
  /** Of documents that are not open yet; what is not foreign is ours to send. */
  readonly #recovered = new Map<string, Unsent[]>();
  #deaf: () => void = () => {};
  #timer: ReturnType<typeof setInterval> | undefined;

  constructor(who: string, tabs: Tabs, place: Place) {
    this.#who = who;
    this.#tabs = tabs;
    this.#place = place;
  }

  /** What is in the outbox. Until it is known whose tabs are open it counts as foreign: shown, not sent from here. */
  async recover(): Promise<void> {
    await takeSlips();
    await this.#remember(await kept(this.#who), true);
  }

  begin(): void {
    this.#deaf = this.#tabs.on((message) => this.#heard(message));
    this.#timer = setInterval(() => void this.adopt(), ADOPT_EVERY_MS);
    void this.adopt();
    // The load of the page before this one may still count as open for a moment.
    setTimeout(() => void this.adopt(), AGAIN_AFTER_MS);
  }

  stop(): void {
    this.#deaf();
    clearInterval(this.#timer);
  }

  /** For a document that is being opened. */
  take(doc: string): Unsent[] {
    const items = this.#recovered.get(doc) ?? [];
    this.#recovered.delete(doc);
    return items;
  }

  put(doc: string, items: Unsent[]): void {
    this.#recovered.set(doc, items);
  }

  /** Documents that must be opened to send what is left of them. */
  waiting(): string[] {
    return [...this.#recovered].filter(([, items]) => items.some((item) => !item.foreign)).map(([doc]) => doc);
  }

  async #remember(items: readonly KeptChange[], foreign: boolean): Promise<void> {
    const seen = new Set<string>();
    const twice: number[] = [];
    for (const { key, doc, hash, bytes } of items) {
      if (seen.has(hash)) {
        twice.push(key);
        continue;
      }
      seen.add(hash);
      const item = { bytes, hash, key, deps: A.decodeChange(bytes).deps, ref: null, foreign };
      const replica = this.#place.replica(doc);
      if (replica) replica.recover([item]);
      else this.#recovered.set(doc, [...(this.#recovered.get(doc) ?? []).filter((one) => one.hash !== hash), item]);
    }
    await forget(twice).catch(() => {});
  }

  /** Takes over what closed tabs of this person left unsent. */
  async adopt(): Promise<void> {
    try {
      const rows = await kept(this.#who).catch(() => []);
      if (rows.every((row) => row.tab === this.#tabs.id) && !this.#holdsForeign()) return;
      const alive = await this.#tabs.alive();
      // With no other tab left, what one of them told and never wrote down is in nobody's hands but ours.
      if (alive.size === 1) this.#takeForeign();
      const left = rows.filter((row) => row.tab === undefined || !alive.has(row.tab));
      await this.#remember(await claim(left, this.#tabs.id), false);
    } catch {
      // The store is refused: canKeep tells.
    }
    this.#place.onTaken();
  }

  #holdsForeign(): boolean {
    for (const replica of this.#place.replicas()) if (replica.unsent.value.some((item) => item.foreign)) return true;
    return false;
  }

  #takeForeign(): void {
    for (const replica of this.#place.replicas()) {
      for (const item of replica.unsent.value) item.foreign = false;
      replica.unsent.value = [...replica.unsent.value];
    }
  }

  /** What another tab of this browser tells. */
  #heard(message: Message): void {
    if (message.type === "bye") return void setTimeout(() => void this.adopt(), ADOPT_AFTER_MS);
    if (!("doc" in message) || message.who !== this.#who) return;
    const replica = this.#place.replica(message.doc);
    if (!replica) return;
    switch (message.type) {
      case "changes":
        return replica.recover(message.items.map((item) => ({ ...item, ref: null, foreign: true })));
      case "kept": {
        const keys = new Map(message.keys);
        for (const item of replica.unsent.value) if (item.foreign) item.key ??= keys.get(item.hash) ?? null;
        replica.unsent.value = [...replica.unsent.value];
        return;
      }
      case "ask": {
        const items = replica.unsent.value.filter((item) => !item.foreign).map(told);
        if (items.length > 0) this.#tabs.tell({ type: "changes", who: this.#who, doc: replica.id, items });
        return;
      }
      case "reset":
        return this.#reset(replica, new Set(message.hashes));
    }
  }

  #reset(replica: Replica, hashes: ReadonlySet<string>): void {
    const doc = replica.doc.value;
    if (!doc || ![...hashes].some((hash) => A.hasHeads(doc, [hash]))) return;
    this.#place.rebuild(replica, replica.unsent.value.filter((item) => !item.foreign && !hashes.has(item.hash)));
  }
}

export function told({ hash, deps, bytes, key }: Unsent): Told {
  return { hash, deps, bytes, key };
}
