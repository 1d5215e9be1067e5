// The activities in time: a table in which each row draws its bar. What the bars say, the columns say too.

import { axisOf, type Axis, barOf, dateOf, troublesOf } from "../../documents/schedule.ts";
import { anchor } from "../../documents/places.ts";
import { type Item, items, mapOf, numberOf, textOf } from "../../documents/values.ts";
import { useProgramme } from "../../parts/programme.ts";
import { cityName } from "../../state.ts";
import { locale, longDate, t } from "../../words/words.ts";

/** Units of the drawing; the picture is stretched to the column. */
const WIDTH = 1000;
const HEIGHT = 30;

const STATUS_SIGNS: Record<string, string> = { planned: "○", ongoing: "◐", done: "●", delayed: "▲", cancelled: "✕" };

export function Timetable({ link = true }: { link?: boolean }) {
  const { replica, conflicts } = useProgramme();
  const doc = replica.doc.value;
  const activities = items(doc, "activities");
  const axis = axisOf(doc, conflicts);
  if (activities.length === 0) return null;
  const results = items(doc, "results");
  const known = new Set(results.map(([id]) => id));
  const groups = [
    ...results.map(([id, item]) => ({ id, name: `${textOf(item["code"])} ${textOf(item["text"])}`.trim(), list: activities.filter(([, one]) => textOf(one["result_id"]) === id) })),
    { id: "", name: t("activities-loose"), list: activities.filter(([, one]) => !known.has(textOf(one["result_id"]))) },
  ].filter((group) => group.list.length > 0);
  return (
    <div class="table-wrap" role="region" tabIndex={0} aria-label={t("timetable-title")}>
      <table class="timetable" data-testid="timetable">
        <caption>{t("timetable-caption")}</caption>
        <thead>
          <tr>
            <th scope="col">{t("field-activity")}</th>
            <th scope="col">{t("city")}</th>
            <th scope="col">{t("field-planned-start")}</th>
            <th scope="col">{t("field-planned-end")}</th>
            <th scope="col">{t("field-status")}</th>
            {axis ? (
              <th scope="col" class="bars">
                <span class="unseen">{t("timetable-bars")}</span>
                <Months axis={axis} />
              </th>
            ) : null}
          </tr>
        </thead>
        {groups.map((group) => (
          <tbody key={group.id}>
            <tr class="timetable-group">
              <th scope="rowgroup" colSpan={axis ? 6 : 5}>
                {group.name}
              </th>
            </tr>
            {group.list.map(([id, item]) => (
              <Row key={id} id={id} item={item} axis={axis} link={link} />
            ))}
          </tbody>
        ))}
      </table>
    </div>
  );
}

function Row({ id, item, axis, link }: { id: string; item: Item; axis: Axis | null; link: boolean }) {
  const { replica, conflicts } = useProgramme();
  const start = dateOf(id, item, "planned_start", conflicts);
  const end = dateOf(id, item, "planned_end", conflicts);
  const status = textOf(item["status"]) || "planned";
  const progress = numberOf(item["progress_pct"]) ?? 0;
  const support = Object.entries(mapOf(item["support_cities"])).filter(([, on]) => on === true).map(([city8]) => cityName(city8));
  const troubles = troublesOf(replica.doc.value, id, item);
  const name = textOf(item["text"]) || t("untitled");
  const day = (dated: { date: string; open: boolean }) => (
    <>
      {dated.date === "" ? "–" : shortDate(dated.date)}
      {dated.open ? <span class="provisional">{t("latest-of-several")}</span> : null}
    </>
  );
  return (
    <tr>
      <th scope="row">
        <span class="code-word">{textOf(item["code"])}</span>{" "}
        {link ? <a href={`#${anchor(["activities", id])}`}>{name}</a> : name}
        {item["milestone"] === true ? <span class="quiet"> · {t("milestone")}</span> : null}
        {troubles.map((one) => (
          <span key={one.code} class="trouble">
            <span aria-hidden="true">⚠ </span>
            {sentenceOfTrouble(one)}
          </span>
        ))}
      </th>
      <td>
        {textOf(item["lead_city"]) === "" ? t("nobody-yet") : cityName(textOf(item["lead_city"]))}
        {support.length > 0 ? <span class="quiet small">{t("timetable-support", { cities: support.join(", ") })}</span> : null}
      </td>
      <td class="date">{day(start)}</td>
      <td class="date">{day(end)}</td>
      <td class="status">
        <span aria-hidden="true">{STATUS_SIGNS[status] ?? "○"} </span>
        {t(`activity-${status}`)}
        {progress > 0 ? <span class="quiet small">{progress} %</span> : null}
      </td>
      {axis ? (
        <td class="bars">
          <Bar axis={axis} start={start.date} end={end.date} open={start.open || end.open} status={status} progress={progress} milestone={item["milestone"] === true} />
        </td>
      ) : null}
    </tr>
  );
}

export function sentenceOfTrouble(one: ReturnType<typeof troublesOf>[number]): string {
  const { from, to } = one.args;
  return t(one.code, from === undefined && to === undefined ? one.args : { ...one.args, from: shortDate(from ?? ""), to: shortDate(to ?? "") });
}

export function shortDate(iso: string): string {
  const date = new Date(`${iso}T12:00:00`);
  if (Number.isNaN(date.getTime())) return iso === "" ? "–" : iso;
  return new Intl.DateTimeFormat(locale(), { day: "2-digit", month: "2-digit", year: "numeric" }).format(date);
}

function Bar({ axis, start, end, open, status, progress, milestone }: { axis: Axis; start: string; end: string; open: boolean; status: string; progress: number; milestone: boolean }) {
  const bar = barOf(axis, start, end);
  const years = axis.months.filter((one) => one.month === 0);
  const title = bar ? `${longDate(start)} – ${longDate(end)}` : "";
  return (
    <svg class={`bar bar-${status} ${open ? "bar-open" : ""}`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true" focusable="false">
      {title ? <title>{title}</title> : null}
      {axis.months.map((one) => (
        <line key={one.at} class="bar-month" x1={one.at * WIDTH} x2={one.at * WIDTH} y1="0" y2={HEIGHT} />
      ))}
      {years.map((one) => (
        <line key={one.year} class="bar-year" x1={one.at * WIDTH} x2={one.at * WIDTH} y1="0" y2={HEIGHT} />
      ))}
      {bar ? <rect class="bar-whole" x={bar.at * WIDTH} y="7" width={Math.max(bar.length * WIDTH, 4)} height="16" /> : null}
      {bar && progress > 0 ? <rect class="bar-done" x={bar.at * WIDTH} y="7" width={(bar.length * WIDTH * Math.min(progress, 100)) / 100} height="16" /> : null}
      {bar && milestone ? <rect class="bar-milestone" x={(bar.at + bar.length) * WIDTH - 5} y="3" width="5" height="24" /> : null}
    </svg>
  );
}

function Months({ axis }: { axis: Axis }) {
  const step = axis.months.length > 36 ? 12 : axis.months.length > 18 ? 3 : 1;
  const letter = new Intl.DateTimeFormat(locale(), { month: step === 1 ? "narrow" : "short", timeZone: "UTC" });
  const years = axis.months.filter((one, i) => i === 0 || one.month === 0);
  return (
    <svg class="months" viewBox={`0 0 ${WIDTH / 2.5} 34`} aria-hidden="true" focusable="false">
      {years.map((one) => (
        <text key={one.year} x={(one.at * WIDTH) / 2.5 + 2} y="13">
          {one.year}
        </text>
      ))}
      {axis.months.map((one, i) =>
        i % step === 0 ? (
          <text key={one.at} class="months-letter" x={(one.at * WIDTH) / 2.5 + 2} y="29">
            {letter.format(new Date(Date.UTC(2026, one.month, 1)))}
          </text>
        ) : null,
      )}
    </svg>
  );
}
