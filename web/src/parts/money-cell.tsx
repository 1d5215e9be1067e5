// An amount in a table: typed in the form of the language, written when one leaves it, walked through like a sheet.

import type * as A from "@automerge/automerge/slim";
import { useState } from "preact/hooks";
import type { Conflict } from "../documents/conflicts.ts";
import { decimalsOf, formatAmount, formatMoney, parseMoney } from "../documents/money.ts";
import { anchor } from "../documents/places.ts";
import { numberOf, put, whole } from "../documents/values.ts";
import { at, type Content, type Replica } from "../live/replica.ts";
import { language, t } from "../words/words.ts";
import { ConflictBox } from "./conflict.tsx";

interface Props {
  replica: Replica;
  path: A.Prop[];
  label: string;
  currency: string;
  conflicts: ReadonlyMap<string, Conflict>;
  testid: string;
}

export function MoneyCell({ replica, path, label, currency, conflicts, testid }: Props) {
  const stored = numberOf(at(replica.doc.value, path));
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const id = anchor(path);
  const written = stored === null ? "" : formatAmount(stored, currency, language.value);
  const write = (): boolean => {
    if (draft === null) return true;
    if (draft.trim() === "") {
      if (stored !== null) replica.change((doc: Content) => put(doc, path, undefined));
    } else {
      const minor = parseMoney(draft, currency, language.value);
      if (minor === null) {
        setWrong(true);
        return false;
      }
      if (minor !== stored) replica.change((doc: Content) => put(doc, path, whole(minor)));
    }
    setDraft(null);
    setWrong(false);
    return true;
  };
  return (
    <div class={`money ${conflicts.has(id) ? "has-conflict" : ""}`}>
      <input
        id={id}
        class="amount"
        type="text"
        inputMode="decimal"
        autocomplete="off"
        aria-label={label}
        aria-invalid={wrong ? true : undefined}
        aria-describedby={wrong ? `${id}-error` : conflicts.has(id) ? `${id}-conflict` : undefined}
        data-testid={testid}
        readOnly={!replica.writable.value}
        placeholder={replica.writable.value ? "–" : ""}
        value={draft ?? written}
        onFocus={(event) => event.currentTarget.select()}
        onInput={(event) => setDraft(event.currentTarget.value)}
        onBlur={write}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            setDraft(null);
            setWrong(false);
          } else if (event.key === "Enter" || event.key === "ArrowDown" || event.key === "ArrowUp") {
            event.preventDefault();
            if (write()) step(event.currentTarget, event.key === "ArrowUp" ? -1 : 1);
          }
        }}
      />
      {wrong ? (
        <p class="field-error" id={`${id}-error`} role="alert">
          {t("pb01", { n: decimalsOf(currency) })}
        </p>
      ) : null}
    </div>
  );
}

/** The values of a cell that has several, in a row of their own below it. */
export function MoneyConflict({ replica, path, label, currency, conflicts }: Omit<Props, "testid">) {
  return (
    <ConflictBox
      replica={replica}
      path={path}
      conflicts={conflicts}
      label={label}
      inRow
      show={(value) => (numberOf(value) === null ? t("empty-value") : formatMoney(numberOf(value) ?? 0, currency, language.value))}
    />
  );
}

/** To the same column of the next row that has a field. */
function step(from: HTMLElement, by: 1 | -1): void {
  const cell = from.closest("td");
  const row = cell?.closest("tr");
  if (!cell || !row) return;
  let next = by === 1 ? row.nextElementSibling : row.previousElementSibling;
  while (next) {
    const field = next.children[cell.cellIndex]?.querySelector("input");
    if (field) return field.focus();
    next = by === 1 ? next.nextElementSibling : next.previousElementSibling;
  }
}
