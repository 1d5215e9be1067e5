// Leaving: at once when everything has arrived, with a question when something has not.

import { useState } from "preact/hooks";
import { canKeep } from "../live/store.ts";
import { go } from "../route.ts";
import { live, signOut } from "../state.ts";
import { t } from "../words/words.ts";
import { Button, Dialog } from "./basic.tsx";

export function SignOut() {
  const [unsent, setUnsent] = useState<{ n: number; kept: boolean } | null>(null);
  const [busy, setBusy] = useState(false);
  const leave = () => {
    setUnsent(null);
    setBusy(true);
    void signOut()
      .then(() => go({ screen: "home" }))
      .finally(() => setBusy(false));
  };
  const ask = async () => {
    const line = live.value;
    await line?.keeper.flush();
    const n = (await line?.unsent()) ?? 0;
    if (n === 0) leave();
    else setUnsent({ n, kept: canKeep.value && line?.unkeptCount.value === 0 });
  };
  return (
    <>
      <Button kind="quiet" onClick={() => void ask()} busy={busy} testid="sign-out">
        {t("sign-out")}
      </Button>
      {unsent ? (
        <Dialog title={t("sign-out-title")} onClose={() => setUnsent(null)}>
          <div data-testid="sign-out-question">
            <p>{t("sign-out-unsent", { n: unsent.n })}</p>
            <p class={unsent.kept ? undefined : "problem"}>{t(unsent.kept ? "sign-out-kept" : "sign-out-lost")}</p>
            <div class="row">
              <Button kind="main" onClick={() => setUnsent(null)} testid="sign-out-stay">
                {t("sign-out-stay")}
              </Button>
              <Button kind={unsent.kept ? "plain" : "quiet"} onClick={leave} testid="sign-out-anyway">
                {t(unsent.kept ? "sign-out-anyway" : "sign-out-losing")}
              </Button>
            </div>
          </div>
        </Dialog>
      ) : null}
    </>
  );
}
