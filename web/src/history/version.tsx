// A version to look at: read-only, under a bar that always says which one it is and leads back to today.

import { useEffect, useMemo, useRef } from "preact/hooks";
import { items, mapOf, textOf } from "../documents/values.ts";
import { partOf } from "../documents/places.ts";
import type { HistoryGroup } from "../live/api.ts";
import type { Doc } from "../live/replica.ts";
import { Button } from "../parts/basic.tsx";
import { useReplica } from "../parts/hooks.ts";
import { documentName } from "../parts/news.tsx";
import { PARTS } from "../route.ts";
import { visible } from "../words/visible.ts";
import { locale, t } from "../words/words.ts";
import { holds, paragraphsOf, viewAt } from "./changes.ts";
import { NotOurs } from "./not-ours.tsx";
import { labelOf, type Place, shown } from "./labels.ts";
import type { Wish } from "./restore-dialog.tsx";

interface Props {
  group: HistoryGroup;
  programme: unknown;
  onBack: () => void;
  onWish: (wish: Wish) => void;
}

export function Version({ group, programme, onBack, onWish }: Props) {
  const replica = useReplica(group.doc, false);
  const heading = useRef<HTMLHeadingElement>(null);
  const now = replica?.doc.value ?? null;
  const ready = holds(now, group.after);
  const view = useMemo(() => (ready && now ? viewAt(now, group.after) : null), [replica, ready, group.after]);
  useEffect(() => heading.current?.focus({ preventScroll: true }), []);
  const when = new Intl.DateTimeFormat(locale(), { dateStyle: "long", timeStyle: "short" }).format(new Date(group.to_ms));
  const wish = () =>
    replica && onWish({ replica, version: group.after, places: null, programme, kind: group.kind, field: group.field ?? null, when: group.to_ms });
  return (
    <div class="version" data-testid="version">
      <div class="version-bar" role="region" aria-label={t("version-bar")}>
        <p>
          <strong>{t("version-of", { when })}</strong>
        </p>
        <div class="row">
          <Button kind="main" onClick={onBack} testid="back-to-today">
            {t("back-to-today")}
          </Button>
          {replica?.writable.value ? (
            <Button onClick={wish} testid="restore-version">
              {t("restore-version")}
            </Button>
          ) : null}
        </div>
        {replica && !replica.writable.value && now ? <NotOurs owner={group.owner} /> : null}
      </div>
      <div class="version-sheet">
      <h1 tabIndex={-1} ref={heading}>
        {documentName(group)}
      </h1>
      {view ? group.kind === "section" ? <SectionText view={view} /> : <Whole view={view} place={{ doc: view, kind: group.kind, programme: group.kind === "programme" ? view : programme }} /> : <p class="quiet">{t("opening")}</p>}
      </div>
    </div>
  );
}

function SectionText({ view }: { view: Doc }) {
  const paragraphs = paragraphsOf(view, ["body"], textOf(mapOf(view)["body"]));
  if (paragraphs.length === 0) return <p class="quiet">{t("version-empty")}</p>;
  return (
    <div class="version-text">
      {paragraphs.map((one, i) => (
        <p key={i}>
          {one.label ? <span class="difference-label">{one.label}</span> : null}
          {visible(one.text)}
        </p>
      ))}
    </div>
  );
}

/** Everything the document says, part by part, in the order of the page. */
function Whole({ view, place }: { view: Doc; place: Place }) {
  const told = PARTS.map((part) => {
    const entries = Object.keys(mapOf(view)).filter((key) => partOf([key]) === part);
    return [part, entries.flatMap((key) => linesOf(view, place, key))] as const;
  }).filter(([, lines]) => lines.length > 0);
  if (told.length === 0) return <p class="quiet">{t("version-empty")}</p>;
  return (
    <>
      {told.map(([part, lines]) => (
        <section key={part}>
          <h2>{t(`part-${part}`)}</h2>
          <dl class="difference-fields">
            {lines.map(([label, value], i) => (
              <div key={i}>
                <dt>{label}</dt>
                <dd>{value}</dd>
              </div>
            ))}
          </dl>
        </section>
      ))}
    </>
  );
}

const HIDDEN = new Set(["v", "kind", "created_by", "sections", "parent", "programme", "city", "field", "pos", "deleted"]);

function linesOf(view: Doc, place: Place, key: string): [string, string][] {
  if (HIDDEN.has(key)) return [];
  const lines: [string, string][] = [];
  const walk = (value: unknown, path: string[]) => {
    const last = path.at(-1) ?? "";
    if (HIDDEN.has(last) || path.length > 6) return;
    const map = value !== null && typeof value === "object" && !Array.isArray(value) && !("val" in value);
    if (!map) {
      const text = shown(place, path, value);
      if (text !== t("empty-value")) lines.push([labelOf(place, path), text]);
      return;
    }
    const isCollection = path.length === 1 && Object.values(value as object).some((one) => one !== null && typeof one === "object" && "pos" in one);
    const children = isCollection ? items(view, key) : Object.entries(mapOf(value));
    for (const [name, child] of children) walk(child, [...path, name]);
  };
  walk(mapOf(view)[key], [key]);
  return lines;
}
