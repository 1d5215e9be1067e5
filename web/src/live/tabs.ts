// The other tabs of this browser: what is written in one is seen in the others, even without a line, and what a closed
// one left is sent by another.

import { randomHex } from "./hex.ts";

export interface Told {
  hash: string;
  deps: string[];
  bytes: Uint8Array;
  key: number | null;
}

export type Message =
  | { type: "changes"; who: string; doc: string; items: Told[] }
  /** The browser has written them. */
  | { type: "kept"; who: string; doc: string; keys: [string, number][] }
  /** The node took something out of its copy, or refused something that was told here. */
  | { type: "reset"; who: string; doc: string; hashes: string[] }
  /** Who has unsent changes of it? */
  | { type: "ask"; who: string; doc: string }
  /** Somebody signed in or out. */
  | { type: "session"; who: string | null }
  | { type: "who" }
  | { type: "here"; tab: string }
  | { type: "bye"; tab: string };

const CHANNEL = "alianza";
/** Where Web Locks are missing (plain http), tabs answer a call instead. */
const ANSWER_WITHIN_MS = 400;

const lockOf = (tab: string) => `alianza-tab-${tab}`;

export class Tabs {
  /** Names this load of the page. */
  readonly id = randomHex(8);
  readonly #channel: BroadcastChannel | null;
  readonly #listeners = new Set<(message: Message) => void>();
  readonly #here = new Set<string>();
  /** They said so; their lock may take a moment more. */
  readonly #gone = new Set<string>();
  #letGo: () => void = () => {};

  constructor() {
    this.#channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;
    if (this.#channel) this.#channel.onmessage = (event) => this.#hear(event.data as Message);
    const held = new Promise<void>((done) => (this.#letGo = done));
    locks()?.request(lockOf(this.id), () => held).catch(() => {});
    globalThis.addEventListener?.("pagehide", (event) => {
      if (!(event as PageTransitionEvent).persisted) this.tell({ type: "bye", tab: this.id });
    });
  }

  tell(message: Message): void {
    try {
      this.#channel?.postMessage(message);
    } catch {
      // Closed, or not to be copied: the others hear of it from the node.
    }
  }

  on(listener: (message: Message) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** The tabs that are open now, this one among them. */
  async alive(): Promise<Set<string>> {
    const manager = locks();
    if (manager) {
      const { held } = await manager.query();
      const prefix = lockOf("");
      const names = (held ?? []).flatMap((one) => (one.name?.startsWith(prefix) ? [one.name.slice(prefix.length)] : []));
      return new Set([...names.filter((name) => !this.#gone.has(name)), this.id]);
    }
    this.#here.clear();
    this.tell({ type: "who" });
    await new Promise((done) => setTimeout(done, ANSWER_WITHIN_MS));
    return new Set([...this.#here, this.id]);
  }

  stop(): void {
    this.tell({ type: "bye", tab: this.id });
    this.#letGo();
    this.#channel?.close();
  }

  #hear(message: Message): void {
    if (message.type === "who") return this.tell({ type: "here", tab: this.id });
    if (message.type === "here") this.#here.add(message.tab);
    if (message.type === "bye") this.#gone.add(message.tab);
    for (const listener of this.#listeners) listener(message);
  }
}

function locks(): LockManager | null {
  return (globalThis.navigator as Partial<Navigator> | undefined)?.locks ?? null;
}
