// A shared text as blocks, for reading, printing and files: paragraphs, headings, items, quotes; bold, italic, links.
// A text that nobody has formatted has no block markers: its lines are its paragraphs.

import * as A from "@automerge/automerge/slim";
import type { Doc } from "../live/replica.ts";
import { hrefOfMark } from "./links.ts";
import { textOf } from "./values.ts";

export interface Run {
  text: string;
  strong: boolean;
  em: boolean;
  /** An address that may be opened; anything else a partner wrote is only text. */
  href: string | null;
}

export interface RichBlock {
  kind: "paragraph" | "heading" | "bullet" | "numbered" | "quote";
  level: number;
  indent: number;
  runs: Run[];
}

const KINDS = ["paragraph", "heading", "bullet", "numbered", "quote"];

export function blocksOf(doc: Doc, path: A.Prop[]): RichBlock[] {
  let spans: A.Span[];
  try {
    spans = A.spans(doc, path);
  } catch {
    return [];
  }
  const blocks: RichBlock[] = [];
  let last: RichBlock | null = null;
  const begin = (marker: Record<string, unknown>) => {
    // A scalar text or a shared one, depending on who wrote the marker.
    const type = textOf(marker["type"]);
    const kind = KINDS.includes(type) ? (type as RichBlock["kind"]) : "paragraph";
    last = { kind, level: whole(marker["level"], 2, 3), indent: whole(marker["indent"], 0, 4), runs: [] };
    blocks.push(last);
    return last;
  };
  for (const span of spans) {
    if (span.type === "block") {
      begin(span.value as Record<string, unknown>);
      continue;
    }
    const marks = (span.marks ?? {}) as Record<string, unknown>;
    String(span.value)
      .split("\n")
      .forEach((text, i) => {
        const block = i > 0 && last ? begin({ type: last.kind, level: last.level, indent: last.indent }) : (last ?? begin({}));
        if (text !== "") block.runs.push({ text, strong: marks["strong"] === true, em: marks["em"] === true, href: hrefOfMark(textOf(marks["link"])) });
      });
  }
  return blocks.filter((block) => block.runs.length > 0);
}

/** The words alone, a line for each block. */
export function wordsOf(doc: Doc, path: A.Prop[]): string {
  return blocksOf(doc, path)
    .map((block) => block.runs.map((run) => run.text).join(""))
    .join("\n");
}

function whole(value: unknown, low: number, high: number): number {
  return typeof value === "number" && Number.isInteger(value) ? Math.min(high, Math.max(low, value)) : low;
}
