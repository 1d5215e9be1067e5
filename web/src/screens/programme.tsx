// The operational programme: one document of the alliance, with its sections and each city's contribution beside it.

import { useEffect, useMemo, useState } from "preact/hooks";
import { groupsOf, partnersOf } from "../documents/budget.ts";
import { type Conflict, conflictsOf } from "../documents/conflicts.ts";
import { mapOf, textOf } from "../documents/values.ts";
import type { DocumentSummary, DocumentView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import type { Doc, Replica } from "../live/replica.ts";
import { Problem, Title } from "../parts/basic.tsx";
import { useFetched, useReplica, useReplicas } from "../parts/hooks.ts";
import { Later } from "../parts/later.tsx";
import { NewsBlock } from "../parts/news.tsx";
import { HereNow, type Here, useHere } from "../parts/presence.tsx";
import { type OpenContribution, ProgrammeContext, type ProgrammeScreenState } from "../parts/programme.ts";
import { SaveBar } from "../parts/savebar.tsx";
import { type Part, PARTS, write } from "../route.ts";
import { allianceOf, city8Of, documentsTick, live, myCity8 } from "../state.ts";
import { t } from "../words/words.ts";
import { Activities } from "./programme/activities.tsx";
import { Budget } from "./programme/budget.tsx";
import { Framework } from "./programme/framework.tsx";
import { Identity } from "./programme/identity.tsx";
import { Management } from "./programme/management.tsx";
import { Narratives, SECTIONS } from "./programme/narratives.tsx";
import { Notices, useNotices } from "./programme/notices.tsx";

/** After the last change, this long until conflicts are looked for and the node is asked for its messages. */
const SETTLE_MS = 250;
const ASK_MS = 1_200;

const files = () => import("./programme/files.tsx").then((one) => one.Files);
const printed = () => import("./programme/print.tsx").then((one) => one.PrintProgramme);

/** One part of a programme, or the whole of it to print. */
export function ProgrammeScreen({ circle, id, part }: { circle: string; id: string; part: Part | "print" }) {
  const replica = useReplica(id, true);
  const summaries = useFetched(
    () => ask<DocumentSummary[]>("GET", `/api/documents?circle=${circle}&kind=contribution`),
    [circle, documentsTick.value],
  );
  const sectionIds = mapOf(mapOf(replica?.doc.value)["sections"]);
  const wanted = SECTIONS.map((field) => textOf(sectionIds[field])).filter((one) => /^[0-9a-f]{32}$/.test(one));
  const sections = useReplicas(wanted, part === "narratives");
  const contributionIds = (summaries.data ?? []).filter((one) => one.parent === id).map((one) => one.id);
  const contributions = useReplicas(contributionIds, part === "budget");
  const problem = replica?.problem.value;
  const other = replica?.meta.value && replica.meta.value.kind !== "programme";
  if (problem || other) {
    return (
      <div class="page">
        <Title>{t("programme")}</Title>
        <Problem>{problem?.message ?? t("not-a-programme")}</Problem>
        <p>
          <a href={write({ screen: "alliance", circle })}>{t("back-to-alliance")}</a>
        </p>
      </div>
    );
  }
  if (!replica?.doc.value) {
    return (
      <div class="page">
        <Title>{t("programme")}</Title>
        <p class="quiet" role="status">
          {t("programme-opening")}
        </p>
        {live.value?.socket.line.value === "offline" ? <p class="notice">{t("programme-offline")}</p> : null}
      </div>
    );
  }
  return <Open circle={circle} id={id} part={part === "print" ? "files" : part} print={part === "print"} replica={replica} sections={sections} contributions={contributions} />;
}

interface OpenProps {
  circle: string;
  id: string;
  part: Part;
  print: boolean;
  replica: Replica;
  sections: readonly Replica[];
  contributions: readonly Replica[];
}

function Open({ circle, id, part, print, replica, sections, contributions }: OpenProps) {
  const doc = mapOf(replica.doc.value);
  const all = [replica, ...sections, ...contributions];
  const conflicts = useConflicts(all);
  const [section, setSection] = useState<string>(part);
  const here = useHere(all.map((one) => one.id));
  const view = useView(replica, all);
  useEffect(() => setSection(part), [part]);
  useEffect(() => live.value?.presence.announce(id, section), [id, section, live.value]);
  useEffect(() => () => live.value?.presence.leave(id), [id]);

  const byField = useMemo(() => {
    const ids = mapOf(doc["sections"]);
    const found = new Map<string, Replica>();
    for (const field of SECTIONS) {
      const one = sections.find((other) => other.id === textOf(ids[field]));
      if (one) found.set(field, one);
    }
    return found;
  }, [sections, doc["sections"]]);

  const open: OpenContribution[] = contributions.flatMap((one) => {
    const content = one.doc.value;
    if (!content) return [];
    const city8 = textOf(content["city"]) || (city8Of(one.meta.value?.owner ?? "") ?? "");
    return [{ city8, replica: one, conflicts: conflicts.get(one.id) ?? NONE }];
  });
  const mine = conflicts.get(id) ?? NONE;
  const groups = groupsOf(doc, mine, open.map((one) => ({ city8: one.city8, doc: one.replica.doc.value, conflicts: one.conflicts })));
  const cells = useMemo(() => groups.flat(), groups);
  const state: ProgrammeScreenState = {
    circle,
    id,
    part,
    replica,
    sections: byField,
    contributions: open,
    conflicts: mine,
    cells,
    groups,
    currency: textOf(doc["default_currency"]) || "EUR",
    cities: citiesOf(circle, doc, open),
    view,
    enter: setSection,
  };
  const title = textOf(mapOf(doc["title"])["es"]) || textOf(doc["code"]) || t("untitled");
  if (print) {
    return (
      <ProgrammeContext.Provider value={state}>
        <div class="page">
          <Later key="print" load={printed} />
        </div>
      </ProgrammeContext.Provider>
    );
  }
  return (
    <ProgrammeContext.Provider value={state}>
      <div class="page page-wide">
        <Title above={<a href={write({ screen: "alliance", circle })}>{allianceOf(circle)?.name ?? t("alliance")}</a>}>
          {title}
        </Title>
        <div class="programme">
          <aside class="programme-side">
            <Parts state={state} here={here} />
            <HereNow here={here} where={whereIs} />
          </aside>
          <div class="programme-main" data-testid={`part-${part}`}>
            {part === "identity" ? <NewsBlock circle={circle} doc={id} /> : null}
            {!replica.writable.value ? <p class="notice">{t("programme-read-only")}</p> : null}
            <PartScreen part={part} />
          </div>
        </div>
        <SaveBar replicas={all} />
      </div>
    </ProgrammeContext.Provider>
  );
}

const NONE: ReadonlyMap<string, Conflict> = new Map();

function PartScreen({ part }: { part: Part }) {
  switch (part) {
    case "identity":
      return <Identity />;
    case "framework":
      return <Framework />;
    case "activities":
      return <Activities />;
    case "budget":
      return <Budget />;
    case "management":
      return <Management />;
    case "narratives":
      return <Narratives />;
    case "notices":
      return <Notices />;
    case "files":
      return <Later key="files" load={files} />;
  }
}

function Parts({ state, here }: { state: ProgrammeScreenState; here: readonly Here[] }) {
  const notices = useNotices(state);
  return (
    <nav class="parts" aria-label={t("parts")}>
      <ul>
        {PARTS.map((part) => {
          const others = here.filter((one) => one.section?.split("/")[0] === part);
          return (
            <li key={part}>
              <a
                href={write({ screen: "programme", circle: state.circle, doc: state.id, part })}
                aria-current={state.part === part ? "page" : undefined}
                data-testid={`to-${part}`}
              >
                {t(`part-${part}`)}
                {part === "notices" && notices.length > 0 ? <span class="count">{notices.length}</span> : null}
                {others.length > 0 ? (
                  <span class="parts-here" title={others.map((one) => `${one.name}, ${one.city}`).join(" · ")}>
                    {t("parts-here", { who: others.map((one) => one.city).join(", ") })}
                  </span>
                ) : null}
              </a>
            </li>
          );
        })}
        <li>
          <a href={write({ screen: "history", circle: state.circle, doc: state.id })} data-testid="to-history">
            {t("history-title")}
          </a>
        </li>
      </ul>
    </nav>
  );
}

function whereIs(section: string | null): string | null {
  if (!section) return null;
  const [part, field] = section.split("/");
  if (field && (SECTIONS as readonly string[]).includes(field)) return t(`section-${field}`);
  return (PARTS as readonly string[]).includes(part ?? "") ? t(`part-${part}`) : null;
}

/** Our own city first, then the others by name, with cities that left the alliance but have amounts here. */
function citiesOf(circle: string, doc: unknown, contributions: readonly OpenContribution[]): string[] {
  const own = myCity8();
  const found = new Set<string>([
    ...partnersOf(doc).map((one) => one.city8),
    ...contributions.map((one) => one.city8),
    ...(allianceOf(circle)?.members ?? []).flatMap((member) => city8Of(member.city_id) ?? []),
  ]);
  found.delete(own);
  return [own, ...[...found].sort()];
}

/** Conflicts of every open document, looked for when the writing pauses. */
function useConflicts(replicas: readonly Replica[]): ReadonlyMap<string, ReadonlyMap<string, Conflict>> {
  const [found, setFound] = useState<ReadonlyMap<string, ReadonlyMap<string, Conflict>>>(new Map());
  const key = replicas.map((one) => one.id).join();
  useEffect(() => {
    const seen = new Map<string, { doc: Doc; conflicts: ReadonlyMap<string, Conflict> }>();
    let timer: ReturnType<typeof setTimeout> | undefined;
    const look = () => {
      timer = undefined;
      let changed = false;
      for (const one of replicas) {
        const doc = one.doc.value;
        if (!doc || seen.get(one.id)?.doc === doc) continue;
        const [before, after] = [seen.get(one.id)?.conflicts, conflictsOf(doc)];
        // Mostly there are none, before as after: nothing on the screen depends on that.
        const same = before !== undefined && before.size === 0 && after.size === 0;
        seen.set(one.id, { doc, conflicts: same ? before : after });
        changed ||= !same;
      }
      if (changed) setFound(new Map([...seen].map(([id, one]) => [id, one.conflicts])));
    };
    const later = () => {
      timer ??= setTimeout(look, SETTLE_MS);
    };
    const stops = replicas.flatMap((one) => [one.onApplied(later), one.doc.subscribe(later)]);
    look();
    return () => {
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [key]);
  return found;
}

/** What the node says of the programme, asked again when the writing pauses. */
function useView(replica: Replica, all: readonly Replica[]): DocumentView | null {
  const [view, setView] = useState<DocumentView | null>(null);
  const key = all.map((one) => one.id).join();
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let on = true;
    const fetchIt = () => {
      timer = undefined;
      ask<DocumentView>("GET", `/api/documents/${replica.id}`).then(
        (next) => on && setView(next),
        () => {},
      );
    };
    const later = () => {
      timer ??= setTimeout(fetchIt, ASK_MS);
    };
    fetchIt();
    const stops = all.map((one) => one.onApplied(later));
    return () => {
      on = false;
      clearTimeout(timer);
      stops.forEach((stop) => stop());
    };
  }, [replica, key]);
  return view;
}
