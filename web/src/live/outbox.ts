// What this person wrote and our node has not confirmed, kept in this browser so that it survives a reload; and the
// drafts saved from changes that were refused. Everything is keyed by person: a shared computer mixes nobody's work.

import { signal } from "@preact/signals";

export interface KeptChange {
  key: number;
  who: string;
  doc: string;
  hash: string;
  bytes: Uint8Array;
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

const NAME = "alianza";
const VERSION = 1;

/** False once this browser has refused to keep something: the page then never says "saved on this computer". */
export const canKeep = signal(true);

let opening: Promise<IDBDatabase> | null = null;

function database(): Promise<IDBDatabase> {
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = () => {
      const db = request.result;
      db.createObjectStore("changes", { keyPath: "key", autoIncrement: true }).createIndex("who", "who");
      db.createObjectStore("drafts", { keyPath: "key", autoIncrement: true }).createIndex("who", "who");
    };
    request.onsuccess = () => {
      // Another tab with a newer page may ask for an upgrade: step aside, keep working without.
      request.result.onversionchange = () => {
        request.result.close();
        opening = null;
      };
      resolve(request.result);
    };
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  opening.catch(() => {
    canKeep.value = false;
    opening = null;
  });
  return opening;
}

async function write(store: string, work: (store: IDBObjectStore) => void): Promise<void> {
  const db = await database();
  await new Promise<void>((resolve, reject) => {
    const tx = db.transaction(store, "readwrite", { durability: "strict" });
    tx.oncomplete = () => resolve();
    tx.onerror = () => reject(tx.error);
    tx.onabort = () => reject(tx.error);
    work(tx.objectStore(store));
  }).then(
    () => {
      canKeep.value = true;
    },
    (error) => {
      canKeep.value = false;
      throw error;
    },
  );
}

async function readAll<T>(store: string, who: string): Promise<T[]> {
  const db = await database();
  return new Promise((resolve, reject) => {
    const request = db.transaction(store).objectStore(store).index("who").getAll(who);
    request.onsuccess = () => resolve(request.result as T[]);
    request.onerror = () => reject(request.error);
  });
}

/** Keeps changes in order; resolves with their keys when the browser has written them. */
export async function keep(items: Omit<KeptChange, "key">[]): Promise<number[]> {
  const keys: number[] = [];
  await write("changes", (store) => {
    items.forEach((item, i) => {
      const request = store.add(item);
      request.onsuccess = () => {
        keys[i] = request.result as number;
      };
    });
  });
  return keys;
}

export function forget(keys: readonly number[]): Promise<void> {
  if (keys.length === 0) return Promise.resolve();
  return write("changes", (store) => {
    for (const key of keys) store.delete(key);
  });
}

export function kept(who: string): Promise<KeptChange[]> {
  return readAll<KeptChange>("changes", who);
}

export async function saveDraft(draft: Omit<Draft, "key">): Promise<Draft> {
  let key = -Date.now();
  await write("drafts", (store) => {
    const request = store.add(draft);
    request.onsuccess = () => {
      key = request.result as number;
    };
  }).catch(() => {});
  return { ...draft, key };
}

export function dropDraft(key: number): Promise<void> {
  return write("drafts", (store) => store.delete(key));
}

export function drafts(who: string): Promise<Draft[]> {
  return readAll<Draft>("drafts", who);
}
