// The basic components that the methodology asks of an operative programme (RQ-35), and how far each has come. Whether
// one counts as missing is what the node says in PR01; half is what is there but would not bear a review.

import { type Item, items, mapOf, numberOf, textOf } from "./values.ts";

export const COMPONENTS = ["context", "justification", "objectives", "results", "activities", "resources", "deadlines", "monitoring"] as const;
export type Component = (typeof COMPONENTS)[number];
export type Light = "complete" | "half" | "missing";

export interface Found {
  component: Component;
  light: Light;
  /** Keys of messages: what is still wanting. */
  wants: string[];
}

interface Given {
  programme: unknown;
  /** Texts of the sections that have arrived. */
  sections: ReadonlyMap<string, string>;
  /** Some amount is written. */
  anyAmount: boolean;
}

const blank = (item: Item, field: string) => textOf(item[field]).trim() === "";

export function componentsOf({ programme, sections, anyAmount }: Given): Found[] {
  const doc = mapOf(programme);
  const list = (collection: string) => items(doc, collection).map(([, item]) => item);
  const results = items(doc, "results");
  const indicators = list("indicators");
  const activities = list("activities");
  const lines = list("budget_lines");
  const plan = Object.values(mapOf(doc["monitoring_plan"])).filter((one) => mapOf(one)["deleted"] !== true);
  const measured = (id: string) => indicators.some((one) => textOf(one["level_id"]) === id);
  const section = (field: string): [string, boolean][] => [["want-text", (sections.get(field) ?? "x").trim() !== ""]];
  const some = (all: readonly unknown[], want: string, ok: boolean): [string, boolean] => [want, all.length > 0 && ok];
  const asked: Record<Component, [string, boolean][]> = {
    context: section("context"),
    justification: section("justification"),
    objectives: [
      ["want-general", !blank(doc, "general_objective")],
      ["want-specific", list("specific_objectives").some((one) => !blank(one, "text"))],
    ],
    results: [["want-results", results.length > 0], some(results, "want-indicators", results.every(([id]) => measured(id)))],
    activities: [
      ["want-activities", activities.length > 0],
      some(activities, "want-dates", activities.every((one) => !blank(one, "planned_start") && !blank(one, "planned_end"))),
      some(activities, "want-cities", activities.every((one) => !blank(one, "lead_city"))),
    ],
    resources: [
      ["want-lines", lines.length > 0],
      ["want-amounts", lines.length > 0 && anyAmount],
    ],
    deadlines: [
      ["want-start", !blank(doc, "period_start")],
      ["want-end", !blank(doc, "period_end")],
    ],
    monitoring: [
      ["want-any-indicator", indicators.length > 0],
      some(indicators, "want-sources", indicators.every((one) => !blank(one, "verification_source"))),
      some(indicators, "want-baselines", indicators.every((one) => numberOf(one["baseline_value"]) !== null || !blank(one, "baseline_value"))),
      ["want-plan", plan.length > 0],
    ],
  };
  return COMPONENTS.map((component) => {
    const parts = asked[component];
    const wants = parts.filter(([, there]) => !there).map(([want]) => want);
    const light: Light = wants.length === 0 ? "complete" : wants.length === parts.length ? "missing" : "half";
    return { component, light, wants };
  });
}
