// The difference of two texts as people read it: paragraph by paragraph, and inside of a changed paragraph word by word.

export interface Piece {
  kind: "same" | "ins" | "del";
  text: string;
  /** Where the piece begins in the new text (for «ins» and «same»). */
  at: number;
}

/** A paragraph of a text: what it is (heading, item of a list…) and its words. */
export interface Paragraph {
  label: string;
  text: string;
  /** Where its text begins in the whole text, in UTF-16 units. */
  at: number;
  /** What is formatted in it, as a text to compare. */
  format: string;
}

export type Row =
  | { kind: "same"; paragraphs: Paragraph[] }
  | { kind: "changed"; before: Paragraph | null; after: Paragraph | null; pieces: Piece[] };

/** Beyond this many steps two lists count as different in everything: the work stays bounded. */
const STEPS_MAX = 1_200;

/** Edits that lead from one list to the other (Myers): runs that are equal, taken out, put in. */
export function edits(before: readonly string[], after: readonly string[]): { kind: Piece["kind"]; from: number; to: number }[] {
  let head = 0;
  const room = Math.min(before.length, after.length);
  while (head < room && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < room - head && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail++;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  const runs: { kind: Piece["kind"]; from: number; to: number }[] = [];
  const push = (kind: Piece["kind"], from: number, to: number) => {
    if (from === to) return;
    const last = runs.at(-1);
    if (last?.kind === kind && last.to === from) last.to = to;
    else runs.push({ kind, from, to });
  };
  push("same", 0, head);
  for (const { kind, at } of walk(a, b)) push(kind, head + at, head + at + 1);
  push("same", after.length - tail, after.length);
  return runs;
}

/** The steps, in order; `at` is a place of the new list, or of the old one for what is taken out. */
function walk(a: readonly string[], b: readonly string[]): { kind: Piece["kind"]; at: number }[] {
  const all = (): { kind: Piece["kind"]; at: number }[] => [
    ...a.map((_, at) => ({ kind: "del" as const, at })),
    ...b.map((_, at) => ({ kind: "ins" as const, at })),
  ];
  if (a.length === 0 || b.length === 0) return all();
  const most = Math.min(a.length + b.length, STEPS_MAX);
  const size = 2 * most + 2;
  const trace: Int32Array[] = [];
  let reach = new Int32Array(size);
  for (let d = 0; d <= most; d++) {
    trace.push(reach.slice());
    for (let k = -d; k <= d; k += 2) {
      const down = k === -d || (k !== d && (reach[at(k - 1, size)] as number) < (reach[at(k + 1, size)] as number));
      let x = down ? (reach[at(k + 1, size)] as number) : (reach[at(k - 1, size)] as number) + 1;
      let y = x - k;
      while (x < a.length && y < b.length && a[x] === b[y]) x++, y++;
      reach[at(k, size)] = x;
      if (x >= a.length && y >= b.length) return back(trace, d, a, b, size);
    }
  }
  return all();
}

function at(k: number, size: number): number {
  return (k + size) % size;
}

function back(trace: readonly Int32Array[], d: number, a: readonly string[], b: readonly string[], size: number) {
  const out: { kind: Piece["kind"]; at: number }[] = [];
  let x = a.length;
  let y = b.length;
  for (let step = d; step >= 0; step--) {
    const reach = trace[step] as Int32Array;
    const k = x - y;
    const down = k === -step || (k !== step && (reach[at(k - 1, size)] as number) < (reach[at(k + 1, size)] as number));
    const fromK = down ? k + 1 : k - 1;
    const fromX = step === 0 ? 0 : (reach[at(fromK, size)] as number);
    const fromY = step === 0 ? 0 : fromX - fromK;
    while (x > fromX && y > fromY && (step > 0 || x > 0)) {
      x--;
      y--;
      out.push({ kind: "same", at: y });
    }
    if (step === 0) break;
    if (down) out.push({ kind: "ins", at: fromY });
    else out.push({ kind: "del", at: fromX });
    x = fromX;
    y = fromY;
  }
  return out.reverse();
}

/** Words, spaces and signs. */
export function tokens(text: string): string[] {
  return text.match(/[\p{L}\p{N}\p{M}]+|\s+|\p{Extended_Pictographic}(?:\u200d\p{Extended_Pictographic}|\ufe0f|\p{Emoji_Modifier})*|./gsu) ?? [];
}

/** Word by word. What stays between two changes for a blank or a sign only is told as changed with them. */
export function words(before: string, after: string, offset = 0): Piece[] {
  const [a, b] = [tokens(before), tokens(after)];
  const ends: number[] = [0];
  for (const token of b) ends.push((ends.at(-1) as number) + token.length);
  const runs = edits(a, b);
  const pieces: Piece[] = [];
  const push = (kind: Piece["kind"], text: string, place: number) => {
    const last = pieces.at(-1);
    if (last?.kind === kind) last.text += text;
    else pieces.push({ kind, text, at: place });
  };
  let dels = "";
  let inss = "";
  let place = 0;
  const flush = () => {
    if (dels !== "") push("del", dels, offset + place);
    if (inss !== "") push("ins", inss, offset + place);
    dels = inss = "";
  };
  runs.forEach((run, i) => {
    if (run.kind === "del") dels += a.slice(run.from, run.to).join("");
    else if (run.kind === "ins") {
      if (inss === "") place = ends[run.from] as number;
      inss += b.slice(run.from, run.to).join("");
    } else {
      const text = b.slice(run.from, run.to).join("");
      const small = i > 0 && i < runs.length - 1 && /^[\s\p{P}]+$/u.test(text) && text.length <= 2 && dels !== "" && inss !== "";
      if (small) {
        dels += text;
        inss += text;
        return;
      }
      if (dels !== "" && inss === "") place = ends[run.from] as number;
      flush();
      push("same", text, offset + (ends[run.from] as number));
    }
  });
  if (dels !== "" && inss === "") place = after.length;
  flush();
  return pieces;
}

/** Two texts in paragraphs: what stayed, and what changed with its words. */
export function rows(before: readonly Paragraph[], after: readonly Paragraph[]): Row[] {
  const key = (one: Paragraph) => `${one.label}\u0000${one.format}\u0000${one.text}`;
  const out: Row[] = [];
  let gone: Paragraph[] = [];
  let come: Paragraph[] = [];
  const flush = () => {
    const n = Math.max(gone.length, come.length);
    for (const [old, fresh] of pairs(gone, come)) {
      out.push({ kind: "changed", before: old, after: fresh, pieces: words(old?.text ?? "", fresh?.text ?? "", fresh?.at ?? 0) });
    }
    if (n > 0) [gone, come] = [[], []];
  };
  for (const run of edits(before.map(key), after.map(key))) {
    if (run.kind === "del") gone.push(...before.slice(run.from, run.to));
    else if (run.kind === "ins") come.push(...after.slice(run.from, run.to));
    else {
      flush();
      out.push({ kind: "same", paragraphs: after.slice(run.from, run.to) });
    }
  }
  flush();
  return out;
}

/** Which changed paragraph became which: the ones most alike, in order. What went is told before what came. */
function pairs(gone: readonly Paragraph[], come: readonly Paragraph[]): [Paragraph | null, Paragraph | null][] {
  const out: [Paragraph | null, Paragraph | null][] = [];
  let [left, waiting] = [0, 0];
  const until = (old: number, fresh: number) => {
    for (; left < old; left++) out.push([gone[left] as Paragraph, null]);
    for (; waiting < fresh; waiting++) out.push([null, come[waiting] as Paragraph]);
  };
  come.forEach((fresh, j) => {
    let best = -1;
    let alike = 0.34;
    for (let i = left; i < Math.min(gone.length, left + 12); i++) {
      const share = likeness(gone[i] as Paragraph, fresh);
      if (share > alike) [best, alike] = [i, share];
    }
    if (best < 0) return;
    until(best, j);
    out.push([gone[best] as Paragraph, fresh]);
    [left, waiting] = [best + 1, j + 1];
  });
  until(gone.length, come.length);
  return out;
}

/** Share of words in common. */
function likeness(a: Paragraph, b: Paragraph): number {
  const of = (text: string) => tokens(text.toLowerCase()).filter((token) => /[\p{L}\p{N}]/u.test(token));
  const [one, other] = [of(a.text), of(b.text)];
  if (one.length === 0 || other.length === 0) return one.length === other.length ? 1 : 0;
  const left = new Map<string, number>();
  for (const word of one) left.set(word, (left.get(word) ?? 0) + 1);
  let common = 0;
  for (const word of other) {
    const n = left.get(word) ?? 0;
    if (n > 0) common++, left.set(word, n - 1);
  }
  return common / Math.min(one.length, other.length) / (Math.max(one.length, other.length) > 8 * Math.min(one.length, other.length) ? 2 : 1);
}
