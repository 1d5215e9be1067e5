// Walks through what must hold, against the mock: node dev/try.mjs
import assert from "node:assert/strict";
import { chromium } from "playwright-core";

const browser = await chromium.launch({ executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium", args: ["--headless", "--no-sandbox", "--disable-gpu", "--no-first-run"] });
const post = (path, body) => fetch(`http://127.0.0.1:5801${path}`, { method: "POST", body: JSON.stringify(body) }).then((r) => r.json());
const post2 = (path, body) => fetch(`http://127.0.0.1:5802${path}`, { method: "POST", body: JSON.stringify(body) }).then((r) => r.json());
const open = async (port, path = "/") => {
  const context = await browser.newContext({ locale: "es-ES", viewport: { width: 1280, height: 860 } });
  const page = await context.newPage();
  page.on("console", (m) => m.type() === "error" && !/401|ERR_CONNECTION|WebSocket/.test(m.text()) && console.log(`[${port}]`, m.text()));
  page.on("pageerror", (e) => console.log(`[${port}] pageerror`, e.stack));
  await page.goto(`http://127.0.0.1:${port}${path}`);
  await page.getByTestId("user").fill("coop");
  await page.getByTestId("password").fill("palabra de paso");
  await page.getByTestId("sign-in-button").click();
  await page.getByTestId("sign-out").waitFor();
  return page;
};
const a = await open(5801);
const b = await open(5802);
await a.getByRole("link", { name: "Alianza Bolivia" }).click();
await a.getByTestId("programmes").getByRole("link").first().click();
await a.getByTestId("to-narratives").click();
await a.locator("#section-gender").waitFor();
const path = new URL(a.url()).pathname;
await b.goto(`http://127.0.0.1:5802${path}`);
await b.locator("#section-gender").waitFor();

// 1. Two people in one paragraph.
const [fa, fb] = [a.locator("#section-gender"), b.locator("#section-gender")];
await Promise.all([fa.pressSequentially("Las mujeres de Tarija acarrean el agua. ", { delay: 25 }), fb.pressSequentially("Ñandú 😀 camión. ", { delay: 31 })]);
await a.waitForFunction(() => document.querySelector("#section-gender").value.length === 56 || document.querySelector("#section-gender").value.length >= 40 + 17, null, { timeout: 3000 });
const ta = await fa.inputValue();
await b.waitForFunction((t) => document.querySelector("#section-gender").value === t, ta, { timeout: 3000 });
console.log("1 both:", JSON.stringify(ta));
await b.getByText("Lucía Aramayo").first().waitFor({ timeout: 200 }).catch(() => {});

// Latency of one key.
const times = [];
for (let i = 0; i < 40; i++) {
  const before = (await fb.inputValue()).length;
  const seen = b.evaluate((n) => new Promise((r) => { const el = document.querySelector("#section-gender"); const f = () => (el.value.length !== n ? r(performance.timeOrigin + performance.now()) : setTimeout(f, 0)); f(); }), before);
  await a.evaluate(() => addEventListener("keydown", () => (window.t0 = performance.timeOrigin + performance.now()), { once: true, capture: true }));
  await fa.press("x");
  const at = await seen;
  times.push(at - (await a.evaluate(() => window.t0)));
}
times.sort((x, y) => x - y);
console.log("key → other city: median", times[20].toFixed(1), "p95", times[37].toFixed(1), "(mock adds 15 ms)");

// 2. Saving levels.
console.log("2", await a.getByTestId("saving").textContent());

// 3. Conflict of a date and an external cell.
await post("/dev/link", { up: false });
await a.getByTestId("to-activities").click();
await b.getByTestId("to-activities").click();
const date = (p) => p.getByLabel("Fin previsto").nth(1);
await date(a).fill("2025-11-30");
await date(b).fill("2026-01-31");
await a.getByTestId("to-budget").click();
await b.getByTestId("to-budget").click();
for (const [p, v] of [[a, "13.000,00"], [b, "9000"]]) {
  await p.getByTestId("funder-Fondo Andaluz de Municipios").check({ force: true });
  await p.getByTestId("cell-B05-2025-cash").click();
  await p.keyboard.type(v);
  await p.keyboard.press("Enter");
}
await a.waitForTimeout(300);
console.log("3 apart:", await a.getByTestId("saving").textContent());
await post("/dev/link", { up: true });
await a.getByTestId("provisional").first().waitFor({ timeout: 4000 });
console.log("3 total:", await a.getByTestId("total").textContent());
console.log("3 box:", (await a.locator(".conflict").first().innerText()).replaceAll("\n", " | "));
await a.screenshot({ path: "dev/shots/conflict-cell.png" });
await a.getByTestId("to-activities").click();
await a.locator(".conflict").first().waitFor();
await a.locator(".conflict").first().scrollIntoViewIfNeeded();
await a.screenshot({ path: "dev/shots/conflict-date.png" });
await a.getByTestId("to-notices").click();
console.log("3 PR07:", await a.getByTestId("notice-PR07").textContent(), "|", await a.getByTestId("notice-SY09").allTextContents());
await a.getByTestId("notice-SY09").getByRole("link").first().click();
await a.locator(".conflict").first().getByRole("button").first().click();
await a.getByTestId("to-budget").click();
await a.getByTestId("funder-Fondo Andaluz de Municipios").check({ force: true });
await a.locator(".conflict").getByRole("button", { name: "Usar 9.000" }).click();
await b.waitForFunction(() => document.querySelectorAll(".conflict").length === 0, null, { timeout: 4000 });
await a.getByTestId("to-notices").click();
assert.equal(await a.getByTestId("notice-PR07").count(), 0);
console.log("3 decided");

// 4. Other city's cell: read-only, proposal.
await a.getByTestId("to-budget").click();
await a.getByTestId("funder-Tarija").check({ force: true });
await a.getByTestId("cell-B04-2025-cash").click();
await a.keyboard.press("Enter");
await a.getByTestId("proposal-amount").fill("3500");
await a.getByTestId("send-proposal").click();
await b.getByTestId("to-budget").click();
await b.getByTestId("proposal").getByRole("button", { name: "Aceptar", exact: true }).click();
await a.waitForFunction(() => document.querySelector('[data-testid="cell-B04-2025-cash"]')?.textContent.includes("3.500,00"), null, { timeout: 3000 });
console.log("4 proposal accepted");

// 5. Node away: what is typed stays, survives a reload, and is sent.
await a.getByTestId("to-narratives").click();
await post("/dev/down", { down: true });
await a.locator('[data-level="offline"]').waitFor();
await a.locator("#section-sustainability").press("End");
await a.locator("#section-sustainability").pressSequentially("Escrito sin conexión.");
await a.waitForFunction(() => document.querySelector('[data-testid="saving"]').textContent.includes("Guardado en este equipo"), null, { timeout: 3000 });
console.log("5 offline:", await a.getByTestId("saving").textContent());
await a.reload();
await a.waitForTimeout(500);
await post("/dev/down", { down: false });
await a.waitForFunction(() => document.querySelector("#section-sustainability")?.value.includes("Escrito sin conexión."), null, { timeout: 20000 });
await b.getByTestId("to-narratives").click();
await b.waitForFunction(() => document.querySelector("#section-sustainability")?.value.includes("Escrito sin conexión."), null, { timeout: 5000 });
console.log("5 after reload:", await a.getByTestId("saving").textContent());

// 6. Refused: draft kept, document as the node has it.
await post("/dev/refuse", { code: "PR12" });
await a.locator("#section-context").press("End");
await a.locator("#section-context").pressSequentially(" NO VALE");
await a.getByRole("link", { name: /Borrador(es)? recuperado/ }).waitFor({ timeout: 4000 });
await a.waitForFunction(() => !document.querySelector("#section-context").value.includes("NO VALE"), null, { timeout: 4000 });
await a.getByRole("link", { name: /Borrador(es)? recuperado/ }).click();
console.log("6 draft:", (await a.getByTestId("draft").locator("textarea").first().inputValue()).slice(-30));
await a.screenshot({ path: "dev/shots/draft.png" });
await a.goBack();
await a.locator("#section-context").waitFor();
await a.locator("#section-context").press("Control+End");
await a.locator("#section-context").pressSequentially(" Sí vale.");
await b.waitForFunction(() => document.querySelector("#section-context")?.value.includes("Sí vale."), null, { timeout: 5000 });
console.log("6 goes on");

// 7. Read-only node: kept and sent later.
await post("/dev/refuse", { code: "read_only" });
await a.locator("#section-context").pressSequentially(" Después.");
await a.locator('[data-level="refused"]').waitFor({ timeout: 4000 });
console.log("7:", await a.getByTestId("saving").textContent());
await post("/dev/refuse", {});
await b.waitForFunction(() => document.querySelector("#section-context")?.value.includes("Después."), null, { timeout: 20000 });
console.log("7 sent later");
await browser.close();
