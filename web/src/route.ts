// The addresses of the page and the history of this tab. About sixty lines are enough.

import { signal } from "@preact/signals";

export const PARTS = ["identity", "framework", "activities", "budget", "management", "narratives", "notices", "files"] as const;
export type Part = (typeof PARTS)[number];

/** Words of the address, in Spanish: people read and send them. */
const PART_WORDS: Record<Part, string> = {
  identity: "identidad",
  framework: "marco",
  activities: "actividades",
  budget: "presupuesto",
  management: "gestion",
  narratives: "relatos",
  notices: "avisos",
  files: "ficheros",
};

export type Route =
  | { screen: "home" }
  | { screen: "people" }
  | { screen: "drafts" }
  | { screen: "help" }
  | { screen: "pieces" }
  | { screen: "alliance"; circle: string }
  | { screen: "programme"; circle: string; doc: string; part: Part }
  | { screen: "print"; circle: string; doc: string }
  | { screen: "history"; circle: string; doc: string }
  | { screen: "unknown" };

export function read(path: string): Route {
  const [first, circle, third, doc, word] = path.split("/").filter((piece) => piece !== "");
  if (first === undefined) return { screen: "home" };
  if (first === "personas" && circle === undefined) return { screen: "people" };
  if (first === "borradores" && circle === undefined) return { screen: "drafts" };
  if (first === "ayuda" && circle === undefined) return { screen: "help" };
  if (first === "piezas" && circle === undefined) return { screen: "pieces" };
  if (first !== "alianza" || !isHex(circle, 64)) return { screen: "unknown" };
  if (third === undefined) return { screen: "alliance", circle };
  if (third !== "programa" || !isHex(doc, 32)) return { screen: "unknown" };
  if (word === "imprimir") return { screen: "print", circle, doc };
  if (word === "historia") return { screen: "history", circle, doc };
  const part = word === undefined ? "identity" : PARTS.find((one) => PART_WORDS[one] === word);
  return part ? { screen: "programme", circle, doc, part } : { screen: "unknown" };
}

export function write(route: Route): string {
  switch (route.screen) {
    case "people":
      return "/personas";
    case "drafts":
      return "/borradores";
    case "help":
      return "/ayuda";
    case "pieces":
      return "/piezas";
    case "alliance":
      return `/alianza/${route.circle}`;
    case "programme":
      return `/alianza/${route.circle}/programa/${route.doc}/${PART_WORDS[route.part]}`;
    case "print":
      return `/alianza/${route.circle}/programa/${route.doc}/imprimir`;
    case "history":
      return `/alianza/${route.circle}/programa/${route.doc}/historia`;
    default:
      return "/";
  }
}

function isHex(value: string | undefined, length: number): value is string {
  return value !== undefined && value.length === length && /^[0-9a-f]+$/.test(value);
}

export const route = signal<Route>({ screen: "home" });

export function go(to: Route, anchor = ""): void {
  history.pushState(null, "", write(to) + (anchor === "" ? "" : `#${anchor}`));
  arrive();
}

function arrive(): void {
  route.value = read(location.pathname);
  const anchor = decodeURIComponent(location.hash.slice(1));
  // After the new screen is drawn: to the place the link names, or to the title.
  setTimeout(() => toPlace(anchor), 60);
}

/** Brings a field into view and puts the keyboard there. */
export function toPlace(anchor: string, tries = 20): void {
  const target = anchor === "" ? document.querySelector<HTMLElement>("main h1") : document.getElementById(anchor);
  if (!target && tries > 0) {
    setTimeout(() => toPlace(anchor, tries - 1), 100);
    return;
  }
  if (!target) return;
  if (anchor !== "") target.scrollIntoView({ block: "center" });
  else scrollTo(0, 0);
  target.focus({ preventScroll: true });
}

export function startRouter(): void {
  route.value = read(location.pathname);
  addEventListener("popstate", arrive);
  document.addEventListener("click", (event) => {
    if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
    const link = (event.target as Element | null)?.closest?.("a[href]");
    if (!(link instanceof HTMLAnchorElement) || link.origin !== location.origin || link.target !== "") return;
    if (link.hasAttribute("download")) return;
    event.preventDefault();
    if (link.pathname === location.pathname && link.hash !== "") {
      history.replaceState(null, "", link.hash);
      toPlace(decodeURIComponent(link.hash.slice(1)));
      return;
    }
    history.pushState(null, "", link.href);
    arrive();
  });
  if (location.hash !== "") arrive();
}
