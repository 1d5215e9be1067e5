// Cities for the browser suite: the release binary as separate processes, allied through a real invitation.

import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import net from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";

const workspace = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../..");
export const PASSWORD = "cigüeña azul sobre el Guadalquivir 93";
const ROLES = ["node_admin", "coop_officer", "sector_tech", "finance_officer"];

export function binary() {
  const target = process.env.CARGO_TARGET_DIR ?? path.join(workspace, "target");
  const found = process.env.ALIANZA_BIN ?? path.join(target, "release", "alianza");
  if (!existsSync(found)) throw new Error(`no binary at ${found}: build it with "cargo build --release -p alianza-node"`);
  return found;
}

/** Waits for a condition; its last answer is in the error. */
export async function until(what, condition, timeoutMs = 30_000) {
  const end = Date.now() + timeoutMs;
  let last;
  for (;;) {
    try {
      const value = await condition();
      if (value) return value;
      last = JSON.stringify(value);
    } catch (error) {
      last = String(error);
    }
    if (Date.now() > end) throw new Error(`not within ${timeoutMs} ms: ${what}; last: ${last}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

/** A port below those from which the kernel draws for outgoing connections, so that a stopped node finds it again. */
export async function freePort() {
  for (let tries = 0; tries < 200; tries++) {
    const port = 12_000 + Math.floor(Math.random() * 18_000);
    const free = await new Promise((done) => {
      const server = net.createServer();
      server.on("error", () => done(false));
      server.listen(port, "127.0.0.1", () => server.close(() => done(true)));
    });
    if (free) return port;
  }
  throw new Error("no free port");
}

export class Node {
  static async make(folder, city, { name = `Editora de ${city}`, office = "Cooperación" } = {}) {
    const node = new Node();
    node.city = city;
    node.data = path.join(folder, city.toLowerCase().replace(/[^a-z]/g, "-"));
    node.log = `${node.data}.log`;
    node.page = await freePort();
    node.port = await freePort();
    const address = `/ip4/127.0.0.1/tcp/${node.port}`;
    await node.command("init", "--city", city, "--country", "ES", "--page", `127.0.0.1:${node.page}`, "--listen", address, "--announce", address, "--admin", "admin", "--json");
    await node.person("editora", name, office);
    await node.start();
    await node.dress();
    return node;
  }

  /** Runs one command on this folder; its standard output. */
  command(...words) {
    return this.say(null, ...words);
  }

  say(input, ...words) {
    return new Promise((done, fail) => {
      const child = spawn(binary(), [...words, "--data", this.data], { stdio: ["pipe", "pipe", "pipe"] });
      let out = "";
      let err = "";
      child.stdout.on("data", (piece) => (out += piece));
      child.stderr.on("data", (piece) => (err += piece));
      child.on("error", fail);
      child.on("close", (code) => (code === 0 ? done(out) : fail(new Error(`alianza ${words.join(" ")}: ${code}: ${out}${err}`))));
      child.stdin.end(input ?? "");
    });
  }

  async json(...words) {
    return JSON.parse(await this.command(...words, "--json"));
  }

  async person(user, name, office) {
    const roles = ROLES.flatMap((role) => ["--role", role]);
    await this.say(`${PASSWORD}\n`, "user", "add", user, "--name", name, "--office", office, ...roles, "--password-stdin");
    const { token } = await this.json("user", "token", user);
    this.token ??= token;
  }

  /** `at`: where its page is, if a test has put it elsewhere. */
  async start(at = `http://127.0.0.1:${this.page}`) {
    const log = openSync(this.log, "a");
    this.child = spawn(binary(), ["serve", "--data", this.data], { stdio: ["ignore", log, log] });
    this.ended = new Promise((done) => this.child.on("close", done));
    await until(`${this.city} serves`, async () => {
      if (this.child.exitCode !== null) throw new Error(`ended: ${readFileSync(this.log, "utf8").slice(-2_000)}`);
      return (await fetch(`${at}/healthz`)).ok;
    });
  }

  async stop() {
    if (!this.child || this.child.exitCode !== null) return;
    this.child.kill("SIGTERM");
    const timer = setTimeout(() => this.child.kill("SIGKILL"), 10_000);
    await this.ended;
    clearTimeout(timer);
    this.child = undefined;
  }

  get url() {
    return `http://127.0.0.1:${this.front ?? this.page}`;
  }

  /** With ALIANZA_PAGE=web/dist the page comes from that folder: no new binary while one works on the page. */
  async dress() {
    if (!process.env.ALIANZA_PAGE) return;
    const { front } = await import("../../web/dev/front.mjs");
    const port = await freePort();
    this.clothes = await front({ node: this.url, port, dist: path.resolve(process.env.ALIANZA_PAGE) });
    this.front = port;
  }

  /** The HTTP API with the editor's token. */
  async api(method, where, body) {
    const answer = await fetch(this.url + where, {
      method,
      headers: { authorization: `Bearer ${this.token}`, "content-type": "application/json" },
      body: body === undefined ? undefined : JSON.stringify(body),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${where}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  }

  async set(doc, at, value) {
    return this.api("PATCH", `/api/documents/${doc}`, { operations: [{ op: "set", path: at, value }] });
  }

  async add(doc, at, value) {
    const answer = await this.api("PATCH", `/api/documents/${doc}`, { operations: [{ op: "add", path: at, value }] });
    return answer.added[0];
  }
}

/** Two cities in one alliance with one programme. */
export async function stage() {
  const folder = mkdtempSync(path.join(tmpdir(), "alianza-e2e-"));
  const nodes = [];
  const end = async () => {
    await Promise.all(nodes.map((node) => node.stop()));
    for (const { clothes } of nodes) clothes?.close(), clothes?.closeAllConnections();
    if (!process.env.ALIANZA_KEEP) rmSync(folder, { recursive: true, force: true });
  };
  try {
    for (const city of ["Palencia", "Tarija"]) nodes.push(await Node.make(folder, city));
    const [palencia, tarija] = nodes;
    const circle = (await palencia.json("alliance", "create", "Alianza Bolivia")).id;
    const { link } = await palencia.json("invite", "create", "--circle", circle, "--role", "partner");
    await tarija.command("join", link);
    await until("Tarija is admitted", async () => {
      await palencia.command("admit", "Tarija", "--circle", circle);
      return true;
    });
    await until("Tarija is a member", async () => (await tarija.api("GET", "/api/status")).alliances[0]?.standing === "active");
    return { folder, nodes, palencia, tarija, circle, end, ...(await programme(palencia, tarija, circle)) };
  } catch (error) {
    await end();
    throw error;
  }
}

async function programme(palencia, tarija, circle) {
  const { city8 } = (await palencia.api("GET", "/api/status")).city;
  const made = await palencia.api("POST", "/api/documents", {
    circle,
    kind: "programme",
    fields: {
      code: "P-BOL", title: { es: "Cuenca del Guadalquivir" }, default_currency: "EUR", lead_city: city8,
      period_start: "2026-01-01", period_end: "2028-12-31", general_objective: "Mejorar la gestión del agua.",
    },
  });
  const doc = made.id;
  const funder = await palencia.add(doc, "/financiers", { name: "Diputación", type: "province", status: "requested" });
  const activity = await palencia.add(doc, "/activities", {
    text: "Misión técnica", code: "A1", kind: "mission", lead_city: city8, planned_start: "2026-03-01", planned_end: "2026-06-30", status: "planned", progress_pct: 0,
  });
  const line = await palencia.add(doc, "/budget_lines", { title: "Viajes", code: "1.1", category: "viajes", activity_id: activity, direct: true });
  const context = (await palencia.api("GET", `/api/documents/${doc}`)).content.sections.context;
  const cell = `/budget_lines/${line}/cells/ext:${funder}|2026|cash`;
  await palencia.set(doc, cell, 500_000);
  await until("Tarija has the programme", async () => (await tarija.api("GET", `/api/documents/${doc}`)).content.budget_lines[line]);
  return { doc, context, activity, line, funder, cell };
}

/** Until both nodes have the same, and nothing is open. */
export async function settled({ palencia, tarija }) {
  await until("both nodes agree", async () => {
    const [a, b] = await Promise.all([palencia, tarija].map(async (node) => (await node.api("GET", "/api/status")).alliances[0]));
    const open = [a, b].some((one) => one.pending + one.waiting + one.held > 0);
    if (open || a.state_root !== b.state_root) throw new Error(JSON.stringify([a, b]));
    return true;
  });
}
