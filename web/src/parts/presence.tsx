// Who else is here: by person and city, in words. Arrivals are said politely and not too often.

import { useEffect, useRef } from "preact/hooks";
import type { Other } from "../editor/rich/carets.ts";
import type { Present } from "../live/presence.ts";
import { announce, cityName, live, personName } from "../state.ts";
import { listOf, t } from "../words/words.ts";
import { useReplicas } from "./hooks.ts";

const SAY_EVERY_MS = 4_000;
const SAY_EDITS_EVERY_MS = 20_000;
/** Programmes of one list that are watched for who is in them. */
const WATCHED_MAX = 12;

export interface Here {
  key: string;
  city8: string;
  name: string;
  city: string;
  section: string | null;
}

/** Carets of others in a part of a document, each named by person and city. */
export function useCarets(doc: string, section: string): readonly Other[] {
  const line = live.value;
  const mine = line?.socket.welcome.value;
  const others: Other[] = [];
  for (const one of line?.presence.present.value ?? []) {
    if (one.doc !== doc || one.section !== section || !one.caret) continue;
    // The same person in another tab is somebody else here; this very tab is not.
    if (mine && one.city8 === mine.city8 && one.session === mine.session) continue;
    others.push({
      key: `${one.city8}/${one.session}`,
      name: t("person-of", { person: personName(one.city8, one.personRef), city: cityName(one.city8) }),
      colour: Number.parseInt(one.personRef.slice(0, 6), 16) % 6,
      places: one.caret,
    });
  }
  return others;
}

/** Says once in a while, politely, that another city has begun to write where this person writes. */
export function useWhoEdits(others: readonly Other[], cities: readonly string[], here: boolean): void {
  const known = useRef<ReadonlySet<string>>(new Set());
  const saidAt = useRef(0);
  const key = others.map((one) => one.key).join();
  useEffect(() => {
    const fresh = others.some((one) => !known.current.has(one.key));
    known.current = new Set(others.map((one) => one.key));
    if (!here || !fresh || Date.now() - saidAt.current < SAY_EDITS_EVERY_MS) return;
    saidAt.current = Date.now();
    announce(t("edits-here", { city: listOf(cities) }));
  }, [key, here]);
}

/** One line per person, wherever of these documents they are. */
export function useHere(docs: readonly string[]): Here[] {
  const line = live.value;
  const found = new Map<string, Here>();
  const mine = line?.socket.welcome.value;
  for (const one of line?.presence.present.value ?? []) {
    if (!docs.includes(one.doc) || (mine && one.city8 === mine.city8 && one.personRef === mine.personRef)) continue;
    const key = `${one.city8}/${one.personRef}`;
    const known = found.get(key);
    if (known && (known.section !== null || one.section === null)) continue;
    found.set(key, hereOf(key, one));
  }
  return [...found.values()].sort((a, b) => a.city.localeCompare(b.city) || a.name.localeCompare(b.name));
}

function hereOf(key: string, one: Present): Here {
  return { key, city8: one.city8, name: personName(one.city8, one.personRef), city: cityName(one.city8), section: one.section };
}

/** Who is in which of these documents, for lists; the documents are open meanwhile, without this person being in them. */
export function useHereIn(docs: readonly string[]): readonly (Here & { doc: string })[] {
  const watched = docs.slice(0, WATCHED_MAX);
  useReplicas(watched, false);
  const line = live.value;
  const mine = line?.socket.welcome.value;
  const found = new Map<string, Here & { doc: string }>();
  for (const one of line?.presence.present.value ?? []) {
    if (!watched.includes(one.doc) || (mine && one.city8 === mine.city8 && one.personRef === mine.personRef)) continue;
    const key = `${one.city8}/${one.personRef}`;
    found.set(`${one.doc} ${key}`, { ...hereOf(key, one), doc: one.doc });
  }
  const here = [...found.values()].sort((a, b) => a.city.localeCompare(b.city) || a.name.localeCompare(b.name));
  useSaidAloud(here, (one) => `${one.doc} ${one.key}`);
  return here;
}

/** "Ahora aquí: Ana (Tarija)", beside one document of a list. */
export function WhoIsIn({ here, doc }: { here: readonly (Here & { doc: string })[]; doc: string }) {
  const inside = here.filter((one) => one.doc === doc);
  if (inside.length === 0) return null;
  const who = listOf(inside.map((one) => t("person-of", { person: one.name, city: one.city })));
  return (
    <p class="who-is-in" data-testid={`in-${doc}`}>
      {t("who-is-in", { who, n: inside.length })}
    </p>
  );
}

/** Says who came and who left: politely, together, and not more often than every few seconds. Never where they type. */
function useSaidAloud<T extends Here>(here: readonly T[], keyOf: (one: T) => string): void {
  const said = useRef<Map<string, string> | null>(null);
  const saidAt = useRef(0);
  const key = here.map(keyOf).join();
  useEffect(() => {
    const now = new Map(here.map((one) => [keyOf(one), t("person-of", { person: one.name, city: one.city })]));
    // Who was here before this person is in the list already.
    if (!said.current) {
      said.current = now;
      saidAt.current = Date.now();
      return;
    }
    const wait = Math.max(0, SAY_EVERY_MS - (Date.now() - saidAt.current));
    const timer = setTimeout(() => {
      const before = said.current ?? new Map<string, string>();
      const came = [...now].filter(([one]) => !before.has(one)).map(([, who]) => who);
      const left = [...before].filter(([one]) => !now.has(one)).map(([, who]) => who);
      said.current = now;
      const sentences = [
        ...(came.length > 0 ? [t("here-joined", { who: listOf(came), n: came.length })] : []),
        ...(left.length > 0 ? [t("here-left", { who: listOf(left), n: left.length })] : []),
      ];
      if (sentences.length === 0) return;
      saidAt.current = Date.now();
      announce(sentences.join(" "));
    }, wait);
    return () => clearTimeout(timer);
  }, [key]);
}

export function HereNow({ here, where }: { here: readonly Here[]; where: (section: string | null) => string | null }) {
  useSaidAloud(here, (one) => one.key);
  return (
    <section class="here" aria-label={t("here-title")} data-testid="presence">
      <h2 class="here-title">{t("here-title")}</h2>
      {here.length === 0 ? (
        <p class="quiet">{t("here-alone")}</p>
      ) : (
        <ul>
          {here.map((one) => (
            <li key={one.key}>
              <strong>{one.name}</strong>, {one.city}
              {where(one.section) ? <span class="quiet"> · {where(one.section)}</span> : null}
            </li>
          ))}
        </ul>
      )}
    </section>
  );
}
