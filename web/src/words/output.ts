// What every text of the screens passes on its way out, whichever screen it stands in: nothing hides in it (S21), and
// what is borrowed from Spanish says so. Texts that are being written (fields, the editor) are shown as they are.

import { Fragment, options, type VNode } from "preact";
import { allBorrowed } from "./borrowed.ts";
import { visible } from "./visible.ts";

/** Called once at the start: looks at elements as they are made. */
export function guardOutput(): void {
  const before = options.vnode;
  options.vnode = (vnode: VNode) => {
    const props = vnode.props as Props;
    // As an attribute: the property, once set, could only be emptied again, and an empty language is an unknown one.
    if (typeof vnode.type === "string" && props.lang === undefined && allBorrowed(props.children)) props.LANG = "es";
    if (typeof vnode.type === "string" || vnode.type === Fragment) props.children = shown(props.children);
    before?.(vnode);
  };
}

interface Props {
  children?: unknown;
  lang?: string;
  LANG?: string;
}

/** Lists of lists come from what is made of lists. The same value when nothing hides in it. */
function shown(children: unknown): unknown {
  if (typeof children === "string") return visible(children);
  if (!Array.isArray(children)) return children;
  let changed = false;
  const all = children.map((one: unknown) => {
    const made = shown(one);
    if (made !== one) changed = true;
    return made;
  });
  return changed ? all : children;
}
