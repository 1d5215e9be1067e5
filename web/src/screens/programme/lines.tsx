// What the budget is made of: its lines, and the financiers from outside.

import { anchor } from "../../documents/places.ts";
import { type Item, items, scalar, textOf } from "../../documents/values.ts";
import { LiveText } from "../../editor/live-text.tsx";
import { Button } from "../../parts/basic.tsx";
import { LiveCheck, LiveNumber, LiveSelect, LiveString } from "../../parts/fields.tsx";
import { addItem, ItemFrame, nextCode, Removed, setDeleted } from "../../parts/items.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { announce } from "../../state.ts";
import { t } from "../../words/words.ts";

const CATEGORIES = ["personal", "viajes", "servicios", "equipos", "formacion", "difusion", "evaluacion", "indirectos", "otros"];
const LINE_FIELDS: Record<string, string> = {
  code: "field-code",
  title: "field-line-title",
  category: "field-category",
  activity_id: "field-activity",
  direct: "field-direct",
};

export function Lines({ lines }: { lines: readonly [string, Item][] }) {
  const { replica, conflicts } = useProgramme();
  const activities = items(replica.doc.value, "activities").map(([id, item]) => [id, `${textOf(item["code"])} ${textOf(item["text"])}`.slice(0, 70)] as const);
  const add = () =>
    addItem(
      replica,
      "budget_lines",
      { code: scalar(nextCode(replica.doc.value, "budget_lines", "B")), title: "", direct: true, note: "", cells: {} },
      "title",
    );
  return (
    <section aria-labelledby="lines-title">
      <h3 id="lines-title">{t("lines-title")}</h3>
      <div class="grid">
        <LiveNumber replica={replica} path={["indirect_limit_pct"]} label={t("field-indirect-limit-pct")} conflicts={conflicts} min={0} max={100} unit="%" error={t("percent-wrong")} />
      </div>
      {lines.length > 0 ? (
        <div class="table-wrap" role="group" tabIndex={0} aria-label={t("lines-title")}>
          <table class="lines-table" data-testid="lines-table">
            <thead>
              <tr>
                <th scope="col">{t("field-code")}</th>
                <th scope="col">{t("field-line-title")}</th>
                <th scope="col">{t("field-category")}</th>
                <th scope="col">{t("field-activity")}</th>
                <th scope="col">{t("field-direct")}</th>
                <td />
              </tr>
            </thead>
            <tbody>
              {lines.map(([id, item]) => {
                const name = t("line-code", { code: textOf(item["code"]) });
                const field = (key: string) => ({ replica, conflicts, labelHidden: true, path: ["budget_lines", id, key], label: `${name}: ${t(LINE_FIELDS[key] ?? "line")}` });
                return (
                  <tr key={id} id={anchor(["budget_lines", id])} tabIndex={-1}>
                    <td>
                      <LiveString {...field("code")} short />
                    </td>
                    <td class="wide">
                      <LiveText {...field("title")} multiline rows={1} />
                    </td>
                    <td>
                      <LiveSelect {...field("category")} empty={t("choose")} options={CATEGORIES.map((one) => [one, t(`category-${one}`)] as const)} />
                    </td>
                    <td>
                      <LiveSelect {...field("activity_id")} empty={t("transversal")} options={activities} />
                    </td>
                    <td>
                      <LiveCheck {...field("direct")} />
                    </td>
                    <td>
                      {replica.writable.value ? (
                        <Button
                          kind="quiet"
                          label={t("remove-item", { name })}
                          onClick={() => {
                            setDeleted(replica, "budget_lines", id, true);
                            announce(t("item-removed", { name }));
                          }}
                        >
                          {t("remove")}
                        </Button>
                      ) : null}
                    </td>
                  </tr>
                );
              })}
            </tbody>
          </table>
        </div>
      ) : null}
      {replica.writable.value ? (
        <Button onClick={add} testid="add-line">
          {t("add-line")}
        </Button>
      ) : null}
      <Removed replica={replica} collection="budget_lines" />
    </section>
  );
}

export function Financiers() {
  const { replica, conflicts } = useProgramme();
  const financiers = items(replica.doc.value, "financiers");
  return (
    <section aria-labelledby="financiers-title">
      <h3 id="financiers-title">{t("financiers-title")}</h3>
      {financiers.length === 0 ? <p class="quiet">{t("financiers-empty")}</p> : null}
      {financiers.map(([id, item]) => (
        <ItemFrame key={id} replica={replica} collection="financiers" id={id} title={textOf(item["name"]) || t("untitled-financier")} level="h4">
          <LiveText replica={replica} path={["financiers", id, "name"]} label={t("field-name")} />
          <div class="grid">
            <LiveSelect replica={replica} path={["financiers", id, "type"]} label={t("field-type")} conflicts={conflicts} empty={t("choose")} options={["fund", "state", "region", "province", "multilateral", "foundation", "company", "other_public", "other"].map((one) => [one, t(`financier-${one}`)] as const)} />
            <LiveSelect replica={replica} path={["financiers", id, "status"]} label={t("field-status")} conflicts={conflicts} empty={t("choose")} options={["planned", "requested", "granted"].map((one) => [one, t(`funding-${one}`)] as const)} />
          </div>
        </ItemFrame>
      ))}
      {replica.writable.value ? (
        <Button testid="add-financier" onClick={() => addItem(replica, "financiers", { name: "", status: scalar("planned") }, "name")}>
          {t("add-financier")}
        </Button>
      ) : null}
      <Removed replica={replica} collection="financiers" />
    </section>
  );
}
