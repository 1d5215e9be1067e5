// The small pieces every screen is made of.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { t } from "../words/words.ts";
import { ErrorSummary, type Wrong } from "./form.tsx";

export function Title({ children, above }: { children: ComponentChildren; above?: ComponentChildren }) {
  return (
    <div class="title">
      {above ? <p class="title-above">{above}</p> : null}
      <h1 tabIndex={-1}>{children}</h1>
    </div>
  );
}

/** A failure, said where it happened and aloud. */
export function Problem({ children }: { children: string | null | undefined }) {
  return (
    <div role="alert">
      {children ? (
        <p class="problem" data-testid="problem">
          {children}
        </p>
      ) : null}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      {children}
    </div>
  );
}

interface InputProps {
  label: string;
  hint?: string;
  error?: string | null;
  value: string;
  onInput: (value: string) => void;
  type?: "text" | "password";
  autoComplete?: string;
  required?: boolean;
  testid?: string;
  mono?: boolean;
  /** So that a summary of errors can lead here. */
  id?: string;
  /** Id of a list of suggestions. */
  list?: string;
}

/** A field of a form (not of a document): its value is sent with a button. */
export function Input({ label, hint, error, value, onInput, type = "text", autoComplete, required, testid, mono, id: given, list }: InputProps) {
  const made = useId();
  const id = given ?? made;
  const about = [hint ? `${id}-hint` : "", error ? `${id}-error` : ""].filter(Boolean).join(" ");
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {hint ? (
        <p class="hint" id={`${id}-hint`}>
          {hint}
        </p>
      ) : null}
      {error ? (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      ) : null}
      <input
        id={id}
        class={mono ? "mono" : undefined}
        type={type as "text"}
        value={value}
        aria-describedby={about || undefined}
        aria-invalid={error ? true : undefined}
        data-testid={testid}
        onInput={(event) => onInput(event.currentTarget.value)}
        spellcheck={type === "text" && !mono}
        autocomplete={autoComplete}
        required={required}
        list={list}
      />
    </div>
  );
}

interface SelectProps {
  label: string;
  value: string;
  options: readonly (readonly [string, string])[];
  onChange: (value: string) => void;
  testid?: string;
  hidden?: boolean;
}

export function Select({ label, value, options, onChange, testid, hidden }: SelectProps) {
  const id = useId();
  return (
    <div class="field">
      <label for={id} class={hidden ? "unseen" : undefined}>
        {label}
      </label>
      <select id={id} value={value} data-testid={testid} onChange={(event) => onChange(event.currentTarget.value)}>
        {options.map(([option, name]) => (
          <option key={option} value={option}>
            {name}
          </option>
        ))}
      </select>
    </div>
  );
}

interface ButtonProps {
  children: ComponentChildren;
  kind?: "main" | "plain" | "quiet";
  busy?: boolean;
  disabled?: boolean;
  testid?: string;
  /** For those who do not see what the button stands beside. */
  label?: string;
  type?: "button" | "submit";
  onClick?: () => void;
}

export function Button({ children, kind = "plain", busy, disabled, testid, label, type = "button", onClick }: ButtonProps) {
  return (
    <button
      type={type}
      class={`button button-${kind}`}
      aria-busy={busy ? true : undefined}
      aria-label={label}
      data-testid={testid}
      disabled={disabled || busy}
      onClick={onClick}
    >
      {children}
    </button>
  );
}

export function Dialog({ title, onClose, children }: { title: string; onClose: () => void; children: ComponentChildren }) {
  const ref = useRef<HTMLDialogElement>(null);
  const id = useId();
  const ended = useRef(onClose);
  ended.current = onClose;
  useEffect(() => {
    const back = document.activeElement;
    const dialog = ref.current;
    // The browser closes it on Escape, whether one would let it or not: we follow.
    const told = () => ended.current();
    dialog?.addEventListener("close", told);
    dialog?.showModal();
    return () => {
      dialog?.removeEventListener("close", told);
      // While it is open nothing behind it takes the keyboard.
      dialog?.close();
      if (back instanceof HTMLElement && back.isConnected) back.focus();
    };
  }, []);
  return (
    <dialog ref={ref} class="dialog" aria-labelledby={id}>
      <h2 id={id}>{title}</h2>
      {children}
      <button type="button" class="dialog-close" onClick={onClose} aria-label={t("close")}>
        <span aria-hidden="true">×</span>
      </button>
    </dialog>
  );
}

interface FormDialogProps {
  title: string;
  intro?: string;
  error: string | null;
  /** What is wrong in single fields. */
  wrong?: readonly Wrong[];
  /** What the main button does. */
  action: string;
  busy?: boolean;
  testid?: string;
  onSubmit: (event: SubmitEvent) => void;
  onClose: () => void;
  children: ComponentChildren;
}

/** A dialog that asks for something: what is wrong above the fields, the main button and «cancel» below. */
export function FormDialog({ title, intro, error, wrong, action, busy, testid, onSubmit, onClose, children }: FormDialogProps) {
  return (
    <Dialog title={title} onClose={onClose}>
      <form onSubmit={onSubmit} noValidate>
        {intro === undefined ? null : <p>{intro}</p>}
        <ErrorSummary error={error} wrong={wrong} />
        {children}
        <div class="row">
          <Button kind="main" type="submit" busy={busy} testid={testid}>
            {action}
          </Button>
          <Button kind="quiet" onClick={onClose}>
            {t("cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** A text to hand on, with a button that copies it and says so. */
export function Copyable({ label, text, testid }: { label: string; text: string; testid?: string }) {
  const id = useId();
  const ref = useRef<HTMLTextAreaElement>(null);
  const said = useRef<HTMLSpanElement>(null);
  const copy = async () => {
    ref.current?.select();
    let done = false;
    try {
      await navigator.clipboard.writeText(text);
      done = true;
    } catch {
      // Plain http has no clipboard: the old way still works there.
      done = document.execCommand("copy");
    }
    if (said.current) said.current.textContent = t(done ? "copied" : "copy-by-hand");
  };
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <textarea id={id} ref={ref} class="mono copyable" readOnly rows={3} value={text} data-testid={testid} />
      <div class="row">
        <Button onClick={() => void copy()}>{t("copy")}</Button>
        <span role="status" ref={said} class="quiet" />
      </div>
    </div>
  );
}
