// Two real editors at random in one page: after every step the text, what is drawn and the browser's own caret agree.
// tests/e2e/fuzz.mjs serves this page under the node's policy and runs it.

import { DOMSerializer } from "prosemirror-model";
import "../../src/style/all.css";
import { automergeReady } from "../../src/live/automerge.ts";
import { placesOf } from "../../src/editor/rich/carets.ts";
import { schema } from "../../src/editor/rich/schema.ts";
import { RichView } from "../../src/editor/rich/view.ts";
import { type Options, run, type Side } from "../../test/fuzz.ts";

const views = new Map<unknown, RichView>();
const serializer = DOMSerializer.fromSchema(schema);

function made(place: string): HTMLElement {
  const element = document.createElement("div");
  (document.getElementById(place) as HTMLElement).append(element);
  return element;
}

/** What should be drawn for a document, and what is, both without what only the browser needs. */
function look(side: Side, what: string): void {
  const rich = views.get(side.session) as RichView;
  if (rich.view.state !== side.session.state) throw new Error(`${what}: the view shows another state`);
  const wanted = document.createElement("div");
  wanted.append(serializer.serializeFragment(side.session.state.doc.content));
  const [a, b] = [canonical(wanted), canonical(rich.view.dom)];
  if (a !== b) throw new Error(`${what}: drawn is\n${b}\nbut should be\n${a}`);
  caretDrawn(side, rich, what);
}

const BLOCKS = "p, h4, h5, li, blockquote, .block-other";
const AIDS = ".caret, .ProseMirror-trailingBreak, .ProseMirror-separator, [mark-placeholder]";

/** An element without its content, and without what carets of others and the browser add to it. */
function shell(element: Element): string {
  const attributes = [...element.attributes]
    .map((one) => [one.name, one.name === "class" ? one.value.replace(/\b(chosen|caret-\d)\b/g, "").trim() : one.value])
    .filter(([name, value]) => name !== "style" && name !== "draggable" && value !== "")
    .map(([name, value]) => `${name}=${value}`);
  return element.tagName === "SPAN" && attributes.length === 0 ? "" : `<${element.tagName} ${attributes.sort().join(" ")}>`;
}

/** Every run of text with what it stands in. Neighbouring elements of one mark may be drawn as one or as two. */
function canonical(root: HTMLElement): string {
  const lists = [...root.querySelectorAll("ul, ol")];
  const out: string[] = [];
  let last = "";
  const walk = (node: ChildNode, path: string) => {
    if (node instanceof Element && node.matches(AIDS)) return;
    if (node.nodeType === 3 || node.nodeName === "BR" || (node as HTMLElement).classList?.contains("unit-unseen")) {
      const text = node.nodeType === 3 ? node.nodeValue : node.nodeName;
      out.push(path === last ? String(text) : `[${path}]${text}`);
      last = path;
      return;
    }
    for (const child of node.childNodes) walk(child, path + shell(node as Element));
  };
  [...root.querySelectorAll(BLOCKS)].forEach((block, i) => {
    const list = block.parentElement?.closest("ul, ol");
    out.push(`\n${i}${list ? ` ${list.tagName} ${lists.indexOf(list)}` : ""} ${shell(block)} `);
    last = "";
    for (const child of block.childNodes) walk(child, "");
  });
  return out.join("");
}

function caretDrawn(side: Side, rich: RichView, what: string): void {
  if (!rich.view.hasFocus()) return;
  const selection = document.getSelection();
  if (!selection?.focusNode || !rich.view.dom.contains(selection.focusNode)) throw new Error(`${what}: the browser has no caret here`);
  const pos = rich.view.posAtDOM(selection.focusNode, selection.focusOffset);
  if (pos !== side.session.state.selection.head) throw new Error(`${what}: the browser's caret is at ${pos}, the editor's at ${side.session.state.selection.head}`);
}

/** As the keyboard does it: the browser changes the page, the view reads what came of it. */
function type(side: Side, text: string): void {
  const rich = views.get(side.session) as RichView;
  // Over a selection the view types by itself (see view.ts).
  // A tab key types none, and the browser would dress it in a style.
  if (!rich.view.hasFocus() || !side.session.state.selection.empty || text === "\t") return side.session.dispatch(side.session.state.tr.insertText(text));
  document.execCommand("insertText", false, text);
  (rich.view as unknown as { domObserver: { flush(): void } }).domObserver.flush();
}

function options(seed: number, broken: boolean): Options {
  return {
    session: (replica) => {
      const element = made(views.size % 2 === 0 ? "left" : "right");
      const rich = new RichView(element, replica, ["body"], {
        label: "Texto", id: `text-${views.size}`, onFocus: () => {}, onCaret: () => {}, onState: () => {}, askLink: () => {}, leave: () => {},
      });
      views.set(rich.session, rich);
      return rich.session;
    },
    type,
    open: (sides) => views.get(sides[seed % 2]?.session)?.view.focus(),
    look: (side, what) => {
      look(side, what);
      // Where this one stands, at the other's: carets of others are drawn into what is looked at next.
      for (const [session, rich] of views) {
        const places = session === side.session ? null : placesOf(side.session);
        if (places) rich.others = [{ key: "x", name: "Otra persona (Otra ciudad)", colour: seed % 6, places }];
      }
    },
    ...(broken
      ? {
          sabotage: ([side], random) => {
            const rich = views.get(side?.session) as RichView;
            const show = rich.session.show;
            rich.session.show = (state, own) => (random(6) > 0 ? show(state, own) : undefined);
          },
        }
      : {}),
    close: (side) => {
      const rich = views.get(side.session) as RichView;
      rich.destroy();
      rich.view.dom.remove();
      views.delete(side.session);
    },
  };
}

interface Outcome {
  ran: number;
  failed: { seed: number; error: string }[];
}

/** Runs seeds; the answer names those that failed. */
async function fuzz(first: number, count: number, broken = false): Promise<Outcome> {
  await automergeReady();
  const failed: Outcome["failed"] = [];
  for (let seed = first; seed < first + count; seed++) {
    try {
      run(seed, options(seed, broken));
    } catch (error) {
      failed.push({ seed, error: String((error as Error).stack ?? error).slice(0, 3_000) });
    }
    if (seed % 10 === 0) await new Promise((done) => setTimeout(done));
  }
  return { ran: count, failed };
}

(globalThis as { fuzz?: typeof fuzz }).fuzz = fuzz;
