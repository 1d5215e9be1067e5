// A language in preparation borrows sentences from Spanish. Those who listen to the page must hear them read as Spanish:
// every element whose words are all borrowed says so in its `lang`.

/** Beyond this many the page was open very long; old sentences are no longer on the screen. */
const KEPT = 4_000;
const sentences = new Set<string>();

export function borrowed(sentence: string): void {
  if (sentences.size >= KEPT) sentences.clear();
  sentences.add(sentence);
}

export function forgetBorrowed(): void {
  sentences.clear();
}

/** Whether what is inside an element is one or more borrowed sentences and nothing else. */
export function allBorrowed(children: unknown): boolean {
  const pieces = Array.isArray(children) ? children : [children];
  let any = false;
  for (const piece of pieces) {
    if (piece === null || piece === undefined || typeof piece === "boolean") continue;
    if (typeof piece !== "string") return false;
    if (piece.trim() === "") continue;
    if (!sentences.has(piece)) return false;
    any = true;
  }
  return any;
}
