import { useState } from "preact/hooks";
import { anchor } from "../../documents/places.ts";
import { dateOf, troublesOf } from "../../documents/schedule.ts";
import { items, mapOf, numberOf, put, scalar, textOf, type Item } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import { at, type Content } from "../../live/replica.ts";
import { Button, Empty } from "../../parts/basic.tsx";
import { LiveCheck, LiveDate, LiveNumber, LiveSelect, LiveString } from "../../parts/fields.tsx";
import { Help } from "../../parts/help.tsx";
import { addItem, ItemFrame, moveItem, nextCode, Removed } from "../../parts/items.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { cityName } from "../../state.ts";
import { longDate, t } from "../../words/words.ts";
import { Deliverables } from "./deliverables.tsx";
import { short } from "./framework.tsx";
import { sentenceOfTrouble, Timetable } from "./timetable.tsx";

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
      <Help part="activities" />
      <Timetable />
      {results.length === 0 ? (
        <Empty title={t("activities-no-results")}>
          <p>{t("activities-no-results-text")}</p>
        </Empty>
      ) : null}
      {groups.map(([id, title, list]) => (
        <section key={id} class="activity-group" aria-label={title}>
          <h3 class="group-title">{title}</h3>
          {list.map(([activity, item]) => (
            <Activity key={activity} id={activity} item={item} order={list.map(([one]) => one)} />
          ))}
          {replica.writable.value ? <AddActivity result={id} /> : null}
        </section>
      ))}
      {loose.length > 0 ? (
        <section class="activity-group">
          <h3 class="group-title">{t("activities-loose")}</h3>
          {loose.map(([activity, item]) => (
            <Activity key={activity} id={activity} item={item} order={loose.map(([one]) => one)} />
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

/** Whether a date that is not yet there can be (AC02 while editing, AC06). */
function checks(item: Item, code: string) {
  const other = (field: string) => textOf(item[field]);
  const now = new Date();
  const today = `${now.getFullYear()}-${String(now.getMonth() + 1).padStart(2, "0")}-${String(now.getDate()).padStart(2, "0")}`;
  const before = (end: string) => (start: string) => (end !== "" && end < start ? t("ac02", { code }) : null);
  const after = (start: string) => (end: string) => (start !== "" && end < start ? t("ac02", { code }) : null);
  const past = (check: (date: string) => string | null) => (date: string) => (date > today ? t("ac06") : check(date));
  return {
    planned_start: before(other("planned_end")),
    planned_end: after(other("planned_start")),
    actual_start: past(before(other("actual_end"))),
    actual_end: past(after(other("actual_start"))),
  };
}

function Activity({ id, item, order }: { id: string; item: Item; order: readonly string[] }) {
  const { replica, conflicts, cities, enter } = useProgramme();
  const path = (field: string) => ["activities", id, field];
  const common = { replica, conflicts };
  const code = textOf(item["code"]);
  const check = checks(item, code);
  const troubles = troublesOf(replica.doc.value, id, item);
  const note = (field: string) => {
    const { date, open } = dateOf(id, item, field, conflicts);
    return open ? t("latest-used", { date: longDate(date) }) : undefined;
  };
  return (
    <ItemFrame
      replica={replica}
      collection="activities"
      id={id}
      title={t("activity", { code })}
      level="h4"
      {...(order.length > 1 ? { move: { at: order.indexOf(id), of: order.length, by: (by: 1 | -1) => moveItem(replica, "activities", order, id, by) } } : {})}
    >
      <div class="code-and-text">
        <LiveString {...common} path={path("code")} label={t("field-code")} short />
        <LiveText replica={replica} path={path("text")} label={t("field-activity")} multiline rows={2} onFocus={() => enter("activities")} />
      </div>
      <p class="summary">{summaryOf(item)}</p>
      {troubles.map((one) => (
        <p key={one.code} class="trouble">
          <span aria-hidden="true">⚠ </span>
          {sentenceOfTrouble(one)}
        </p>
      ))}
      <div class="grid grid-medium">
        <LiveSelect {...common} path={path("lead_city")} label={t("field-lead-city")} empty={t("nobody-yet")} options={cities.map((city8) => [city8, cityName(city8)] as const)} />
        <LiveDate {...common} path={path("planned_start")} label={t("field-planned-start")} check={check.planned_start} {...noted(note("planned_start"))} />
        <LiveDate {...common} path={path("planned_end")} label={t("field-planned-end")} check={check.planned_end} {...noted(note("planned_end"))} />
        <LiveSelect {...common} path={path("status")} label={t("field-status")} options={STATUSES.map((one) => [one, t(`activity-${one}`)] as const)} />
        <LiveNumber {...common} path={path("progress_pct")} label={t("field-progress-pct")} min={0} max={100} unit="%" error={t("ac05")} />
      </div>
      <More id={id} item={item} code={code} check={check} />
    </ItemFrame>
  );
}

const noted = (note: string | undefined) => (note === undefined ? {} : { note });

/** What is asked for more seldom, closed until wanted or until something in it must be decided. */
function More({ id, item, code, check }: { id: string; item: Item; code: string; check: ReturnType<typeof checks> }) {
  const { replica, conflicts, cities } = useProgramme();
  const path = (field: string) => ["activities", id, field];
  const common = { replica, conflicts };
  const inside = ["result_id", "kind", "actual_start", "actual_end", "milestone", "support_cities", "depends_on", "deliverables"].map((field) => anchor(path(field)));
  const wanted = decodeURIComponent(location.hash.slice(1));
  const [open, setOpen] = useState(() => inside.some((place) => wanted.startsWith(place)));
  const forced = [...conflicts.keys()].some((place) => inside.some((one) => place.startsWith(one)));
  const results = items(replica.doc.value, "results");
  const lead = textOf(item["lead_city"]);
  const others = items(replica.doc.value, "activities").filter(([one]) => one !== id);
  return (
    <details class="more" open={open || forced} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("more-about", { name: code || t("field-activity") })}</summary>
      {open || forced ? (
        <>
          <div class="grid">
            <LiveSelect
              {...common}
              path={path("result_id")}
              label={t("field-result")}
              empty={t("no-result")}
              options={results.map(([one, result]) => [one, `${textOf(result["code"])} ${short(textOf(result["text"]))}`] as const)}
            />
            <LiveSelect {...common} path={path("kind")} label={t("field-kind")} options={KINDS.map((one) => [one, t(`kind-${one}`)] as const)} />
            <LiveDate {...common} path={path("actual_start")} label={t("field-actual-start")} check={check.actual_start} />
            <LiveDate {...common} path={path("actual_end")} label={t("field-actual-end")} check={check.actual_end} />
          </div>
          <LiveCheck {...common} path={path("milestone")} label={t("field-milestone")} />
          <Boxes id={id} field="support_cities" legend={t("field-support-cities")} options={cities.filter((city8) => city8 !== lead).map((city8) => [city8, cityName(city8)] as const)} />
          {others.length > 0 ? (
            <Boxes id={id} field="depends_on" legend={t("field-depends-on")} options={others.map(([one, other]) => [one, `${textOf(other["code"])} ${short(textOf(other["text"]), 80)}`] as const)} />
          ) : null}
          <Deliverables activity={id} />
        </>
      ) : null}
    </details>
  );
}

function Boxes({ id, field, legend, options }: { id: string; field: string; legend: string; options: readonly (readonly [string, string])[] }) {
  const { replica } = useProgramme();
  const path = ["activities", id, field];
  const on = mapOf(at(replica.doc.value, path));
  return (
    <fieldset id={anchor(path)} tabIndex={-1} class="boxes">
      <legend>{legend}</legend>
      {options.map(([key, name]) => {
        const box = anchor([...path, key]);
        const set = (value: boolean) => replica.change((doc: Content) => put(doc, [...path, key], value ? true : undefined));
        return (
          <div class="check" key={key}>
            <input type="checkbox" id={box} checked={key in on && on[key] !== false} disabled={!replica.writable.value} onChange={(event) => set(event.currentTarget.checked)} />
            <label for={box}>{name}</label>
          </div>
        );
      })}
    </fieldset>
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
  return parts.join(" ");
}
