// What is wrong in a form, said twice in the same words: above it, where the keyboard goes, and beside each field.

import { useEffect, useRef, useState } from "preact/hooks";
import { formsInError } from "../state.ts";
import { t } from "../words/words.ts";

export interface Wrong {
  /** The id of the field. */
  field: string;
  sentence: string;
}

export interface Checks {
  wrong: readonly Wrong[];
  errorOf: (field: string) => string | null;
  /** Keeps what is wrong (sentences by the field's id; false and null are fine) and says whether nothing is. */
  pass: (found: Readonly<Record<string, string | false | null>>) => boolean;
}

export function useChecks(): Checks {
  const [wrong, setWrong] = useState<readonly Wrong[]>([]);
  return {
    wrong,
    errorOf: (field) => wrong.find((one) => one.field === field)?.sentence ?? null,
    pass: (found) => {
      const next = Object.entries(found).flatMap(([field, sentence]) => (sentence ? [{ field, sentence }] : []));
      // A new list each time: the summary takes the keyboard again when the form is sent again.
      setWrong(next);
      return next.length === 0;
    },
  };
}

interface Props {
  wrong?: readonly Wrong[];
  /** What the node answered, when it is not about one field. */
  error?: string | null;
  level?: "h2" | "h3";
}

const NOTHING: readonly Wrong[] = [];

export function ErrorSummary({ wrong = NOTHING, error = null, level: Heading = "h3" }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const any = wrong.length > 0 || error !== null;
  useEffect(() => {
    if (!any) return;
    formsInError.value += 1;
    return () => {
      formsInError.value -= 1;
    };
  }, [any]);
  useEffect(() => {
    if (any) box.current?.focus();
  }, [any, wrong, error]);
  if (!any) return null;
  return (
    <div class="problem error-summary" ref={box} tabIndex={-1} role="alert" data-testid="error-summary">
      <Heading class="error-summary-title">{t("error-summary")}</Heading>
      {error === null ? null : <p data-testid="problem">{error}</p>}
      {wrong.length === 0 ? null : (
        <ul>
          {wrong.map((one) => (
            <li key={one.field}>
              <a
                href={`#${one.field}`}
                onClick={(event) => {
                  event.preventDefault();
                  document.getElementById(one.field)?.focus();
                }}
              >
                {one.sentence}
              </a>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
