// The four truths about what was written: this computer, our node, the other cities, no line. Never more than is so.

import { listOf, t } from "../words/words.ts";
import type { Live } from "./live.ts";
import { canKeep } from "./outbox.ts";
import type { Replica } from "./replica.ts";

export interface Saving {
  /** calm: nothing to do; waiting: on its way; trouble: the person should know. */
  tone: "calm" | "waiting" | "trouble";
  /** `local`, `sending`, `node`, `cities`, `offline`, `refused`, `unkept`, `opening`. */
  level: string;
  sentences: string[];
}

export function savingOf(
  line: Live,
  replicas: readonly Replica[],
  city: string,
  cityName: (city8: string) => string,
): Saving {
  const unsent = replicas.flatMap((replica) => replica.unsent.value);
  const kept = unsent.length > 0 && unsent.every((item) => item.key !== null);
  const state = line.socket.line.value;
  if (!canKeep.value && state === "offline") {
    return { tone: "trouble", level: "unkept", sentences: [t("save-unkept")] };
  }
  const refusing = line.refusing.value;
  if (refusing && unsent.length > 0) {
    return { tone: "trouble", level: "refused", sentences: [refusing.message, kept ? t("sy05") : t("save-keep-open")] };
  }
  if (state === "offline") {
    return { tone: "trouble", level: "offline", sentences: unsent.length > 0 && kept ? [t("sy05"), t("sy08")] : [t("sy08")] };
  }
  if (state === "connecting") return { tone: "waiting", level: "opening", sentences: [t("save-connecting")] };
  if (unsent.length > 0) {
    return { tone: "waiting", level: kept ? "local" : "sending", sentences: [kept ? t("sy05") : t("save-sending")] };
  }
  const deliveries = replicas.map((replica) => replica.delivery.value);
  const lack = new Set(deliveries.flatMap((delivery) => delivery?.lack ?? []));
  const all = new Set([...lack, ...deliveries.flatMap((delivery) => delivery?.have ?? [])]);
  const sentences = [t("sy06", { city })];
  if (all.size === 0) return { tone: "calm", level: "node", sentences };
  if (lack.size === 0) return { tone: "calm", level: "cities", sentences: [...sentences, t("save-all", { n: all.size })] };
  const names = [...lack].map(cityName).sort((a, b) => a.localeCompare(b));
  sentences.push(t("sy07", { n: all.size - lack.size, m: all.size, cities: listOf(names) }));
  return { tone: "calm", level: "node", sentences };
}
