import { useEffect, useState } from "preact/hooks";
import type { MemberStatus } from "../live/api.ts";
import { type Saving, savingOf } from "../live/status.ts";
import type { Replica } from "../live/replica.ts";
import { city8Of, cityName, live, session, status } from "../state.ts";
import { sinceWhen, t } from "../words/words.ts";
import { SavingPanel } from "./saving-panel.tsx";

/** While one types the sentence changes many times a second: what stays this long is said aloud. */
const SAY_AFTER_MS = 1_500;

/** What is true of everything written on this screen, in a sentence, always in the same place. */
export function SaveBar({ replicas }: { replicas: readonly Replica[] }) {
  const [open, setOpen] = useState(false);
  const [said, setSaid] = useState("");
  const line = live.value;
  const saving = line && session.value ? savingOf(line, replicas, session.value.city.name, missing) : null;
  const text = saving?.sentences.join(" ") ?? "";
  useEffect(() => {
    const timer = setTimeout(() => setSaid(text), SAY_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text]);
  if (!saving) return null;
  return (
    <div class={`savebar savebar-${saving.tone}`} data-testid="saving" data-level={saving.level}>
      <SavingLine saving={saving} />
      <button type="button" class="button button-quiet savebar-more" onClick={() => setOpen(true)} data-testid="saving-more">
        {t("saving-more")}
      </button>
      <div class="unseen" role={saving.tone === "stop" ? "alert" : "status"}>
        {said}
      </div>
      {open ? <SavingPanel replicas={replicas} onClose={() => setOpen(false)} /> : null}
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

/** The member of any of our alliances that a short identifier names. */
export function memberOf(city8: string): MemberStatus | undefined {
  const members = status.value?.alliances.flatMap((alliance) => alliance.members) ?? [];
  return members.find((member) => city8Of(member.city_id) === city8);
}

/** A city that lacks something, and since when it is away. */
function missing(city8: string): string {
  const member = memberOf(city8);
  const city = cityName(city8);
  if (!member || member.connected) return city;
  const since = member.last_contact_ms ?? null;
  return since === null ? t("city-never-here", { city }) : t("city-away", { city, since: sinceWhen(since) });
}
