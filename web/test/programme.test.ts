// What is read from the history and from rich texts.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as A from "@automerge/automerge/slim";
import { plain, versionOf } from "../src/documents/plain.ts";
import { changedAfterRemoval } from "../src/documents/removed.ts";
import { blocksOf, wordsOf } from "../src/documents/rich.ts";
import { decide, put } from "../src/documents/values.ts";
import type { Content, Doc } from "../src/live/replica.ts";
import { CITY_A, CITY_B } from "./tools.ts";

const actor = (city8: string, n: string) => city8 + n.repeat(16);
const start = (): Doc =>
  A.from<Content>({ risks: { r1: { text: "Sequía", prob: 3, pos: new A.ImmutableString("1") }, r2: { text: "Otro", prob: 1 } }, body: "" }, { actor: actor(CITY_A, "0") });

test("what one city takes out while another changes it is found, with the city (domain.md §3.5)", () => {
  const base = start();
  const other = A.clone(base, { actor: actor(CITY_B, "1") });
  const removed = A.change(base, (doc) => put(doc, ["risks", "r1", "deleted"], true));
  assert.deepEqual(changedAfterRemoval(removed, ["risks"]), []);
  const changed = A.change(other, (doc) => A.splice(doc, ["risks", "r1", "text"], 0, 0, "Gran "));
  const both = A.merge(removed, changed);
  const found = changedAfterRemoval(both, ["risks"]);
  assert.deepEqual(found.map(({ collection, id, city8 }) => ({ collection, id, city8 })), [{ collection: "risks", id: "r1", city8: CITY_B }]);
  // Taken out once more by somebody who knew of the change: decided.
  const anyway = A.change(both, (doc) => decide(doc, ["risks", "r1", "deleted"], true));
  assert.equal(changedAfterRemoval(anyway, ["risks"]).length, 0);
  // Moving it in the list is not changing it.
  const moved = A.merge(A.change(A.clone(removed, { actor: actor(CITY_A, "2") }), (doc) => put(doc, ["risks", "r1", "pos"], new A.ImmutableString("2"))), removed);
  assert.deepEqual(changedAfterRemoval(moved, ["risks"]), []);
});

test("a rich text is read block by block, and nothing in it opens what it should not", () => {
  let doc = A.from<Content>({ body: "" }, { actor: actor(CITY_A, "0") });
  doc = A.change(doc, (content) => {
    A.splice(content, ["body"], 0, 0, "TítuloUno dosTres");
    A.splitBlock(content, ["body"], 0, { type: new A.ImmutableString("heading"), level: 3 });
    A.splitBlock(content, ["body"], 7, { type: new A.ImmutableString("bullet"), indent: 1 });
    A.splitBlock(content, ["body"], 15, { type: new A.ImmutableString("strange") });
    A.mark(content, ["body"], { start: 8, end: 11, expand: "both" }, "strong", true);
    A.mark(content, ["body"], { start: 12, end: 15, expand: "none" }, "link", JSON.stringify({ href: "javascript:alert(1)" }));
    A.mark(content, ["body"], { start: 16, end: 20, expand: "none" }, "link", JSON.stringify({ href: "https://example.org/" }));
  });
  const blocks = blocksOf(doc, ["body"]);
  assert.deepEqual(blocks.map((one) => [one.kind, one.level, one.indent, one.runs.map((run) => run.text).join("")]), [
    ["heading", 3, 0, "Título"],
    ["bullet", 2, 1, "Uno dos"],
    ["paragraph", 2, 0, "Tres"],
  ]);
  assert.equal(blocks[1]?.runs.find((run) => run.text === "Uno")?.strong, true);
  assert.ok(blocks[1]?.runs.every((run) => run.href === null));
  assert.equal(blocks[2]?.runs[0]?.href, "https://example.org/");
  assert.equal(wordsOf(doc, ["body"]), "Título\nUno dos\nTres");
  const lines = A.from<Content>({ body: "Uno\n\nDos" });
  assert.deepEqual(blocksOf(lines, ["body"]).map((one) => one.runs[0]?.text), ["Uno", "Dos"]);
  assert.deepEqual(blocksOf(lines, ["nothing"]), []);
});

test("a version is the same for the same documents, in whatever order, and another after a change", () => {
  const [one, two] = [start(), A.from<Content>({ a: 1 })];
  assert.equal(versionOf([one, two]), versionOf([two, one]));
  assert.match(versionOf([one, two]), /^[0-9a-f]{8}$/);
  const copy = A.clone(one);
  assert.equal(versionOf([copy, two]), versionOf([one, two]));
  assert.notEqual(versionOf([A.change(copy, (doc) => put(doc, ["body"], "x")), two]), versionOf([one, two]));
});

test("the plain form leaves out what was taken out and keeps texts as texts", () => {
  const doc = A.change(start(), (content) => put(content, ["risks", "r2", "deleted"], true));
  assert.deepEqual(plain(doc), { risks: { r1: { text: "Sequía", prob: 3, pos: "1" } }, body: "" });
});
