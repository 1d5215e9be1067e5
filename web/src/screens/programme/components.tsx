// The traffic light of the basic components: a sign and a word for each, what is wanting, and the way there.

import { componentsOf, type Component, type Light } from "../../documents/components.ts";
import { anchor } from "../../documents/places.ts";
import { wordsOf } from "../../documents/rich.ts";
import type { Doc } from "../../live/replica.ts";
import { type ProgrammeScreenState, useProgramme } from "../../parts/programme.ts";
import { type Part, write } from "../../route.ts";
import { t } from "../../words/words.ts";

const SIGNS: Record<Light, string> = { complete: "✓", half: "◐", missing: "○" };
const PLACES: Record<Component, { part: Part; anchor: string }> = {
  context: { part: "narratives", anchor: anchor(["sections", "context"]) },
  justification: { part: "narratives", anchor: anchor(["sections", "justification"]) },
  objectives: { part: "framework", anchor: anchor(["general_objective"]) },
  results: { part: "framework", anchor: "" },
  activities: { part: "activities", anchor: "" },
  resources: { part: "budget", anchor: "" },
  deadlines: { part: "identity", anchor: anchor(["period_start"]) },
  monitoring: { part: "management", anchor: anchor(["monitoring_plan"]) },
};

export function useComponents(state: ProgrammeScreenState) {
  const sections = new Map([...state.sections].flatMap(([field, one]) => (one.doc.value ? [[field, wordsOf(one.doc.value as Doc, ["body"])] as const] : [])));
  return componentsOf({ programme: state.replica.doc.value, sections, anyAmount: state.cells.some((cell) => cell.amount > 0) });
}

export function Components() {
  const state = useProgramme();
  const found = useComponents(state);
  const complete = found.filter((one) => one.light === "complete").length;
  return (
    <section aria-labelledby="components-title">
      <h3 id="components-title" tabIndex={-1}>{t("components-title")}</h3>
      <p>{t("components-count", { n: complete, m: found.length })}</p>
      <ul class="components" data-testid="components">
        {found.map(({ component, light, wants }) => {
          const place = PLACES[component];
          return (
            <li key={component} class={`light-${light}`} data-light={light} data-testid={`component-${component}`}>
              <span class="light" aria-hidden="true">
                {SIGNS[light]}
              </span>
              <div>
                <a href={`${write({ screen: "programme", circle: state.circle, doc: state.id, part: place.part })}${place.anchor === "" ? "" : `#${place.anchor}`}`}>{t(`component-${component}`)}</a>
                <span class="light-word">{t(`light-${light}`)}</span>
                {wants.length > 0 ? <p class="quiet">{wants.map((want) => t(want)).join(" ")}</p> : null}
              </div>
            </li>
          );
        })}
      </ul>
    </section>
  );
}
