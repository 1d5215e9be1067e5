// The history of a programme with its texts and contributions: by day and city, who changed what, as a difference one
// can read; any version to look at; and what was, brought back as a new change.

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { mapOf, textOf } from "../documents/values.ts";
import { type Change, changesBetween, holds } from "../history/changes.ts";
import { DifferenceList, nameOf } from "../history/difference.tsx";
import type { Place } from "../history/labels.ts";
import { NotOurs } from "../history/not-ours.tsx";
import { RestoreDialog, type Wish } from "../history/restore-dialog.tsx";
import { Version } from "../history/version.tsx";
import type { HistoryGroup, HistoryHand, TimelineView } from "../live/api.ts";
import { ask, sentenceOf } from "../live/http.ts";
import type { Replica } from "../live/replica.ts";
import { Button, Problem, Select, Title } from "../parts/basic.tsx";
import { useReplica, useReplicas } from "../parts/hooks.ts";
import { changed, documentName, linesOf, MarkSeenButton, type News, newsSentence, useNews } from "../parts/news.tsx";
import { SaveBar } from "../parts/savebar.tsx";
import { route, write } from "../route.ts";
import { cityName, documentsTick } from "../state.ts";
import { visible } from "../words/visible.ts";
import { language, listOf, locale, t } from "../words/words.ts";

export function HistoryScreen() {
  const here = route.value;
  return here.screen === "history" ? <History key={here.doc} circle={here.circle} id={here.doc} /> : null;
}

function History({ circle, id }: { circle: string; id: string }) {
  const replica = useReplica(id, false);
  const news = useNews(id);
  const [version, setVersion] = useState<HistoryGroup | null>(null);
  const [wish, setWish] = useState<Wish | null>(null);
  const back = useRef<HTMLElement | null>(null);
  // What was brought back is on its way to the others: it stays open until this screen is left, and the bar says where it is.
  const [touched, setTouched] = useState<readonly string[]>([]);
  const onTheirWay = useReplicas(touched, false);
  void language.value;
  const programme = replica?.doc.value ?? null;
  const title = textOf(mapOf(mapOf(programme)["title"])["es"]) || textOf(mapOf(programme)["code"]) || t("programme");
  const show = (group: HistoryGroup | null) => {
    if (group) back.current = document.activeElement as HTMLElement | null;
    setVersion(group);
    scrollTo(0, 0);
    if (!group) setTimeout(() => back.current?.focus(), 0);
  };
  const done = (one: Wish) => {
    setTouched((now) => [...new Set([...now, one.replica.id])]);
    setWish(null);
    if (version) show(null);
  };
  const above = <a href={write({ screen: "programme", circle, doc: id, part: "identity" })}>{visible(title)}</a>;
  return (
    <div class="page history">
      <div hidden={version !== null}>
        <Title above={above}>{t("history-title")}</Title>
        <p class="lead">{t("history-lead")}</p>
        <Visit news={news} programme={programme} />
        <Timeline id={id} news={news} programme={programme} onVersion={show} onWish={setWish} />
      </div>
      {version ? <Version group={version} programme={programme} onBack={() => show(null)} onWish={setWish} /> : null}
      {wish ? <RestoreDialog wish={wish} onClose={() => setWish(null)} onDone={() => done(wish)} /> : null}
      {onTheirWay.length > 0 && !version ? <SaveBar replicas={onTheirWay} /> : null}
    </div>
  );
}

/** What is new to this person, with its differences. */
function Visit({ news, programme }: { news: News; programme: unknown }) {
  const view = news.view;
  const documents = changed(view);
  return (
    <section aria-labelledby="visit-title" class="history-visit" data-testid="visit">
      <h2 id="visit-title">{t("news-title")}</h2>
      <Problem>{news.error}</Problem>
      {view ? <p data-testid="visit-sentence">{newsSentence(view)}</p> : <p class="quiet">{t("opening")}</p>}
      <ul class="history-list">
        {documents.map((one) => (
          <Opening
            key={one.doc}
            id={`visita-${one.doc}`}
            head={
              <>
                <strong>{documentName(one)}</strong>
                {linesOf(one).map((line) => (
                  <span class="history-line" key={line.city}>
                    {line.text}
                  </span>
                ))}
              </>
            }
            label={t("see-changes-of", { name: documentName(one) })}
          >
            {() => (
              <Difference doc={one.doc} before={one.seen} after={one.heads} hands={one.hands} programme={programme} kind={one.kind} field={one.field} />
            )}
          </Opening>
        ))}
      </ul>
      {view && (view.first || documents.length > 0) ? <MarkSeenButton view={view} onDone={news.again} /> : null}
    </section>
  );
}

interface TimelineProps {
  id: string;
  news: News;
  programme: unknown;
  onVersion: (group: HistoryGroup) => void;
  onWish: (wish: Wish) => void;
}

function Timeline({ id, news, programme, onVersion, onWish }: TimelineProps) {
  const [only, setOnly] = useState("");
  const { groups, older, error, busy, more } = useTimeline(id, only, news);
  const days = useMemo(() => byDay(groups), [groups, language.value]);
  return (
    <section aria-labelledby="timeline-title" data-testid="timeline">
      <h2 id="timeline-title">{t("timeline-title")}</h2>
      <Select
        label={t("history-of")}
        value={only}
        onChange={setOnly}
        options={[["", t("history-of-all")], ...(news.view?.documents ?? []).map((one) => [one.doc, documentName(one)] as const)]}
        testid="history-of"
      />
      <Problem>{error}</Problem>
      {days.map(([day, list]) => (
        <section key={`${day} ${list[0]?.id}`}>
          <h3 class="history-day">{day}</h3>
          <ul class="history-list">
            {list.map((group) => (
              <Opening
                key={`${group.doc} ${group.id}`}
                id={`grupo-${group.doc}-${group.id.slice(0, 12)}`}
                head={<GroupHead group={group} />}
                label={t("see-group", { who: whoOf(group.hands), name: documentName(group), when: hours(group) })}
              >
                {() => <Group group={group} programme={programme} onVersion={() => onVersion(group)} onWish={onWish} />}
              </Opening>
            ))}
          </ul>
        </section>
      ))}
      {older ? (
        <Button busy={busy} onClick={more} testid="older">
          {t("history-older")}
        </Button>
      ) : groups.length > 0 ? (
        <p class="quiet">{t("history-beginning")}</p>
      ) : null}
    </section>
  );
}

/** The pages of the history that were asked for; the first again when something changes. */
function useTimeline(id: string, only: string, news: News) {
  const [pages, setPages] = useState<TimelineView[]>([]);
  const [error, setError] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const of = useRef(only);
  const heads = news.view?.documents.map((one) => one.heads.join()).join() ?? "";
  const zone = -new Date().getTimezoneOffset();
  const fetchPage = (before: string | null) =>
    ask<TimelineView>("GET", `/api/documents/${only || id}/timeline?parts=${only === ""}&limit=40&zone=${zone}${before ? `&before=${encodeURIComponent(before)}` : ""}`);
  useEffect(() => {
    let on = true;
    fetchPage(null).then(
      // What was older stays: groups keep their names when newer ones come.
      (first) => on && (setPages((now) => (now.length < 2 || of.current !== only ? [first] : [first, ...now.slice(1)])), (of.current = only), setError(null)),
      (problem: unknown) => on && setError(sentenceOf(problem)),
    );
    return () => {
      on = false;
    };
  }, [id, only, documentsTick.value, heads]);
  const groups = useMemo(() => {
    const seen = new Set<string>();
    return pages.flatMap((page) => page.groups).filter((one) => !seen.has(one.doc + one.id) && seen.add(one.doc + one.id));
  }, [pages]);
  const older = pages.at(-1)?.older ?? null;
  const more = () => {
    setBusy(true);
    fetchPage(older)
      .then(
        (page) => setPages((now) => [...now, page]),
        (problem: unknown) => setError(sentenceOf(problem)),
      )
      .finally(() => setBusy(false));
  };
  return { groups, older, error, busy, more };
}

function byDay(groups: readonly HistoryGroup[]): [string, HistoryGroup[]][] {
  const days: [string, HistoryGroup[]][] = [];
  for (const group of groups) {
    const day = dayOf(group.to_ms);
    const last = days.at(-1);
    if (last?.[0] === day) last[1].push(group);
    else days.push([day, [group]]);
  }
  return days;
}

function dayOf(ms: number): string {
  return ms === 0 ? t("day-unknown") : new Intl.DateTimeFormat(locale(), { dateStyle: "full" }).format(new Date(ms));
}

function hours(group: HistoryGroup): string {
  if (group.to_ms === 0) return "";
  const hour = (ms: number) => new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit" }).format(new Date(ms));
  const [from, to] = [hour(group.from_ms), hour(group.to_ms)];
  return from === to ? from : `${from}–${to}`;
}

function whoOf(hands: readonly HistoryHand[]): string {
  return listOf(hands.map((hand) => t("person-of", { person: nameOf(hand), city: cityName(hand.city) })));
}

function GroupHead({ group }: { group: HistoryGroup }) {
  const cities = listOf([...new Set(group.hands.map((hand) => cityName(hand.city)))]);
  const people = listOf([...new Set(group.hands.map(nameOf))]);
  return (
    <>
      <strong class="history-city">{cities}</strong> <span>{people}</span>
      <span class="history-line">
        {documentName(group)} · <span class="tabular">{hours(group)}</span> · {t("changes-count", { n: group.changes })}
        {group.before.length === 0 ? ` · ${t("document-made")}` : ""}
        {group.hands.length > 1 ? ` · ${t("wrote-at-once")}` : ""}
      </span>
    </>
  );
}

/** A line with a button that opens what is under it. */
function Opening({ id, head, label, children }: { id: string; head: preact.ComponentChildren; label: string; children: () => preact.ComponentChildren }) {
  const [open, setOpen] = useState(() => decodeURIComponent(location.hash.slice(1)) === id);
  return (
    <li class="history-item" id={id} tabIndex={-1}>
      <div class="history-head">
        <p>{head}</p>
        <button type="button" class="button button-quiet" aria-expanded={open} aria-label={`${t(open ? "hide-changes" : "see-changes")}: ${label}`} onClick={() => setOpen(!open)} data-testid="open-changes">
          {t(open ? "hide-changes" : "see-changes")}
        </button>
      </div>
      {open ? <div class="history-body">{children()}</div> : null}
    </li>
  );
}

function Group({ group, programme, onVersion, onWish }: { group: HistoryGroup; programme: unknown; onVersion: () => void; onWish: (wish: Wish) => void }) {
  const ask = (places: Change["path"][] | null, replica: Replica) =>
    onWish({ replica, version: group.before, places, programme, kind: group.kind, field: group.field ?? null, when: group.from_ms });
  return (
    <>
      <Difference
        doc={group.doc}
        before={group.before}
        after={group.after}
        hands={group.hands}
        programme={programme}
        kind={group.kind}
        field={group.field}
        owner={group.owner ?? null}
        onRestore={group.before.length === 0 ? undefined : (replica, change) => ask([change.path], replica)}
        onAll={group.before.length === 0 ? undefined : (replica, changes) => ask(changes.map((one) => one.path), replica)}
      />
      <Button kind="quiet" onClick={onVersion} testid="see-version">
        {t("see-version", { name: documentName(group) })}
      </Button>
    </>
  );
}

interface DifferenceProps {
  doc: string;
  before: readonly string[];
  after: readonly string[];
  hands: readonly HistoryHand[];
  programme: unknown;
  kind: string;
  field?: string | null | undefined;
  owner?: string | null | undefined;
  onRestore?: ((replica: Replica, change: Change) => void) | undefined;
  onAll?: ((replica: Replica, changes: readonly Change[]) => void) | undefined;
}

/** The difference between two versions, from the live copy of the document. */
function Difference({ doc, before, after, hands, programme, kind, field, owner, onRestore, onAll }: DifferenceProps) {
  const replica = useReplica(doc, false);
  const now = replica?.doc.value;
  const ready = holds(now, before) && holds(now, after);
  const key = `${before.join()} ${after.join()}`;
  const changes = useMemo(() => (ready && now ? changesBetween(now, before, after) : null), [replica, ready, key]);
  if (replica?.problem.value) return <Problem>{replica.problem.value.message}</Problem>;
  if (!replica || !changes) return <p class="quiet">{t("opening")}</p>;
  const place: Place = { doc: now, kind, programme, field };
  const writable = replica.writable.value;
  return (
    <>
      <DifferenceList changes={changes} place={place} replica={replica} after={after} hands={hands} onRestore={writable && onRestore ? (change) => onRestore(replica, change) : undefined} />
      {onAll && writable && changes.length > 1 ? (
        <Button onClick={() => onAll(replica, changes)} testid="restore-group">
          {t("restore-group")}
        </Button>
      ) : null}
      {!writable && owner !== undefined ? <NotOurs owner={owner} /> : null}
    </>
  );
}
