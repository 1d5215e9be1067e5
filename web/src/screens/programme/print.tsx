// The whole programme as a document to print or to save as PDF: every part, nothing to fill in.

import { useEffect } from "preact/hooks";
import { MODES, partnersOf, Tally, yearsOf } from "../../documents/budget.ts";
import { formatAmount } from "../../documents/money.ts";
import { blocksOf, type RichBlock } from "../../documents/rich.ts";
import { items, mapOf, numberOf, textOf } from "../../documents/values.ts";
import type { Doc } from "../../live/replica.ts";
import { Button } from "../../parts/basic.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { useSdg, useSectors } from "../../parts/reference.ts";
import { write } from "../../route.ts";
import { cityName, personName } from "../../state.ts";
import { language, longDate, t } from "../../words/words.ts";
import { useFunders } from "./budget.tsx";
import { FrameHead, indicatorsOf } from "./framework.tsx";
import { indicatorSummary } from "./framework/indicator.tsx";
import { issuedOf, titleOf } from "./issued.ts";
import { SECTIONS } from "./narratives.tsx";
import { shortDate, Timetable } from "./timetable.tsx";

export function PrintProgramme() {
  const state = useProgramme();
  const doc = mapOf(state.replica.doc.value);
  const issued = issuedOf(state);
  const origin = t("file-origin-short", { alliance: issued.alliance, version: issued.version, date: shortDate(issued.date), city: issued.city });
  usePageHeader(`${issued.programme}`, `${origin}${issued.unapproved ? ` · ${t("file-unapproved")}` : ""}`);
  return (
    <article class="printed" data-testid="printed">
      <div class="row no-print">
        <Button kind="main" onClick={() => print()} testid="print">
          {t("print")}
        </Button>
        <a href={write({ screen: "programme", circle: state.circle, doc: state.id, part: "files" })}>{t("back-to-programme")}</a>
      </div>
      <header class="printed-title">
        <p>{issued.alliance}</p>
        <h1 tabIndex={-1}>{titleOf(doc)}</h1>
        <p>
          {[textOf(doc["code"]), t(`state-${textOf(doc["status"]) || "draft"}`), `${shortDate(textOf(doc["period_start"]))} – ${shortDate(textOf(doc["period_end"]))}`].filter(Boolean).join(" · ")}
        </p>
        <p class="quiet">{origin}</p>
        {issued.unapproved ? <p class="notice">{t("file-unapproved")}</p> : null}
      </header>
      <Who />
      {SECTIONS.map((field) => (
        <Section key={field} field={field} />
      ))}
      <LogFrame />
      <section>
        <h2>{t("timetable-title")}</h2>
        <Timetable link={false} />
      </section>
      <BudgetTables />
      <Running />
    </article>
  );
}

/** On a narrow screen a table scrolls by itself, with the keyboard too; on paper it does not. */
function Wide({ name, children }: { name: string; children: preact.ComponentChildren }) {
  return (
    <div class="table-wrap" role="region" tabIndex={0} aria-label={name}>
      {children}
    </div>
  );
}

/** What stands at the head and foot of each sheet. Only the style sheet can say it, and only from here. */
function usePageHeader(title: string, origin: string): void {
  useEffect(() => {
    const text = (words: string) => `"${words.replace(/[\\"]/g, "\\$&").replace(/[\n\r\f]+/g, " ")}"`;
    const sheet = new CSSStyleSheet();
    const font = "font: 8pt sans-serif; color: #444;";
    sheet.replaceSync(
      `@page { margin: 18mm 15mm 18mm; @top-left { content: ${text(title)}; ${font} width: 100%; } @bottom-left { content: ${text(origin)}; ${font} width: 85%; } @bottom-right { content: counter(page) " / " counter(pages); ${font} width: 15%; } }`,
    );
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, sheet];
    return () => {
      document.adoptedStyleSheets = document.adoptedStyleSheets.filter((one) => one !== sheet);
    };
  }, [title, origin]);
}

function Who() {
  const { replica } = useProgramme();
  const doc = mapOf(replica.doc.value);
  const sdg = useSdg();
  const names = useSectors();
  const partners = partnersOf(doc);
  const sectors = Object.entries(mapOf(doc["dac_sectors"])).filter(([, pct]) => numberOf(pct) !== null);
  const targets = Object.entries(mapOf(doc["sdg_targets"])).filter(([, on]) => on === true).map(([one]) => one);
  const groups = items(doc, "beneficiaries");
  return (
    <section>
      <h2>{t("part-identity")}</h2>
      <Wide name={t("partners-title")}>
        <table>
          <caption>{t("partners-title")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("city")}</th>
              <th scope="col">{t("field-role")}</th>
              <th scope="col">{t("partner-answer")}</th>
            </tr>
          </thead>
          <tbody>
            {partners.map((one) => (
              <tr key={one.city8}>
                <th scope="row">{cityName(one.city8)}</th>
                <td>{one.role ? t(`partner-role-${one.role}`) : "–"}</td>
                <td>{one.status ? t(`partner-status-${one.status}`) : "–"}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </Wide>
      {sectors.length > 0 ? <p>{t("sectors-title")}: {sectors.map(([code, pct]) => `${code} ${names?.get(code) ?? ""} (${textOf(pct)} %)`.replace("  ", " ")).join(" · ")}</p> : null}
      {targets.length > 0 ? (
        <>
          <h3>{t("targets-title")}</h3>
          <ul class="bullets">
            {targets
              .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }))
              .map((one) => (
                <li key={one}>
                  <strong>{one}</strong> {sdg?.targets[one] ?? ""}
                </li>
              ))}
          </ul>
        </>
      ) : null}
      {groups.length > 0 ? (
        <Wide name={t("beneficiaries-title")}>
          <table>
            <caption>{t("beneficiaries-title")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("field-group")}</th>
                {["women", "men", "other", "indirect"].map((field) => (
                  <th key={field} scope="col" class="numeric">
                    {t(`field-${field}`)}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {groups.map(([id, item]) => (
                <tr key={id}>
                  <th scope="row">{textOf(item["group"]) || t("untitled-group")}</th>
                  {["women", "men", "other", "indirect"].map((field) => (
                    <td key={field} class="numeric">
                      {numberOf(item[field]) === null ? "–" : new Intl.NumberFormat(language.value).format(numberOf(item[field]) ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Wide>
      ) : null}
    </section>
  );
}

function Section({ field }: { field: string }) {
  const { sections } = useProgramme();
  const doc = sections.get(field)?.doc.value as Doc | null | undefined;
  const blocks = doc ? blocksOf(doc, ["body"]) : [];
  return (
    <section class="printed-text">
      <h2>{t(`section-${field}`)}</h2>
      {blocks.length === 0 ? <p class="quiet">{t(doc ? "want-text" : "sy04")}</p> : <Blocks blocks={blocks} />}
    </section>
  );
}

/** Items stand beside each other in the text; here they become lists. */
export function Blocks({ blocks }: { blocks: readonly RichBlock[] }) {
  const out: preact.ComponentChildren[] = [];
  for (let i = 0; i < blocks.length; i++) {
    const block = blocks[i] as RichBlock;
    if (block.kind === "bullet" || block.kind === "numbered") {
      const list: RichBlock[] = [];
      while (blocks[i]?.kind === block.kind) list.push(blocks[i++] as RichBlock);
      i -= 1;
      const rows = list.map((one, n) => (
        <li key={n} data-indent={one.indent > 0 ? String(one.indent) : undefined}>
          <Runs block={one} />
        </li>
      ));
      out.push(block.kind === "bullet" ? <ul class="bullets">{rows}</ul> : <ol>{rows}</ol>);
    } else if (block.kind === "heading") out.push(block.level === 2 ? <h3><Runs block={block} /></h3> : <h4><Runs block={block} /></h4>);
    else if (block.kind === "quote") out.push(<blockquote><Runs block={block} /></blockquote>);
    else out.push(<p><Runs block={block} /></p>);
  }
  return <>{out}</>;
}

function Runs({ block }: { block: RichBlock }) {
  return (
    <>
      {block.runs.map((run) => {
        let piece: preact.ComponentChildren = run.text;
        if (run.em) piece = <em>{piece}</em>;
        if (run.strong) piece = <strong>{piece}</strong>;
        return run.href ? <a href={run.href} rel="noopener noreferrer nofollow" target="_blank">{piece}</a> : piece;
      })}
    </>
  );
}

function LogFrame() {
  const { replica, cells } = useProgramme();
  const doc = mapOf(replica.doc.value);
  const years = yearsOf(doc, cells);
  const objectives = items(doc, "specific_objectives");
  const results = items(doc, "results");
  const level = (id: string, kind: string, code: string, text: string, assumptions: string) => {
    const indicators = indicatorsOf(doc, id);
    const rows = indicators.length === 0 ? [null] : indicators;
    return (
      <tbody key={id}>
        {rows.map((one, i) => (
          <tr key={one?.[0] ?? "none"}>
            {i === 0 ? (
              <th scope="rowgroup" rowSpan={rows.length}>
                <span class="frame-kind">{kind}</span> <strong>{code}</strong> {text}
              </th>
            ) : null}
            <td>
              {one ? (
                <>
                  <strong>{textOf(one[1]["code"])}</strong> {textOf(one[1]["text"])}
                  <span class="quiet small">{indicatorSummary(one[1], periods(one[1], years))}</span>
                </>
              ) : (
                t("no-indicator")
              )}
            </td>
            <td>{one ? textOf(one[1]["verification_source"]) : ""}</td>
            {i === 0 ? <td rowSpan={rows.length}>{assumptions}</td> : null}
          </tr>
        ))}
      </tbody>
    );
  };
  const ordered = objectives.flatMap(([id, item]) => [
    level(id, t("field-specific-objective"), textOf(item["code"]), textOf(item["text"]), textOf(item["assumptions"])),
    ...results.filter(([, one]) => textOf(one["so_id"]) === id).map(([rid, one]) => level(rid, t("field-result"), textOf(one["code"]), textOf(one["text"]), textOf(one["assumptions"]))),
  ]);
  const known = new Set(objectives.map(([id]) => id));
  const loose = results.filter(([, one]) => !known.has(textOf(one["so_id"])));
  const preconditions = items(doc, "preconditions");
  return (
    <section>
      <h2>{t("framework-caption")}</h2>
      <Wide name={t("framework-caption")}>
        <table class="printed-frame">
          <FrameHead />
          {level("general_objective", t("field-general-objective"), "", textOf(doc["general_objective"]), "")}
          {ordered}
          {loose.map(([id, one]) => level(id, t("field-result"), textOf(one["code"]), textOf(one["text"]), textOf(one["assumptions"])))}
        </table>
      </Wide>
      {preconditions.length > 0 ? (
        <>
          <h3>{t("preconditions-title")}</h3>
          <ul class="bullets">
            {preconditions.map(([id, item]) => (
              <li key={id}>{textOf(item["text"])}</li>
            ))}
          </ul>
        </>
      ) : null}
    </section>
  );
}

function periods(item: unknown, years: readonly string[]): string[] {
  return [...new Set([...years, ...Object.keys(mapOf(mapOf(item)["targets"])).map((key) => key.split("/")[0] ?? key)])].sort();
}

function BudgetTables() {
  const { replica, cells, groups, currency } = useProgramme();
  const doc = replica.doc.value;
  const funders = useFunders();
  const years = yearsOf(doc, cells);
  const tally = new Tally(groups);
  const lines = items(doc, "budget_lines");
  const show = (wanted: Parameters<Tally["sum"]>[0]) => {
    const share = tally.sum(wanted);
    return share.amount === 0 ? "–" : `${formatAmount(share.amount, currency, language.value)}${share.provisional ? "*" : ""}`;
  };
  const giving = funders.filter((one) => tally.sum({ funder: one.key }).amount > 0);
  const row = (name: preact.ComponentChildren, key: string, wanted: { funder?: string }) => (
    <tr key={key}>
      <th scope="row">{name}</th>
      {MODES.map((mode) => (
        <td key={mode} class="numeric">{show({ ...wanted, mode })}</td>
      ))}
      {years.map((year) => (
        <td key={year} class="numeric">{show({ ...wanted, year })}</td>
      ))}
      <td class="numeric">{show(wanted)}</td>
    </tr>
  );
  return (
    <section>
      <h2>{t("part-budget")}</h2>
      <Wide name={t("printed-matrix", { currency })}>
        <table class="printed-wide">
          <caption>{t("printed-matrix", { currency })}</caption>
          <thead>
            <tr>
              <th scope="col">{t("line")}</th>
              {giving.map((one) => (
                <th key={one.key} scope="col" class="numeric">{one.name}</th>
              ))}
              <th scope="col" class="numeric">{t("total")}</th>
            </tr>
          </thead>
          <tbody>
            {lines.map(([id, line]) => (
              <tr key={id}>
                <th scope="row">
                  <strong>{textOf(line["code"])}</strong> {textOf(line["title"])}
                </th>
                {giving.map((one) => (
                  <td key={one.key} class="numeric">{show({ line: id, funder: one.key })}</td>
                ))}
                <td class="numeric">{show({ line: id })}</td>
              </tr>
            ))}
          </tbody>
          <tfoot>
            <tr>
              <th scope="row">{t("total")}</th>
              {giving.map((one) => (
                <td key={one.key} class="numeric">{show({ funder: one.key })}</td>
              ))}
              <td class="numeric">{show({})}</td>
            </tr>
          </tfoot>
        </table>
      </Wide>
      <Wide name={t("totals-title")}>
        <table class="printed-wide">
          <caption>{t("totals-caption", { currency })}</caption>
          <thead>
            <tr>
              <th scope="col">{t("funder")}</th>
              {MODES.map((mode) => (
                <th key={mode} scope="col" class="numeric">{t(`mode-${mode}`)}</th>
              ))}
              {years.map((year) => (
                <th key={year} scope="col" class="numeric">{year}</th>
              ))}
              <th scope="col" class="numeric">{t("total")}</th>
            </tr>
          </thead>
          <tbody>{giving.map((one) => row(one.name, one.key, { funder: one.key }))}</tbody>
          <tfoot>{row(t("total"), "all", {})}</tfoot>
        </table>
      </Wide>
      {tally.sum().provisional ? <p>* {t("printed-provisional")}</p> : null}
    </section>
  );
}

/** Co-management, staff, risks, follow-up and visibility. */
function Running() {
  const { replica } = useProgramme();
  const doc = mapOf(replica.doc.value);
  const list = (collection: string) => items(doc, collection);
  const city = (value: unknown) => (textOf(value) === "" ? t("nobody-yet") : cityName(textOf(value)));
  const scale = (value: unknown) => (numberOf(value) === null ? "–" : t(`scale-${numberOf(value)}`));
  const table = (caption: string, heads: string[], rows: preact.ComponentChildren[][]) =>
    rows.length === 0 ? null : (
      <Wide name={caption}>
      <table>
        <caption>{caption}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">{head}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, i) => (
            <tr key={i}>
              {cells.map((cell, c) => (c === 0 ? <th key={c} scope="row">{cell}</th> : <td key={c}>{cell}</td>))}
            </tr>
          ))}
        </tbody>
      </table>
      </Wide>
    );
  return (
    <section>
      <h2>{t("part-management")}</h2>
      {table(t("split-title"), [t("field-function"), t("city")], list("management_split").map(([, one]) => [textOf(one["function"]), city(one["city"])]))}
      {table(
        t("staff-title"),
        [t("field-position"), t("city"), t("field-person"), t("field-dedication-pct")],
        list("staff").map(([, one]) => [textOf(one["position"]), city(one["city"]), textOf(one["person_ref"]) ? personName(textOf(one["city"]), textOf(one["person_ref"])) : "–", textOf(one["dedication_pct"]) ? `${textOf(one["dedication_pct"])} %` : "–"]),
      )}
      {table(
        t("risks-title"),
        [t("field-risk"), t("field-prob"), t("field-impact"), t("field-mitigation"), t("field-owner")],
        list("risks").map(([, one]) => [`${textOf(one["code"])} ${textOf(one["text"])}`, scale(one["prob"]), scale(one["impact"]), textOf(one["mitigation"]), city(one["owner"])]),
      )}
      {table(t("monitoring-title"), [t("field-monitoring"), t("city")], list("monitoring_plan").map(([, one]) => [textOf(one["text"]), city(one["responsible_city"])]))}
      {textOf(doc["visibility_plan"]).trim() === "" ? null : (
        <>
          <h3>{t("visibility-title")}</h3>
          <p>{textOf(doc["visibility_plan"])}</p>
        </>
      )}
      <p class="quiet">{t("printed-end", { date: longDate(issuedDate()) })}</p>
    </section>
  );
}

function issuedDate(): string {
  return new Date().toISOString().slice(0, 10);
}
