// A table of amounts that one types through like a spreadsheet. What a cell means and where it is written is told by
// the screen; here is how one walks, types, copies and pastes.

import { type ComponentChildren, Fragment } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { type Block, blockOf, follow, type Place, placesOf, readBlock, spread, walk, writeBlock } from "../documents/grid.ts";
import { announce } from "../state.ts";
import { t } from "../words/words.ts";
import { Row } from "./sheet-row.tsx";

export interface SheetCell {
  /** Id of the element: notices lead to it. */
  id: string;
  testid: string;
  /** As people read and copy it; empty when there is no amount. */
  text: string;
  /** This city sets it. */
  editable: boolean;
  /** What it is called, for messages about it; asked for only then. */
  label: () => string;
  conflict: boolean;
  /** An amount proposed for it, as read. */
  proposed: string;
}

export interface SheetRow {
  key: string;
  code: string;
  title: string;
  cells: readonly SheetCell[];
  total: string;
  provisional: boolean;
  /** Equal signatures are drawn once. */
  signature: string;
  /** What must be decided about cells of this row, in a row of its own below it. */
  after: ComponentChildren;
}

export interface Written {
  row: number;
  col: number;
  text: string;
}

interface Props {
  name: string;
  head: ComponentChildren;
  foot: ComponentChildren;
  rows: readonly SheetRow[];
  cols: number;
  testid: string;
  /** Writes what can be written; returns for each text that cannot, by its index, why. */
  onWrite: (texts: readonly Written[]) => ReadonlyMap<number, string>;
  /** Someone wants to change a cell of another city. */
  onPropose: (place: Place) => void;
  /** What a person is told who types into a cell of another city. */
  refusal: (place: Place) => string;
  drafts: Map<string, Draft>;
}

/** What was typed and could not be written: it stays until it is put right or given up. */
export interface Draft {
  text: string;
  reason: string;
}

export interface Editing {
  text: string;
  /** Typing began over the cell: arrows then leave it, as in a spreadsheet. */
  over: boolean;
  /** What the cell held when typing began. */
  before: string;
}

/** What a row does; always through the latest drawing of the sheet, for rows themselves are drawn seldom. */
export interface Doings {
  onInput: (text: string) => void;
  onBlur: () => void;
  onPick: (place: Place, extend: boolean, edit: boolean) => void;
  onFocus: (place: Place) => void;
}

export function Sheet(props: Props) {
  const { rows, cols, drafts } = props;
  const size = { rows: rows.length, cols };
  const table = useRef<HTMLTableElement>(null);
  const exit = useRef<HTMLParagraphElement>(null);
  const [active, setActive] = useState<Place>({ row: 0, col: 0 });
  const [anchor, setAnchor] = useState<Place | null>(null);
  const [editing, setEditing] = useState<Editing | null>(null);
  const [, redraw] = useState(0);
  /** Column where a run of Tab began: Enter goes back to it on the next row. */
  const run = useRef<number | null>(null);
  const wanted = useRef(false);
  /** What is being typed, also for events that come while the field is taken away. */
  const typing = useRef<Editing | null>(null);
  typing.current = editing;
  const doings = useRef({} as Doings);
  const here: Place = { row: Math.min(active.row, size.rows - 1), col: Math.min(active.col, size.cols - 1) };
  const selected: Block = blockOf(anchor ?? here, here);
  const cellAt = (place: Place) => rows[place.row]?.cells[place.col];

  useLayoutEffect(() => {
    if (!wanted.current || editing) return;
    wanted.current = false;
    elementAt(table.current, here)?.focus();
  });
  useEffect(() => {
    // A cell that others took away takes the typing with it.
    if (editing && !cellAt(here)?.editable) stop();
  }, [editing, rows]);

  const go = (place: Place, extend = false) => {
    setAnchor(extend ? (anchor ?? here) : null);
    setActive(place);
    stop();
    wanted.current = true;
  };
  const stop = () => {
    typing.current = null;
    setEditing(null);
  };
  const open = (cell: SheetCell, text: string | null) =>
    setEditing({ text: text ?? drafts.get(cell.id)?.text ?? cell.text, over: text !== null, before: cell.text });
  const begin = (text: string | null) => {
    const cell = cellAt(here);
    if (!cell) return;
    if (!cell.editable) {
      if (text === null) props.onPropose(here);
      else announce(props.refusal(here));
      return;
    }
    setAnchor(null);
    open(cell, text);
  };
  const put = (texts: readonly { place: Place; text: string }[]): boolean => {
    const known = texts.filter(({ place }) => cellAt(place)?.editable);
    const wrong = props.onWrite(known.map(({ place, text }) => ({ ...place, text })));
    known.forEach(({ place, text }, i) => {
      const id = cellAt(place)?.id ?? "";
      const reason = wrong.get(i);
      if (reason === undefined) drafts.delete(id);
      else drafts.set(id, { text, reason });
    });
    redraw((n) => n + 1);
    return wrong.size === 0;
  };
  /** True once the cell may be left. */
  const commit = (): boolean => {
    const typed = typing.current;
    const cell = cellAt(here);
    // Opened and left as it was: what others wrote meanwhile stays.
    if (!typed || !cell || (typed.text === typed.before && !drafts.has(cell.id))) return true;
    return put([{ place: here, text: typed.text }]);
  };
  const clear = (block: Block) => put(placesOf(block).filter((place) => cellAt(place)?.text !== "" || drafts.has(cellAt(place)?.id ?? "")).map((place) => ({ place, text: "" })));
  const paste = (text: string, at: Block) => {
    const block = readBlock(text);
    const texts = spread(block, at, size);
    const ours = texts.filter(({ place }) => cellAt(place)?.editable);
    put(ours);
    const bottom = Math.min(at.top + block.length, size.rows) - 1;
    const right = Math.min(at.left + Math.max(...block.map((row) => row.length)), size.cols) - 1;
    if (texts.length > 1) {
      setAnchor({ row: at.top, col: at.left });
      setActive({ row: Math.max(bottom, at.top), col: Math.max(right, at.left) });
      wanted.current = true;
    }
    const wrong = ours.filter(({ place }) => drafts.has(cellAt(place)?.id ?? "")).length;
    const left = block.reduce((n, row) => n + row.length, 0) - ours.length;
    announce([t("pasted", { n: ours.length - wrong }), wrong > 0 ? t("pasted-wrong", { n: wrong }) : "", left > 0 && texts.length > 1 ? t("pasted-left", { n: left }) : ""].join(" ").trim());
  };
  const leave = () => {
    setAnchor(null);
    exit.current?.focus();
  };

  const onKey = (event: KeyboardEvent) => {
    if (event.isComposing || !(event.target as Element).closest("[data-place]")) return;
    const far = event.ctrlKey || event.metaKey;
    if (editing) return keyInCell(event);
    const next = event.altKey ? null : walk(here, event.key, size, far);
    if (next) {
      run.current = null;
      go(next, event.shiftKey);
    } else if (event.key === "Tab") {
      const to = follow(here, size, event.shiftKey);
      if (!to) return;
      run.current ??= here.col;
      go(to);
    } else if (event.key === "Enter" || event.key === "F2") begin(null);
    else if (event.key === "Escape") leave();
    else if (event.key === "Delete" || event.key === "Backspace") clear(selected);
    else if (event.key === "a" && far) {
      setAnchor({ row: 0, col: 0 });
      setActive({ row: size.rows - 1, col: size.cols - 1 });
      wanted.current = true;
    } else if (event.key.length === 1 && !far && !event.altKey) begin(event.key);
    else return;
    event.preventDefault();
  };
  const keyInCell = (event: KeyboardEvent) => {
    let to: Place | null = null;
    if (event.key === "Escape") {
      drafts.delete(cellAt(here)?.id ?? "");
      to = here;
    } else if (event.key === "Enter") {
      if (!commit()) return event.preventDefault();
      to = walk({ row: here.row, col: run.current ?? here.col }, event.shiftKey ? "ArrowUp" : "ArrowDown", size);
      run.current = null;
    } else if (event.key === "Tab") {
      if (!commit()) return event.preventDefault();
      run.current ??= here.col;
      to = follow(here, size, event.shiftKey) ?? here;
    } else if (event.key === "ArrowUp" || event.key === "ArrowDown" || (editing?.over && (event.key === "ArrowLeft" || event.key === "ArrowRight"))) {
      if (!commit()) return event.preventDefault();
      run.current = null;
      to = walk(here, event.key, size);
    }
    if (!to) return;
    event.preventDefault();
    go(to);
  };
  const onCopy = (event: ClipboardEvent, cut: boolean) => {
    if (editing) return;
    const texts: string[][] = [];
    for (let row = selected.top; row <= selected.bottom; row++) {
      texts.push((rows[row]?.cells ?? []).slice(selected.left, selected.right + 1).map((cell) => cell.text));
    }
    event.clipboardData?.setData("text/plain", writeBlock(texts));
    event.preventDefault();
    if (cut) clear(selected);
    announce(t("copied-cells", { n: texts.reduce((n, row) => n + row.length, 0) }));
  };
  const onPaste = (event: ClipboardEvent) => {
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (text === "" || (editing && !/[\t\n]/.test(text.trimEnd()))) return;
    event.preventDefault();
    stop();
    paste(text, selected);
  };

  doings.current = {
    onInput: (text) => setEditing((now) => now && { ...now, text }),
    onBlur: () => {
      if (!typing.current) return;
      commit();
      stop();
    },
    onPick: (place, extend, edit) => {
      if (editing && place.row === here.row && place.col === here.col) return;
      commit();
      run.current = null;
      go(place, extend);
      const cell = cellAt(place);
      if (edit && cell?.editable) open(cell, null);
      else if (edit) props.onPropose(place);
    },
    onFocus: (place) => {
      if (!wanted.current && (place.row !== here.row || place.col !== here.col)) setActive(place);
    },
  };

  const wrong = rows.flatMap((row, r) => row.cells.flatMap((cell, c) => (drafts.has(cell.id) ? [{ cell, place: { row: r, col: c } }] : [])));
  return (
    <>
      <div class="table-wrap sheet-wrap">
        <table
          ref={table}
          class="budget sheet-table"
          role="grid"
          aria-label={props.name}
          aria-multiselectable="true"
          aria-describedby="sheet-keys"
          data-testid={props.testid}
          onKeyDown={onKey}
          onCopy={(event) => onCopy(event, false)}
          onCut={(event) => onCopy(event, true)}
          onPaste={onPaste}
        >
          {props.head}
          <tbody>
            {rows.map((row, r) => {
              const within = r >= selected.top && r <= selected.bottom;
              return (
                <Fragment key={row.key}>
                  <Row
                    row={row}
                    index={r}
                    active={r === here.row ? here.col : -1}
                    from={within ? selected.left : -1}
                    to={within && (anchor !== null) ? selected.right : -1}
                    editing={r === here.row ? editing : null}
                    drafts={draftsOf(row, drafts)}
                    doings={doings}
                  />
                  {row.after}
                </Fragment>
              );
            })}
          </tbody>
          {props.foot}
        </table>
      </div>
      {wrong.length > 0 ? (
        <ul class="sheet-wrong" role="alert">
          {wrong.map(({ cell, place }) => (
            <li key={cell.id} id={`${cell.id}-wrong`}>
              <span>
                <strong>{cell.label()}:</strong> «{drafts.get(cell.id)?.text}». {drafts.get(cell.id)?.reason}
              </span>
              <button type="button" class="button button-quiet" onClick={() => go(place)}>
                {t("back-to-cell")}
              </button>
            </li>
          ))}
        </ul>
      ) : null}
      <p class="quiet sheet-keys" id="sheet-keys" tabIndex={-1} ref={exit}>
        {t("sheet-keys")}
      </p>
    </>
  );
}

function draftsOf(row: SheetRow, drafts: ReadonlyMap<string, Draft>): string {
  if (drafts.size === 0) return "";
  return row.cells.map((cell) => drafts.get(cell.id)?.text ?? "").join("\u0000");
}

function elementAt(table: HTMLTableElement | null, place: Place): HTMLElement | null {
  return table?.querySelector<HTMLElement>(`[data-place="${place.row}.${place.col}"]`) ?? null;
}
