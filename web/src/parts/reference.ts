// Reference data of the page (see data/README.md), fetched from our own node when a screen first needs them.

import { useEffect, useState } from "preact/hooks";
import sdgCa from "../data/sdg/sdg.ca.json?url";
import sdgEn from "../data/sdg/sdg.en.json?url";
import sdgEs from "../data/sdg/sdg.es.json?url";
import sdgFr from "../data/sdg/sdg.fr.json?url";
import sectorsUrl from "../data/sectors/dac.json?url";
import { language } from "../words/words.ts";

export interface Sdg {
  goals: Record<string, string>;
  targets: Record<string, string>;
}

const SDG: Record<string, string> = { es: sdgEs, en: sdgEn, fr: sdgFr, ca: sdgCa };
const fetched = new Map<string, Promise<unknown>>();

function load<T>(url: string): Promise<T> {
  const known = fetched.get(url) ?? fetch(url).then((answer) => (answer.ok ? answer.json() : Promise.reject(new Error(String(answer.status)))));
  fetched.set(url, known);
  // Without a connection it is tried again the next time.
  known.catch(() => fetched.delete(url));
  return known as Promise<T>;
}

function useData<T>(url: string): T | null {
  const [data, setData] = useState<{ url: string; data: T } | null>(null);
  useEffect(() => {
    let on = true;
    load<T>(url).then(
      (one) => on && setData({ url, data: one }),
      () => {},
    );
    return () => {
      on = false;
    };
  }, [url]);
  return data?.url === url ? data.data : null;
}

/** Names of goals and targets; null until they are here: numbers are enough meanwhile. */
export function useSdg(): Sdg | null {
  return useData<Sdg>(SDG[language.value] ?? sdgEs);
}

export function useSectors(): ReadonlyMap<string, string> | null {
  const data = useData<Record<string, Record<string, string>>>(sectorsUrl);
  return data ? new Map(Object.entries(data).map(([code, names]) => [code, names[language.value] ?? names["es"] ?? ""])) : null;
}
