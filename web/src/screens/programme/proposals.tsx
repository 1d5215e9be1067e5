// Amounts proposed to another city: only it sets its own (PB02), and it answers here.

import { useState } from "preact/hooks";
import { decimalsOf, formatMoney, parseMoney } from "../../documents/money.ts";
import { newId } from "../../documents/order.ts";
import { anchor } from "../../documents/places.ts";
import { cellOf, type Proposal, proposalAnchor, proposalsOf, turnOf } from "../../documents/proposals.ts";
import { numberOf, put, scalar, textOf, whole } from "../../documents/values.ts";
import { at, type Content } from "../../live/replica.ts";
import { Button, FormDialog, Input } from "../../parts/basic.tsx";
import { ConflictBox } from "../../parts/conflict.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { announce, cityName, myCity8 } from "../../state.ts";
import { dateTime, language, t } from "../../words/words.ts";
import { lineName, placeOf, type Target, writeCells } from "./matrix.tsx";

interface ProposeProps {
  target: Target;
  /** The proposal that this one answers with another amount. */
  counter?: Proposal;
  onClose: () => void;
}

/** A change of the programme that adds a proposal; with it, the one it answers is closed. */
export function propose(doc: Content, target: Target, amount: number, note: string, counter?: Proposal): void {
  if (counter) put(doc, ["cell_proposals", counter.id, "state"], scalar("rejected"));
  put(doc, ["cell_proposals", newId()], {
    line: scalar(target.line),
    cell: scalar(`${target.city8}|${target.year}|${target.mode}`),
    amount: whole(amount),
    by_city: scalar(myCity8()),
    note: scalar(note.trim()),
    state: scalar("open"),
  });
}

export function Propose({ target, counter, onClose }: ProposeProps) {
  const { replica, currency, contributions } = useProgramme();
  const [amount, setAmount] = useState("");
  const [note, setNote] = useState("");
  const [also, setAlso] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const { city8, line, year, mode } = target;
  const own = city8 === myCity8();
  const submit = (event: Event) => {
    event.preventDefault();
    const minor = parseMoney(amount, currency, language.value);
    if (minor === null) return setError(t("pb01", { n: decimalsOf(currency) }));
    // Our own amount first: what we offer we have already set down.
    const place = own && also ? placeOf(city8, replica, contributions) : null;
    if (place) writeCells(place.replica, [{ path: place.path(line, year, mode), minor }]);
    replica.change((doc: Content) => propose(doc, target, minor, note, counter));
    announce(t("proposed", { city: cityName(own ? counter?.by : city8) }));
    onClose();
  };
  return (
    <FormDialog
      title={t(own ? "counter-title" : "propose-title", { city: cityName(own ? counter?.by : city8) })}
      intro={t(own ? "counter-text" : "propose-text", { line: lineName(replica.doc.value, line), year, mode: t(`mode-${mode}`) })}
      error={error}
      action={t("send-proposal")}
      testid="send-proposal"
      onSubmit={submit}
      onClose={onClose}
    >
      <Input label={t("amount-in", { currency })} value={amount} onInput={setAmount} required testid="proposal-amount" />
      <Input label={t("proposal-note")} value={note} onInput={setNote} testid="proposal-note" />
      {own ? (
        <div class="check">
          <input type="checkbox" id="counter-also" checked={also} onChange={(event) => setAlso(event.currentTarget.checked)} data-testid="counter-also" />
          <label for="counter-also">{t("counter-also")}</label>
        </div>
      ) : null}
    </FormDialog>
  );
}

export function Proposals() {
  const { replica } = useProgramme();
  const [dialog, setDialog] = useState<{ target: Target; counter: Proposal } | null>(null);
  const all = proposalsOf(replica.doc.value);
  const newest = new Map(all.map((one) => [cellOf(one), one.id]));
  const shown = all.map((one) => ({ one, turn: useTurn(one, newest.get(cellOf(one)) === one.id) }));
  const open = shown.filter(({ turn }) => turn !== "closed");
  const closed = shown.filter(({ turn }) => turn === "closed").reverse();
  return (
    <section aria-labelledby="proposals-title" id={anchor(["cell_proposals"])} tabIndex={-1}>
      <h3 id="proposals-title">{t("proposals-title")}</h3>
      {open.length === 0 ? <p class="quiet">{t("proposals-none")}</p> : null}
      <ul class="lines">
        {open.map(({ one, turn }) => (
          <One key={one.id} one={one} turn={turn} onCounter={() => setDialog({ target: one, counter: one })} />
        ))}
      </ul>
      {closed.length > 0 ? (
        <details class="more">
          <summary>{t("proposals-closed", { n: closed.length })}</summary>
          <ul class="lines">
            {closed.map(({ one, turn }) => (
              <One key={one.id} one={one} turn={turn} onCounter={() => {}} />
            ))}
          </ul>
        </details>
      ) : null}
      {dialog ? <Propose {...dialog} onClose={() => setDialog(null)} /> : null}
    </section>
  );
}

function useTurn(one: Proposal, newest: boolean) {
  const { contributions } = useProgramme();
  const mine = contributions.find((other) => other.city8 === one.city8);
  return turnOf(one, myCity8(), newest, numberOf(at(mine?.replica.doc.value, ["cells", `${one.line}|${one.year}|${one.mode}`])));
}

function One({ one, turn, onCounter }: { one: Proposal; turn: ReturnType<typeof turnOf>; onCounter: () => void }) {
  const { replica, conflicts, contributions, currency } = useProgramme();
  const path = ["cell_proposals", one.id, "state"];
  const amount = formatMoney(one.amount, currency, language.value);
  const close = (state: "accepted" | "rejected" | "withdrawn") => replica.change((doc: Content) => put(doc, path, scalar(state)));
  const place = placeOf(one.city8, replica, contributions);
  const set = () => {
    if (!place) return false;
    writeCells(place.replica, [{ path: place.path(one.line, one.year, one.mode), minor: one.amount }]);
    return true;
  };
  const accept = () => {
    // The amount first: a proposal marked as accepted without its amount would be a lie.
    if (!set()) return announce(t("contribution-missing"));
    close("accepted");
    announce(t("proposal-accepted"));
  };
  const say = (state: "rejected" | "withdrawn" | "accepted", words: string) => () => {
    close(state);
    announce(t(words));
  };
  const counterOffer = one.by === one.city8;
  const args = { from: cityName(one.by), to: cityName(one.city8), amount, line: lineName(replica.doc.value, one.line), year: one.year, mode: t(`mode-${one.mode}`) };
  return (
    <li id={proposalAnchor(one.id)} tabIndex={-1} class={["answer", "agree", "set"].includes(turn) ? "needs-you" : undefined} data-testid="proposal" data-state={one.state}>
      <div>
        <p>{t(counterOffer ? "counter-proposal" : "proposal", args)}</p>
        {one.note ? <p class="quiet">«{one.note}»</p> : null}
        <p class="quiet">
          {t(`proposal-state-${counterOffer && one.state === "accepted" ? "agreed" : one.state}`, { city: cityName(turn === "wait" && !counterOffer ? one.city8 : one.by) })}
          {one.madeMs > 0 ? ` ${t("proposal-made", { when: dateTime(one.madeMs) })}` : ""}
        </p>
        <ConflictBox replica={replica} path={path} conflicts={conflicts} label={t("proposals-title")} show={(value) => t(`proposal-is-${textOf(value)}`)} />
      </div>
      {replica.writable.value ? (
        <div class="row">
          {turn === "answer" ? (
            <>
              <Button kind="main" onClick={accept}>{t("accept-proposal")}</Button>
              <Button onClick={onCounter}>{t("counter-propose")}</Button>
              <Button kind="quiet" onClick={say("rejected", "proposal-declined")}>{t("decline-proposal")}</Button>
            </>
          ) : null}
          {turn === "agree" ? (
            <>
              <Button kind="main" onClick={say("accepted", "proposal-agreed")}>{t("agree-proposal")}</Button>
              <Button onClick={onCounter}>{t("propose-again")}</Button>
            </>
          ) : null}
          {turn === "wait" ? <Button kind="quiet" onClick={say("withdrawn", "proposal-withdrawn")}>{t("withdraw-proposal")}</Button> : null}
          {turn === "set" ? (
            <>
              <Button kind="main" onClick={set}>{t("set-agreed", { amount })}</Button>
              <Button kind="quiet" onClick={say("withdrawn", "proposal-withdrawn")}>{t("leave-agreed")}</Button>
            </>
          ) : null}
        </div>
      ) : null}
    </li>
  );
}
