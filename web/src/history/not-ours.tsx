import { cityName, session } from "../state.ts";
import { t } from "../words/words.ts";

/** Of another city's part nothing is brought back from here: the place for a proposal is the budget (PB02). */
export function NotOurs({ owner }: { owner: string | null | undefined }) {
  const foreign = owner && owner !== session.value?.city.city_id;
  return <p class="quiet">{foreign ? t("pb02", { city: cityName(owner) }) : t("programme-read-only")}</p>;
}
