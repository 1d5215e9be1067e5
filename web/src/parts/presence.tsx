// Who else is here: by person and city, in words. Arrivals are said politely and not too often.

import { useEffect, useRef } from "preact/hooks";
import type { Other } from "../editor/rich/carets.ts";
import type { Present } from "../live/live.ts";
import { announce, cityName, live, personName } from "../state.ts";
import { listOf, t } from "../words/words.ts";

const SAY_EVERY_MS = 4_000;
const SAY_EDITS_EVERY_MS = 20_000;

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
  for (const one of line?.present.value ?? []) {
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
  for (const one of line?.present.value ?? []) {
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

export function HereNow({ here, where }: { here: readonly Here[]; where: (section: string | null) => string | null }) {
  const before = useRef<Set<string> | null>(null);
  const saidAt = useRef(0);
  useEffect(() => {
    const now = new Set(here.map((one) => one.key));
    const fresh = here.filter((one) => before.current && !before.current.has(one.key));
    before.current = now;
    if (fresh.length === 0 || Date.now() - saidAt.current < SAY_EVERY_MS) return;
    saidAt.current = Date.now();
    announce(t("here-joined", { who: listOf(fresh.map((one) => t("person-of", { person: one.name, city: one.city }))), n: fresh.length }));
  }, [here.map((one) => one.key).join()]);
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
