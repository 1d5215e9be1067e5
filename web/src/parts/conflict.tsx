// Two values at once (SY09): every value, whose and from when, and a button to choose each.

import * as A from "@automerge/automerge/slim";
import { useEffect, useState } from "preact/hooks";
import { type Conflict, type Value, writerOf } from "../documents/conflicts.ts";
import { anchor } from "../documents/places.ts";
import { decide, textOf } from "../documents/values.ts";
import type { HistoryView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import type { Content, Replica } from "../live/replica.ts";
import { announce, cityName, personName, session } from "../state.ts";
import { dateTime, longDate, t } from "../words/words.ts";

/** The node seals what is written within two seconds. */
const SEALED_MS = 3_000;

interface Props {
  replica: Replica;
  path: A.Prop[];
  conflicts: ReadonlyMap<string, Conflict>;
  label: string;
  show: (value: unknown) => string;
  /** Away from its field: it must say which one it speaks of. */
  inRow?: boolean;
  /** What is used meanwhile, where that is not the value of the document. */
  note?: string | undefined;
}

export function ConflictBox({ replica, path, conflicts, label, show, inRow, note }: Props) {
  const conflict = conflicts.get(anchor(path));
  // A document that no server knows (the parts page) has no history to ask for.
  const history = useHistory(replica, conflict !== undefined && replica.meta.value !== null);
  if (!conflict) return null;
  const choose = (value: Value) => {
    replica.change((doc: Content) => decide(doc, conflict.path, value.value));
    announce(t("conflict-decided", { field: label, value: show(value.value) }));
  };
  const used = conflict.values.find((value) => value.used);
  return (
    <div class="conflict" id={`${anchor(path)}-conflict`} role="group" aria-label={t("conflict-label", { field: label })} data-testid={`conflict-${anchor(path)}`}>
      <p class="conflict-title">{inRow ? t("conflict-label", { field: label }) : t("conflict-title")}</p>
      <ul>
        {conflict.values.map((value) => (
          <li key={`${value.counter}@${value.actor}`}>
            <span class="conflict-value">{show(value.value)}</span>{" "}
            <span class="conflict-who">{whoAndWhen(replica, value, history)}</span>
            {replica.writable.value ? (
              <button type="button" class="button button-choose" onClick={() => choose(value)}>
                {t("conflict-use", { value: show(value.value) })}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      <p class="conflict-note">{note ?? t("conflict-used", { value: show(used?.value) })}</p>
    </div>
  );
}

function useHistory(replica: Replica, wanted: boolean): HistoryView | null {
  const [history, setHistory] = useState<HistoryView | null>(null);
  useEffect(() => {
    if (!wanted) return;
    let on = true;
    const look = () =>
      ask<HistoryView>("GET", `/api/documents/${replica.id}/history`).then(
        (view) => on && setHistory(view),
        () => {},
      );
    void look();
    // What was written a moment ago is in the history once it is sealed.
    const again = setTimeout(look, SEALED_MS);
    return () => {
      on = false;
      clearTimeout(again);
    };
  }, [replica, wanted]);
  return history;
}

function whoAndWhen(replica: Replica, value: Value, history: HistoryView | null): string {
  const doc = replica.doc.value;
  if (!doc) return "";
  const writer = writerOf(doc, value);
  const told = history?.items.find((item) => item.change === writer.hash);
  const heard = replica.writers.get(value.actor)?.split("/")[1];
  const own = A.getActorId(doc) === value.actor ? session.value?.person.person_ref : undefined;
  const ref = told?.person_ref ?? heard ?? own;
  const city = cityName(writer.city8);
  const who = ref ? t("person-of", { person: personName(writer.city8, ref), city }) : city;
  const when = writer.time ?? told?.time_ms ?? null;
  return when ? t("who-when", { who, when: dateTime(when) }) : t("who-only", { who });
}

/** The message SY09 as one sentence, for lists of problems. */
export function conflictSentence(label: string, conflict: Conflict, show: (value: unknown) => string): string {
  const all = conflict.values.map((value) => t("value-of", { value: show(value.value), city: cityName(value.actor.slice(0, 16)) }));
  const used = conflict.values.find((value) => value.used);
  return t("sy09", { field: label, values: all.join(" · "), value: show(used?.value) });
}

/** A value as people say it: dates in words, cities by name. */
export function plainValue(value: unknown): string {
  const text = textOf(value);
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return longDate(text);
  if (/^[0-9a-f]{16}$/.test(text)) return cityName(text);
  return value === null || value === undefined || textOf(value) === "" ? t("empty-value") : textOf(value);
}
