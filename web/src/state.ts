// What the whole page shares: who is signed in, on which city, what the node last told us.

import type * as A from "@automerge/automerge/slim";
import { signal } from "@preact/signals";
import type { CircleStatus, CityView, SessionView, StatusView } from "./live/api.ts";
import { ask, Refusal, sentenceOf } from "./live/http.ts";
import { Live } from "./live/live.ts";
import type { Replica } from "./live/replica.ts";
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

const STATUS_EVERY_MS = 15_000;

export async function start(): Promise<void> {
  try {
    signedIn(await ask<SessionView>("GET", "/api/session"));
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) session.value = null;
    else {
      refreshProblem.value = sentenceOf(error);
      setTimeout(() => void start(), 3_000);
    }
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

export function signedIn(view: SessionView): void {
  try {
    localStorage.setItem("city", visible(view.city.name));
  } catch {
    // Storage refused: the address will have to say it.
  }
  const before = session.value;
  session.value = view;
  refreshProblem.value = null;
  if (live.value && before && before.person.person_ref !== view.person.person_ref) endLive();
  live.value?.socket.hurry();
  live.value ??= new Live(view.city.city8, view.person.person_ref, {
    onPing: pinged,
    onTrouble: () => void stillSignedIn(),
    describe: describePath,
    title: (replica) => documentTitle(replica),
  });
  void refresh();
}

export async function signOut(): Promise<void> {
  await ask("DELETE", "/api/session").catch(() => {});
  endLive();
  session.value = null;
  status.value = null;
}

function endLive(): void {
  live.value?.stop();
  live.value = null;
}

async function stillSignedIn(): Promise<void> {
  try {
    await ask<SessionView>("GET", "/api/session");
  } catch (error) {
    // The documents stay open underneath, so that nothing typed is lost while signing in again.
    if (error instanceof Refusal && error.status === 401) session.value = null;
  }
}

export async function refresh(): Promise<void> {
  if (!session.value) return;
  try {
    const [newStatus, newCities] = await Promise.all([
      ask<StatusView>("GET", "/api/status"),
      ask<CityView[]>("GET", "/api/cities"),
    ]);
    status.value = newStatus;
    cities.value = newCities;
    refreshProblem.value = null;
  } catch (error) {
    if (error instanceof Refusal && error.status === 401) session.value = null;
    else refreshProblem.value = sentenceOf(error);
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
