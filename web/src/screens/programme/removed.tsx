// What one city took out while another was changing it: a person decides.

import { useEffect, useState } from "preact/hooks";
import { describe } from "../../documents/places.ts";
import { type ChangedAfter, changedAfterRemoval } from "../../documents/removed.ts";
import { decide, mapOf, textOf } from "../../documents/values.ts";
import { at, type Content, type Doc } from "../../live/replica.ts";
import { Button } from "../../parts/basic.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { announce, cityName } from "../../state.ts";
import { dateTime, t } from "../../words/words.ts";

const COLLECTIONS = ["specific_objectives", "results", "indicators", "preconditions", "activities", "budget_lines", "financiers", "management_split", "staff", "risks", "beneficiaries", "monitoring_plan"];
/** Looking through the history can wait until the writing pauses. */
const SETTLE_MS = 400;

export function RemovedThenChanged() {
  const { replica } = useProgramme();
  const doc = replica.doc.value as Doc | null;
  const [found, setFound] = useState<readonly ChangedAfter[]>([]);
  useEffect(() => {
    if (!doc) return;
    const timer = setTimeout(() => setFound(changedAfterRemoval(doc, COLLECTIONS)), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [doc]);
  const open = found.filter((one) => at(doc, [one.collection, one.id, "deleted"]) === true);
  if (open.length === 0) return null;
  return (
    <section aria-labelledby="changed-after" data-testid="removed-then-changed">
      <h3 id="changed-after">{t("changed-after-title")}</h3>
      <ul class="lines">
        {open.map((one) => {
          const item = mapOf(at(doc, [one.collection, one.id]));
          const words = textOf(item["text"]) || textOf(item["title"]) || textOf(item["name"]) || textOf(item["function"]) || textOf(item["group"]);
          const name = [describe(doc, [one.collection, one.id]), words].filter(Boolean).join(": ");
          const settle = (deleted: boolean) => {
            // Written anew either way: taking out anyway is a decision made knowing of the change.
            replica.change((content: Content) => decide(content, [one.collection, one.id, "deleted"], deleted));
            announce(t(deleted ? "removed-anyway" : "recovered", { name }));
          };
          return (
            <li key={one.id} class="needs-you">
              <div>
                <p>
                  <strong>{name}</strong>
                </p>
                <p>
                  {t("changed-after", { city: cityName(one.city8) })} {one.time ? <span class="quiet">({dateTime(one.time)})</span> : null}
                </p>
              </div>
              <div class="row">
                <Button kind="main" onClick={() => settle(false)} label={t("recover-item", { name })}>
                  {t("recover")}
                </Button>
                <Button onClick={() => settle(true)}>{t("remove-anyway")}</Button>
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
