// What is shown in the browser. Elements are found by role and label where a person would find them so, else by
// data-testid.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { PASSWORD, settled, until } from "./nodes.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const SLOW = { timeout: 20_000 };

export async function signIn(page, node) {
  await page.goto(node.url);
  await page.getByTestId("user").fill("editora");
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in-button").click();
  await page.getByTestId("sign-in").waitFor({ state: "detached", ...SLOW });
}

export const partOf = (scene, part) => `/alianza/${scene.circle}/programa/${scene.doc}/${part}`;

/** The text of a narrative: the long field of the part *relatos* that is labelled with its name. */
export async function narrative(page, node, scene) {
  await page.goto(node.url + partOf(scene, "relatos"));
  const field = page.getByRole("textbox", { name: /contexto/i }).first();
  await field.waitFor(SLOW);
  return field;
}

/** What is written in a field; of a narrative, one line a block, without what only the browser needs. */
export const valueOf = (field) =>
  field.evaluate((one) => {
    if ("value" in one) return one.value;
    return [...one.querySelectorAll("p, h4, h5, li, blockquote, .block-other")]
      .map((block) =>
        [...block.childNodes].map((node) => (node.nodeName === "BR" && !node.className ? "\n" : node.textContent)).join(""),
      )
      .join("\n");
  });

/** Serious and critical breaches that axe finds; evaluated outside the page's own policy. */
export async function breaches(page) {
  await page.evaluate(axe);
  const found = await page.evaluate(() =>
    globalThis.axe.run(document, { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"] }),
  );
  return found.violations
    .filter((one) => ["serious", "critical"].includes(one.impact))
    .map((one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html).slice(0, 3).join(" ")}`);
}

export const shows = [
  {
    name: "a wrong password is told in a sentence, the right one opens the page",
    async run(scene) {
      const page = await scene.open();
      await page.goto(scene.palencia.url);
      await page.getByTestId("user").fill("editora");
      await page.getByTestId("password").fill("no es esta la buena");
      await page.getByTestId("sign-in-button").click();
      await page.getByTestId("problem").first().waitFor(SLOW);
      assert.match(await page.getByTestId("problem").first().innerText(), /\p{L}{3,}/u);
      assert.deepEqual(await breaches(page), []);
      await scene.picture(page, "sign-in");
      await signIn(page, scene.palencia);
      await page.getByText("Alianza Bolivia").first().waitFor(SLOW);
      await scene.picture(page, "home");
    },
  },
  {
    name: "two cities are signed in at once in one browser",
    async run(scene) {
      const page = await scene.open();
      await signIn(page, scene.palencia);
      const other = await page.context().newPage();
      other.troubles = [];
      await signIn(other, scene.tarija);
      await page.reload();
      await page.getByText("Alianza Bolivia").first().waitFor(SLOW);
      await other.reload();
      await other.getByText("Alianza Bolivia").first().waitFor(SLOW);
    },
  },
  {
    name: "two browsers on two cities write in one paragraph at once (show 8)",
    async run(scene) {
      const [a, b] = [await scene.open(), await scene.open()];
      await Promise.all([signIn(a, scene.palencia), signIn(b, scene.tarija)]);
      const [left, right] = await Promise.all([narrative(a, scene.palencia, scene), narrative(b, scene.tarija, scene)]);
      await left.click();
      await left.pressSequentially("El río. ", { delay: 20 });
      await until("the other city sees the beginning", async () => (await valueOf(right)).includes("El río. "));
      const [ours, theirs] = ["Palencia escribe desde el principio. ", "Tarija escribe al final."];
      await left.press("Control+Home");
      await right.click();
      await right.press("Control+End");
      await Promise.all([left.pressSequentially(ours, { delay: 25 }), right.pressSequentially(theirs, { delay: 25 })]);
      const text = await until("both pages read the same", async () => {
        const [one, other] = await Promise.all([valueOf(left), valueOf(right)]);
        if (one !== other) throw new Error(`${one} / ${other}`);
        return one.includes(ours.trim()) && one.includes(theirs) && one;
      });
      assert.ok(text.includes("El río."), text);
      await settled(scene);
      for (const node of [scene.palencia, scene.tarija]) {
        const view = await node.api("GET", `/api/documents/${scene.context}`);
        assert.equal(view.content.body, text, node.city);
      }
      await a.reload();
      const again = await narrative(a, scene.palencia, scene);
      await until("the text is there after loading again", async () => (await valueOf(again)) === text);
      await scene.picture(a, "narratives-palencia");
      await scene.picture(b, "narratives-tarija");
    },
  },
  {
    name: "the caret stays where it is while another city writes before it",
    async run(scene) {
      const [a, b] = [await scene.open(), await scene.open()];
      await Promise.all([signIn(a, scene.palencia), signIn(b, scene.tarija)]);
      const [left, right] = await Promise.all([narrative(a, scene.palencia, scene), narrative(b, scene.tarija, scene)]);
      await left.click();
      await left.press("Control+End");
      await left.pressSequentially(" [aquí]", { delay: 10 });
      await until("seen", async () => (await valueOf(right)).includes("[aquí]"));
      await right.click();
      await right.press("Control+Home");
      await right.pressSequentially("Antes. ", { delay: 10 });
      await until("seen", async () => (await valueOf(left)).startsWith("Antes. "));
      await left.pressSequentially("!", { delay: 10 });
      await until("after the mark", async () => (await valueOf(left)).endsWith("[aquí]!"));
    },
  },
  {
    name: "who is here is shown, and what is saved where",
    async run(scene) {
      const [a, b] = [await scene.open(), await scene.open()];
      await Promise.all([signIn(a, scene.palencia), signIn(b, scene.tarija)]);
      const [left] = await Promise.all([narrative(a, scene.palencia, scene), narrative(b, scene.tarija, scene)]);
      await a.getByTestId("presence").getByText("Tarija").first().waitFor(SLOW);
      await left.click();
      await left.press("Control+End");
      await left.pressSequentially(" Guardado.", { delay: 10 });
      await until("received by the other city", async () => /recibido/i.test(await a.getByTestId("saving").innerText()));
      // With the partner away the sentence says who lacks it.
      await scene.tarija.stop();
      try {
        await left.pressSequentially(" Sin Tarija.", { delay: 10 });
        await until("who lacks it is named", async () => {
          const text = await a.getByTestId("saving").innerText();
          if (!/falta/i.test(text) || !text.includes("Tarija")) throw new Error(text);
          return true;
        });
        await scene.picture(a, "saving-without-partner");
      } finally {
        await scene.tarija.start();
      }
      await until("received again", async () => {
        const text = await a.getByTestId("saving").innerText();
        if (/falta/i.test(text)) throw new Error(text);
        return /recibido/i.test(text);
      }, 60_000);
    },
  },
  {
    name: "what is written while the own node is away is kept and handed over",
    async run(scene) {
      const a = await scene.open();
      await signIn(a, scene.palencia);
      const field = await narrative(a, scene.palencia, scene);
      await scene.palencia.stop();
      await field.click();
      await field.press("Control+End");
      await field.pressSequentially(" Sin nodo.", { delay: 10 });
      await until("the page says so", async () => /equipo|conexión/i.test(await a.getByTestId("saving").innerText()));
      await scene.palencia.start();
      await until("handed over", async () => {
        const view = await scene.palencia.api("GET", `/api/documents/${scene.context}`);
        if (!view.content.body.includes(" Sin nodo.")) throw new Error(view.content.body);
        return true;
      }, 60_000);
      await settled(scene);
    },
  },
  {
    name: "two values of a cell and of a date are shown, and a person decides (show 9)",
    async run(scene) {
      const { palencia, tarija, doc, cell } = scene;
      const date = `/activities/${scene.activity}/planned_end`;
      await tarija.stop();
      await palencia.set(doc, cell, 1_000_000);
      await palencia.set(doc, date, "2026-08-31");
      await palencia.stop();
      await tarija.start();
      await tarija.set(doc, cell, 1_200_000);
      await tarija.set(doc, date, "2026-10-31");
      await palencia.start();
      await settled(scene);

      const a = await scene.open();
      await signIn(a, palencia);
      const budget = async () => {
        await a.goto(palencia.url + partOf(scene, "presupuesto"));
        await a.getByTestId("funder-Diputación").check(SLOW);
      };
      await budget();
      const box = a.locator('[data-testid^="conflict-"]').first();
      await box.waitFor(SLOW);
      const shown = await box.innerText();
      assert.match(shown, /10\.000,00/);
      assert.match(shown, /12\.000,00/);
      assert.match(shown, /Palencia/);
      assert.match(shown, /Tarija/);
      assert.match(await a.locator("main").innerText(), /provisional/i);
      await scene.picture(a, "conflict-cell");
      assert.deepEqual(await breaches(a), []);
      await a.goto(`${palencia.url}${partOf(scene, "avisos")}`);
      await a.getByText("Hay 2 datos con más de un valor a la vez", { exact: false }).first().waitFor(SLOW);
      await scene.picture(a, "notices");

      await budget();
      await box.getByRole("button", { name: /12\.000,00/ }).click();
      await box.waitFor({ state: "detached", ...SLOW });
      await a.goto(palencia.url + partOf(scene, "actividades"));
      const dates = a.locator('[data-testid^="conflict-"]').first();
      await dates.waitFor(SLOW);
      await scene.picture(a, "conflict-date");
      await dates.getByRole("button").first().click();
      await dates.waitFor({ state: "detached", ...SLOW });
      await until("decided on both nodes", async () => {
        for (const node of [palencia, tarija]) {
          const view = await node.api("GET", `/api/documents/${doc}`);
          if (view.conflicts.length > 0 || view.messages.some((one) => one.code === "PR07")) throw new Error(JSON.stringify(view.conflicts));
          assert.equal(view.content.budget_lines[scene.line].cells[`ext:${scene.funder}|2026|cash`], 1_200_000);
        }
        return true;
      });
    },
  },
  {
    name: "no screen has a serious breach of accessibility, none breaks its own policy",
    async run(scene) {
      const a = await scene.open();
      await signIn(a, scene.palencia);
      const screens = ["/", "/personas", "/borradores", `/alianza/${scene.circle}`];
      for (const part of ["identidad", "marco", "actividades", "presupuesto", "gestion", "relatos", "avisos"]) screens.push(partOf(scene, part));
      const found = [];
      const visit = async (where, size) => {
        await a.goto(scene.palencia.url + where);
        await a.locator("main h1").first().waitFor(SLOW);
        if (where.includes("/programa/")) await a.locator('[data-testid^="part-"]').first().waitFor(SLOW);
        const last = where.split("/").at(-1);
        const name = where === "/" ? "home" : last === scene.circle ? "alianza" : last;
        await scene.picture(a, `${size}-${name}`);
        const sideways = await a.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        if (sideways > 0) found.push(`${where} (${size}): ${sideways} px wider than the window`);
      };
      for (const where of screens) {
        await visit(where, "screen");
        for (const one of await breaches(a)) found.push(`${where}: ${one}`);
      }
      const policy = a.troubles.filter((one) => /content security policy|refused to/i.test(one));
      assert.deepEqual(policy, []);
      await a.setViewportSize({ width: 390, height: 800 });
      for (const where of ["/", partOf(scene, "relatos"), partOf(scene, "presupuesto")]) await visit(where, "narrow");
      assert.deepEqual(found, []);
    },
  },
];
