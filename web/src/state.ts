// What the whole page shares: who is signed in, on which city, what the node last told us.

import type * as A from "@automerge/automerge/slim";
import { signal } from "@preact/signals";
import type { CircleStatus, CityView, SessionView, StatusView } from "./live/api.ts";
import { forgetPerson, isLeaving, keepSelf, keptSelf, prune, setLeaving } from "./live/answers.ts";
import { lookForNew } from "./live/edition.ts";
import { answersFrom, ask, isAway, readFor, Refusal, sentenceOf, standIns } from "./live/http.ts";
import { Live } from "./live/live.ts";
import type { Replica } from "./live/replica.ts";
import { askToKeep } from "./live/store.ts";
import { Tabs } from "./live/tabs.ts";
import { visible } from "./words/visible.ts";
import { t } from "./words/words.ts";
import { describePath } from "./documents/places.ts";
import { textOf } from "./documents/values.ts";

/** undefined: not known yet; null: nobody. */
export const session = signal<SessionView | null | undefined>(undefined);
export const status = signal<StatusView | null>(null);
export const cities = signal<readonly CityView[]>([]);
export const live = signal<Live | null>(null);
/** Counts what changed on the node: screens that show lists fetch again. */
export const documentsTick = signal(0);
export const alliancesTick = signal(0);
export const peopleTick = signal(0);
/** The last failure of a refresh in the background; shown quietly. */
export const refreshProblem = signal<string | null>(null);
/** Forms that were sent and have something to put right: the title of the window says so. */
export const formsInError = signal(0);
/** Moves once a minute, so that "hace 2 minutos" stays true. */
export const minute = signal(Date.now());
/** Sentence for screen readers; see parts/announcer. */
export const announcement = signal("");

/** This load of the page, among the tabs of the browser. */
export const tabs = new Tabs();
/** Somebody signed out while the node was away: its session there is still to be ended. */
export const leaving = signal(false);

const STATUS_EVERY_MS = 15_000;
/** On a bad line the page does not wait longer than this to show what is kept here. */
const PATIENCE_MS = 2_500;
const AGAIN_MS = 3_000;

export async function start(): Promise<void> {
  tabs.on((message) => {
    if (message.type === "session" && message.who !== (session.value?.person.person_ref ?? null)) void stillSignedIn();
  });
  await begin();
}

async function begin(): Promise<void> {
  leaving.value = await isLeaving();
  const kept = leaving.value ? null : await keptSelf();
  const answer = whoIsHere();
  answer.catch(() => {});
  try {
    const first = kept ? await Promise.race([answer, wait(PATIENCE_MS)]) : await answer;
    if (first === null) session.value = null;
    else if (first !== undefined) signedIn(first);
    else if (kept) goOn(kept.view, kept.at, answer);
  } catch (error) {
    if (kept && isAway(error)) return goOn(kept.view, kept.at, answer);
    refreshProblem.value = leaving.value ? null : sentenceOf(error);
    if (leaving.value) session.value = null;
    setTimeout(() => void begin(), AGAIN_MS);
  }
}

/** Whose page this is, as far as this browser was told the last time somebody signed in here. */
export function cityHere(): string | null {
  try {
    return localStorage.getItem("city");
  } catch {
    return null;
  }
}

function wait(ms: number): Promise<undefined> {
  return new Promise((done) => setTimeout(() => done(undefined), ms));
}

/** Asks the node. Null: nobody. A session that was left without a line is ended first. */
async function whoIsHere(): Promise<SessionView | null> {
  try {
    if (leaving.value) {
      await ask("DELETE", "/api/session");
      leaving.value = false;
      await setLeaving(false).catch(() => {});
      return null;
    }
    return await ask<SessionView>("GET", "/api/session");
  } catch (error) {
    if (!(error instanceof Refusal && error.status === 401)) throw error;
    if (leaving.value) await setLeaving(false).catch(() => {});
    leaving.value = false;
    return null;
  }
}

/** Opens with what is kept here; who this is was said by the node at `at`, and is asked again once it answers. */
function goOn(view: SessionView, at: number, answer: Promise<SessionView | null>): void {
  work(view);
  answersFrom.value = at;
  answer.then(
    (now) => (now ? signedIn(now) : (session.value = null)),
    () => {},
  );
}

export function signedIn(view: SessionView): void {
  const changed = session.value?.person.person_ref !== view.person.person_ref;
  try {
    localStorage.setItem("city", visible(view.city.name));
  } catch {
    // Storage refused: the address will have to say it.
  }
  work(view);
  refreshProblem.value = null;
  live.value?.socket.hurry();
  leaving.value = false;
  void keepSelf(view)
    .then(() => setLeaving(false))
    .then(() => prune(view.person.person_ref))
    .catch(() => {});
  void askToKeep();
  if (changed) tabs.tell({ type: "session", who: view.person.person_ref });
}

/** The page for this person, whether or not the node is there. */
function work(view: SessionView): void {
  const before = live.value;
  const who = view.person.person_ref;
  if (before && before.who !== who) void endLive();
  session.value = view;
  readFor(who);
  live.value ??= new Live(view.city.city8, who, tabs, {
    onPing: pinged,
    onTrouble: () => void stillSignedIn(),
    onLine: backOnLine,
    describe: describePath,
    title: (replica) => documentTitle(replica),
  });
  void refresh();
}

/** Leaves this browser without this person's data, save for what nobody else has yet: that is sent next time. */
export async function signOut(): Promise<void> {
  const who = session.value?.person.person_ref;
  const line = live.value;
  await line?.keeper.flush();
  // First of all: from here on nothing of this person may show, whatever happens to the rest.
  await setLeaving(true).catch(() => {});
  await endLive();
  session.value = null;
  status.value = null;
  cities.value = [];
  readFor(null);
  warmed.clear();
  if (who) await forgetPerson(who).catch(() => {});
  leaving.value = true;
  tabs.tell({ type: "session", who: null });
  try {
    await whoIsHere();
  } catch {
    setTimeout(() => void begin(), AGAIN_MS);
  }
}

async function endLive(): Promise<void> {
  const line = live.value;
  live.value = null;
  if (!line) return;
  await line.keeper.flush();
  line.stop();
}

/** The line is back: everything that was shown from this browser is asked again. */
function backOnLine(again: boolean): void {
  if (!again && answersFrom.value === null) return;
  documentsTick.value += 1;
  alliancesTick.value += 1;
  peopleTick.value += 1;
  lookForNew();
  void stillSignedIn();
  void refresh();
}

async function stillSignedIn(): Promise<void> {
  try {
    if (await isLeaving()) {
      // Signed out in another tab.
      await endLive();
      session.value = null;
      return;
    }
    const view = await ask<SessionView>("GET", "/api/session");
    if (view.person.person_ref !== live.value?.who) signedIn(view);
    else await keepSelf(view).catch(() => {});
  } catch (error) {
    // The documents stay open underneath, so that nothing typed is lost while signing in again.
    if (error instanceof Refusal && error.status === 401) session.value = null;
  }
}

export async function refresh(): Promise<void> {
  if (!session.value) return;
  const before = standIns();
  try {
    const [newStatus, newCities] = await Promise.all([
      ask<StatusView>("GET", "/api/status"),
      ask<CityView[]>("GET", "/api/cities"),
    ]);
    status.value = newStatus;
    cities.value = newCities;
    refreshProblem.value = null;
    if (standIns() === before) {
      answersFrom.value = null;
      void warm(newStatus);
    }
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) session.value = null;
    else if (!isAway(error) || live.value?.socket.line.value === "ready") refreshProblem.value = sentenceOf(error);
  }
}

const warmed = new Set<string>();

/** The lists of programmes are asked for once, so that they can be shown without a line even if nobody looked. */
async function warm(now: StatusView): Promise<void> {
  for (const { id, standing } of now.alliances) {
    const path = `/api/documents?circle=${id}&kind=programme`;
    if (standing === "joining" || warmed.has(path)) continue;
    warmed.add(path);
    await ask("GET", path).catch(() => warmed.delete(path));
  }
}

let pinging: ReturnType<typeof setTimeout> | undefined;

function pinged(what: string): void {
  if (what === "documents") documentsTick.value += 1;
  if (what === "alliances") alliancesTick.value += 1;
  if (what === "people") peopleTick.value += 1;
  // Several pings in a row need one answer.
  pinging ??= setTimeout(() => {
    pinging = undefined;
    void refresh();
  }, 250);
}

setInterval(() => {
  if (document.visibilityState === "visible" && session.value) void refresh();
}, STATUS_EVERY_MS);
setInterval(() => (minute.value = Date.now()), 30_000);

/** The short form of a city's identifier. It is not a part of the long one: cards tell both. */
export function city8Of(id: string): string | null {
  if (id.length === 16) return id;
  const own = session.value?.city;
  if (own?.city_id === id) return own.city8;
  return cities.value.find((city) => city.city_id === id)?.city8 ?? null;
}

/** Name of a city by either form of its identifier; a short code when its card has not arrived. */
export function cityName(id: string | null | undefined): string {
  if (!id) return t("city-unknown");
  const own = session.value?.city;
  const known = [...(own ? [own] : []), ...cities.value].find((city) => city.city8 === id || city.city_id === id);
  if (known && known.name !== "") return visible(known.name);
  const cityId = known?.city_id ?? id;
  for (const alliance of status.value?.alliances ?? []) {
    const member = alliance.members.find((one) => one.city_id === cityId);
    if (member && member.city !== "") return visible(member.city);
  }
  return t("city-code", { code: id.slice(0, 6) });
}

export function personName(city8: string, personRef: string): string {
  const own = session.value;
  if (own && own.city.city8 === city8 && own.person.person_ref === personRef) return visible(own.person.name);
  const city = cities.value.find((one) => one.city8 === city8);
  const name = city?.people.find((one) => one.person_ref === personRef)?.name;
  return name === undefined ? t("person-unknown") : visible(name);
}

export function myCity8(): string {
  return session.value?.city.city8 ?? "";
}

export function may(...roles: string[]): boolean {
  return session.value?.person.roles.some((role) => roles.includes(role)) ?? false;
}

export function allianceOf(circle: string): CircleStatus | null {
  return status.value?.alliances.find((one) => one.id === circle) ?? null;
}

export function documentTitle(replica: Replica): string {
  const doc = replica.doc.value as Record<string, unknown> | null;
  if (!doc) return t("document");
  const kind = textOf(doc["kind"]);
  if (kind === "programme") {
    const title = doc["title"] as Record<string, unknown> | undefined;
    return textOf(title?.["es"]) || textOf(doc["code"]) || t("programme");
  }
  if (kind === "section") return t(`section-${textOf(doc["field"])}`);
  if (kind === "contribution") return t("contribution-of", { city: cityName(textOf(doc["city"])) });
  return t("document");
}

export function announce(sentence: string): void {
  announcement.value = sentence;
}

export type Prop = A.Prop;
