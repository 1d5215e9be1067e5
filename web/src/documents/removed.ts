// Taken out by one city while another changed it (domain.md §3.5): found from the history of the document, for a
// person to decide whether it comes back.

import * as A from "@automerge/automerge/slim";
import type { Doc } from "../live/replica.ts";
import { mapOf } from "./values.ts";

export interface ChangedAfter {
  collection: string;
  id: string;
  /** Who changed it, and when, as far as the history tells. */
  city8: string;
  time: number | null;
}

/** Beyond this many changes the history is not read through: the list of what was taken out is there all the same. */
const HISTORY_MAX = 20_000;

/** Items that are taken out although somebody who did not know of it (or came later) changed them. */
export function changedAfterRemoval(doc: Doc, collections: readonly string[]): ChangedAfter[] {
  const gone = collections.flatMap((collection) =>
    Object.entries(mapOf((doc as Record<string, unknown>)[collection])).flatMap(([id, item]) => (mapOf(item)["deleted"] === true ? [{ collection, id, object: A.getObjectId(item as A.Doc<unknown>) }] : [])),
  );
  if (gone.length === 0) return [];
  const metas = A.getChangesMetaSince(doc, []);
  if (metas.length > HISTORY_MAX) return [];
  const removals = new Map<string, string>();
  const waiting = new Set(gone.flatMap((one) => (one.object ? [one.object] : [])));
  // The latest removal of each counts: what was brought back and taken out again was seen.
  for (let i = metas.length - 1; i >= 0 && waiting.size > 0; i--) {
    const hash = metas[i]?.hash;
    const change = hash ? A.inspectChange(doc, hash) : null;
    for (const op of change?.ops ?? []) {
      const { obj, key, value } = op as { obj?: string; key?: string; value?: unknown };
      if (key !== "deleted" || value !== true || !obj || !waiting.has(obj)) continue;
      waiting.delete(obj);
      removals.set(obj, hash as string);
    }
  }
  return gone.flatMap(({ collection, id, object }) => {
    const removal = object ? removals.get(object) : undefined;
    if (!removal) return [];
    const touched = A.diff(doc, [removal], A.getHeads(doc)).some(
      ({ path }) => path[0] === collection && path[1] === id && path.length > 2 && path[2] !== "pos" && path[2] !== "deleted",
    );
    if (!touched) return [];
    const later = A.getChangesMetaSince(doc, [removal]).filter((one) => one.hash !== removal && touches(doc, one.hash, object as string, collection, id));
    const last = later.reduce<(typeof later)[number] | null>((a, b) => (a && a.time > b.time ? a : b), null);
    if (!last) return [];
    const time = last.time > 100_000_000_000 ? last.time : last.time * 1000;
    return [{ collection, id, city8: last.actor.slice(0, 16), time: time === 0 ? null : time }];
  });
}

/** Whether a change wrote into an item: into its own fields, its texts or its maps. */
function touches(doc: Doc, hash: string, object: string, collection: string, id: string): boolean {
  const item = mapOf(mapOf((doc as Record<string, unknown>)[collection])[id]);
  const inside = new Set([object]);
  for (const key of Object.keys(item)) {
    const inner = item[key];
    const of = inner !== null && typeof inner === "object" ? A.getObjectId(inner as A.Doc<unknown>) : A.getObjectId(item as A.Doc<unknown>, key);
    if (of) inside.add(of);
  }
  return (A.inspectChange(doc, hash)?.ops ?? []).some((op) => {
    const { obj, key } = op as { obj?: string; key?: string };
    return obj !== undefined && inside.has(obj) && !(obj === object && (key === "deleted" || key === "pos"));
  });
}
