// A readable difference: values from old to new, texts with what was put in and taken out. Colour is never alone:
// insertions are underlined, deletions struck, and each says so in words to those who do not see it.

import { useState } from "preact/hooks";
import type { Doc, Replica } from "../live/replica.ts";
import { Button } from "../parts/basic.tsx";
import { city8Of, cityName, personName } from "../state.ts";
import { visible } from "../words/visible.ts";
import { t } from "../words/words.ts";
import type { HistoryHand } from "../live/api.ts";
import { actorAt, type Change, viewAt } from "./changes.ts";
import type { Paragraph, Piece, Row } from "./diff.ts";
import { labelOf, type Place, shown } from "./labels.ts";
import { mapOf } from "../documents/values.ts";

/** Rows shown before the rest is folded. */
const FIRST = 60;
/** Paragraphs in a row that stayed are folded, but for those next to a change. */
const FOLD = 3;
/** Words that stayed inside of a changed paragraph are shortened. */
const KEEP_UNITS = 260;

interface Props {
  changes: readonly Change[];
  place: Place;
  /** The newer version, and who wrote in it: with several, each insertion says whose it is. */
  replica: Replica;
  after: readonly string[];
  hands?: readonly HistoryHand[];
  onRestore?: ((change: Change) => void) | undefined;
}

export function DifferenceList({ changes, place, replica, after, hands, onRestore }: Props) {
  const [all, setAll] = useState(false);
  const view = replica.doc.value ? viewAt(replica.doc.value, after) : null;
  const some = all ? changes : changes.slice(0, FIRST);
  if (changes.length === 0) return <p class="quiet">{t("difference-none")}</p>;
  return (
    <div class="difference" data-testid="difference">
      <ul>
        {some.map((change) => (
          <li key={change.path.join("\u0000")}>
            <ChangeView change={change} place={place} view={view} hands={hands ?? []} />
            {onRestore ? (
              <Button kind="quiet" onClick={() => onRestore(change)} label={t("restore-place-label", { what: labelOf(place, change.path) })}>
                {t("restore-place")}
              </Button>
            ) : null}
          </li>
        ))}
      </ul>
      {changes.length > some.length ? <Button onClick={() => setAll(true)}>{t("difference-more", { n: changes.length - some.length })}</Button> : null}
    </div>
  );
}

function ChangeView({ change, place, view, hands }: { change: Change; place: Place; view: Doc | null; hands: readonly HistoryHand[] }) {
  const label = labelOf(place, change.path);
  if (change.kind === "value") {
    return (
      <>
        <p class="difference-place">{label}</p>
        <p>
          <span class="quiet">{t("was")}</span> <del>{shown(place, change.path, change.before)}</del> <span class="quiet">{t("is")}</span>{" "}
          <ins>{shown(place, change.path, change.after)}</ins>
        </p>
      </>
    );
  }
  if (change.kind === "text") {
    return (
      <>
        <p class="difference-place">{label}</p>
        <TextDifference rows={change.rows} who={(at) => writer(view, change.path, at, hands)} />
      </>
    );
  }
  const item = mapOf(change.kind === "added" ? change.after : change.before);
  return (
    <>
      <p class="difference-place">
        {t(change.kind === "added" ? "item-came" : "item-went")} {change.kind === "added" ? <ins>{label}</ins> : <del>{label}</del>}
      </p>
      {change.kind === "added" ? <Fields item={item} place={place} path={change.path} /> : null}
    </>
  );
}

/** What a new item says. */
function Fields({ item, place, path }: { item: Record<string, unknown>; place: Place; path: Change["path"] }) {
  const told = Object.entries(item).filter(([key, value]) => key !== "pos" && key !== "deleted" && (value === null || typeof value !== "object" || "val" in value));
  const full = told.filter(([, value]) => shown(place, [...path, "x"], value) !== t("empty-value"));
  return (
    <dl class="difference-fields">
      {full.map(([key, value]) => (
        <div key={key}>
          <dt>{labelOf({ ...place, doc: null }, [...path, key]).split(" · ").slice(1).join(" · ")}</dt>
          <dd>{shown(place, [...path, key], value)}</dd>
        </div>
      ))}
    </dl>
  );
}

function writer(view: Doc | null, path: Change["path"], at: number, hands: readonly HistoryHand[]): string | null {
  if (!view || hands.length < 2) return null;
  const actor = actorAt(view, path, at);
  const hand = actor ? hands.filter((one) => one.actors.includes(actor)) : [];
  if (hand.length === 1 && hand[0]) return t("person-of", { person: nameOf(hand[0]), city: cityName(hand[0].city) });
  return actor ? cityName(actor.slice(0, 16)) : null;
}

export function nameOf(hand: { city: string; person_ref: string }): string {
  // What the server of a city does by itself has no person.
  if (/^0+$/.test(hand.person_ref)) return t("by-itself");
  return personName(city8Of(hand.city) ?? hand.city, hand.person_ref);
}

function TextDifference({ rows, who }: { rows: readonly Row[]; who: (at: number) => string | null }) {
  return (
    <div class="difference-text">
      {rows.map((row, i) =>
        row.kind === "same" ? <Same key={i} paragraphs={row.paragraphs} first={i === 0} last={i === rows.length - 1} /> : <Changed key={i} row={row} who={who} />,
      )}
    </div>
  );
}

function Same({ paragraphs, first, last }: { paragraphs: readonly Paragraph[]; first: boolean; last: boolean }) {
  const before = first ? 0 : 1;
  const after = last ? 0 : 1;
  const line = (one: Paragraph, i: number) => (
    <p key={i} class="difference-same">
      {short(one.text, "middle")}
    </p>
  );
  const folded = paragraphs.length - before - after;
  if (folded < FOLD) return <>{paragraphs.map(line)}</>;
  return (
    <>
      {paragraphs.slice(0, before).map(line)}
      <details class="difference-fold">
        <summary>{t("paragraphs-same", { n: folded })}</summary>
        {paragraphs.slice(before, paragraphs.length - after).map((one, i) => (
          <p key={i}>{visible(one.text)}</p>
        ))}
      </details>
      {paragraphs.slice(paragraphs.length - after).map(line)}
    </>
  );
}

function Changed({ row, who }: { row: Extract<Row, { kind: "changed" }>; who: (at: number) => string | null }) {
  const { before, after, pieces } = row;
  const [was, is] = [before?.label ?? "", after?.label ?? ""];
  const format = before && after && was === is && pieces.every((piece) => piece.kind === "same");
  return (
    <p class="difference-changed">
      {was !== is && before && after ? (
        <span class="difference-label">
          {t("was")} <del>{was || t("block-paragraph")}</del> {t("is")} <ins>{is || t("block-paragraph")}</ins>
        </span>
      ) : is || was ? (
        <span class="difference-label">{is || was}</span>
      ) : null}
      {format ? <span class="difference-label">{t("format-changed")}</span> : null}
      {pieces.length === 0 ? <span class="quiet">{t(after ? "line-added" : "line-removed")}</span> : null}
      {pieces.map((piece, i) => (
        <PieceView key={i} piece={piece} edge={i === 0 ? "start" : i === pieces.length - 1 ? "end" : "middle"} who={piece.kind === "ins" ? who(piece.at) : null} />
      ))}
    </p>
  );
}

function PieceView({ piece, edge, who }: { piece: Piece; edge: "start" | "middle" | "end"; who: string | null }) {
  if (piece.kind === "same") return <>{short(piece.text, edge)}</>;
  const Tag = piece.kind;
  return (
    <Tag>
      <span class="unseen">{t(piece.kind === "ins" ? "ins-begin" : "del-begin")} </span>
      {visible(piece.text)}
      <span class="unseen"> {t(piece.kind === "ins" ? "ins-end" : "del-end")}</span>
      {who ? <span class="difference-who"> ({who})</span> : null}
    </Tag>
  );
}

/** Long unchanged words in short: what is next to a change stays. */
function short(text: string, edge: "start" | "middle" | "end"): string {
  if (text.length <= KEEP_UNITS) return visible(text);
  const half = KEEP_UNITS / 2;
  const from = visible(text.slice(0, half).replace(/\S*$/u, ""));
  const to = visible(text.slice(-half).replace(/^\S*/u, ""));
  if (edge === "start") return `[…]${to}`;
  if (edge === "end") return `${from}[…]`;
  return `${from}[…]${to}`;
}
