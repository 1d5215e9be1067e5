// Amounts are integers in minor units; people read and write them in the form of their language.

const DECIMALS: Record<string, number> = { CLP: 0, PYG: 0, JPY: 0, KRW: 0, VND: 0, XAF: 0, XOF: 0, KWD: 3, TND: 3 };
/** Beyond this a JavaScript number stops being exact. */
const MINOR_MAX = Number.MAX_SAFE_INTEGER;

export function decimalsOf(currency: string): number {
  return DECIMALS[currency] ?? 2;
}

/** Making a formatter costs a hundred times what using it does, and a table has thousands of amounts. */
const formatters = new Map<string, Intl.NumberFormat>();

function formatter(language: string, decimals: number, currency: string | null): Intl.NumberFormat {
  const key = `${language}|${decimals}|${currency ?? ""}`;
  const known = formatters.get(key);
  if (known) return known;
  const options = { minimumFractionDigits: decimals, maximumFractionDigits: decimals, useGrouping: "always" } as const;
  const made = new Intl.NumberFormat(language, currency === null ? options : { style: "currency", currency, ...options });
  formatters.set(key, made);
  return made;
}

/** "12.000,00 €". */
export function formatMoney(minor: number, currency: string, language: string): string {
  const decimals = decimalsOf(currency);
  const value = minor / 10 ** decimals;
  try {
    return formatter(language, decimals, currency).format(value);
  } catch {
    // Not a known currency code: the amount and the code as they are.
    return `${formatter(language, decimals, null).format(value)} ${currency}`;
  }
}

/** "12.000,00": inside a table whose caption tells the currency. */
export function formatAmount(minor: number, currency: string, language: string): string {
  const decimals = decimalsOf(currency);
  return formatter(language, decimals, null).format(minor / 10 ** decimals);
}

/**
 * Reads what a person typed or pasted: "12.000,00 €", "12000", "12000,5", "12 000". A lone separator that can only be
 * decimal ("12.50" in Spanish, from the numeric keypad) is taken as such, and with both separators ("12,000.50") the
 * last one is the decimal one, whatever the language. What could mean two amounts ("12,000" in Spanish) is refused.
 * Returns null if it is not an amount ≥ 0 with at most the decimals of the currency.
 */
export function parseMoney(text: string, currency: string, language: string): number | null {
  const decimals = decimalsOf(currency);
  let [group, point] = separators(language);
  if (text.includes(group) && text.includes(point) && text.lastIndexOf(group) > text.lastIndexOf(point)) [group, point] = [point, group];
  let s = text
    .replace(/[\s  ']/g, "")
    .replace(/[€$£]/g, "")
    .replace(new RegExp(`${currency}|Bs\\.?`, "i"), "");
  if (s === "") return null;
  const grouped = new RegExp(`^\\d{1,3}(\\${group}\\d{3})+(\\${point}\\d+)?$`);
  const keypad = new RegExp(`^\\d+\\${group}\\d{1,2}$`);
  if (grouped.test(s)) s = s.replaceAll(group, "").replace(point, ".");
  else if (keypad.test(s) && decimals > 0) s = s.replace(group, ".");
  else if (new RegExp(`^\\d+(\\${point}\\d*)?$`).test(s)) s = s.replace(point, ".");
  else return null;
  const [whole = "", fraction = ""] = s.split(".");
  if (fraction.length > decimals || whole.length > 15) return null;
  const minor = Number(whole) * 10 ** decimals + Number(fraction.padEnd(decimals, "0") || "0");
  return minor <= MINOR_MAX ? minor : null;
}

function separators(language: string): [string, string] {
  return language.startsWith("en") ? [",", "."] : [".", ","];
}
