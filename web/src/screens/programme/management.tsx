// Who does what: co-management, staff, risks, visibility.

import { items, numberOf, scalar, textOf } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import { anchor } from "../../documents/places.ts";
import { Button } from "../../parts/basic.tsx";
import { Help } from "../../parts/help.tsx";
import { write } from "../../route.ts";
import { LiveDate, LiveNumber, LiveSelect, LiveString } from "../../parts/fields.tsx";
import { addItem, ItemFrame, nextCode, Removed } from "../../parts/items.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { cities as cards, cityName } from "../../state.ts";
import { t } from "../../words/words.ts";

const SCALE = ["1", "2", "3", "4", "5"];

export function Management() {
  const { replica, circle, id } = useProgramme();
  return (
    <>
      <h2>{t("part-management")}</h2>
      <Help part="management" />
      <Split />
      <Staff />
      <Risks />
      <Monitoring />
      <h3>{t("visibility-title")}</h3>
      <LiveText replica={replica} path={["visibility_plan"]} label={t("field-visibility-plan")} multiline rows={3} />
      <p>
        {t("management-texts")}{" "}
        {["sustainability", "gender"].map((field, i) => (
          <>
            {i > 0 ? " · " : ""}
            <a key={field} href={`${write({ screen: "programme", circle, doc: id, part: "narratives" })}#${anchor(["sections", field])}`}>
              {t(`section-${field}`)}
            </a>
          </>
        ))}
      </p>
    </>
  );
}

function useCityOptions() {
  return useProgramme().cities.map((city8) => [city8, cityName(city8)] as const);
}

function Split() {
  const { replica, conflicts } = useProgramme();
  const options = useCityOptions();
  return (
    <section aria-labelledby="split-title">
      <h3 id="split-title">{t("split-title")}</h3>
      <p class="quiet">{t("split-text")}</p>
      {items(replica.doc.value, "management_split").map(([id, item]) => (
        <ItemFrame key={id} replica={replica} collection="management_split" id={id} title={textOf(item["function"]) || t("untitled")} level="h4">
          <LiveText replica={replica} path={["management_split", id, "function"]} label={t("field-function")} />
          <div class="grid">
            <LiveSelect replica={replica} path={["management_split", id, "city"]} label={t("city")} conflicts={conflicts} empty={t("nobody-yet")} options={options} />
          </div>
        </ItemFrame>
      ))}
      {replica.writable.value ? (
        <Button onClick={() => addItem(replica, "management_split", { function: "" }, "function")}>{t("add-function")}</Button>
      ) : null}
      <Removed replica={replica} collection="management_split" />
    </section>
  );
}

function Staff() {
  const { replica, conflicts } = useProgramme();
  const options = useCityOptions();
  return (
    <section aria-labelledby="staff-title">
      <h3 id="staff-title">{t("staff-title")}</h3>
      <p class="quiet">{t("staff-text")}</p>
      {items(replica.doc.value, "staff").map(([id, item]) => {
        const people = cards.value.find((one) => one.city8 === textOf(item["city"]))?.people ?? [];
        return (
          <ItemFrame key={id} replica={replica} collection="staff" id={id} title={textOf(item["position"]) || t("untitled-position")} level="h4">
            <LiveText replica={replica} path={["staff", id, "position"]} label={t("field-position")} />
            <div class="grid">
              <LiveSelect replica={replica} path={["staff", id, "city"]} label={t("city")} conflicts={conflicts} empty={t("choose")} options={options} />
              <LiveSelect
                replica={replica}
                path={["staff", id, "person_ref"]}
                label={t("field-person")}
                conflicts={conflicts}
                empty={t("nobody-yet")}
                options={people.map((one) => [one.person_ref, `${one.name}, ${one.office}`] as const)}
              />
              <LiveNumber replica={replica} path={["staff", id, "dedication_pct"]} label={t("field-dedication-pct")} conflicts={conflicts} min={0} max={100} unit="%" error={t("percent-wrong")} />
              <LiveDate replica={replica} path={["staff", id, "from"]} label={t("field-from")} conflicts={conflicts} />
              <LiveDate replica={replica} path={["staff", id, "to"]} label={t("field-to")} conflicts={conflicts} />
            </div>
          </ItemFrame>
        );
      })}
      {replica.writable.value ? (
        <Button
          onClick={() =>
            addItem(replica, "staff", { position: "" }, "position")
          }
        >
          {t("add-staff")}
        </Button>
      ) : null}
      <Removed replica={replica} collection="staff" />
    </section>
  );
}

function Risks() {
  const { replica, conflicts } = useProgramme();
  const options = useCityOptions();
  return (
    <section aria-labelledby="risks-title">
      <h3 id="risks-title">{t("risks-title")}</h3>
      {items(replica.doc.value, "risks").length === 0 ? <p class="quiet">{t("risks-empty")}</p> : null}
      {items(replica.doc.value, "risks").map(([id, item]) => {
        const weight = (numberOf(item["prob"]) ?? 0) * (numberOf(item["impact"]) ?? 0);
        return (
          <ItemFrame key={id} replica={replica} collection="risks" id={id} title={t("risk", { code: textOf(item["code"]) })} level="h4">
            <div class="code-and-text">
              <LiveString replica={replica} path={["risks", id, "code"]} label={t("field-code")} conflicts={conflicts} short />
              <LiveText replica={replica} path={["risks", id, "text"]} label={t("field-risk")} multiline rows={2} />
            </div>
            <div class="grid grid-small">
              {(["prob", "impact"] as const).map((field) => (
                <LiveSelect key={field} replica={replica} path={["risks", id, field]} label={t(`field-${field}`)} conflicts={conflicts} numeric empty={t("choose")} options={SCALE.map((n) => [n, t(`scale-${n}`)] as const)} />
              ))}
              <LiveSelect replica={replica} path={["risks", id, "owner"]} label={t("field-owner")} conflicts={conflicts} empty={t("nobody-yet")} options={options} />
            </div>
            {weight > 0 ? <p class={weight >= 12 ? "summary summary-ochre" : "summary"}>{t(weight >= 12 ? "risk-high" : weight >= 6 ? "risk-middle" : "risk-low")}</p> : null}
            <LiveText replica={replica} path={["risks", id, "mitigation"]} label={t("field-mitigation")} multiline rows={2} />
          </ItemFrame>
        );
      })}
      {replica.writable.value ? (
        <Button
          onClick={() =>
            addItem(replica, "risks", { text: "", mitigation: "", code: scalar(nextCode(replica.doc.value, "risks", "R0")) }, "text")
          }
        >
          {t("add-risk")}
        </Button>
      ) : null}
      <Removed replica={replica} collection="risks" />
    </section>
  );
}

const FREQUENCIES = ["monthly", "quarterly", "semester", "annual", "final"];

/** How progress is followed: without it the component «seguimiento» is missing (PR01). */
function Monitoring() {
  const { replica, conflicts } = useProgramme();
  const options = useCityOptions();
  const plan = items(replica.doc.value, "monitoring_plan").filter(([, item]) => Object.keys(item).length > 0);
  return (
    <section aria-labelledby="monitoring-title" id={anchor(["monitoring_plan"])} tabIndex={-1}>
      <h3 id="monitoring-title">{t("monitoring-title")}</h3>
      {plan.length === 0 ? <p class="quiet">{t("monitoring-empty")}</p> : null}
      {plan.map(([id, item]) => (
        <ItemFrame key={id} replica={replica} collection="monitoring_plan" id={id} title={textOf(item["text"]) || t("untitled")} level="h4">
          <LiveText replica={replica} path={["monitoring_plan", id, "text"]} label={t("field-monitoring")} multiline rows={1} />
          <div class="grid">
            <LiveSelect replica={replica} path={["monitoring_plan", id, "frequency"]} label={t("field-frequency")} conflicts={conflicts} empty={t("choose")} options={FREQUENCIES.map((one) => [one, t(`frequency-${one}`)] as const)} />
            <LiveSelect replica={replica} path={["monitoring_plan", id, "responsible_city"]} label={t("city")} conflicts={conflicts} empty={t("nobody-yet")} options={options} />
          </div>
        </ItemFrame>
      ))}
      {replica.writable.value ? (
        <Button testid="add-monitoring" onClick={() => addItem(replica, "monitoring_plan", { text: "", frequency: scalar("quarterly") }, "text")}>
          {t("add-monitoring")}
        </Button>
      ) : null}
      <Removed replica={replica} collection="monitoring_plan" />
    </section>
  );
}
