// Positions of items: texts that sort, with room between any two (fractional index).

const DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** A position after `before` and ahead of `after`; null = no neighbour on that side. */
export function between(before: string | null, after: string | null): string {
  const low = before ?? "";
  let out = "";
  for (let i = 0; ; i++) {
    const a = i < low.length ? DIGITS.indexOf(low[i] as string) : 0;
    // Once our text is below `after` at an earlier place, that side is free.
    const bounded = after !== null && after.startsWith(out) && i < after.length;
    const b = bounded ? DIGITS.indexOf(after[i] as string) : DIGITS.length;
    if (b - a > 1) return out + DIGITS[a + Math.floor((b - a) / 2)];
    out += DIGITS[a];
    if (i > 200) return `${low}V`;
  }
}

/** UUIDv7: sorts by the time it was made. */
export function newId(now = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  for (let i = 0; i < 6; i++) bytes[i] = Math.floor(now / 2 ** (8 * (5 - i))) & 0xff;
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x70;
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}
