// What the node answered last, kept for the screens to be drawn without it, and who used this browser. Both belong to
// one person, and go when that person signs out or another one signs in.

import type { SessionView } from "./api.ts";
import { allCopies } from "./copies.ts";
import { ofPerson, read, write } from "./store.ts";

export interface Answer {
  who: string;
  path: string;
  at: number;
  text: string;
}

interface Self {
  key: "self";
  view: SessionView;
  /** When the node last said so. */
  at: number;
}

/** Without a word from the node, what is kept opens for this long; then only after signing in again. */
export const TRUSTED_MS = 7 * 24 * 3_600_000;
const MOST_ANSWERS = 200;
const LONGEST_TEXT = 4_000_000;

/** Lists and views of documents. Nothing with secrets (invitations, tokens) or about others (people) is kept. */
export function isKept(path: string): boolean {
  return /^\/api\/(status|cities)$/.test(path) || /^\/api\/documents(\?|\/[0-9a-f]{32}$)/.test(path);
}

export function keepAnswer(who: string, path: string, text: string): void {
  if (text.length > LONGEST_TEXT) return;
  write(["answers"], ({ answers }) => void answers!.put({ who, path, at: Date.now(), text } satisfies Answer), false).catch(() => {});
}

export function keptAnswer(who: string, path: string): Promise<Answer | null> {
  return read<Answer | undefined>("answers", (store) => store.get([who, path])).then((one) => one ?? null, () => null);
}

/** The answers asked longest ago go. */
export async function prune(who: string): Promise<void> {
  const all = await read<Answer[]>("answers", (store) => store.getAll(ofPerson(who)));
  const old = all.sort((a, b) => b.at - a.at).slice(MOST_ANSWERS);
  if (old.length > 0) await write(["answers"], ({ answers }) => old.forEach((one) => answers!.delete([who, one.path])), false);
}

/** This person is here, the node says. What it kept for others goes; nobody's unsent work does. */
export async function keepSelf(view: SessionView): Promise<void> {
  const who = view.person.person_ref;
  await write(["people"], ({ people }) => void people!.put({ key: "self", view, at: Date.now() } satisfies Self));
  const others = new Set((await allCopies()).map((one) => one.who));
  for (const answer of await read<[string, string][]>("answers", (store) => store.getAllKeys())) others.add(answer[0]);
  others.delete(who);
  for (const other of others) await dropKept(other);
}

/** Who may go on here without the node, if anybody may. */
export async function keptSelf(): Promise<Self | null> {
  const self = await read<Self | undefined>("people", (store) => store.get("self")).catch(() => undefined);
  return self && Date.now() - self.at < TRUSTED_MS ? self : null;
}

async function dropKept(who: string): Promise<void> {
  await write(["answers", "documents", "chunks"], ({ answers, documents, chunks }) => {
    for (const store of [answers, documents, chunks]) store!.delete(ofPerson(who));
  }, false);
}

/** At signing out. The outbox and the drafts stay: they may be the only copy of somebody's work. */
export async function forgetPerson(who: string): Promise<void> {
  await write(["people"], ({ people }) => void people!.delete("self"));
  await dropKept(who);
}

/** Signing out did not reach the node: its session must still be ended before anybody uses this page. */
export function setLeaving(leaving: boolean): Promise<void> {
  return write(["people"], ({ people }) => void (leaving ? people!.put({ key: "leaving" }) : people!.delete("leaving")));
}

export function isLeaving(): Promise<boolean> {
  return read<unknown>("people", (store) => store.get("leaving")).then((found) => found !== undefined, () => false);
}
