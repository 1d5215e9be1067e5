// A page that is left cannot wait for the browser to write. What it had not written yet is put down at once, in the
// small store that answers immediately, and copied to its place when the page is next opened.

import { type About, type Chunk } from "./copies.ts";
import { fromBase64, toBase64 } from "./hex.ts";
import { write } from "./store.ts";

export interface Slip {
  who: string;
  tab: string;
  changes: { doc: string; hash: string; bytes: Uint8Array }[];
  /** Confirmed already; without them the unsent ones might find no place. */
  chunks: ({ doc: string; edition: string } & Chunk)[];
}

const PREFIX = "alianza-slip-";
/** The small store takes about five million characters in all. */
const CHUNKS_BYTES = 512 * 1024;

export function leaveSlip(slip: Slip): void {
  if (slip.changes.length === 0 && slip.chunks.length === 0) return;
  let room = CHUNKS_BYTES;
  const chunks = slip.chunks.filter(({ edition, bytes }) => {
    const fits = edition !== "" && bytes.length <= room;
    if (fits) room -= bytes.length;
    return fits;
  });
  for (const kept of [chunks, []]) {
    try {
      localStorage.setItem(PREFIX + slip.tab, encode({ ...slip, chunks: kept }));
      return;
    } catch {
      // No room, or storage refused: the changes alone, and then there is nothing more to be done here.
    }
  }
}

/** Copies every slip to its place. A slip that cannot be copied stays for the next time. */
export async function takeSlips(): Promise<void> {
  for (const name of names()) {
    try {
      const text = localStorage.getItem(name);
      const slip = text === null ? null : decode(text);
      if (slip) await place(slip);
      localStorage.removeItem(name);
    } catch (error) {
      console.warn(error);
    }
  }
}

function names(): string[] {
  try {
    return Object.keys(localStorage).filter((name) => name.startsWith(PREFIX));
  } catch {
    return [];
  }
}

function place(slip: Slip): Promise<void> {
  return write(["changes", "documents", "chunks"], ({ changes, documents, chunks }) => {
    for (const { doc, hash, bytes } of slip.changes) changes!.add({ who: slip.who, doc, hash, bytes, tab: slip.tab });
    for (const { doc, edition, id, bytes } of slip.chunks) {
      const known = documents!.get([slip.who, doc]);
      known.onsuccess = () => {
        if ((known.result as About | undefined)?.edition === edition) chunks!.put({ who: slip.who, doc, id, bytes });
      };
    }
  });
}

export function encode(slip: Slip): string {
  const packed = <T extends { bytes: Uint8Array }>(list: readonly T[]) => list.map((one) => ({ ...one, bytes: toBase64(one.bytes) }));
  return JSON.stringify({ ...slip, changes: packed(slip.changes), chunks: packed(slip.chunks) });
}

export function decode(text: string): Slip {
  const raw = JSON.parse(text) as { who: string; tab: string; changes: never[]; chunks: never[] };
  const opened = <T>(list: readonly (T & { bytes: string })[]) => list.map((one) => ({ ...one, bytes: fromBase64(one.bytes) }));
  return { ...raw, changes: opened(raw.changes), chunks: opened(raw.chunks) };
}
