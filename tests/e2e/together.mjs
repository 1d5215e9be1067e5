// Together: history by city and day, what was brought back, what is new since the last visit, who is where.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PASSWORD, settled, until } from "./nodes.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SLOW = { timeout: 20_000 };

async function signIn(page, node) {
  await page.goto(node.url);
  await page.getByTestId("user").fill("editora");
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in-button").click();
  await page.getByTestId("sign-in").waitFor({ state: "detached", ...SLOW });
}

/** Every breach that axe finds, of whatever weight. */
async function breaches(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
  );
  return found.violations.map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
}

/** A programme of its own for one show, so that shows do not see one another's history. */
async function programme({ palencia, tarija, circle }, title) {
  const { city8 } = (await palencia.api("GET", "/api/status")).city;
  const made = await palencia.api("POST", "/api/documents", {
    circle,
    kind: "programme",
    fields: { code: "P-T", title: { es: title }, default_currency: "EUR", lead_city: city8, period_start: "2026-01-01", period_end: "2027-12-31" },
  });
  const doc = made.id;
  const funder = await palencia.add(doc, "/financiers", { name: "Diputación", type: "province", status: "requested" });
  const line = await palencia.add(doc, "/budget_lines", { title: "Viajes", code: "1.1", category: "viajes", direct: true });
  const activity = await palencia.add(doc, "/activities", { text: "Misión técnica", code: "A1", kind: "mission", lead_city: city8, planned_start: "2026-03-01", planned_end: "2026-06-30", status: "planned", progress_pct: 0 });
  const { context } = (await palencia.api("GET", `/api/documents/${doc}`)).content.sections;
  const cell = (year) => `/budget_lines/${line}/cells/ext:${funder}|${year}|cash`;
  await until("Tarija has it", async () => (await tarija.api("GET", `/api/documents/${doc}`)).content.activities[activity]);
  await until("Tarija has its text", async () => (await tarija.api("GET", `/api/documents/${context}`)).id);
  const base = `/alianza/${circle}/programa/${doc}`;
  return { doc, line, activity, context, cell, base, history: `${base}/historia` };
}

/** What the page complained of; before signing in the node says so with a 401. */
const troubles = (page) => page.troubles.filter((one) => !/\b401\b/.test(one));

const bodyOf = async (node, doc) => (await node.api("GET", `/api/documents/${doc}`)).content.body;
const same = (node, doc, text) => until(`${node.city} has: ${text}`, async () => {
  const now = await bodyOf(node, doc);
  if (now !== text) throw new Error(now);
  return true;
});
const append = async (node, doc, text) => {
  const index = (await bodyOf(node, doc)).length;
  await node.api("PATCH", `/api/documents/${doc}`, { operations: [{ op: "splice", path: "/body", index, insert: text }] });
};

const FIRST = "El agua de la cuenca es escasa en verano.\nLos municipios la comparten desde hace décadas.";

export const shows = [
  {
    name: "history by city and day, and what was comes back as a new change (item 3)",
    async run(scene) {
      const { palencia, tarija } = scene;
      const { context, doc, history, activity } = await programme(scene, "Historia de la cuenca");
      await palencia.set(context, "/body", FIRST);
      await same(tarija, context, FIRST);
      await append(tarija, context, "\nTarija mide el caudal cada mes.");
      await tarija.set(doc, `/activities/${activity}/planned_end`, "2026-09-30");
      await same(palencia, context, `${FIRST}\nTarija mide el caudal cada mes.`);
      await append(palencia, context, " Palencia lo publica.");
      const whole = `${FIRST}\nTarija mide el caudal cada mes. Palencia lo publica.`;
      await same(tarija, context, whole);
      await tarija.set(context, "/body", "Borrado sin querer.");
      await same(palencia, context, "Borrado sin querer.");
      await settled(scene);
      const changesBefore = (await palencia.api("GET", `/api/documents/${context}/history`)).items.length;

      const [a, b] = [await scene.open(), await scene.open()];
      await Promise.all([signIn(a, palencia), signIn(b, tarija)]);
      await a.goto(palencia.url + history);
      const timeline = a.getByTestId("timeline");
      await timeline.getByText("Editora de Tarija").first().waitFor(SLOW);
      const day = new Intl.DateTimeFormat("es-ES", { dateStyle: "full" }).format(new Date());
      await timeline.getByRole("heading", { name: day }).first().waitFor(SLOW);
      const told = await timeline.innerText();
      for (const words of ["Palencia", "Tarija", "Editora de Palencia", "Contexto", "Datos del programa"]) assert.ok(told.includes(words), `${words}: ${told}`);

      // The date, from old to new, with the name of its field.
      const dates = timeline.getByRole("listitem").filter({ hasText: "Editora de Tarija" }).filter({ hasText: "Datos del programa" }).first();
      await dates.getByTestId("open-changes").click();
      const difference = dates.getByTestId("difference");
      await difference.getByText("Fin previsto", { exact: false }).waitFor(SLOW);
      assert.equal(await difference.locator("del").first().innerText(), "30 de junio de 2026");
      assert.equal(await difference.locator("ins").first().innerText(), "30 de septiembre de 2026");

      // The text: what was put in is underlined, what was taken out is struck, and both say so in words.
      const texts = timeline.getByRole("listitem").filter({ hasText: "Editora de Tarija" }).filter({ hasText: "Contexto" }).first();
      await texts.getByTestId("open-changes").click();
      await texts.locator("del").first().waitFor(SLOW);
      assert.match(await texts.locator("ins").allInnerTexts().then((all) => all.join(" ")), /Borrado sin querer/);
      assert.match(await texts.locator("del").first().textContent(), /\[quitado:/);
      assert.deepEqual(await breaches(a), []);
      await scene.picture(a, "history");

      // A version to look at, under its bar.
      const ours = timeline.getByRole("listitem").filter({ hasText: "Editora de Palencia" }).filter({ hasText: "Contexto" });
      await ours.first().getByTestId("open-changes").click();
      await ours.first().getByTestId("see-version").click();
      await a.getByTestId("version").getByText("Los municipios la comparten desde hace décadas.").waitFor(SLOW);
      assert.match(await a.getByTestId("version").innerText(), /Versión del \d/);
      assert.ok(!(await a.getByTestId("version").innerText()).includes("Borrado"));
      assert.deepEqual(await breaches(a), []);
      await scene.picture(a, "history-version");
      await a.getByTestId("back-to-today").click();
      await a.getByTestId("version").waitFor({ state: "detached", ...SLOW });

      // Brought back: on both cities, as a change more, and both go on writing after it.
      await texts.getByRole("button", { name: "Recuperar lo de antes: Contexto" }).click();
      const dialog = a.getByRole("dialog");
      await dialog.getByText("Tarija mide el caudal cada mes.", { exact: false }).first().waitFor(SLOW);
      assert.deepEqual(await breaches(a), []);
      await scene.picture(a, "history-restore");
      await a.getByTestId("restore-do").click();
      await dialog.waitFor({ state: "detached", ...SLOW });
      await Promise.all([same(palencia, context, whole), same(tarija, context, whole)]);
      await until("the page says who has it", async () => /recibido/i.test(await a.getByTestId("saving").innerText()));
      const items = (await palencia.api("GET", `/api/documents/${context}/history`)).items;
      assert.ok(items.length > changesBefore, "nothing left the history");
      await Promise.all([append(palencia, context, " Y Palencia sigue."), append(tarija, context, " Y Tarija también.")]);
      await settled(scene);
      const after = await bodyOf(palencia, context);
      assert.equal(await bodyOf(tarija, context), after);
      for (const words of [whole, " Y Palencia sigue.", " Y Tarija también."]) assert.ok(after.includes(words), after);
      // It is there in the page without loading again, and can be undone in the same way.
      const before = await ours.count();
      assert.ok(before >= 2, `the restored version is a line more: ${await timeline.innerText()}`);
      // One text alone.
      await a.getByTestId("history-of").selectOption({ label: "Contexto" });
      await until("only that text", async () => (await timeline.getByRole("listitem").filter({ hasText: "Datos del programa" }).count()) === 0);
      await ours.first().waitFor(SLOW);
      await b.goto(tarija.url + history);
      await b.getByTestId("timeline").getByText("Editora de Palencia").first().waitFor(SLOW);
      assert.deepEqual(troubles(a), []);
    },
  },
  {
    name: "the part of another city is read in the history, and only a proposal is offered (PB02)",
    async run(scene) {
      const { palencia, tarija, circle } = scene;
      const { doc, line, history } = await programme(scene, "Aportaciones");
      // Whoever leads a programme has its own contribution at once.
      const made = await until("the contribution is there", async () => (await palencia.api("GET", `/api/documents?circle=${circle}&kind=contribution`)).find((one) => one.parent === doc));
      await palencia.set(made.id, `/cells/${line}|2026|cash`, 100_000);
      await palencia.set(made.id, `/cells/${line}|2026|cash`, 250_000);
      await until("Tarija has it", async () => Object.values((await tarija.api("GET", `/api/documents/${made.id}`)).content.cells).includes(250_000));
      for (const [node, ours] of [[palencia, true], [tarija, false]]) {
        const page = await scene.open();
        await signIn(page, node);
        await page.goto(node.url + history);
        const group = page.getByTestId("timeline").getByRole("listitem").filter({ hasText: "Aportación de Palencia" }).first();
        await group.getByTestId("open-changes").click();
        await group.getByText("2.500,00", { exact: false }).first().waitFor(SLOW);
        if (!ours) {
          await group.getByText("Solo Palencia puede fijar su aportación. Puede enviarle una propuesta.").waitFor(SLOW);
          assert.equal(await group.getByRole("button", { name: /Recuperar/ }).count(), 0);
        }
        await group.getByTestId("see-version").click();
        await page.getByTestId("version").getByText("2.500,00", { exact: false }).waitFor(SLOW);
        assert.equal(await page.getByTestId("restore-version").count(), ours ? 1 : 0);
      }
    },
  },
  {
    name: "since the last visit: told until it is marked as seen, not before (item 3)",
    async run(scene) {
      const { palencia, tarija, circle } = scene;
      const { doc, context, activity, cell, base, history } = await programme(scene, "Visita");
      // More programmes than the home page always shows, all of them before this one.
      for (const title of ["Antes 1", "Antes 2", "Antes 3"]) await palencia.api("POST", "/api/documents", { circle, kind: "programme", fields: { title: { es: title } } });
      await palencia.set(context, "/body", FIRST);
      await same(tarija, context, FIRST);
      const a = await scene.open();
      await signIn(a, palencia);
      const item = (page) => page.getByRole("listitem").filter({ has: page.getByRole("link", { name: "Visita", exact: true }) }).last();
      await a.goto(`${palencia.url}/alianza/${circle}`);
      await item(a).getByText("Es su primera visita", { exact: false }).waitFor(SLOW);
      await item(a).getByTestId("mark-seen").click();
      await item(a).getByText("Nada nuevo desde su última visita", { exact: false }).waitFor(SLOW);

      for (const [year, amount] of [[2026, 300_000], [2027, 400_000]]) await tarija.set(doc, cell(year), amount);
      await tarija.set(doc, `/activities/${activity}/planned_end`, "2026-10-31");
      await append(tarija, context, " Todos los meses.\nUn párrafo nuevo.");
      await until("Palencia has it", async () => (await bodyOf(palencia, context)).includes("párrafo nuevo"));
      await settled(scene);

      // Reading, leaving and coming back mark nothing.
      const lines = ["Tarija cambió 2 cantidades y una fecha.", "Tarija cambió 2 párrafos."];
      await a.goto(palencia.url + base + "/identidad");
      for (const line of lines) await a.getByTestId("news").getByText(line).waitFor(SLOW);
      await a.getByTestId("sign-out").click();
      await a.getByTestId("user").waitFor(SLOW);
      await signIn(a, palencia);
      for (const line of lines) await item(a).getByText(line).waitFor(SLOW);
      await a.getByRole("link", { name: "Antes 1", exact: true }).waitFor(SLOW);
      await a.getByRole("link", { name: /^Ver también/ }).waitFor(SLOW);
      await scene.picture(a, "news-home");
      await a.goto(`${palencia.url}/alianza/${circle}`);
      for (const line of lines) await item(a).getByText(line).waitFor(SLOW);
      assert.match(await item(a).innerText(), /Desde su última visita \(\p{L}+, \d+:\d\d\)/u);
      assert.deepEqual(await breaches(a), []);
      await scene.picture(a, "news-alliance");

      await item(a).getByRole("link", { name: "Ver cambios: Contexto" }).click();
      const visit = a.getByTestId("visit");
      await visit.locator("ins").filter({ hasText: "Un párrafo nuevo." }).waitFor(SLOW);
      await a.waitForURL((url) => url.pathname === history && url.hash.startsWith("#visita-"));
      await a.reload();
      await visit.getByText("Tarija cambió 2 párrafos.").waitFor(SLOW);
      await scene.picture(a, "news-history");
      await visit.getByTestId("mark-seen").click();
      await visit.getByText("Nada nuevo desde su última visita", { exact: false }).waitFor(SLOW);
      await a.reload();
      await visit.getByText("Nada nuevo desde su última visita", { exact: false }).waitFor(SLOW);

      // What this person writes is no news to this person; another city's is, also after a restart of the node.
      await append(palencia, context, " Propio.");
      await palencia.stop();
      await palencia.start();
      await tarija.set(doc, cell(2026), 310_000);
      await until("Palencia has it", async () => JSON.stringify((await palencia.api("GET", `/api/documents/${doc}/news`)).documents).includes('"amounts":1'), 60_000);
      await a.goto(palencia.url + history);
      await visit.getByText("Tarija cambió una cantidad.").waitFor(SLOW);
      assert.equal(await visit.getByText("párrafo").count(), 0);
    },
  },
  {
    name: "who is in which programme is told in lists, arrivals and departures are said politely",
    async run(scene) {
      const { palencia, tarija, circle } = scene;
      const { doc, base } = await programme(scene, "Presencia");
      const [a, b] = [await scene.open(), await scene.open()];
      await Promise.all([signIn(a, palencia), signIn(b, tarija)]);
      await a.goto(`${palencia.url}/alianza/${circle}`);
      await a.getByRole("link", { name: "Presencia", exact: true }).waitFor(SLOW);
      await a.evaluate(() => {
        globalThis.said = [];
        const announcer = document.querySelector("[data-testid=announcer]");
        new MutationObserver(() => globalThis.said.push(announcer.textContent)).observe(announcer, { childList: true, characterData: true, subtree: true });
      });
      await b.goto(`${tarija.url}${base}/relatos`);
      const inside = a.getByTestId(`in-${doc}`);
      await inside.getByText("Editora de Tarija (Tarija)").waitFor(SLOW);
      await scene.picture(a, "presence-list");
      await until("the arrival is said", async () => (await a.evaluate(() => globalThis.said)).some((one) => one.includes("Editora de Tarija (Tarija) ha entrado")), 15_000);
      await b.getByRole("textbox", { name: /contexto/i }).first().click();
      await b.keyboard.type("Aquí escribo.");
      await b.goto(tarija.url);
      await inside.waitFor({ state: "detached", timeout: 20_000 });
      await until("the departure is said", async () => (await a.evaluate(() => globalThis.said)).some((one) => one.includes("ha salido")), 15_000);
      const said = await a.evaluate(() => globalThis.said);
      assert.ok(said.filter(Boolean).length <= 3, `typing and carets are not said: ${said}`);
      assert.deepEqual(await breaches(a), []);
    },
  },
  {
    name: "the history by keyboard, light and dark, in Spanish and English, wide and narrow",
    async run(scene) {
      const { palencia, tarija } = scene;
      const { context, history } = await programme(scene, "Teclado");
      await palencia.set(context, "/body", FIRST);
      await same(tarija, context, FIRST);
      await tarija.set(context, "/body", "Otra cosa.");
      await same(palencia, context, "Otra cosa.");
      for (const [name, options, width] of [["light", {}, 1280], ["dark", { colorScheme: "dark" }, 1280], ["narrow", {}, 390]]) {
        const a = await scene.open({ ...options, viewport: { width, height: 900 } });
        await signIn(a, palencia);
        await a.goto(palencia.url + history);
        const reach = async (what, most = 60) => {
          for (let n = 0; n < most; n++) {
            await a.keyboard.press("Tab");
            const found = await a.evaluate(() => document.activeElement?.getAttribute("aria-label") || document.activeElement?.textContent || "");
            if (what.test(found)) return found;
          }
          throw new Error(`not reached by keyboard: ${what}`);
        };
        await a.getByTestId("timeline").getByText("Editora de Tarija").first().waitFor(SLOW);
        await reach(/^Ver cambios: Contexto, .*Tarija/);
        await a.keyboard.press("Enter");
        await a.getByTestId("difference").first().locator("ins").first().waitFor(SLOW);
        await reach(/^Recuperar lo de antes: Contexto/);
        await a.keyboard.press("Enter");
        await a.getByRole("dialog").waitFor(SLOW);
        await a.keyboard.press("Escape");
        await a.getByRole("dialog").waitFor({ state: "detached", ...SLOW });
        assert.match(await a.evaluate(() => document.activeElement?.getAttribute("aria-label") ?? ""), /^Recuperar lo de antes/, "focus comes back");
        await reach(/^Ver «Contexto» en esta versión/);
        await a.keyboard.press("Enter");
        await a.getByTestId("version").waitFor(SLOW);
        await scene.picture(a, `history-version-${name}`);
        assert.deepEqual(await breaches(a), []);
        await reach(/^Volver a hoy/);
        await a.keyboard.press("Enter");
        await a.getByTestId("version").waitFor({ state: "detached", ...SLOW });
        await until("focus comes back", async () => /^Ver «Contexto»/.test(await a.evaluate(() => document.activeElement?.textContent ?? "")));
        await scene.picture(a, `history-${name}`);
        assert.deepEqual(await breaches(a), []);
        const sideways = await a.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.ok(sideways <= 0, `${name}: ${sideways} px wider than the window`);
        await a.getByTestId("language").selectOption("en");
        await a.getByRole("heading", { name: "Changes by day" }).waitFor(SLOW);
        assert.deepEqual(await breaches(a), []);
        await a.getByTestId("language").selectOption("es");
        assert.deepEqual(troubles(a), []);
      }
    },
  },
];
