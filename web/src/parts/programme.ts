// What the parts of the programme's screen share.

import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Conflict } from "../documents/conflicts.ts";
import type { Cell } from "../documents/budget.ts";
import type { DocumentView } from "../live/api.ts";
import type { Replica } from "../live/replica.ts";
import type { Part } from "../route.ts";

export interface OpenContribution {
  city8: string;
  replica: Replica;
  conflicts: ReadonlyMap<string, Conflict>;
}

export interface ProgrammeScreenState {
  circle: string;
  id: string;
  part: Part;
  replica: Replica;
  sections: ReadonlyMap<string, Replica>;
  contributions: readonly OpenContribution[];
  /** Of the programme itself. */
  conflicts: ReadonlyMap<string, Conflict>;
  cells: readonly Cell[];
  /** The same by document, for sums: what did not change is the same array. */
  groups: readonly (readonly Cell[])[];
  currency: string;
  /** Cities of the alliance, by city8; our own first. */
  cities: readonly string[];
  /** What the node says of it: messages, conflicts with their writers. */
  view: DocumentView | null;
  /** Tells the others where this person is. */
  enter: (section: string) => void;
}

export const ProgrammeContext = createContext<ProgrammeScreenState | null>(null);

export function useProgramme(): ProgrammeScreenState {
  const state = useContext(ProgrammeContext);
  if (!state) throw new Error("outside a programme");
  return state;
}
