// "Desde su última visita": what others changed, a line for each city, until the person says that it has been seen.
// Opening is not reading, and neither is scrolling: only the button marks.

import { useEffect, useState } from "preact/hooks";
import type { MarkSeen, NewsDocument, NewsHand, NewsView, SeenView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import { write } from "../route.ts";
import { announce, cityName, documentsTick, live } from "../state.ts";
import { language, listOf, locale, t } from "../words/words.ts";
import { Button, Problem } from "./basic.tsx";
import { useAction } from "./hooks.ts";

/**
 * Others' changes are asked for again this long after the first of them, and every so often in any case (texts that are
 * not open here tell nothing). Not sooner: the node reads every change since the last visit for an answer, and people
 * who type wait for it meanwhile.
 */
const LATER_MS = 10_000;
const EVERY_MS = 60_000;

export interface News {
  view: NewsView | null;
  error: string | null;
  again: () => void;
}

/** What is new in a programme and its parts; asked again when something arrives, or now and then. */
export function useNews(doc: string): News {
  const [view, setView] = useState<NewsView | null>(null);
  const [error, setError] = useState<string | null>(null);
  const [tick, setTick] = useState(0);
  const line = live.value;
  useEffect(() => {
    let on = true;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const fetchIt = () => {
      timer = undefined;
      if (document.visibilityState !== "visible") return;
      ask<NewsView>("GET", `/api/documents/${doc}/news`).then(
        (next) => on && (setView(next), setError(null)),
        (problem: unknown) => on && setError(problem instanceof Error ? problem.message : String(problem)),
      );
    };
    const later = () => {
      timer ??= setTimeout(fetchIt, LATER_MS);
    };
    fetchIt();
    const often = setInterval(fetchIt, EVERY_MS);
    const stops = (line?.replicas.value ?? []).map((one) => one.onApplied(({ local }) => !local && later()));
    document.addEventListener("visibilitychange", later);
    return () => {
      on = false;
      clearTimeout(timer);
      clearInterval(often);
      document.removeEventListener("visibilitychange", later);
      stops.forEach((stop) => stop());
    };
  }, [doc, tick, documentsTick.value, line, line?.replicas.value.length]);
  return { view, error, again: () => setTick((n) => n + 1) };
}

/** "martes, 10:42", with the date when it was longer ago than a week. */
export function visitTime(ms: number): string {
  const days = (Date.now() - ms) / 86_400_000;
  const day: Intl.DateTimeFormatOptions = days < 6 ? { weekday: "long" } : { day: "numeric", month: "long", year: "numeric" };
  return new Intl.DateTimeFormat(locale(), { ...day, hour: "2-digit", minute: "2-digit" }).format(new Date(ms));
}

export function documentName(one: { kind: string; field?: string | null | undefined; owner?: string | null | undefined }): string {
  if (one.kind === "section") return t(`section-${one.field ?? ""}`);
  if (one.kind === "contribution") return t("contribution-of", { city: cityName(one.owner) });
  return t("programme-itself");
}

/** One line for each city: "Jaén cambió 3 cantidades y 2 párrafos." */
export function linesOf(one: NewsDocument): { city: string; text: string }[] {
  const byCity = new Map<string, NewsHand[]>();
  for (const hand of one.hands) byCity.set(hand.city, [...(byCity.get(hand.city) ?? []), hand]);
  return [...byCity].map(([city, hands]) => ({ city, text: t("news-line", { city: cityName(city), what: whatOf(hands) }) }));
}

const CHANGED = ["amounts", "dates", "values", "texts", "paragraphs"] as const;

function whatOf(hands: readonly NewsHand[]): string {
  const sum = (key: keyof NewsHand) => hands.reduce((n, hand) => n + Number(hand[key]), 0);
  if (hands.some((hand) => hand.many)) return t("news-many", { n: sum("changes") });
  const counted = CHANGED.filter((key) => sum(key) > 0).map((key) => t(`news-${key}`, { n: sum(key) }));
  const clauses = counted.length > 0 ? [t("news-changed", { what: listOf(counted) })] : [];
  if (sum("added") > 0) clauses.push(t("news-added", { n: sum("added") }));
  if (sum("removed") > 0) clauses.push(t("news-removed", { n: sum("removed") }));
  return listOf(clauses);
}

/** Documents with something new in them. */
export function changed(view: NewsView | null): NewsDocument[] {
  return view && !view.first ? view.documents.filter((one) => one.hands.length > 0) : [];
}

export function newsSentence(view: NewsView): string {
  if (view.first) return t("news-first");
  const when = visitTime(view.seen_ms ?? 0);
  return changed(view).length === 0 ? t("news-none", { when }) : t("news-since", { when });
}

/** The button that marks exactly what was told as seen. */
export function MarkSeenButton({ view, onDone, kind = "plain" }: { view: NewsView; onDone: () => void; kind?: "plain" | "quiet" }) {
  const { busy, error, run } = useAction();
  const mark = () =>
    run(async () => {
      const documents = Object.fromEntries(view.documents.filter((one) => one.heads.length <= 64).map((one) => [one.doc, one.heads]));
      await ask<SeenView>("PUT", "/api/seen", { documents } satisfies MarkSeen);
      onDone();
      announce(t("seen-done"));
    });
  return (
    <>
      <Button kind={kind} busy={busy} onClick={() => void mark()} testid="mark-seen">
        {t(view.first ? "mark-seen-first" : "mark-seen")}
      </Button>
      <Problem>{error}</Problem>
    </>
  );
}

interface NewsBlockProps {
  circle: string;
  doc: string;
  level?: "h2" | "h3";
  onlyNew?: boolean;
  /** Told whether there is something new, when that changes. */
  onNews?: (doc: string, isNew: boolean) => void;
}

/** The short form, for the programme and for lists of programmes. */
export function NewsBlock({ circle, doc, level: Heading = "h2", onlyNew, onNews }: NewsBlockProps) {
  const { view, again } = useNews(doc);
  void language.value;
  const documents = changed(view);
  const isNew = documents.length > 0;
  useEffect(() => onNews?.(doc, isNew), [doc, isNew]);
  if (!view) return null;
  const to = write({ screen: "history", circle, doc });
  if (view.first || !isNew) {
    if (onlyNew) return null;
    return (
      <div class="news news-quiet" data-testid="news">
        <p class="quiet">{view.first ? t("news-first-short") : newsSentence(view)}</p>
        {view.first ? <MarkSeenButton view={view} onDone={again} kind="quiet" /> : null}
      </div>
    );
  }
  return (
    <section class="news" data-testid="news" aria-label={t("news-title")}>
      <Heading class="news-title">{newsSentence(view)}</Heading>
      <ul>
        {documents.map((one) => (
          <li key={one.doc}>
            <strong>{documentName(one)}</strong>
            {linesOf(one).map((line) => (
              <p key={line.city}>{line.text}</p>
            ))}
            <a class="news-link" href={`${to}#visita-${one.doc}`} aria-label={t("see-changes-of", { name: documentName(one) })}>
              {t("see-changes")}
            </a>
          </li>
        ))}
      </ul>
      <MarkSeenButton view={view} onDone={again} />
    </section>
  );
}
