// A pretend node for looking at the page while developing: two cities in one process, in memory, no rights, no
// promises. Usage: node dev/mock.mjs --data programme.json [--port 5801]. Not part of the page and not a test double.
import { readFileSync, existsSync } from "node:fs";
import http from "node:http";
import { randomBytes } from "node:crypto";
import { WebSocketServer } from "ws";
import * as A from "@automerge/automerge";
import { encode, decode } from "../.test/src/live/cbor.js";

const arg = (name, otherwise) => {
  const at = process.argv.indexOf(`--${name}`);
  return at < 0 ? otherwise : process.argv[at + 1];
};
const port = Number(arg("port", "5801"));
const dist = new URL("../dist/", import.meta.url);
const hex = (bytes) => Buffer.from(bytes).toString("hex");
const raw = (text) => new Uint8Array(Buffer.from(text, "hex"));
const S = (text) => new A.ImmutableString(text);
const id16 = () => hex(randomBytes(16));
const uuid = () => `0193${hex(randomBytes(2))}-${hex(randomBytes(2))}-7${hex(randomBytes(2)).slice(1)}-8${hex(randomBytes(2)).slice(1)}-${hex(randomBytes(6))}`;

const NAMES = ["Tarija", "Palencia", "Jaén", "Azuqueca de Henares", "Sant Cugat del Vallès", "Alcobendas"];
const slug = (name) => name.normalize("NFD").replace(/[̀-ͯ]/g, "").toLowerCase().replaceAll(" ", "-");
const PEOPLE = {
  tarija: ["Lucía Aramayo", "Dirección de Aguas"],
  palencia: ["Marta Cuesta", "Servicio de Cooperación"],
  jaen: ["Antonio Ruiz", "Área de Urbanismo"],
  "azuqueca-de-henares": ["Pilar Sanz", "Intervención"],
  "sant-cugat-del-valles": ["Jordi Puig", "Cooperació"],
  alcobendas: ["Elena Gil", "Medio Ambiente"],
};
const cities = NAMES.map((name, i) => {
  const cityId = hex(Buffer.alloc(32, 0x11 * (i + 1)));
  const s = slug(name);
  return { name, slug: s, city_id: cityId, city8: hex(Buffer.alloc(8, 0xa0 + i)), country: s === "tarija" ? "BO" : "ES", home: null, people: [{ person_ref: `${"00".repeat(7)}0${i + 1}`, name: PEOPLE[s][0], office: PEOPLE[s][1] }] };
});
const bySlug = Object.fromEntries(cities.map((c) => [c.slug, c]));
const circle = hex(Buffer.alloc(32, 0xab));
const nodes = [bySlug.palencia, bySlug.tarija].map((city, i) => ({ city, port: port + i, docs: new Map(), sockets: new Set(), sessions: new Map() }));
let linked = true;
const cutAt = Date.now() - 3 * 3600_000;

seed();
for (const node of nodes) serve(node);

function seed() {
  const source = JSON.parse(readFileSync(arg("data"), "utf8")).programme;
  const actor = bySlug.tarija.city8 + "0000000000000001";
  const from = (content) => A.from(content, { actor });
  const add = (kind, owner, parent, content) => {
    const id = id16();
    const saved = A.save(from({ kind: S(kind), v: 1, created_by: S(bySlug.tarija.city8), ...content }));
    for (const node of nodes) node.docs.set(id, { id, circle, kind, owner, parent, doc: A.load(saved) });
    return id;
  };
  let n = 0;
  const pos = () => `a${String(++n).padStart(3, "0")}`;
  const ids = {};
  const idOf = (key) => (ids[key] ??= uuid());
  const lf = source.logframe;
  const city8 = (s) => bySlug[s].city8;
  const ext = "fondo1";
  const lines = {};
  const byCity = {};
  for (const [code, line] of Object.entries(source.budget.lines)) {
    const cells = {};
    for (const [key, amount] of Object.entries(line.cells)) {
      const [c, year, mode] = key.split("|");
      ((byCity[c] ??= {})[`${idOf(code)}|${year}|${mode}`] = amount);
    }
    if (code === "B05") cells[`ext:${ext}|2025|cash`] = 1200000;
    lines[idOf(code)] = { code: S(code), title: line.title, category: S(line.category), activity_id: line.activity_id ? S(idOf(line.activity_id)) : null, direct: line.category !== "indirectos", note: "", pos: S(pos()), cells };
  }
  const sections = {};
  const texts = {
    context: source.context,
    justification: "El crecimiento de la ciudad ha superado la capacidad de la red. Las socias españolas aportan experiencia en la redacción de planes directores y en auditoría hídrica.\n\nSin un plan aprobado, las inversiones se deciden obra a obra.",
    sustainability: "El equipo técnico de Tarija queda formado para actualizar el plan cada cuatro años.",
    gender: "",
  };
  const programme = id16();
  for (const [field, body] of Object.entries(texts)) sections[field] = S(add("section", null, programme, { parent: S(programme), field: S(field), body }));
  const partners = {};
  for (const p of source.partners) {
    partners[`${city8(p.city_id)}/role`] = S(p.role);
    partners[`${city8(p.city_id)}/status`] = S(p.city_id === "jaen" ? "invited" : "accepted");
  }
  const content = {
    kind: S("programme"), v: 1, created_by: S(bySlug.tarija.city8),
    code: S("BO-SANEA-2025"), title: { es: source.title.es, en: source.title.en }, lead_city: S(city8("tarija")), partners,
    period_start: S(source.period.start), period_end: S(source.period.end), default_currency: S("EUR"), fx: {},
    dac_sectors: Object.fromEntries(source.dac_sectors.map((d) => [d.code, d.percentage])), sdg_targets: Object.fromEntries(source.sdg_targets.map((x) => [x, true])),
    policy_markers: {}, nua_pillar: {}, locations: {}, beneficiaries: {}, alignment: {}, needs: {}, synergies: {}, non_duplication: {},
    general_objective: lf.general_objective.text,
    specific_objectives: { [idOf("OE")]: { text: lf.specific_objectives.OE.text, code: S("OE1"), pos: S(pos()), assumptions: lf.specific_objectives.OE.assumptions.join("\n") } },
    results: Object.fromEntries(Object.entries(lf.results).map(([code, r]) => [idOf(code), { so_id: S(idOf("OE")), text: r.text, code: S(code), pos: S(pos()), iati_type: S(r.iati_result_type), product_type: S("plan"), assumptions: r.assumptions.join("\n") }])),
    preconditions: {},
    indicators: Object.fromEntries(Object.entries(lf.indicators).map(([code, x]) => [idOf(code), { level_id: S(idOf(x.level_id)), text: x.title, code: S(code), pos: S(pos()), measure: S(x.iati_measure), unit: S(""), ascending: true, baseline_value: x.baseline ? S(String(x.baseline.value)) : null, baseline_year: x.baseline?.year ?? null, baseline_comment: "", targets: Object.fromEntries(Object.entries(x.targets).map(([y, v]) => [y, S(String(v))])), disaggregation: {}, sdg_indicator: null, verification_source: x.verification_source ?? "", responsible_city: S(city8("tarija")), frequency: S("annual") }])),
    activities: Object.fromEntries(Object.entries(source.activities).map(([code, a]) => [idOf(code), { result_id: S(idOf(a.result_id)), text: a.title, code: S(code), pos: S(pos()), kind: S(a.kind ?? "activity"), planned_start: S(a.planned_start), planned_end: S(a.planned_end), actual_start: null, actual_end: null, lead_city: S(city8(a.lead_city_id)), support_cities: Object.fromEntries((a.support_city_ids ?? []).map((c) => [city8(c), true])), actors: {}, deliverables: {}, depends_on: {}, milestone: false, status: S(code.startsWith("A1.1") ? "done" : "planned"), progress_pct: code === "A1.1" ? 100 : 0, language: S("es") }])),
    budget_lines: lines,
    financiers: { [ext]: { name: "Fondo Andaluz de Municipios", type: S("fund"), status: S("granted") } },
    cell_proposals: {},
    management_split: { [uuid()]: { function: "Coordinación técnica", city: S(city8("tarija")) }, [uuid()]: { function: "Justificación económica", city: S(city8("palencia")) } },
    staff: {}, risks: { [uuid()]: { text: "Cambio de gobierno municipal en Tarija", prob: 3, impact: 4, mitigation: "Aprobar el plan por ley municipal antes de las elecciones", owner: S(city8("tarija")), code: S("R01"), pos: S(pos()) } },
    visibility_plan: "", monitoring_plan: {}, baselines: {}, indirect_limit_pct: 10, status: S("draft"), sections,
  };
  const saved = A.save(from(content));
  for (const node of nodes) node.docs.set(programme, { id: programme, circle, kind: "programme", owner: null, parent: null, doc: A.load(saved) });
  for (const [c, cells] of Object.entries(byCity)) add("contribution", bySlug[c].city_id, programme, { programme: S(programme), city: S(city8(c)), cells, note: "" });
}

function serve(node) {
  const server = http.createServer((req, res) => void answer(node, req, res).catch((e) => send(res, 500, { code: "mock", message: String(e.stack) })));
  const sockets = new WebSocketServer({ noServer: true });
  server.on("upgrade", (req, socket, head) => {
    const session = sessionOf(node, req);
    if (!session || node.down) return socket.destroy();
    sockets.handleUpgrade(req, socket, head, (ws) => live(node, ws, session));
  });
  server.listen(node.port, "127.0.0.1", () => console.log(`${node.city.name}: http://127.0.0.1:${node.port}/`));
}

const sessionOf = (node, req) => node.sessions.get(/alianza_\w+=(\w+)/.exec(req.headers.cookie ?? "")?.[1]);
const CSP = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; trusted-types app ProseMirrorClipboard";
const TYPES = { html: "text/html; charset=utf-8", js: "text/javascript; charset=utf-8", css: "text/css; charset=utf-8", svg: "image/svg+xml", wasm: "application/wasm", woff2: "font/woff2" };

function send(res, status, body, headers = {}) {
  res.writeHead(status, { "content-type": "application/json", ...headers });
  res.end(body === undefined ? "" : JSON.stringify(body));
}

async function answer(node, req, res) {
  const url = new URL(req.url, "http://x");
  const path = url.pathname;
  if (!path.startsWith("/api/") && !path.startsWith("/dev/")) {
    let file = new URL(`.${path}`, dist);
    if (path === "/" || !existsSync(file)) file = new URL("./index.html", dist);
    res.writeHead(200, { "content-type": TYPES[file.pathname.split(".").pop()] ?? "application/octet-stream", "content-security-policy": CSP });
    return res.end(readFileSync(file));
  }
  let text = "";
  for await (const chunk of req) text += chunk;
  const body = text ? JSON.parse(text) : {};
  const session = sessionOf(node, req);
  const route = `${req.method} ${path}`;
  if (route === "POST /dev/link") {
    linked = body.up;
    if (linked) for (const other of nodes) for (const d of other.docs.values()) share(other, d);
    return send(res, 200, { linked });
  }
  if (route === "POST /dev/down") {
    node.down = body.down;
    if (node.down) for (const s of node.sockets) s.ws.terminate();
    return send(res, 200, {});
  }
  if (route === "POST /dev/refuse") return (node.refuse = body.code ?? null), send(res, 200, {});
  const person = node.city.people[0];
  const view = () => ({ city: cityView(node.city), person: { ...person, user: "coop", roles: ["node_admin", "coop_officer"], disabled: false }, insecure: false });
  if (route === "POST /api/session") {
    if (body.password !== "palabra de paso") return send(res, 401, { code: "auth.wrong", message: "El nombre de usuario o la contraseña no son correctos.", next: "Compruebe que no tiene activadas las mayúsculas." });
    const key = hex(randomBytes(8));
    node.sessions.set(key, person);
    return send(res, 200, view(), { "set-cookie": `alianza_${node.city.slug}=${key}; HttpOnly; SameSite=Strict; Path=/` });
  }
  if (!session) return send(res, 401, { code: "auth.required", message: "Inicie sesión." });
  if (route === "GET /api/session") return send(res, 200, view());
  if (route === "DELETE /api/session") return node.sessions.clear(), send(res, 200);
  if (route === "GET /api/cities") return send(res, 200, cities.map(cityView));
  if (route === "GET /api/status") return send(res, 200, { city: cityView(node.city), version: "mock", protocol: 1, journal_bytes: 1234567, read_only: false, reached_from_outside: true, listening: [], alliances: [alliance(node)], homes: [], damaged: [] });
  if (route === "GET /api/alliances") return send(res, 200, [alliance(node)]);
  if (route === "POST /api/alliances") return send(res, 400, { code: "mock", message: "La maqueta tiene una sola alianza." });
  if (path.endsWith("/invitations") && req.method === "GET") return send(res, 200, invitations);
  if (path.endsWith("/invitations") && req.method === "POST") {
    const made = { id: id16(), role: body.role ?? "partner", note: body.note ?? "", expires_ms: Date.now() + (body.hours ?? 168) * 3600_000, state: "live", accepts: [] };
    invitations.push(made);
    return send(res, 200, { ...made, link: `alianza:invitacion/${hex(randomBytes(48))}` });
  }
  if (/invitations\//.test(path) && req.method === "DELETE") {
    for (const i of invitations) if (path.endsWith(i.id)) i.state = "revoked";
    return send(res, 200, {});
  }
  if (path.endsWith("/admit")) {
    for (const i of invitations) if (i.accepts.some((a) => a.id === body.accept)) (i.state = "used"), (i.accepts = []);
    return send(res, 200, {});
  }
  if (route === "POST /api/join") return send(res, 400, { code: "invite.expired", message: "Esta invitación ha caducado.", next: "Pida otra a la ciudad que le invitó." });
  if (route === "GET /api/people") return send(res, 200, [view().person, { person_ref: "99", user: "intervencion", name: "Rosa Vega", office: "Intervención", roles: ["finance_officer"], disabled: false }]);
  if (route === "POST /api/people") return send(res, 200, { ...body, person_ref: "98", disabled: false });
  if (route === "GET /api/documents") {
    const kind = url.searchParams.get("kind");
    return send(res, 200, [...node.docs.values()].filter((d) => !kind || d.kind === kind).map(summary));
  }
  if (route === "POST /api/documents") return send(res, 400, { code: "mock", message: "La maqueta no crea programas." });
  const one = /^\/api\/documents\/(\w+)(\/history)?$/.exec(path);
  if (one && node.docs.has(one[1])) {
    const d = node.docs.get(one[1]);
    if (one[2]) return send(res, 200, { items: A.getChangesMetaSince(d.doc, []).map((m) => ({ change: m.hash, city: m.actor.slice(0, 16), person_ref: cities.find((c) => m.actor.startsWith(c.city8))?.people[0].person_ref ?? "", time_ms: m.time, operations: m.maxOp - m.startOp + 1 })) });
    const first = Object.keys(d.doc.activities ?? {})[2];
    return send(res, 200, { ...summary(d), writable: true, content: {}, conflicts: [], messages: d.kind === "programme" ? [
      { code: "PR03", level: "error", text: "El resultado R4 no tiene ningún indicador.", path: `/results/${Object.keys(d.doc.results)[3]}` },
      { code: "AC03", level: "warning", text: "La actividad A1.3 queda fuera del periodo del programa (01/02/2025 – 31/12/2026).", path: `/activities/${first}/planned_end` },
      { code: "PR08", level: "error", text: "Todavía no han aceptado participar: Jaén.", path: "/partners" },
    ] : [], derived: {}, received_by: [], lacking: [] });
  }
  return send(res, 404, { code: "not_found", message: "No se encuentra." });
}

const invitations = [
  { id: "aa".repeat(32), role: "partner", note: "Para Cochabamba, por teléfono con Ana", expires_ms: Date.now() + 5 * 86400_000, state: "accepted", accepts: [{ id: "cc".repeat(32), city_id: "dd".repeat(32), city: "Cochabamba" }] },
  { id: "bb".repeat(32), role: "observer", note: "", expires_ms: Date.now() + 2 * 86400_000, state: "live", accepts: [] },
];
const cityView = ({ city_id, city8, name, country, home, people }) => ({ city_id, city8, name, country, home, people });
const summary = (d) => ({ id: d.id, circle: d.circle, kind: d.kind, owner: d.owner, parent: d.parent, title: d.kind === "programme" ? d.doc.title.es : d.kind, heads: A.getHeads(d.doc) });
const alliance = (node) => ({
  id: circle, kind: "alliance", name: "Alianza Bolivia", standing: "active", documents: node.docs.size, entries: 214, pending: 0, waiting: 0, held: 0, void: 0, vector_digest: "00", state_root: "00", forks: 0,
  members: cities.map((c) => {
    const self = c === node.city;
    const live = nodes.some((n) => n.city === c);
    return { city_id: c.city_id, city: c.name, role: c.slug === "tarija" ? "coordinator" : "partner", is_self: self, connected: !self && (live ? linked : c.slug === "alcobendas"), address: null, last_contact_ms: live || c.slug === "alcobendas" ? Date.now() - 90_000 : c.slug === "azuqueca-de-henares" ? null : cutAt, entries_they_lack: live || c.slug === "alcobendas" ? 0 : 3, entries_we_lack: 0 };
  }),
});

let sessionCount = 0;
function live(node, ws, person) {
  const me = { ws, session: ++sessionCount, open: new Map(), person };
  node.sockets.add(me);
  const out = (message) => ws.readyState === 1 && ws.send(encode(message));
  me.out = out;
  ws.on("close", () => {
    node.sockets.delete(me);
    for (const doc of me.open.keys()) presence(node, me, doc, null);
  });
  ws.on("message", (data) => {
    const m = decode(new Uint8Array(data));
    if (m[0] === 1) out([128, 1, raw(node.city.city_id), raw(node.city.city8), raw(person.person_ref), me.session, 1]);
    else if (m[0] === 7) out([137]);
    else if (m[0] === 2) {
      const id = hex(m[1]);
      const d = node.docs.get(id);
      if (!d) return out([133, null, m[1], "not_found", "Este documento no existe o no tiene permiso para verlo."]);
      me.open.set(id, m[3]);
      const heads = m[2].map(hex);
      const known = heads.length > 0 && A.hasHeads(d.doc, heads);
      out([129, m[1], raw(d.circle), d.kind, d.owner ? raw(d.owner) : null, !d.owner || d.owner === node.city.city_id, known ? null : A.save(d.doc), known ? A.getChangesSince(d.doc, heads) : [], A.getHeads(d.doc).map(raw)]);
      delivery(node, d, me);
      for (const other of nodes) for (const s of other.sockets) if (s !== me && s.payloads?.get(id) && (other === node || linked)) out([134, m[1], raw(other.city.city8), raw(s.person.person_ref), s.session, s.payloads.get(id)]);
    } else if (m[0] === 3) me.open.delete(hex(m[1]));
    else if (m[0] === 4) {
      const d = node.docs.get(hex(m[2]));
      if (node.refuse) {
        const code = node.refuse;
        if (code !== "read_only") node.refuse = null;
        return setTimeout(() => out([133, m[1], m[2], code, code === "read_only" ? "El disco de este servidor está lleno: no se puede guardar." : "El programa está acordado. Los cambios se hacen como modificación."]), 3);
      }
      const before = A.clone(d.doc);
      [d.doc] = A.applyChanges(d.doc, m[3]);
      if (A.getMissingDeps(d.doc, []).length > 0) {
        d.doc = before;
        return setTimeout(() => out([133, m[1], m[2], "gate.G2", "Este cambio se apoya en otro que no se aceptó."]), 3);
      }
      setTimeout(() => out([131, m[1]]), 3);
      for (const s of node.sockets) if (s !== me && s.open.has(d.id)) s.out([130, m[2], m[3], raw(node.city.city8), raw(person.person_ref)]);
      share(node, d, m[3], person);
    } else if (m[0] === 6) {
      (me.payloads ??= new Map()).set(hex(m[1]), m[2]);
      presence(node, me, hex(m[1]), m[2]);
    }
  });
}

function presence(from, me, doc, payload) {
  for (const node of nodes) for (const s of node.sockets) if (s !== me && s.open.has(doc) && (node === from || linked)) s.out([134, raw(doc), raw(from.city.city8), raw(me.person.person_ref), me.session, payload]);
}

function delivery(node, d, only) {
  const other = nodes.find((n) => n !== node);
  const equal = A.equals(node.docs.get(d.id).doc, other.docs.get(d.id).doc) && A.getHeads(node.docs.get(d.id).doc).join() === A.getHeads(other.docs.get(d.id).doc).join();
  const lack = [...(equal ? [] : [other.city]), bySlug.jaen];
  const have = [...(equal ? [other.city] : []), bySlug.alcobendas, bySlug["sant-cugat-del-valles"], bySlug["azuqueca-de-henares"]];
  for (const s of only ? [only] : node.sockets) if (s.open.has(d.id)) s.out([132, raw(d.id), true, have.map((c) => raw(c.city8)), lack.map((c) => raw(c.city8))]);
}

function share(node, d, changes, person = node.city.people[0]) {
  const other = nodes.find((n) => n !== node);
  if (!linked) return delivery(node, d);
  setTimeout(() => {
    const theirs = other.docs.get(d.id);
    const missing = A.getChanges(theirs.doc, A.merge(A.clone(theirs.doc), A.clone(d.doc)));
    if (missing.length > 0) {
      [theirs.doc] = A.applyChanges(theirs.doc, missing);
      for (const s of other.sockets) if (s.open.has(d.id)) s.out([130, raw(d.id), missing, raw(node.city.city8), raw(person.person_ref)]);
    }
    delivery(node, d);
    delivery(other, theirs);
  }, 15);
}
