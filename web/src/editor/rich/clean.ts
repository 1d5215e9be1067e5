// What is pasted, as blocks of a narrative: Word, LibreOffice and web pages bring fonts, lists made of spans, tables
// and comments for other programs. Only words, kinds of blocks, bold, italic and safe links stay.

import { Fragment, type Mark, type Node as Block, Slice } from "prosemirror-model";
import { inlineOf } from "./flat.ts";
import { linkValue, safeHref } from "../../documents/links.ts";
import { blockMarks, INDENT_MAX, type Kind, schema } from "./schema.ts";

const SKIPPED = new Set(["style", "script", "meta", "link", "title", "head", "template", "noscript", "svg", "math", "iframe", "object", "embed", "xml", "img", "video", "audio", "select", "textarea", "button"]);
const BLOCKS = new Set(["p", "div", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "blockquote", "pre", "tr", "table", "section", "article", "header", "footer", "main", "aside", "nav", "dl", "dt", "dd", "figure", "figcaption", "address", "hr", "body", "caption", "center", "form", "fieldset"]);

interface Form {
  kind: Kind;
  attrs?: Record<string, unknown>;
}

interface Context {
  marks: readonly Mark[];
  form: Form;
  /** Nothing begins a block of its own in here: a cell, an item. */
  inside: boolean;
  depth: number;
}

const PARAGRAPH: Form = { kind: "paragraph" };

/** Without what cannot be shown or would be taken for something else. */
export function printable(text: string): string {
  return text.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufeff\ufffc]/g, "");
}

/**
 * Foreign HTML before anything parses it: the page's policy reports every style and handler that is parsed, even
 * where none is ever used. What the styles say of lists and bold is kept under another name. `data-pm-slice` would be an order to
 * ProseMirror; what was copied here is read like everything else.
 */
export function defused(html: string): string {
  return html
    .replace(/<style\b[\s\S]*?(?:<\/style\s*>|$)/gi, "")
    .replace(/<[a-z](?:"[^"]*"|'[^']*'|[^<>"'])*>/gi, (tag) =>
      tag.replace(/(["'\s/])(style|on[a-z]+)(\s*=)/gi, "$1data-$2$3").replace(/\sdata-pm-slice(\s*=)/gi, " data-none$1"),
    );
}

const styleOf = (element: Element) => (element.getAttribute("data-style") ?? "").toLowerCase();

export function sliceOfHtml(root: ParentNode): Slice {
  const reader = new Reader();
  reader.children(root as unknown as Node, { marks: [], form: PARAGRAPH, inside: false, depth: 0 });
  return reader.end();
}

/** Every line of a plain text is a paragraph. */
export function sliceOfText(text: string, marks: readonly Mark[]): Slice {
  const lines = printable(text).split(/\r\n?|\n/);
  const full = lines.length > 1 ? lines.filter((line) => line.trim() !== "") : lines;
  const blocks = full.map((line) => schema.node("paragraph", null, inlineOf(line, marks)));
  return new Slice(Fragment.from(blocks), blocks.length > 0 ? 1 : 0, blocks.length > 0 ? 1 : 0);
}

class Reader {
  #blocks: Block[] = [];
  #inline: Block[] = [];
  #form: Form = PARAGRAPH;
  #sawBlock = false;

  children(node: Node, context: Context): void {
    for (const child of node.childNodes) {
      if (child.nodeType === 3) this.#text(child.nodeValue ?? "", context);
      else if (child.nodeType === 1) this.#element(child as HTMLElement, context);
    }
  }

  end(): Slice {
    this.#flush(!this.#sawBlock && this.#blocks.length === 0);
    const open = this.#blocks.length > 0 ? 1 : 0;
    return new Slice(Fragment.from(this.#blocks), open, open);
  }

  #element(element: HTMLElement, context: Context): void {
    const tag = element.tagName.toLowerCase();
    const style = styleOf(element);
    if (SKIPPED.has(tag) || /mso-list:\s*ignore|mso-element:\s*(comment|footnote-list)|display:\s*none/.test(style)) return;
    if (tag === "o:p" && (element.textContent ?? "").trim() === "") return;
    if (tag === "br") return this.#break(context);
    if (tag === "td" || tag === "th") return this.#cell(element, context);
    const inner = { ...context, marks: marksIn(element, tag, style, context.marks) };
    if (!BLOCKS.has(tag)) return this.children(element, inner);
    this.#sawBlock = true;
    if (context.inside && tag !== "ul" && tag !== "ol" && tag !== "li") {
      if (this.#inline.length > 0 && !this.#endsWithGap() && tag !== "tr" && tag !== "table") this.#break(context);
      return this.children(element, inner);
    }
    this.#block(element, tag, style, inner);
  }

  #block(element: HTMLElement, tag: string, style: string, context: Context): void {
    if (tag === "ul" || tag === "ol") {
      if (context.inside && context.depth === 0) return this.children(element, context);
      this.#flush();
      this.children(element, { ...context, inside: false, depth: context.depth + 1 });
      return this.#flush();
    }
    this.#flush();
    const form = formOf(element, tag, style, context);
    this.#form = form;
    this.children(element, { ...context, form, inside: tag === "li" || tag === "tr" });
    this.#flush();
  }

  #cell(element: HTMLElement, context: Context): void {
    this.#sawBlock = true;
    if (element.previousElementSibling) this.#inline.push(schema.text("\t"));
    this.children(element, { ...context, inside: true, depth: 0 });
  }

  #text(raw: string, context: Context): void {
    let text = printable(raw).replace(/[ \t\r\n]+/g, " ");
    const last = this.#inline.at(-1);
    const gap = last ? last.isText && /[ \t]$/.test(last.text ?? "") : this.#sawBlock;
    if (gap || this.#endsWithBreak()) text = text.replace(/^ /, "");
    if (text === "") return;
    if (this.#inline.length === 0) this.#form = context.form;
    this.#inline.push(schema.text(text, context.marks));
  }

  #break(context: Context): void {
    this.#inline.push(schema.node("break", null, undefined, context.marks));
  }

  #endsWithBreak(): boolean {
    return this.#inline.at(-1)?.type.name === "break";
  }

  /** A line break, or the tab between two cells. */
  #endsWithGap(): boolean {
    return this.#endsWithBreak() || /\t$/.test(this.#inline.at(-1)?.text ?? "");
  }

  #flush(asItIs = false): void {
    let inline = this.#inline;
    this.#inline = [];
    if (!asItIs) inline = trimmed(inline);
    if (inline.length === 0) return;
    const { kind, attrs } = this.#form;
    this.#blocks.push(schema.node(kind, attrs ?? null, Fragment.fromArray(merged(inline)), blockMarks(kind)));
    this.#form = PARAGRAPH;
  }
}

function merged(nodes: readonly Block[]): Block[] {
  const out: Block[] = [];
  for (const node of nodes) {
    const last = out.at(-1);
    if (last?.isText && node.isText && last.sameMarkup(node)) out[out.length - 1] = schema.text(`${last.text}${node.text}`, node.marks);
    else out.push(node);
  }
  return out;
}

/** Without spaces and line breaks at both ends. */
function trimmed(inline: readonly Block[]): Block[] {
  const out = [...inline];
  for (const [at, edge] of [[0, /^[ \u00a0]+/], [-1, /[ \u00a0]+$/]] as const) {
    for (;;) {
      const node = out.at(at);
      if (!node) break;
      const text = node.isText ? (node.text ?? "").replace(edge, "") : "";
      if (text !== "") {
        out[at === 0 ? 0 : out.length - 1] = schema.text(text, node.marks);
        break;
      }
      if (at === 0) out.shift();
      else out.pop();
    }
  }
  return out;
}

function marksIn(element: HTMLElement, tag: string, style: string, outer: readonly Mark[]): readonly Mark[] {
  let marks = outer;
  const set = (name: "strong" | "em", on: boolean) => {
    const mark = schema.mark(name);
    marks = on ? mark.addToSet(marks) : mark.removeFromSet(marks);
  };
  if (/^h[1-6]$/.test(tag)) return marks;
  const weight = /font-weight:\s*([a-z]+|\d+)/.exec(style)?.[1];
  if (weight) set("strong", weight.startsWith("bold") || Number(weight) >= 600);
  else if (tag === "b" || tag === "strong") set("strong", true);
  const slant = /font-style:\s*([a-z]+)/.exec(style)?.[1];
  if (slant) set("em", slant === "italic" || slant === "oblique");
  else if (tag === "i" || tag === "em" || tag === "cite") set("em", true);
  const href = tag === "a" ? safeHref(element.getAttribute("href")) : null;
  return href ? schema.mark("link", { value: linkValue(href) }).addToSet(marks) : marks;
}

function formOf(element: HTMLElement, tag: string, style: string, context: Context): Form {
  const name = (element.getAttribute("class") ?? "").toLowerCase();
  const depth = (n: number) => ({ indent: Math.min(INDENT_MAX, Math.max(0, n)) });
  if (tag === "li") {
    return { kind: element.parentElement?.tagName.toLowerCase() === "ol" ? "numbered" : "bullet", attrs: depth(context.depth - 1) };
  }
  // Word's lists are paragraphs: the level is in the style, the sign in a span meant to be ignored.
  const level = /mso-list:\s*l\d+\s+level(\d+)/.exec(style)?.[1];
  if (level) {
    const sign = [...element.querySelectorAll("span")].find((span) => /mso-list:\s*ignore/.test(styleOf(span)));
    const numbered = /^[([]?([0-9]+|[a-z]|[ivxlc]+)[.)\]]/i.test((sign?.textContent ?? "").trim());
    return { kind: numbered ? "numbered" : "bullet", attrs: depth(Number(level) - 1) };
  }
  if (/^h[12]$/.test(tag) || name.includes("msotitle")) return { kind: "heading", attrs: { level: 2 } };
  if (/^h[3-6]$/.test(tag) || name.includes("msosubtitle")) return { kind: "heading", attrs: { level: 3 } };
  if (tag === "blockquote" || name.includes("msoquote") || name.includes("msointensequote")) return { kind: "quote" };
  return context.form.kind === "quote" ? context.form : PARAGRAPH;
}
