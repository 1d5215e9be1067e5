// The budget: whose cells one looks at, the matrix, what is proposed, the totals, and what the budget is made of.

import { useMemo, useState } from "preact/hooks";
import { type Cell, MODES, type Share, Tally, yearsOf } from "../../documents/budget.ts";
import { formatAmount, formatMoney } from "../../documents/money.ts";
import { items, numberOf, textOf } from "../../documents/values.ts";
import { at } from "../../live/replica.ts";
import { Empty } from "../../parts/basic.tsx";
import { Help } from "../../parts/help.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { write } from "../../route.ts";
import { cityName, myCity8 } from "../../state.ts";
import { language, locale, t } from "../../words/words.ts";
import { Financiers, Lines } from "./lines.tsx";
import { type Funder, Matrix, type Target } from "./matrix.tsx";
import { Proposals, Propose } from "./proposals.tsx";
import { Rates, useRates } from "./rates.tsx";

const ALL = "all";

export function useFunders(): Funder[] {
  const { replica, cities } = useProgramme();
  const externals = items(replica.doc.value, "financiers").map(([id, item]) => ({ key: `ext:${id}`, name: textOf(item["name"]) || t("untitled-financier") }));
  return [...cities.map((city8) => ({ key: city8, name: cityName(city8) })), ...externals];
}

export function Budget() {
  const { replica, cells, groups, contributions, currency, circle, id } = useProgramme();
  const doc = replica.doc.value;
  const funders = useFunders();
  const [chosen, setChosen] = useState(() => openFor(funders));
  const [proposing, setProposing] = useState<Target | null>(null);
  const tally = useMemo(() => new Tally(groups), groups);
  const years = yearsOf(doc, cells);
  const lines = items(doc, "budget_lines");
  const total = tally.sum();
  const shown = chosen === ALL ? funders : funders.filter((one) => one.key === chosen);
  const own = shown.length === 1 && shown[0]?.key === myCity8();
  const theirs = shown.length === 1 && !own && !shown[0]?.key.startsWith("ext:");
  return (
    <>
      <h2>{t("part-budget")}</h2>
      <Help part="budget" />
      <p class="total-line" data-testid="total">
        {t("budget-total")} <strong class="amount-large">{formatMoney(total.amount, currency, language.value)}</strong>
        {total.provisional ? <> <Provisional /></> : null}
      </p>
      {years.length === 0 ? <p class="notice">{t("budget-no-years")}</p> : null}
      <fieldset class="choices">
        <legend>{t("budget-whose")}</legend>
        {[...funders, { key: ALL, name: t("budget-all") }].map((one) => (
          <label key={one.key} class="choice">
            <input type="radio" name="funder" value={one.key} checked={chosen === one.key} onChange={() => setChosen(one.key)} data-testid={`funder-${one.name}`} />
            <span>{one.key === myCity8() ? t("your-city", { city: one.name }) : one.name}</span>
          </label>
        ))}
      </fieldset>
      {own && !contributions.some((one) => one.city8 === myCity8()) ? <p class="notice">{t("contribution-missing")}</p> : null}
      {theirs ? <p class="quiet">{t("pb02", { city: shown[0]?.name ?? "" })} {t("propose-how")}</p> : null}
      {lines.length === 0 ? (
        <Empty title={t("budget-empty")}>
          <p>{t("budget-empty-text")}</p>
        </Empty>
      ) : (
        <Matrix funders={shown} years={years} lines={lines} onPropose={setProposing} />
      )}
      <p>
        <a href={write({ screen: "programme", circle, doc: id, part: "files" })}>{t("budget-to-files")}</a>
      </p>
      <Proposals />
      <h3>{t("totals-title")}</h3>
      <Totals funders={funders} years={years} tally={tally} />
      <IndirectCosts tally={tally} />
      <Lines lines={lines} />
      <Financiers />
      <Rates />
      {proposing ? <Propose target={proposing} onClose={() => setProposing(null)} /> : null}
    </>
  );
}

/** A link to a cell says whose it is: its part of the table must be the one that is shown. */
function openFor(funders: readonly Funder[]): string {
  const wanted = decodeURIComponent(location.hash.slice(1));
  const external = funders.find((one) => one.key.startsWith("ext:") && wanted.includes(one.key.replace(":", "_")));
  const city = funders.find((one) => wanted.endsWith(`-of-${one.key}`));
  return external?.key ?? city?.key ?? myCity8();
}

export function Provisional() {
  return (
    <span class="provisional" data-testid="provisional">
      {t("provisional")}
    </span>
  );
}

function Amount({ share, rate }: { share: Share; rate?: { currency: string; rate: number } | null }) {
  const { currency } = useProgramme();
  const shown = rate ? formatAmount(Math.round(share.amount * rate.rate), rate.currency, language.value) : formatAmount(share.amount, currency, language.value);
  return (
    <>
      <span class="amount">{share.amount === 0 ? "–" : shown}</span>
      {share.provisional ? <Provisional /> : null}
    </>
  );
}

/** PB04, with its sum: what the limit allows and what there is. */
function IndirectCosts({ tally }: { tally: Tally }) {
  const { replica } = useProgramme();
  const doc = replica.doc.value;
  const limit = numberOf(at(doc, ["indirect_limit_pct"]));
  let direct = 0;
  let indirect = 0;
  for (const [id, line] of items(doc, "budget_lines")) {
    const { amount } = tally.sum({ line: id });
    if (line["direct"] === false) indirect += amount;
    else direct += amount;
  }
  if (direct === 0 || (indirect === 0 && limit === null)) return null;
  const percent = (indirect * 100) / direct;
  const number = (value: number) => new Intl.NumberFormat(locale(), { maximumFractionDigits: 2 }).format(value);
  const over = limit !== null && percent > limit;
  return (
    <p class={over ? "notice" : "quiet"} data-testid="indirect">
      {over ? t("pb04", { n: number(percent), m: number(limit) }) : t("indirect-share", { n: number(percent), m: limit === null ? "–" : number(limit) })}
    </p>
  );
}

function Totals({ funders, years, tally }: { funders: readonly Funder[]; years: readonly string[]; tally: Tally }) {
  const { currency } = useProgramme();
  const rates = useRates();
  const [other, setOther] = useState("");
  const rate = rates.find((one) => one.currency === other && one.perUnit !== null);
  const all = tally.sum().amount;
  const percent = (share: Share) =>
    all === 0 ? "–" : new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 1 }).format(share.amount / all);
  const converted = rate?.perUnit ? { currency: rate.currency, rate: rate.perUnit } : null;
  const row = (name: string, wanted: Partial<Pick<Cell, "funder">>) => {
    const total = tally.sum(wanted);
    return (
      <tr key={name}>
        <th scope="row">{name}</th>
        {MODES.map((mode) => (
          <td key={mode} class="numeric">
            <Amount share={tally.sum({ ...wanted, mode })} rate={converted} />
          </td>
        ))}
        {years.map((year) => (
          <td key={year} class="numeric">
            <Amount share={tally.sum({ ...wanted, year })} rate={converted} />
          </td>
        ))}
        <td class="numeric">
          <Amount share={total} rate={converted} />
        </td>
        <td class="numeric">{percent(total)}</td>
      </tr>
    );
  };
  const usable = rates.filter((one) => one.perUnit !== null);
  return (
    <>
      {usable.length > 0 ? (
        <div class="row">
          <label for="totals-currency">{t("totals-in")}</label>
          <select id="totals-currency" class="narrow" value={other} onChange={(event) => setOther(event.currentTarget.value)}>
            <option value="">{currency}</option>
            {usable.map((one) => (
              <option key={one.currency} value={one.currency}>
                {one.currency}
              </option>
            ))}
          </select>
        </div>
      ) : null}
      <div class="table-wrap" role="region" tabIndex={0} aria-label={t("totals-title")}>
        <table class="budget" data-testid="totals">
          <caption>
            {t("totals-caption", { currency: converted?.currency ?? currency })} {rate ? t("totals-rate", { rate: rate.text, from: currency, to: rate.currency }) : ""}
          </caption>
          <thead>
            <tr>
              <th scope="col">{t("funder")}</th>
              {MODES.map((mode) => (
                <th key={mode} scope="col" class="numeric">
                  {t(`mode-${mode}`)}
                </th>
              ))}
              {years.map((year) => (
                <th key={year} scope="col" class="numeric">
                  {year}
                </th>
              ))}
              <th scope="col" class="numeric">
                {t("total")}
              </th>
              <th scope="col" class="numeric">
                %
              </th>
            </tr>
          </thead>
          <tbody>{funders.map((one) => row(one.name, { funder: one.key }))}</tbody>
          <tfoot>{row(t("total"), {})}</tfoot>
        </table>
      </div>
    </>
  );
}
