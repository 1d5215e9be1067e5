import assert from "node:assert/strict";
import { test } from "node:test";
import * as A from "@automerge/automerge/slim";
import { cellsOf, partnersOf, sum, yearsOf } from "../src/documents/budget.ts";
import { conflictsOf, writerOf } from "../src/documents/conflicts.ts";
import { formatMoney, parseMoney } from "../src/documents/money.ts";
import { between, newId } from "../src/documents/order.ts";
import { anchor, parsePointer, pointer } from "../src/documents/places.ts";
import { decide, items, put, scalar, textOf, whole } from "../src/documents/values.ts";
import { at } from "../src/live/replica.ts";
import { read, write } from "../src/route.ts";
import { CITY_A, CITY_B, replicaOf, seeded, snapshotOf } from "./tools.ts";

test("amounts are written as in Spanish and read back", () => {
  assert.equal(formatMoney(1_200_000, "EUR", "es").replace(/\s/g, " "), "12.000,00 €");
  assert.equal(formatMoney(123_456, "EUR", "es").replace(/\s/g, " "), "1.234,56 €");
  assert.equal(formatMoney(5, "EUR", "es").replace(/\s/g, " "), "0,05 €");
  for (const [text, minor] of [
    ["12.000,00 €", 1_200_000],
    ["12000", 1_200_000],
    ["12000,5", 1_200_050],
    ["12 000", 1_200_000],
    ["12.50", 1_250],
    ["1.500", 150_000],
    ["0", 0],
    ["1.234.567,89", 123_456_789],
  ] as const) {
    assert.equal(parseMoney(text, "EUR", "es"), minor, text);
  }
  for (const text of ["", "-3", "12,345", "1.2.3", "12.0000", "doce", "1e5", "12,3,4", "1.23.456", "99999999999999999"]) {
    assert.equal(parseMoney(text, "EUR", "es"), null, text);
  }
  assert.equal(parseMoney("12,000.50", "EUR", "en"), 1_200_050);
  assert.equal(parseMoney("500,5", "CLP", "es"), null);
  assert.equal(parseMoney("500", "CLP", "es"), 500);
});

test("every amount that is written can be read back", () => {
  const random = seeded(3);
  for (let i = 0; i < 2_000; i++) {
    const minor = random(2 ** 31) * (1 + random(100));
    for (const language of ["es", "en"]) for (const currency of ["EUR", "BOB", "CLP"]) {
      assert.equal(parseMoney(formatMoney(minor, currency, language), currency, language), minor, formatMoney(minor, currency, language));
    }
  }
});

test("there is always a position between two others", () => {
  const random = seeded(5);
  const list: string[] = [];
  for (let i = 0; i < 600; i++) {
    const at = random(list.length + 1);
    const made = between(list[at - 1] ?? null, list[at] ?? null);
    assert.ok((list[at - 1] ?? "") < made && (at >= list.length || made < (list[at] as string)), `${list[at - 1]} < ${made} < ${list[at]}`);
    list.splice(at, 0, made);
  }
  assert.deepEqual([...list].sort(), list);
  assert.ok(between("a012", null) > "a012");
});

test("identifiers of items are UUIDs of version 7 that sort by time", () => {
  const [a, b] = [newId(1_700_000_000_000), newId(1_700_000_000_001)];
  assert.match(a, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.ok(a < b);
});

test("items that were taken out are not listed, the rest by position", () => {
  const doc = { risks: { b: { pos: "2" }, a: { pos: "1" }, c: { pos: "0", deleted: true } } };
  assert.deepEqual(items(doc, "risks").map(([id]) => id), ["a", "b"]);
});

test("pointers and places go both ways", () => {
  const path = ["partners", "aabb/role", "x~y"];
  assert.equal(pointer(path), "/partners/aabb~1role/x~0y");
  assert.deepEqual(parsePointer(pointer(path)), path);
  assert.equal(anchor(["cells", "a|2025|cash"]), "f-cells-a_2025_cash");
});

test("addresses are read as they are written", () => {
  const route = { screen: "programme", circle: "ab".repeat(32), doc: "cd".repeat(16), part: "budget" } as const;
  assert.equal(write(route), `/alianza/${"ab".repeat(32)}/programa/${"cd".repeat(16)}/presupuesto`);
  assert.deepEqual(read(write(route)), route);
  for (const path of ["/alianza/xx", "/otra", `/alianza/${"ab".repeat(32)}/programa/zz`, `${write(route)}s`]) {
    assert.deepEqual(read(path), { screen: "unknown" }, path);
  }
});

test("SY09: both values of a date are listed, with their cities, until somebody decides", () => {
  const snapshot = snapshotOf({ activities: { x: { planned_end: new A.ImmutableString("2025-07-31"), progress_pct: 0 } } });
  const [a, b] = [replicaOf(CITY_A, snapshot), replicaOf(CITY_B, snapshot)];
  const path = ["activities", "x", "planned_end"];
  a.change((doc) => put(doc, path, scalar("2025-08-31")));
  b.change((doc) => put(doc, path, scalar("2025-09-30")));
  // Equal values are no conflict for a person.
  a.change((doc) => put(doc, ["activities", "x", "progress_pct"], whole(50)));
  b.change((doc) => put(doc, ["activities", "x", "progress_pct"], whole(50)));
  const [fromA, fromB] = [a.unsent.value, b.unsent.value];
  a.receive(fromB.map((one) => one.bytes), CITY_B, "01");
  b.receive(fromA.map((one) => one.bytes), CITY_A, "02");
  a.arrive();
  b.arrive();
  for (const side of [a, b]) {
    const doc = side.doc.value;
    assert.ok(doc);
    const found = conflictsOf(doc);
    assert.deepEqual([...found.keys()], [anchor(path)]);
    const values = found.get(anchor(path))?.values ?? [];
    assert.deepEqual(values.map((one) => textOf(one.value)).sort(), ["2025-08-31", "2025-09-30"]);
    assert.equal(values[0]?.used, true);
    assert.deepEqual(values.map((one) => writerOf(doc, one).city8).sort(), [CITY_A, CITY_B]);
    assert.ok(values.every((one) => (writerOf(doc, one).time ?? 0) > 1_700_000_000_000));
  }
  // Choosing the value in use is a decision too, with an author.
  const used = [...conflictsOf(a.doc.value ?? ({} as never)).values()][0]?.values[0];
  a.change((doc) => decide(doc, path, used?.value));
  const decision = a.unsent.value.at(-1);
  b.receive(decision ? [decision.bytes] : [], CITY_A, "02");
  b.arrive();
  for (const side of [a, b]) {
    assert.equal(conflictsOf(side.doc.value ?? ({} as never)).size, 0);
    assert.equal(textOf(at(side.doc.value, path)), textOf(used?.value));
  }
  const ops = A.decodeChange(decision?.bytes ?? new Uint8Array()).ops as { action: string; key?: string }[];
  assert.ok(ops.some((op) => op.action === "set" && op.key === "planned_end"), JSON.stringify(ops));
});

test("totals are of lines that exist, and provisional while a cell has two values", () => {
  const programme = {
    period_start: "2025-02-01",
    period_end: "2026-12-31",
    budget_lines: { l1: { pos: "1", cells: { "ext:f|2025|cash": 500, "palencia|2025|cash": 9 } }, gone: { deleted: true, cells: { "ext:f|2025|cash": 7 } } },
    financiers: { f: { name: "Fondo" } },
    partners: { "aa/role": "lead", "aa/status": "accepted", "bb/status": "invited" },
  };
  const contribution = { cells: { "l1|2025|cash": 1_000, "l1|2026|in_kind": 200, "gone|2025|cash": 50, "l1|2025": 1 } };
  const conflicts = new Map([[anchor(["cells", "l1|2026|in_kind"]), {}]]);
  const cells = cellsOf(programme, new Map(), [{ city8: "aa", doc: contribution, conflicts }]);
  assert.deepEqual(sum(cells, {}), { amount: 1_700, provisional: true });
  assert.deepEqual(sum(cells, { year: "2025" }), { amount: 1_500, provisional: false });
  assert.deepEqual(sum(cells, { funder: "aa", mode: "in_kind" }), { amount: 200, provisional: true });
  assert.deepEqual(yearsOf(programme, cells), ["2025", "2026"]);
  assert.deepEqual(partnersOf(programme).map((one) => one.city8), ["aa", "bb"]);
});

test("amounts are integers in the document, inside new items too", () => {
  const replica = replicaOf(CITY_A, snapshotOf({ cells: {}, cell_proposals: {} }));
  replica.change((doc) => put(doc, ["cell_proposals", "x"], { amount: whole(350_000), state: scalar("open"), note: "por qué" }));
  replica.change((doc) => put(doc, ["cells", "l|2025|cash"], whole(7)));
  const ops = replica.unsent.value.flatMap((one) => A.decodeChange(one.bytes).ops) as { key?: string; datatype?: string; value?: unknown; action: string }[];
  for (const [key, value] of [["amount", 350_000], ["l|2025|cash", 7]] as const) {
    assert.deepEqual(ops.filter((op) => op.key === key).map((op) => [op.action, op.datatype, op.value]), [["set", "int", value]]);
  }
  assert.deepEqual(ops.filter((op) => op.key === "state").map((op) => [op.action, op.value]), [["set", "open"]]);
  assert.deepEqual(ops.filter((op) => op.key === "note").map((op) => op.action), ["makeText"]);
});
