// The shared text and the editor's document, one laid over the other. The text is a row of units (UTF-16) and block
// markers; in strings a marker is U+FFFC, one unit, as Automerge counts it. The editor's document read in the same
// way always begins with a marker: where the text begins with none, its first block is *implicit*, a plain paragraph.
//   place in the flat string = position in the editor − number of the block
//   index in the shared text = place in the flat string − (1 if the first block is implicit)

import * as A from "@automerge/automerge/slim";
import { Fragment, type Mark, type Node } from "prosemirror-model";
import { blockMarks, schema } from "./schema.ts";

export const MARKER = "\uFFFC";

export type Scalar = string | number | boolean | null | Date | Uint8Array;
/** What a block marker holds. */
export type Marker = Record<string, unknown>;

const texts = new WeakMap<Node, string>();

export function blockText(block: Node): string {
  let text = texts.get(block);
  if (text === undefined) {
    text = block.textBetween(0, block.content.size);
    texts.set(block, text);
  }
  return text;
}

/** The editor's document as one string that begins with a marker. */
export function flatOf(doc: Node): string {
  let text = "";
  doc.forEach((block) => (text += MARKER + blockText(block)));
  return text;
}

/** The place in the flat string of a position of the editor; between two blocks, the place of the second's marker. */
export function placeOf(doc: Node, pos: number): number {
  return pos - doc.resolve(pos).index(0);
}

/** The position in the editor of a place in the flat string (before the unit at that place; at least 1). */
export function posOf(doc: Node, place: number): number {
  let left = Math.max(1, place) - 1;
  for (let i = 0, pos = 1; ; i++) {
    const block = doc.child(i);
    if (left <= block.content.size || i === doc.childCount - 1) return pos + Math.min(left, block.content.size);
    left -= block.content.size + 1;
    pos += block.nodeSize;
  }
}

/** A block as its marker says it. What is not written here travels in `extra`. */
export function markerOf(block: Node): Marker {
  const { extra, ...own } = block.attrs as { extra: Marker | null } & Record<string, unknown>;
  // Own values are written even where they are what is meant without: one may be left from another kind.
  const marker: Marker = { ...(extra ?? {}), type: block.type.name, ...own };
  return marker;
}

const OWN_KEYS: Record<string, readonly string[]> = {
  paragraph: [],
  heading: ["level"],
  bullet: ["indent"],
  numbered: ["indent"],
  quote: [],
};

/** Values of a marker that this version gives a meaning to. */
export const ALL_KEYS: ReadonlySet<string> = new Set(Object.values(OWN_KEYS).flat());

export function blockOf(marker: Marker, content: Fragment): Node {
  const type = typeof marker["type"] === "string" ? marker["type"] : "paragraph";
  // Its own kinds only: a partner may call a block "constructor", which every object knows.
  const known = Object.hasOwn(OWN_KEYS, type) ? OWN_KEYS[type] : undefined;
  const attrs: Record<string, unknown> = known ? {} : { type };
  const extra: Marker = {};
  for (const key of Object.keys(marker).sort()) {
    if (key === "type") continue;
    if (known?.includes(key)) attrs[key] = marker[key];
    // What two people at once left of another kind (the level of what is now a list) means nothing any more.
    else if (!known || !ALL_KEYS.has(key)) extra[key] = marker[key];
  }
  if (Object.keys(extra).length > 0) attrs["extra"] = extra;
  const name = known ? type : "other";
  return schema.node(name, attrs, content, blockMarks(name));
}

/** The text between markers as the editor's pieces. */
export function inlineOf(text: string, marks: readonly Mark[]): Node[] {
  const out: Node[] = [];
  for (const part of text.split(/(\r|\n)/)) {
    if (part === "") continue;
    if (part === "\n") out.push(schema.node("break", null, undefined, marks));
    else if (part === "\r") out.push(schema.node("unseen", { unit: "\r" }, undefined, marks));
    else out.push(schema.text(part, marks));
  }
  return out;
}

export function marksOf(set: Readonly<Record<string, unknown>> | undefined): readonly Mark[] {
  let marks: readonly Mark[] = [];
  for (const [name, given] of Object.entries(set ?? {})) {
    const value = bare(given);
    if (value === null || value === undefined) continue;
    const mark =
      (name === "strong" || name === "em") && value === true
        ? schema.mark(name)
        : name === "link"
          ? schema.mark("link", { value })
          : schema.mark("foreign", { name, value });
    marks = mark.addToSet(marks);
  }
  return marks;
}

/** Name and value of a mark in the shared text. */
export function markPair(mark: Mark): [string, Scalar] {
  if (mark.type.name === "foreign") return [String(mark.attrs["name"]), mark.attrs["value"] as Scalar];
  return [mark.type.name, mark.type.name === "link" ? (mark.attrs["value"] as Scalar) : true];
}

/** Single texts come wrapped: what a marker holds is compared and shown without. */
function bare(value: unknown): unknown {
  if (A.isImmutableString(value)) return value.val;
  if (Array.isArray(value)) return value.map(bare);
  if (value === null || typeof value !== "object" || value instanceof Date || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, bare(one)]));
}

export interface Read {
  doc: Node;
  /** The text begins with no marker. */
  implicit: boolean;
}

/** The editor's document that shows this text. */
export function docOf(spans: readonly A.Span[]): Read {
  const blocks: Node[] = [];
  const implicit = spans[0]?.type !== "block";
  let marker: Marker = { type: "paragraph" };
  let inline: Node[] = [];
  const close = () => {
    blocks.push(blockOf(marker, Fragment.fromArray(joined(inline))));
    inline = [];
  };
  spans.forEach((span, i) => {
    if (span.type === "text") inline.push(...inlineOf(span.value, marksOf(span.marks)));
    else {
      if (i > 0 || implicit) close();
      marker = bare(span.value) as Marker;
    }
  });
  close();
  return { doc: schema.node("doc", null, blocks), implicit };
}

/** Neighbouring texts of equal marks are one node in the editor. */
function joined(nodes: readonly Node[]): Node[] {
  const out: Node[] = [];
  for (const node of nodes) {
    const last = out.at(-1);
    if (last?.isText && node.isText && last.sameMarkup(node)) out[out.length - 1] = schema.text(`${last.text}${node.text}`, node.marks);
    else out.push(node);
  }
  return out;
}
