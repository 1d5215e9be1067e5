// What can be told of presence payloads and of changes that found no place.

import * as A from "@automerge/automerge/slim";
import { plain } from "../editor/plain.ts";

/** What another tab says of where its person is; nothing of it is believed beyond its form. */
export function whereabouts(payload: Uint8Array): { section: string | null; caret: readonly [string, string] | null } {
  try {
    const value = JSON.parse(new TextDecoder().decode(payload)) as { section?: unknown; caret?: unknown } | null;
    const section = typeof value?.section === "string" ? value.section.slice(0, 80) : null;
    const [anchor, head] = Array.isArray(value?.caret) ? (value.caret as unknown[]) : [];
    return { section, caret: typeof anchor === "string" && typeof head === "string" ? [anchor, head] : null };
  } catch {
    return { section: null, caret: null };
  }
}

export function readable(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (A.isImmutableString(value)) return value.val;
  if (typeof value === "object") return JSON.stringify(value, null, 1);
  return typeof value === "string" ? plain(value) : String(value);
}

/** The texts a change wrote, run together: all that can be told without its document. */
export function typed(bytes: Uint8Array): string {
  return A.decodeChange(bytes)
    .ops.map((op) => ("value" in op && typeof op.value === "string" ? op.value : ""))
    .join("");
}
