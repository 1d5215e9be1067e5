// Walking a table whose cells hold fields: arrows go from cell to cell, Enter into the first field, Esc back out to the
// cell; Tab goes on through the fields as everywhere. Cells say where they lie with data-row, data-rows and data-col.

import { useLayoutEffect } from "preact/hooks";

const CELL = "[data-col]";
const FIELD = "input, textarea, select, button, a[href], summary, [contenteditable=true]";

interface Lies {
  row: number;
  rows: number;
  col: number;
}

function liesAt(cell: HTMLElement): Lies {
  return { row: Number(cell.dataset["row"]), rows: Number(cell.dataset["rows"] ?? 1), col: Number(cell.dataset["col"]) };
}

/** The next cell in a direction; cells that span several rows count in each of them. */
export function nextOf(from: Lies, key: string, all: readonly Lies[]): number {
  const covers = (one: Lies, row: number) => one.row <= row && row < one.row + one.rows;
  const best = (fits: (one: Lies) => boolean, far: (one: Lies) => number) => {
    let found = -1;
    all.forEach((one, i) => {
      if (fits(one) && (found < 0 || far(one) < far(all[found] as Lies))) found = i;
    });
    return found;
  };
  switch (key) {
    case "ArrowRight":
      return best((one) => one.col > from.col && covers(one, from.row), (one) => one.col);
    case "ArrowLeft":
      return best((one) => one.col < from.col && covers(one, from.row), (one) => -one.col);
    case "ArrowDown":
      return best((one) => one.col === from.col && one.row >= from.row + from.rows, (one) => one.row);
    case "ArrowUp":
      return best((one) => one.col === from.col && one.row + one.rows <= from.row, (one) => -one.row);
    case "Home":
      return best((one) => covers(one, from.row), (one) => one.col);
    case "End":
      return best((one) => covers(one, from.row), (one) => -one.col);
    default:
      return -1;
  }
}

/** Ties the walking to a table. One cell at a time is a stop of Tab: the last one that was walked to. */
export function useTableWalk(table: { current: HTMLElement | null }, onMove: (cell: HTMLElement, by: 1 | -1) => void): void {
  useLayoutEffect(() => {
    const element = table.current;
    if (element && !element.querySelector(`${CELL}[tabindex="0"]`)) element.querySelector(CELL)?.setAttribute("tabindex", "0");
  });
  useLayoutEffect(() => {
    const element = table.current;
    if (!element) return;
    const stop = (cell: HTMLElement) => {
      element.querySelectorAll(`${CELL}[tabindex="0"]`).forEach((one) => one.setAttribute("tabindex", "-1"));
      cell.setAttribute("tabindex", "0");
    };
    const onFocus = (event: FocusEvent) => {
      const cell = (event.target as Element).closest<HTMLElement>(CELL);
      if (cell) stop(cell);
    };
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const cell = target.closest<HTMLElement>(CELL);
      if (!cell || event.isComposing) return;
      if (event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown")) {
        event.preventDefault();
        return onMove(cell, event.key === "ArrowUp" ? -1 : 1);
      }
      if (target !== cell) {
        if (event.key !== "Escape" || event.defaultPrevented) return;
        event.preventDefault();
        return cell.focus();
      }
      if (event.altKey || event.ctrlKey || event.metaKey) return;
      if (event.key === "Enter" || event.key === "F2") {
        event.preventDefault();
        const field = cell.querySelector<HTMLElement>(FIELD);
        field?.focus();
        if (field instanceof HTMLTextAreaElement || field instanceof HTMLInputElement) field.setSelectionRange?.(field.value.length, field.value.length);
        return;
      }
      const cells = [...element.querySelectorAll<HTMLElement>(CELL)];
      const next = cells[nextOf(liesAt(cell), event.key, cells.map(liesAt))];
      if (!next) return;
      event.preventDefault();
      next.focus();
    };
    element.addEventListener("focusin", onFocus);
    element.addEventListener("keydown", onKey);
    return () => {
      element.removeEventListener("focusin", onFocus);
      element.removeEventListener("keydown", onKey);
    };
  });
}
