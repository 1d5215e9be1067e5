// Asks where a link leads.

import { useState } from "preact/hooks";
import { Button, FormDialog, Input } from "../parts/basic.tsx";
import { t } from "../words/words.ts";

interface Props {
  href: string;
  /** The caret stands in a link: it can be taken away. */
  there: boolean;
  check: (typed: string) => string | null;
  onSet: (href: string) => void;
  onRemove: () => void;
  onClose: () => void;
}

export function LinkDialog({ href, there, check, onSet, onRemove, onClose }: Props) {
  const [typed, setTyped] = useState(href);
  const [error, setError] = useState<string | null>(null);
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const good = check(typed);
    if (good) onSet(good);
    else setError(t("link-wrong"));
  };
  return (
    <FormDialog title={t("link-title")} intro={t("link-intro")} error={error} action={t("link-set")} testid="link-set" onSubmit={submit} onClose={onClose}>
      <Input label={t("link-address")} hint={t("link-hint")} value={typed} onInput={setTyped} testid="link-address" mono />
      {there ? (
        <div class="row">
          {check(href) ? (
            <a href={check(href) ?? undefined} target="_blank" rel="noopener noreferrer nofollow">
              {t("link-open")}
            </a>
          ) : null}
          <Button kind="quiet" onClick={onRemove} testid="link-remove">
            {t("link-remove")}
          </Button>
        </div>
      ) : null}
    </FormDialog>
  );
}
