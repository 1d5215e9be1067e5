// What the page needs of the editor; everything behind here is fetched when the first narrative is opened.

import type { Command, EditorState } from "prosemirror-state";
import { redoDepth, undoDepth } from "prosemirror-history";
import * as commands from "./commands.ts";

export { RichView } from "./view.ts";
export { hrefOf } from "../../documents/links.ts";
export { removeLink, setLink } from "./commands.ts";

export const COMMANDS = {
  bold: commands.bold,
  italic: commands.italic,
  title: commands.toggleKind("heading", { level: 2 }),
  subtitle: commands.toggleKind("heading", { level: 3 }),
  bullet: commands.toggleKind("bullet"),
  numbered: commands.toggleKind("numbered"),
  quote: commands.toggleKind("quote"),
  in: commands.indent(1),
  out: commands.indent(-1),
  undo: commands.undo,
  redo: commands.redo,
} satisfies Record<string, Command>;

export type ButtonName = keyof typeof COMMANDS | "link";

/** What the buttons tell of the place of the caret. */
export interface Shown {
  pressed: Partial<Record<ButtonName, boolean>>;
  able: Partial<Record<ButtonName, boolean>>;
}

/** The same object while nothing is different, so that nothing is drawn anew on every key. */
export function shownOf(state: EditorState, before: Shown | null): Shown {
  const { kind, level } = commands.kindAt(state);
  const now: Shown = {
    pressed: {
      bold: commands.markActive(state, "strong"),
      italic: commands.markActive(state, "em"),
      link: commands.markActive(state, "link"),
      title: kind === "heading" && level === 2,
      subtitle: kind === "heading" && level !== 2,
      bullet: kind === "bullet",
      numbered: kind === "numbered",
      quote: kind === "quote",
    },
    able: {
      in: COMMANDS.in(state),
      out: COMMANDS.out(state),
      undo: undoDepth(state) > 0,
      redo: redoDepth(state) > 0,
    },
  };
  return before && JSON.stringify(before) === JSON.stringify(now) ? before : now;
}

export function linkAt(state: EditorState): { href: string; there: boolean } {
  const link = commands.linkAround(state);
  return { href: link?.href ?? "", there: link !== null };
}
