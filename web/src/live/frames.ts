// The messages of the live socket (node/docs/LIVE.md). Identifiers are hexadecimal on our side, raw on the wire.

import { type Cbor, CborError, decode, encode } from "./cbor.ts";
import { fromHex, toHex } from "./hex.ts";

export const LIVE_VERSION = 1;
/** One message, either way. */
export const MESSAGE_MAX_BYTES = 256 * 1024;
/** One change, uncompressed, and its operations. */
export const CHANGE_MAX_BYTES = 192 * 1024;
/** Payload of presence. */
export const PRESENCE_MAX_BYTES = 512;

export const toNode = {
  hello: () => encode([1, LIVE_VERSION]),
  open: (doc: string, heads: readonly string[], presence: boolean) =>
    encode([2, fromHex(doc), heads.map(fromHex), presence]),
  close: (doc: string) => encode([3, fromHex(doc)]),
  changes: (ref: number, doc: string, changes: readonly Uint8Array[]) => encode([4, ref, fromHex(doc), changes]),
  presence: (doc: string, payload: Uint8Array) => encode([6, fromHex(doc), payload]),
  ping: () => encode([7]),
};

export interface Welcome {
  type: "welcome";
  version: number;
  cityId: string;
  city8: string;
  personRef: string;
  session: string;
}
export interface Opened {
  type: "opened";
  doc: string;
  circle: string;
  kind: string;
  owner: string | null;
  writable: boolean;
  snapshot: Uint8Array | null;
  changes: Uint8Array[];
  heads: string[];
}
export type FromNode =
  | Welcome
  | Opened
  | { type: "changes"; doc: string; changes: Uint8Array[]; city8: string; personRef: string }
  | { type: "stored"; ref: number }
  | { type: "delivery"; doc: string; sealed: boolean; have: string[]; lack: string[] }
  | { type: "refused"; ref: number | null; doc: string | null; code: string; message: string }
  | { type: "presence"; doc: string; city8: string; personRef: string; session: string; payload: Uint8Array | null }
  | { type: "ping"; what: string }
  | { type: "rebuild"; doc: string }
  | { type: "pong" }
  /** A message of a newer node: to be ignored. */
  | { type: "unknown"; code: number };

export function fromNode(bytes: Uint8Array): FromNode {
  const m = list(decode(bytes));
  const code = uint(m[0]);
  switch (code) {
    case 128:
      return {
        type: "welcome",
        version: uint(m[1]),
        cityId: hex(m[2]),
        city8: hex(m[3]),
        personRef: hex(m[4]),
        session: String(m[5]),
      };
    case 129:
      return {
        type: "opened",
        doc: hex(m[1]),
        circle: hex(m[2]),
        kind: text(m[3]),
        owner: m[4] === null ? null : hex(m[4]),
        writable: m[5] === true,
        snapshot: m[6] === null ? null : bytesOf(m[6]),
        changes: list(m[7]).map(bytesOf),
        heads: list(m[8]).map(hex),
      };
    case 130:
      return {
        type: "changes",
        doc: hex(m[1]),
        changes: list(m[2]).map(bytesOf),
        city8: hex(m[3]),
        personRef: hex(m[4]),
      };
    case 131:
      return { type: "stored", ref: uint(m[1]) };
    case 132:
      return {
        type: "delivery",
        doc: hex(m[1]),
        sealed: m[2] === true,
        have: list(m[3]).map(hex),
        lack: list(m[4]).map(hex),
      };
    case 133:
      return {
        type: "refused",
        ref: m[1] === null ? null : uint(m[1]),
        doc: m[2] === null ? null : hex(m[2]),
        code: text(m[3]),
        message: text(m[4]),
      };
    case 134:
      return {
        type: "presence",
        doc: hex(m[1]),
        city8: hex(m[2]),
        personRef: hex(m[3]),
        session: String(m[4]),
        payload: m[5] === null ? null : bytesOf(m[5]),
      };
    case 135:
      return { type: "ping", what: text(m[1]) };
    case 136:
      return { type: "rebuild", doc: hex(m[1]) };
    case 137:
      return { type: "pong" };
    default:
      return { type: "unknown", code };
  }
}

function list(value: Cbor | undefined): readonly Cbor[] {
  if (!Array.isArray(value)) throw new CborError("an array was expected");
  return value;
}
function uint(value: Cbor | undefined): number {
  if (typeof value !== "number" || value < 0) throw new CborError("a count was expected");
  return value;
}
function text(value: Cbor | undefined): string {
  if (typeof value !== "string") throw new CborError("a text was expected");
  return value;
}
function bytesOf(value: Cbor | undefined): Uint8Array {
  if (!(value instanceof Uint8Array)) throw new CborError("bytes were expected");
  return value;
}
function hex(value: Cbor | undefined): string {
  return toHex(bytesOf(value));
}
