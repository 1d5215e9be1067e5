// The buttons above a narrative: one stop of the Tab key, the arrows walk between them.

import { useRef, useState } from "preact/hooks";
import { t } from "../words/words.ts";
import type { ButtonName, Shown } from "./rich/rich.ts";

interface Entry {
  name: ButtonName;
  /** Ctrl and this, as it is said in the label. */
  keys?: string;
  toggles?: boolean;
}

const GROUPS: readonly (readonly Entry[])[] = [
  [
    { name: "bold", keys: "B", toggles: true },
    { name: "italic", keys: "I", toggles: true },
    { name: "link", keys: "K", toggles: true },
  ],
  [
    { name: "title", keys: "shift+2", toggles: true },
    { name: "subtitle", keys: "shift+3", toggles: true },
    { name: "bullet", keys: "shift+8", toggles: true },
    { name: "numbered", keys: "shift+7", toggles: true },
    { name: "quote", keys: "shift+9", toggles: true },
  ],
  [{ name: "out" }, { name: "in" }],
  [
    { name: "undo", keys: "Z" },
    { name: "redo", keys: "Y" },
  ],
];
const ORDER = GROUPS.flat().map((entry) => entry.name);

interface Props {
  label: string;
  for: string;
  shown: Shown;
  run: (name: ButtonName) => void;
}

export function Toolbar({ label, for: controls, shown, run }: Props) {
  const [stop, setStop] = useState<ButtonName>("bold");
  const bar = useRef<HTMLDivElement>(null);
  const walk = (event: KeyboardEvent) => {
    const index = ORDER.indexOf(stop);
    const to = { ArrowRight: index + 1, ArrowLeft: index - 1, Home: 0, End: ORDER.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const name = ORDER[(to + ORDER.length) % ORDER.length] as ButtonName;
    setStop(name);
    bar.current?.querySelector<HTMLElement>(`[data-name="${name}"]`)?.focus();
  };
  return (
    <div class="rich-bar" role="toolbar" aria-label={label} aria-controls={controls} ref={bar} onKeyDown={walk}>
      {GROUPS.map((group, i) => (
        <span class="rich-group" key={i}>
          {group.map((entry) => (
            <ToolButton key={entry.name} {...entry} shown={shown} stop={stop === entry.name} onClick={() => run(entry.name)} onFocus={() => setStop(entry.name)} />
          ))}
        </span>
      ))}
    </div>
  );
}

function ToolButton({ name, keys, toggles, shown, stop, onClick, onFocus }: Entry & { shown: Shown; stop: boolean; onClick: () => void; onFocus: () => void }) {
  const able = shown.able[name] !== false;
  const words = keys ? t("editor-with-keys", { name: t(`editor-${name}`), keys: keysOf(keys) }) : t(`editor-${name}`);
  return (
    <button
      type="button"
      class="rich-button"
      data-name={name}
      data-testid={`editor-${name}`}
      tabIndex={stop ? 0 : -1}
      aria-label={words}
      title={words}
      aria-pressed={toggles ? shown.pressed[name] === true : undefined}
      aria-disabled={able ? undefined : true}
      // The selection stays in the text while the mouse presses a button.
      onMouseDown={(event) => event.preventDefault()}
      onClick={() => able && onClick()}
      onFocus={onFocus}
    >
      {t(`editor-short-${name}`)}
    </button>
  );
}

function keysOf(keys: string): string {
  const [last = "", shift] = keys.split("+").reverse();
  return shift ? t("editor-keys-shift", { key: last }) : t("editor-keys", { key: last });
}
