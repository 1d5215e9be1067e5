// Puts a page that was built here in front of a running node, so that work on the page needs no new binary:
//   node dev/front.mjs --node http://127.0.0.1:5801 --port 5901 [--dist dist]
// Files come from the folder, under the headers that the node gives its own page; everything else is the node's.
import { existsSync, readFileSync, statSync } from "node:fs";
import { createServer, request } from "node:http";
import path from "node:path";
import { fileURLToPath } from "node:url";

const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml", wasm: "application/wasm", woff2: "font/woff2", json: "application/json", webmanifest: "application/manifest+json", txt: "text/plain; charset=utf-8" };
const POLICIES = ["content-security-policy", "x-content-type-options", "referrer-policy", "permissions-policy", "cross-origin-opener-policy", "cross-origin-resource-policy", "x-frame-options"];

/**
 * Serves `dist` in front of `node` on `port`; resolves with the server once it listens. `server.wear(folder)` serves
 * another page from then on, as when a city installs a newer binary.
 */
export function front({ node, port, dist, host = "127.0.0.1" }) {
  const upstream = new URL(node);
  // The node compares Origin and Host with its own address.
  const translated = (headers) => ({ ...headers, host: upstream.host, ...(headers.origin ? { origin: upstream.origin } : {}) });
  const forward = (incoming, answer, done) => {
    const out = request({ host: upstream.hostname, port: upstream.port, path: incoming.url, method: incoming.method, headers: translated(incoming.headers) }, done);
    out.on("error", () => {
      if (!answer.headersSent) answer.writeHead(502);
      answer.end();
    });
    incoming.pipe(out);
  };
  const server = createServer((incoming, answer) => {
    const name = decodeURIComponent(new URL(incoming.url, node).pathname);
    if (name.startsWith("/api") || name === "/healthz") {
      forward(incoming, answer, (reply) => {
        answer.writeHead(reply.statusCode, reply.headers);
        reply.pipe(answer);
      });
      return;
    }
    const wanted = path.join(dist, path.normalize(name));
    const file = name !== "/" && existsSync(wanted) && statSync(wanted).isFile() ? wanted : path.join(dist, "index.html");
    forward({ ...incoming, url: "/", method: "HEAD", headers: { accept: "text/html" }, pipe: (out) => out.end() }, answer, (reply) => {
      const headers = Object.fromEntries(POLICIES.flatMap((key) => (reply.headers[key] ? [[key, reply.headers[key]]] : [])));
      reply.resume();
      answer.writeHead(200, { ...headers, "content-type": TYPES[file.split(".").pop()] ?? "application/octet-stream", "cache-control": name.startsWith("/assets/") ? "public, max-age=31536000, immutable" : "no-cache" });
      answer.end(incoming.method === "HEAD" ? undefined : readFileSync(file));
    });
  });
  server.on("upgrade", (incoming, socket, head) => {
    const out = request({ host: upstream.hostname, port: upstream.port, path: incoming.url, headers: translated(incoming.headers) });
    out.on("upgrade", (reply, other, rest) => {
      socket.write(`HTTP/1.1 101 Switching Protocols\r\n${reply.rawHeaders.reduce((text, word, i) => text + word + (i % 2 ? "\r\n" : ": "), "")}\r\n`);
      other.write(head);
      socket.write(rest);
      socket.pipe(other).pipe(socket);
      for (const [one, peer] of [[socket, other], [other, socket]]) {
        one.on("error", () => peer.destroy());
        one.on("close", () => peer.destroy());
      }
    });
    out.on("response", (reply) => socket.end(`HTTP/1.1 ${reply.statusCode} ${reply.statusMessage}\r\nconnection: close\r\n\r\n`));
    out.on("error", () => socket.destroy());
    out.end();
  });
  server.wear = (folder) => (dist = folder);
  return new Promise((done) => server.listen(port, host, () => done(server)));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const option = (name, otherwise) => (process.argv.includes(name) ? process.argv[process.argv.indexOf(name) + 1] : otherwise);
  const port = Number(option("--port", "5901"));
  await front({ node: option("--node", "http://127.0.0.1:5801"), port, dist: path.resolve(option("--dist", "dist")) });
  console.log(`http://127.0.0.1:${port}`);
}
