// The values of an amount that has several, in a row of their own below it.

import type * as A from "@automerge/automerge/slim";
import type { Conflict } from "../documents/conflicts.ts";
import { formatMoney } from "../documents/money.ts";
import { numberOf } from "../documents/values.ts";
import type { Replica } from "../live/replica.ts";
import { language, t } from "../words/words.ts";
import { ConflictBox } from "./conflict.tsx";

interface Props {
  replica: Replica;
  path: A.Prop[];
  label: string;
  currency: string;
  conflicts: ReadonlyMap<string, Conflict>;
}

export function MoneyConflict({ replica, path, label, currency, conflicts }: Props) {
  return (
    <ConflictBox
      replica={replica}
      path={path}
      conflicts={conflicts}
      label={label}
      inRow
      show={(value) => (numberOf(value) === null ? t("empty-value") : formatMoney(numberOf(value) ?? 0, currency, language.value))}
    />
  );
}
