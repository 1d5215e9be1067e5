// One WebSocket to our own node: keeps it open, says hello, comes back after a break.

import { signal } from "@preact/signals";
import { type FromNode, fromNode, toNode, type Welcome } from "./frames.ts";

const BACKOFF_FIRST_MS = 300;
const BACKOFF_MAX_MS = 15_000;
const PING_EVERY_MS = 20_000;
const SILENCE_MAX_MS = 45_000;
/** The node's word for a session or roles that are no longer good. */
const SESSION_ENDED = 4401;

export type Line = "connecting" | "ready" | "offline";

export class LiveSocket {
  readonly line = signal<Line>("connecting");
  readonly welcome = signal<Welcome | null>(null);
  #socket: WebSocket | null = null;
  #attempts = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;
  #beat: ReturnType<typeof setInterval> | undefined;
  #heard = 0;
  #stopped = false;
  readonly #onFrame: (frame: FromNode) => void;
  /** Called when several attempts in a row failed: the session may have ended. */
  readonly #onTrouble: () => void;

  constructor(onFrame: (frame: FromNode) => void, onTrouble: () => void) {
    this.#onFrame = onFrame;
    this.#onTrouble = onTrouble;
    addEventListener("online", this.#hurry);
    document.addEventListener("visibilitychange", this.#hurry);
    this.#connect();
  }

  send(bytes: Uint8Array): boolean {
    if (this.line.value !== "ready" || this.#socket?.readyState !== WebSocket.OPEN) return false;
    this.#socket.send(bytes as Uint8Array<ArrayBuffer>);
    return true;
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearInterval(this.#beat);
    removeEventListener("online", this.#hurry);
    document.removeEventListener("visibilitychange", this.#hurry);
    this.#socket?.close(1000);
  }

  /** Tries at once instead of waiting for its turn. */
  hurry(): void {
    this.#hurry();
  }

  #hurry = () => {
    if (this.line.value !== "offline" || document.visibilityState === "hidden") return;
    clearTimeout(this.#retry);
    this.#attempts = 0;
    this.#connect();
  };

  #connect(): void {
    if (this.#stopped) return;
    const url = new URL("/api/live", location.href);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    this.#socket = socket;
    socket.onopen = () => {
      this.#heard = Date.now();
      socket.send(toNode.hello() as Uint8Array<ArrayBuffer>);
      this.#beat = setInterval(() => {
        if (Date.now() - this.#heard > SILENCE_MAX_MS) socket.close();
        else if (socket.readyState === WebSocket.OPEN) socket.send(toNode.ping() as Uint8Array<ArrayBuffer>);
      }, PING_EVERY_MS);
    };
    socket.onmessage = (event) => {
      if (!(event.data instanceof ArrayBuffer)) return;
      this.#heard = Date.now();
      const frame = fromNode(new Uint8Array(event.data));
      if (frame.type === "welcome") {
        this.#attempts = 0;
        this.welcome.value = frame;
        this.line.value = "ready";
      }
      this.#onFrame(frame);
    };
    socket.onclose = (event) => {
      if (socket !== this.#socket) return;
      clearInterval(this.#beat);
      this.#socket = null;
      if (this.#stopped) return;
      this.line.value = "offline";
      this.#attempts += 1;
      if (event.code === SESSION_ENDED || this.#attempts % 3 === 2) this.#onTrouble();
      const most = Math.min(BACKOFF_MAX_MS, BACKOFF_FIRST_MS * 2 ** Math.min(this.#attempts, 8));
      this.#retry = setTimeout(() => this.#connect(), most * (0.5 + Math.random() / 2));
    };
  }
}
