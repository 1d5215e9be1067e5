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

/** Moves an item among others of its kind, one place up (−1) or down (1). False at the end of the list. */
export function moveItem(replica: Replica, collection: string, order: readonly string[], id: string, by: 1 | -1): boolean {
  const from = order.indexOf(id);
  const to = from + by;
  if (from < 0 || to < 0 || to >= order.length) return false;
  const rest = order.filter((one) => one !== id);
  const pos = (one: string | undefined) => (one === undefined ? null : textOf(mapOf(mapOf(mapOf(replica.doc.value)[collection])[one])["pos"]));
  const [before, after] = [pos(rest[to - 1]), pos(rest[to])];
  const next = [...rest.slice(0, to), id, ...rest.slice(to)];
  replica.change((doc: Content) => {
    if (before === null || after === null || before < after) return put(doc, [collection, id, "pos"], scalar(between(before, after)));
    // Two cities added at once and gave the same position: all of these get one anew.
    let last: string | null = null;
    for (const one of next) {
      last = between(last, null);
      put(doc, [collection, one, "pos"], scalar(last));
    }
  });
  const name = describe(replica.doc.value, [collection, id]);
  announce(t("item-moved", { name, n: to + 1, m: order.length }));
  return true;
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
  /** Its place among its neighbours, where that can be changed. */
  move?: { at: number; of: number; by: (by: 1 | -1) => void };
}

/** One item, with its heading for those who walk by headings, and the button that takes it out. */
export function ItemFrame({ replica, collection, id, title, children, level: Heading = "h3", mark, move }: ItemFrameProps) {
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
          <div class="row-buttons">
            {move ? (
              <>
                <button type="button" class="mini" disabled={move.at === 0} aria-label={t("move-up-of", { name: title })} onClick={() => move.by(-1)}>
                  {t("move-up")}
                </button>
                <button type="button" class="mini" disabled={move.at === move.of - 1} aria-label={t("move-down-of", { name: title })} onClick={() => move.by(1)}>
                  {t("move-down")}
                </button>
              </>
            ) : null}
            <button type="button" class="mini" onClick={remove} aria-label={t("remove-item", { name: title })}>
              {t("remove")}
            </button>
          </div>
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
