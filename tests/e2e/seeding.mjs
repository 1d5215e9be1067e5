// Writes a narrative of many changes by many actors, as a program on the live socket of a node (node/docs/LIVE.md).

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const web = fileURLToPath(new URL("../../web", import.meta.url));
const require = createRequire(path.join(web, "package.json"));
const A = require("@automerge/automerge");
const { WebSocket } = require("ws");

const BATCH = 500;

export async function seedSection(node, doc, { words, changes, actors, vocabulary }) {
  const { fromNode, toNode } = await import(pathToFileURL(path.join(web, ".test/src/live/frames.js")));
  const socket = new WebSocket(`ws://127.0.0.1:${node.page}/api/live`, { headers: { authorization: `Bearer ${node.token}` }, perMessageDeflate: false, maxPayload: 1 << 27 });
  const queue = [];
  let wake = () => {};
  socket.on("message", (data) => {
    queue.push(fromNode(new Uint8Array(data)));
    wake();
  });
  const next = async (type) => {
    for (;;) {
      const frame = queue.shift();
      if (frame?.type === "refused") throw new Error(`${frame.code}: ${frame.message}`);
      if (frame?.type === type) return frame;
      if (!frame) await new Promise((done) => (wake = done));
    }
  };
  await new Promise((done, fail) => socket.on("open", done).on("error", fail));
  socket.send(toNode.hello());
  const { city8 } = await next("welcome");
  socket.send(toNode.open(doc, [], false));
  const opened = await next("opened");
  let text = opened.snapshot ? A.load(opened.snapshot) : A.init();
  [text] = A.applyChanges(text, opened.changes);
  let batch = [];
  let ref = 0;
  const send = async () => {
    if (batch.length === 0) return;
    socket.send(toNode.changes(++ref, doc, batch));
    batch = [];
    while ((await next("stored")).ref !== ref);
  };
  const whole = Array.from({ length: words }, (_, i) => vocabulary[(i * 7) % vocabulary.length]).join(" ");
  let written = 0;
  for (let i = 0; i < changes; i++) {
    if (i % Math.ceil(changes / actors) === 0) text = A.clone(text, { actor: city8 + randomBytes(8).toString("hex") });
    const to = Math.round((whole.length * (i + 1)) / changes);
    text = A.change(text, { time: Date.now() }, (draft) => A.splice(draft, ["body"], written, 0, whole.slice(written, to)));
    written = to;
    batch.push(A.getLastLocalChange(text));
    if (batch.length === BATCH) await send();
  }
  await send();
  socket.close();
}
