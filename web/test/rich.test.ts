import { test } from "node:test";
import { run } from "./fuzz.ts";

/** `SEEDS=5000 npm test` for a long run. */
const SEEDS = Number(process.env["SEEDS"] ?? 100);
const FIRST = Number(process.env["SEED"] ?? 1);

test("two people writing at once: text, editor and carets agree after every step (show 2)", () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) run(seed);
});
