import assert from "node:assert/strict";
import { test } from "node:test";
import * as A from "@automerge/automerge/slim";
import { changesBetween } from "../src/history/changes.ts";
import { edits, type Paragraph, rows, tokens, words } from "../src/history/diff.ts";
import { restore, towards } from "../src/history/restore.ts";
import { CITY_A, replicaOf, seeded, snapshotOf } from "./tools.ts";

const told = (before: string, after: string) => words(before, after).map(({ kind, text }) => ({ same: text, ins: `+${text}+`, del: `-${text}-` })[kind]).join("");

test("words that were put in and taken out are told, and no others", () => {
  assert.equal(told("El río crece.", "El río grande crece."), "El río +grande +crece.");
  assert.equal(told("El río crece.", "El mar crece."), "El -río-+mar+ crece.");
  assert.equal(told("", "Nuevo"), "+Nuevo+");
  assert.equal(told("Viejo", ""), "-Viejo-");
  assert.equal(told("a 👩‍🚒 b", "a 👩‍🌾 b"), "a -👩‍🚒-+👩‍🌾+ b", "a character is never cut");
  assert.equal(told("Uno dos tres", "Cuatro cinco tres"), "-Uno dos-+Cuatro cinco+ tres", "a blank between two changes goes with them");
});

test("any difference leads from the old text to the new one, and its places are those of the new text (seeds)", () => {
  const random = seeded(11);
  const alphabet = ["agua ", "río", " ", "ñ", "😀", "\n", ".", "de la "];
  const text = () => Array.from({ length: random(30) }, () => alphabet[random(alphabet.length)]).join("");
  for (let i = 0; i < 3_000; i++) {
    const [before, after] = [text(), text()];
    const pieces = words(before, after);
    assert.equal(pieces.filter((one) => one.kind !== "ins").map((one) => one.text).join(""), before, `seed 11, run ${i}`);
    assert.equal(pieces.filter((one) => one.kind !== "del").map((one) => one.text).join(""), after, `seed 11, run ${i}`);
    for (const one of pieces) if (one.kind !== "del") assert.equal(after.slice(one.at, one.at + one.text.length), one.text, `seed 11, run ${i}`);
    assert.equal(tokens(before).join(""), before);
  }
});

test("the work of a difference is bounded: texts with nothing in common are told as such at once", () => {
  const a = Array.from({ length: 20_000 }, (_, i) => `a${i}`);
  const b = Array.from({ length: 20_000 }, (_, i) => `b${i}`);
  const start = performance.now();
  assert.deepEqual(edits(a, b).map((run) => run.kind), ["del", "ins"]);
  assert.ok(performance.now() - start < 1_500);
});

test("paragraphs that stay are apart from those that change; a moved heading says what it became", () => {
  const of = (...texts: string[]): Paragraph[] => texts.map((text) => ({ label: "", text, at: 0, format: "" }));
  const found = rows(of("Uno.", "Dos dos dos.", "Tres."), of("Uno.", "Dos dos y dos.", "Nuevo párrafo entero.", "Tres."));
  assert.deepEqual(found.map((row) => row.kind), ["same", "changed", "changed", "same"]);
  assert.equal(found[2]?.kind === "changed" && found[2].before, null);
});

const scalar = (text: string) => new A.ImmutableString(text);

function programme() {
  return replicaOf(
    CITY_A,
    snapshotOf({
      kind: scalar("programme"),
      code: scalar("P1"),
      general_objective: "Mejorar la gestión del agua.",
      activities: { a1: { code: scalar("A1"), text: "Misión técnica", pos: scalar("V"), planned_end: scalar("2026-06-30") } },
      cells: { "x|2026|cash": 100 },
    }),
  );
}

test("values, texts and items are told by place", () => {
  const replica = programme();
  const before = A.getHeads(replica.doc.value!);
  replica.change((doc) => {
    const one = (doc as any).activities.a1;
    one.planned_end = scalar("2026-09-30");
    (doc as any).activities.a2 = { code: scalar("A2"), text: "Nueva", pos: scalar("W") };
    (doc as any).cells["x|2026|cash"] = 200;
    A.splice(doc as any, ["general_objective"], 0, 0, "No ");
  });
  const after = A.getHeads(replica.doc.value!);
  const found = changesBetween(replica.doc.value!, before, after);
  assert.deepEqual(
    found.map((one) => [one.kind, one.path.join("/")]).sort(),
    [["added", "activities/a2"], ["text", "general_objective"], ["value", "activities/a1/planned_end"], ["value", "cells/x|2026|cash"]].sort(),
  );
  assert.deepEqual(changesBetween(replica.doc.value!, after, after), []);
});

test("what was comes back as a new change, of all places or of one, and can be undone in the same way", () => {
  const replica = programme();
  const first = A.getHeads(replica.doc.value!);
  replica.change((doc) => {
    (doc as any).cells["x|2026|cash"] = 999;
    (doc as any).code = scalar("P2");
    (doc as any).activities.a1.deleted = true;
    A.splice(doc as any, ["general_objective"], 0, 28, "Otra cosa.");
    (doc as any).activities.a2 = { code: scalar("A2"), text: "Nueva", pos: scalar("W") };
  });
  const second = A.getHeads(replica.doc.value!);
  const changes = A.getAllChanges(replica.doc.value!).length;
  const one = towards(replica.doc.value!, first, [["cells", "x|2026|cash"]]);
  assert.equal(one.length, 1);
  assert.ok(restore(replica, first, one));
  assert.equal((replica.doc.value as any).cells["x|2026|cash"], 100);
  assert.equal(String((replica.doc.value as any).code.val), "P2", "other places stay");
  assert.equal(A.getAllChanges(replica.doc.value!).length, changes + 1, "one change, nothing taken out of the history");

  assert.ok(restore(replica, first, towards(replica.doc.value!, first, null)));
  const now = replica.doc.value as any;
  assert.equal(now.general_objective, "Mejorar la gestión del agua.");
  assert.equal(now.code.val, "P1");
  assert.equal(now.activities.a1.deleted, false);
  assert.equal(now.activities.a2.deleted, true, "what came since is taken out as by hand: it can be recovered");
  assert.deepEqual(towards(replica.doc.value!, first, null), []);

  assert.ok(restore(replica, second, towards(replica.doc.value!, second, null)));
  const again = replica.doc.value as any;
  assert.equal(again.general_objective, "Otra cosa.");
  assert.equal(again.activities.a1.deleted, true);
  assert.equal(again.activities.a2.deleted, false);
  for (const { bytes } of replica.unsent.value) assert.ok(bytes.length < 192 * 1024);
});

test("a long text comes back in changes that the node takes, letters that stayed being the same ones", () => {
  const long = Array.from({ length: 3_000 }, (_, i) => `palabra${i}`).join(" ");
  const replica = replicaOf(CITY_A, snapshotOf({ kind: scalar("section"), body: long }));
  const first = A.getHeads(replica.doc.value!);
  const cursor = A.getCursor(replica.doc.value!, ["body"], long.length - 1);
  for (let from = long.lastIndexOf(" "); from > 0; from -= 4_000) {
    replica.change((doc) => A.splice(doc as any, ["body"], Math.max(0, from - 4_000), Math.min(from, 4_000), ""));
  }
  assert.ok(restore(replica, first, towards(replica.doc.value!, first, null)));
  assert.equal((replica.doc.value as any).body, long);
  assert.equal(A.getCursorPosition(replica.doc.value!, ["body"], cursor), long.length - 1);
  for (const { bytes } of replica.unsent.value) assert.ok(A.decodeChange(bytes).ops.length < 10_000);
});

test("a formatted text comes back with its headings and marks", () => {
  const replica = replicaOf(CITY_A, snapshotOf({ kind: scalar("section"), body: "" }));
  replica.change((doc) => {
    A.updateSpans(doc as any, ["body"], [
      { type: "block", value: { type: scalar("heading"), attrs: { level: 2 } } as any },
      { type: "text", value: "Título" },
      { type: "block", value: { type: scalar("de_otra_versión"), attrs: {} } as any },
      { type: "text", value: "Un " },
      { type: "text", value: "texto", marks: { strong: true } },
    ]);
  });
  const first = A.getHeads(replica.doc.value!);
  const canonical = () => JSON.stringify(A.spans(replica.doc.value!, ["body"]), (_, value) => (value !== null && typeof value === "object" && !Array.isArray(value) ? Object.fromEntries(Object.entries(value).sort()) : value));
  const spans = canonical();
  replica.change((doc) => A.updateSpans(doc as any, ["body"], [{ type: "text", value: "Nada" }]));
  const found = changesBetween(replica.doc.value!, first, A.getHeads(replica.doc.value!));
  assert.deepEqual(found.map((one) => one.kind), ["text"]);
  assert.ok(restore(replica, first, towards(replica.doc.value!, first, null)));
  assert.equal(canonical(), spans);
  assert.ok(A.isImmutableString(A.block(replica.doc.value!, ["body"], 0)?.["type"]), "the kind of a block is a scalar, as it was");
});
