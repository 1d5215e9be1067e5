// The programme's tables in the browser: typed through, pasted, proposed, decided, taken out and brought back.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { PASSWORD, settled, until } from "./nodes.mjs";

const SLOW = { timeout: 20_000 };
const SECOND = { user: "segunda", name: "Segunda Persona" };
const at = (scene, part) => `/alianza/${scene.circle}/programa/${scene.doc}/${part}`;

async function signIn(page, node, user = "editora") {
  await page.goto(node.url);
  await page.getByTestId("user").fill(user);
  await page.getByTestId("password").fill(PASSWORD);
  await page.getByTestId("sign-in-button").click();
  await page.getByTestId("sign-in").waitFor({ state: "detached", ...SLOW });
}

async function part(page, node, scene, word, hash = "") {
  await page.goto(`${node.url}${at(scene, word)}${hash}`);
  await page.locator('[data-testid^="part-"]').first().waitFor(SLOW);
}

const city8 = async (node) => (await node.api("GET", "/api/status")).city.city8;

/** Both cities take part, each with its contribution; a second line; a second person in Palencia. Once for all shows. */
let prepared = null;
function prepare(scene) {
  prepared ??= (async () => {
    const { palencia, tarija, doc } = scene;
    const [a, b] = [await city8(palencia), await city8(tarija)];
    for (const [node, id, role] of [[palencia, a, "lead"], [tarija, b, "partner"]]) {
      await node.set(doc, `/partners/${id}~1role`, role);
      await node.set(doc, `/partners/${id}~1status`, "accepted");
    }
    const second = await palencia.add(doc, "/budget_lines", { title: "Equipos", code: "1.2", category: "equipos", activity_id: scene.activity, direct: true });
    await palencia.stop();
    await palencia.person(SECOND.user, SECOND.name);
    await palencia.start();
    const contributions = await until("both contributions are on both nodes", async () => {
      for (const node of [palencia, tarija]) {
        const list = await node.api("GET", `/api/documents?circle=${scene.circle}&kind=contribution`);
        if (list.length < 2) return false;
      }
      return palencia.api("GET", `/api/documents?circle=${scene.circle}&kind=contribution`);
    }, 60_000);
    const views = await Promise.all(contributions.map((one) => palencia.api("GET", `/api/documents/${one.id}`)));
    const of = (id) => views.find((one) => one.content.city === id).id;
    return { a, b, second, ofPalencia: of(a), ofTarija: of(b) };
  })();
  return prepared;
}

const cell = (page, code) => page.getByTestId(`cell-${code}`);
const amountIn = async (page, code) => (await cell(page, code).locator(".amount").first().innerText()).trim();
const focused = (page) => page.evaluate(() => document.activeElement?.dataset.testid ?? document.activeElement?.id ?? "");

/** Types into a cell of the budget that is open, as a person would. */
async function type(page, code, text) {
  await cell(page, code).click();
  await page.keyboard.type(text);
  await page.keyboard.press("Enter");
}

async function paste(page, text) {
  await page.evaluate((words) => {
    const data = new DataTransfer();
    data.setData("text/plain", words);
    document.activeElement.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data, bubbles: true, cancelable: true }));
  }, text);
}

async function budget(scene, node, user) {
  const page = await scene.open();
  await signIn(page, node, user);
  await part(page, node, scene, "presupuesto");
  await page.getByTestId("budget-table").waitFor(SLOW);
  return page;
}

export const shows = [
  {
    name: "programme: cells are typed through and blocks pasted like in a spreadsheet (PB01, show 4)",
    async run(scene) {
      await prepare(scene);
      const page = await budget(scene, scene.palencia);
      await until("own cells can be written", async () => (await cell(page, "1.1-2026-cash").getAttribute("aria-readonly")) === null);
      await cell(page, "1.1-2026-cash").click();
      await page.keyboard.type("12.000,50");
      await page.keyboard.press("Tab");
      assert.equal(await amountIn(page, "1.1-2026-cash"), "12.000,50");
      assert.equal(await focused(page), "cell-1.1-2026-in_kind");
      await page.keyboard.type("300");
      await page.keyboard.press("Enter");
      assert.equal(await focused(page), "cell-1.2-2026-cash", "Enter goes back to the column where Tab began");
      // Type to replace, F2 to correct, Esc to give up.
      await page.keyboard.type("5");
      await page.keyboard.press("Escape");
      assert.equal(await amountIn(page, "1.2-2026-cash"), "–");
      await page.keyboard.press("ArrowUp");
      await page.keyboard.press("F2");
      await page.keyboard.press("End");
      await page.keyboard.press("Backspace");
      await page.keyboard.type("9");
      await page.keyboard.press("Enter");
      assert.equal(await amountIn(page, "1.1-2026-cash"), "12.000,59");
      // What is not an amount stays as typed, with the reason.
      await page.keyboard.type("doce");
      await page.keyboard.press("Enter");
      assert.match(await page.locator(".sheet-wrong").innerText(), /«doce».*mayor o igual que cero, con 2 decimales/);
      assert.equal(await page.evaluate(() => document.activeElement.value), "doce");
      await page.keyboard.press("Escape");
      await page.locator(".sheet-wrong").waitFor({ state: "detached" });
      // A block of another program, one cell of it wrong, one in the English form.
      await paste(page, "1,250.75\t20\r\nmil\t\"1.000,00 €\"\r\n");
      assert.equal(await amountIn(page, "1.2-2026-cash"), "1.250,75");
      assert.equal(await amountIn(page, "1.2-2026-in_kind"), "20,00");
      await cell(page, "1.1-2026-cash").click();
      await paste(page, "1\t2\n3\tmal");
      assert.equal(await amountIn(page, "1.2-2026-in_kind"), "mal");
      assert.equal(await amountIn(page, "1.2-2026-cash"), "3,00");
      await scene.picture(page, "programme-paste");
      // Still there after looking at another part.
      await page.getByTestId("to-activities").click();
      await page.getByTestId("part-activities").waitFor();
      await page.getByTestId("to-budget").click();
      await cell(page, "1.2-2026-in_kind").getByText("mal").waitFor(SLOW);
      await cell(page, "1.2-2026-in_kind").click();
      await page.keyboard.type("4");
      await page.keyboard.press("Enter");
      await page.locator(".sheet-wrong").waitFor({ state: "detached" });
      // Tab leaves at the last cell, Esc at any.
      await page.keyboard.press("Control+End");
      await page.keyboard.press("Tab");
      assert.ok(!(await focused(page)).startsWith("cell-"));
      // The totals of the page are those that the node derives, once it has the last cell that was typed.
      await settled(scene);
      const total = (await page.getByTestId("total").locator("strong").innerText()).replace(/[^\d,]/g, "").replace(",", "");
      const { derived } = await until(`the node's total is ${total}`, async () => {
        const view = await scene.palencia.api("GET", `/api/documents/${scene.doc}`);
        return view.derived.totals.total === Number(total) && view;
      });
      const row = await page.getByTestId("totals").locator("tbody tr", { hasText: "Palencia" }).locator("td").allInnerTexts();
      const number = (text) => Number(text.replace(/[^\d,]/g, "").replace(",", "") || 0);
      const { a } = await prepared;
      assert.equal(number(row.at(-2)), derived.totals.by_city[a]);
    },
  },
  {
    name: "programme: what was changed at once is shown, decided by one and seen by the others (PR07, show 4)",
    async run(scene) {
      const { ofPalencia } = await prepare(scene);
      const { palencia, tarija, doc, cell: external } = scene;
      const date = `/activities/${scene.activity}/planned_end`;
      await settled(scene);
      await tarija.stop();
      await palencia.set(doc, external, 1_100_000);
      await palencia.set(doc, date, "2026-09-30");
      await palencia.stop();
      await tarija.start();
      await tarija.set(doc, external, 1_300_000);
      await tarija.set(doc, date, "2026-11-30");
      await palencia.start();
      await settled(scene);
      // Two people of Palencia write one cell of theirs while their node is away.
      const [one, two] = [await budget(scene, palencia), await budget(scene, palencia, SECOND.user)];
      for (const page of [one, two]) await cell(page, "1.2-2027-cash").waitFor(SLOW);
      await until("both may write", async () => !(await cell(two, "1.2-2027-cash").getAttribute("aria-readonly")));
      await palencia.stop();
      await type(one, "1.2-2027-cash", "111");
      await type(two, "1.2-2027-cash", "222");
      await palencia.start();
      const own = one.locator('[data-testid^="conflict-"]');
      await own.waitFor({ timeout: 60_000 });
      const shown = await own.innerText();
      for (const word of ["111,00", "222,00", "Editora de Palencia", SECOND.name]) assert.ok(shown.includes(word), shown);
      assert.match(await one.getByTestId("total").innerText(), /provisional/);
      await scene.picture(one, "programme-own-conflict");

      const partner = await scene.open();
      await signIn(partner, tarija);
      await part(partner, tarija, scene, "avisos");
      await partner.getByText("Hay 3 datos con más de un valor a la vez").first().waitFor(SLOW);
      await scene.picture(partner, "programme-notices");
      // Each leads to its exact place: here, a cell of another city.
      await partner.getByTestId("notices-agree").getByRole("link", { name: /1\.2, Palencia, 2027/ }).click(SLOW);
      await until("the keyboard is on the cell", async () => (await focused(partner)) === "cell-1.2-2027-cash");
      // The timetable takes the latest date and says so.
      await part(partner, tarija, scene, "actividades");
      await partner.getByTestId("timetable").getByText("30/11/2026").waitFor(SLOW);
      await partner.getByTestId("timetable").getByText("la más tardía").first().waitFor(SLOW);
      await scene.picture(partner, "programme-timetable-open");

      // Decided: the own cell by the second person, the external one by Palencia, the date by Tarija.
      await two.locator('[data-testid^="conflict-"]').getByRole("button", { name: /222,00/ }).click();
      await own.waitFor({ state: "detached", ...SLOW });
      assert.equal(await amountIn(one, "1.2-2027-cash"), "222,00");
      await one.getByTestId("funder-Diputación").check();
      const shared = one.locator('[data-testid^="conflict-"]');
      await shared.waitFor(SLOW);
      await shared.getByRole("button", { name: /13\.000,00/ }).click();
      await shared.waitFor({ state: "detached", ...SLOW });
      const dates = partner.locator('[data-testid^="conflict-"]').first();
      await dates.getByRole("button", { name: /septiembre/ }).click();
      await dates.waitFor({ state: "detached", ...SLOW });
      await partner.getByTestId("timetable").getByText("30/09/2026").waitFor(SLOW);

      await until("decided on both nodes, and PR07 gone", async () => {
        for (const node of [palencia, tarija]) {
          const view = await node.api("GET", `/api/documents/${doc}`);
          if (view.messages.some((message) => message.code === "PR07")) throw new Error(JSON.stringify(view.conflicts));
          assert.equal(view.content.budget_lines[scene.line].cells[`ext:${scene.funder}|2026|cash`], 1_300_000);
          assert.equal(view.content.activities[scene.activity].planned_end, "2026-09-30");
          assert.equal((await node.api("GET", `/api/documents/${ofPalencia}`)).conflicts.length, 0);
        }
        return true;
      });
      await part(partner, tarija, scene, "avisos");
      await until("no notice of it is left", async () => (await partner.getByTestId("components").count()) === 1 && (await partner.getByText("más de un valor a la vez").count()) === 0);
      await until("totals are no longer provisional", async () => !/provisional/.test(await one.getByTestId("total").innerText()));
    },
  },
  {
    name: "programme: a proposal for another city's cell is accepted, countered, agreed and withdrawn (PB02, show 4)",
    async run(scene) {
      const { ofPalencia } = await prepare(scene);
      const { palencia, tarija } = scene;
      const [own, other] = [await budget(scene, palencia), await budget(scene, tarija)];
      await other.getByTestId("funder-Palencia").check();
      const offer = async (amount, note = "") => {
        const target = cell(other, "1.1-2027-cash");
        await target.click();
        await other.keyboard.press("7");
        await until("it is said why not", async () => /Solo Palencia puede fijar/.test(await other.getByTestId("announcer").innerText()));
        await other.keyboard.press("Enter");
        await other.getByTestId("proposal-amount").fill(amount);
        await other.getByTestId("proposal-note").fill(note);
        await other.getByTestId("send-proposal").click();
        await other.locator("dialog").waitFor({ state: "detached" });
      };
      await offer("15.000", "Por el aumento de viajes");
      const received = own.getByTestId("proposal").filter({ hasText: "15.000,00" });
      await received.getByText("Por el aumento de viajes").waitFor(SLOW);
      await cell(own, "1.1-2027-cash").getByText("propuesta: 15.000,00").waitFor(SLOW);
      await scene.picture(own, "programme-proposal");
      await received.getByRole("button", { name: "Aceptar", exact: true }).click();
      await until("the amount is Palencia's own", async () => (await amountIn(own, "1.1-2027-cash")) === "15.000,00");
      await until("Tarija sees it", async () => (await amountIn(other, "1.1-2027-cash")) === "15.000,00");

      await offer("20.000");
      await own.getByTestId("proposal").filter({ hasText: "20.000,00" }).getByRole("button", { name: "Contraproponer" }).click(SLOW);
      await own.getByTestId("proposal-amount").fill("17.500");
      await own.getByTestId("send-proposal").click();
      const counter = other.getByTestId("proposal").filter({ hasText: "17.500,00" });
      await counter.getByRole("button", { name: "De acuerdo" }).click(SLOW);
      await own.getByTestId("proposal").filter({ hasText: "17.500,00" }).getByRole("button", { name: /Poner 17\.500,00/ }).click(SLOW);
      await until("both see what was agreed", async () => (await amountIn(other, "1.1-2027-cash")) === "17.500,00" && (await amountIn(own, "1.1-2027-cash")) === "17.500,00");

      await offer("1");
      const mine = other.getByTestId("proposal").filter({ hasText: ": 1,00" });
      await mine.getByRole("button", { name: "Retirar" }).click(SLOW);
      await until("nothing is open on either side", async () => (await own.locator('[data-testid="proposal"][data-state="open"]').count()) === 0 && (await other.locator('[data-testid="proposal"][data-state="open"]').count()) === 0);
      await own.getByText(/propuestas cerradas/).click();
      await own.getByText("Retirada.").first().waitFor();
      const view = await tarija.api("GET", `/api/documents/${ofPalencia}`);
      assert.equal(view.content.cells[`${scene.line}|2027|cash`], 1_750_000);
    },
  },
  {
    name: "programme: a budget goes out as CSV and comes back, showing first what it would change (S22)",
    async run(scene) {
      const { ofPalencia } = await prepare(scene);
      const page = await scene.open();
      await signIn(page, scene.palencia);
      await part(page, scene.palencia, scene, "ficheros");
      await page.getByTestId("csv-budget").waitFor(SLOW);
      const download = page.waitForEvent("download");
      await until("the amounts are here", async () => (await scene.palencia.api("GET", `/api/documents/${ofPalencia}`)).content.cells[`${scene.line}|2026|cash`] !== undefined);
      await page.getByTestId("csv-budget").click();
      const file = await download;
      assert.match(file.suggestedFilename(), /^presupuesto-P-BOL-[0-9a-f]{8}-\d{4}-\d{2}-\d{2}\.csv$/);
      const text = readFileSync(await file.path(), "utf8");
      assert.ok(text.startsWith("\ufefflinea;partida;actividad;financiador;anualidad;modalidad;importe;moneda\r\n"), text.slice(0, 120));
      assert.match(text, /# emitido por;Palencia;/);
      assert.match(text, /# aviso;contiene cambios sin aprobar;/);
      const bring = async (words) => {
        await page.getByTestId("import-file").setInputFiles({ name: "presupuesto.csv", mimeType: "text/csv", buffer: Buffer.from(words) });
        await page.getByTestId("import-preview").waitFor(SLOW);
      };
      await bring(text);
      await page.getByText("No cambiaría nada.").waitFor();
      assert.equal(await page.getByTestId("import-table").count(), 0);

      const before = (await scene.palencia.api("GET", `/api/documents/${ofPalencia}`)).content.cells[`${scene.line}|2026|cash`];
      const lines = text.trimEnd().split("\r\n");
      const changed = lines.map((line) => (/^1\.1;.*;Palencia;2026;efectivo;/.test(line) ? line.replace(/efectivo;[\d,]+;/, "efectivo;4.321,09;") : line));
      const extra = ["1.1;Viajes;A1;Tarija;2028;valorizado;77;EUR", "2.9;=Nueva;A1;Palencia;2028;efectivo;10;EUR", "1.1;Viajes;A1;Palencia;2028;efectivo;diez;EUR", "1.1;Viajes;A1;Atlántida;2028;efectivo;1;EUR"];
      const at = changed.findIndex((line) => line.startsWith("#"));
      await bring([...changed.slice(0, at), ...extra, ...changed.slice(at)].join("\r\n"));
      const table = await page.getByTestId("import-table").innerText();
      for (const word of ["4.321,09", "Se propone a Tarija", "Se añade la partida", "2.9"]) assert.ok(table.includes(word), table);
      const bad = await page.getByTestId("import-bad").innerText();
      assert.match(bad, new RegExp(`Fila ${at + 3}:.*mayor o igual que cero`));
      assert.match(bad, new RegExp(`Fila ${at + 4}:.*Atlántida`));
      const now = async () => (await scene.palencia.api("GET", `/api/documents/${ofPalencia}`)).content.cells;
      assert.equal((await now())[`${scene.line}|2026|cash`], before, "nothing changes before it is confirmed");
      await scene.picture(page, "programme-import");
      await page.getByTestId("import-apply").click();
      await page.getByTestId("import-done").waitFor();
      assert.match(await page.getByTestId("import-done").innerText(), /2 filas no se han podido leer/);
      await until("the node has what was confirmed", async () => {
        const [cells, programme] = [await now(), (await scene.palencia.api("GET", `/api/documents/${scene.doc}`)).content];
        const made = Object.entries(programme.budget_lines).find(([, one]) => one.code === "2.9");
        if (!made || cells[`${made[0]}|2028|cash`] !== 1_000) throw new Error(JSON.stringify(cells));
        assert.equal(made[1].title, "=Nueva");
        assert.equal(cells[`${scene.line}|2026|cash`], 432_109);
        return Object.values(programme.cell_proposals).some((one) => one.amount === 7_700 && one.state === "open");
      });
      const again = page.waitForEvent("download");
      await page.getByTestId("csv-budget").click();
      assert.match(readFileSync(await (await again).path(), "utf8"), /\r\n2\.9;'=Nueva;A1;Palencia;2028;efectivo;10,00;EUR\r\n/);
    },
  },
  {
    name: "programme: the log-frame is written and walked with the keyboard alone",
    async run(scene) {
      await prepare(scene);
      const page = await scene.open();
      await signIn(page, scene.tarija);
      await part(page, scene.tarija, scene, "marco");
      const add = async (testid, text) => {
        await page.getByTestId(testid).first().focus();
        await page.keyboard.press("Enter");
        await until(`${testid} puts the keyboard into the new text`, () => page.evaluate(() => document.activeElement?.matches("textarea") && document.activeElement.value === ""));
        await page.keyboard.type(text);
      };
      await add("add-objective", "Tarija gestiona su red con un plan");
      await add("add-result-OE1", "Primer resultado");
      await add("add-result-OE1", "Segundo resultado");
      await add("add-indicator-R1", "Red inventariada");
      const place = () => page.evaluate(() => {
        const one = document.activeElement;
        return one?.dataset.col === undefined ? one?.tagName : `${one.dataset.row}.${one.dataset.col}`;
      });
      const written = await page.evaluate(() => document.activeElement.value);
      assert.equal(written, "Red inventariada");
      await page.keyboard.press("Escape");
      assert.equal(await place(), "2.1", "Esc leaves to the cell");
      await page.keyboard.press("ArrowRight");
      assert.equal(await place(), "2.2");
      await page.keyboard.press("Enter");
      assert.equal(await place(), "TEXTAREA", "Enter goes in");
      await page.keyboard.type("Sistema de información geográfica");
      await page.keyboard.press("Escape");
      await page.keyboard.press("ArrowDown");
      assert.equal(await place(), "3.2");
      await page.keyboard.press("Home");
      assert.equal(await place(), "3.0");
      const codes = () => page.locator(".frame-results input.code").evaluateAll((all) => all.map((one) => one.value).filter((one) => /^R\d$/.test(one)));
      assert.deepEqual(await codes(), ["R1", "R2"]);
      await page.keyboard.press("Alt+ArrowUp");
      await until("the second result is the first", async () => (await codes()).join() === "R2,R1");
      await until("the keyboard stays with it", async () => (await place()) === "2.0");
      assert.match(await page.getByTestId("announcer").innerText(), /puesto 1 de 2/);
      await page.getByRole("button", { name: "Bajar: R2" }).click();
      await until("and back with the button", async () => (await codes()).join() === "R1,R2");
      await scene.picture(page, "programme-log-frame");
      await until("Palencia has it", async () => {
        const { content } = await scene.palencia.api("GET", `/api/documents/${scene.doc}`);
        return Object.values(content.indicators).some((one) => one.verification_source === "Sistema de información geográfica");
      });
    },
  },
  {
    name: "programme: what was taken out while another city changed it can be brought back",
    async run(scene) {
      await prepare(scene);
      const { palencia, tarija, doc } = scene;
      const risk = await palencia.add(doc, "/risks", { text: "Sequía", code: "R9", prob: 3, impact: 4 });
      await settled(scene);
      await tarija.stop();
      await palencia.set(doc, `/risks/${risk}/deleted`, true);
      await palencia.stop();
      await tarija.start();
      await tarija.set(doc, `/risks/${risk}/prob`, 5);
      await palencia.start();
      await settled(scene);
      const page = await scene.open();
      await signIn(page, palencia);
      await part(page, palencia, scene, "avisos");
      const told = page.getByTestId("removed-then-changed");
      await told.getByText("Se quitó, pero Tarija la cambió después.").waitFor(SLOW);
      await told.getByText("Sequía").waitFor();
      await scene.picture(page, "programme-removed");
      await told.getByRole("button", { name: /Recuperar/ }).click();
      await told.waitFor({ state: "detached", ...SLOW });
      await until("both have it again, with the change", async () => {
        for (const node of [palencia, tarija]) {
          const { content } = await node.api("GET", `/api/documents/${doc}`);
          if (content.risks[risk].deleted !== false || content.risks[risk].prob !== 5) return false;
        }
        return true;
      });
    },
  },
  {
    name: "programme: the printed page has every part, its texts and its origin",
    async run(scene) {
      await prepare(scene);
      const page = await scene.open();
      await signIn(page, scene.palencia);
      const text = "El río Guadalquivir abastece a la ciudad.";
      const { content } = await scene.palencia.api("GET", `/api/documents/${scene.context}`);
      await page.goto(scene.palencia.url + at(scene, "imprimir"));
      const sheet = page.getByTestId("printed");
      await sheet.waitFor(SLOW);
      const words = await until("all parts are there", async () => {
        const all = await sheet.innerText();
        for (const word of ["Cuenca del Guadalquivir", "Marco lógico", "Cronograma", "Presupuesto", "Contexto", "Contiene cambios sin aprobar", "Viajes", "Misión técnica"]) {
          if (!all.includes(word)) throw new Error(`no «${word}»`);
        }
        return all;
      });
      assert.match(words, /versión [0-9a-f]{8}/);
      const first = content.body.replaceAll("\ufffc", "\n").split("\n").find((line) => line.trim() !== "") ?? text;
      if (content.body !== "") assert.ok(words.includes(first.trim()), `the context is not printed: ${first}`);
      assert.ok(!words.includes("\ufffc"));
      await page.emulateMedia({ media: "print" });
      await page.setViewportSize({ width: 794, height: 1123 });
      await scene.picture(page, "programme-print");
      const cut = await page.evaluate(() => [...document.querySelectorAll(".printed table")].filter((one) => one.getBoundingClientRect().right > document.documentElement.clientWidth + 1).length);
      assert.equal(cut, 0, "tables wider than the paper");
      const pdf = await page.pdf({ format: "A4", preferCSSPageSize: true });
      assert.ok(pdf.length > 10_000);
    },
  },
];
