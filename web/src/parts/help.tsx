// What a part of the programme is for and how it is filled in: in our own words, after the methodology; closed until
// somebody wants it.

import { t } from "../words/words.ts";

export function Help({ part }: { part: string }) {
  return (
    <details class="help">
      <summary>{t("help-about", { part: t(`part-${part}`) })}</summary>
      {t(`help-${part}`)
        .split("\n")
        .filter((line) => line.trim() !== "")
        .map((line) => (
          <p key={line}>{line}</p>
        ))}
    </details>
  );
}
