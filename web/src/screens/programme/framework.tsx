// The log-frame: general objective, specific objectives, results, and the indicators of each level.

import { yearsOf } from "../../documents/budget.ts";
import { type Item, items, mapOf, scalar, textOf } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import { Button } from "../../parts/basic.tsx";
import { LiveNumber, LiveSelect, LiveString } from "../../parts/fields.tsx";
import { addItem, ItemFrame, nextCode, Removed } from "../../parts/items.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { cityName } from "../../state.ts";
import { t } from "../../words/words.ts";

const GENERAL = "general_objective";

export function Framework() {
  const { replica } = useProgramme();
  const doc = replica.doc.value;
  const objectives = items(doc, "specific_objectives");
  const results = items(doc, "results");
  const known = new Set(objectives.map(([id]) => id));
  const loose = results.filter(([, item]) => !known.has(textOf(item["so_id"])));
  return (
    <>
      <h2>{t("part-framework")}</h2>
      <LiveText replica={replica} path={[GENERAL]} label={t("field-general-objective")} hint={t("hint-general-objective")} multiline rows={2} />
      <Indicators level={GENERAL} name={t("field-general-objective")} />
      {objectives.map(([id, item]) => (
        <ItemFrame
          key={id}
          replica={replica}
          collection="specific_objectives"
          id={id}
          title={t("specific-objective", { code: textOf(item["code"]) })}
          mark="item-outer"
        >
          <CodeAndText collection="specific_objectives" id={id} label={t("field-specific-objective")} />
          <Indicators level={id} name={textOf(item["code"])} />
          {results
            .filter(([, result]) => textOf(result["so_id"]) === id)
            .map(([resultId, result]) => (
              <Result key={resultId} id={resultId} item={result} />
            ))}
          {replica.writable.value ? (
            <Button
              testid={`add-result-${textOf(item["code"])}`}
              onClick={() =>
                addItem(
                  replica,
                  "results",
                  {
                    so_id: scalar(id),
                    text: "",
                    code: scalar(nextCode(replica.doc.value, "results", "R")),
                    iati_type: scalar("1"),
                    assumptions: "",
                  },
                  "text",
                )
              }
            >
              {t("add-result")}
            </Button>
          ) : null}
        </ItemFrame>
      ))}
      {loose.length > 0 ? (
        <section aria-labelledby="loose-title">
          <h3 id="loose-title">{t("results-loose")}</h3>
          {loose.map(([id, item]) => (
            <Result key={id} id={id} item={item} />
          ))}
        </section>
      ) : null}
      {replica.writable.value ? (
        <Button
          testid="add-objective"
          onClick={() =>
            addItem(
              replica,
              "specific_objectives",
              { text: "", code: scalar(nextCode(replica.doc.value, "specific_objectives", "OE")), assumptions: "" },
              "text",
            )
          }
        >
          {t("add-objective")}
        </Button>
      ) : null}
      {["specific_objectives", "results", "indicators"].map((collection) => (
        <Removed key={collection} replica={replica} collection={collection} />
      ))}
    </>
  );
}

function CodeAndText({ collection, id, label }: { collection: string; id: string; label: string }) {
  const { replica, conflicts } = useProgramme();
  return (
    <>
      <div class="code-and-text">
        <LiveString replica={replica} path={[collection, id, "code"]} label={t("field-code")} conflicts={conflicts} short />
        <LiveText replica={replica} path={[collection, id, "text"]} label={label} multiline rows={2} />
      </div>
      {collection === "indicators" ? null : (
        <LiveText replica={replica} path={[collection, id, "assumptions"]} label={t("field-assumptions")} multiline rows={1} />
      )}
    </>
  );
}

function Result({ id, item }: { id: string; item: Item }) {
  const { replica, conflicts } = useProgramme();
  const objectives = items(replica.doc.value, "specific_objectives");
  const code = textOf(item["code"]);
  return (
    <ItemFrame replica={replica} collection="results" id={id} title={t("result", { code })} level="h4">
      <CodeAndText collection="results" id={id} label={t("field-result")} />
      <div class="grid">
        <LiveSelect
          replica={replica}
          path={["results", id, "so_id"]}
          label={t("field-so-id")}
          conflicts={conflicts}
          options={objectives.map(([one, objective]) => [one, `${textOf(objective["code"])} ${short(textOf(objective["text"]))}`] as const)}
        />
        <LiveSelect
          replica={replica}
          path={["results", id, "iati_type"]}
          label={t("field-iati-type")}
          conflicts={conflicts}
          options={["1", "2", "3", "9"].map((one) => [one, t(`result-type-${one}`)] as const)}
        />
      </div>
      <Indicators level={id} name={code} />
    </ItemFrame>
  );
}

function Indicators({ level, name }: { level: string; name: string }) {
  const { replica, conflicts, cities, cells } = useProgramme();
  const doc = replica.doc.value;
  const found = items(doc, "indicators").filter(([, item]) => textOf(item["level_id"]) === level);
  const years = yearsOf(doc, cells);
  const add = () =>
    addItem(
      replica,
      "indicators",
      {
        level_id: scalar(level),
        text: "",
        code: scalar(nextCode(replica.doc.value, "indicators", `I-${level === GENERAL ? "OG" : name}.`)),
        measure: scalar("1"),
        unit: scalar(""),
        ascending: true,
        baseline_comment: "",
        targets: {},
        disaggregation: {},
        verification_source: "",
        frequency: scalar("annual"),
      },
      "text",
    );
  return (
    <div class="indicators" role="group" aria-label={t("indicators-of", { name })}>
      {found.map(([id, item]) => {
        const targets = mapOf(item["targets"]);
        const periods = [...new Set([...years, ...Object.keys(targets)])].sort();
        return (
          <ItemFrame key={id} replica={replica} collection="indicators" id={id} title={t("indicator", { code: textOf(item["code"]) })} level="h4" mark="item-inner">
            <CodeAndText collection="indicators" id={id} label={t("field-indicator")} />
            <div class="grid grid-small">
              <LiveSelect
                replica={replica}
                path={["indicators", id, "measure"]}
                label={t("field-measure")}
                conflicts={conflicts}
                options={["1", "2", "3", "4", "5"].map((one) => [one, t(`measure-${one}`)] as const)}
              />
              <LiveString replica={replica} path={["indicators", id, "unit"]} label={t("field-unit")} conflicts={conflicts} />
              <LiveNumber replica={replica} path={["indicators", id, "baseline_value"]} label={t("field-baseline-value")} conflicts={conflicts} decimal error={t("number-wrong")} />
              <LiveNumber replica={replica} path={["indicators", id, "baseline_year"]} label={t("field-baseline-year")} conflicts={conflicts} min={1900} max={2200} error={t("year-wrong")} />
              {periods.map((period) => (
                <LiveNumber
                  key={period}
                  replica={replica}
                  path={["indicators", id, "targets", period]}
                  label={t("target-of", { period })}
                  conflicts={conflicts}
                  decimal
                  error={t("number-wrong")}
                />
              ))}
              <LiveSelect
                replica={replica}
                path={["indicators", id, "responsible_city"]}
                label={t("field-responsible-city")}
                conflicts={conflicts}
                empty={t("nobody-yet")}
                options={cities.map((city8) => [city8, cityName(city8)] as const)}
              />
            </div>
            <LiveText replica={replica} path={["indicators", id, "verification_source"]} label={t("field-verification-source")} multiline rows={1} />
          </ItemFrame>
        );
      })}
      {replica.writable.value ? (
        <Button kind="quiet" onClick={add} testid={`add-indicator-${name}`}>
          {t("add-indicator", { name })}
        </Button>
      ) : null}
    </div>
  );
}

export function short(text: string, most = 60): string {
  return text.length <= most ? text : `${text.slice(0, most).trimEnd()}…`;
}

