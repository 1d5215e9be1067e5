// Every screen of the page, as the screens' shows visit it. A screen of web/src/route.ts that is not here is a failure.

import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const source = path.join(path.dirname(fileURLToPath(import.meta.url)), "../../web/src/route.ts");

const programme = (scene, word) => `/alianza/${scene.circle}/programa/${scene.doc}/${word}`;
const part = (name, word, extra = {}) => ({
  name: word,
  screen: "programme",
  part: name,
  at: (scene) => programme(scene, word),
  ready: (page) => page.getByTestId(`part-${name}`).waitFor(),
  ...extra,
});

/**
 * `screen` and `part` as in route.ts; `at` its address; `ready` waits for what it shows; `signedOut` for those that
 * nobody has to sign in for; `before` and `after` what the visit needs around it; `windows` opens what lies over the screen: {name, open}.
 */
export const routes = [
  { name: "entrar", screen: "sign-in", at: () => "/", signedOut: true, ready: (page) => page.getByTestId("sign-in").waitFor(), windows: [
    { name: "con-errores", open: async (page) => {
      await page.getByTestId("sign-in-button").click();
      await page.getByTestId("error-summary").waitFor();
    } },
  ] },
  { name: "sin-servidor", screen: "sign-in", at: () => "/", signedOut: true, ready: (page) => page.getByTestId("away").waitFor(),
    before: (page) => page.route("**/api/**", (route) => route.abort()), after: (page) => page.unroute("**/api/**") },
  { name: "inicio", screen: "home", at: () => "/", ready: (page) => page.locator(".alliance-block").first().waitFor(), windows: [
    { name: "con-errores", open: async (page) => {
      await page.getByTestId("new-alliance-button").click();
      await page.getByTestId("error-summary").waitFor();
    } },
  ] },
  { name: "personas", screen: "people", at: () => "/personas", ready: (page) => page.getByTestId("people").locator("li").first().waitFor(), windows: [
    { name: "nueva-con-errores", dialog: true, open: async (page) => {
      await page.getByTestId("new-person").click();
      await page.getByTestId("create-person").click();
      await page.getByTestId("error-summary").waitFor();
    } },
  ] },
  { name: "borradores", screen: "drafts", at: () => "/borradores", ready: (page) => page.locator("main h1").waitFor() },
  { name: "ayuda", screen: "help", at: () => "/ayuda", ready: (page) => page.locator("#ayuda-keys").waitFor() },
  { name: "piezas", screen: "pieces", at: () => "/piezas", ready: (page) => page.getByTestId("piece-cell-2025").waitFor(), windows: [
    { name: "con-errores", open: async (page) => {
      await page.getByTestId("piece-send").click();
      await page.getByTestId("error-summary").waitFor();
    } },
    { name: "ventana", dialog: true, open: async (page) => {
      await page.getByTestId("piece-open").click();
      await page.locator("dialog[open]").waitFor();
    } },
  ] },
  { name: "desconocida", screen: "unknown", at: () => "/alianza/nada", ready: (page) => page.locator("main h1").waitFor() },
  { name: "alianza", screen: "alliance", at: (scene) => `/alianza/${scene.circle}`, ready: (page) => page.getByTestId("programmes").getByRole("link").first().waitFor(), windows: [
    { name: "nuevo-programa-con-errores", dialog: true, open: async (page) => {
      await page.getByTestId("new-programme").click();
      await page.getByTestId("create-programme").click();
      await page.getByTestId("error-summary").waitFor();
    } },
    { name: "invitar", dialog: true, open: async (page) => {
      await page.getByTestId("invite").click();
      await page.getByTestId("create-invitation").waitFor();
    } },
  ] },
  { name: "alianza-ajena", screen: "alliance", at: () => `/alianza/${"0".repeat(64)}`, ready: (page) => page.locator("main .lead").waitFor() },
  part("identity", "identidad", { windows: [
    { name: "donde-esta-guardado", dialog: true, open: async (page) => {
      await page.getByTestId("saving-more").click();
      await page.getByTestId("saving-panel").waitFor();
    } },
  ] }),
  part("framework", "marco"),
  part("activities", "actividades"),
  part("budget", "presupuesto", { windows: [
    { name: "otra-ciudad", open: async (page) => {
      await page.locator('.choices input[type="radio"]').nth(1).check();
      await page.getByTestId("budget-table").waitFor();
    } },
    { name: "todas", open: async (page) => {
      await page.locator('.choices input[value="all"]').check();
      await page.getByTestId("budget-table").waitFor();
    } },
  ] }),
  part("management", "gestion"),
  part("narratives", "relatos"),
  part("notices", "avisos"),
  part("files", "ficheros", { ready: (page) => page.getByTestId("csv-budget").waitFor(), windows: [
    { name: "traer-presupuesto", open: async (page) => {
      const rows = ["linea;partida;actividad;financiador;anualidad;modalidad;importe;moneda", "B05;Levantamiento topográfico;A1.1;Tarija;2025;efectivo;6.000,00;EUR", "Z9;Partida nueva;A1.1;Tarija;2025;efectivo;mil;EUR"];
      await page.getByTestId("import-file").setInputFiles({ name: "presupuesto.csv", mimeType: "text/csv", buffer: Buffer.from(rows.join("\r\n")) });
      await page.getByTestId("import-preview").waitFor();
    } },
  ] }),
  { name: "historia", screen: "history", at: (scene) => programme(scene, "historia"), ready: (page) => page.getByTestId("timeline").getByTestId("open-changes").first().waitFor(), windows: [
    { name: "cambios", open: async (page) => {
      await page.getByTestId("timeline").getByTestId("open-changes").first().click();
      await page.getByTestId("see-version").waitFor();
    } },
    { name: "version", open: async (page) => {
      await page.getByTestId("timeline").getByTestId("open-changes").first().click();
      await page.getByTestId("see-version").click();
      await page.getByTestId("back-to-today").waitFor();
    } },
  ] },
  { name: "imprimir", screen: "print", at: (scene) => programme(scene, "imprimir"), ready: (page) => page.getByTestId("printed").waitFor() },
];

/** What route.ts knows: names of screens, parts of the programme, words of addresses. */
export function declared() {
  const text = readFileSync(source, "utf8");
  const type = /export type Route =([\s\S]*?);\n\n/.exec(text)?.[1] ?? "";
  const screens = [...type.matchAll(/screen: "([a-z-]+)"/g)].map((found) => found[1]);
  const parts = [...(/PARTS = \[([^\]]*)\]/.exec(text)?.[1] ?? "").matchAll(/"([a-z-]+)"/g)].map((found) => found[1]);
  const read = /export function read[\s\S]*?\n}/.exec(text)?.[0] ?? "";
  const words = [...read.matchAll(/[!=]== "([a-z-]+)"/g)].map((found) => found[1]);
  const partWords = [...(/PART_WORDS[^{]*\{([^}]*)\}/.exec(text)?.[1] ?? "").matchAll(/: "([a-z-]+)"/g)].map((found) => found[1]);
  if (screens.length < 6 || parts.length < 7 || words.length < 4 || partWords.length !== parts.length) {
    throw new Error(`route.ts is not written as this test reads it: ${JSON.stringify({ screens, parts, words, partWords })}`);
  }
  return { screens, parts, words: [...words, ...partWords] };
}
