// The random test of two real editors in Chromium, under the policy that the node gives its page.
// `node fuzz.mjs 5000` runs seeds 1 to 5000 (a node for the headers is started); `node fuzz.mjs 1 17` runs seed 17.

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { front } from "../../web/dev/front.mjs";

const web = fileURLToPath(new URL("../../web", import.meta.url));
const PORTION = 50;

/** Builds the page of two editors; its folder. */
async function built(folder) {
  const vite = createRequire(path.join(web, "package.json")).resolve("vite");
  const { build } = await import(pathToFileURL(vite.replace(/index\.cjs$/, "dist/node/index.js")));
  const outDir = path.join(folder, "page");
  await build({
    root: path.join(web, "dev/fuzz"),
    configFile: false,
    logLevel: "warn",
    publicDir: false,
    resolve: { alias: [{ find: /^@automerge\/automerge$/, replacement: path.join(web, "dev/fuzz/nothing.ts") }] },
    build: { outDir, emptyOutDir: true, target: "es2023", assetsInlineLimit: 0, modulePreload: { polyfill: false }, reportCompressedSize: false },
  });
  return outDir;
}

/** Runs seeds in `page`; fails with those that failed. */
export async function fuzz(page, node, first, count, say = () => {}) {
  const folder = mkdtempSync(path.join(tmpdir(), "alianza-fuzz-"));
  const server = await front({ node: `http://127.0.0.1:${node.page}`, port: 0, dist: await built(folder) });
  try {
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    await page.waitForFunction(() => typeof globalThis.fuzz === "function");
    await page.evaluate(() => {
      globalThis.violations = [];
      addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(`${event.violatedDirective} ${event.sourceFile}:${event.lineNumber}`));
    });
    const failed = [];
    for (let from = first; from < first + count; from += PORTION) {
      const outcome = await page.evaluate(([a, n]) => globalThis.fuzz(a, n), [from, Math.min(PORTION, first + count - from)]);
      failed.push(...outcome.failed);
      for (const one of outcome.failed) console.log(`seed ${one.seed} failed: ${one.error.slice(0, 800)}`);
      say(from + outcome.ran - first, failed.length);
    }
    assert.deepEqual(failed.map((one) => `seed ${one.seed}: ${one.error}`).slice(0, 3), [], `${failed.length} of ${count} seeds failed: ${failed.map((one) => one.seed).slice(0, 20)}`);
    const broken = await page.evaluate(() => globalThis.fuzz(1, 10, true));
    assert.ok(broken.failed.length > 0, "a view that does not always show what there is was not caught");
    assert.deepEqual(await page.evaluate(() => globalThis.violations), []);
    return { ran: count, brokenCaught: broken.failed.length };
  } finally {
    server.closeAllConnections();
    server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { chromium } = await import("playwright-core");
  const { Node } = await import("./nodes.mjs");
  const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
  if (!existsSync(executablePath)) throw new Error(`no browser at ${executablePath}`);
  const [count, first] = [Number(process.argv[2] ?? 100), Number(process.argv[3] ?? 1)];
  const folder = mkdtempSync(path.join(tmpdir(), "alianza-e2e-"));
  const node = await Node.make(folder, "Palencia");
  const browser = await chromium.launch({ executablePath, args: ["--no-sandbox", "--disable-gpu"] });
  const started = Date.now();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    const outcome = await fuzz(page, node, first, count, (ran, failed) => ran % 250 === 0 && console.log(`${ran} seeds, ${failed} failed`));
    console.log(JSON.stringify(outcome), `${Math.round((Date.now() - started) / 1000)} s`);
  } finally {
    await browser.close();
    await node.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}
