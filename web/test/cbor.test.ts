import assert from "node:assert/strict";
import { test } from "node:test";
import { CborError, decode, encode } from "../src/live/cbor.ts";
import { fromNode, toNode } from "../src/live/frames.ts";
import { fromHex, toHex } from "../src/live/hex.ts";

// Bytes by RFC 8949 appendix A, so that the codec is checked against something it did not write itself.
const examples: [string, Parameters<typeof encode>[0]][] = [
  ["00", 0],
  ["17", 23],
  ["1818", 24],
  ["1903e8", 1000],
  ["1a000f4240", 1_000_000],
  ["1b000000e8d4a51000", 1_000_000_000_000],
  ["1bffffffffffffffff", 18446744073709551615n],
  ["20", -1],
  ["3903e7", -1000],
  ["f4", false],
  ["f5", true],
  ["f6", null],
  ["4401020304", Uint8Array.of(1, 2, 3, 4)],
  ["62c3bc", "ü"],
  ["64f0908591", "\u{10151}"],
  ["8301820203820405", [1, [2, 3], [4, 5]]],
];

test("values are written and read as RFC 8949 says", () => {
  for (const [hex, value] of examples) {
    assert.equal(toHex(encode(value)), hex);
    assert.deepEqual(decode(fromHex(hex)), value);
  }
});

test("bytes that are not the one deterministic form are refused", () => {
  for (const hex of ["1817", "190017", "1a00000017", "9fff", "5f4100ff", "a0", "f97e00", "0000", "8201", "9bffffffffffffffff", "62c328", "1c", ""]) {
    assert.throws(() => decode(fromHex(hex)), (e) => e instanceof CborError || e instanceof TypeError, hex);
  }
  assert.throws(() => decode(fromHex("81".repeat(40) + "00")), CborError);
});

test("messages to the node have the bytes of LIVE.md", () => {
  const doc = "00112233445566778899aabbccddeeff";
  assert.equal(toHex(toNode.hello()), "820101");
  assert.equal(toHex(toNode.ping()), "8107");
  assert.equal(toHex(toNode.close(doc)), `820350${doc}`);
  assert.equal(toHex(toNode.open(doc, ["ab".repeat(32)], true)), `840250${doc}815820${"ab".repeat(32)}f5`);
  assert.equal(toHex(toNode.changes(300, doc, [Uint8Array.of(9)])), `840419012c50${doc}814109`);
});

test("messages of the node are understood, and newer ones do no harm", () => {
  const doc = "00112233445566778899aabbccddeeff";
  const bytes = (hex: string) => fromHex(hex);
  assert.deepEqual(fromNode(encode([131, 7])), { type: "stored", ref: 7 });
  assert.deepEqual(fromNode(encode([132, bytes(doc), true, [bytes("aa".repeat(8))], []])), {
    type: "delivery",
    doc,
    sealed: true,
    have: ["aa".repeat(8)],
    lack: [],
  });
  const opened = fromNode(encode([129, bytes(doc), bytes("cc".repeat(32)), "programme", null, true, null, [], [], "later"]));
  assert.equal(opened.type === "opened" && opened.writable && opened.owner === null, true);
  assert.deepEqual(fromNode(encode([250, 1, 2])), { type: "unknown", code: 250 });
  assert.throws(() => fromNode(encode([131, "x"])), CborError);
  assert.throws(() => fromNode(encode("x")), CborError);
});
