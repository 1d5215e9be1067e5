// What a narrative may hold. Every block is one textblock directly in the document (nothing nests), so that it has
// exactly one block marker in the shared text. What this version does not know is kept as it is.

import { type DOMOutputSpec, type Mark, type Node, Schema } from "prosemirror-model";
import { hrefOfMark } from "../../documents/links.ts";

export const INDENT_MAX = 4;
const MARKS = "strong em link foreign";
const textblock = { content: "inline*", group: "block", marks: MARKS, selectable: false };
const extra = { default: null };

const whole = (value: unknown, low: number, high: number): number =>
  typeof value === "number" && Number.isInteger(value) ? Math.min(high, Math.max(low, value)) : low;

export const levelOf = (node: Node): number => whole(node.attrs["level"], 2, 3);
export const indentOf = (node: Node): number => whole(node.attrs["indent"], 0, INDENT_MAX);

function item(node: Node): DOMOutputSpec {
  const indent = indentOf(node);
  return ["li", indent > 0 ? { "data-indent": String(indent), "aria-level": String(indent + 1) } : {}, 0];
}

const indentIn = (dom: HTMLElement) => ({ indent: whole(Number(dom.getAttribute("data-indent")), 0, INDENT_MAX) });

export const schema = new Schema({
  nodes: {
    doc: { content: "block+", marks: "list" },
    paragraph: { ...textblock, attrs: { extra }, parseDOM: [{ tag: "p" }], toDOM: () => ["p", 0] },
    // The title of the section is an h3 of the page: what is inside comes below it.
    heading: {
      ...textblock,
      attrs: { level: { default: 2 }, extra },
      defining: true,
      parseDOM: [
        { tag: "h4", attrs: { level: 2 } },
        { tag: "h5", attrs: { level: 3 } },
      ],
      toDOM: (node) => [levelOf(node) === 2 ? "h4" : "h5", 0],
    },
    bullet: { ...textblock, attrs: { indent: { default: 0 }, extra }, defining: true, parseDOM: [{ tag: "ul > li", getAttrs: indentIn }], toDOM: item },
    numbered: { ...textblock, attrs: { indent: { default: 0 }, extra }, defining: true, parseDOM: [{ tag: "ol > li", getAttrs: indentIn }], toDOM: item },
    quote: { ...textblock, attrs: { extra }, defining: true, parseDOM: [{ tag: "blockquote" }], toDOM: () => ["blockquote", 0] },
    // A kind of block that a newer version writes: its text can be read and edited, its marker stays as it is.
    other: {
      ...textblock,
      attrs: { type: { default: "" }, extra },
      defining: true,
      toDOM: () => ["div", { class: "block-other" }, 0],
    },
    text: { group: "inline" },
    break: { inline: true, group: "inline", selectable: false, leafText: () => "\n", parseDOM: [{ tag: "br" }], toDOM: () => ["br"] },
    // A unit that no browser shows faithfully (a lone carriage return): it keeps its place.
    unseen: {
      inline: true,
      group: "inline",
      selectable: false,
      attrs: { unit: { default: "\r" } },
      leafText: (node) => String(node.attrs["unit"]),
      toDOM: () => ["span", { class: "unit-unseen", contenteditable: "false" }],
    },
  },
  marks: {
    // Items stand beside each other in the document; this makes one list of them for the eye and the screen reader.
    list: {
      attrs: { kind: { default: "bullet" } },
      parseDOM: [
        { tag: "ul", attrs: { kind: "bullet" } },
        { tag: "ol", attrs: { kind: "numbered" } },
      ],
      toDOM: (mark) => [mark.attrs["kind"] === "numbered" ? "ol" : "ul", 0],
    },
    link: {
      attrs: { value: { default: "" } },
      inclusive: false,
      toDOM: (mark) => linkDom(mark),
    },
    strong: { parseDOM: [{ tag: "strong" }], toDOM: () => ["strong", 0] },
    em: { parseDOM: [{ tag: "em" }], toDOM: () => ["em", 0] },
    // A mark that a newer version writes.
    foreign: { attrs: { name: {}, value: { default: true } }, excludes: "", inclusive: false, toDOM: () => ["span", { class: "mark-other" }, 0] },
  },
});

function linkDom(mark: Mark): DOMOutputSpec {
  const href = hrefOfMark(mark.attrs["value"]);
  if (!href) return ["span", { class: "link-refused" }, 0];
  return ["a", { href, rel: "noopener noreferrer nofollow", target: "_blank", title: href }, 0];
}

export type Kind = "paragraph" | "heading" | "bullet" | "numbered" | "quote";

const lists = {
  bullet: [schema.mark("list", { kind: "bullet" })],
  numbered: [schema.mark("list", { kind: "numbered" })],
};

/** The marks of a block itself: only items have one. */
export function blockMarks(typeName: string): readonly Mark[] {
  return typeName === "bullet" || typeName === "numbered" ? lists[typeName] : [];
}
