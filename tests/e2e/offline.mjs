// Going on without a line (must-show 3 of the page, SY05–SY08): nothing that was typed is lost, and nothing is said to
// be saved before it is. Random moments come from a seed, printed when a run fails (ALIANZA_SEED to repeat it).

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { cpSync, readFileSync, writeFileSync } from "node:fs";
import { networkInterfaces } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { PASSWORD, settled, until } from "./nodes.mjs";
import { findings } from "./screens.mjs";

const SLOW = { timeout: 20_000 };

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

/** No finding of axe in light and dark, and a picture of each. */
async function looked(page, picture, name) {
  for (const scheme of ["light", "dark"]) {
    await page.emulateMedia({ colorScheme: scheme });
    await until("the colours have changed", () => page.evaluate(() => document.getAnimations().length === 0));
    assert.deepEqual(await findings(page), [], `${name}, ${scheme}`);
    await picture(page, `${name}-${scheme === "light" ? "claro" : "oscuro"}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
}

/** A page in a folder: the page inside the binary cannot be exchanged while it runs. */
async function builtPage(folder) {
  if (process.env.ALIANZA_PAGE) return path.resolve(process.env.ALIANZA_PAGE);
  const web = fileURLToPath(new URL("../../web/", import.meta.url));
  const dist = path.join(folder, "page-built");
  const env = { ...process.env, ALIANZA_WEB_OUT: dist, NODE_ENV: "production" };
  const run = (...words) => promisify(execFile)(process.execPath, words, { cwd: web, env });
  await run("node_modules/vite/bin/vite.js", "build");
  await run("compress.mjs", dist);
  return dist;
}

export const shows = [
  {
    name: "offline: the four levels are told one by one, and no more than is so (SY01, SY05–SY08)",
    async run(scene) {
      const { palencia, tarija, open, picture } = scene;
      await emptied(scene);
      const page = await open();
      await signIn(page, palencia);
      const field = await narrative(page, palencia, scene);
      await served(page);
      const panel = page.getByTestId("saving-panel");
      const details = async () => {
        await page.getByTestId("saving-more").click();
        await panel.waitFor(SLOW);
        return until("counted", async () => /copia/.test(await panel.innerText()) && (await panel.innerText()));
      };
      const closed = async () => {
        await page.keyboard.press("Escape");
        await panel.waitFor({ state: "detached", ...SLOW });
      };
      await level(page, "cities");
      assert.match(await saving(page).innerText(), /Guardado en Palencia\. Recibido por la otra ciudad\./);
      assert.match(await details(), /Recibido por Tarija\./);
      await looked(page, picture, "levels-received");
      await closed();
      await kill(tarija);
      try {
        await atEnd(field);
        await field.pressSequentially("Sin Tarija. ", { delay: 10 });
        await until("who lacks it, since when", async () => {
          const text = await saving(page).innerText();
          if (!/Guardado en Palencia\. Recibido por 0 de 1 ciudad\. Falta Tarija \(sin conexión desde las \d\d:\d\d\)\./.test(text)) throw new Error(text);
          return true;
        });
        assert.match(await details(), /Sin conexión con Tarija desde las \d\d:\d\d\. Puede seguir trabajando; los cambios se enviarán cuando vuelva\./);
        await looked(page, picture, "levels-lacking");
        await closed();
        await kill(palencia);
        await field.pressSequentially("Sin nadie. ", { delay: 10 });
        await until("kept here", async () => (await saving(page).innerText()).includes("Guardado en este equipo. Sin conexión."));
        const text = await details();
        assert.match(text, /Guardado en este equipo\. Falta enviar \d+ cambios\./);
        assert.match(text, /Falta que lleguen \d+ cambios a Palencia\./);
        assert.doesNotMatch(text, /Guardado en Palencia/);
        await looked(page, picture, "levels-offline");
        await closed();
        await page.getByTestId("banner-offline").waitFor(SLOW);
        await looked(page, picture, "offline-banner");
      } finally {
        if (!palencia.child) await palencia.start();
        if (!tarija.child) await tarija.start();
      }
      await level(page, "cities");
      await settled(scene);
    },
  },
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
  {
    name: "offline: two tabs of one person see each other, and what a closed one left is sent by the other",
    async run(scene) {
      const { palencia, open } = scene;
      const one = await open();
      one.on("dialog", (dialog) => dialog.accept());
      await emptied(scene);
      await signIn(one, palencia);
      const two = await another(one);
      const [left, right] = [await narrative(one, palencia, scene), await narrative(two, palencia, scene)];
      for (const field of [left, right]) await until("the fresh text", async () => (await valueOf(field)) === "Al principio. ");
      await served(one);
      await kill(palencia);
      try {
        await atEnd(left);
        await left.pressSequentially("De la primera. ", { delay: 10 });
        await until("the second sees it", async () => (await valueOf(right)) === "Al principio. De la primera. ");
        await atEnd(right);
        await right.pressSequentially("De la segunda. ", { delay: 10 });
        await until("the first sees it", async () => (await valueOf(left)) === "Al principio. De la primera. De la segunda. ");
        await Promise.all([left, right].map((field, i) => atEnd(field).then(() => field.pressSequentially(i ? "bbbb" : "aaaa", { delay: 5 }))));
        await until("kept", async () => (await saving(one).innerText()).includes("Guardado en este equipo."));
        const both = await until("equal", async () => {
          const [a, b] = [await valueOf(left), await valueOf(right)];
          if (a !== b || a.length !== "Al principio. De la primera. De la segunda. aaaabbbb".length) throw new Error(`${a} / ${b}`);
          return a;
        });
        await one.close();
        // The one that stays is loaded again as well: nothing depends on what it had in memory.
        await two.reload();
        const again = await shown(two);
        await until("all of it from this browser", async () => (await valueOf(again)) === both);
        scene.both = both;
      } finally {
        await palencia.start();
      }
      await until("all of it at the node, once", async () => {
        const { body } = (await palencia.api("GET", `/api/documents/${scene.context}`)).content;
        if (body !== scene.both) throw new Error(`${body} / ${scene.both}`);
        return true;
      }, 60_000);
      await level(two, "node", "cities");
      await settled(scene);
    },
  },
  {
    name: "offline: a browser that cannot keep anything says so in red, keeps the page open, and one goes on writing",
    async run(scene) {
      const { palencia, open, picture } = scene;
      await emptied(scene);
      for (const way of ["refused", "full"]) {
        const page = await open();
        await page.addInitScript((how) => {
          if (how === "refused") {
            IDBFactory.prototype.open = () => {
              throw new DOMException("no", "SecurityError");
            };
          }
          // Full from the moment the test says so, in the middle of the writing.
          const add = IDBObjectStore.prototype.add;
          const put = IDBObjectStore.prototype.put;
          const guard = (real) => function (...words) {
            if (globalThis.full) throw new DOMException("no room", "QuotaExceededError");
            return real.apply(this, words);
          };
          IDBObjectStore.prototype.add = guard(add);
          IDBObjectStore.prototype.put = guard(put);
          const set = Storage.prototype.setItem;
          Storage.prototype.setItem = guard(set);
        }, way);
        let asked = 0;
        page.on("dialog", (dialog) => {
          asked += 1;
          void dialog.dismiss();
        });
        await signIn(page, palencia);
        const field = await narrative(page, palencia, scene);
        await atEnd(field);
        await page.evaluate(() => (globalThis.full = true));
        await kill(palencia);
        try {
          await field.pressSequentially(`Sin sitio (${way}). `, { delay: 10 });
          await level(page, "unkept");
          const said = await saving(page).innerText();
          assert.match(said, /No se puede guardar en este equipo\. No cierre esta página\./);
          assert.doesNotMatch(said, /Guardado en|se guarda en este equipo/);
          assert.doesNotMatch(await page.locator("body").innerText(), /guardad[oa]s? en este equipo/i, "nowhere on the page");
          await field.pressSequentially("Y sigue. ", { delay: 10 });
          assert.ok((await valueOf(field)).endsWith(`Sin sitio (${way}). Y sigue. `), "the typing goes on");
          await looked(page, picture, `saving-unkept-${way}`);
          await page.evaluate(() => void setTimeout(() => location.reload(), 0));
          await until("it is asked before the page is left", async () => asked > 0);
        } finally {
          await palencia.start();
        }
        await atNode(palencia, scene, `Sin sitio (${way}). Y sigue. `);
        await level(page, "node", "cities");
        await page.context().close();
      }
    },
  },
  {
    name: "offline: leaving with unsent work says what becomes of it; another person sees nothing of it; it goes up at the next sign-in",
    async run(scene) {
      const { palencia, open, picture } = scene;
      await palencia.person("otra", "Otra persona").catch(() => {});
      await emptied(scene);
      const page = await open();
      await signIn(page, palencia);
      let field = await narrative(page, palencia, scene);
      await until("the fresh text", async () => (await valueOf(field)) === "Al principio. ");
      await served(page);
      await kill(palencia);
      try {
        await atEnd(field);
        await field.pressSequentially("Secreto sin enviar. ", { delay: 10 });
        await until("kept", async () => (await saving(page).innerText()).includes("Guardado en este equipo."));
        await page.getByTestId("sign-out").click();
        const question = page.getByTestId("sign-out-question");
        await question.waitFor(SLOW);
        assert.match(await question.innerText(), /cambios suyos todavía no han llegado.*quedan guardados en este equipo/s);
        await looked(page, picture, "sign-out-unsent");
        await page.getByTestId("sign-out-stay").click();
        assert.ok((await valueOf(field)).includes("Secreto sin enviar."), "staying changes nothing");
        await page.getByTestId("sign-out").click();
        await page.getByTestId("sign-out-anyway").click();
        await page.getByTestId("sign-in").waitFor(SLOW);
        assert.match(await page.getByTestId("leaving").innerText(), /Ha salido en este equipo/);
        await looked(page, picture, "signed-out-offline");
        // Nothing of the person is in this browser but what waits to be sent, and loading again does not bring her back.
        await page.reload();
        await page.getByTestId("sign-in").waitFor(SLOW);
        const left = await stores(page);
        assert.deepEqual([left.documents, left.chunks, left.answers], [0, 0, 0]);
        assert.ok(left.changes > 0, "what was not sent is still there");
      } finally {
        await palencia.start();
      }
      // The session is ended at the node before anybody else signs in.
      await until("the note goes", async () => (await page.getByTestId("leaving").count()) === 0);
      assert.equal(await page.evaluate(() => fetch("/api/session").then((answer) => answer.status)), 401);
      await fillIn(page, "otra");
      field = await narrative(page, palencia, scene);
      await until("the text of the node", async () => (await valueOf(field)) === "Al principio. ");
      assert.ok(!(await page.locator("body").innerText()).includes("Secreto"), "nothing of the first person");
      await page.getByTestId("sign-out").click();
      await page.getByTestId("sign-in").waitFor(SLOW);
      await fillIn(page);
      await atNode(palencia, scene, "Secreto sin enviar. ");
      await until("nothing waits any more", async () => (await stores(page)).changes === 0);
      await settled(scene);
    },
  },
  {
    name: "offline: a session that has ended meanwhile asks to sign in, and then everything goes up",
    async run(scene) {
      const { palencia, open } = scene;
      await emptied(scene);
      const page = await open();
      await signIn(page, palencia);
      let field = await narrative(page, palencia, scene);
      await until("the fresh text", async () => (await valueOf(field)) === "Al principio. ");
      await kill(palencia);
      await atEnd(field);
      await field.pressSequentially("Antes de caducar. ", { delay: 10 });
      await until("kept", async () => (await saving(page).innerText()).includes("Guardado en este equipo."));
      await page.context().clearCookies();
      await palencia.start();
      await page.getByTestId("sign-in").waitFor(SLOW);
      assert.match(await page.getByTestId("sign-in").innerText(), /Su sesión ha terminado\. Vuelva a entrar: lo que había escrito sigue aquí\./);
      await fillIn(page);
      await atNode(palencia, scene, "Antes de caducar. ");
      field = await shown(page);
      assert.equal(await valueOf(field), "Al principio. Antes de caducar. ");
      await settled(scene);
    },
  },
  {
    name: "offline: a newer page waits, changes over when asked, and loses nothing that was pending",
    async run(scene) {
      const { palencia, open, picture, folder } = scene;
      // A second build: the same page under another edition, in front of the same node.
      const { front } = await import("../../web/dev/front.mjs");
      const first = path.join(folder, "page-1");
      const second = path.join(folder, "page-2");
      const dist = await builtPage(folder);
      cpSync(dist, first, { recursive: true });
      cpSync(dist, second, { recursive: true });
      writeFileSync(path.join(second, "index.html"), readFileSync(path.join(second, "index.html"), "utf8").replace("<title>", '<meta name="edition" content="second" /><title>'));
      // The edition is a hash of all files: another page is another worker.
      const worker = readFileSync(path.join(second, "sw.js"), "utf8");
      const other = worker.replace(/(const EDITION = ")[0-9a-f]{16}/, "$1fedcba9876543210");
      assert.notEqual(other, worker);
      writeFileSync(path.join(second, "sw.js"), other);
      const server = await front({ node: `http://127.0.0.1:${palencia.page}`, port: 0, dist: first });
      const node = { ...palencia, url: `http://127.0.0.1:${server.address().port}` };
      try {
        await emptied(scene);
        const page = await open();
        page.on("dialog", (dialog) => dialog.accept());
        await signIn(page, node);
        const two = await another(page);
        let field = await narrative(page, node, scene);
        const right = await narrative(two, node, scene);
        await until("the fresh text", async () => (await valueOf(right)) === "Al principio. ");
        await served(page);
        await atEnd(field);
        await field.pressSequentially("Con la página vieja. ", { delay: 10 });
        assert.equal(await page.getByTestId("new-edition").count(), 0);
        // A city installs a newer binary: the node starts anew with another page, and ours sees it when it is back.
        await kill(palencia);
        server.wear(second);
        await palencia.start();
        await page.getByTestId("new-edition").waitFor(SLOW);
        await kill(palencia);
        assert.match(await page.getByTestId("new-edition").innerText(), /Hay una versión nueva de la página\.\s+Actualizar/);
        await looked(page, picture, "new-edition");
        await field.pressSequentially("Sin prisa. ", { delay: 10 });
        assert.equal(await page.locator('meta[name="edition"]').count(), 0, "it waits");
        await page.getByTestId("change-edition").click();
        await page.locator('meta[name="edition"]').waitFor({ state: "attached", ...SLOW });
        field = await shown(page);
        await until("everything is there", async () => (await valueOf(field)) === "Al principio. Con la página vieja. Sin prisa. ");
        // The other tab works on with the page it has, and is told.
        await two.getByTestId("new-edition").waitFor(SLOW);
        await atEnd(right);
        await right.pressSequentially("Desde la otra. ", { delay: 10 });
        await until("seen here", async () => (await valueOf(field)).endsWith("Desde la otra. "));
        await two.getByTestId("change-edition").click();
        await two.locator('meta[name="edition"]').waitFor({ state: "attached", ...SLOW });
        await palencia.start();
        await atNode(palencia, scene, "Con la página vieja. Sin prisa. Desde la otra. ");
        await settled(scene);
      } finally {
        if (!palencia.child) await palencia.start();
        server.close();
        server.closeAllConnections();
      }
    },
  },
  {
    name: "offline: what version 1 of the store held is kept and sent, and an older tab steps aside",
    async run(scene) {
      const { palencia, open } = scene;
      await emptied(scene);
      const page = await open();
      page.on("dialog", (dialog) => dialog.accept());
      await signIn(page, palencia);
      const field = await narrative(page, palencia, scene);
      await until("the fresh text", async () => (await valueOf(field)) === "Al principio. ");
      await kill(palencia);
      await atEnd(field);
      await field.pressSequentially("De la versión 1. ", { delay: 10 });
      await until("kept", async () => (await saving(page).innerText()).includes("Guardado en este equipo."));
      // The same changes as version 1 kept them, in a store of version 1; written from a page that runs nothing of ours.
      const tab = await another(page);
      const plain = await another(page);
      await page.close();
      await palencia.start();
      await plain.goto(`${palencia.url}/healthz`);
      assert.ok((await plain.evaluate(toVersion1)) > 0);
      // A page of version 1 that is open lets go when a newer one comes.
      await plain.evaluate(() => {
        const request = indexedDB.open("alianza", 1);
        request.onsuccess = () => {
          request.result.onversionchange = () => {
            request.result.close();
            globalThis.steppedAside = true;
          };
        };
      });
      await tab.goto(palencia.url + partOf(scene, "relatos"));
      await atNode(palencia, scene, "De la versión 1. ");
      assert.equal(await plain.evaluate(() => globalThis.steppedAside), true);
      // And ours lets go for a later one, says so, and goes on with the node.
      await plain.evaluate(() => new Promise((done) => {
        const request = indexedDB.open("alianza", 99);
        request.onsuccess = () => done(request.result.close());
      }));
      await tab.getByTestId("new-edition").waitFor(SLOW);
      assert.match(await tab.getByTestId("new-edition").innerText(), /Otra pestaña ya usa una versión nueva de la página/);
      const again = await shown(tab);
      await atEnd(again);
      await again.pressSequentially("Con la otra abierta. ", { delay: 10 });
      await atNode(palencia, scene, "Con la otra abierta. ");
      await settled(scene);
    },
  },
  {
    name: "offline: on plain http to an address of the network the page says what it cannot do, and does the rest",
    async run(scene) {
      const { palencia, open, picture } = scene;
      const address = Object.values(networkInterfaces()).flat().find((one) => one.family === "IPv4" && !one.internal)?.address;
      if (!address) return console.log("     (this machine has no address in a network)");
      const config = path.join(palencia.data, "config.toml");
      const before = readFileSync(config, "utf8");
      await emptied(scene);
      await palencia.stop();
      const changed = before
        .replace(/^page = .*$/m, `page = "${address}:${palencia.page}"`)
        .replace(/^allow_plain_http = .*$/m, "");
      writeFileSync(config, `allow_plain_http = true\n${changed}`);
      let server;
      const url = `http://${address}:${palencia.page}`;
      try {
        await palencia.start(url);
        let node = { ...palencia, url };
        if (process.env.ALIANZA_PAGE) {
          const { front } = await import("../../web/dev/front.mjs");
          server = await front({ node: url, port: 0, host: address, dist: path.resolve(process.env.ALIANZA_PAGE) });
          node = { ...palencia, url: `http://${address}:${server.address().port}` };
        }
        const page = await open();
        page.on("dialog", (dialog) => dialog.accept());
        await signIn(page, node);
        assert.equal(await page.evaluate(() => isSecureContext || "serviceWorker" in navigator || "locks" in navigator), false);
        assert.match(await page.getByTestId("banner-no-offline").innerText(), /Este equipo puede editar, pero no sin conexión\. Pida a informática instalar el certificado/);
        const field = await narrative(page, node, scene);
        await until("the fresh text", async () => (await valueOf(field)) === "Al principio. ");
        await looked(page, picture, "plain-http");
        const two = await another(page);
        const right = await narrative(two, node, scene);
        await atEnd(field);
        await field.pressSequentially("Sin candado. ", { delay: 10 });
        await until("the other tab sees it", async () => (await valueOf(right)).endsWith("Sin candado. "));
        await level(page, "node", "cities");
        // Unsent work survives there too: the page comes from the node again, the text from this browser.
        await kill(palencia);
        await field.pressSequentially("Sin nodo ni candado. ", { delay: 10 });
        await until("kept", async () => (await saving(page).innerText()).includes("Guardado en este equipo."));
        await page.close();
        await palencia.start(url);
        await until("the other tab has sent it", async () => {
          const answer = await fetch(`${url}/api/documents/${scene.context}`, { headers: { authorization: `Bearer ${palencia.token}` } });
          const { body } = (await answer.json()).content;
          if (!body.includes("Sin nodo ni candado. ")) throw new Error(body);
          return true;
        }, 60_000);
      } finally {
        server?.close();
        server?.closeAllConnections();
        await palencia.stop();
        writeFileSync(config, before);
        await palencia.start();
      }
      await settled(scene);
    },
  },
];

/** How much of each kind is in this browser's store. */
function stores(page) {
  return page.evaluate(async () => {
    const db = await new Promise((done, fail) => {
      const request = indexedDB.open("alianza");
      request.onsuccess = () => done(request.result);
      request.onerror = () => fail(request.error);
    });
    const out = {};
    for (const name of db.objectStoreNames) {
      out[name] = await new Promise((done) => {
        const request = db.transaction(name).objectStore(name).count();
        request.onsuccess = () => done(request.result);
      });
    }
    db.close();
    return out;
  });
}

/** In the browser: the outbox of now as version 1 of the store kept it; nothing else. Returns how many changes. */
async function toVersion1() {
  const opened = (request) => new Promise((done, fail) => {
    request.onsuccess = () => done(request.result);
    request.onerror = () => fail(request.error);
  });
  localStorage.clear();
  const now = await opened(indexedDB.open("alianza"));
  const rows = await opened(now.transaction("changes").objectStore("changes").getAll());
  now.close();
  await opened(indexedDB.deleteDatabase("alianza"));
  const request = indexedDB.open("alianza", 1);
  request.onupgradeneeded = () => {
    for (const name of ["changes", "drafts"]) {
      request.result.createObjectStore(name, { keyPath: "key", autoIncrement: true }).createIndex("who", "who");
    }
  };
  const old = await opened(request);
  const tx = old.transaction("changes", "readwrite");
  for (const { who, doc, hash, bytes } of rows) tx.objectStore("changes").add({ who, doc, hash, bytes });
  await new Promise((done) => (tx.oncomplete = done));
  old.close();
  return rows.length;
}
