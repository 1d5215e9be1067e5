import assert from "node:assert/strict";
import { test } from "node:test";
import { signal } from "@preact/signals";
import type { Live } from "../src/live/live.ts";
import { canKeep } from "../src/live/store.ts";
import type { Replica, Unsent } from "../src/live/replica.ts";
import { savingOf } from "../src/live/status.ts";

// Without words loaded a sentence is its key: that is what is compared here.
function saving(
  line: "ready" | "offline" | "connecting",
  unsent: Partial<Unsent>[],
  delivery: { have: string[]; lack: string[] } | null,
  refusing: { code: string; message: string } | null = null,
) {
  const live = { socket: { line: signal(line) }, refusing: signal(refusing) } as unknown as Live;
  const replica = {
    unsent: signal(unsent),
    doc: signal({}),
    delivery: signal(delivery && { sealed: true, ...delivery }),
  } as unknown as Replica;
  return savingOf(live, [replica], "Palencia", (city8) => city8);
}

test("the page never says more than is so of what was written", () => {
  assert.deepEqual(saving("ready", [{ key: null }], null).sentences, ["save-sending"]);
  assert.deepEqual(saving("ready", [{ key: 1 }], null).sentences, ["sy05"]);
  assert.deepEqual(saving("ready", [{ key: 1 }, { key: null }], null).sentences, ["save-sending"]);
  assert.deepEqual(saving("ready", [], null).sentences, ["sy06"]);
  assert.deepEqual(saving("ready", [], { have: ["a"], lack: ["b"] }).sentences, ["sy06", "sy07"]);
  assert.deepEqual(saving("ready", [], { have: ["a", "b"], lack: [] }).sentences, ["sy06", "save-all"]);
  assert.deepEqual(saving("offline", [{ key: null }], null).sentences, ["sy08"]);
  assert.deepEqual(saving("offline", [{ key: 1 }], null).sentences, ["sy05", "sy08"]);
  assert.deepEqual(saving("connecting", [{ key: 1 }], null).sentences, ["sy05", "save-connecting"]);
  assert.deepEqual(saving("connecting", [{ key: null }], null).sentences, ["save-connecting"]);
  const full = { code: "read_only", message: "El disco está lleno." };
  assert.deepEqual(saving("ready", [{ key: null }], null, full).sentences, ["El disco está lleno.", "save-keep-open"]);
  assert.deepEqual(saving("ready", [{ key: 2 }], null, full).sentences, ["El disco está lleno.", "sy05"]);
});

test("a browser that keeps nothing is not said to keep", () => {
  canKeep.value = false;
  for (const unsent of [[{ key: null }], []]) {
    assert.deepEqual(saving("offline", unsent, null).sentences, ["save-unkept", "save-unkept-line"]);
    assert.equal(saving("offline", unsent, null).tone, "stop");
  }
  // With a line it is an alarm only for what is not at the node either.
  assert.deepEqual(saving("ready", [{ key: null, unkept: true }], null).sentences, ["save-unkept"]);
  assert.deepEqual(saving("ready", [], null).sentences, ["sy06"]);
  canKeep.value = true;
});
