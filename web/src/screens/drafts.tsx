// Texts that could not be saved: nothing a person typed is thrown away without showing it.

import { Button, Copyable, Empty, Title } from "../parts/basic.tsx";
import { live } from "../state.ts";
import { dateTime, t } from "../words/words.ts";

export function DraftsScreen() {
  const line = live.value;
  const drafts = line?.drafts.value ?? [];
  return (
    <div class="page">
      <Title>{t("drafts-title")}</Title>
      <p class="lead">{t("drafts-text")}</p>
      {drafts.length === 0 ? <Empty title={t("drafts-empty")} /> : null}
      {drafts.map((draft) => (
        <section class="sheet" key={draft.key} data-testid="draft">
          <h2>{draft.title}</h2>
          <p class="quiet">{dateTime(draft.at)}</p>
          <p>{draft.reason || t("draft-unplaced")}</p>
          {draft.pieces.map((piece, i) => (
            <Copyable key={i} label={piece.label || t("draft-piece")} text={piece.text} />
          ))}
          <Button kind="quiet" onClick={() => void line?.discard(draft)}>
            {t("draft-discard")}
          </Button>
        </section>
      ))}
    </div>
  );
}
