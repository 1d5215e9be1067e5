// A small document in which two cities wrote at once, to show what the parts look like then. It lives in this tab only.

import * as A from "@automerge/automerge/slim";
import { useEffect, useState } from "preact/hooks";
import { type Conflict, conflictsOf } from "../documents/conflicts.ts";
import { scalar } from "../documents/values.ts";
import { automergeReady } from "../live/automerge.ts";
import { type Content, type Doc, Replica } from "../live/replica.ts";

export interface Sample {
  replica: Replica;
  conflicts: ReadonlyMap<string, Conflict>;
  years: readonly string[];
}

const CITY_A = "aaaaaaaaaaaaaaaa";
const CITY_B = "bbbbbbbbbbbbbbbb";

export function useSample(): Sample | null {
  const [replica, setReplica] = useState<Replica | null>(null);
  useEffect(() => {
    let on = true;
    let made: Replica | null = null;
    void automergeReady().then(() => {
      if (!on) return;
      made = new Replica("0".repeat(32), () => CITY_A, () => {});
      made.doc.value = writtenByTwo();
      made.writable.value = true;
      setReplica(made);
    });
    return () => {
      on = false;
      if (made?.doc.value) A.free(made.doc.value);
    };
  }, []);
  const doc = replica?.doc.value;
  return replica && doc ? { replica, conflicts: conflictsOf(doc), years: ["2025", "2026"] } : null;
}

function writtenByTwo(): Doc {
  const actor = (city8: string) => city8 + "0".repeat(16);
  const first = A.from<Content>(
    { title: "", from: scalar("2025-01-01"), to: scalar("2026-06-30"), progress: 40, status: scalar("draft"), direct: true, cells: { "2025": 500_000, "2026": 500_000 } },
    { actor: actor(CITY_A) },
  );
  const write = (doc: Doc, date: string, amount: number) =>
    A.change(doc, (content) => {
      content["to"] = scalar(date);
      (content["cells"] as Record<string, number>)["2026"] = amount;
    });
  const other = write(A.clone(first, { actor: actor(CITY_B) }), "2026-12-31", 1_200_000);
  return A.merge(write(first, "2026-09-30", 1_000_000), other);
}
