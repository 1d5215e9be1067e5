// The browser's own store (IndexedDB) and its layout. Everything in it is keyed by person: a shared computer mixes
// nobody's work. What each part of it means is told by outbox.ts, copies.ts and answers.ts.

import { signal } from "@preact/signals";

export const NAME = "alianza";
export const VERSION = 2;

/** False once this browser has refused to keep something: the page then never says "saved on this computer". */
export const canKeep = signal(true);
/** A newer edition of the page, in another tab, has changed the layout: this one can keep nothing any more. */
export const outdated = signal(false);
/** Whether the browser promised not to throw the store away by itself. Null: not asked yet, or not known. */
export const promised = signal<boolean | null>(null);

/** Version 1 held the outbox and the drafts. They are kept as they are: they may hold somebody's only copy. */
export function upgrade(db: IDBDatabase, from: number): void {
  if (from < 1) {
    db.createObjectStore("changes", { keyPath: "key", autoIncrement: true }).createIndex("who", "who");
    db.createObjectStore("drafts", { keyPath: "key", autoIncrement: true }).createIndex("who", "who");
  }
  if (from < 2) {
    db.createObjectStore("chunks", { keyPath: ["who", "doc", "id"] });
    db.createObjectStore("documents", { keyPath: ["who", "doc"] });
    db.createObjectStore("answers", { keyPath: ["who", "path"] });
    db.createObjectStore("people", { keyPath: "key" });
  }
}

let opening: Promise<IDBDatabase> | null = null;
/** Called before this tab lets go of the store for a newer edition: the last chance to write. */
let before: () => void = () => {};

export function beforeSteppingAside(work: () => void): void {
  before = work;
}

function database(): Promise<IDBDatabase> {
  if (outdated.value) return Promise.reject(new Error("outdated"));
  opening ??= new Promise<IDBDatabase>((resolve, reject) => {
    const request = indexedDB.open(NAME, VERSION);
    request.onupgradeneeded = (event) => upgrade(request.result, event.oldVersion);
    request.onsuccess = () => {
      const db = request.result;
      db.onversionchange = () => {
        before();
        // What is being written is finished before the store closes.
        outdated.value = true;
        db.close();
        opening = null;
      };
      db.onclose = () => {
        opening = null;
      };
      resolve(db);
    };
    request.onerror = () => {
      if (request.error?.name === "VersionError") outdated.value = true;
      reject(request.error ?? new Error("refused"));
    };
    // An older tab has not let go yet: it does so by itself, and then this goes on.
    request.onblocked = () => {};
  });
  opening.catch(() => {
    canKeep.value = false;
    opening = null;
  });
  return opening;
}

export type Stores = Record<string, IDBObjectStore>;

/** One transaction over some stores; resolves with what `work` returned once the browser has written it. */
export async function write<T>(names: readonly string[], work: (stores: Stores) => T, urgent = true): Promise<T> {
  try {
    const db = await database();
    const result = await new Promise<T>((resolve, reject) => {
      const tx = db.transaction(names, "readwrite", { durability: urgent ? "strict" : "relaxed" });
      let made: T;
      tx.oncomplete = () => resolve(made);
      tx.onerror = () => reject(tx.error);
      tx.onabort = () => reject(tx.error ?? new Error("aborted"));
      made = work(Object.fromEntries(names.map((name) => [name, tx.objectStore(name)])));
    });
    canKeep.value = true;
    return result;
  } catch (error) {
    canKeep.value = false;
    throw error;
  }
}

export async function read<T>(name: string, work: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  const db = await database();
  return new Promise((resolve, reject) => {
    const request = work(db.transaction(name).objectStore(name));
    request.onsuccess = () => resolve(request.result as T);
    request.onerror = () => reject(request.error);
  });
}

/** The keys of one person in a store whose keys begin with the person. */
export function ofPerson(who: string, ...more: string[]): IDBKeyRange {
  return IDBKeyRange.bound([who, ...more], [who, ...more, []]);
}

/** Asks the browser not to throw the store away when it is short of room. A refusal is told, not an alarm. */
export async function askToKeep(): Promise<void> {
  try {
    const storage = (navigator as Partial<Navigator>).storage;
    promised.value = storage?.persist ? (await storage.persisted()) || (await storage.persist()) : null;
  } catch {
    promised.value = null;
  }
}
