// What every file and every printed page says of itself: alliance, version, date, city, and whether it was approved.

import type { Issued } from "../../documents/exports.ts";
import { versionOf } from "../../documents/plain.ts";
import { mapOf, textOf } from "../../documents/values.ts";
import type { Doc } from "../../live/replica.ts";
import type { ProgrammeScreenState } from "../../parts/programme.ts";
import { allianceOf, session } from "../../state.ts";

export function issuedOf(state: ProgrammeScreenState): Issued {
  const replicas = [state.replica, ...state.sections.values(), ...state.contributions.map((one) => one.replica)];
  const docs = replicas.flatMap((one) => (one.doc.value ? [one.doc.value as Doc] : []));
  const version = versionOf(docs);
  const doc = mapOf(state.replica.doc.value);
  const now = new Date();
  const two = (n: number) => String(n).padStart(2, "0");
  return {
    alliance: allianceOf(state.circle)?.name ?? "",
    programme: titleOf(doc),
    version,
    date: `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`,
    city: session.value?.city.name ?? "",
    unapproved: !Object.entries(mapOf(doc["baselines"])).some(([key, value]) => key.startsWith(version) || textOf(value).startsWith(version)),
  };
}

export function titleOf(doc: unknown): string {
  const one = mapOf(doc);
  return textOf(mapOf(one["title"])["es"]) || textOf(one["code"]);
}

/** "presupuesto-P-BOL-1a2b3c4d-2026-11-23.csv". */
export function fileName(what: string, state: ProgrammeScreenState, issued: Issued, ending: string): string {
  const code = textOf(mapOf(state.replica.doc.value)["code"]).replace(/[^\p{L}\p{N}-]+/gu, "-");
  return [what, code, issued.version, issued.date].filter((part) => part !== "").join("-") + `.${ending}`;
}
