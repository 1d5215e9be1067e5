// One alliance: its programmes, its cities, its invitations.

import { useState } from "preact/hooks";
import type { CircleStatus, DocumentSummary, DocumentView, InvitationView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import { Button, Copyable, Dialog, Empty, FormDialog, Input, Problem, Select, Title } from "../parts/basic.tsx";
import { useChecks } from "../parts/form.tsx";
import { useAction, useFetched } from "../parts/hooks.ts";
import { NewsBlock } from "../parts/news.tsx";
import { useHereIn, WhoIsIn } from "../parts/presence.tsx";
import { go, write } from "../route.ts";
import { alliancesTick, allianceOf, announce, documentsTick, may, refresh, session, status } from "../state.ts";
import { visible } from "../words/visible.ts";
import { dateTime, t } from "../words/words.ts";
import { PartnerList, standingSentence } from "./home.tsx";

export function AllianceScreen({ circle }: { circle: string }) {
  const alliance = allianceOf(circle);
  if (!alliance) {
    return (
      <div class="page">
        <Title>{t("alliance")}</Title>
        {status.value === null ? (
          <p class="quiet">{t("opening")}</p>
        ) : (
          <>
            <p class="lead">{t("alliance-missing")}</p>
            <p>{t("alliance-missing-text")}</p>
            <p>
              <a href="/">{t("back-home")}</a>
            </p>
          </>
        )}
      </div>
    );
  }
  const joining = alliance.standing === "joining";
  return (
    <div class="page">
      <Title above={<a href="/">{t("nav-home")}</a>}>{visible(alliance.name)}</Title>
      <p class="lead">{standingSentence(alliance)}</p>
      {alliance.standing === "active" && may("node_admin", "coop_officer") ? <FirstSteps alliance={alliance} /> : null}
      {joining ? <p class="notice">{t("joining-text")}</p> : <Programmes circle={circle} />}
      <section aria-labelledby="cities-title">
        <h2 id="cities-title">{t("cities-title")}</h2>
        {alliance.members.length > 1 ? (
          <PartnerList members={alliance.members.filter((member) => !member.is_self)} />
        ) : (
          <p class="quiet">{t("alliance-alone")}</p>
        )}
      </section>
      {!joining && may("node_admin", "coop_officer") ? <Invitations alliance={alliance} /> : null}
      {alliance.standing === "active" && may("node_admin") ? <Leave alliance={alliance} /> : null}
    </div>
  );
}

/** Until there are two cities and a programme: what to do first, and what is done of it. */
function FirstSteps({ alliance }: { alliance: CircleStatus }) {
  const when = [alliance.id, documentsTick.value, alliancesTick.value, status.value];
  const programmes = useFetched(() => ask<DocumentSummary[]>("GET", `/api/documents?circle=${alliance.id}&kind=programme`), when);
  const invitations = useFetched(() => ask<InvitationView[]>("GET", `/api/alliances/${alliance.id}/invitations`), when);
  if (programmes.data === null || invitations.data === null) return null;
  const together = alliance.members.length > 1;
  const steps = [
    ["invite", together || invitations.data.some((one) => one.state === "live" || one.state === "accepted")],
    ["admit", together],
    ["programme", programmes.data.length > 0],
  ] as const;
  if (steps.every(([, done]) => done)) return null;
  const next = steps.find(([, done]) => !done)?.[0];
  return (
    <section aria-labelledby="first-steps" data-testid="first-steps">
      <h2 id="first-steps">{t("first-steps")}</h2>
      <ol class="steps">
        {steps.map(([step, done]) => (
          <li key={step} class={done ? "step step-done" : "step"} aria-current={step === next ? "step" : undefined}>
            <p class="step-title">
              {t(`step-${step}`)} {done ? <span class="step-state">{t("step-done")}</span> : null}
            </p>
            {done ? null : <p class="quiet">{t(`step-${step}-text`)}</p>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Programmes({ circle }: { circle: string }) {
  const list = useFetched(
    () => ask<DocumentSummary[]>("GET", `/api/documents?circle=${circle}&kind=programme`),
    [circle, documentsTick.value, alliancesTick.value],
  );
  const [asking, setAsking] = useState(false);
  const here = useHereIn((list.data ?? []).map((one) => one.id));
  return (
    <section aria-labelledby="programmes-title">
      <div class="block-head">
        <h2 id="programmes-title">{t("programmes-title")}</h2>
        {may("coop_officer", "sector_tech", "node_admin") ? (
          <Button kind="main" onClick={() => setAsking(true)} testid="new-programme">
            {t("new-programme")}
          </Button>
        ) : null}
      </div>
      <Problem>{list.error}</Problem>
      {list.data?.length === 0 ? (
        <Empty title={t("programmes-empty")}>
          <p>{t("programmes-empty-text")}</p>
        </Empty>
      ) : null}
      <ul class="programmes" data-testid="programmes">
        {list.data?.map((one) => (
          <li key={one.id}>
            <a href={write({ screen: "programme", circle, doc: one.id, part: "identity" })}>{one.title ? visible(one.title) : t("untitled")}</a>
            <WhoIsIn here={here} doc={one.id} />
            <NewsBlock circle={circle} doc={one.id} level="h3" />
          </li>
        ))}
      </ul>
      {asking ? <NewProgramme circle={circle} onClose={() => setAsking(false)} /> : null}
    </section>
  );
}

function NewProgramme({ circle, onClose }: { circle: string; onClose: () => void }) {
  const [title, setTitle] = useState("");
  const [start, setStart] = useState(String(new Date().getFullYear() + 1));
  const [end, setEnd] = useState(String(new Date().getFullYear() + 2));
  const { busy, error, run, clear } = useAction();
  const checks = useChecks();
  const wrongYears = !/^\d{4}$/.test(start) || !/^\d{4}$/.test(end) || end < start;
  const submit = (event: Event) => {
    event.preventDefault();
    clear();
    if (!checks.pass({ "programme-title": title.trim() === "" && t("write-programme-title"), "year-last": wrongYears && t("years-wrong") })) return;
    void run(async () => {
      const city8 = session.value?.city.city8 ?? "";
      const fields = {
        title: { es: title.trim() },
        lead_city: city8,
        period_start: `${start}-01-01`,
        period_end: `${end}-12-31`,
        default_currency: "EUR",
        partners: { [`${city8}/role`]: "lead", [`${city8}/status`]: "accepted" },
      };
      const made = await ask<DocumentView>("POST", "/api/documents", { circle, kind: "programme", fields });
      onClose();
      go({ screen: "programme", circle, doc: made.id, part: "identity" });
    });
  };
  return (
    <FormDialog
      title={t("new-programme")}
      error={error}
      wrong={checks.wrong}
      action={t("create-programme")}
      busy={busy}
      testid="create-programme"
      onSubmit={submit}
      onClose={onClose}
    >
      <Input label={t("programme-title")} hint={t("programme-title-hint")} value={title} onInput={setTitle} required testid="programme-title" id="programme-title" error={checks.errorOf("programme-title")} />
      <div class="row row-top">
        <Input label={t("year-first")} value={start} onInput={setStart} required testid="year-first" />
        <Input label={t("year-last")} value={end} onInput={setEnd} error={checks.errorOf("year-last")} required testid="year-last" id="year-last" />
      </div>
    </FormDialog>
  );
}

function Invitations({ alliance }: { alliance: CircleStatus }) {
  const base = `/api/alliances/${alliance.id}/invitations`;
  const list = useFetched(() => ask<InvitationView[]>("GET", base), [alliance.id, alliancesTick.value, status.value]);
  const [made, setMade] = useState<InvitationView | null>(null);
  const [asking, setAsking] = useState(false);
  const action = useAction();
  const waiting = list.data?.filter((one) => one.accepts.length > 0) ?? [];
  const rest = list.data?.filter((one) => one.accepts.length === 0) ?? [];
  const after = async (sentence: string) => {
    list.again();
    await refresh();
    announce(sentence);
  };
  const revoke = (one: InvitationView) =>
    action.run(async () => {
      await ask("DELETE", `${base}/${one.id}`);
      await after(t("invitation-revoked"));
    });
  const admit = (accept: string, city: string) =>
    action.run(async () => {
      await ask("POST", `/api/alliances/${alliance.id}/admit`, { accept });
      await after(t("admitted", { city }));
    });
  return (
    <section aria-labelledby="invitations-title" data-testid="invitations">
      <div class="block-head">
        <h2 id="invitations-title">{t("invitations-title")}</h2>
        <Button onClick={() => setAsking(true)} testid="invite">
          {t("invite")}
        </Button>
      </div>
      <Problem>{action.error ?? list.error}</Problem>
      {waiting.flatMap((one) =>
        one.accepts.map((accept) => (
          <div class="notice" key={accept.id} data-testid={`waiting-${accept.city}`}>
            <p>
              <strong>{t("answer-waiting", { city: accept.city })}</strong> {t("answer-check")}
            </p>
            {one.note ? <p class="quiet">{t("invitation-note", { note: one.note })}</p> : null}
            <Button kind="main" busy={action.busy} onClick={() => void admit(accept.id, accept.city)} testid={`admit-${accept.city}`}>
              {t("admit", { city: accept.city })}
            </Button>
          </div>
        )),
      )}
      {list.data?.length === 0 ? <p class="quiet">{t("invitations-empty")}</p> : null}
      <ul class="lines">
        {rest.map((one) => (
          <li key={one.id}>
            <div>
              <p>
                {t(`invitation-${one.state}`, { role: t(`role-${one.role}`), until: dateTime(one.expires_ms) })}
              </p>
              {one.note ? <p class="quiet">{visible(one.note)}</p> : null}
            </div>
            {one.state === "live" ? (
              <Button kind="quiet" busy={action.busy} onClick={() => void revoke(one)} label={t("revoke-label", { until: dateTime(one.expires_ms) })}>
                {t("revoke")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {asking ? (
        <NewInvitation
          base={base}
          onClose={() => setAsking(false)}
          onMade={(one) => {
            setAsking(false);
            setMade(one);
            list.again();
          }}
        />
      ) : null}
      {made ? (
        <Dialog title={t("invitation-made")} onClose={() => setMade(null)}>
          <p>{t("invitation-made-text", { until: dateTime(made.expires_ms) })}</p>
          <Copyable label={t("invitation-link")} text={made.link ?? ""} testid="invitation-link" />
          <p class="quiet">{t("invitation-once")}</p>
        </Dialog>
      ) : null}
    </section>
  );
}

function NewInvitation({ base, onClose, onMade }: { base: string; onClose: () => void; onMade: (one: InvitationView) => void }) {
  const [role, setRole] = useState("partner");
  const [days, setDays] = useState("7");
  const [note, setNote] = useState("");
  const { busy, error, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const body = { role, hours: Number(days) * 24, note: note.trim() };
      onMade(await ask<InvitationView>("POST", base, body));
    });
  };
  const roles = ["partner", "associate", "coordinator", "facilitator", "observer"];
  return (
    <FormDialog
      title={t("invite")}
      intro={t("invite-text")}
      error={error}
      action={t("create-invitation")}
      busy={busy}
      testid="create-invitation"
      onSubmit={submit}
      onClose={onClose}
    >
      <Select
        label={t("invite-role")}
        value={role}
        onChange={setRole}
        options={roles.map((one) => [one, t(`role-${one}`)] as const)}
        testid="invite-role"
      />
      <Select
        label={t("invite-days")}
        value={days}
        onChange={setDays}
        options={["1", "3", "7", "30"].map((n) => [n, t("days", { n: Number(n) })] as const)}
      />
      <Input label={t("invite-note")} hint={t("invite-note-hint")} value={note} onInput={setNote} testid="invite-note" />
    </FormDialog>
  );
}

/** Leaving is rare and heavy: out of the way, and confirmed by writing the name. */
function Leave({ alliance }: { alliance: CircleStatus }) {
  const [name, setName] = useState("");
  const { busy, error, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      await ask("POST", `/api/alliances/${alliance.id}/leave`);
      await refresh();
      announce(t("left", { name: alliance.name }));
      go({ screen: "home" });
    });
  };
  return (
    <details class="more leave">
      <summary>{t("leave")}</summary>
      <form class="sheet" onSubmit={submit}>
        <p>{t("leave-text")}</p>
        <Problem>{error}</Problem>
        <Input label={t("leave-confirm", { name: alliance.name })} value={name} onInput={setName} testid="leave-name" />
        <Button type="submit" busy={busy} disabled={name.trim() !== alliance.name} testid="leave">
          {t("leave")}
        </Button>
      </form>
    </details>
  );
}
