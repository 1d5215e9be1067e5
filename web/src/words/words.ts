// Words of the page: one .ftl file per language, loaded when wanted. Spanish is the language of origin; a language in
// preparation says in Spanish what it does not have yet, and the language menu tells so.

import { FluentBundle, FluentResource, type FluentVariable } from "@fluent/bundle";
import { signal } from "@preact/signals";
import { borrowed, forgetBorrowed } from "./borrowed.ts";
import { visible } from "./visible.ts";

export const LANGUAGES = {
  es: "Español",
  en: "English",
  ca: "Català",
  eu: "Euskara",
  fr: "Français",
  gl: "Galego",
  pt: "Português",
} as const;
export type Language = keyof typeof LANGUAGES;

/** Those that have every word (a test holds them to it). The others are in preparation. */
export const COMPLETE: readonly Language[] = ["es", "en"];

const files: Record<Language, () => Promise<{ default: string }>> = {
  es: () => import("./es.ftl?raw"),
  en: () => import("./en.ftl?raw"),
  ca: () => import("./ca.ftl?raw"),
  eu: () => import("./eu.ftl?raw"),
  fr: () => import("./fr.ftl?raw"),
  gl: () => import("./gl.ftl?raw"),
  pt: () => import("./pt.ftl?raw"),
};

export const language = signal<Language>("es");
const LOCALES: Record<Language, string> = { es: "es-ES", en: "en-GB", ca: "ca-ES", eu: "eu-ES", fr: "fr-FR", gl: "gl-ES", pt: "pt-PT" };

/** How this language writes dates and numbers. */
export function locale(): string {
  return LOCALES[language.value];
}

interface Words {
  own: FluentBundle;
  /** Spanish, for what a language in preparation lacks. */
  origin: FluentBundle | null;
}

const words = signal<Words | null>(null);
let asked: Language = "es";

async function bundleOf(wanted: Language): Promise<FluentBundle> {
  const bundle = new FluentBundle(LOCALES[wanted], { useIsolating: false });
  for (const error of bundle.addResource(new FluentResource((await files[wanted]()).default))) console.error(error);
  return bundle;
}

export async function speak(wanted: Language): Promise<void> {
  asked = wanted;
  const [own, origin] = await Promise.all([bundleOf(wanted), COMPLETE.includes(wanted) ? null : bundleOf("es")]);
  // Two choices in a row: the later one holds, whichever file arrives first.
  if (asked !== wanted) return;
  forgetBorrowed();
  language.value = wanted;
  words.value = { own, origin };
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

/**
 * The sentence of a key. An unknown key shows itself, so that it is noticed. What others wrote (names, titles) comes
 * in with its invisible characters made visible.
 */
export function t(key: string, args?: Args): string {
  const spoken = words.value;
  if (!spoken) return key;
  const own = spoken.own.hasMessage(key);
  const bundle = own ? spoken.own : spoken.origin;
  const message = bundle?.getMessage(key);
  if (!bundle || !message?.value) return key;
  const sentence = bundle.formatPattern(message.value, args ? visibleArgs(args) : null, []);
  if (!own) borrowed(sentence);
  return sentence;
}

function visibleArgs(args: Args): Args {
  const shown: Args = {};
  for (const [name, value] of Object.entries(args)) shown[name] = typeof value === "string" ? visible(value) : value;
  return shown;
}

export function has(key: string): boolean {
  const spoken = words.value;
  return spoken !== null && (spoken.own.hasMessage(key) || (spoken.origin?.hasMessage(key) ?? false));
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
