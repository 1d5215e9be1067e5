// Walking through a table of cells and moving blocks of them, as in a spreadsheet. Pure: no element is touched here.

export interface Place {
  row: number;
  col: number;
}

export interface Size {
  rows: number;
  cols: number;
}

/** Rows that Page Up and Page Down walk. */
const PAGE_ROWS = 10;

/** Where a key leads; null: the key does not walk, or walks out of the table. */
export function walk(from: Place, key: string, size: Size, far = false): Place | null {
  const last = { row: size.rows - 1, col: size.cols - 1 };
  const to = (row: number, col: number): Place => ({ row: clamp(row, last.row), col: clamp(col, last.col) });
  switch (key) {
    case "ArrowUp":
      return to(far ? 0 : from.row - 1, from.col);
    case "ArrowDown":
      return to(far ? last.row : from.row + 1, from.col);
    case "ArrowLeft":
      return to(from.row, far ? 0 : from.col - 1);
    case "ArrowRight":
      return to(from.row, far ? last.col : from.col + 1);
    case "Home":
      return to(far ? 0 : from.row, 0);
    case "End":
      return to(far ? last.row : from.row, last.col);
    case "PageUp":
      return to(from.row - PAGE_ROWS, from.col);
    case "PageDown":
      return to(from.row + PAGE_ROWS, from.col);
    default:
      return null;
  }
}

/** The next cell in reading order; null: past the end, where Tab leaves the table. */
export function follow(from: Place, size: Size, back: boolean): Place | null {
  const at = from.row * size.cols + from.col + (back ? -1 : 1);
  if (at < 0 || at >= size.rows * size.cols) return null;
  return { row: Math.floor(at / size.cols), col: at % size.cols };
}

function clamp(value: number, max: number): number {
  return Math.min(Math.max(value, 0), Math.max(max, 0));
}

export interface Block {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

export function blockOf(a: Place, b: Place): Block {
  return { top: Math.min(a.row, b.row), bottom: Math.max(a.row, b.row), left: Math.min(a.col, b.col), right: Math.max(a.col, b.col) };
}

/** Cells of a block, by rows. */
export function placesOf(block: Block): Place[] {
  const places: Place[] = [];
  for (let row = block.top; row <= block.bottom; row++) for (let col = block.left; col <= block.right; col++) places.push({ row, col });
  return places;
}

/**
 * Reads a block as spreadsheets put it on the clipboard: tabs between cells, line ends between rows, and quotes around
 * a cell that itself holds one of those.
 */
export function readBlock(text: string): string[][] {
  const rows: string[][] = [[]];
  let cell = "";
  let quoted = false;
  const push = () => {
    (rows[rows.length - 1] as string[]).push(cell);
    cell = "";
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i] as string;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === "\t") push();
    else if (c === "\n" || c === "\r") {
      if (c === "\r" && text[i + 1] === "\n") i++;
      push();
      rows.push([]);
    } else cell += c;
  }
  push();
  // Spreadsheets end the last row too.
  const end = rows[rows.length - 1] as string[];
  if (rows.length > 1 && end.length === 1 && end[0] === "") rows.pop();
  return rows;
}

export function writeBlock(rows: readonly (readonly string[])[]): string {
  return rows.map((row) => row.map((cell) => (/[\t\r\n"]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join("\t")).join("\n");
}

/** Which cell takes which text of a pasted block: one text fills the whole selection, several go where they fall. */
export function spread(block: readonly (readonly string[])[], selected: Block, size: Size): { place: Place; text: string }[] {
  const only = block.length === 1 && block[0]?.length === 1 ? block[0][0] : undefined;
  if (only !== undefined) return placesOf(selected).map((place) => ({ place, text: only }));
  const out: { place: Place; text: string }[] = [];
  block.forEach((cells, r) =>
    cells.forEach((text, c) => {
      const place = { row: selected.top + r, col: selected.left + c };
      if (place.row < size.rows && place.col < size.cols) out.push({ place, text });
    }),
  );
  return out;
}
