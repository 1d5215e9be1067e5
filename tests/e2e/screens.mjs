// Every screen of the page, from two live cities with the demonstration's programme: no finding of axe in light and
// dark, Spanish and English, wide, narrow and at 200 %; everything reached with the keyboard; pictures to look at.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { demo } from "./demo.mjs";
import { walk } from "./keyboard.mjs";
import { Node, PASSWORD, until } from "./nodes.mjs";
import { declared, routes } from "./routes.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "screens");
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 390, height: 800 };
/** 1280 × 900 at 200 %: what the page is told is half of it. */
const ZOOMED = { width: 640, height: 450 };
/** Without movement: a colour on its way to another has no contrast to speak of. */
const QUIET = { locale: "es-ES", viewport: WIDE, reducedMotion: "reduce" };
/** Every theme with every language where there is most to see; each of them once more in the other sizes. */
const LOOKS = [
  { size: "wide", view: WIDE, theme: "light", language: "es" },
  { size: "wide", view: WIDE, theme: "dark", language: "es" },
  { size: "wide", view: WIDE, theme: "dark", language: "en" },
  { size: "wide", view: WIDE, theme: "light", language: "en" },
  { size: "narrow", view: NARROW, theme: "dark", language: "es" },
  { size: "narrow", view: NARROW, theme: "light", language: "en" },
  { size: "zoomed", view: ZOOMED, theme: "light", language: "es" },
  { size: "zoomed", view: ZOOMED, theme: "dark", language: "en" },
];
/** What lies over a screen: to choose another language it would have to be closed. */
const WINDOW_LOOKS = LOOKS.filter((look) => look.language === "es");

/** What has little in it: each theme, each language, each size once. */
const FEW_LOOKS = [LOOKS[0], LOOKS.find((look) => look.size === "narrow" && look.theme === "dark"), LOOKS.find((look) => look.size === "zoomed" && look.language === "en")];

/** What has been done to each route, by its name. */
const done = new Map(routes.map((one) => [one.name, new Set()]));
let town = null;

/** The cities and a signed-in page of each, made once and ended with the suite. */
function cities(scene) {
  town ??= (async () => {
    const { cities: made, end } = await demo();
    scene.atEnd(end);
    for (const one of made) {
      one.context = await scene.browser.newContext(QUIET);
      one.context.setDefaultTimeout(20_000);
      one.page = await watched(one.context);
      await one.page.goto(one.url);
      await one.page.getByTestId("user").fill(one.user);
      await one.page.getByTestId("password").fill(one.password);
      await one.page.getByTestId("sign-in-button").click();
      await one.page.locator(".alliance-block").first().waitFor();
    }
    const circle = await made[0].page.evaluate(async () => (await (await fetch("/api/status")).json()).alliances[0].id);
    const doc = await made[0].page.evaluate(async (id) => (await (await fetch(`/api/documents?circle=${id}&kind=programme`)).json())[0].id, circle);
    const strange = await scene.browser.newContext(QUIET);
    strange.setDefaultTimeout(20_000);
    return { made, circle, doc, stranger: await watched(strange) };
  })();
  return town;
}

async function watched(context) {
  const page = await context.newPage();
  page.troubles = [];
  page.on("pageerror", (error) => page.troubles.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && /content security policy|refused to|trusted/i.test(message.text())) page.troubles.push(message.text());
  });
  return page;
}

async function speak(page, language) {
  if ((await page.evaluate(() => document.documentElement.lang)) === language) return;
  await page.getByTestId("language").selectOption(language);
  await until(`the page speaks ${language}`, () => page.evaluate((wanted) => document.documentElement.lang === wanted, language));
}

/** What axe finds, of any impact. */
export async function findings(page) {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, {
      runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
      rules: { "target-size": { enabled: true } },
      resultTypes: ["violations"],
    }),
  );
  return found.violations.map((one) => `${one.id} (${one.impact}): ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 3).join(" ")}`);
}

/** Wider than the window: the page must not scroll sideways; what does so itself must take the keyboard. */
function sideways() {
  const wrong = [];
  const over = document.documentElement.scrollWidth - document.documentElement.clientWidth;
  if (over > 0) {
    const guilty = [...document.querySelectorAll("main *, header *, footer *")].find((one) => one.getBoundingClientRect().right > innerWidth + 1 && !one.closest(".table-wrap"));
    wrong.push(`the page is ${over} px too wide (${guilty?.tagName} ${guilty?.className})`);
  }
  for (const one of document.querySelectorAll("main *")) {
    const scrolls = ["auto", "scroll"].includes(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1;
    const reachable = one.tabIndex >= 0 || one.matches("input, textarea, select") || one.querySelector("a[href], button, input, select, textarea, [tabindex='0']");
    if (scrolls && !reachable) wrong.push(`scrolls sideways and cannot be reached: ${one.tagName} ${one.className}`);
  }
  return wrong;
}

/** The whole screen. What stays at its place in the window while one scrolls would lie across the middle of it. */
async function shoot(page, name) {
  const place = (how) => page.evaluate((position) => document.querySelectorAll(".savebar, .programme-side").forEach((one) => (one.style.position = position)), how);
  await place("static");
  await page.screenshot({ path: path.join(folder, `${name}.png`), fullPage: true });
  await place("");
}

async function visit(page, city, scene, route) {
  await page.setViewportSize(WIDE);
  await page.emulateMedia({ colorScheme: "light" });
  await route.before?.(page);
  await page.goto(city.url + route.at(scene));
  await route.ready(page);
  await page.evaluate(() => document.fonts.ready);
}

async function lookAll(page, name, found, looks = LOOKS) {
  for (const look of looks) {
    await page.setViewportSize(look.view);
    await page.emulateMedia({ colorScheme: look.theme });
    await speak(page, look.language);
    const where = `${name}, ${look.size}, ${look.theme}, ${look.language}`;
    for (const one of await findings(page)) found.push(`${where}: ${one}`);
    for (const one of await page.evaluate(sideways)) found.push(`${where}: ${one}`);
  }
  await page.setViewportSize(WIDE);
  await speak(page, "es");
}

async function pictures(page, name, city) {
  for (const [tag, view, theme] of [["claro", WIDE, "light"], ["oscuro", WIDE, "dark"], ["estrecho", NARROW, "light"]]) {
    await page.setViewportSize(view);
    await page.emulateMedia({ colorScheme: theme });
    await shoot(page, `${name}-${city}-${tag}`);
  }
  await page.setViewportSize(WIDE);
}

const slug = (one) => one.slug ?? one.city.toLowerCase();

async function tryRoute(scene, route) {
  const { made, circle, doc, stranger } = await cities(scene);
  const [first, second] = made;
  const place = { circle, doc };
  const page = route.signedOut ? stranger : first.page;
  const found = [];
  await visit(page, first, place, route);
  await pictures(page, route.name, route.signedOut ? "sin-entrar" : slug(first));
  done.get(route.name).add("picture");
  const walked = await walk(page);
  for (const one of walked.found) found.push(`${route.name}, keyboard: ${one}`);
  assert.ok(walked.steps > 3, `${route.name}: the keyboard found ${walked.steps} places`);
  done.get(route.name).add("keyboard");
  await lookAll(page, route.name, found);
  done.get(route.name).add("axe");
  for (const window of route.windows ?? []) {
    const name = `${route.name}-${window.name}`;
    await visit(page, first, place, route);
    await window.open(page);
    await summed(page, name, found);
    await pictures(page, name, route.signedOut ? "sin-entrar" : slug(first));
    for (const one of (await walk(page, window.dialog ? "dialog[open]" : "body")).found) found.push(`${name}, keyboard: ${one}`);
    await lookAll(page, name, found, WINDOW_LOOKS);
    if (window.dialog) {
      await page.locator("dialog[open] button").last().focus();
      await page.keyboard.press("Escape");
      await page.locator("dialog").waitFor({ state: "detached" });
      if (!(await page.evaluate(() => document.activeElement?.matches("button, a")))) found.push(`${name}: the keyboard is lost when it is closed`);
    }
  }
  if (!route.signedOut) {
    await visit(second.page, second, place, route);
    await shoot(second.page, `${route.name}-${slug(second)}-claro`);
    found.push(...second.page.troubles.splice(0));
  }
  await route.after?.(page);
  found.push(...page.troubles.splice(0));
  assert.deepEqual(found, [], found.join("\n"));
}

/** An error summary takes the keyboard, is told in the title of the window, and leads to each field. */
async function summed(page, name, found) {
  if ((await page.getByTestId("error-summary").count()) === 0) return;
  // The title follows the summary by a frame.
  await page.waitForFunction(() => document.title.startsWith("Error: "), null, { timeout: 20_000 }).catch(() => {});
  const told = await page.evaluate(() => ({ here: document.activeElement?.dataset.testid, title: document.title }));
  if (told.here !== "error-summary") found.push(`${name}: the keyboard is not in the summary`);
  if (!told.title.startsWith("Error: ")) found.push(`${name}: the window is called «${told.title}»`);
  const links = page.getByTestId("error-summary").getByRole("link");
  for (let i = 0; i < (await links.count()); i++) {
    const sentence = await links.nth(i).innerText();
    await links.nth(i).focus();
    await page.keyboard.press("Enter");
    const field = await page.evaluate(() => {
      const one = document.activeElement;
      const about = (one?.getAttribute("aria-describedby") ?? one?.closest("fieldset")?.getAttribute("aria-describedby") ?? "").split(" ");
      return { wrong: one?.getAttribute("aria-invalid"), said: about.map((id) => document.getElementById(id)?.innerText ?? "").join(" ") };
    });
    if (field.wrong !== "true" || !field.said.includes(sentence)) found.push(`${name}: «${sentence}» leads to a field that says ${JSON.stringify(field)}`);
  }
}

/** A city on its first day: no alliance, then one alone, then a programme with nothing in it. */
async function firstDay(scene) {
  const data = mkdtempSync(path.join(tmpdir(), "alianza-first-"));
  const node = await Node.make(data, "Cuenca");
  scene.atEnd(async () => {
    await node.stop();
    node.clothes?.close();
    node.clothes?.closeAllConnections();
    rmSync(data, { recursive: true, force: true });
  });
  const context = await scene.browser.newContext(QUIET);
  context.setDefaultTimeout(20_000);
  const page = await watched(context);
  const found = [];
  const look = async (name) => {
    await pictures(page, name, "cuenca");
    for (const one of (await walk(page)).found) found.push(`${name}, keyboard: ${one}`);
    await lookAll(page, name, found, FEW_LOOKS);
  };
  await page.goto(node.url);
  await page.getByTestId("user").fill("editora");
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in-button").click();
  await page.locator(".empty").waitFor();
  await look("primer-dia-inicio");
  await page.getByTestId("alliance-name").fill("Alianza Júcar");
  await page.getByTestId("new-alliance-button").click();
  await page.getByTestId("first-steps").waitFor();
  assert.deepEqual(await page.locator(".step-done").count(), 0);
  await look("primer-dia-alianza");
  await page.getByTestId("new-programme").click();
  await page.getByTestId("programme-title").fill("Hoces vivas");
  await page.getByTestId("create-programme").click();
  await page.getByTestId("part-identity").waitFor();
  for (const part of declared().parts) {
    await page.getByTestId(`to-${part}`).click();
    await page.getByTestId(`part-${part}`).waitFor();
    await look(`primer-dia-${part}`);
  }
  await page.goto(node.url);
  await page.getByRole("link", { name: "Alianza Júcar" }).click();
  await until("the programme counts as a step", async () => (await page.locator(".step-done").count()) === 1);
  found.push(...page.troubles);
  assert.deepEqual(found, [], found.join("\n"));
}

export const shows = [
  {
    name: "screens: every route of the page is in the list (show 7)",
    async run() {
      const known = declared();
      const have = new Set(routes.map((one) => one.screen));
      assert.deepEqual(known.screens.filter((one) => !have.has(one)), [], "screens of route.ts that routes.mjs does not visit");
      const parts = new Set(routes.map((one) => one.part));
      assert.deepEqual(known.parts.filter((one) => !parts.has(one)), [], "parts of the programme that routes.mjs does not visit");
      const addresses = routes.map((one) => one.at({ circle: "c", doc: "d" })).join("/").split("/");
      assert.deepEqual(known.words.filter((one) => !addresses.includes(one)), [], "words of addresses that no visited address has");
    },
  },
  ...routes.map((route) => ({ name: `screens: ${route.name} (shows 5, 7)`, run: (scene) => tryRoute(scene, route) })),
  { name: "screens: a city on its first day (shows 5, 7)", run: firstDay },
  {
    name: "screens: a language is chosen with the keyboard, and what it borrows says so (show 5)",
    async run(scene) {
      const { made } = await cities(scene);
      const { page, url } = made[0];
      await page.setViewportSize(WIDE);
      await page.goto(`${url}/`);
      await page.locator(".alliance-block").first().waitFor();
      const choice = page.getByTestId("language");
      await choice.focus();
      await page.keyboard.press("c");
      await until("Catalan", () => page.evaluate(() => document.documentElement.lang === "ca"));
      assert.match(await page.locator("nav").first().innerText(), /Inici/);
      await page.goto(`${url}/ayuda`);
      await page.locator("#ayuda-keys").waitFor();
      assert.equal(await page.evaluate(() => document.documentElement.lang), "ca", "the choice is kept");
      assert.equal(await page.locator("main h1").getAttribute("lang"), "es", "the title is Spanish yet");
      assert.equal(await page.locator(".foot a").getAttribute("lang"), "es");
      await shoot(page, "ayuda-en-catalan");
      await page.getByTestId("language").focus();
      await page.keyboard.press("e");
      await until("another language", () => page.evaluate(() => document.documentElement.lang !== "ca"));
      await speak(page, "es");
      assert.equal(await page.locator("main h1").getAttribute("lang"), null);
    },
  },
  {
    name: "screens: every route had axe, the keyboard and a picture (show 7)",
    async run() {
      const lacking = [...done].flatMap(([name, had]) => ["axe", "keyboard", "picture"].filter((one) => !had.has(one)).map((one) => `${name}: no ${one}`));
      assert.deepEqual(lacking, []);
    },
  },
];
