// Other currencies of the programme: each with its rate, the date of it and where it comes from (PB06). Amounts are
// always kept in the currency of the programme; what is shown in another says with which rate.

import { useState } from "preact/hooks";
import { anchor } from "../../documents/places.ts";
import { type Rate, ratesOf } from "../../documents/rates.ts";
import { put, scalar } from "../../documents/values.ts";
import type { Content } from "../../live/replica.ts";
import { Button, Input } from "../../parts/basic.tsx";
import { LiveDate, LiveString } from "../../parts/fields.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { t } from "../../words/words.ts";

export function useRates(): Rate[] {
  const { replica, currency } = useProgramme();
  return ratesOf(replica.doc.value, currency);
}

export function Rates() {
  const { replica, conflicts, currency } = useProgramme();
  const rates = useRates();
  const [code, setCode] = useState("");
  const wanted = code.trim().toUpperCase();
  const wrong = code !== "" && (!/^[A-Z]{3}$/.test(wanted) || wanted === currency) ? t("currency-wrong") : null;
  const add = (event: Event) => {
    event.preventDefault();
    if (wrong || code === "") return;
    replica.change((doc: Content) => put(doc, ["fx", `${wanted}/rate`], scalar("")));
    setCode("");
  };
  const remove = (one: string) =>
    replica.change((doc: Content) => ["rate", "date", "source"].forEach((field) => put(doc, ["fx", `${one}/${field}`], undefined)));
  return (
    <section aria-labelledby="rates-title" id={anchor(["fx"])} tabIndex={-1}>
      <h3 id="rates-title">{t("rates-title")}</h3>
      <p class="quiet">{t("rates-text", { currency })}</p>
      {rates.map((one) => (
        <fieldset key={one.currency} class="rate">
          <legend>{one.currency}</legend>
          {one.perUnit === null ? (
            <p class="field-error" id={anchor(["fx", `${one.currency}/missing`])}>
              {t("pb06", { from: one.currency, to: currency })}
            </p>
          ) : null}
          <div class="grid grid-medium">
            <LiveString replica={replica} path={["fx", `${one.currency}/rate`]} label={t("rate-of", { from: currency, to: one.currency })} conflicts={conflicts} />
            <LiveDate replica={replica} path={["fx", `${one.currency}/date`]} label={t("rate-date")} conflicts={conflicts} />
            <LiveString replica={replica} path={["fx", `${one.currency}/source`]} label={t("rate-source")} conflicts={conflicts} />
            {replica.writable.value ? (
              <Button kind="quiet" label={t("remove-item", { name: one.currency })} onClick={() => remove(one.currency)}>
                {t("remove")}
              </Button>
            ) : null}
          </div>
        </fieldset>
      ))}
      {replica.writable.value ? (
        <form class="row row-end" onSubmit={add}>
          <Input label={t("rate-add")} value={code} onInput={setCode} error={wrong} hint={t("rate-hint")} />
          <Button type="submit">{t("add")}</Button>
        </form>
      ) : null}
    </section>
  );
}
