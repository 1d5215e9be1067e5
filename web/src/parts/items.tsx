// Collections of a document: adding at the end, taking out (recoverable), and the frame of one item.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { anchor, describe } from "../documents/places.ts";
import { between, newId } from "../documents/order.ts";
import { type Item, items, lastPos, mapOf, put, scalar, textOf } from "../documents/values.ts";
import type { Content, Replica } from "../live/replica.ts";
import { announce } from "../state.ts";
import { toPlace } from "../route.ts";
import { t } from "../words/words.ts";
import { Button } from "./basic.tsx";

/** Adds an item with all of its containers in one change; returns its id. */
export function addItem(replica: Replica, collection: string, fields: Item, focus: string): string {
  const id = newId();
  const pos = between(lastPos(replica.doc.value, collection), null);
  replica.change((doc: Content) => {
    put(doc, [collection, id], { ...fields, pos: scalar(pos) });
  });
  setTimeout(() => toPlace(anchor([collection, id, focus])), 30);
  return id;
}

export function setDeleted(replica: Replica, collection: string, id: string, deleted: boolean): void {
  replica.change((doc: Content) => put(doc, [collection, id, "deleted"], deleted));
}

/** The next free short code of a kind: OE2, R3, A1.4. */
export function nextCode(doc: unknown, collection: string, prefix: string): string {
  const used = new Set(Object.values(mapOf(mapOf(doc)[collection])).map((item) => textOf(mapOf(item)["code"])));
  for (let n = 1; ; n++) if (!used.has(`${prefix}${n}`)) return `${prefix}${n}`;
}

interface ItemFrameProps {
  replica: Replica;
  collection: string;
  id: string;
  title: string;
  children: ComponentChildren;
  level?: "h2" | "h3" | "h4";
  mark?: string;
}

/** One item, with its heading for those who walk by headings, and the button that takes it out. */
export function ItemFrame({ replica, collection, id, title, children, level: Heading = "h3", mark }: ItemFrameProps) {
  const remove = () => {
    const name = describe(replica.doc.value, [collection, id]);
    setDeleted(replica, collection, id, true);
    announce(t("item-removed", { name }));
  };
  return (
    <article class={`item ${mark ?? ""}`} id={anchor([collection, id])} tabIndex={-1} data-testid={anchor([collection, id])}>
      <div class="item-head">
        <Heading class="item-title">{title}</Heading>
        {replica.writable.value ? (
          <Button kind="quiet" onClick={remove} label={t("remove-item", { name: title })}>
            {t("remove")}
          </Button>
        ) : null}
      </div>
      {children}
    </article>
  );
}

/** What was taken out of a collection, to bring back. */
export function Removed({ replica, collection }: { replica: Replica; collection: string }) {
  const [open, setOpen] = useState(false);
  const doc = replica.doc.value;
  const gone = Object.entries(mapOf(mapOf(doc)[collection])).filter(([, item]) => mapOf(item)["deleted"] === true);
  if (gone.length === 0) return null;
  return (
    <details class="removed" open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{t("removed", { n: gone.length })}</summary>
      <ul>
        {gone.map(([id, item]) => {
          const one = mapOf(item);
          const name = textOf(one["text"]) || textOf(one["title"]) || textOf(one["name"]) || textOf(one["function"]) || describe(doc, [collection, id]);
          return (
            <li key={id}>
              {textOf(one["code"])} {name}{" "}
              <Button kind="quiet" onClick={() => setDeleted(replica, collection, id, false)} label={t("recover-item", { name })}>
                {t("recover")}
              </Button>
            </li>
          );
        })}
      </ul>
    </details>
  );
}

export { items };
