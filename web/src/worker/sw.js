// The service worker: serves the page from this browser, so that it opens without the node. The build puts the list of
// files and their edition in (compress.mjs). It keeps files of the page only: what the node says (/api) never passes
// through here, so nothing of one person can be shown to another by it.

const EDITION = "@EDITION@";
const FILES = ["@FILES@"];
const CACHE = `alianza-page-${EDITION}`;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));

async function install() {
  const cache = await caches.open(CACHE);
  await Promise.all(
    FILES.map(async (file) => {
      // Names of assets tell their content: an earlier edition's copy is as good.
      const known = file.startsWith("/assets/") ? await caches.match(file) : undefined;
      if (known) return cache.put(file, known);
      const answer = await fetch(file, { cache: "no-cache", credentials: "same-origin" });
      if (!answer.ok) throw new Error(`${file}: ${answer.status}`);
      await cache.put(file, answer);
    }),
  );
  // No skipWaiting: the page asks for it once everything that was written is safe.
}

async function activate() {
  // Tabs of the edition before may still load parts of it: its files go with the edition after this one.
  const editions = (await caches.keys()).filter((name) => name.startsWith("alianza-page-") && name !== CACHE);
  await Promise.all(editions.slice(0, -1).map((name) => caches.delete(name)));
  await self.clients.claim();
}

self.addEventListener("message", (event) => {
  if (event.data === "take-over") event.waitUntil(self.skipWaiting());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/api") || url.pathname === "/healthz" || url.pathname === "/sw.js") return;
  if (request.mode === "navigate") event.respondWith(file("/index.html", request));
  else if (FILES.includes(url.pathname) || url.pathname.startsWith("/assets/")) event.respondWith(file(url.pathname, request));
});

async function file(path, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(path)) ?? (await caches.match(path)) ?? fetch(request);
}
