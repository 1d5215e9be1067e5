// What the whole page should know, above every screen: the line, the browser's limits, a newer edition.

import { useState } from "preact/hooks";
import { changeOver, newEdition, offlinePage } from "../live/edition.ts";
import { answersFrom } from "../live/http.ts";
import { canKeep, outdated } from "../live/store.ts";
import { route } from "../route.ts";
import { live, may, refreshProblem, session, status } from "../state.ts";
import { dateTime, t } from "../words/words.ts";
import { Button } from "./basic.tsx";

const SAFE_WITHIN_MS = 10_000;

export function Banners() {
  const who = session.value;
  // Before anybody has signed in the browser itself knows that the line is open.
  const insecure = who ? who.insecure : !globalThis.isSecureContext;
  const noOffline = offlinePage.value === "plain" || offlinePage.value === "refused";
  return (
    <>
      {insecure || (who && noOffline) ? (
        <p class="banner banner-ochre" data-testid="banner-no-offline">
          {who && noOffline ? t("banner-no-offline") : ""} {insecure ? t("banner-insecure") : ""}
        </p>
      ) : null}
      {status.value?.read_only ? <p class="banner banner-red">{t(status.value.read_only_why === "disk_full" ? "banner-disk-full" : "banner-read-only")}</p> : null}
      <CertificateBanner />
      <OfflineBanner />
      {refreshProblem.value ? (
        <p class="banner banner-ochre" role="status">
          {refreshProblem.value}
        </p>
      ) : null}
      <EditionBanner />
    </>
  );
}

/** What is wrong with the certificate or soon will be: a page that nobody can open any more cannot say so. */
function CertificateBanner() {
  const warnings = (session.value && may("node_admin") && status.value?.certificate?.warnings) || [];
  // The node's own sentences are in Spanish.
  return warnings.map((warning) => (
    <p key={warning} class="banner banner-ochre" lang="es" data-testid="banner-certificate">
      {warning}
    </p>
  ));
}

function OfflineBanner() {
  const from = answersFrom.value;
  const waiting = live.value?.waitingCount.value ?? 0;
  const unkept = live.value?.unkeptCount.value ?? 0;
  // Where one writes, the bar below says it.
  const alarm = unkept > 0 && !canKeep.value && route.value.screen !== "programme";
  return (
    <>
      <div role="status">
        {session.value && from !== null ? (
          <p class="banner banner-ochre" data-testid="banner-offline">
            {asOf(from)} {waiting > 0 && unkept === 0 ? t("banner-waiting", { n: waiting }) : ""}
          </p>
        ) : null}
      </div>
      <div role="alert">
        {session.value && alarm ? <p class="banner banner-red">{t("save-unkept")}</p> : null}
      </div>
    </>
  );
}

/** A newer edition of the page waits until the person wants it, and changes over only when nothing can be lost. */
function EditionBanner() {
  const [busy, setBusy] = useState(false);
  const [waiting, setWaiting] = useState(false);
  const change = async () => {
    setBusy(true);
    setWaiting(false);
    const safe = await allSafe();
    setBusy(false);
    if (safe) changeOver();
    else setWaiting(true);
  };
  return (
    <div role="status">
      {newEdition.value || outdated.value ? (
        <div class="banner banner-new" data-testid="new-edition">
          <p>{waiting ? t("edition-not-safe") : t(outdated.value ? "edition-outdated" : "edition-new")}</p>
          <Button onClick={() => void change()} busy={busy} testid="change-edition">
            {t("edition-change")}
          </Button>
        </div>
      ) : null}
    </div>
  );
}

/** Everything written is on this computer or at the node. */
async function allSafe(): Promise<boolean> {
  const end = Date.now() + SAFE_WITHIN_MS;
  for (;;) {
    const line = live.value;
    if (!line) return true;
    await line.keeper.flush();
    if (line.unkeptCount.value === 0) return true;
    if (Date.now() > end) return false;
    await new Promise((done) => setTimeout(done, 200));
  }
}

function asOf(ms: number): string {
  const today = new Date().toDateString() === new Date(ms).toDateString();
  return t(today ? "banner-offline-hour" : "banner-offline-day", { when: dateTime(ms) });
}
