// What people of other cities wrote is shown as it is, but nothing in it may hide: characters that turn the reading
// direction of what follows, or that have no shape at all, could make one name look like another.

/**
 * Controls (but tab and the ends of lines), soft hyphen, fillers that look like nothing, zero-width characters, direction
 * marks, embeddings, overrides and isolates, line and paragraph separators, tags.
 */
const HIDING =
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;
/** Letters of scripts that are written from right to left. */
const RIGHT_TO_LEFT = /[\p{Script=Hebrew}\p{Script=Arabic}\p{Script=Syriac}\p{Script=Thaana}\p{Script=Nko}\p{Script=Adlam}]/u;
/** A balanced isolate, as made below: harmless wherever it stands, and kept, so that calling twice changes nothing. */
const ISOLATE = /(\u2068[^\u2066-\u2069]*\u2069)/u;
const PICTURE_BEFORE = /[\p{Extended_Pictographic}\u{1f3fb}-\u{1f3ff}\ufe0f]$/u;
const PICTURE_AFTER = /^\p{Extended_Pictographic}/u;

/** A name or title for reading: what hides is written out («‹U+202E›»), and a right-to-left name keeps to itself. */
export function visible(text: string): string {
  if (text.search(HIDING) < 0 && !RIGHT_TO_LEFT.test(text)) return text;
  // What the pattern captures stands at odd places.
  return text
    .split(ISOLATE)
    .map((piece, i) => (i % 2 === 1 ? `\u2068${shown(piece.slice(1, -1))}\u2069` : RIGHT_TO_LEFT.test(piece) ? `\u2068${shown(piece)}\u2069` : shown(piece)))
    .join("");
}

function shown(piece: string): string {
  return piece.replace(HIDING, (character, at: number) => (joinsPictures(piece, at) ? character : mark(character)));
}

/** A joiner between pictures makes one picture of them: a family, a profession, a flag. */
function joinsPictures(text: string, at: number): boolean {
  return text[at] === "\u200d" && PICTURE_BEFORE.test(text.slice(0, at)) && PICTURE_AFTER.test(text.slice(at + 1));
}

function mark(character: string): string {
  return `‹U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}›`;
}
