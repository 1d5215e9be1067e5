import { useState } from "preact/hooks";
import { partnersOf } from "../../documents/budget.ts";
import { anchor } from "../../documents/places.ts";
import { items, mapOf, numberOf, put, scalar, textOf, whole } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import type { Content } from "../../live/replica.ts";
import { Button, Input, Select } from "../../parts/basic.tsx";
import { LiveDate, LiveNumber, LiveSelect, LiveString } from "../../parts/fields.tsx";
import { Help } from "../../parts/help.tsx";
import { addItem, ItemFrame, Removed } from "../../parts/items.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { useSdg, useSectors } from "../../parts/reference.ts";
import { announce, cityName, myCity8 } from "../../state.ts";
import { t } from "../../words/words.ts";

const CURRENCIES = ["EUR", "USD", "BOB", "COP", "CUP", "DOP", "GTQ", "HNL", "MXN", "NIO", "PEN", "PYG", "UYU"];
const STATES = ["draft", "in_review", "agreed", "in_execution", "finalising", "closed", "suspended", "cancelled"];
const ROLES = ["lead", "partner", "associate", "beneficiary"];
const STATUSES = ["invited", "accepted", "declined", "left"];

export function Identity() {
  const { replica, conflicts, cities } = useProgramme();
  const cityOptions = cities.map((city8) => [city8, cityName(city8)] as const);
  return (
    <>
      <h2>{t("part-identity")}</h2>
      <Help part="identity" />
      <LiveText replica={replica} path={["title", "es"]} label={t("field-title")} multiline rows={2} lang="es" />
      <LiveText replica={replica} path={["title", "en"]} label={t("field-title-en")} multiline rows={2} lang="en" />
      <div class="grid">
        <LiveString replica={replica} path={["code"]} label={t("field-code")} conflicts={conflicts} />
        <LiveSelect
          replica={replica}
          path={["status"]}
          label={t("field-status")}
          conflicts={conflicts}
          options={STATES.map((one) => [one, t(`state-${one}`)] as const)}
        />
        <LiveSelect replica={replica} path={["lead_city"]} label={t("field-lead-city")} conflicts={conflicts} options={cityOptions} />
        <LiveSelect
          replica={replica}
          path={["default_currency"]}
          label={t("field-default-currency")}
          conflicts={conflicts}
          options={CURRENCIES.map((one) => [one, t(`currency-${one}`)] as const)}
        />
        <LiveDate replica={replica} path={["period_start"]} label={t("field-period-start")} conflicts={conflicts} />
        <LiveDate replica={replica} path={["period_end"]} label={t("field-period-end")} conflicts={conflicts} />
      </div>
      <Partners />
      <Sectors />
      <Targets />
      <Beneficiaries />
    </>
  );
}

function Partners() {
  const { replica, conflicts, cities } = useProgramme();
  const known = partnersOf(replica.doc.value);
  const own = known.find((one) => one.city8 === myCity8());
  const invited = own?.status === "invited";
  const accept = () => {
    replica.change((doc: Content) => put(doc, ["partners", `${myCity8()}/status`], scalar("accepted")));
    announce(t("partner-accepted"));
  };
  const add = (city8: string) =>
    replica.change((doc: Content) => {
      put(doc, ["partners", `${city8}/role`], scalar("partner"));
      put(doc, ["partners", `${city8}/status`], scalar(city8 === myCity8() ? "accepted" : "invited"));
    });
  const rest = cities.filter((city8) => !known.some((one) => one.city8 === city8));
  const order = new Map(cities.map((city8, i) => [city8, i]));
  known.sort((a, b) => (order.get(a.city8) ?? 99) - (order.get(b.city8) ?? 99));
  return (
    <section id={anchor(["partners"])} tabIndex={-1} aria-labelledby="partners-title">
      <h3 id="partners-title">{t("partners-title")}</h3>
      {invited ? (
        <div class="notice">
          <p>{t("partner-invited")}</p>
          <Button kind="main" onClick={accept} testid="accept-programme">
            {t("partner-accept")}
          </Button>
        </div>
      ) : null}
      <div class="table-wrap">
        <table>
          <thead>
            <tr>
              <th scope="col">{t("city")}</th>
              <th scope="col">{t("field-role")}</th>
              <th scope="col">{t("partner-answer")}</th>
            </tr>
          </thead>
          <tbody>
            {known.map((one) => (
              <tr key={one.city8}>
                <th scope="row">{cityName(one.city8)}</th>
                <td>
                  <LiveSelect
                    replica={replica}
                    path={["partners", `${one.city8}/role`]}
                    label={t("role-of", { city: cityName(one.city8) })}
                    labelHidden
                    conflicts={conflicts}
                    options={ROLES.map((role) => [role, t(`partner-role-${role}`)] as const)}
                  />
                </td>
                <td>
                  <LiveSelect
                    replica={replica}
                    path={["partners", `${one.city8}/status`]}
                    label={t("answer-of", { city: cityName(one.city8) })}
                    labelHidden
                    conflicts={conflicts}
                    options={STATUSES.map((status) => [status, t(`partner-status-${status}`)] as const)}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {rest.length > 0 && replica.writable.value ? (
        <p class="row">
          {rest.map((city8) => (
            <Button key={city8} onClick={() => add(city8)}>
              {t("partner-add", { city: cityName(city8) })}
            </Button>
          ))}
        </p>
      ) : null}
    </section>
  );
}

function Sectors() {
  const { replica, conflicts } = useProgramme();
  const [code, setCode] = useState("");
  const sectors = Object.entries(mapOf(mapOf(replica.doc.value)["dac_sectors"])).filter(([, pct]) => numberOf(pct) !== null);
  const total = sectors.reduce((sum, [, pct]) => sum + (numberOf(pct) ?? 0), 0);
  const names = useSectors();
  const name = (one: string) => [t("sector", { code: one }), names?.get(one)].filter(Boolean).join(" · ");
  const wrong = code !== "" && !/^\d{5}$/.test(code) ? t("sector-wrong") : null;
  const add = (event: Event) => {
    event.preventDefault();
    if (wrong || code === "") return;
    replica.change((doc: Content) => put(doc, ["dac_sectors", code], whole(Math.max(0, 100 - total))));
    setCode("");
  };
  return (
    <section id={anchor(["dac_sectors"])} tabIndex={-1} aria-labelledby="sectors-title">
      <h3 id="sectors-title">{t("sectors-title")}</h3>
      <p class="quiet">
        {t("sectors-text", { total })} {total !== 100 && sectors.length > 0 ? <strong>{t("sectors-not-100")}</strong> : null}
      </p>
      <ul class="tags">
        {sectors.map(([one]) => (
          <li key={one} class="tag-field">
            <LiveNumber
              replica={replica}
              path={["dac_sectors", one]}
              label={name(one)}
              conflicts={conflicts}
              min={0}
              max={100}
              unit="%"
              error={t("percent-wrong")}
            />
            <Button
              kind="quiet"
              label={t("remove-item", { name: t("sector", { code: one }) })}
              onClick={() => replica.change((doc: Content) => put(doc, ["dac_sectors", one], undefined))}
            >
              {t("remove")}
            </Button>
          </li>
        ))}
      </ul>
      {replica.writable.value ? (
        <form class="row row-end" onSubmit={add}>
          <Input label={t("sector-add")} value={code} onInput={setCode} error={wrong} hint={t("sector-hint")} list="sector-names" />
          <datalist id="sector-names">
            {[...(names ?? [])].map(([one, words]) => (
              <option key={one} value={one}>
                {words}
              </option>
            ))}
          </datalist>
          <Button type="submit">{t("add")}</Button>
        </form>
      ) : null}
    </section>
  );
}

function Targets() {
  const { replica } = useProgramme();
  const sdg = useSdg();
  const [goal, setGoal] = useState("");
  const [code, setCode] = useState("");
  const targets = Object.entries(mapOf(mapOf(replica.doc.value)["sdg_targets"]))
    .filter(([, on]) => on === true)
    .map(([one]) => one)
    .sort((a, b) => a.localeCompare(b, undefined, { numeric: true }));
  const add = (event: Event) => {
    event.preventDefault();
    if (code === "") return;
    replica.change((doc: Content) => put(doc, ["sdg_targets", code], true));
    announce(t("target-added", { code }));
    setCode("");
  };
  const of = Object.entries(sdg?.targets ?? {}).filter(([one]) => one.startsWith(`${goal}.`) && !targets.includes(one));
  return (
    <section id={anchor(["sdg_targets"])} tabIndex={-1} aria-labelledby="targets-title">
      <h3 id="targets-title">{t("targets-title")}</h3>
      {targets.length === 0 ? <p class="quiet">{t("targets-empty")}</p> : null}
      <ul class="targets">
        {targets.map((one) => (
          <li key={one}>
            <p>
              <strong class="code-word">{one}</strong> {sdg?.targets[one] ?? ""}
            </p>
            {replica.writable.value ? (
              <button
                type="button"
                class="mini"
                aria-label={t("remove-item", { name: t("target", { code: one }) })}
                onClick={() => replica.change((doc: Content) => put(doc, ["sdg_targets", one], undefined))}
              >
                {t("remove")}
              </button>
            ) : null}
          </li>
        ))}
      </ul>
      {replica.writable.value && sdg ? (
        <form class="target-add" onSubmit={add}>
          <Select
            label={t("target-goal")}
            value={goal}
            onChange={(one) => {
              setGoal(one);
              setCode("");
            }}
            options={[["", t("choose")], ...Object.entries(sdg.goals).sort(byNumber).map(([one, name]) => [one, `${one}. ${name}`] as const)]}
            testid="target-goal"
          />
          {goal === "" ? null : <Select label={t("target-add")} value={code} onChange={setCode} options={[["", t("choose")], ...of.map(([one, name]) => [one, `${one} ${name}`] as const)]} testid="target-code" />}
          {goal === "" ? null : <Button type="submit">{t("add")}</Button>}
        </form>
      ) : null}
    </section>
  );
}

const byNumber = ([a]: readonly [string, string], [b]: readonly [string, string]) => Number(a) - Number(b);

function Beneficiaries() {
  const { replica, conflicts } = useProgramme();
  const groups = items(replica.doc.value, "beneficiaries");
  return (
    <section id={anchor(["beneficiaries"])} tabIndex={-1} aria-labelledby="beneficiaries-title">
      <h3 id="beneficiaries-title">{t("beneficiaries-title")}</h3>
      {groups.length === 0 ? <p class="quiet">{t("beneficiaries-empty")}</p> : null}
      {groups.map(([id, item]) => (
        <ItemFrame key={id} replica={replica} collection="beneficiaries" id={id} title={textOf(item["group"]) || t("untitled-group")} level="h4">
          <LiveText replica={replica} path={["beneficiaries", id, "group"]} label={t("field-group")} />
          <div class="grid grid-small">
            {["women", "men", "other", "indirect"].map((field) => (
              <LiveNumber
                key={field}
                replica={replica}
                path={["beneficiaries", id, field]}
                label={t(`field-${field}`)}
                conflicts={conflicts}
                min={0}
                error={t("count-wrong")}
              />
            ))}
          </div>
        </ItemFrame>
      ))}
      {replica.writable.value ? (
        <Button onClick={() => addItem(replica, "beneficiaries", { group: "" }, "group")}>
          {t("add-group")}
        </Button>
      ) : null}
      <Removed replica={replica} collection="beneficiaries" />
    </section>
  );
}
