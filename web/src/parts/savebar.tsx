import { live, cityName, session } from "../state.ts";
import { type Saving, savingOf } from "../live/status.ts";
import type { Replica } from "../live/replica.ts";

/** What is true of everything written on this screen, in a sentence, always in the same place. */
export function SaveBar({ replicas }: { replicas: readonly Replica[] }) {
  const line = live.value;
  if (!line || !session.value) return null;
  const saving = savingOf(line, replicas, session.value.city.name, cityName);
  return (
    <div class={`savebar savebar-${saving.tone}`} role="status" data-testid="saving" data-level={saving.level}>
      <SavingLine saving={saving} />
    </div>
  );
}

export function SavingLine({ saving }: { saving: Saving }) {
  return (
    <>
      <span class="savebar-mark" aria-hidden="true" />
      <p>
        {saving.sentences.map((sentence) => (
          <span key={sentence}>{sentence} </span>
        ))}
      </p>
    </>
  );
}
