// Amounts proposed for the cells of another city (PB02): asked, answered, countered, withdrawn. The states are in the
// shared programme, so that both sides see the same.

import { anchor } from "./places.ts";
import { items, numberOf, textOf } from "./values.ts";

export interface Proposal {
  id: string;
  line: string;
  /** Whose cell it is about. */
  city8: string;
  year: string;
  mode: string;
  amount: number;
  /** The city that proposes. The owner itself, when it answers with another amount. */
  by: string;
  note: string;
  state: string;
  /** When it was made, from its identifier; 0 where that tells nothing. */
  madeMs: number;
}

/** All of them, the oldest first. */
export function proposalsOf(doc: unknown): Proposal[] {
  return items(doc, "cell_proposals")
    .map(([id, item]): Proposal => {
      const [city8 = "", year = "", mode = ""] = textOf(item["cell"]).split("|");
      return {
        id,
        line: textOf(item["line"]),
        city8,
        year,
        mode,
        amount: numberOf(item["amount"]) ?? 0,
        by: textOf(item["by_city"]),
        note: textOf(item["note"]),
        state: textOf(item["state"]),
        madeMs: timeOf(id),
      };
    })
    .filter((one) => one.city8 !== "" && one.year !== "")
    .sort((a, b) => (a.id < b.id ? -1 : 1));
}

export const cellOf = (one: Proposal): string => `${one.line}|${one.city8}|${one.year}|${one.mode}`;

/** The newest open amount of each cell that has one. */
export function openAmounts(doc: unknown): Map<string, number> {
  return new Map(proposalsOf(doc).filter((one) => one.state === "open").map((one) => [cellOf(one), one.amount]));
}

export type Turn =
  /** Asked of us: accept, counter or decline. */
  | "answer"
  /** The owner of the cell offers another amount: agree or propose again. */
  | "agree"
  /** Ours, and nobody has answered. */
  | "wait"
  /** They agreed to our amount, which is not in our cell yet. */
  | "set"
  /** Between others. */
  | "watch"
  | "closed";

/** What this city can do about a proposal. `newest`: no later one is about the same cell. */
export function turnOf(one: Proposal, own: string, newest: boolean, cell: number | null): Turn {
  if (one.state === "open") {
    if (one.by === own) return "wait";
    if (one.city8 === own) return "answer";
    return one.by === one.city8 ? "agree" : "watch";
  }
  const agreed = one.state === "accepted" && one.by === own && one.city8 === own;
  return agreed && newest && cell !== one.amount ? "set" : "closed";
}

/** The time in a UUID of version 7. */
function timeOf(id: string): number {
  const ms = /^[0-9a-f]{8}-[0-9a-f]{4}-7/.test(id) ? Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16) : 0;
  return Number.isFinite(ms) ? ms : 0;
}

export const proposalAnchor = (id: string): string => anchor(["cell_proposals", id]);
