// What this browser keeps for going on without the node: how a copy is put together again, what is dropped first, what
// is never kept, and in which order unsent work goes out.
import assert from "node:assert/strict";
import { test } from "node:test";
import * as A from "@automerge/automerge/slim";
import { isKept } from "../src/live/answers.ts";
import { type About, type Chunk, headsOf, isLong, snapshotId, toDrop } from "../src/live/copies.ts";
import { Replica, type Unsent } from "../src/live/replica.ts";
import { decode, encode } from "../src/live/slip.ts";
import { receivedBy } from "../src/live/status.ts";
import { CITY_A, CITY_B, opened, replicaOf, seeded, snapshotOf } from "./tools.ts";

const DOC = "00".repeat(16);
const SEEDS = Number(process.env["SEEDS"] ?? 40);

function about(more: Partial<About> = {}): About {
  return { who: "w", doc: DOC, circle: "00".repeat(32), kind: "section", owner: null, writable: true, shared: [], edition: "e", bytes: 0, used: 0, ...more };
}

const bodyOf = (replica: Replica) => String(replica.doc.value?.["body"]);
const empty = () => new Replica(DOC, () => CITY_A, () => {});

/** Two cities that write in turn; the chunks a browser would have kept of it, and the unsent rest. */
function written(seed: number): { chunks: Chunk[]; shared: string[]; body: string; unsent: Unsent[] } {
  const random = seeded(seed);
  const snapshot = snapshotOf({ body: "" });
  const [mine, theirs] = [replicaOf(CITY_A, snapshot), replicaOf(CITY_B, snapshot)];
  for (let i = 0; i < 30; i++) {
    const one = random(2) === 0 ? mine : theirs;
    one.change((doc) => A.splice(doc, ["body"], random(bodyOf(one).length + 1), 0, `${i}á`));
    if (random(3) > 0) continue;
    for (const [from, to] of [[mine, theirs], [theirs, mine]] as const) {
      const items = [...from.unsent.value];
      from.stored(items);
      to.receive(items.map((item) => item.bytes), CITY_B, "07");
      to.arrive();
    }
  }
  const all = [...theirs.unsent.value];
  theirs.stored(all);
  mine.receive(all.map((item) => item.bytes), CITY_B, "07");
  mine.arrive();
  return { chunks: mine.confirmed, shared: mine.shared, body: bodyOf(mine), unsent: [...mine.unsent.value] };
}

test("a copy is put together from its chunks in any order, some of them twice, with the unsent work on top", () => {
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { chunks, shared, body, unsent } = written(seed);
    const random = seeded(seed * 7);
    const shuffled = [...chunks, ...chunks.slice(0, 5)].map((chunk) => ({ chunk, at: random(1_000) })).sort((a, b) => a.at - b.at).map(({ chunk }) => chunk);
    const replica = empty();
    replica.recover(unsent.map((item) => ({ ...item, key: 1, ref: null })).reverse());
    assert.ok(replica.restore(about({ shared }), shuffled), `seed ${seed}`);
    assert.equal(bodyOf(replica), body, `seed ${seed}`);
    // What is sent is in an order in which the node can take it.
    const seen = new Set<string>();
    const pending = new Set(unsent.map((item) => item.hash));
    for (const item of replica.unsent.value) {
      for (const dep of item.deps) assert.ok(!pending.has(dep) || seen.has(dep), `seed ${seed}`);
      seen.add(item.hash);
    }
    assert.deepEqual(replica.shared, shared);
  }
});

test("a copy without all of what the node was told to have here is not used", () => {
  const { chunks, shared } = written(3);
  const replica = empty();
  assert.equal(replica.restore(about({ shared }), chunks.slice(0, 1)), false);
  assert.equal(replica.doc.value, null);
  assert.equal(empty().restore(about({ shared: [] }), []), false);
});

test("folded into one snapshot, a copy is the same, and covers exactly the chunks it holds", () => {
  const { chunks, shared } = written(5);
  const whole = empty();
  assert.ok(whole.restore(about({ shared }), chunks));
  const doc = whole.doc.value as A.Doc<Record<string, unknown>>;
  const snapshot = { id: snapshotId(A.getHeads(doc)), bytes: A.save(doc) };
  for (const chunk of chunks) assert.ok(A.hasHeads(doc, headsOf(chunk.id)), chunk.id);
  assert.equal(A.hasHeads(doc, headsOf("ff".repeat(32))), false);
  const again = empty();
  assert.ok(again.restore(about({ shared }), [snapshot]));
  assert.equal(bodyOf(again), bodyOf(whole));
});

test("a copy that holds what the node no longer has is told, own unsent work is not strange", () => {
  const snapshot = snapshotOf({ body: "" });
  const replica = replicaOf(CITY_A, snapshot);
  replica.change((doc) => A.splice(doc, ["body"], 0, 0, "mío"));
  assert.deepEqual(replica.opened(opened(DOC, snapshot)), { lost: [], strange: false });
  // The node said that it had it, and came back from a backup without it.
  replica.stored([...replica.unsent.value]);
  assert.equal(replica.opened(opened(DOC, snapshot))?.strange, true);
});

test("what another tab wrote is shown, and is never given back as lost", () => {
  const snapshot = snapshotOf({ body: "" });
  const other = replicaOf(CITY_A, snapshot);
  other.change((doc) => A.splice(doc, ["body"], 0, 0, "de la otra"));
  other.change((doc) => A.splice(doc, ["body"], 0, 0, "¡"));
  const [, second] = other.unsent.value.map((item) => ({ ...item, foreign: true }));
  const replica = replicaOf(CITY_A, snapshot);
  assert.ok(second);
  replica.recover([second]);
  assert.deepEqual(replica.opened(opened(DOC, snapshot))?.lost, []);
  replica.recover(other.unsent.value.map((item) => ({ ...item, foreign: true })));
  replica.arrive();
  assert.equal(bodyOf(replica), "¡de la otra");
});

test("an answer that belongs to a copy that was given up is not taken for the whole", () => {
  const snapshot = snapshotOf({ body: "" });
  const source = replicaOf(CITY_B, snapshot);
  source.change((doc) => A.splice(doc, ["body"], 0, 0, "uno"));
  source.change((doc) => A.splice(doc, ["body"], 0, 0, "dos"));
  const later = source.unsent.value.slice(1).map((item) => item.bytes);
  const replica = replicaOf(CITY_A, snapshot);
  replica.reset();
  replica.begin();
  const heads = [source.unsent.value[1]?.hash ?? ""];
  assert.equal(replica.opened({ ...opened(DOC, snapshot), snapshot: null, changes: later, heads }), null);
  assert.deepEqual([replica.doc.value, replica.shared], [null, []]);
  assert.ok(replica.opened(opened(DOC, snapshot)));
  assert.equal(bodyOf(replica), "");
});

test("what another tab has sent meanwhile is no longer on its way here", () => {
  const snapshot = snapshotOf({ body: "" });
  const other = replicaOf(CITY_A, snapshot);
  other.change((doc) => A.splice(doc, ["body"], 0, 0, "suyo"));
  const items = [...other.unsent.value];
  const replica = replicaOf(CITY_A, snapshot);
  replica.recover(items.map((item) => ({ ...item, foreign: true })));
  replica.arrive();
  replica.opened(opened(DOC, snapshot));
  assert.equal(replica.unsent.value.length, 1, "the node does not have it yet");
  replica.opened({ ...opened(DOC, snapshot), heads: items.map((item) => item.hash) });
  assert.equal(replica.unsent.value.length, 0);
});

test("the cities are not said to have what was stored after they last told", () => {
  const replica = replicaOf(CITY_A, snapshotOf({ body: "" }));
  replica.delivered({ sealed: true, have: [CITY_B], lack: [] });
  assert.deepEqual(receivedBy([replica]), { have: [CITY_B], lack: [] });
  replica.change((doc) => A.splice(doc, ["body"], 0, 0, "x"));
  assert.equal(receivedBy([replica]), null, "not even sent");
  replica.stored([...replica.unsent.value]);
  assert.equal(receivedBy([replica]), null);
  // The node has passed over its deliveries since, and told none: it is as before.
  replica.delivered(null);
  assert.deepEqual(receivedBy([replica]), { have: [CITY_B], lack: [] });
});

test("for room, what was used longest ago goes, and never what unsent work stands on", () => {
  const all = [3, 1, 2, 4].map((used) => about({ doc: String(used), used, bytes: 10 }));
  assert.deepEqual(toDrop(all, 40, new Set()), []);
  assert.deepEqual(toDrop(all, 25, new Set()).map((one) => one.doc), ["1", "2"]);
  assert.deepEqual(toDrop(all, 25, new Set(["w/1"])).map((one) => one.doc), ["2", "3"]);
  assert.deepEqual(toDrop(all, 0, new Set(["w/1", "w/2", "w/3", "w/4"])), []);
});

test("a log is folded when it is long, not for every change", () => {
  assert.equal(isLong(100, 20_000, 10_000), false);
  assert.equal(isLong(401, 20_000, 10_000), true);
  assert.equal(isLong(10, 5_000_000, 3_000_000), false);
  assert.equal(isLong(10, 7_000_000, 3_000_000), true);
});

test("nothing with secrets or about others is kept of what the node answers", () => {
  for (const path of ["/api/status", "/api/cities", `/api/documents?circle=${"a".repeat(64)}&kind=programme`, `/api/documents/${"0".repeat(32)}`]) {
    assert.ok(isKept(path), path);
  }
  for (const path of ["/api/session", "/api/people", "/api/people/ana/token", "/api/alliances/aa/invitations", `/api/documents/${"0".repeat(32)}/history`, "/api/statusx"]) {
    assert.ok(!isKept(path), path);
  }
});

test("what is put down when a page is left reads back as it was", () => {
  const bytes = Uint8Array.from({ length: 20_000 }, (_, i) => i % 256);
  const slip = { who: "w", tab: "t", changes: [{ doc: DOC, hash: "h", bytes }], chunks: [{ doc: DOC, edition: "e", id: "i", bytes: new Uint8Array() }] };
  assert.deepEqual(decode(encode(slip)), slip);
});
