// What an indicator measures: where it starts, where it should be each year, where it is.

import { useState } from "preact/hooks";
import { yearsOf } from "../../../documents/budget.ts";
import { anchor } from "../../../documents/places.ts";
import { type Item, mapOf, put, textOf } from "../../../documents/values.ts";
import { LiveText } from "../../../editor/live-text.tsx";
import type { Content } from "../../../live/replica.ts";
import { LiveNumber, LiveSelect, LiveString } from "../../../parts/fields.tsx";
import { useProgramme } from "../../../parts/programme.ts";
import { cityName } from "../../../state.ts";
import { listOf, t } from "../../../words/words.ts";

const GROUPS = ["sex", "age", "district", "group"];
const FREQUENCIES = ["monthly", "quarterly", "semester", "annual", "final"];

/** Periods with a target or a value, and the years of the programme. Values are beside targets: `2026/value`. */
function periodsOf(item: Item, years: readonly string[]): string[] {
  return [...new Set([...years, ...Object.keys(mapOf(item["targets"])).map((key) => key.split("/")[0] ?? key)])].sort();
}

/** "De 0 % (2024) a 80 % (2026)": what one needs to see at a glance. */
export function indicatorSummary(item: Item, periods: readonly string[]): string {
  const targets = mapOf(item["targets"]);
  const unit = textOf(item["unit"]);
  const show = (value: unknown) => `${textOf(value).replace(".", ",")}${unit === "" ? "" : ` ${unit}`}`;
  const said: string[] = [];
  if (textOf(item["baseline_value"]) !== "") said.push(t("indicator-from", { value: show(item["baseline_value"]), year: textOf(item["baseline_year"]) || "–" }));
  const told = periods.filter((period) => textOf(targets[period]) !== "").map((period) => `${period}: ${show(targets[period])}`);
  if (told.length > 0) said.push(t("indicator-targets", { list: told.join(" · ") }));
  const got = periods.filter((period) => textOf(targets[`${period}/value`]) !== "").map((period) => `${period}: ${show(targets[`${period}/value`])}`);
  if (got.length > 0) said.push(t("indicator-values", { list: got.join(" · ") }));
  const groups = GROUPS.filter((group) => mapOf(item["disaggregation"])[group] === true);
  if (groups.length > 0) said.push(t("indicator-by", { list: listOf(groups.map((group) => t(`group-${group}`))) }));
  const city = textOf(item["responsible_city"]);
  if (city !== "") said.push(t("indicator-city", { city: cityName(city) }));
  return said.join(" ");
}

export function IndicatorData({ id, item }: { id: string; item: Item }) {
  const { replica, conflicts, cities, cells } = useProgramme();
  const [open, setOpen] = useState(() => decodeURIComponent(location.hash).startsWith(`#${anchor(["indicators", id])}-`));
  const inConflict = [...conflicts.keys()].some((place) => place.startsWith(`${anchor(["indicators", id])}-`));
  const periods = periodsOf(item, yearsOf(replica.doc.value, cells));
  const code = textOf(item["code"]);
  const path = (...more: string[]) => ["indicators", id, ...more];
  const common = { replica, conflicts };
  const groups = mapOf(item["disaggregation"]);
  return (
    <>
      <p class="hint">{indicatorSummary(item, periods)}</p>
      <details class="more" open={open || inConflict} onToggle={(event) => setOpen(event.currentTarget.open)}>
        <summary>{t("more-about", { name: code })}</summary>
        {open || inConflict ? (
          <div class="indicator-data">
            <div class="grid grid-small">
              <LiveSelect {...common} path={path("measure")} label={t("field-measure")} options={["1", "2", "3", "4", "5"].map((one) => [one, t(`measure-${one}`)] as const)} />
              <LiveString {...common} path={path("unit")} label={t("field-unit")} />
              <LiveNumber {...common} path={path("baseline_value")} label={t("field-baseline-value")} decimal error={t("number-wrong")} />
              <LiveNumber {...common} path={path("baseline_year")} label={t("field-baseline-year")} min={1900} max={2200} error={t("year-wrong")} />
            </div>
            <LiveText replica={replica} path={path("baseline_comment")} label={t("field-baseline-comment")} multiline rows={1} />
            <div class="grid grid-small">
              {periods.map((period) => (
                <div key={period}>
                  <LiveNumber {...common} path={path("targets", period)} label={t("target-of", { period })} decimal error={t("number-wrong")} />
                  <LiveNumber {...common} path={path("targets", `${period}/value`)} label={t("value-in", { period })} decimal error={t("number-wrong")} />
                </div>
              ))}
            </div>
            <fieldset id={anchor(path("disaggregation"))} tabIndex={-1}>
              <legend>{t("field-disaggregation")}</legend>
              {GROUPS.map((group) => {
                const box = anchor(path("disaggregation", group));
                const set = (on: boolean) => replica.change((doc: Content) => put(doc, path("disaggregation", group), on ? true : undefined));
                return (
                  <div class="check" key={group}>
                    <input type="checkbox" id={box} checked={groups[group] === true} disabled={!replica.writable.value} onChange={(event) => set(event.currentTarget.checked)} />
                    <label for={box}>{t(`group-${group}`)}</label>
                  </div>
                );
              })}
            </fieldset>
            <div class="grid grid-small">
              <LiveSelect {...common} path={path("responsible_city")} label={t("field-responsible-city")} empty={t("nobody-yet")} options={cities.map((city8) => [city8, cityName(city8)] as const)} />
              <LiveSelect {...common} path={path("frequency")} label={t("field-frequency")} empty={t("choose")} options={FREQUENCIES.map((one) => [one, t(`frequency-${one}`)] as const)} />
              <LiveString {...common} path={path("sdg_indicator")} label={t("field-sdg-indicator")} hint={t("hint-sdg-indicator")} />
            </div>
          </div>
        ) : null}
      </details>
    </>
  );
}
