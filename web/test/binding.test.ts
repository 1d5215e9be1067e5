import assert from "node:assert/strict";
import { test } from "node:test";
import * as A from "@automerge/automerge/slim";
import { applied, moved, pieces, smallest } from "../src/editor/binding.ts";
import { bind } from "../src/editor/live-text.tsx";
import type { Replica, Unsent } from "../src/live/replica.ts";
import { CITY_A, CITY_B, Field, focus, replicaOf, seeded, snapshotOf } from "./tools.ts";

test("the smallest edit is where the caret was, and never cuts a character", () => {
  assert.deepEqual(smallest("aa", "aaa", 1), { index: 0, remove: 0, insert: "a" });
  assert.deepEqual(smallest("aa", "aaa", 3), { index: 2, remove: 0, insert: "a" });
  assert.deepEqual(smallest("aaa", "aa", 1), { index: 1, remove: 1, insert: "" });
  assert.deepEqual(smallest("hola", "hola"), null);
  // 😀 and 😁 share their first unit: the whole character changes.
  assert.deepEqual(smallest("x😀y", "x😁y", 3), { index: 1, remove: 2, insert: "😁" });
  assert.deepEqual(smallest("😀", "😀😁", 4), { index: 2, remove: 0, insert: "😁" });
});

test("the smallest edit of any two texts leads from one to the other", () => {
  const random = seeded(7);
  const alphabet = ["a", "b", "á", "😀", "😁", "\n", "🏳️‍🌈"];
  const word = () => Array.from({ length: random(8) }, () => alphabet[random(alphabet.length)]).join("");
  for (let i = 0; i < 5_000; i++) {
    const [before, after] = [word(), word()];
    const edit = smallest(before, after, random(after.length + 1));
    assert.equal(edit ? applied(before, [edit]) : before, after);
    if (edit) assert.doesNotMatch(edit.insert, /^[\udc00-\udfff]|[\ud800-\udbff]$/);
  }
});

test("a long paste is cut between characters", () => {
  const text = "😀".repeat(10) + "abc";
  for (const size of [1, 2, 3, 5, 7]) {
    const parts = size === 1 ? pieces("abc", 1) : pieces(text, size);
    assert.equal(parts.join(""), size === 1 ? "abc" : text);
    for (const part of parts) assert.doesNotMatch(part, /^[\udc00-\udfff]/);
  }
});

test("a caret stays behind the character it stood behind", () => {
  assert.equal(moved(3, [{ index: 3, remove: 0, insert: "xx" }]), 3);
  assert.equal(moved(3, [{ index: 2, remove: 0, insert: "xx" }]), 5);
  assert.equal(moved(3, [{ index: 1, remove: 5, insert: "" }]), 1);
  assert.equal(moved(3, [{ index: 0, remove: 1, insert: "" }, { index: 0, remove: 0, insert: "xyz" }]), 5);
});

/** `SEEDS=1000 npm test` for a long run. */
const SEEDS = Number(process.env["SEEDS"] ?? 12);

interface Side {
  replica: Replica;
  field: Field;
  city: string;
  sent: number;
}

/** What `from` wrote and `to` has not seen. */
function deliver(from: Side, to: Side): void {
  const all: readonly Unsent[] = from.replica.unsent.value;
  const fresh = all.slice(from.sent);
  from.sent = all.length;
  if (fresh.length > 0) to.replica.receive(fresh.map((one) => one.bytes), from.city, "00");
  to.replica.arrive();
}

for (const multiline of [true, false]) {
  test(`two people writing at once see the same ${multiline ? "text" : "line"}, their carets where they were`, () => {
    for (let seed = 1; seed <= SEEDS; seed++) {
      const random = seeded(seed);
      const start = multiline ? "Primera línea\r\nSegunda 😀 línea\n" : "Un título\ncon salto 😀";
      const snapshot = snapshotOf({ body: start });
      const sides: Side[] = [CITY_A, CITY_B].map((city) => ({
        replica: replicaOf(city, snapshot),
        field: new Field(multiline),
        city,
        sent: 0,
      }));
      for (const side of sides) bind(side.field as unknown as HTMLTextAreaElement, side.replica, ["body"], multiline);
      const alphabet = ["a", "ñ", " ", "😀", "palabra", ...(multiline ? ["\n"] : [])];
      for (let step = 0; step < 40; step++) {
        const [me, you] = random(2) === 0 ? [sides[0] as Side, sides[1] as Side] : [sides[1] as Side, sides[0] as Side];
        const length = me.field.value.length;
        const from = whole(me.field.value, random(length + 1));
        const to = random(3) === 0 ? whole(me.field.value, Math.min(length, from + random(6))) : from;
        me.field.setSelectionRange(from, to);
        me.field.type(from < to && random(2) === 0 ? "" : (alphabet[random(alphabet.length)] as string));
        if (random(3) === 0) {
          // The receiver's caret, watched by a cursor of the document itself.
          const caret = whole(you.field.value, random(you.field.value.length + 1));
          you.field.setSelectionRange(caret, caret);
          focus(you.field);
          const held = String(you.replica.doc.value?.["body"]);
          const doc = () => you.replica.doc.value as A.Doc<{ body: string }>;
          // Where the field shows less than the text (line ends) the places are not the same.
          const plain = held === you.field.value && caret > 0;
          const start = whole(held, caret - 1);
          const behind = plain ? A.getCursor(doc(), ["body"], start) : null;
          deliver(me, you);
          if (behind) {
            const at = A.getCursorPosition(doc(), ["body"], behind);
            const alive = at < you.field.value.length && A.getCursor(doc(), ["body"], at) === behind;
            if (alive) assert.equal(you.field.selectionStart, at + caret - start, `seed ${seed}, step ${step}: the caret left its letter`);
          }
          focus(null);
        }
        // A message may wait; half of the time the other side answers before it has it.
        if (random(4) === 0) deliver(you, me);
        for (const side of sides) {
          const text = String(side.replica.doc.value?.["body"]);
          const shown = multiline ? text.replace(/\r\n?/g, "\n") : text.replace(/[\r\n]/g, "");
          assert.equal(side.field.value, shown, `seed ${seed}, step ${step}: the field shows something else`);
        }
      }
      deliver(sides[0] as Side, sides[1] as Side);
      deliver(sides[1] as Side, sides[0] as Side);
      assert.equal(sides[0]?.field.value, sides[1]?.field.value, `seed ${seed}`);
      assert.doesNotMatch(sides[0]?.field.value ?? "", /[\ud800-\udbff](?![\udc00-\udfff])/, `seed ${seed}: half a character`);
    }
  });
}

/** A place that is not inside a character. */
function whole(text: string, at: number): number {
  const unit = text.charCodeAt(at);
  return unit >= 0xdc00 && unit <= 0xdfff ? at - 1 : at;
}

test("what others write waits while a letter is being composed", () => {
  const snapshot = snapshotOf({ body: "canon" });
  const [a, b] = [replicaOf(CITY_A, snapshot), replicaOf(CITY_B, snapshot)];
  const field = new Field(true);
  bind(field as unknown as HTMLTextAreaElement, a, ["body"], true);
  focus(field);
  field.setSelectionRange(2, 3);
  field.dispatchEvent(new Event("compositionstart"));
  field.type("~", true);
  field.setSelectionRange(2, 3);
  b.change((doc) => A.splice(doc, ["body"], 0, 0, "El "));
  a.receive(b.unsent.value.map((one) => one.bytes), CITY_B, "00");
  a.arrive();
  assert.equal(field.value, "ca~on", "nothing may touch the field meanwhile");
  field.type("ñ", true);
  field.dispatchEvent(new Event("compositionend"));
  assert.equal(field.value, "El cañon");
  assert.equal(field.selectionStart, 6);
  b.receive(a.unsent.value.map((one) => one.bytes), CITY_A, "00");
  b.arrive();
  assert.equal(b.doc.value?.["body"], "El cañon");
  focus(null);
});

test("a paste of a whole report goes in changes the gate takes", () => {
  const replica = replicaOf(CITY_A, snapshotOf({ body: "" }));
  const field = new Field(true);
  bind(field as unknown as HTMLTextAreaElement, replica, ["body"], true);
  focus(field);
  const report = "El informe, con eñes y 😀. ".repeat(800);
  field.type(report);
  assert.equal(replica.doc.value?.["body"], report);
  assert.equal(field.value, report);
  for (const one of replica.unsent.value) {
    assert.ok(one.bytes.length < 192 * 1024);
    const { startOp, ops } = A.decodeChange(one.bytes);
    assert.ok(startOp > 0 && ops.length <= 10_000);
  }
  field.setSelectionRange(0, report.length);
  field.type("");
  assert.equal(replica.doc.value?.["body"], "");
  focus(null);
});
