// Exchange rates of a programme: flat values `BOB/rate`, `BOB/date`, `BOB/source` (PB06).

import { decimalsOf } from "./money.ts";
import { mapOf, numberOf, textOf } from "./values.ts";

export interface Rate {
  currency: string;
  /** Units of it for one unit of the programme's currency, as written. */
  text: string;
  /** Minor units of it for one minor unit of the programme's currency; null: the rate is missing. */
  perUnit: number | null;
}

export function ratesOf(doc: unknown, currency: string): Rate[] {
  const fx = mapOf(mapOf(doc)["fx"]);
  const known = [...new Set(Object.keys(fx).flatMap((key) => key.split("/")[0] ?? []))].filter((one) => /^[A-Z]{3}$/.test(one) && one !== currency).sort();
  return known.map((one) => {
    const text = textOf(fx[`${one}/rate`]);
    const rate = numberOf(text.trim().replace(",", "."));
    return { currency: one, text, perUnit: rate !== null && rate > 0 ? rate * 10 ** (decimalsOf(one) - decimalsOf(currency)) : null };
  });
}
