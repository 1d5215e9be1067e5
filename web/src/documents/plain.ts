// Documents as plain values, for files and print: what was taken out is left out, texts are texts.

import * as A from "@automerge/automerge/slim";
import type { Doc } from "../live/replica.ts";

export function plain(value: unknown): unknown {
  if (A.isImmutableString(value)) return value.val;
  if (Array.isArray(value)) return value.map(plain);
  if (value === null || typeof value !== "object" || value instanceof Date || value instanceof Uint8Array) return value;
  const entries = Object.entries(value).filter(([, one]) => !(one !== null && typeof one === "object" && (one as Record<string, unknown>)["deleted"] === true));
  return Object.fromEntries(entries.map(([key, one]) => [key, plain(one)]));
}

/** A short mark of a state of several documents: equal for equal states, on whatever node. */
export function versionOf(docs: readonly Doc[]): string {
  const sum = [0, 0, 0, 0];
  for (const head of docs.flatMap((doc) => A.getHeads(doc))) {
    for (let i = 0; i < 4; i++) sum[i] = (sum[i] as number) ^ Number.parseInt(head.slice(i * 2, i * 2 + 2), 16);
  }
  return sum.map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
