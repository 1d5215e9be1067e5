// The budget: lines by year and mode for one financier at a time, the matrix of all, and the totals.

import { Fragment } from "preact";
import { useState } from "preact/hooks";
import { type Cell, MODES, type Share, sum, yearsOf } from "../../documents/budget.ts";
import { formatAmount, formatMoney } from "../../documents/money.ts";
import { anchor } from "../../documents/places.ts";
import { type Item, items, textOf } from "../../documents/values.ts";
import { Empty } from "../../parts/basic.tsx";
import { MoneyCell, MoneyConflict } from "../../parts/money-cell.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { cityName, myCity8 } from "../../state.ts";
import { language, t } from "../../words/words.ts";
import { Financiers, Lines } from "./lines.tsx";
import { Proposals, Propose } from "./proposals.tsx";

const ALL = "all";

interface Funder {
  key: string;
  name: string;
}

export function Budget() {
  const { replica, cells, cities, currency } = useProgramme();
  const doc = replica.doc.value;
  const externals: Funder[] = items(doc, "financiers").map(([id, item]) => ({
    key: `ext:${id}`,
    name: textOf(item["name"]) || t("untitled-financier"),
  }));
  const funders: Funder[] = [...cities.map((city8) => ({ key: city8, name: cityName(city8) })), ...externals];
  const [chosen, setChosen] = useState(myCity8());
  const funder = chosen === ALL ? null : (funders.find((one) => one.key === chosen) ?? funders[0] ?? null);
  const years = yearsOf(doc, cells);
  const lines = items(doc, "budget_lines");
  const total = sum(cells, {});
  return (
    <>
      <h2>{t("part-budget")}</h2>
      <p class="total-line" data-testid="total">
        {t("budget-total")} <strong class="amount-large">{formatMoney(total.amount, currency, language.value)}</strong>
        {total.provisional ? <> <Provisional /></> : null}
      </p>
      {years.length === 0 ? <p class="notice">{t("budget-no-years")}</p> : null}
      <fieldset class="choices">
        <legend>{t("budget-whose")}</legend>
        {[...funders, { key: ALL, name: t("budget-all") }].map((one) => (
          <label key={one.key} class="choice">
            <input
              type="radio"
              name="funder"
              value={one.key}
              checked={(funder?.key ?? ALL) === one.key}
              onChange={() => setChosen(one.key)}
              data-testid={`funder-${one.name}`}
            />
            <span>{one.key === myCity8() ? t("your-city", { city: one.name }) : one.name}</span>
          </label>
        ))}
      </fieldset>
      {lines.length === 0 ? <Empty title={t("budget-empty")} /> : funder ? <FunderTable funder={funder} years={years} lines={lines} /> : <Matrix funders={funders} lines={lines} />}
      <Proposals lines={lines} />
      <h3>{t("totals-title")}</h3>
      <Totals funders={funders} years={years} />
      <Lines lines={lines} />
      <Financiers />
    </>
  );
}

function Provisional() {
  return (
    <span class="provisional" data-testid="provisional">
      {t("provisional")}
    </span>
  );
}

function Amount({ share }: { share: Share }) {
  const { currency } = useProgramme();
  return (
    <>
      <span class="amount">{share.amount === 0 ? "–" : formatAmount(share.amount, currency, language.value)}</span>
      {share.provisional ? <Provisional /> : null}
    </>
  );
}

function FunderTable({ funder, years, lines }: { funder: Funder; years: readonly string[]; lines: readonly [string, Item][] }) {
  const { replica, contributions, conflicts, cells, currency } = useProgramme();
  const [proposing, setProposing] = useState<{ line: string; year: string; mode: string } | null>(null);
  const external = funder.key.startsWith("ext:");
  const own = funder.key === myCity8();
  const contribution = contributions.find((one) => one.city8 === funder.key);
  const columns = years.flatMap((year) => MODES.map((mode) => ({ year, mode })));
  /** Where this city may write: its own contribution, or the programme for external financiers. */
  const editable = own
    ? contribution && { replica: contribution.replica, conflicts: contribution.conflicts }
    : external
      ? { replica, conflicts }
      : undefined;
  return (
    <>
      {own && !contribution ? <p class="notice">{t("contribution-missing")}</p> : null}
      {!own && !external ? <p class="quiet">{t("pb02", { city: funder.name })}</p> : null}
      <div class="table-wrap" role="region" tabIndex={0} aria-label={t("budget-of", { name: funder.name })}>
        <table class="budget" data-testid="budget-table">
          <caption>{t("budget-caption", { name: funder.name, currency })}</caption>
          <thead>
            <tr>
              <th scope="col" rowSpan={2}>
                {t("line")}
              </th>
              {years.map((year) => (
                <th key={year} scope="colgroup" colSpan={2} class="group">
                  {year}
                </th>
              ))}
              <th scope="col" rowSpan={2} class="numeric">
                {t("total")}
              </th>
            </tr>
            <tr>
              {columns.map(({ year, mode }) => (
                <th key={`${year}${mode}`} scope="col" class="numeric">
                  {t(`mode-${mode}`)}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {lines.map(([id, line]) => {
              const cellsHere = columns.map(({ year, mode }) => {
                const path = own ? ["cells", `${id}|${year}|${mode}`] : ["budget_lines", id, "cells", `${funder.key}|${year}|${mode}`];
                const label = t("cell-label", { line: textOf(line["code"]) || textOf(line["title"]), name: funder.name, year, mode: t(`mode-${mode}`) });
                return { year, mode, path, label, key: `${year}${mode}` };
              });
              const inConflict = editable ? cellsHere.filter((one) => editable.conflicts.has(anchor(one.path))) : [];
              return (
                <Fragment key={id}>
                  <tr class={inConflict.length > 0 ? "row-conflict" : undefined}>
                    <th scope="row">
                      <span class="code-word">{textOf(line["code"])}</span> {textOf(line["title"]) || t("untitled")}
                    </th>
                    {cellsHere.map(({ year, mode, path, label, key }) => {
                      const testid = `cell-${textOf(line["code"])}-${year}-${mode}`;
                      return (
                        <td key={key} class="numeric">
                          {editable ? (
                            <MoneyCell key={`${funder.key}${key}`} {...editable} path={path} label={label} currency={currency} testid={testid} />
                          ) : (
                            <div class="read-cell" data-testid={testid}>
                              <Amount share={sum(cells, { line: id, funder: funder.key, year, mode })} />
                              {!own && replica.writable.value ? (
                                <button type="button" class="propose" aria-label={t("propose-label", { cell: label })} onClick={() => setProposing({ line: id, year, mode })}>
                                  {t("propose")}
                                </button>
                              ) : null}
                            </div>
                          )}
                        </td>
                      );
                    })}
                    <td class="numeric">
                      <Amount share={sum(cells, { line: id, funder: funder.key })} />
                    </td>
                  </tr>
                  {editable && inConflict.length > 0 ? (
                    <tr>
                      <td colSpan={columns.length + 2}>
                        {inConflict.map((one) => (
                          <MoneyConflict key={one.key} {...editable} path={one.path} label={one.label} currency={currency} />
                        ))}
                      </td>
                    </tr>
                  ) : null}
                </Fragment>
              );
            })}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t("total")}</th>
              {columns.map(({ year, mode }) => (
                <td key={`${year}${mode}`} class="numeric">
                  <Amount share={sum(cells, { funder: funder.key, year, mode })} />
                </td>
              ))}
              <td class="numeric">
                <Amount share={sum(cells, { funder: funder.key })} />
              </td>
            </tr>
          </tfoot>
        </table>
      </div>
      {proposing ? <Propose city8={funder.key} {...proposing} onClose={() => setProposing(null)} /> : null}
    </>
  );
}

/** Lines by financier: who carries what. */
function Matrix({ funders, lines }: { funders: readonly Funder[]; lines: readonly [string, Item][] }) {
  const { cells, currency } = useProgramme();
  return (
    <div class="table-wrap" role="region" tabIndex={0} aria-label={t("matrix-title")}>
      <table class="budget" data-testid="matrix">
        <caption>{t("matrix-caption", { currency })}</caption>
        <thead>
          <tr>
            <th scope="col">{t("line")}</th>
            {funders.map((one) => (
              <th key={one.key} scope="col" class="numeric">
                {one.name}
              </th>
            ))}
            <th scope="col" class="numeric">
              {t("total")}
            </th>
          </tr>
        </thead>
        <tbody>
          {lines.map(([id, line]) => (
            <tr key={id}>
              <th scope="row">
                <span class="code-word">{textOf(line["code"])}</span> {textOf(line["title"]) || t("untitled")}
              </th>
              {funders.map((one) => (
                <td key={one.key} class="numeric">
                  <Amount share={sum(cells, { line: id, funder: one.key })} />
                </td>
              ))}
              <td class="numeric">
                <Amount share={sum(cells, { line: id })} />
              </td>
            </tr>
          ))}
        </tbody>
        <tfoot>
          <tr>
            <th scope="row">{t("total")}</th>
            {funders.map((one) => (
              <td key={one.key} class="numeric">
                <Amount share={sum(cells, { funder: one.key })} />
              </td>
            ))}
            <td class="numeric">
              <Amount share={sum(cells, {})} />
            </td>
          </tr>
        </tfoot>
      </table>
    </div>
  );
}

function Totals({ funders, years }: { funders: readonly Funder[]; years: readonly string[] }) {
  const { cells, currency } = useProgramme();
  const all = sum(cells, {}).amount;
  const percent = (share: Share) =>
    all === 0 ? "–" : new Intl.NumberFormat(language.value, { style: "percent", maximumFractionDigits: 1 }).format(share.amount / all);
  const row = (name: string, wanted: Partial<Pick<Cell, "funder">>) => {
    const total = sum(cells, wanted);
    return (
      <tr key={name}>
        <th scope="row">{name}</th>
        {MODES.map((mode) => (
          <td key={mode} class="numeric">
            <Amount share={sum(cells, { ...wanted, mode })} />
          </td>
        ))}
        {years.map((year) => (
          <td key={year} class="numeric">
            <Amount share={sum(cells, { ...wanted, year })} />
          </td>
        ))}
        <td class="numeric">
          <Amount share={total} />
        </td>
        <td class="numeric">{percent(total)}</td>
      </tr>
    );
  };
  return (
    <div class="table-wrap" role="region" tabIndex={0} aria-label={t("totals-title")}>
      <table class="budget" data-testid="totals">
        <caption>{t("totals-caption", { currency })}</caption>
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
  );
}
