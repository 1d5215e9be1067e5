// Light or dark: as the computer says, unless this person chose otherwise in this browser.

import { signal } from "@preact/signals";

export const THEMES = ["system", "light", "dark"] as const;
export type Theme = (typeof THEMES)[number];

export const theme = signal<Theme>("system");

export function wear(wanted: Theme): void {
  theme.value = wanted;
  if (wanted === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = wanted;
  try {
    localStorage.setItem("theme", wanted);
  } catch {
    // Storage refused: the choice lasts until the page is closed.
  }
}

export function wearPreferred(): void {
  try {
    const kept = THEMES.find((one) => one === localStorage.getItem("theme"));
    if (kept) wear(kept);
  } catch {
    // As above.
  }
}
