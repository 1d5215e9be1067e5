// Inicio: the alliances of the city, the partners in sentences, and how to begin.

import { useState } from "preact/hooks";
import type { CircleStatus, DocumentSummary, MemberStatus } from "../live/api.ts";
import { ask } from "../live/http.ts";
import { Button, Empty, Input, Title } from "../parts/basic.tsx";
import { ErrorSummary, useChecks } from "../parts/form.tsx";
import { useAction, useFetched } from "../parts/hooks.ts";
import { NewsBlock } from "../parts/news.tsx";
import { go, write } from "../route.ts";
import { announce, documentsTick, may, minute, refresh, session, status } from "../state.ts";
import { visible } from "../words/visible.ts";
import { ago, language, sinceWhen, t } from "../words/words.ts";

/** Programmes shown whether or not there is something new in them. */
const ALWAYS_SHOWN = 3;
/** Programmes whose news are asked for here; the node reads every new change for an answer. */
const ASKED = 12;

export function HomeScreen() {
  const now = status.value;
  const name = session.value?.person.name ?? "";
  const hour = new Date(minute.value).getHours();
  const greeting = hour < 6 || hour >= 20 ? "greeting-night" : hour < 14 ? "greeting-morning" : "greeting-afternoon";
  return (
    <div class="page">
      <Title above={t(greeting, { name })}>{t("nav-home")}</Title>
      {now === null ? <p class="quiet">{t("opening")}</p> : null}
      {now && now.alliances.length === 0 ? (
        <Empty title={t("home-empty")}>
          <p>{t("home-empty-text")}</p>
        </Empty>
      ) : null}
      {now?.alliances.map((alliance) => <AllianceBlock key={alliance.id} alliance={alliance} />)}
      {now && now.damaged.length > 0 ? <p class="problem">{t("home-damaged", { n: now.damaged.length })}</p> : null}
      {may("node_admin", "coop_officer") ? (
        <div class="two">
          <NewAllianceForm />
          <JoinForm />
        </div>
      ) : null}
    </div>
  );
}

function AllianceBlock({ alliance }: { alliance: CircleStatus }) {
  const partners = alliance.members.filter((member) => !member.is_self);
  return (
    <section class="alliance-block" data-testid={`alliance-${alliance.name}`}>
      <div class="block-head">
        <h2>
          <a href={write({ screen: "alliance", circle: alliance.id })}>{visible(alliance.name)}</a>
        </h2>
        <p class="quiet">{standingSentence(alliance)}</p>
      </div>
      {alliance.standing === "active" ? <AllianceNews circle={alliance.id} /> : null}
      {partners.length === 0 && alliance.standing === "active" ? <p>{t("alliance-alone")}</p> : <PartnerList members={partners} />}
    </section>
  );
}

/** Its programmes: the first few and every one with something new. The rest is on the alliance's own page. */
function AllianceNews({ circle }: { circle: string }) {
  const list = useFetched(
    () => ask<DocumentSummary[]>("GET", `/api/documents?circle=${circle}&kind=programme`),
    [circle, documentsTick.value],
  );
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const tell = (doc: string, isNew: boolean) =>
    setFresh((before) => (before.has(doc) === isNew ? before : new Set([...before, doc].filter((one) => isNew || one !== doc))));
  const all = [...(list.data ?? [])].sort((a, b) => a.title.localeCompare(b.title, language.value) || a.id.localeCompare(b.id));
  const asked = all.slice(0, ASKED);
  const shown = (one: DocumentSummary, at: number) => at < ALWAYS_SHOWN || fresh.has(one.id);
  const left = all.length - asked.filter(shown).length;
  const to = write({ screen: "alliance", circle });
  return (
    <>
      <ul class="programmes">
        {asked.map((one, at) => (
          <li key={one.id} hidden={!shown(one, at)}>
            <a href={write({ screen: "programme", circle, doc: one.id, part: "identity" })}>{one.title ? visible(one.title) : t("untitled")}</a>
            <NewsBlock circle={circle} doc={one.id} level="h3" onlyNew onNews={tell} />
          </li>
        ))}
      </ul>
      {left > 0 ? (
        <p>
          <a href={to}>{t("home-more-programmes", { n: left })}</a>
        </p>
      ) : null}
    </>
  );
}

export function standingSentence(alliance: CircleStatus): string {
  if (alliance.standing === "active") return t("alliance-cities", { n: alliance.members.length });
  return t(`standing-${alliance.standing}`);
}

/** What each partner has of ours, in sentences. */
export function PartnerList({ members }: { members: readonly MemberStatus[] }) {
  // Who lacks something or is away comes first: that is what one looks for.
  const ordered = [...members].sort(
    (a, b) => Number(a.connected) - Number(b.connected) || b.entries_they_lack - a.entries_they_lack || a.city.localeCompare(b.city),
  );
  return (
    <ul class="partners">
      {ordered.map((member) => (
        <li key={member.city_id} class={member.connected ? "partner" : "partner partner-away"} data-testid={`partner-${member.city}`}>
          <span class="partner-mark" aria-hidden="true" />
          <p>
            <Sentence text={partnerSentence(member, minute.value)} name={visible(member.city)} />
          </p>
          <span class="quiet">{t(`role-${member.role}`)}</span>
        </li>
      ))}
    </ul>
  );
}

/** The sentence with the name of its city set off. */
function Sentence({ text, name }: { text: string; name: string }) {
  const at = text.indexOf(name);
  if (name === "" || at < 0) return <>{text}</>;
  return (
    <>
      {text.slice(0, at)}
      <strong class="city-name">{name}</strong>
      {text.slice(at + name.length)}
    </>
  );
}

export function partnerSentence(member: MemberStatus, now: number): string {
  const city = visible(member.city);
  const lack = member.entries_they_lack;
  const parts: string[] = [];
  const last = member.last_contact_ms ?? null;
  if (member.connected) {
    parts.push(lack === 0 ? t("partner-has-all", { city }) : t("partner-receiving", { city, n: lack }));
    if (last !== null) parts.push(t("partner-last", { when: ago(last, Math.max(now, Date.now())) }));
  } else if (last === null) {
    parts.push(lack === 0 ? t("partner-never", { city }) : t("partner-never-lacks", { city, n: lack }));
  } else {
    const since = sinceWhen(last);
    parts.push(lack === 0 ? t("partner-away", { city, since }) : t("partner-away-lacks", { city, since, n: lack }));
  }
  if (member.entries_we_lack > 0) parts.push(t("partner-we-lack", { n: member.entries_we_lack }));
  return parts.join(" ");
}

function NewAllianceForm() {
  const [name, setName] = useState("");
  const { busy, error, run, clear } = useAction();
  const checks = useChecks();
  const submit = (event: Event) => {
    event.preventDefault();
    clear();
    if (!checks.pass({ "new-alliance-name": name.trim() === "" && t("write-alliance-name") })) return;
    void run(async () => {
      const made = await ask<CircleStatus>("POST", "/api/alliances", { name: name.trim() });
      await refresh();
      go({ screen: "alliance", circle: made.id });
    });
  };
  return (
    <form class="sheet" onSubmit={submit} data-testid="new-alliance" noValidate>
      <h2>{t("new-alliance")}</h2>
      <p class="quiet">{t("new-alliance-text")}</p>
      <ErrorSummary error={error} wrong={checks.wrong} />
      <Input label={t("alliance-name")} value={name} onInput={setName} required testid="alliance-name" id="new-alliance-name" error={checks.errorOf("new-alliance-name")} />
      <Button type="submit" busy={busy} testid="new-alliance-button">
        {t("new-alliance-button")}
      </Button>
    </form>
  );
}

function JoinForm() {
  const [link, setLink] = useState("");
  const { busy, error, run, clear } = useAction();
  const checks = useChecks();
  const submit = (event: Event) => {
    event.preventDefault();
    clear();
    if (!checks.pass({ "join-link": link.trim() === "" && t("write-join-link") })) return;
    void run(async () => {
      const joined = await ask<CircleStatus>("POST", "/api/join", { link: link.trim() });
      setLink("");
      await refresh();
      announce(t("join-done"));
      go({ screen: "alliance", circle: joined.id });
    });
  };
  return (
    <form class="sheet" onSubmit={submit} data-testid="join" noValidate>
      <h2>{t("join")}</h2>
      <p class="quiet">{t("join-text")}</p>
      <ErrorSummary error={error} wrong={checks.wrong} />
      <Input label={t("join-link")} value={link} onInput={setLink} required mono testid="join-link" id="join-link" error={checks.errorOf("join-link")} />
      <Button type="submit" busy={busy} testid="join-button">
        {t("join-button")}
      </Button>
    </form>
  );
}
