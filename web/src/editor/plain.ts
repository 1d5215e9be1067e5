// A text with block markers where only its words count (a list of refused texts, a count, a copy to paste elsewhere).

/** The plain reading of a shared text that may hold block markers: one block a line. */
export function plain(text: string): string {
  return text.replace(/^\uFFFC/, "").replaceAll("\uFFFC", "\n");
}
