// Fields of a document with one value: dates, choices, numbers. Each writes when the person has finished with it.

import type * as A from "@automerge/automerge/slim";
import type { ComponentChildren } from "preact";
import { useId, useState } from "preact/hooks";
import type { Conflict } from "../documents/conflicts.ts";
import { anchor } from "../documents/places.ts";
import { numberOf, put, scalar, textOf, whole } from "../documents/values.ts";
import { at, type Content, type Replica } from "../live/replica.ts";
import { longDate, t } from "../words/words.ts";
import { ConflictBox, plainValue } from "./conflict.tsx";

export interface FieldProps {
  replica: Replica;
  path: A.Prop[];
  label: string;
  labelHidden?: boolean;
  hint?: string;
  conflicts?: ReadonlyMap<string, Conflict>;
  readOnly?: boolean;
  onFocus?: () => void;
}

const NONE: ReadonlyMap<string, Conflict> = new Map();

export function LiveDate({ check, note, ...props }: FieldProps & {
  /** Why a date cannot be written; it stays in the field until it is put right. */
  check?: (date: string) => string | null;
  /** Said where several dates were written at once. */
  note?: string;
}) {
  const value = textOf(at(props.replica.doc.value, props.path));
  const [draft, setDraft] = useState<string | null>(null);
  const error = draft === null ? null : (check?.(draft) ?? null);
  const write = (text: string) => {
    const year = Number(text.slice(0, 4));
    // While a year is being typed the browser reports 0002, 0020, 0202.
    if (text !== "" && (year < 1900 || year > 2200)) return;
    const bad = text !== "" && (check?.(text) ?? null) !== null;
    setDraft(bad ? text : null);
    if (bad || text === value) return;
    props.replica.change((doc: Content) => put(doc, props.path, text === "" ? undefined : scalar(text)));
  };
  return (
    <Frame {...props} error={error} show={(v) => (textOf(v) === "" ? t("no-date") : longDate(textOf(v)))} note={note}>
      {(common) => <input {...common} type="date" value={error ? (draft ?? value) : value} onChange={(event) => write(event.currentTarget.value)} />}
    </Frame>
  );
}

export function LiveSelect({ options, empty, numeric, ...props }: FieldProps & {
  options: readonly (readonly [string, string])[];
  empty?: string;
  /** The options are whole numbers, and stored as such. */
  numeric?: boolean;
}) {
  const value = textOf(at(props.replica.doc.value, props.path));
  const known = options.some(([option]) => option === value);
  const name = (v: unknown) => options.find(([option]) => option === textOf(v))?.[1] ?? plainValue(v);
  const write = (text: string) =>
    props.replica.change((doc: Content) =>
      put(doc, props.path, text === "" ? undefined : numeric ? whole(Number(text)) : scalar(text)),
    );
  return (
    <Frame {...props} show={name}>
      {({ readOnly, ...common }) => (
        <select {...common} disabled={readOnly} value={value} onChange={(event) => write(event.currentTarget.value)}>
          {empty !== undefined || value === "" ? <option value="">{empty ?? t("choose")}</option> : null}
          {!known && value !== "" ? <option value={value}>{value}</option> : null}
          {options.map(([option, label]) => (
            <option key={option} value={option}>
              {label}
            </option>
          ))}
        </select>
      )}
    </Frame>
  );
}

/** A whole number within bounds. Anything else stays in the field with the reason, and is not written. */
export function LiveNumber({ min, max, unit, decimal, error, ...props }: FieldProps & {
  min?: number;
  max?: number;
  unit?: string;
  /** Values of indicators may have decimals. */
  decimal?: boolean;
  error: string;
}) {
  const stored = at(props.replica.doc.value, props.path);
  const [draft, setDraft] = useState<string | null>(null);
  const [wrong, setWrong] = useState(false);
  const value = draft ?? textOf(stored).replace(".", decimal ? "," : ".");
  const write = (text: string) => {
    const plain = text.trim().replace(",", ".");
    const number = numberOf(plain);
    const bad =
      plain !== "" &&
      (number === null || (!decimal && !Number.isInteger(number)) || (min !== undefined && number < min) || (max !== undefined && number > max));
    setWrong(bad);
    if (bad) return;
    setDraft(null);
    if (plain === textOf(stored)) return;
    const written = plain === "" ? undefined : decimal ? Number(plain) : whole(Number(plain));
    props.replica.change((doc: Content) => put(doc, props.path, written));
  };
  return (
    <Frame {...props} show={plainValue} error={wrong ? error : null}>
      {(common) => (
        <span class="with-unit">
          <input
            {...common}
            class="number"
            type="text"
            inputMode={decimal ? "decimal" : "numeric"}
            value={value}
            onInput={(event) => setDraft(event.currentTarget.value)}
            onBlur={(event) => write(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Enter") write(event.currentTarget.value);
              if (event.key === "Escape") {
                setDraft(null);
                setWrong(false);
              }
            }}
          />
          {unit ? <span class="unit">{unit}</span> : null}
        </span>
      )}
    </Frame>
  );
}

/** A short code or word kept whole: two people who write it at once are asked to choose. */
export function LiveString({ short, ...props }: FieldProps & { short?: boolean }) {
  const stored = textOf(at(props.replica.doc.value, props.path));
  const [draft, setDraft] = useState<string | null>(null);
  const write = () => {
    const text = draft?.trim();
    setDraft(null);
    if (text === undefined || text === stored) return;
    props.replica.change((doc: Content) => put(doc, props.path, text === "" ? undefined : scalar(text)));
  };
  return (
    <Frame {...props} show={plainValue}>
      {(common) => (
        <input
          {...common}
          class={short ? "code" : undefined}
          type="text"
          autocomplete="off"
          spellcheck={false}
          value={draft ?? stored}
          onInput={(event) => setDraft(event.currentTarget.value)}
          onBlur={write}
          onKeyDown={(event) => {
            if (event.key === "Enter") write();
            if (event.key === "Escape") setDraft(null);
          }}
        />
      )}
    </Frame>
  );
}

export function LiveCheck(props: FieldProps) {
  const checked = at(props.replica.doc.value, props.path) === true;
  const id = anchor(props.path);
  return (
    <div class="check">
      <input
        type="checkbox"
        id={id}
        data-testid={id}
        checked={checked}
        disabled={props.readOnly || !props.replica.writable.value}
        onFocus={props.onFocus}
        onChange={(event) => {
          const on = event.currentTarget.checked;
          props.replica.change((doc: Content) => put(doc, props.path, on));
        }}
      />
      <label for={id} class={props.labelHidden ? "unseen" : undefined}>
        {props.label}
      </label>
    </div>
  );
}

interface Common {
  id: string;
  readOnly: boolean | undefined;
  "aria-describedby": string | undefined;
  "aria-invalid": true | undefined;
  "data-testid": string;
  onFocus: (() => void) | undefined;
}

function Frame({ replica, path, label, labelHidden, hint, conflicts = NONE, readOnly, onFocus, show, note, error, children }: FieldProps & {
  show: (value: unknown) => string;
  note?: string | undefined;
  error?: string | null;
  children: (common: Common) => ComponentChildren;
}) {
  const unique = useId();
  const id = anchor(path);
  const about = [hint ? `${unique}-hint` : "", error ? `${unique}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class={`field ${conflicts.has(id) ? "has-conflict" : ""}`}>
      <label for={id} class={labelHidden ? "unseen" : undefined}>
        {label}
      </label>
      {hint ? (
        <p class="hint" id={`${unique}-hint`}>
          {hint}
        </p>
      ) : null}
      {error ? (
        <p class="field-error" id={`${unique}-error`} role="alert">
          {error}
        </p>
      ) : null}
      {children({
        id,
        readOnly: readOnly || !replica.writable.value || undefined,
        "aria-describedby": about || undefined,
        "aria-invalid": error ? true : undefined,
        "data-testid": id,
        onFocus,
      })}
      <ConflictBox replica={replica} path={path} conflicts={conflicts} label={label} show={show} note={note} />
    </div>
  );
}
