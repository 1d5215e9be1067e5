// S21, show 6: a thousand texts that want to be more than text, in every text, name, title and code, opened on every
// screen of two cities. Nothing runs, no policy is broken, nothing is fetched from outside, and each is shown as text.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { hostileNarrative, writeRaw } from "./hostile-tab.mjs";
import { Node, PASSWORD, until } from "./nodes.mjs";
import { ADDRESSES, HIDDEN, own, variants } from "./payloads.mjs";
import { routes } from "./routes.mjs";

const COUNT = 1_000;
const CITY_A = `Palencia"><img src=x onerror=alert(1),self.ran=1>`;
const CITY_B = `Tarija طريق<script>alert(1),self.ran=1</script>`;
const PERSON = `'"><svg onload=alert(1),self.ran=1>Ana\u202e Ruiz\u200b`;
const OFFICE = `<a href="javascript:alert(1),self.ran=1">Cooperación</a>\u2066`;
const ALLIANCE = `</title><script>alert(1),self.ran=1</script>Alianza\u202e`;
const TITLE = `"><iframe srcdoc="<script>parent.ran=1</script>"></iframe>Plan\u202e`;

/** Two cities with hostile names, people, alliance and programme. */
async function stage() {
  const folder = mkdtempSync(path.join(tmpdir(), "alianza-hostile-"));
  const nodes = [];
  const end = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    for (const { clothes } of nodes) clothes?.close(), clothes?.closeAllConnections();
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const [city, name] of [[CITY_A, "una"], [CITY_B, "otra"]]) nodes.push(await Node.make(path.join(folder, name), city, { name: PERSON, office: OFFICE }));
    const [a, b] = nodes;
    const circle = (await a.json("alliance", "create", ALLIANCE)).id;
    const { link } = await a.json("invite", "create", "--circle", circle, "--role", "partner");
    await b.command("join", link);
    await until("the other city has answered", async () => (await a.api("GET", `/api/alliances/${circle}/invitations`)).some((one) => one.accepts.length > 0));
    const [{ accepts }] = (await a.api("GET", `/api/alliances/${circle}/invitations`)).filter((one) => one.accepts.length > 0);
    await a.api("POST", `/api/alliances/${circle}/admit`, { accept: accepts[0].id });
    await until("it is a member", async () => (await b.api("GET", "/api/status")).alliances[0]?.standing === "active");
    await a.api("POST", `/api/alliances/${circle}/invitations`, { role: "partner", hours: 24, note: TITLE });
    const doc = await fill(a, circle);
    const { sections } = (await a.api("GET", `/api/documents/${doc}`)).content;
    await writeRaw(a, sections.justification, hostileNarrative(ADDRESSES));
    await until("the other city has it all", async () => {
      const [one, other] = await Promise.all([a, b].map(async (node) => (await node.api("GET", "/api/status")).alliances[0].state_root));
      return one === other;
    }, 60_000);
    return { a, b, circle, doc, end };
  } catch (error) {
    await end();
    throw error;
  }
}

/** A programme whose every text is a payload. Long texts take several, one to a line, so that all find a place. */
async function fill(node, circle) {
  const all = variants(COUNT);
  let at = 0;
  const placed = [];
  const next = () => {
    const one = all[at++ % COUNT];
    placed.push(one);
    return one;
  };
  const long = () => Array.from({ length: 10 }, next).join("\n");
  const { city8 } = (await node.api("GET", "/api/status")).city;
  const made = await node.api("POST", "/api/documents", {
    circle,
    kind: "programme",
    fields: {
      code: next(), title: { es: TITLE, en: next() }, default_currency: "EUR", lead_city: city8, period_start: "2026-01-01", period_end: "2027-12-31", general_objective: long(),
      partners: { [`${city8}/role`]: "lead", [`${city8}/status`]: "accepted" },
      visibility_plan: long(), context: long(), justification: long(), sustainability: long(), gender: long(),
    },
  });
  const doc = made.id;
  const add = async (collection, fields) => node.add(doc, `/${collection}`, fields);
  const objective = await add("specific_objectives", { code: next(), text: long(), assumptions: long() });
  let activity;
  for (let i = 0; i < 5; i++) {
    const result = await add("results", { so_id: objective, code: next(), text: long(), assumptions: long(), iati_type: next(), product_type: next() });
    for (let j = 0; j < 2; j++) {
      await add("indicators", { level_id: result, code: next(), text: long(), measure: next(), unit: next(), baseline_comment: long(), verification_source: long(), baseline_value: next() });
      activity = await add("activities", { result_id: result, code: next(), text: long(), kind: "mission", lead_city: city8, planned_start: "2026-03-01", planned_end: "2026-06-30", status: "planned", progress_pct: 0, language: next() });
    }
  }
  for (let i = 0; i < 8; i++) {
    const line = await add("budget_lines", { code: next(), title: long(), category: next(), activity_id: activity, direct: true, note: long() });
    const financier = await add("financiers", { name: next(), type: next(), status: "requested" });
    await node.set(doc, `/budget_lines/${line}/cells/ext:${financier}|2026|cash`, 500_000 + i);
    await add("risks", { code: next(), text: long(), mitigation: long(), prob: 4, impact: 4, owner: next() });
    await add("beneficiaries", { group: next(), women: 1 });
    await add("management_split", { function: next(), city: city8 });
    await add("staff", { position: next(), city: city8, person_ref: next() });
  }
  assert.ok(new Set(placed).size === COUNT, `${new Set(placed).size} of ${COUNT} payloads found a place`);
  return doc;
}

async function watched(scene, node) {
  const page = await scene.open();
  page.setDefaultTimeout(30_000);
  page.alarms = [];
  page.on("dialog", (dialog) => {
    page.alarms.push(`a dialog: ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on("console", (message) => {
    if (/content security policy|trusted ?type/i.test(message.text())) page.alarms.push(`policy: ${message.text()}`);
  });
  page.on("request", (request) => {
    if (!request.url().startsWith(node.url) && !request.url().startsWith("blob:")) page.alarms.push(`asked for ${request.url()}`);
  });
  page.on("frameattached", () => page.alarms.push("a frame"));
  page.on("download", () => page.alarms.push("a download"));
  page.on("pageerror", (error) => page.alarms.push(`error: ${error}`));
  await page.addInitScript(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (event) => globalThis.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
  });
  await page.goto(node.url);
  await page.getByTestId("user").fill("editora");
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in-button").click();
  await page.locator(".alliance-block").first().waitFor();
  return page;
}

/** What should not be there. Runs in the page. */
function intruders(hidden) {
  const wrong = [];
  if (globalThis.ran !== undefined) wrong.push("a script ran");
  wrong.push(...globalThis.violations.map((one) => `policy: ${one}`));
  for (const one of document.querySelectorAll("iframe, object, embed, base, form[action], meta[http-equiv], math, animate, foreignObject, template, portal, marquee, img:not([src^='/']), link:not([rel=icon], [rel=stylesheet], [rel=modulepreload], [rel=manifest])")) {
    wrong.push(`an element: ${one.outerHTML.slice(0, 120)}`);
  }
  for (const one of document.querySelectorAll("script")) if (!one.src.startsWith(`${location.origin}/`)) wrong.push(`a script: ${one.outerHTML.slice(0, 120)}`);
  for (const one of document.querySelectorAll("*")) {
    for (const { name, value } of one.attributes) {
      if (name.startsWith("on")) wrong.push(`a handler: ${one.tagName} ${name}`);
      // In a narrative people may link to the web; such a link says whose it is not.
      const outward = /^(https?:\/\/|mailto:)/i.test(value) && /noopener/.test(one.rel) && one.closest("[contenteditable], .narrative");
      if (/^(href|src|action|formaction|xlink:href)$/.test(name) && !outward && !/^(\/|#|blob:|\.)/.test(value) && !value.startsWith(`${location.origin}/`)) wrong.push(`an address: ${one.tagName} ${name}=${value.slice(0, 80)}`);
    }
  }
  // In what is read, not in what is being written: nothing hides.
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const { data, parentElement } = walker.currentNode;
    if (parentElement?.closest("textarea, [contenteditable], script, style")) continue;
    // A balanced isolate is the page's own: it keeps a right-to-left name to itself.
    const bare = data.replace(/\u2068([^\u2066-\u2069]*)\u2069/g, "$1");
    const found = hidden.find((one) => bare.includes(one));
    if (found) wrong.push(`hidden U+${found.codePointAt(0).toString(16)} in «${data.slice(0, 60)}»`);
  }
  return wrong;
}

/** A file of amounts whose name, codes, titles, financiers and amounts are payloads; its preview is looked at. */
async function bringFile(page, node, where) {
  await page.goto(node.url + where);
  await page.getByTestId("import-file").waitFor();
  const cell = (text) => `"${text.replaceAll('"', '""').replaceAll("\0", "")}"`;
  const rows = own.map((text, i) => [text, text, text, i % 3 ? "Diputación" : text, i % 5 ? "2026" : text, i % 4 ? "efectivo" : text, i % 2 ? text : "10", "EUR"].map(cell).join(";"));
  const file = ["linea;partida;actividad;financiador;anualidad;modalidad;importe;moneda", ...rows].join("\r\n");
  const name = `"><img src=x onerror=alert(1),self.ran=1>\u202e.csv`;
  await page.getByTestId("import-file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(file) });
  await page.getByTestId("import-preview").waitFor();
  assert.ok((await page.getByTestId("import-preview").innerText()).includes(name.replace("\u202e", "‹U+202E›")));
}

export const shows = [
  {
    name: "hostile: a thousand payloads in every text and name of two cities stay text on every screen (S21, show 6)",
    async run(scene) {
      assert.ok(own.length >= 100, `${own.length} payloads`);
      const { a, b, circle, doc, end } = await stage();
      scene.atEnd(end);
      const place = { circle, doc };
      const pages = [[a, await watched(scene, a)], [b, await watched(scene, b)]];
      const wrong = [];
      for (const route of routes.filter((one) => !one.signedOut)) {
        // Both at once: each sees the other's hostile person arrive.
        await Promise.all(
          pages.map(async ([node, page]) => {
            await page.goto(node.url + route.at(place));
            await route.ready(page);
          }),
        );
        for (const [node, page] of pages) {
          const found = [...page.alarms.splice(0), ...(await page.evaluate(intruders, HIDDEN))];
          wrong.push(...found.map((one) => `${route.name} in ${node === a ? "one" : "the other"} city: ${one}`));
        }
      }
      assert.deepEqual([...new Set(wrong)].slice(0, 40), []);

      // What a link of a partner hides does not open either.
      const [, reader] = pages[1];
      await reader.goto(b.url + routes.find((one) => one.name === "relatos").at(place));
      const links = reader.getByText(/^Enlace \d+$/);
      await links.nth(ADDRESSES.length - 1).waitFor();
      assert.equal(await links.count(), ADDRESSES.length);
      const before = reader.context().pages().length;
      for (let i = 0; i < ADDRESSES.length; i++) if (/^\W*java|^data|^vb|^blob|^file|^view/i.test(ADDRESSES[i])) await links.nth(i).click({ modifiers: ["ControlOrMeta"] });
      assert.equal(reader.context().pages().length, before, "nothing was opened");
      assert.deepEqual([...reader.alarms, ...(await reader.evaluate(intruders, HIDDEN))], []);
      await scene.picture(reader, "hostil-relatos");

      await bringFile(reader, b, routes.find((one) => one.name === "ficheros").at(place));
      assert.deepEqual([...reader.alarms, ...(await reader.evaluate(intruders, HIDDEN))], []);
      await scene.picture(reader, "hostil-fichero");

      // Shown, not swallowed: names and titles are there to the letter, with what hides written out.
      const [, page] = pages[1];
      await page.goto(b.url + routes.find((one) => one.name === "identidad").at(place));
      await page.getByTestId("presence").locator("li").first().waitFor();
      assert.equal(await page.locator("main h1").innerText(), TITLE.replace("\u202e", "‹U+202E›"));
      const shown = (text) => text.replace("\u202e", "‹U+202E›").replaceAll("\u200b", "‹U+200B›").replace("\u2066", "‹U+2066›");
      assert.match(await page.getByTestId("my-account").innerText(), new RegExp(`^${escape(shown(PERSON))}\\s+${escape(shown(OFFICE))}$`));
      assert.equal(await page.locator(".brand-city").innerText(), `\u2068${CITY_B}\u2069`, "what is written from right to left keeps to itself");
      assert.ok((await page.getByTestId("presence").innerText()).includes(shown(CITY_A)));
      assert.equal(await page.getByLabel("Título", { exact: true }).inputValue(), TITLE, "what is being written is as it is");
      await scene.picture(page, "hostil-identidad");
      await page.goto(b.url + routes.find((one) => one.name === "presupuesto").at(place));
      await page.getByTestId("part-budget").waitFor();
      await scene.picture(page, "hostil-presupuesto");
    },
  },
];

const escape = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
