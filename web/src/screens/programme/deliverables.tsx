// What an activity hands over. Items of an activity: they are taken out and brought back like all others.

import { between, newId } from "../../documents/order.ts";
import { anchor } from "../../documents/places.ts";
import { type Item, items, lastPos, put, scalar, textOf } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import { at, type Content } from "../../live/replica.ts";
import { Button } from "../../parts/basic.tsx";
import { LiveDate } from "../../parts/fields.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { toPlace } from "../../route.ts";
import { t } from "../../words/words.ts";

export function Deliverables({ activity }: { activity: string }) {
  const { replica, conflicts } = useProgramme();
  const path = ["activities", activity];
  const holder = at(replica.doc.value, path);
  const list = items(holder, "deliverables").filter(([, item]) => typeof item === "object" && Object.keys(item).length > 0);
  const gone = Object.entries((at(holder, ["deliverables"]) ?? {}) as Record<string, Item>).filter(([, item]) => item?.["deleted"] === true);
  const set = (id: string, deleted: boolean) => replica.change((doc: Content) => put(doc, [...path, "deliverables", id, "deleted"], deleted));
  const add = () => {
    const id = newId();
    const pos = between(lastPos(holder, "deliverables"), null);
    replica.change((doc: Content) => put(doc, [...path, "deliverables", id], { text: "", pos: scalar(pos) }));
    setTimeout(() => toPlace(anchor([...path, "deliverables", id, "text"])), 30);
  };
  return (
    <fieldset id={anchor([...path, "deliverables"])} tabIndex={-1}>
      <legend>{t("field-deliverables")}</legend>
      {list.map(([id, item], i) => (
        <div key={id} class="deliverable">
          <LiveText replica={replica} path={[...path, "deliverables", id, "text"]} label={t("deliverable", { n: i + 1 })} multiline rows={1} />
          <LiveDate replica={replica} path={[...path, "deliverables", id, "due"]} label={t("field-due")} conflicts={conflicts} />
          {replica.writable.value ? (
            <button type="button" class="mini" aria-label={t("remove-item", { name: textOf(item["text"]) || t("deliverable", { n: i + 1 }) })} onClick={() => set(id, true)}>
              {t("remove")}
            </button>
          ) : null}
        </div>
      ))}
      {gone.map(([id, item]) => (
        <p key={id} class="quiet">
          {t("removed-one", { name: textOf(item["text"]) || t("untitled") })}{" "}
          <button type="button" class="mini" onClick={() => set(id, false)}>
            {t("recover")}
          </button>
        </p>
      ))}
      {replica.writable.value ? <Button onClick={add}>{t("add-deliverable")}</Button> : null}
    </fieldset>
  );
}
