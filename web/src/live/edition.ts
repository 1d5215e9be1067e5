// The page as files of this browser: a service worker serves them, and a newer edition waits until the person wants it
// and everything that was written is safe.

import { signal } from "@preact/signals";
import { outdated } from "./store.ts";

/**
 * `plain`: the browser forbids it here (plain http outside this machine); `refused`: it would not (a certificate that
 * was clicked through, a switch); `installing`: not yet; `ready`: the page opens without a line.
 */
export const offlinePage = signal<"plain" | "refused" | "installing" | "ready">("installing");
/** A newer edition is there and waits. */
export const newEdition = signal(false);

const LOOK_EVERY_MS = 30 * 60_000;
/** Trusted Types: the only script address that this page ever makes. */
const WORKER = "/sw.js";

let registration: ServiceWorkerRegistration | null = null;
let reloading = false;

interface Policy {
  createScriptURL(address: string): string;
}

function trusted(address: string): string {
  const types = (globalThis as { trustedTypes?: { createPolicy(name: string, rules: Policy): Policy } }).trustedTypes;
  const same = (given: string) => {
    if (given !== WORKER) throw new TypeError("not a script of this page");
    return given;
  };
  return types ? types.createPolicy("app", { createScriptURL: same }).createScriptURL(address) : address;
}

export async function serveFromHere(): Promise<void> {
  const workers = (navigator as Partial<Navigator>).serviceWorker;
  if (!workers || !isSecureContext) {
    offlinePage.value = isSecureContext ? "refused" : "plain";
    return;
  }
  let hadOne = workers.controller !== null;
  if (hadOne) offlinePage.value = "ready";
  try {
    registration = await workers.register(trusted(WORKER), { updateViaCache: "none" });
  } catch (error) {
    console.warn(error);
    offlinePage.value = "refused";
    return;
  }
  void workers.ready.then(() => (offlinePage.value = "ready"));
  const see = () => {
    // With nothing before it a worker does not wait: the first edition is no news.
    if (registration?.waiting && registration.active) newEdition.value = true;
  };
  see();
  registration.addEventListener("updatefound", () => {
    registration?.installing?.addEventListener("statechange", see);
  });
  workers.addEventListener("controllerchange", () => {
    if (reloading) location.reload();
    // Another tab has changed over: this one shows the older edition until it is loaded again.
    else if (hadOne) newEdition.value = true;
    hadOne = true;
  });
  setInterval(lookForNew, LOOK_EVERY_MS);
}

/** The node has started anew: perhaps with a newer page. */
export function lookForNew(): void {
  registration?.update().catch(() => {});
}

/** Loads the newer edition. Call when everything is safe. */
export function changeOver(): void {
  reloading = true;
  const waiting = registration?.waiting;
  if (waiting && !outdated.value) waiting.postMessage("take-over");
  else location.reload();
}
