// The narrative of the programme: every text is a document of its own, written by several people at once.

import { useState } from "preact/hooks";
import { anchor } from "../../documents/places.ts";
import { textOf } from "../../documents/values.ts";
import { plain } from "../../editor/plain.ts";
import { RichText } from "../../editor/rich-text.tsx";
import type { Replica } from "../../live/replica.ts";
import { type Here, useCarets, useHere, useWhoEdits } from "../../parts/presence.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { live } from "../../state.ts";
import { t } from "../../words/words.ts";

export const SECTIONS = ["context", "justification", "sustainability", "gender"] as const;

export function Narratives() {
  const { sections, id, replica } = useProgramme();
  const here = useHere([id, ...[...sections.values()].map((one) => one.id)]);
  return (
    <>
      <h2>{t("part-narratives")}</h2>
      <p class="quiet">{t("narratives-text")}</p>
      {SECTIONS.map((field) => {
        const section = sections.get(field);
        return (
          <section class="narrative" key={field} id={anchor(["sections", field])} tabIndex={-1} aria-labelledby={`title-${field}`}>
            <h3 id={`title-${field}`}>{t(`section-${field}`)}</h3>
            <p class="hint">{t(`hint-section-${field}`)}</p>
            {section?.doc.value ? (
              <Narrative field={field} replica={section} here={here.filter((one) => one.section === `narratives/${field}`)} />
            ) : (
              <p class="quiet">{section?.problem.value?.message ?? (replica.doc.value && !section ? t("sy04") : t("opening"))}</p>
            )}
          </section>
        );
      })}
    </>
  );
}

function Narrative({ field, replica, here }: { field: string; replica: Replica; here: readonly Here[] }) {
  const { id, enter } = useProgramme();
  const where = `narratives/${field}`;
  const others = useCarets(id, where);
  const [writing, setWriting] = useState(false);
  useWhoEdits(others, [...new Set(here.map((one) => one.city))], writing);
  return (
    <RichText
      replica={replica}
      path={["body"]}
      id={`section-${field}`}
      label={t(`section-${field}`)}
      others={others}
      onFocus={() => enter(where)}
      onCaret={(places) => {
        setWriting(places !== null);
        live.value?.presence.announce(id, where, places);
      }}
      below={
        <p class="below">
          <span>{t("words", { n: wordsOf(plain(textOf(replica.doc.value?.["body"]))) })}</span>
          <span data-testid={`writing-${field}`}>
            {here.length > 0 ? t("writing-here", { who: here.map((one) => `${one.name} (${one.city})`).join(", "), n: here.length }) : ""}
          </span>
        </p>
      }
    />
  );
}

function wordsOf(text: string): number {
  return text.match(/[\p{L}\p{N}]+(?:['’·-][\p{L}\p{N}]+)*/gu)?.length ?? 0;
}
