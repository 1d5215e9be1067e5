// The narrative of the programme: every text is a document of its own, written by several people at once.

import { anchor } from "../../documents/places.ts";
import { textOf } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import { useHere } from "../../parts/presence.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { t } from "../../words/words.ts";

export const SECTIONS = ["context", "justification", "sustainability", "gender"] as const;

export function Narratives() {
  const { sections, enter, id, replica } = useProgramme();
  const here = useHere([id, ...[...sections.values()].map((one) => one.id)]);
  return (
    <>
      <h2>{t("part-narratives")}</h2>
      <p class="quiet">{t("narratives-text")}</p>
      {SECTIONS.map((field) => {
        const section = sections.get(field);
        const content = section?.doc.value;
        const others = here.filter((one) => one.section === `narratives/${field}`);
        return (
          <section class="narrative" key={field} id={anchor(["sections", field])} tabIndex={-1} aria-labelledby={`title-${field}`}>
            <h3 id={`title-${field}`}>{t(`section-${field}`)}</h3>
            <p class="hint">{t(`hint-section-${field}`)}</p>
            {section && content ? (
              <LiveText
                replica={section}
                path={["body"]}
                id={`section-${field}`}
                label={t(`section-${field}`)}
                labelHidden
                multiline
                rows={8}
                onFocus={() => enter(`narratives/${field}`)}
                below={
                  <p class="below">
                    <span>{t("words", { n: wordsOf(textOf(content["body"])) })}</span>
                    <span data-testid={`writing-${field}`}>
                      {others.length > 0 ? t("writing-here", { who: others.map((one) => `${one.name} (${one.city})`).join(", "), n: others.length }) : ""}
                    </span>
                  </p>
                }
              />
            ) : (
              <p class="quiet">{section?.problem.value?.message ?? (replica.doc.value && !section ? t("sy04") : t("opening"))}</p>
            )}
          </section>
        );
      })}
    </>
  );
}

function wordsOf(text: string): number {
  return text.match(/[\p{L}\p{N}]+(?:['’·-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}
