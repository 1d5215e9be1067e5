// Pictures of every screen, from the mock: node dev/shots.mjs [--dark] [--narrow] [--lang en]
import { mkdirSync } from "node:fs";
import { chromium } from "playwright-core";

const dark = process.argv.includes("--dark");
const narrow = process.argv.includes("--narrow");
const out = new URL("./shots/", import.meta.url).pathname;
mkdirSync(out, { recursive: true });
const tag = `${dark ? "dark" : "light"}${narrow ? "-narrow" : ""}`;
const browser = await chromium.launch({ env: { ...process.env, LANGUAGE: "es" }, executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run", "--lang=es-ES"] });
const open = async (port) => {
  const context = await browser.newContext({
    colorScheme: dark ? "dark" : "light",
    viewport: narrow ? { width: 400, height: 800 } : { width: 1280, height: 860 },
    locale: "es-ES",
  });
  const page = await context.newPage();
  page.on("console", (m) => ["error", "warning"].includes(m.type()) && console.log(`[${port}]`, m.type(), m.text()));
  page.on("pageerror", (e) => console.log(`[${port}] pageerror`, e.stack));
  await page.goto(`http://127.0.0.1:${port}/`);
  return page;
};
const signIn = async (page) => {
  await page.getByTestId("user").fill("coop");
  await page.getByTestId("password").fill("palabra de paso");
  await page.getByTestId("sign-in-button").click();
  await page.getByTestId("partner-Jaén").waitFor();
};
const shot = async (page, name) => {
  await page.waitForTimeout(350);
  // A whole-page picture would show the bar that stays at the foot of the window in the middle.
  await page.evaluate(() => document.querySelectorAll(".savebar, .programme-side").forEach((e) => (e.style.position = "static")));
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) console.log(`${name}: ${wide} px too wide`);
  await page.screenshot({ path: `${out}${tag}-${name}.png`, fullPage: true });
};
const a = await open(5801);
await a.getByTestId("sign-in").waitFor();
await shot(a, "sign-in");
await signIn(a);
await shot(a, "home");
await a.getByRole("link", { name: "Alianza Bolivia" }).click();
await a.getByTestId("programmes").getByRole("link").first().waitFor();
await shot(a, "alliance");
await a.getByTestId("programmes").getByRole("link").first().click();
await a.getByTestId("to-budget").waitFor();
const b = await open(5802);
await signIn(b);
await b.goto(a.url().replace("5801", "5802"));
await b.getByTestId("to-narratives").click();
await b.locator("#section-context").click();
for (const part of ["identity", "framework", "activities", "budget", "management", "narratives", "notices", "files"]) {
  await a.getByTestId(`to-${part}`).click();
  await a.getByTestId(`part-${part}`).waitFor();
  await shot(a, part);
}
await a.goto("http://127.0.0.1:5801/personas");
await a.getByTestId("people").waitFor();
await shot(a, "people");
await browser.close();
