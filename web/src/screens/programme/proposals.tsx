// Amounts proposed to another city: only it sets its own (PB02), and it answers here.

import { useState } from "preact/hooks";
import { formatMoney, parseMoney } from "../../documents/money.ts";
import { newId } from "../../documents/order.ts";
import { anchor } from "../../documents/places.ts";
import { type Item, mapOf, numberOf, put, scalar, textOf, whole } from "../../documents/values.ts";
import type { Content } from "../../live/replica.ts";
import { Button, FormDialog, Input } from "../../parts/basic.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { announce, cityName, myCity8 } from "../../state.ts";
import { language, t } from "../../words/words.ts";

export function Propose({ city8, line, year, mode, onClose }: { city8: string; line: string; year: string; mode: string; onClose: () => void }) {
  const { replica, currency } = useProgramme();
  const [amount, setAmount] = useState("");
  const [note, setNote] = useState("");
  const [error, setError] = useState<string | null>(null);
  const submit = (event: Event) => {
    event.preventDefault();
    const minor = parseMoney(amount, currency, language.value);
    if (minor === null) return setError(t("pb01", { n: 2 }));
    replica.change((doc: Content) =>
      put(doc, ["cell_proposals", newId()], {
        line: scalar(line),
        cell: scalar(`${city8}|${year}|${mode}`),
        amount: whole(minor),
        by_city: scalar(myCity8()),
        note: scalar(note.trim()),
        state: scalar("open"),
      }),
    );
    announce(t("proposed", { city: cityName(city8) }));
    onClose();
  };
  return (
    <FormDialog
      title={t("propose-title", { city: cityName(city8) })}
      intro={t("propose-text", { year, mode: t(`mode-${mode}`) })}
      error={error}
      action={t("send-proposal")}
      testid="send-proposal"
      onSubmit={submit}
      onClose={onClose}
    >
      <Input label={t("amount-in", { currency })} value={amount} onInput={setAmount} required testid="proposal-amount" />
      <Input label={t("proposal-note")} value={note} onInput={setNote} testid="proposal-note" />
    </FormDialog>
  );
}

export function Proposals({ lines }: { lines: readonly [string, Item][] }) {
  const { replica, contributions, currency } = useProgramme();
  const open = Object.entries(mapOf(mapOf(replica.doc.value)["cell_proposals"]))
    .map(([id, item]) => [id, mapOf(item)] as const)
    .filter(([, item]) => textOf(item["state"]) === "open" && item["deleted"] !== true);
  if (open.length === 0) return null;
  const answer = (id: string, item: Item, accepted: boolean) => {
    const [city8 = "", year = "", mode = ""] = textOf(item["cell"]).split("|");
    const mine = contributions.find((one) => one.city8 === city8 && one.city8 === myCity8());
    const amount = numberOf(item["amount"]);
    if (!mine || amount === null) return;
    // The amount first: a proposal marked as accepted without its amount would be a lie.
    if (accepted) {
      mine.replica.change((doc: Content) => put(doc, ["cells", `${textOf(item["line"])}|${year}|${mode}`], whole(amount)));
    }
    replica.change((doc: Content) => put(doc, ["cell_proposals", id, "state"], scalar(accepted ? "accepted" : "rejected")));
    announce(t(accepted ? "proposal-accepted" : "proposal-declined"));
  };
  return (
    <section aria-labelledby="proposals-title" id={anchor(["cell_proposals"])} tabIndex={-1}>
      <h3 id="proposals-title">{t("proposals-title")}</h3>
      <ul class="lines">
        {open.map(([id, item]) => {
          const [city8 = "", year = "", mode = ""] = textOf(item["cell"]).split("|");
          const line = lines.find(([one]) => one === textOf(item["line"]))?.[1];
          const mine = city8 === myCity8();
          return (
            <li key={id} class={mine ? "needs-you" : undefined} data-testid="proposal">
              <div>
                <p>
                  {t("proposal", {
                    from: cityName(textOf(item["by_city"])),
                    to: cityName(city8),
                    amount: formatMoney(numberOf(item["amount"]) ?? 0, currency, language.value),
                    line: textOf(line?.["code"]) || t("line"),
                    year,
                    mode: t(`mode-${mode}`),
                  })}
                </p>
                {textOf(item["note"]) ? <p class="quiet">«{textOf(item["note"])}»</p> : null}
              </div>
              {mine ? (
                <div class="row">
                  <Button kind="main" onClick={() => answer(id, item, true)}>
                    {t("accept-proposal")}
                  </Button>
                  <Button onClick={() => answer(id, item, false)}>{t("decline-proposal")}</Button>
                </div>
              ) : null}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
