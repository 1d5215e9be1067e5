// What can be told of presence payloads and of changes that found no place.

import * as A from "@automerge/automerge/slim";

export function sectionOf(payload: Uint8Array): string | null {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(payload));
    const section = (value as { section?: unknown } | null)?.section;
    return typeof section === "string" ? section.slice(0, 80) : null;
  } catch {
    return null;
  }
}

export function readable(value: unknown): string {
  if (value === undefined || value === null) return "";
  if (A.isImmutableString(value)) return value.val;
  if (typeof value === "object") return JSON.stringify(value, null, 1);
  return String(value);
}

/** The texts a change wrote, run together: all that can be told without its document. */
export function typed(bytes: Uint8Array): string {
  return A.decodeChange(bytes)
    .ops.map((op) => ("value" in op && typeof op.value === "string" ? op.value : ""))
    .join("");
}
