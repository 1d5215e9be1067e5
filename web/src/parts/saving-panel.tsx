// Where what one writes is: the four levels one by one, and what this browser promises.

import { useEffect, useState } from "preact/hooks";
import { TRUSTED_MS } from "../live/answers.ts";
import { type About, allCopies } from "../live/copies.ts";
import { offlinePage } from "../live/edition.ts";
import type { Replica } from "../live/replica.ts";
import { receivedBy } from "../live/status.ts";
import { canKeep, outdated, promised } from "../live/store.ts";
import { cityName, live, session } from "../state.ts";
import { dateTime, locale, sinceWhen, t } from "../words/words.ts";
import { Dialog } from "./basic.tsx";
import { memberOf } from "./savebar.tsx";

export function SavingPanel({ replicas, onClose }: { replicas: readonly Replica[]; onClose: () => void }) {
  const city = session.value?.city.name ?? "";
  return (
    <Dialog title={t("saving-title")} onClose={onClose}>
      <div class="levels" data-testid="saving-panel">
        <h3>{t("saving-here")}</h3>
        <Here replicas={replicas} />
        <h3>{city}</h3>
        <AtOurNode replicas={replicas} city={city} />
        <h3>{t("saving-others")}</h3>
        <Others replicas={replicas} />
      </div>
    </Dialog>
  );
}

function Here({ replicas }: { replicas: readonly Replica[] }) {
  const [copies, setCopies] = useState<readonly About[] | null>(null);
  useEffect(() => {
    void (live.value?.keeper.flush() ?? Promise.resolve()).then(allCopies).then(setCopies, () => setCopies(null));
  }, []);
  const unsent = replicas.flatMap((replica) => replica.unsent.value);
  const who = live.value?.who;
  const mine = copies?.filter((one) => one.who === who) ?? [];
  const bytes = mine.reduce((sum, one) => sum + one.bytes, 0);
  const size = new Intl.NumberFormat(locale(), { maximumFractionDigits: 1 }).format(Math.max(0.1, bytes / 1_000_000));
  if (!canKeep.value) {
    return (
      <>
        <p class="problem">{t("save-unkept")}</p>
        <p>{t(outdated.value ? "saving-outdated" : "saving-unkept-why")}</p>
      </>
    );
  }
  return (
    <>
      {unsent.length > 0 ? (
        <p>
          {unsent.every((item) => item.key !== null) ? t("sy05") : t("save-sending")} {t("saving-waiting", { n: unsent.length })}
        </p>
      ) : null}
      {mine.length > 0 ? <p>{t("saving-copies", { n: mine.length, size })}</p> : null}
      <p>{offlineSentence(mine.length > 0)}</p>
      {mine.length > 0 && promised.value !== null ? <p>{t(promised.value ? "saving-promised" : "saving-not-promised")}</p> : null}
    </>
  );
}

function offlineSentence(copies: boolean): string {
  if (offlinePage.value === "plain" || offlinePage.value === "refused") return t("banner-no-offline");
  if (offlinePage.value === "installing") return t("saving-installing");
  return copies ? t("saving-offline", { until: dateTime(Date.now() + TRUSTED_MS) }) : "";
}

function AtOurNode({ replicas, city }: { replicas: readonly Replica[]; city: string }) {
  const unsent = replicas.reduce((n, replica) => n + replica.unsent.value.length, 0);
  const line = live.value?.socket.line.value;
  return (
    <>
      {line === "offline" ? <p>{canKeep.value ? t("sy08") : t("save-unkept-line")}</p> : null}
      <p>{unsent === 0 ? t("sy06", { city }) : t("saving-missing-there", { city, n: unsent })}</p>
    </>
  );
}

function Others({ replicas }: { replicas: readonly Replica[] }) {
  const received = receivedBy(replicas);
  if (!received) return <p>{t("saving-others-unknown")}</p>;
  if (received.have.length + received.lack.length === 0) return <p>{t("saving-others-none")}</p>;
  return (
    <ul class="plain">
      {received.lack.map((city8) => (
        <li key={city8}>{lackSentence(city8)}</li>
      ))}
      {received.have.map((city8) => (
        <li key={city8}>{t("saving-city-has", { city: cityName(city8) })}</li>
      ))}
    </ul>
  );
}

function lackSentence(city8: string): string {
  const member = memberOf(city8);
  const city = cityName(city8);
  if (!member || member.connected) return t("saving-city-lacks", { city });
  const since = member.last_contact_ms ?? null;
  return since === null ? t("city-never-here", { city }) : t("sy01", { city, since: sinceWhen(since) });
}
