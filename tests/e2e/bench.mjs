// How long from a key in a tab of one city to the changed page in a tab of another: two nodes on loopback.
//   npm run bench                 a section of 600 words
//   npm run bench -- long         five programmes of four sections, 800 words each, 60,000 changes of 600 actors
// Seeding: the long programme is written by a program on the live socket of one node (its actors are that node's), change
// by change, through the same gate as everything else; the other node receives it from the first.
// Needs web/.test (npm --prefix ../../web test builds it). Idle machine, or the figures are upper bounds.

import { readdirSync, statSync } from "node:fs";
import { loadavg } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { seedSection } from "./seeding.mjs";
import { settled, stage, until } from "./nodes.mjs";
import { narrative, signIn, valueOf } from "./shows.mjs";

const KEYS = Number(process.env.KEYS ?? 300);
const EVERY_MS = 120;
const BARS = { short: { median: 40, p99: 150 }, long: { median: 80, p99: 300 } };
const WORDS = "la cuenca del río une a las ciudades que comparten el agua, la escuela y el trabajo de cada día con su gente".split(" ");

const here = path.dirname(fileURLToPath(import.meta.url));
const long = process.argv.includes("long");
const scene = await stage();
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"] });
try {
  const where = long ? await longProgramme() : await shortSection();
  const pages = [];
  for (const node of [scene.palencia, scene.tarija]) {
    const page = await (await browser.newContext({ locale: "es-ES", viewport: { width: 1280, height: 900 } })).newPage();
    await signIn(page, node);
    pages.push(page);
  }
  const [a, b] = pages;
  const [left, right] = await Promise.all([narrative(a, scene.palencia, where), narrative(b, scene.tarija, where)]);
  await until("both have the text", async () => (await valueOf(left)).length > 1_000 && (await valueOf(left)) === (await valueOf(right)), 120_000);
  const delays = await keys(a, b, left, right);
  report(delays, long ? BARS.long : BARS.short);
  console.log(`bytes: ${firstLoad()}`);
  await startTimes();
} finally {
  await browser.close();
  await scene.end();
}

async function shortSection() {
  await seedSection(scene.palencia, scene.context, { words: 600, changes: 60, actors: 3, vocabulary: WORDS });
  await settled(scene);
  return scene;
}

async function longProgramme() {
  const started = Date.now();
  let [doc, n] = [scene.doc, 0];
  for (let programme = 0; programme < 5; programme++) {
    if (programme > 0) doc = (await scene.palencia.api("POST", "/api/documents", { circle: scene.circle, kind: "programme", fields: { code: `P-${programme}`, title: { es: `Programa ${programme}` } } })).id;
    const { sections } = (await scene.palencia.api("GET", `/api/documents/${doc}`)).content;
    for (const section of Object.values(sections).slice(0, 4)) {
      await seedSection(scene.palencia, section, { words: 800, changes: 3_000, actors: 30, vocabulary: WORDS });
      n += 1;
      console.log(`${n} sections, ${Math.round((Date.now() - started) / 1000)} s`);
    }
  }
  await until("the other city has everything", () => settled(scene).then(() => true), 900_000);
  console.log(`seeded in ${Math.round((Date.now() - started) / 1000)} s`);
  return scene;
}

/** Types in the middle of the text of `a`; the delay of every key until the page of `b` has changed. */
async function keys(a, b, left, right) {
  await left.click();
  await left.press("Control+Home");
  for (let i = 0; i < 5; i++) await left.press("ArrowDown");
  await left.pressSequentially("[]", { delay: 50 });
  await left.press("ArrowLeft");
  await until("the place is there", async () => (await valueOf(right)).includes("[]"));
  await left.evaluate((field) => {
    globalThis.pressed = [];
    field.addEventListener("keydown", () => globalThis.pressed.push(performance.timeOrigin + performance.now()), { capture: true });
  });
  await right.evaluate((field) => {
    globalThis.seen = [];
    new MutationObserver(() => {
      const now = performance.timeOrigin + performance.now();
      const length = /\[(x*)\]/.exec(field.textContent)?.[1]?.length ?? 0;
      while (globalThis.seen.length < length) globalThis.seen.push(now);
    }).observe(field, { subtree: true, childList: true, characterData: true });
  });
  const [workA, workB] = [await work(a), await work(b)];
  let next = Date.now();
  for (let i = 0; i < KEYS; i++) {
    await a.keyboard.press("x");
    next += EVERY_MS;
    await new Promise((done) => setTimeout(done, Math.max(0, next - Date.now())));
  }
  const seen = await until("all keys are there", async () => {
    const all = await b.evaluate(() => globalThis.seen);
    return all.length === KEYS && all;
  });
  const pressed = await a.evaluate(() => globalThis.pressed);
  console.log(`work of the page's thread per key: ${await workA()} where it is typed, ${await workB()} where it is read`);
  return seen.map((at, i) => at - pressed[i]);
}

/** Time of the processor in the page's thread from now on, per key; waiting for a busy machine is not in it. */
async function work(page) {
  const cdp = await page.context().newCDPSession(page);
  await cdp.send("Performance.enable", { timeDomain: "threadTicks" });
  const read = async () => Object.fromEntries((await cdp.send("Performance.getMetrics")).metrics.map((one) => [one.name, one.value]));
  const before = await read();
  return async () => {
    const after = await read();
    const ms = (name) => `${(((after[name] - before[name]) * 1000) / KEYS).toFixed(1)} ms`;
    return `${ms("TaskDuration")} (script ${ms("ScriptDuration")}, layout ${ms("LayoutDuration")}, style ${ms("RecalcStyleDuration")})`;
  };
}

function report(delays, bars) {
  const sorted = [...delays].sort((x, y) => x - y);
  const at = (part) => sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))];
  const [median, p95, p99] = [at(0.5), at(0.95), at(0.99)].map((one) => Math.round(one * 10) / 10);
  console.log(`${long ? "long programme" : "600 words"}: ${KEYS} keys, median ${median} ms, p95 ${p95} ms, p99 ${p99} ms, most ${Math.round(sorted.at(-1))} ms; load ${loadavg()[0].toFixed(1)}`);
  // Where the delays are, in twelfths of the run: one stall of the machine looks unlike a slow page.
  const part = Math.ceil(delays.length / 12);
  const parts = Array.from({ length: 12 }, (_, i) => delays.slice(i * part, (i + 1) * part).sort((x, y) => x - y)).filter((one) => one.length > 0);
  console.log(`medians along the run: ${parts.map((one) => Math.round(one[Math.floor(one.length / 2)])).join(", ")} ms`);
  console.log(median <= bars.median && p99 <= bars.p99 ? "within the bars" : `above the bars: median ${bars.median} ms, p99 ${bars.p99} ms`);
  if (process.env.STRICT && (median > bars.median || p99 > bars.p99)) process.exitCode = 1;
}

/** Scripts as they travel, gzipped: those that the start page loads, and the editor. */
function firstLoad() {
  const folder = path.resolve(here, process.env.ALIANZA_PAGE ? path.resolve(process.env.ALIANZA_PAGE) : "../../web/dist", "assets");
  return readdirSync(folder)
    .filter((name) => /^(index|basic|replica|rich|es)-.*\.js\.gz$/.test(name))
    .map((name) => `${name.split("-")[0]} ${(statSync(path.join(folder, name)).size / 1000).toFixed(1)} kB`)
    .join(", ");
}

/** From the address to an editor one can write in: a browser that has only signed in, then one that has been there. */
async function startTimes() {
  const cold = [];
  const warm = [];
  for (let i = 0; i < 3; i++) {
    const context = await browser.newContext({ locale: "es-ES" });
    const page = await context.newPage();
    await signIn(page, scene.palencia);
    const state = await context.storageState();
    await context.close();
    const fresh = await browser.newContext({ locale: "es-ES", storageState: { cookies: state.cookies, origins: [] } });
    const first = await fresh.newPage();
    cold.push(await ready(first));
    await until("the worker has the page", () => first.evaluate(() => Boolean(navigator.serviceWorker?.controller)), 15_000).catch(() => {});
    warm.push(await ready(first));
    await fresh.close();
  }
  console.log(`editor ready: cold ${cold.map(Math.round).join(", ")} ms; again ${warm.map(Math.round).join(", ")} ms`);
}

async function ready(page) {
  await page.goto(`${scene.palencia.url}/alianza/${scene.circle}/programa/${scene.doc}/relatos`);
  // The moment itself, not when the test gets to hear of it.
  return page.evaluate(
    () =>
      new Promise((done) => {
        const look = () => (document.querySelector('.rich-text[contenteditable="true"]') ? done(performance.now()) : requestAnimationFrame(look));
        look();
      }),
  );
}
