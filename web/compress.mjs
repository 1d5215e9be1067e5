// Precompresses a built page and lists it for embed.rs: node compress.mjs DIST [CACHE]
// Brotli at its slowest takes seconds on the WebAssembly file, which rarely changes: results are kept by content.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const dist = process.argv[2] ?? "dist";
const cache = process.argv[3];
if (cache) mkdirSync(cache, { recursive: true });

const TYPES = {
  html: "text/html; charset=utf-8",
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
  wasm: "application/wasm",
  woff2: "font/woff2",
  json: "application/json",
  txt: "text/plain; charset=utf-8",
};
/** Already compressed by their own format. */
const PACKED = new Set(["woff2"]);

const methods = {
  br: (bytes) =>
    brotliCompressSync(bytes, {
      params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
    }),
  gz: (bytes) => gzipSync(bytes, { level: 9 }),
};

function* files(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* files(path);
    else yield path;
  }
}

const nameOf = (path) => relative(dist, path).split(sep).join("/");
const isPage = (name) => !/\.(br|gz)$/.test(name) && name !== "manifest.tsv" && name !== "sw.js";

// The service worker knows the files of its edition, and another edition is another worker.
const page = [...files(dist)].filter((path) => isPage(nameOf(path)));
const edition = createHash("sha256");
for (const path of page) edition.update(`${nameOf(path)}\0`).update(createHash("sha256").update(readFileSync(path)).digest());
const worker = readFileSync(new URL("src/worker/sw.js", import.meta.url), "utf8");
edition.update(worker);
writeFileSync(
  join(dist, "sw.js"),
  worker
    .replace("@EDITION@", edition.digest("hex").slice(0, 16))
    .replace('"@FILES@"', page.map((path) => JSON.stringify(`/${nameOf(path)}`)).join(", ")),
);

const lines = [];
for (const path of [...files(dist)]) {
  const name = nameOf(path);
  const extension = name.split(".").pop();
  if (extension === "br" || extension === "gz" || name === "manifest.tsv") continue;
  const type = TYPES[extension];
  if (!type) throw new Error(`${name}: no content type for .${extension}; add it to compress.mjs`);
  const bytes = readFileSync(path);
  const hash = createHash("sha256").update(bytes).digest("hex").slice(0, 32);
  const made = { br: false, gz: false };
  for (const [kind, compress] of Object.entries(methods)) {
    if (PACKED.has(extension)) continue;
    const kept = cache ? join(cache, `${hash}.${kind}`) : null;
    const packed = kept && existsSync(kept) ? readFileSync(kept) : compress(bytes);
    if (kept && !existsSync(kept)) writeFileSync(kept, packed);
    // Not worth a second copy.
    if (packed.length > bytes.length * 0.95) continue;
    writeFileSync(`${path}.${kind}`, packed);
    made[kind] = true;
  }
  // Vite names these by their content: what such an address holds never changes.
  const immutable = name.startsWith("assets/");
  lines.push([`/${name}`, type, hash, immutable, made.br, made.gz].join("\t"));
}
writeFileSync(join(dist, "manifest.tsv"), `${lines.join("\n")}\n`);
