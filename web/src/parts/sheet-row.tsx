// One row of a sheet. Drawn again only when something of its own has changed: of sixty rows, one or two per key.

import { Component, createRef, type RefObject } from "preact";
import { language, t } from "../words/words.ts";
import type { Doings, Editing, SheetRow } from "./sheet.tsx";

interface Props {
  row: SheetRow;
  index: number;
  /** Column of the active cell, −1 in the other rows. */
  active: number;
  /** Selected columns, −1 for none. */
  from: number;
  to: number;
  editing: Editing | null;
  drafts: string;
  doings: RefObject<Doings>;
}

export class Row extends Component<Props> {
  readonly #language = language.value;
  #field = createRef<HTMLInputElement>();

  override shouldComponentUpdate(next: Props): boolean {
    const now = this.props;
    return (
      next.row.signature !== now.row.signature ||
      next.index !== now.index ||
      next.active !== now.active ||
      next.from !== now.from ||
      next.to !== now.to ||
      next.editing !== now.editing ||
      next.drafts !== now.drafts ||
      this.#language !== language.value
    );
  }

  override componentDidUpdate(before: Props) {
    const { editing } = this.props;
    const field = this.#field.current;
    if (!editing || before.editing || !field) return;
    field.focus();
    // Typed over: the caret goes on after what was typed. Entered: everything is there to be replaced.
    if (editing.over) field.setSelectionRange(field.value.length, field.value.length);
    else field.select();
  }

  override render({ row, index, active, from, to, editing, drafts, doings }: Props) {
    const wrong = drafts === "" ? [] : drafts.split("\u0000");
    return (
      <tr>
        <th scope="row" class="sheet-head">
          <span class="code-word">{row.code}</span> {row.title || t("untitled")}
        </th>
        {row.cells.map((cell, col) => {
          const here = col === active;
          const typing = here && editing !== null;
          const draft = wrong[col] ?? "";
          const chosen = to >= 0 && col >= from && col <= to;
          const kind = ["numeric", "cell", cell.editable ? "cell-own" : "cell-other", cell.conflict ? "cell-conflict" : "", draft ? "cell-wrong" : "", chosen ? "cell-chosen" : ""];
          return (
            <td
              key={cell.id}
              id={cell.id}
              class={kind.filter(Boolean).join(" ")}
              data-place={`${index}.${col}`}
              data-testid={cell.testid}
              tabIndex={here && !typing ? 0 : -1}
              aria-readonly={cell.editable ? undefined : "true"}
              aria-selected={chosen ? "true" : undefined}
              aria-invalid={draft ? "true" : undefined}
              aria-describedby={draft ? `${cell.id}-wrong` : undefined}
              onFocus={(event) => event.target === event.currentTarget && doings.current?.onFocus({ row: index, col })}
              onPointerDown={(event) => {
                if (event.button !== 0 || (event.target as Element).closest("input")) return;
                event.preventDefault();
                // A finger has no keys: one touch opens the cell.
                doings.current?.onPick({ row: index, col }, event.shiftKey, event.pointerType !== "mouse" && !event.shiftKey);
              }}
              onDblClick={() => doings.current?.onPick({ row: index, col }, false, true)}
            >
              {typing ? (
                <input
                  ref={this.#field}
                  class="amount"
                  type="text"
                  inputMode="decimal"
                  autocomplete="off"
                  aria-label={cell.label()}
                  aria-invalid={draft ? true : undefined}
                  aria-describedby={draft ? `${cell.id}-wrong` : undefined}
                  data-testid={`${cell.testid}-field`}
                  value={editing.text}
                  onInput={(event) => doings.current?.onInput(event.currentTarget.value)}
                  onBlur={() => doings.current?.onBlur()}
                />
              ) : null}
              {/* Below the field it keeps the size of the cell: the table need not be laid out anew while one types. */}
              <span class="amount" aria-hidden={typing ? "true" : undefined}>
                {draft || cell.text || "–"}
              </span>
              {cell.conflict ? (
                <span class="cell-mark">
                  <span aria-hidden="true">⚠ </span>
                  {t("cell-conflict")}
                </span>
              ) : null}
              {cell.proposed ? <span class="cell-mark">{t("cell-proposed", { amount: cell.proposed })}</span> : null}
            </td>
          );
        })}
        <td class="numeric sheet-total">
          <span class="amount">{row.total}</span>
          {row.provisional ? <span class="provisional">{t("provisional")}</span> : null}
        </td>
      </tr>
    );
  }
}
