// Words of the page: one .ftl file per language, loaded when wanted. Spanish is the language of origin.

import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import { signal } from "@preact/signals";

export const LANGUAGES = { es: "Español", en: "English" } as const;
export type Language = keyof typeof LANGUAGES;

const files: Record<Language, () => Promise<{ default: string }>> = {
  es: () => import("./es.ftl?raw"),
  en: () => import("./en.ftl?raw"),
};

export const language = signal<Language>("es");
const LOCALES: Record<Language, string> = { es: "es-ES", en: "en-GB" };

/** How this language writes dates and numbers. */
export function locale(): string {
  return LOCALES[language.value];
}

const bundle = signal<FluentBundle | null>(null);

export async function speak(wanted: Language): Promise<void> {
  const words = new FluentBundle(wanted, { useIsolating: false });
  const errors = words.addResource(new FluentResource((await files[wanted]()).default));
  for (const error of errors) console.error(error);
  language.value = wanted;
  bundle.value = words;
  document.documentElement.lang = wanted;
  try {
    localStorage.setItem("language", wanted);
  } catch {
    // Storage refused: the choice lasts until the page is closed.
  }
}

/** Spanish unless this person chose otherwise in this browser. */
export function preferred(): Language {
  try {
    const kept = localStorage.getItem("language");
    if (kept && kept in LANGUAGES) return kept as Language;
  } catch {
    // As above.
  }
  return "es";
}

export type Args = Record<string, FluentVariable>;

/** The sentence of a key. An unknown key shows itself, so that it is noticed. */
export function t(key: string, args?: Args): string {
  const words = bundle.value;
  const message = words?.getMessage(key);
  if (!words || !message?.value) return key;
  return words.formatPattern(message.value, args ?? null, []);
}

export function has(key: string): boolean {
  return bundle.value?.hasMessage(key) ?? false;
}

/** "Jaén, Palencia y Tarija". */
export function listOf(items: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: "conjunction" }).format(items);
}

export function dateTime(ms: number): string {
  const date = new Date(ms);
  const today = new Date().toDateString() === date.toDateString();
  return new Intl.DateTimeFormat(
    locale(),
    today ? { hour: "2-digit", minute: "2-digit" } : { day: "numeric", month: "long", hour: "2-digit", minute: "2-digit" },
  ).format(date);
}

/** "desde las 10:42" needs the hour alone when it was today, the day as well when it was not. */
export function sinceWhen(ms: number): string {
  const today = new Date().toDateString() === new Date(ms).toDateString();
  return t(today ? "since-hour" : "since-day", { when: dateTime(ms) });
}

export function ago(ms: number, now = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - ms) / 1000));
  if (seconds < 45) return t("just-now");
  const words = new Intl.RelativeTimeFormat(locale(), { numeric: "always" });
  if (seconds < 3600) return words.format(-Math.max(1, Math.round(seconds / 60)), "minute");
  if (seconds < 86_400) return words.format(-Math.round(seconds / 3600), "hour");
  return words.format(-Math.round(seconds / 86_400), "day");
}

/** "1 de febrero de 2025" from "2025-02-01". */
export function longDate(iso: string): string {
  const date = new Date(`${iso}T12:00:00`);
  if (Number.isNaN(date.getTime())) return iso;
  return new Intl.DateTimeFormat(locale(), { dateStyle: "long" }).format(date);
}
