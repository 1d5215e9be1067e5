// Money, CSV, the walk through tables, totals, and what a budget read back would change.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type Cell, cellsOf, sum, Tally } from "../src/documents/budget.ts";
import { componentsOf } from "../src/documents/components.ts";
import { guard, readCsv, unguard, writeCsv } from "../src/documents/csv.ts";
import { budgetRows, indicatorRows, plainAmount, timetableRows, withOrigin } from "../src/documents/exports.ts";
import { blockOf, follow, placesOf, readBlock, spread, walk, writeBlock } from "../src/documents/grid.ts";
import { type Circumstances, type Plan, planOf } from "../src/documents/imports.ts";
import { parseMoney } from "../src/documents/money.ts";
import { openAmounts, proposalsOf, turnOf } from "../src/documents/proposals.ts";
import { repeatedLines } from "../src/documents/repeated.ts";
import { axisOf, barOf, dateOf, troublesOf } from "../src/documents/schedule.ts";
import { seeded } from "./tools.ts";

const PALENCIA = "a".repeat(16);
const TARIJA = "b".repeat(16);

const PROGRAMME = {
  code: "P-BOL",
  period_start: "2026-01-01",
  period_end: "2027-12-31",
  default_currency: "EUR",
  results: { r1: { code: "R1", text: "Plan", pos: "1" } },
  activities: {
    a1: { code: "A1.1", text: "Inventario; «red»", result_id: "r1", lead_city: TARIJA, planned_start: "2026-02-01", planned_end: "2026-07-31", status: "planned", progress_pct: 0, pos: "1", support_cities: {}, depends_on: {} },
    a2: { code: "A1.2", text: "Modelo", result_id: "r1", lead_city: PALENCIA, planned_start: "2026-06-01", planned_end: "2026-12-15", status: "planned", progress_pct: 0, pos: "2", support_cities: { [TARIJA]: true }, depends_on: { a1: true } },
  },
  indicators: { i1: { code: "I1", text: "Red inventariada", level_id: "r1", unit: "%", baseline_value: -3.5, baseline_year: 2024, targets: { "2026": 80, "2026/value": 42.5 }, verification_source: "=SIG", responsible_city: TARIJA, pos: "1" } },
  financiers: { f1: { name: "Diputación", pos: "1" } },
  budget_lines: {
    l1: { code: "B01", title: "Equipo técnico", activity_id: "a1", direct: true, pos: "1", cells: { "ext:f1|2026|cash": 500_000 } },
    l2: { code: "B02", title: "Viajes, «dietas»\nvarias", direct: true, pos: "2", cells: {} },
    l3: { code: "B03", title: "", direct: false, pos: "3", cells: {} },
  },
};
const NONE: ReadonlyMap<string, unknown> = new Map();
const CONTRIBUTIONS = [
  { city8: PALENCIA, doc: { cells: { "l1|2026|cash": 1_200_050, "l2|2027|in_kind": 5 } }, conflicts: NONE },
  { city8: TARIJA, doc: { cells: { "l1|2027|in_kind": 1_800_000 } }, conflicts: NONE },
];
const FUNDERS = [{ key: PALENCIA, name: "Palencia" }, { key: TARIJA, name: "Tarija" }, { key: "ext:f1", name: "Diputación" }];
const nameOf = (key: string) => FUNDERS.find((one) => one.key === key)?.name ?? key;
const cells = cellsOf(PROGRAMME, NONE, CONTRIBUTIONS);
const AT: Circumstances = { programme: PROGRAMME, cells, currency: "EUR", rates: [{ currency: "BOB", perUnit: 7.5 }], funders: FUNDERS, own: PALENCIA, proposed: new Map() };
const ISSUED = { alliance: "Alianza", programme: "P", version: "0a1b2c3d", date: "2026-11-23", city: "Palencia", unapproved: true };

const plan = (rows: string[][]): Plan => {
  const made = planOf(writeCsv([["linea", "partida", "actividad", "financiador", "anualidad", "modalidad", "importe", "moneda"], ...rows]), AT);
  assert.ok(!("missing" in made));
  return made;
};

test("an amount with both separators is read whichever language it is in; what could be two amounts is refused (PB01)", () => {
  for (const language of ["es", "en"]) {
    assert.equal(parseMoney("12.000,50", "EUR", language), 1_200_050);
    assert.equal(parseMoney("12,000.50", "EUR", language), 1_200_050);
    assert.equal(parseMoney("1.234.567,89 €", "EUR", language), 123_456_789);
  }
  assert.equal(parseMoney("12,000", "EUR", "es"), null);
  assert.equal(parseMoney("12.000", "EUR", "en"), null);
});

test("all sums of a tally are those of adding up one by one", () => {
  const random = seeded(11);
  const pick = (list: readonly string[]) => list[random(list.length)] as string;
  const many: Cell[] = Array.from({ length: 400 }, () => ({ line: pick(["a", "b", "c"]), funder: pick(["x", "y"]), year: pick(["2026", "2027"]), mode: pick(["cash", "in_kind"]), amount: random(1_000_000), provisional: random(40) === 0 }));
  const tally = new Tally([many.slice(0, 150), many.slice(150)]);
  for (const line of [undefined, "a", "b", "zz"]) for (const funder of [undefined, "x"]) for (const year of [undefined, "2027"]) for (const mode of [undefined, "cash"]) {
    const wanted = { ...(line && { line }), ...(funder && { funder }), ...(year && { year }), ...(mode && { mode }) };
    assert.deepEqual(tally.sum(wanted), sum(many, wanted));
  }
});

test("arrows stay inside the table, Tab reads on and leaves at the end", () => {
  const size = { rows: 3, cols: 4 };
  assert.deepEqual(walk({ row: 0, col: 0 }, "ArrowUp", size), { row: 0, col: 0 });
  assert.deepEqual(walk({ row: 1, col: 1 }, "ArrowDown", size, true), { row: 2, col: 1 });
  assert.deepEqual(walk({ row: 1, col: 1 }, "End", size), { row: 1, col: 3 });
  assert.deepEqual(walk({ row: 1, col: 1 }, "Home", size, true), { row: 0, col: 0 });
  assert.equal(walk({ row: 0, col: 0 }, "x", size), null);
  assert.deepEqual(follow({ row: 0, col: 3 }, size, false), { row: 1, col: 0 });
  assert.deepEqual(follow({ row: 1, col: 0 }, size, true), { row: 0, col: 3 });
  assert.equal(follow({ row: 2, col: 3 }, size, false), null);
  assert.equal(follow({ row: 0, col: 0 }, size, true), null);
  let place: { row: number; col: number } | null = { row: 0, col: 0 };
  let steps = 0;
  while (place) {
    place = follow(place, size, false);
    steps += 1;
  }
  assert.equal(steps, 12);
});

test("a block goes to the clipboard and comes back as it was, tabs, quotes and line ends inside", () => {
  const random = seeded(7);
  const letters = ["a", "1", ",", "\t", "\n", '"', " ", "€", "\r\n"];
  for (let i = 0; i < 500; i++) {
    const text = () => Array.from({ length: random(5) }, () => letters[random(letters.length)]).join("");
    const cols = 2 + random(3);
    const rows = Array.from({ length: 1 + random(4) }, () => Array.from({ length: cols }, text));
    // A leading quote inside a cell is always written quoted, so reading is certain.
    assert.deepEqual(readBlock(writeBlock(rows)), rows, JSON.stringify(rows));
  }
  assert.deepEqual(readBlock("1\t2\r\n3\t4\r\n"), [["1", "2"], ["3", "4"]]);
});

test("one copied cell fills the selection; a block falls where it is put, and no further than the table", () => {
  const size = { rows: 3, cols: 3 };
  const selected = blockOf({ row: 2, col: 1 }, { row: 1, col: 2 });
  assert.deepEqual(placesOf(selected), [{ row: 1, col: 1 }, { row: 1, col: 2 }, { row: 2, col: 1 }, { row: 2, col: 2 }]);
  assert.equal(spread([["5"]], selected, size).length, 4);
  const fallen = spread([["1", "2", "3"], ["4", "5", "6"], ["7", "8", "9"]], selected, size);
  assert.deepEqual(fallen.map((one) => one.text), ["1", "2", "4", "5"]);
});

test("no cell of a CSV begins what a spreadsheet would reckon, and every text comes back (S22)", () => {
  const random = seeded(23);
  const letters = ["=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠", "'", '"', ";", ",", "a", "ñ", "1", " "];
  const dangerous = /^[=+\-@\t\r\n\0＝＋－＠]/;
  for (let i = 0; i < 3_000; i++) {
    const text = Array.from({ length: random(6) }, () => letters[random(letters.length)]).join("");
    assert.ok(!dangerous.test(guard(text)), JSON.stringify(text));
    assert.equal(unguard(guard(text)), text, JSON.stringify(text));
    const rows = [["cabecera", "x", "y"], [text, "b", text], ["c", text, "z"]];
    const written = writeCsv(rows);
    assert.ok(written.startsWith("\ufeff"));
    assert.deepEqual(readCsv(written).map((row) => row.cells), rows, JSON.stringify(text));
  }
});

test("a CSV is read whatever divides it, and rows keep the number that a spreadsheet shows", () => {
  assert.deepEqual(readCsv("a;b\n\n1;2\n"), [{ number: 1, cells: ["a", "b"] }, { number: 3, cells: ["1", "2"] }]);
  assert.deepEqual(readCsv("a,b\r\n\"x, y\",2")[1]?.cells, ["x, y", "2"]);
  assert.deepEqual(readCsv("a\tb\n1\t2")[1]?.cells, ["1", "2"]);
});

test("a budget that is taken out and brought back changes nothing", () => {
  const file = writeCsv(withOrigin(budgetRows(PROGRAMME, cells, "EUR", nameOf), ISSUED));
  const back = planOf(file, AT);
  assert.ok(!("missing" in back));
  assert.deepEqual({ amounts: back.amounts, lines: back.lines, titles: back.titles, bad: back.bad, untold: back.untold }, { amounts: [], lines: [], titles: [], bad: [], untold: 0 });
  assert.equal(back.same, 5);
  assert.match(file, /# aviso;contiene cambios sin aprobar/);
  assert.match(file, /# version;0a1b2c3d/);
  assert.equal(plainAmount(5, "EUR"), "0,05");
  assert.equal(plainAmount(1_200_050, "EUR"), "12000,50");
  assert.equal(plainAmount(500, "CLP"), "500");
});

test("timetable and indicators come back from their files row by row", () => {
  for (const rows of [timetableRows(PROGRAMME, nameOf, (status) => status), indicatorRows(PROGRAMME, nameOf)]) {
    const read = readCsv(writeCsv(withOrigin(rows, ISSUED))).map((row) => row.cells);
    assert.deepEqual(read.slice(0, rows.length), rows);
    assert.ok(read.slice(rows.length).every((row) => row[0]?.startsWith("#") && row.length === rows[0]?.length));
  }
  assert.deepEqual(indicatorRows(PROGRAMME, nameOf)[1]?.slice(4, 9), ["-3,5", "2024", "2026", "80", "42,5"]);
});

test("a budget read back tells what it would do: own amounts, external ones, proposals, new lines, new titles", () => {
  const made = plan([
    ["B01", "Equipo técnico", "A1.1", "Palencia", "2026", "efectivo", "13.000,00", "EUR"],
    ["B01", "Equipo técnico", "A1.1", "diputacion", "2026", "Efectivo", "", "EUR"],
    ["B01", "Equipo técnico", "A1.1", "Tarija", "2027", "en especie", "19000", ""],
    ["B02", "Viajes y dietas", "", "Palencia", "2027", "valorizado", "0,05", "EUR"],
    ["B09", "Encuentro", "A1.2", "Palencia", "2027", "efectivo", "75", "BOB"],
  ]);
  assert.deepEqual(made.bad, []);
  assert.deepEqual(made.amounts.map(({ row, line, funder, before, after, kind }) => ({ row, line, funder, before, after, kind })), [
    { row: 2, line: "l1", funder: PALENCIA, before: 1_200_050, after: 1_300_000, kind: "own" },
    { row: 3, line: "l1", funder: "ext:f1", before: 500_000, after: null, kind: "external" },
    { row: 4, line: "l1", funder: TARIJA, before: 1_800_000, after: 1_900_000, kind: "proposal" },
    { row: 6, line: "new:6", funder: PALENCIA, before: null, after: 1_000, kind: "own" },
  ]);
  assert.deepEqual(made.lines, [{ row: 6, mark: "new:6", code: "B09", title: "Encuentro", activity: "a2" }]);
  assert.deepEqual(made.titles.map((one) => one.after), ["Viajes y dietas"]);
});

test("rows that cannot be read are told with their number and reason, and none is lost", () => {
  const rows = [
    ["B01", "", "", "Palencia", "2026", "efectivo", "doce", "EUR"],
    ["B01", "", "", "Jaén", "2026", "efectivo", "12", "EUR"],
    ["B01", "", "", "Palencia", "2031", "efectivo", "12", "EUR"],
    ["B01", "", "", "Palencia", "26", "efectivo", "12", "EUR"],
    ["B01", "", "", "Palencia", "2026", "trueque", "12", "EUR"],
    ["B01", "", "", "Palencia", "2026", "efectivo", "12", "USD"],
    ["", "", "", "Palencia", "2026", "efectivo", "12", "EUR"],
    ["B77", "Nueva", "A9.9", "Palencia", "2026", "efectivo", "12", "EUR"],
    ["B01", "", "", "Palencia", "2027", "efectivo", "12", "EUR"],
    ["B01", "", "", "Palencia", "2027", "efectivo", "13", "EUR"],
    ["B01", "", "", "Tarija", "2026", "efectivo", "", "EUR"],
  ];
  const made = plan(rows);
  assert.deepEqual(made.bad.map((one) => [one.row, one.code]), [
    [2, "pb01"], [3, "import-no-funder"], [4, "pb03"], [5, "import-no-year"], [6, "import-no-mode"], [7, "pb06"], [8, "import-no-line"], [9, "import-no-activity"], [11, "import-twice"],
  ]);
  // An empty amount where there is none says what is there already.
  assert.equal(made.amounts.length + made.bad.length + made.same, rows.length);
  assert.deepEqual(planOf("a;b\n1;2", AT), { missing: ["linea", "financiador", "anualidad", "modalidad", "importe"] });
});

test("proposals: who may answer, and what is agreed but not yet set (PB02)", () => {
  const doc = {
    cell_proposals: {
      "019a0000-0000-7000-8000-000000000001": { line: "l1", cell: `${TARIJA}|2026|cash`, amount: 1_500, by_city: PALENCIA, note: "", state: "rejected" },
      "019a0000-0000-7000-8000-000000000002": { line: "l1", cell: `${TARIJA}|2026|cash`, amount: 1_200, by_city: TARIJA, note: "", state: "open" },
    },
  };
  const [first, second] = proposalsOf(doc);
  assert.ok(first && second);
  assert.equal(turnOf(first, TARIJA, false, null), "closed");
  assert.equal(turnOf(second, PALENCIA, true, null), "agree");
  assert.equal(turnOf(second, TARIJA, true, null), "wait");
  assert.equal(turnOf(second, "c".repeat(16), true, null), "agree");
  const agreed = { ...second, state: "accepted" };
  assert.equal(turnOf(agreed, TARIJA, true, 1_000), "set");
  assert.equal(turnOf(agreed, TARIJA, true, 1_200), "closed");
  assert.equal(turnOf({ ...first, state: "open" }, TARIJA, true, null), "answer");
  assert.equal(turnOf({ ...first, state: "open" }, PALENCIA, true, null), "wait");
  assert.deepEqual([...openAmounts(doc)], [[`l1|${TARIJA}|2026|cash`, 1_200]]);
});

test("of dates written at once the timetable uses the latest, and says so (domain.md §3.5)", () => {
  const item = PROGRAMME.activities.a1;
  const conflict = { path: ["activities", "a1", "planned_end"], values: ["2026-08-31", "2026-10-31"].map((value, i) => ({ value, actor: "", counter: i, used: i === 0 })) };
  const conflicts = new Map([["f-activities-a1-planned_end", conflict]]);
  assert.deepEqual(dateOf("a1", item, "planned_end", conflicts), { date: "2026-10-31", open: true });
  assert.deepEqual(dateOf("a1", item, "planned_start", conflicts), { date: "2026-02-01", open: false });
});

test("AC02, AC03 and AC04 are told as the node tells them", () => {
  assert.deepEqual(troublesOf(PROGRAMME, "a2", PROGRAMME.activities.a2).map((one) => [one.code, one.args["other"]]), [["ac04", "A1.1"]]);
  const wrong = { ...PROGRAMME.activities.a1, planned_start: "2027-03-01", planned_end: "2028-01-31" };
  assert.deepEqual(troublesOf(PROGRAMME, "a1", wrong).map((one) => one.code), ["ac03"]);
  assert.deepEqual(troublesOf(PROGRAMME, "a1", { ...wrong, planned_end: "2027-02-01" }).map((one) => one.code), ["ac02"]);
});

test("bars lie where their dates are", () => {
  const axis = axisOf(PROGRAMME, new Map());
  assert.ok(axis);
  assert.equal(axis.months.length, 24);
  const bar = barOf(axis, "2026-01-01", "2027-12-31");
  assert.deepEqual(bar, { at: 0, length: 1 });
  assert.equal(barOf(axis, "2027-02-01", "2027-01-01"), null);
  assert.equal(barOf(axis, "", "2027-01-01"), null);
  assert.equal(axisOf({}, new Map()), null);
  assert.equal(axisOf({ period_start: "0001-01-01", period_end: "9999-12-31" }, new Map())?.months.length, 240);
});

test("components: complete, half, missing (RQ-35, PR01)", () => {
  const light = (programme: object, text = "Texto", anyAmount = true) =>
    Object.fromEntries(componentsOf({ programme, sections: new Map([["context", text], ["justification", text]]), anyAmount }).map((one) => [one.component, one.light]));
  assert.deepEqual(light({}, "", false), { context: "missing", justification: "missing", objectives: "missing", results: "missing", activities: "missing", resources: "missing", deadlines: "missing", monitoring: "missing" });
  const here = light(PROGRAMME);
  assert.equal(here["context"], "complete");
  assert.equal(here["objectives"], "missing");
  assert.equal(here["results"], "complete");
  assert.equal(here["activities"], "complete");
  assert.equal(here["resources"], "complete");
  assert.equal(here["deadlines"], "complete");
  assert.equal(here["monitoring"], "half");
  assert.equal(light({ ...PROGRAMME, general_objective: "Agua" })["objectives"], "half");
  assert.equal(light({ ...PROGRAMME, indicators: {} })["results"], "half");
  assert.equal(light({ ...PROGRAMME, period_end: "" })["deadlines"], "half");
  assert.equal(light(PROGRAMME, "x", false)["resources"], "half");
});

test("lines with one title are told once, until somebody says that they are different", () => {
  const doc = { budget_lines: { a: { title: "Viajes", pos: "1" }, b: { title: " viajes ", pos: "2" }, c: { title: "Viajes", pos: "3", deleted: true }, d: { title: "", pos: "4" } } };
  assert.deepEqual(repeatedLines(doc), [{ keep: "a", drop: "b", title: "viajes" }]);
  assert.deepEqual(repeatedLines({ ...doc, non_duplication: { "a|b": "not_overlap" } }), []);
});
