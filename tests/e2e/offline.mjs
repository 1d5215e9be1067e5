// Going on without a line (must-show 3 of the page, SY05–SY08): nothing that was typed is lost, and nothing is said to
// be saved before it is. Random moments come from a seed, printed when a run fails (ALIANZA_SEED to repeat it).

import assert from "node:assert/strict";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { spawn, execFileSync } from "node:child_process";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { PASSWORD, settled, until } from "./nodes.mjs";

const SLOW = { timeout: 20_000 };
const web = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../../web");

const partOf = (scene, part) => `/alianza/${scene.circle}/programa/${scene.doc}/${part}`;
const valueOf = (field) => field.evaluate((one) => ("value" in one ? one.value : one.innerText));

function seeded(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

async function fillIn(page, user = "editora") {
  await page.getByTestId("user").fill(user);
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in-button").click();
  await page.getByTestId("sign-in").waitFor({ state: "detached", ...SLOW });
}

async function signIn(page, node, user = "editora") {
  await page.goto(node.url);
  await fillIn(page, user);
}

/** The narrative that is being written, once the page shows it. */
async function shown(page) {
  const field = page.getByRole("textbox", { name: /contexto/i }).first();
  await field.waitFor(SLOW);
  return field;
}

async function narrative(page, node, scene) {
  await page.goto(node.url + partOf(scene, "relatos"));
  return shown(page);
}

/** The page can be opened without a line: its files are here. */
async function served(page) {
  await page.evaluate(() => navigator.serviceWorker.ready.then(() => true));
}

async function atEnd(field) {
  await field.click();
  await field.press("Control+End");
}

const saving = (page) => page.getByTestId("saving");
const level = (page, ...wanted) =>
  until(`saving: ${wanted}`, async () => {
    const now = await saving(page).getAttribute("data-level");
    if (!wanted.includes(now)) throw new Error(now);
    return true;
  });

/** Tabs count as one computer's only in one context. */
async function another(page) {
  const tab = await page.context().newPage();
  tab.troubles = page.troubles;
  tab.on("dialog", (dialog) => dialog.accept());
  return tab;
}

async function atNode(node, scene, text, timeout = 60_000) {
  await until(`${node.city} has «${text}»`, async () => {
    const { body } = (await node.api("GET", `/api/documents/${scene.context}`)).content;
    if (body.split(text).length !== 2) throw new Error(body);
    return true;
  }, timeout);
}

/** A fresh, empty text for a show of its own. */
async function emptied(scene) {
  await scene.palencia.set(scene.context, "/body", "Al principio. ");
}

async function kill(node) {
  node.child.kill("SIGKILL");
  await node.ended;
  node.child = undefined;
}

export const shows = [
  {
    name: "offline: the node is killed under the tab, the page loaded again without it, and nothing typed is lost (show 3)",
    async run(scene) {
      const { palencia, open, picture } = scene;
      const page = await open();
      page.on("dialog", (dialog) => dialog.accept());
      await signIn(page, palencia);
      let field = await narrative(page, palencia, scene);
      await emptied(scene);
      await until("the fresh text", async () => (await valueOf(field)) === "Al principio. ");
      await served(page);
      await atEnd(field);
      await field.pressSequentially("Antes de caer. ", { delay: 15 });
      await kill(palencia);
      try {
        await field.pressSequentially("Sin nodo. ", { delay: 15 });
        await level(page, "offline");
        assert.match(await saving(page).innerText(), /Sin conexión\. Lo que escriba se guarda en este equipo y se enviará al volver\./);
        await until("kept here", async () => (await saving(page).innerText()).includes("Guardado en este equipo."));
        await page.reload();
        field = await shown(page);
        assert.equal(await valueOf(field), "Al principio. Antes de caer. Sin nodo. ");
        await page.getByTestId("banner-offline").waitFor(SLOW);
        assert.match(await page.getByTestId("banner-offline").innerText(), /Sin conexión\. Datos de las \d\d:\d\d\./);
        await atEnd(field);
        await field.pressSequentially("Tras recargar. ", { delay: 15 });
        await until("kept here", async () => (await saving(page).innerText()).includes("Guardado en este equipo."));
        await picture(page, "offline-reloaded");
        // Every screen of what was opened is there, from this browser.
        await page.goto(palencia.url);
        await page.getByText("Alianza Bolivia").first().click();
        await page.getByText("Cuenca del Guadalquivir").first().click();
        await page.getByTestId("part-identity").waitFor(SLOW);
        field = await narrative(page, palencia, scene);
        assert.equal(await valueOf(field), "Al principio. Antes de caer. Sin nodo. Tras recargar. ");
      } finally {
        await palencia.start();
      }
      await atNode(palencia, scene, "Antes de caer. Sin nodo. Tras recargar. ");
      await level(page, "node", "cities");
      await until("the banner goes", async () => (await page.getByTestId("banner-offline").count()) === 0);
      await settled(scene);
    },
  },
  {
    name: "offline: loaded again at ten random moments of an editing run, nothing typed is lost (show 3)",
    async run(scene) {
      const { palencia, open } = scene;
      const seed = Number(process.env.ALIANZA_SEED ?? Date.now() % 1_000_000);
      const random = seeded(seed);
      const page = await open();
      page.on("dialog", (dialog) => dialog.accept());
      try {
        await emptied(scene);
        await signIn(page, palencia);
        let field = await narrative(page, palencia, scene);
        await until("the fresh text", async () => (await valueOf(field)) === "Al principio. ");
        await served(page);
        let typed = "Al principio. ";
        for (let moment = 0; moment < 10; moment++) {
          // The line goes at a random key, or is gone already; the page is loaded again in the middle of the typing.
          if (random() < 0.6) await (palencia.child ? kill(palencia) : palencia.start());
          await atEnd(field);
          const words = `${moment}: ${"palabra ".repeat(1 + Math.floor(random() * 3))}`;
          const upTo = 1 + Math.floor(random() * words.length);
          for (const [i, key] of [...words.slice(0, upTo)].entries()) {
            if (palencia.child && random() < 0.02) await kill(palencia);
            await page.keyboard.press(key === " " ? "Space" : key, i % 5 ? {} : { delay: Math.floor(random() * 20) });
            typed += key;
          }
          await page.reload();
          field = await shown(page);
          await until(`moment ${moment}: the text is there`, async () => {
            const text = await valueOf(field);
            if (text !== typed) throw new Error(`${text} / ${typed}`);
            return true;
          }, 15_000);
        }
        if (!palencia.child) await palencia.start();
        await until("at the node", async () => {
          const { body } = (await palencia.api("GET", `/api/documents/${scene.context}`)).content;
          if (body !== typed) throw new Error(`${body} / ${typed}`);
          return true;
        }, 60_000);
      } catch (error) {
        error.message += ` (ALIANZA_SEED=${seed})`;
        throw error;
      } finally {
        if (!palencia.child) await palencia.start();
      }
      await settled(scene);
    },
  },
];
