// A tab that is not our page: it speaks the live socket by itself and writes what no editor of ours would write.

import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";

const inWeb = createRequire(new URL("../../web/package.json", import.meta.url));
const A = inWeb("@automerge/automerge");
const { WebSocket } = inWeb("ws");

const hex = (text) => new Uint8Array(Buffer.from(text, "hex"));

/** Deterministic CBOR, as much as the messages need. */
function encode(value) {
  const head = (major, n) => (n < 24 ? [major * 32 + n] : n < 256 ? [major * 32 + 24, n] : n < 65_536 ? [major * 32 + 25, n >> 8, n & 255] : [major * 32 + 26, n >>> 24, (n >> 16) & 255, (n >> 8) & 255, n & 255]);
  if (typeof value === "number") return Buffer.from(head(0, value));
  if (typeof value === "boolean") return Buffer.from([value ? 0xf5 : 0xf4]);
  if (value instanceof Uint8Array) return Buffer.concat([Buffer.from(head(2, value.length)), value]);
  return Buffer.concat([Buffer.from(head(4, value.length)), ...value.map(encode)]);
}

function decode(bytes) {
  let at = 0;
  const read = () => {
    const first = bytes[at++];
    const [major, low] = [first >> 5, first & 31];
    if (major === 7) return first === 0xf5 ? true : first === 0xf4 ? false : null;
    let n = low;
    if (low >= 24) {
      n = 0;
      for (let i = 0; i < 1 << (low - 24); i++) n = n * 256 + bytes[at++];
    }
    if (major === 0) return n;
    if (major === 4) return Array.from({ length: n }, read);
    const piece = bytes.subarray(at, (at += n));
    return major === 3 ? Buffer.from(piece).toString() : new Uint8Array(piece);
  };
  return read();
}

/** Writes one change into a document of this node, in the name of its editor; resolves once it is on the disk. */
export async function writeRaw(node, doc, edit) {
  const { city8 } = (await node.api("GET", "/api/status")).city;
  const socket = new WebSocket(`ws://127.0.0.1:${node.page}/api/live`, { headers: { authorization: `Bearer ${node.token}` } });
  try {
    return await new Promise((done, fail) => {
      const timer = setTimeout(() => fail(new Error("the socket did not answer")), 20_000);
      socket.on("error", fail);
      socket.on("close", () => fail(new Error("the socket was closed")));
      socket.on("open", () => socket.send(encode([1, 1])));
      socket.on("message", (data) => {
        const message = decode(new Uint8Array(data));
        if (message[0] === 128) socket.send(encode([2, hex(doc), [], false]));
        if (message[0] === 129) {
          const options = { actor: city8 + randomBytes(8).toString("hex") };
          let replica = message[6] ? A.load(message[6], options) : A.init(options);
          if (message[7].length > 0) [replica] = A.applyChanges(replica, message[7]);
          const bytes = A.getLastLocalChange(A.change(replica, edit));
          socket.send(encode([4, 1, hex(doc), [bytes]]));
        }
        if (message[0] === 131 || message[0] === 133) {
          clearTimeout(timer);
          message[0] === 131 ? done() : fail(new Error(`refused: ${message[3]} ${message[4]}`));
        }
      });
    });
  } finally {
    socket.removeAllListeners("close");
    socket.close();
  }
}

/** A narrative full of links, marks and blocks that want to do something. */
export function hostileNarrative(addresses) {
  return (doc) => {
    const body = ["body"];
    let at = 0;
    const block = (attrs) => {
      A.splitBlock(doc, body, at, { parents: [], attrs: {}, isEmbed: false, ...attrs });
      at += 1;
    };
    const write = (text) => {
      A.splice(doc, body, at, 0, text);
      at += text.length;
      return { start: at - text.length, end: at, expand: "none" };
    };
    for (const [i, address] of addresses.entries()) {
      block({ type: i % 2 ? "paragraph" : "unordered-list-item" });
      const range = write(`Enlace ${i}`);
      A.mark(doc, body, range, "link", i % 3 === 0 ? address : JSON.stringify({ href: address, title: address }));
    }
    for (const type of ["<script>self.ran=1</script>", "image", "script", "iframe", "__proto__", "constructor", "html"]) {
      block({ type, attrs: { src: "javascript:self.ran=1", href: "javascript:self.ran=1", onerror: "self.ran=1", html: "<img src=x onerror=self.ran=1>", level: "\"><script>" }, isEmbed: type === "image" });
      write(`Bloque ${type}`);
    }
    for (const name of ["onclick", "style", "class", "__proto__", "<b>", "comment:1"]) {
      block({ type: "heading", attrs: { level: 1e9 } });
      A.mark(doc, body, write(`Marca ${name}`), name, "self.ran=1");
    }
    A.mark(doc, body, { start: 0, end: at, expand: "both" }, "strong", "javascript:self.ran=1");
  };
}
