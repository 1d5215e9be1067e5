// The browser suite: two cities' pages in Debian's Chromium, against the release binary. `node run.mjs [part of a name]`
// Pictures go to screens/. Ends with "N passed, N failed, N skipped".

import { existsSync, mkdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { shows as editor } from "./editor.mjs";
import { shows as hostile } from "./hostile.mjs";
import { stage } from "./nodes.mjs";
import { shows as offline } from "./offline.mjs";
import { shows as programme } from "./programme.mjs";
import { shows as screens } from "./screens.mjs";
import { shows as main } from "./shows.mjs";
import { shows as tls } from "./tls.mjs";
import { shows as together } from "./together.mjs";

// One line per file of shows; each exports a list of {name, run}.
const shows = [
  ...main,
  ...editor,
  ...screens,
  ...programme,
  ...hostile,
  ...offline,
  ...tls,
  ...together,
];

const here = path.dirname(fileURLToPath(import.meta.url));
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const wanted = process.argv[2] ?? "";
const counts = { passed: 0, failed: 0, skipped: 0 };

function end() {
  console.log(`# pass ${counts.passed}\n# fail ${counts.failed}\n# skipped ${counts.skipped}`);
  console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);
  process.exitCode = counts.failed === 0 ? 0 : 1;
}

const chosen = shows.filter((show) => show.name.includes(wanted));
if (!existsSync(executablePath)) {
  counts.skipped = chosen.length;
  console.log(`SKIPPED: no browser at ${executablePath}: nothing was tried in a browser`);
  end();
} else {
  mkdirSync(path.join(here, "screens"), { recursive: true });
  const scene = await stage();
  // What a show started for those after it.
  const endings = [];
  const atEnd = (work) => endings.push(work);
  const browser = await chromium.launch({
    executablePath,
    // As in a town hall here: dates and file fields speak Spanish.
    env: { ...process.env, LANGUAGE: "es" },
    args: ["--lang=es-ES", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
  });
  try {
    for (const show of chosen) {
      // Each city's person in a browser of their own.
      const contexts = [];
      const open = async (options = {}) => {
        const context = await browser.newContext({ locale: "es-ES", viewport: { width: 1280, height: 900 }, ...options });
        contexts.push(context);
        const page = await context.newPage();
        page.troubles = [];
        page.on("pageerror", (error) => page.troubles.push(String(error)));
        page.on("console", (message) => {
          if (message.type() === "error") page.troubles.push(message.text());
        });
        return page;
      };
      const started = Date.now();
      try {
        await show.run({ ...scene, browser, atEnd, open, picture: (page, name) => page.screenshot({ path: path.join(here, "screens", `${name}.png`), fullPage: true }) });
        counts.passed += 1;
        console.log(`ok   ${show.name} (${Date.now() - started} ms)`);
      } catch (error) {
        counts.failed += 1;
        console.log(`FAIL ${show.name}\n     ${String(error.stack ?? error).replaceAll("\n", "\n     ")}`);
        let n = 0;
        for (const context of contexts) {
          for (const page of context.pages()) {
            n += 1;
            await page.screenshot({ path: path.join(here, "screens", `failed-${counts.failed}-${n}.png`) }).catch(() => {});
            if (page.troubles.length > 0) console.log(`     the page said: ${page.troubles.join(" | ")}`);
          }
        }
      } finally {
        await Promise.all(contexts.map((context) => context.close()));
      }
    }
  } finally {
    await browser.close();
    await Promise.all(endings.map((work) => work()));
    await scene.end();
  }
  end();
}
