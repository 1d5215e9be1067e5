// The page over TLS of the node itself, with the certificate that `alianza tls make` leaves.

import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { chromium } from "playwright-core";
import { binary, Node, PASSWORD, until } from "./nodes.mjs";

const NAME = "alianza.ayuntamiento.example";
const SLOW = { timeout: 20_000 };

/** Until the node serves; `start()` asks in plain http, which this node does not answer. */
async function startWithTls(node) {
  const before = readFileSync(node.log, "utf8").length;
  const log = openSync(node.log, "a");
  node.child = spawn(binary(), ["serve", "--data", node.data], { stdio: ["ignore", log, log] });
  node.ended = new Promise((done) => node.child.on("close", done));
  await until("the page is served with TLS", () => readFileSync(node.log, "utf8").slice(before).includes("the page is at https://"));
}

export const shows = [
  {
    // S5, S16, web.md: with a certificate that the browser trusts the page is a secure context (service worker, caches),
    // people sign in, the live socket is encrypted, and nothing warns of an open line.
    name: "tls: the page with the town's own certificate",
    async run({ folder, atEnd }) {
      const node = await Node.make(folder, "Azuqueca");
      atEnd(() => node.stop());
      await node.stop();
      node.clothes?.close();
      await node.command("tls", "make", "--name", NAME, "--json");
      const settings = path.join(node.data, "config.toml");
      writeFileSync(settings, `tls_certificate = "tls/page.crt"\ntls_key = "tls/page.key"\n${readFileSync(settings, "utf8")}`);
      await startWithTls(node);

      const certificate = new X509Certificate(readFileSync(path.join(node.data, "tls/page.crt")));
      const spki = certificate.publicKey.export({ type: "spki", format: "der" });
      const trusted = createHash("sha256").update(spki).digest("base64");
      const browser = await chromium.launch({
        executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
        args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", `--host-resolver-rules=MAP ${NAME} 127.0.0.1`, `--ignore-certificate-errors-spki-list=${trusted}`],
      });
      try {
        const context = await browser.newContext({ locale: "es-ES" });
        const page = await context.newPage();
        const sockets = [];
        page.on("websocket", (socket) => sockets.push(socket.url()));
        // Typed without https, as people do.
        await page.goto(`http://${NAME}:${node.page}/`);
        assert.equal(new URL(page.url()).protocol, "https:", "sent on to the encrypted page");
        assert.equal(await page.evaluate(() => isSecureContext), true);
        await page.getByTestId("user").fill("editora");
        await page.getByTestId("password").fill(PASSWORD);
        await page.getByTestId("sign-in-button").click();
        await page.getByTestId("sign-in").waitFor({ state: "detached", ...SLOW });
        await until("the live socket is encrypted", () => sockets.some((url) => url.startsWith(`wss://${NAME}:${node.page}/api/live`)));
        assert.equal(await page.locator(".banner").count(), 0, "nothing warns of an open line");
        const [cookie] = (await context.cookies()).filter((one) => one.name.includes("alianza_"));
        assert.ok(cookie.name.startsWith("__Host-") && cookie.secure && cookie.httpOnly, JSON.stringify(cookie));
        const answer = await page.evaluate(async () => (await fetch("/api/session")).headers.get("strict-transport-security"));
        assert.equal(answer, "max-age=31536000");

        // The same key, and five days left: who runs the node is told in the page, with what to do.
        const [key, file] = ["key", "crt"].map((end) => path.join(node.data, `tls/page.${end}`));
        const left = ["-days", "5", "-subj", `/CN=${NAME}`, "-addext", `subjectAltName=DNS:${NAME}`];
        execFileSync("openssl", ["req", "-x509", "-new", "-key", key, "-out", file, ...left], { stdio: "pipe" });
        node.child.kill("SIGHUP");
        const warning = page.getByTestId("banner-certificate");
        await until("the page tells it", async () => {
          await page.reload();
          await page.getByTestId("alliances").or(page.locator("main h1")).first().waitFor(SLOW);
          return (await warning.count()) > 0;
        });
        assert.match(await warning.first().textContent(), /caduca dentro de [45] días\. Renuévelo/);
        assert.equal(await warning.first().getAttribute("lang"), "es");
      } finally {
        await browser.close();
      }
      await node.stop();
    },
  },
];
