// Before anything is brought back: what would change today, in the same words as everywhere; then one new change.

import { useMemo } from "preact/hooks";
import * as A from "@automerge/automerge/slim";
import type { Replica } from "../live/replica.ts";
import { Button, Dialog } from "../parts/basic.tsx";
import { announce } from "../state.ts";
import { dateTime, t } from "../words/words.ts";
import { DifferenceList } from "./difference.tsx";
import { restore, towards } from "./restore.ts";
import { useAction } from "../parts/hooks.ts";
import { Problem } from "../parts/basic.tsx";

/** What someone would like back. */
export interface Wish {
  replica: Replica;
  version: readonly string[];
  /** Only these places; all when none are named. */
  places: readonly (readonly A.Prop[])[] | null;
  programme: unknown;
  kind: string;
  field: string | null;
  when: number;
}

export function RestoreDialog({ wish, onClose, onDone }: { wish: Wish; onClose: () => void; onDone: () => void }) {
  const { replica, version, places } = wish;
  const doc = replica.doc.value;
  const changes = useMemo(() => (doc ? towards(doc, version, places) : []), [doc, version, places]);
  const { busy, error, run } = useAction();
  const go = () =>
    run(async () => {
      // Computed again at the last moment: others may have written meanwhile, and it was shown as it is now.
      const now = replica.doc.value;
      if (!now || !restore(replica, version, towards(now, version, places))) throw new Error(t("restore-failed"));
      announce(t("restore-done"));
      onDone();
    });
  return (
    <Dialog title={t("restore-title")} onClose={onClose}>
      {changes.length === 0 ? (
        <p>{t("restore-nothing")}</p>
      ) : (
        <>
          <p>{t("restore-text", { when: dateTime(wish.when) })}</p>
          <Problem>{error}</Problem>
          <div class="restore-what" tabIndex={0} role="group" aria-label={t("restore-what")}>
            <DifferenceList changes={changes} place={{ doc, kind: wish.kind, programme: wish.programme, field: wish.field }} replica={replica} after={version} />
          </div>
        </>
      )}
      <div class="row">
        {changes.length > 0 ? (
          <Button kind="main" busy={busy} onClick={() => void go()} testid="restore-do">
            {t("restore-do")}
          </Button>
        ) : null}
        <Button kind="quiet" onClick={onClose}>
          {t(changes.length > 0 ? "cancel" : "close")}
        </Button>
      </div>
    </Dialog>
  );
}
