import assert from "node:assert/strict";
import { test } from "node:test";
import * as A from "@automerge/automerge/slim";
import { CITY_A, CITY_B, opened, replicaOf, snapshotOf } from "./tools.ts";

test("changes of the tab are raw chunks of one actor of the city, in order", () => {
  const replica = replicaOf(CITY_A, snapshotOf({ body: "" }));
  replica.change((doc) => A.splice(doc, ["body"], 0, 0, "largo ".repeat(500)));
  replica.change((doc) => A.splice(doc, ["body"], 0, 0, "a"));
  const [one, two] = replica.unsent.value;
  assert.ok(one && two);
  // A change chunk (type 1), not a compressed one (type 2), whatever its size: the gate takes no other.
  assert.equal(one.bytes[8], 1);
  const [first, second] = [A.decodeChange(one.bytes), A.decodeChange(two.bytes)];
  assert.equal(first.actor, second.actor);
  assert.match(first.actor, new RegExp(`^${CITY_A}[0-9a-f]{16}$`));
  assert.deepEqual([first.seq, second.seq], [1, 2]);
  assert.deepEqual(two.deps, [one.hash]);
  assert.ok(first.time > 1_700_000_000_000, "milliseconds");
});

test("an edit that changes nothing makes no change", () => {
  const replica = replicaOf(CITY_A, snapshotOf({ body: "x" }));
  assert.equal(replica.change(() => {}), false);
  assert.equal(replica.unsent.value.length, 0);
});

test("the heads stated to the node are those it has, not what is still on its way", () => {
  const snapshot = snapshotOf({ body: "" });
  const [a, b] = [replicaOf(CITY_A, snapshot), replicaOf(CITY_B, snapshot)];
  const start = A.getHeads(A.load(snapshot));
  a.change((doc) => A.splice(doc, ["body"], 0, 0, "uno"));
  assert.deepEqual(a.shared, start);
  a.stored(a.unsent.value);
  assert.equal(a.unsent.value.length, 0);
  assert.deepEqual(a.shared, A.getHeads(a.doc.value as A.Doc<unknown>));
  b.change((doc) => A.splice(doc, ["body"], 0, 0, "dos"));
  a.receive(b.unsent.value.map((one) => one.bytes), CITY_B, "07");
  a.arrive();
  assert.deepEqual([...a.shared].sort(), [...A.getHeads(a.doc.value as A.Doc<unknown>)].sort());
  assert.deepEqual([...a.writers.values()], [`${CITY_B}/07`]);
});

test("work from before a reload is laid over what the node has; what cannot be placed is given back", () => {
  const snapshot = snapshotOf({ body: "" });
  const before = replicaOf(CITY_A, snapshot);
  before.change((doc) => A.splice(doc, ["body"], 0, 0, "escrito en el tren"));
  before.change((doc) => A.splice(doc, ["body"], 0, 0, "Esto fue "));
  const kept = before.unsent.value.map((one, i) => ({ ...one, ref: null, key: i + 1 }));

  const after = replicaOf(CITY_A, snapshotOf({}));
  after.reset();
  after.begin();
  after.recover(kept);
  assert.deepEqual(after.opened(opened(after.id, snapshot))?.lost, []);
  assert.equal(after.doc.value?.["body"], "Esto fue escrito en el tren");
  assert.equal(after.unsent.value.length, 2);

  const stranger = replicaOf(CITY_A, snapshotOf({}));
  stranger.reset();
  stranger.begin();
  stranger.recover(kept);
  const lost = stranger.opened(opened(stranger.id, snapshotOf({ other: 1 })))?.lost;
  assert.equal(lost?.length, 2);
});

test("what was refused is told by field, with all of its text", () => {
  const replica = replicaOf(CITY_A, snapshotOf({ body: "Antes.", risks: { x: { prob: 1, text: "a" } } }));
  replica.change((doc) => A.splice(doc, ["body"], 6, 0, " Después."));
  replica.change((doc) => {
    ((doc["risks"] as Record<string, Record<string, unknown>>)["x"] as Record<string, unknown>)["prob"] = 4;
  });
  // A new paragraph of a narrative, and a value of its marker, are of the text too.
  replica.change((doc) => A.splitBlock(doc, ["body"], 6, { type: new A.ImmutableString("paragraph") }));
  const pieces = replica.unsavedPieces().map(({ path, value }) => [path.join("/"), value]);
  assert.deepEqual(pieces.sort(), [["body", "Antes.\uFFFC Después."], ["risks/x/prob", 4]]);
});
