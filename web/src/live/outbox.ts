// What this person wrote and our node has not confirmed, kept in this browser so that it survives a reload; and the
// drafts saved from changes that were refused.

import { read, write } from "./store.ts";

export interface KeptChange {
  key: number;
  who: string;
  doc: string;
  hash: string;
  bytes: Uint8Array;
  /** The load of the page that wrote it and sends it. Absent in what version 1 kept. */
  tab?: string;
}

/** Text that could not be saved, for the person to copy. */
export interface Draft {
  key: number;
  who: string;
  doc: string;
  title: string;
  reason: string;
  at: number;
  pieces: { label: string; text: string }[];
}

export function forget(keys: readonly number[]): Promise<void> {
  if (keys.length === 0) return Promise.resolve();
  return write(["changes"], ({ changes }) => {
    for (const key of keys) changes!.delete(key);
  });
}

export function kept(who: string): Promise<KeptChange[]> {
  return read<KeptChange[]>("changes", (store) => store.index("who").getAll(who));
}

/** Takes over what a closed tab left: afterwards this tab sends it. Resolves with what nobody took before. */
export async function claim(items: readonly KeptChange[], tab: string): Promise<KeptChange[]> {
  if (items.length === 0) return [];
  return write(["changes"], ({ changes }) => {
    const taken: KeptChange[] = [];
    for (const item of items) {
      const request = changes!.get(item.key);
      request.onsuccess = () => {
        const now = request.result as KeptChange | undefined;
        if (!now || now.tab !== item.tab) return;
        changes!.put({ ...now, tab });
        taken.push({ ...now, tab });
      };
    }
    return taken;
  });
}

export async function saveDraft(draft: Omit<Draft, "key">): Promise<Draft> {
  let key = -Date.now();
  await write(["drafts"], ({ drafts }) => {
    const request = drafts!.add(draft);
    request.onsuccess = () => {
      key = request.result as number;
    };
  }).catch(() => {});
  return { ...draft, key };
}

export function dropDraft(key: number): Promise<void> {
  return write(["drafts"], ({ drafts }) => void drafts!.delete(key));
}

export function drafts(who: string): Promise<Draft[]> {
  return read<Draft[]>("drafts", (store) => store.index("who").getAll(who));
}
