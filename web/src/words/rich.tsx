// Sentences with a link or an important word inside. The translator marks the place (<a>here</a>); what stands there
// is made by the screen, never taken from the text.

import type { ComponentChildren } from "preact";

export type Wrap = (inside: string) => ComponentChildren;

/** The sentence with each `<x>…</x>` handed to the function of that name; unknown names stay as plain words. */
export function rich(sentence: string, wraps: Readonly<Record<string, Wrap>>): ComponentChildren[] {
  const pieces: ComponentChildren[] = [];
  let from = 0;
  for (const found of sentence.matchAll(/<([a-z]+)>(.*?)<\/\1>/g)) {
    const [whole, name = "", inside = ""] = found;
    pieces.push(sentence.slice(from, found.index), wraps[name]?.(inside) ?? inside);
    from = found.index + whole.length;
  }
  pieces.push(sentence.slice(from));
  return pieces;
}
