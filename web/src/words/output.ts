// What every text of the screens passes on its way out, whichever screen it stands in: nothing hides in it (S21), and
// what is borrowed from Spanish says so. Texts that are being written (fields, the editor) are shown as they are.

import { options, type VNode } from "preact";
import { allBorrowed } from "./borrowed.ts";
import { visible } from "./visible.ts";

/** Called once at the start: looks at elements as they are made. */
export function guardOutput(): void {
  const before = options.vnode;
  options.vnode = (vnode: VNode) => {
    if (typeof vnode.type === "string") look(vnode.props as { children?: unknown; lang?: string; LANG?: string });
    before?.(vnode);
  };
}

function look(props: { children?: unknown; lang?: string; LANG?: string }): void {
  const { children } = props;
  // As an attribute: the property, once set, could only be emptied again, and an empty language is an unknown one.
  if (props.lang === undefined && allBorrowed(children)) props.LANG = "es";
  if (typeof children === "string") props.children = visible(children);
  else if (Array.isArray(children) && children.some((one) => typeof one === "string" && visible(one) !== one)) {
    props.children = children.map((one: unknown) => (typeof one === "string" ? visible(one) : one));
  }
}
