import assert from "node:assert/strict";
import { test } from "node:test";
import * as A from "@automerge/automerge/slim";
import { EditorState, TextSelection } from "prosemirror-state";
import * as commands from "../src/editor/rich/commands.ts";
import { hrefOf, hrefOfMark, linkValue, safeHref } from "../src/documents/links.ts";
import { Session } from "../src/editor/rich/session.ts";
import { sliceOfText } from "../src/editor/rich/clean.ts";
import type { Replica } from "../src/live/replica.ts";
import { run } from "./fuzz.ts";
import { CITY_A, CITY_B, replicaOf, snapshotOf } from "./tools.ts";

/** `SEEDS=5000 npm test` for a long run, `SEED=17 SEEDS=1` for one. The browser suite runs 100 with real views. */
const SEEDS = Number(process.env["SEEDS"] ?? 40);
const FIRST = Number(process.env["SEED"] ?? 1);

test("two people writing at once: text, editor and carets agree after every step (show 2)", () => {
  for (let seed = FIRST; seed < FIRST + SEEDS; seed++) run(seed);
});

test("a binding that is broken on purpose is caught (show 2)", () => {
  const broken: Record<string, Parameters<typeof run>[1]> = {
    "what others write is not always shown": {
      sabotage: ([side], random) => {
        const { session } = side as { session: Session };
        const state = () => session.state;
        let kept = state();
        session.show = (_, own) => {
          if (!own && random(3) === 0) session.state = kept;
          kept = session.state;
        };
      },
    },
    "the caret goes one further": {
      sabotage: ([side]) => {
        const { session } = side as { session: Session };
        session.show = (state, own) => {
          const head = Math.min(state.selection.head + 1, state.selection.$head.end(1));
          if (!own) session.state = state.apply(state.tr.setSelection(TextSelection.create(state.doc, state.selection.anchor, head)));
        };
      },
    },
    "some of what is done is not written": {
      sabotage: ([side], random) => {
        const { replica } = side as { replica: Replica };
        const change = replica.change.bind(replica);
        replica.change = (edit) => random(4) > 0 && change(edit);
      },
    },
  };
  for (const [what, options] of Object.entries(broken)) {
    let caught = 0;
    for (let seed = 1; seed <= 10; seed++) {
      try {
        run(seed, options);
      } catch {
        caught += 1;
      }
    }
    assert.ok(caught > 0, what);
  }
});

function open(body: string, city = CITY_A, snapshot = snapshotOf({ body })): { replica: Replica; session: Session } {
  const replica = replicaOf(city, snapshot);
  return { replica, session: new Session(replica, ["body"], commands.plugins(() => {}, () => {})) };
}

/** What `from` wrote arrives at `to`. */
function send(from: Replica, to: Replica, since = 0): void {
  to.receive(from.unsent.value.slice(since).map((one) => one.bytes), CITY_A, "00");
  to.arrive();
}

const select = (session: Session, from: number, to = from) =>
  session.dispatch(session.state.tr.setSelection(TextSelection.create(session.state.doc, from, to)));
const type = (session: Session, text: string) => session.dispatch(session.state.tr.insertText(text));
const does = (session: Session, command: (state: EditorState, dispatch: (tr: EditorState["tr"]) => void) => boolean) =>
  command(session.state, (tr) => session.dispatch(tr));
const spans = (replica: Replica): A.Span[] => JSON.parse(JSON.stringify(A.spans(replica.doc.value as A.Doc<unknown>, ["body"])));

test("opening a plain text writes nothing, and its lines are shown as lines", () => {
  const { replica, session } = open("Una línea\r\notra 😀\n\nfin");
  assert.equal(replica.unsent.value.length, 0);
  assert.equal(session.state.doc.childCount, 1);
  assert.equal(session.state.doc.textContent.replaceAll("\r", ""), "Una línea\notra 😀\n\nfin");
  assert.equal(session.difference(), null);
});

test("what this version does not know stays as it is while everything around it is edited", () => {
  const snapshot = snapshotOf({ body: "antes después" });
  const newer = replicaOf(CITY_B, snapshot);
  newer.change((doc) => A.splitBlock(doc, ["body"], 5, { type: new A.ImmutableString("recuadro"), tono: new A.ImmutableString("azul"), n: 3 }));
  newer.change((doc) => A.mark(doc, ["body"], { start: 7, end: 14, expand: "none" }, "comment:1", "c-7"));
  newer.change((doc) => A.splitBlock(doc, ["body"], 0, { type: new A.ImmutableString("heading"), level: 2, numerado: true }));
  const { replica, session } = open("", CITY_A, snapshot);
  send(newer, replica);
  select(session, session.state.doc.content.size - 1);
  type(session, "!");
  select(session, 1);
  type(session, "Y ");
  does(session, commands.toggleKind("bullet"));
  does(session, commands.indent(1));
  assert.deepEqual(spans(replica).map((span) => (span.type === "block" ? span.value : [span.value, span.marks ?? {}])), [
    { type: "bullet", indent: 1, numerado: true },
    ["Y antes", {}],
    { type: "recuadro", tono: "azul", n: 3 },
    [" ", {}],
    ["después", { "comment:1": "c-7" }],
    ["!", {}],
  ]);
});

test("two people who change one block at once make one block of it, not two", () => {
  const snapshot = snapshotOf({ body: "Título" });
  const a = open("", CITY_A, snapshot);
  does(a.session, commands.toggleKind("quote"));
  const b = open("", CITY_B, snapshot);
  send(a.replica, b.replica);
  const since = a.replica.unsent.value.length;
  does(a.session, commands.toggleKind("heading", { level: 2 }));
  does(b.session, commands.toggleKind("bullet"));
  send(b.replica, a.replica);
  send(a.replica, b.replica, since);
  assert.equal(a.session.state.doc.childCount, 1);
  assert.ok(a.session.state.doc.eq(b.session.state.doc));
});

test("one undoes one's own steps only, whatever others wrote meanwhile", () => {
  const snapshot = snapshotOf({ body: "Base." });
  const [a, b] = [open("", CITY_A, snapshot), open("", CITY_B, snapshot)];
  select(a.session, 6);
  type(a.session, " Mío.");
  select(b.session, 1);
  type(b.session, "Suyo. ");
  send(b.replica, a.replica);
  assert.equal(a.session.state.doc.textContent, "Suyo. Base. Mío.");
  does(a.session, commands.undo);
  assert.equal(a.session.state.doc.textContent, "Suyo. Base.");
  does(a.session, commands.undo);
  assert.equal(a.session.state.doc.textContent, "Suyo. Base.", "there is nothing more of one's own");
  does(a.session, commands.redo);
  assert.equal(a.session.state.doc.textContent, "Suyo. Base. Mío.");
  assert.equal(a.session.difference(), null);
});

test("bold that was asked for stays asked for while others write", () => {
  const snapshot = snapshotOf({ body: "Base" });
  const [a, b] = [open("", CITY_A, snapshot), open("", CITY_B, snapshot)];
  select(a.session, 5);
  does(a.session, commands.bold);
  select(b.session, 1);
  type(b.session, "La ");
  send(b.replica, a.replica);
  type(a.session, "!");
  assert.deepEqual(spans(a.replica), [{ type: "text", value: "La Base" }, { type: "text", value: "!", marks: { strong: true } }]);
});

test("a paste of a whole report goes in changes the gate takes", () => {
  const { replica, session } = open("");
  session.dispatch(session.state.tr.replaceSelection(sliceOfText(Array.from({ length: 300 }, (_, i) => `${i}: con eñes y 😀. `.repeat(12)).join("\n"), [])));
  assert.equal(session.difference(), null);
  assert.equal(session.state.doc.childCount, 300);
  select(session, 1, session.state.doc.content.size - 1);
  does(session, commands.bold);
  session.dispatch(session.state.tr.deleteSelection());
  assert.equal(session.difference(), null);
  for (const one of replica.unsent.value) {
    assert.ok(one.bytes.length < 192 * 1024);
    assert.ok(A.decodeChange(one.bytes).ops.length <= 10_000);
  }
});

test("a link leads to the web or a mailbox, and nowhere else (S21)", () => {
  for (const good of ["https://ejemplo.es/a?b=1#c", "http://ejemplo.es", "mailto:a@ejemplo.es"]) assert.equal(safeHref(good), good);
  for (const bad of ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\nscript:alert(1)", " javascript:alert(1)", "data:text/html,x", "vbscript:x", "file:///etc/passwd", "//ejemplo.es", "/relativa", "blob:https://a/b", "", 7, null, `https://ejemplo.es/${"a".repeat(3_000)}`]) {
    assert.equal(safeHref(bad), null, String(bad));
    assert.equal(hrefOfMark(JSON.stringify({ href: bad })), null, String(bad));
  }
  assert.equal(hrefOfMark("{roto"), null);
  assert.equal(hrefOfMark(linkValue("https://ejemplo.es")), "https://ejemplo.es");
  assert.equal(hrefOf("www.ejemplo.es/informe"), "https://www.ejemplo.es/informe");
  assert.equal(hrefOf("buzon@ejemplo.es"), "mailto:buzon@ejemplo.es");
  assert.equal(hrefOf("javascript:alert(1)"), null);
  assert.equal(hrefOf("esto no es"), null);
});
