// A budget brought back from a spreadsheet: first what it would change, row by row, then the change.

import * as A from "@automerge/automerge/slim";
import { useMemo, useState } from "preact/hooks";
import { type Amount, type BadRow, type Plan, planOf } from "../../documents/imports.ts";
import { formatMoney } from "../../documents/money.ts";
import { between, newId } from "../../documents/order.ts";
import { openAmounts } from "../../documents/proposals.ts";
import { ratesOf } from "../../documents/rates.ts";
import { lastPos, put, scalar } from "../../documents/values.ts";
import type { Content, Replica } from "../../live/replica.ts";
import { Button, Problem } from "../../parts/basic.tsx";
import { textOfFile } from "../../parts/download.ts";
import { type ProgrammeScreenState, useProgramme } from "../../parts/programme.ts";
import { announce, myCity8 } from "../../state.ts";
import { language, t } from "../../words/words.ts";
import { type Funder, lineName, placeOf, writeCells } from "./matrix.tsx";
import { propose } from "./proposals.tsx";

export function ImportBudget({ funders }: { funders: readonly Funder[] }) {
  const state = useProgramme();
  const [file, setFile] = useState<{ name: string; text: string } | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const doc = state.replica.doc.value;
  // Computed anew when the programme changes meanwhile: what is confirmed is what is shown.
  const plan = useMemo(
    () =>
      file &&
      planOf(file.text, { programme: doc, cells: state.cells, currency: state.currency, rates: ratesOf(doc, state.currency), funders, own: myCity8(), proposed: openAmounts(doc) }),
    [file, doc, state.cells],
  );
  if (!state.replica.writable.value) return null;
  const choose = async (input: HTMLInputElement) => {
    const chosen = input.files?.[0];
    setDone(null);
    setFile(chosen ? { name: chosen.name, text: await textOfFile(chosen) } : null);
    // The same file can be chosen again after it was corrected.
    input.value = "";
  };
  const apply = (of: Plan) => {
    const n = of.amounts.length + of.lines.length + of.titles.length;
    applyPlan(state, of);
    const said = t("import-done", { n }) + (of.bad.length > 0 ? ` ${t("import-done-bad", { n: of.bad.length })}` : "");
    setDone(said);
    announce(said);
    if (of.bad.length === 0) setFile(null);
  };
  return (
    <section aria-labelledby="files-in" data-testid="import">
      <h3 id="files-in">{t("files-in")}</h3>
      <p>{t("import-text")}</p>
      <div class="field">
        <label for="import-file">{t("import-choose")}</label>
        <input id="import-file" type="file" accept=".csv,.txt,text/csv" data-testid="import-file" onChange={(event) => void choose(event.currentTarget)} />
      </div>
      {done ? <p class="notice" role="status" data-testid="import-done">{done}</p> : null}
      {file && plan ? (
        "missing" in plan ? (
          <Problem>{t("import-missing", { columns: plan.missing.join(", ") })}</Problem>
        ) : (
          <Preview name={file.name} plan={plan} funders={funders} onApply={() => apply(plan)} onClose={() => setFile(null)} />
        )
      ) : null}
    </section>
  );
}

function Preview({ name, plan, funders, onApply, onClose }: { name: string; plan: Plan; funders: readonly Funder[]; onApply: () => void; onClose: () => void }) {
  const { replica, currency } = useProgramme();
  const money = (minor: number | null) => (minor === null ? t("no-amount") : formatMoney(minor, currency, language.value));
  const nameOf = (line: string) => plan.lines.find((one) => one.mark === line)?.code || plan.lines.find((one) => one.mark === line)?.title || lineName(replica.doc.value, line);
  const what = (one: Amount) => {
    const funder = funders.find((other) => other.key === one.funder)?.name ?? "";
    if (one.kind === "proposal") return t("import-will-propose", { city: funder });
    return t(one.after === null ? "import-will-clear" : "import-will-set");
  };
  const n = plan.amounts.length + plan.lines.length + plan.titles.length;
  const none = (word: string) => <span class="quiet">{word}</span>;
  return (
    <div class="sheet" data-testid="import-preview">
      <h4>{t("import-title", { name })}</h4>
      <p>
        {n === 0 ? t("import-nothing") : t("import-changes", { n })} {plan.same > 0 ? t("import-same", { n: plan.same }) : ""} {plan.untold > 0 ? t("import-untold", { n: plan.untold }) : ""}
      </p>
      {plan.bad.length > 0 ? <BadRows rows={plan.bad} /> : null}
      {n > 0 ? (
        <div class="table-wrap" role="region" tabIndex={0} aria-label={t("import-caption")}>
          <table data-testid="import-table">
            <caption>{t("import-caption")}</caption>
            <thead>
              <tr>
                <th scope="col">{t("import-row")}</th>
                <th scope="col">{t("import-what")}</th>
                <th scope="col" class="numeric">{t("import-before")}</th>
                <th scope="col" class="numeric">{t("import-after")}</th>
                <th scope="col">{t("import-how")}</th>
              </tr>
            </thead>
            <tbody>
              {plan.lines.map((one) => (
                <tr key={one.mark}>
                  <td>{one.row}</td>
                  <th scope="row">{t("line-code", { code: one.code })}</th>
                  <td>{none(t("import-not-there"))}</td>
                  <td>{one.title || t("untitled")}</td>
                  <td>{t("import-will-add")}</td>
                </tr>
              ))}
              {plan.titles.map((one) => (
                <tr key={`title-${one.row}`}>
                  <td>{one.row}</td>
                  <th scope="row">{t("line-code", { code: lineName(replica.doc.value, one.line) })}</th>
                  <td>{one.before || none(t("untitled"))}</td>
                  <td>{one.after}</td>
                  <td>{t("import-will-rename")}</td>
                </tr>
              ))}
              {plan.amounts.map((one) => (
                <tr key={one.row}>
                  <td>{one.row}</td>
                  <th scope="row">{t("cell-label", { line: nameOf(one.line), name: funders.find((other) => other.key === one.funder)?.name ?? "", year: one.year, mode: t(`mode-${one.mode}`) })}</th>
                  <td class="numeric">{money(one.before)}</td>
                  <td class="numeric">
                    {money(one.after)} {one.told ? <span class="quiet">({one.told})</span> : null}
                  </td>
                  <td>{what(one)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      ) : null}
      <div class="row">
        {n > 0 ? (
          <Button kind="main" testid="import-apply" onClick={onApply}>
            {t("import-apply", { n })}
          </Button>
        ) : null}
        <Button kind="quiet" onClick={onClose}>
          {t("import-leave")}
        </Button>
      </div>
    </div>
  );
}

function BadRows({ rows }: { rows: readonly BadRow[] }) {
  return (
    <div class="problem" role="alert" data-testid="import-bad">
      <p>
        <strong>{t("import-bad", { n: rows.length })}</strong>
      </p>
      <ul>
        {rows.map((one) => (
          <li key={one.row}>
            {t("import-bad-row", { row: one.row })} {t(one.code, one.args)} <span class="mono">{one.text}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Lines first, for amounts hang from them; then our own amounts, those of external financiers, and the proposals. */
export function applyPlan(state: ProgrammeScreenState, plan: Plan): void {
  const { replica, contributions } = state;
  const ids = new Map(plan.lines.map((one) => [one.mark, newId()]));
  const lineOf = (line: string) => ids.get(line) ?? line;
  if (plan.lines.length + plan.titles.length > 0) {
    replica.change((doc: Content) => {
      let pos = lastPos(doc, "budget_lines");
      for (const one of plan.lines) {
        pos = between(pos, null);
        put(doc, ["budget_lines", ids.get(one.mark) ?? newId()], {
          code: scalar(one.code), title: one.title, direct: true, note: "", cells: {}, pos: scalar(pos),
          ...(one.activity === "" ? {} : { activity_id: scalar(one.activity) }),
        });
      }
      for (const one of plan.titles) A.updateText(doc, ["budget_lines", one.line, "title"], one.after);
    });
  }
  const writes = new Map<Replica, { path: string[]; minor: number | undefined }[]>();
  for (const one of plan.amounts.filter((amount) => amount.kind !== "proposal")) {
    const place = placeOf(one.funder, replica, contributions);
    if (!place) continue;
    writes.set(place.replica, [...(writes.get(place.replica) ?? []), { path: place.path(lineOf(one.line), one.year, one.mode), minor: one.after ?? undefined }]);
  }
  for (const [target, list] of writes) writeCells(target, list);
  const proposals = plan.amounts.filter((amount) => amount.kind === "proposal");
  if (proposals.length === 0) return;
  replica.change((doc: Content) => {
    for (const one of proposals) propose(doc, { city8: one.funder, line: lineOf(one.line), year: one.year, mode: one.mode }, one.after ?? 0, t("import-note"));
  });
}
