// Taking the programme out and bringing a budget in: JSON, tables for spreadsheets, and the way to print.

import { budgetRows, type Issued, indicatorRows, timetableRows, withOrigin } from "../../documents/exports.ts";
import { writeCsv } from "../../documents/csv.ts";
import { plain } from "../../documents/plain.ts";
import { wordsOf } from "../../documents/rich.ts";
import { Button } from "../../parts/basic.tsx";
import { download } from "../../parts/download.ts";
import { Help } from "../../parts/help.tsx";
import { type ProgrammeScreenState, useProgramme } from "../../parts/programme.ts";
import { write } from "../../route.ts";
import { announce, cityName } from "../../state.ts";
import { longDate, t } from "../../words/words.ts";
import { useFunders } from "./budget.tsx";
import { ImportBudget } from "./import.tsx";
import { fileName, issuedOf } from "./issued.ts";

export function Files() {
  const state = useProgramme();
  const issued = issuedOf(state);
  const doc = state.replica.doc.value;
  const funders = useFunders();
  const nameOf = (key: string) => funders.find((one) => one.key === key)?.name ?? cityName(key);
  const csv = (what: string, rows: () => string[][]) => () => {
    const name = fileName(what, state, issued, "csv");
    download(name, "text/csv;charset=utf-8", writeCsv(withOrigin(rows(), issued)));
    announce(t("file-made", { name }));
  };
  const json = () => {
    const name = fileName("programa", state, issued, "json");
    download(name, "application/json", jsonOf(state, issued));
    announce(t("file-made", { name }));
  };
  return (
    <>
      <h2>{t("part-files")}</h2>
      <Help part="files" />
      <p class="quiet">{t("file-origin", { version: issued.version, date: longDate(issued.date), city: issued.city, alliance: issued.alliance })} {issued.unapproved ? t("file-unapproved") : ""}</p>
      <section aria-labelledby="files-out">
        <h3 id="files-out">{t("files-out")}</h3>
        <ul class="lines">
          <Out title={t("file-print")} text={t("file-print-text")}>
            <a class="button button-main" href={write({ screen: "print", circle: state.circle, doc: state.id })} data-testid="to-print">
              {t("file-print-open")}
            </a>
          </Out>
          <Out title={t("file-budget")} text={t("file-budget-text")}>
            <Button testid="csv-budget" label={t("file-download-of", { name: t("file-budget") })} onClick={csv("presupuesto", () => budgetRows(doc, state.cells, state.currency, nameOf))}>
              {t("file-download")}
            </Button>
          </Out>
          <Out title={t("file-timetable")} text={t("file-timetable-text")}>
            <Button testid="csv-timetable" label={t("file-download-of", { name: t("file-timetable") })} onClick={csv("cronograma", () => timetableRows(doc, nameOf, (status) => (status === "" ? "" : t(`activity-${status}`))))}>
              {t("file-download")}
            </Button>
          </Out>
          <Out title={t("file-indicators")} text={t("file-indicators-text")}>
            <Button testid="csv-indicators" label={t("file-download-of", { name: t("file-indicators") })} onClick={csv("indicadores", () => indicatorRows(doc, nameOf))}>
              {t("file-download")}
            </Button>
          </Out>
          <Out title={t("file-json")} text={t("file-json-text")}>
            <Button testid="json-programme" label={t("file-download-of", { name: t("file-json") })} onClick={json}>
              {t("file-download")}
            </Button>
          </Out>
        </ul>
      </section>
      <ImportBudget funders={funders} />
    </>
  );
}

function Out({ title, text, children }: { title: string; text: string; children: preact.ComponentChildren }) {
  return (
    <li>
      <div>
        <p>
          <strong>{title}</strong>
        </p>
        <p class="quiet">{text}</p>
      </div>
      {children}
    </li>
  );
}

export function jsonOf(state: ProgrammeScreenState, issued: Issued): string {
  const whole = {
    format: "alianza-programme",
    format_version: 1,
    issued: { ...issued, note: issued.unapproved ? "contiene cambios sin aprobar" : "" },
    programme: plain(state.replica.doc.value),
    contributions: state.contributions.map((one) => ({ city8: one.city8, city: cityName(one.city8), cells: (plain(one.replica.doc.value) as Record<string, unknown>)["cells"] ?? {} })),
    sections: Object.fromEntries([...state.sections].map(([field, one]) => [field, one.doc.value ? wordsOf(one.doc.value, ["body"]) : ""])),
  };
  return `${JSON.stringify(whole, null, 2)}\n`;
}
