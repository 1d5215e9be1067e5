// CSV as spreadsheets of half the world read it: `;` between cells, UTF-8 with a mark at the beginning, RFC 4180
// quotes and line ends. A cell that a spreadsheet would take for a formula gets an apostrophe (S22), which reading takes away.

const MARK = "\ufeff";
/** What begins a formula in one spreadsheet or another, full-width forms too. */
const FORMULA = /^'*[=+\-@\t\r\n\0＝＋－＠]/;

export function guard(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

export function unguard(text: string): string {
  return text.startsWith("'") && FORMULA.test(text) ? text.slice(1) : text;
}

export function writeCsv(rows: readonly (readonly string[])[]): string {
  const quote = (text: string) => (/[;"\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return MARK + rows.map((row) => `${row.map((cell) => quote(guard(cell))).join(";")}\r\n`).join("");
}

export interface CsvRow {
  /** Row of the file, the first is 1: what a spreadsheet shows at its edge. */
  number: number;
  cells: string[];
}

/** Reads a file, whichever of `;`, `,` and tab its first row is divided with. Empty rows are left out. */
export function readCsv(text: string): CsvRow[] {
  const source = text.startsWith(MARK) ? text.slice(MARK.length) : text;
  const divider = dividerOf(source);
  const rows: CsvRow[] = [];
  let cells: string[] = [];
  let cell = "";
  let quoted = false;
  let number = 1;
  const endCell = () => {
    cells.push(unguard(cell));
    cell = "";
  };
  const endRow = () => {
    endCell();
    if (cells.some((one) => one !== "")) rows.push({ number, cells });
    cells = [];
    number += 1;
  };
  for (let i = 0; i < source.length; i++) {
    const c = source[i] as string;
    if (quoted) {
      if (c !== '"') cell += c;
      else if (source[i + 1] === '"') cell += source[++i];
      else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === divider) endCell();
    else if (c === "\r" || c === "\n") {
      if (c === "\r" && source[i + 1] === "\n") i++;
      endRow();
    } else cell += c;
  }
  if (cell !== "" || cells.length > 0) endRow();
  return rows;
}

function dividerOf(source: string): string {
  const first = source.split(/\r?\n/, 1)[0] ?? "";
  const count = (divider: string) => first.split(divider).length;
  return [";", "\t", ","].reduce((best, one) => (count(one) > count(best) ? one : best), ";");
}
