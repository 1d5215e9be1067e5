// Copies of documents in this browser, so that they open without the node: for each person and document a log of
// chunks (snapshots, and the changes after them) and one record about it. Only what our node has confirmed goes in;
// what it has not is the outbox's. Chunks may be written twice and in any order by several tabs: the reader merges.

import { ofPerson, read, type Stores, write } from "./store.ts";

export interface Chunk {
  /** The hash of a change; `s:` and the heads of a snapshot. */
  id: string;
  bytes: Uint8Array;
}

export interface About {
  who: string;
  doc: string;
  circle: string;
  kind: string;
  owner: string | null;
  writable: boolean;
  /** Heads of the node that the chunks hold. */
  shared: string[];
  /** Another one whenever the copy was built anew: a tab with an older one must not add to it. */
  edition: string;
  bytes: number;
  used: number;
}

/** Together, for all persons of this browser. Copies used longest ago go first; unsent work never does. */
export const LIMIT_BYTES = 200 * 1024 * 1024;
/** A log longer than this is folded into one snapshot when there is time. */
const FOLD_CHUNKS = 400;
const FOLD_BYTES = 256 * 1024;

export async function readCopy(who: string, doc: string): Promise<{ about: About; chunks: Chunk[] } | null> {
  const about = await read<About | undefined>("documents", (store) => store.get([who, doc]));
  if (!about) return null;
  const chunks = await read<Chunk[]>("chunks", (store) => store.getAll(ofPerson(who, doc)));
  return { about, chunks };
}

/** Adds to a copy, unless it was built anew meanwhile or is gone: then nothing is written. */
export function add(stores: Stores, about: About, chunks: readonly Chunk[]): void {
  const known = stores["documents"]!.get([about.who, about.doc]);
  known.onsuccess = () => {
    const now = known.result as About | undefined;
    if (now?.edition === about.edition) put(stores, { ...about, bytes: now.bytes }, chunks);
  };
}

/**
 * Begins a copy. What another tab has begun since the edition that this tab held is joined; that edition itself is
 * replaced. `then` is told the edition to go on with.
 */
export function begin(stores: Stores, about: About, chunks: readonly Chunk[], held: string | null, then: (edition: string) => void): void {
  const known = stores["documents"]!.get([about.who, about.doc]);
  known.onsuccess = () => {
    const now = known.result as About | undefined;
    const join = now && now.edition !== held;
    if (!join) stores["chunks"]!.delete(ofPerson(about.who, about.doc));
    const edition = join ? now.edition : about.edition;
    put(stores, { ...about, edition, bytes: join ? now.bytes : 0 }, chunks);
    then(edition);
  };
}

function put({ documents, chunks: log }: Stores, about: About, chunks: readonly Chunk[]): void {
  let bytes = about.bytes;
  for (const { id, bytes: content } of chunks) {
    bytes += content.length;
    log!.put({ who: about.who, doc: about.doc, id, bytes: content });
  }
  documents!.put({ ...about, bytes });
}

/** Drops a copy; if an edition is named, only that one. */
export function dropCopy(who: string, doc: string, edition: string | null = null): Promise<void> {
  return write(["documents", "chunks"], ({ documents, chunks }) => {
    const known = documents!.get([who, doc]);
    known.onsuccess = () => {
      if (edition !== null && (known.result as About | undefined)?.edition !== edition) return;
      documents!.delete([who, doc]);
      chunks!.delete(ofPerson(who, doc));
    };
  }, false);
}

export function snapshotId(heads: readonly string[]): string {
  return `s:${[...heads].sort().join()}`;
}

/** The heads that a chunk brings. */
export function headsOf(id: string): string[] {
  if (!id.startsWith("s:")) return [id];
  return id === "s:" ? [] : id.slice(2).split(",");
}

/** Worth folding: many changes, or more of them than the snapshot they follow. */
export function isLong(chunks: number, bytes: number, snapshotBytes: number): boolean {
  return chunks > FOLD_CHUNKS || bytes - snapshotBytes > Math.max(FOLD_BYTES, snapshotBytes);
}

/** Replaces the chunks that a snapshot covers by the snapshot; others, of another tab, stay. */
export function fold(who: string, doc: string, edition: string, snapshot: Chunk, covers: (heads: string[]) => boolean): Promise<void> {
  return write(["documents", "chunks"], (stores) => {
    const known = stores["documents"]!.get([who, doc]);
    known.onsuccess = () => {
      const about = known.result as About | undefined;
      if (about?.edition !== edition) return;
      const all = stores["chunks"]!.getAll(ofPerson(who, doc));
      all.onsuccess = () => {
        let bytes = 0;
        for (const chunk of all.result as Chunk[]) {
          if (chunk.id === snapshot.id) continue;
          if (covers(headsOf(chunk.id))) stores["chunks"]!.delete([who, doc, chunk.id]);
          else bytes += chunk.bytes.length;
        }
        put(stores, { ...about, bytes }, [snapshot]);
      };
    };
  }, false);
}

export function allCopies(): Promise<About[]> {
  return read<About[]>("documents", (store) => store.getAll());
}

/** Which copies to drop so that the rest fits: those used longest ago, never one of `needed` (`who/doc`). */
export function toDrop(all: readonly About[], limit: number, needed: ReadonlySet<string>): About[] {
  let total = all.reduce((sum, one) => sum + one.bytes, 0);
  const out: About[] = [];
  for (const one of [...all].sort((a, b) => a.used - b.used)) {
    if (total <= limit) break;
    if (needed.has(`${one.who}/${one.doc}`)) continue;
    out.push(one);
    total -= one.bytes;
  }
  return out;
}

/** Makes room. Resolves with what the copies still take. */
export async function makeRoom(limit: number, needed: ReadonlySet<string>): Promise<number> {
  const all = await allCopies();
  const gone = toDrop(all, limit, needed);
  for (const one of gone) await dropCopy(one.who, one.doc);
  return all.filter((one) => !gone.includes(one)).reduce((sum, one) => sum + one.bytes, 0);
}
