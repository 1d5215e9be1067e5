import { items, mapOf, numberOf, put, scalar, textOf, type Item } from "../../documents/values.ts";
import { anchor } from "../../documents/places.ts";
import { LiveText } from "../../editor/live-text.tsx";
import type { Content } from "../../live/replica.ts";
import { Button, Empty } from "../../parts/basic.tsx";
import { LiveDate, LiveNumber, LiveSelect, LiveString } from "../../parts/fields.tsx";
import { addItem, ItemFrame, nextCode, Removed } from "../../parts/items.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { cityName } from "../../state.ts";
import { longDate, t } from "../../words/words.ts";
import { short } from "./framework.tsx";

const STATUSES = ["planned", "ongoing", "done", "delayed", "cancelled"];
const KINDS = ["activity", "mission", "exchange", "study", "training", "works", "event", "management"];

export function Activities() {
  const { replica } = useProgramme();
  const doc = replica.doc.value;
  const results = items(doc, "results");
  const activities = items(doc, "activities");
  const known = new Set(results.map(([id]) => id));
  const groups: [string, string, [string, Item][]][] = results.map(([id, result]) => [
    id,
    `${textOf(result["code"])} ${textOf(result["text"])}`,
    activities.filter(([, item]) => textOf(item["result_id"]) === id),
  ]);
  const loose = activities.filter(([, item]) => !known.has(textOf(item["result_id"])));
  return (
    <>
      <h2>{t("part-activities")}</h2>
      {results.length === 0 ? (
        <Empty title={t("activities-no-results")}>
          <p>{t("activities-no-results-text")}</p>
        </Empty>
      ) : null}
      {groups.map(([id, title, list]) => (
        <section key={id} class="activity-group" aria-label={title}>
          <h3 class="group-title">{title}</h3>
          {list.map(([activity, item]) => (
            <Activity key={activity} id={activity} item={item} />
          ))}
          {replica.writable.value ? <AddActivity result={id} /> : null}
        </section>
      ))}
      {loose.length > 0 ? (
        <section class="activity-group">
          <h3 class="group-title">{t("activities-loose")}</h3>
          {loose.map(([activity, item]) => (
            <Activity key={activity} id={activity} item={item} />
          ))}
        </section>
      ) : null}
      {results.length === 0 && replica.writable.value ? <AddActivity result="" /> : null}
      <Removed replica={replica} collection="activities" />
    </>
  );
}

function AddActivity({ result }: { result: string }) {
  const { replica } = useProgramme();
  const doc = mapOf(replica.doc.value);
  const code = textOf(mapOf(mapOf(doc["results"])[result])["code"]).replace(/^\D+/, "") || "0";
  const add = () =>
    addItem(
      replica,
      "activities",
      {
        ...(result === "" ? {} : { result_id: scalar(result) }),
        text: "",
        code: scalar(nextCode(replica.doc.value, "activities", `A${code}.`)),
        kind: scalar("activity"),
        support_cities: {},
        actors: {},
        deliverables: {},
        depends_on: {},
        milestone: false,
        status: scalar("planned"),
        progress_pct: 0,
        language: scalar("es"),
      },
      "text",
    );
  return (
    <Button onClick={add} testid={`add-activity-${code}`}>
      {t("add-activity")}
    </Button>
  );
}

function Activity({ id, item }: { id: string; item: Item }) {
  const { replica, conflicts, cities, enter } = useProgramme();
  const path = (field: string) => ["activities", id, field];
  const common = { replica, conflicts };
  const results = items(replica.doc.value, "results");
  const city = textOf(item["lead_city"]);
  const support = mapOf(item["support_cities"]);
  const code = textOf(item["code"]);
  return (
    <ItemFrame replica={replica} collection="activities" id={id} title={t("activity", { code })} level="h4">
      <div class="code-and-text">
        <LiveString {...common} path={path("code")} label={t("field-code")} short />
        <LiveText replica={replica} path={path("text")} label={t("field-activity")} multiline rows={2} onFocus={() => enter("activities")} />
      </div>
      <p class="summary">{summaryOf(item)}</p>
      <div class="grid grid-medium">
        <LiveSelect
          {...common}
          path={path("lead_city")}
          label={t("field-lead-city")}
          empty={t("nobody-yet")}
          options={cities.map((city8) => [city8, cityName(city8)] as const)}
        />
        <LiveDate {...common} path={path("planned_start")} label={t("field-planned-start")} />
        <LiveDate {...common} path={path("planned_end")} label={t("field-planned-end")} />
        <LiveSelect {...common} path={path("status")} label={t("field-status")} options={STATUSES.map((one) => [one, t(`activity-${one}`)] as const)} />
        <LiveNumber {...common} path={path("progress_pct")} label={t("field-progress-pct")} min={0} max={100} unit="%" error={t("ac05")} />
      </div>
      <details class="more">
        <summary>{t("more-of", { name: t("activity", { code }) })}</summary>
        <div class="grid">
          <LiveSelect
            {...common}
            path={path("result_id")}
            label={t("field-result")}
            empty={t("no-result")}
            options={results.map(([one, result]) => [one, `${textOf(result["code"])} ${short(textOf(result["text"]))}`] as const)}
          />
          <LiveSelect {...common} path={path("kind")} label={t("field-kind")} options={KINDS.map((one) => [one, t(`kind-${one}`)] as const)} />
          <LiveDate {...common} path={path("actual_start")} label={t("field-actual-start")} />
          <LiveDate {...common} path={path("actual_end")} label={t("field-actual-end")} />
        </div>
        <fieldset id={anchor(path("support_cities"))} tabIndex={-1}>
          <legend>{t("field-support-cities")}</legend>
          {cities
            .filter((city8) => city8 !== city)
            .map((city8) => {
              const box = anchor([...path("support_cities"), city8]);
              return (
                <div class="check" key={city8}>
                  <input
                    type="checkbox"
                    id={box}
                    checked={support[city8] === true}
                    disabled={!replica.writable.value}
                    onChange={(event) => {
                      const on = event.currentTarget.checked;
                      replica.change((doc: Content) => put(doc, [...path("support_cities"), city8], on ? true : undefined));
                    }}
                  />
                  <label for={box}>{cityName(city8)}</label>
                </div>
              );
            })}
        </fieldset>
      </details>
    </ItemFrame>
  );
}

/** One line that can be read aloud in a meeting. */
function summaryOf(item: Item): string {
  const [from, to] = [textOf(item["planned_start"]), textOf(item["planned_end"])];
  const support = Object.entries(mapOf(item["support_cities"]))
    .filter(([, on]) => on === true)
    .map(([city8]) => cityName(city8));
  const parts: string[] = [];
  const lead = textOf(item["lead_city"]);
  if (lead && from && to) parts.push(t("activity-summary", { city: cityName(lead), from: longDate(from), to: longDate(to) }));
  if (support.length > 0) parts.push(t("activity-support", { cities: support.join(", ") }));
  if ((numberOf(item["progress_pct"]) ?? 0) > 0) parts.push(t("activity-progress", { n: numberOf(item["progress_pct"]) ?? 0 }));
  if (from && to && to < from) parts.push(t("ac02", { code: textOf(item["code"]) }));
  return parts.join(" ");
}
