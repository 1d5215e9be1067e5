// The four truths about what was written: this computer, our node, the other cities, no line. Never more than is so.

import { listOf, t } from "../words/words.ts";
import type { Live } from "./live.ts";
import { canKeep } from "./store.ts";
import type { Replica } from "./replica.ts";

export interface Saving {
  /** calm: nothing to do; waiting: on its way; trouble: the person should know; stop: work may be lost. */
  tone: "calm" | "waiting" | "trouble" | "stop";
  /** `local`, `sending`, `node`, `cities`, `offline`, `refused`, `unkept`, `opening`. */
  level: string;
  sentences: string[];
}

export interface Received {
  have: string[];
  lack: string[];
}

/** Which cities have everything shown here; null while that is not known of the last change. */
export function receivedBy(replicas: readonly Replica[]): Received | null {
  const deliveries = replicas.flatMap((replica) => (replica.doc.value ? [replica.delivery.value] : []));
  if (replicas.some((replica) => replica.unsent.value.length > 0)) return null;
  if (deliveries.length === 0 || deliveries.some((delivery) => delivery === null)) return null;
  const lack = new Set(deliveries.flatMap((delivery) => delivery?.lack ?? []));
  const have = new Set(deliveries.flatMap((delivery) => delivery?.have ?? []));
  return { have: [...have].filter((city) => !lack.has(city)), lack: [...lack] };
}

/** `missing` names a city that lacks something, with how long it has been away. */
export function savingOf(line: Live, replicas: readonly Replica[], city: string, missing: (city8: string) => string): Saving {
  const unsent = replicas.flatMap((replica) => replica.unsent.value);
  const kept = unsent.length > 0 && unsent.every((item) => item.key !== null);
  const state = line.socket.line.value;
  const refused = unsent.some((item) => item.unkept && item.key === null);
  if (!canKeep.value && (state === "offline" || refused)) {
    return { tone: "stop", level: "unkept", sentences: [t("save-unkept"), ...(state === "offline" ? [t("save-unkept-line")] : [])] };
  }
  const refusing = line.refusing.value;
  if (refusing && unsent.length > 0) {
    return { tone: "trouble", level: "refused", sentences: [refusing.message, kept ? t("sy05") : t("save-keep-open")] };
  }
  if (state === "offline") {
    return { tone: "trouble", level: "offline", sentences: unsent.length > 0 && kept ? [t("sy05"), t("sy08")] : [t("sy08")] };
  }
  if (state === "connecting") {
    return { tone: "waiting", level: "opening", sentences: [...(kept ? [t("sy05")] : []), t("save-connecting")] };
  }
  if (unsent.length > 0) {
    return { tone: "waiting", level: kept ? "local" : "sending", sentences: [kept ? t("sy05") : t("save-sending")] };
  }
  return delivered(receivedBy(replicas), city, missing);
}

function delivered(received: Received | null, city: string, missing: (city8: string) => string): Saving {
  const sentences = [t("sy06", { city })];
  if (!received || received.have.length + received.lack.length === 0) return { tone: "calm", level: "node", sentences };
  const { have, lack } = received;
  if (lack.length === 0) return { tone: "calm", level: "cities", sentences: [...sentences, t("save-all", { n: have.length })] };
  const names = lack.map(missing).sort((a, b) => a.localeCompare(b));
  sentences.push(t("sy07", { n: have.length, m: have.length + lack.length, cities: listOf(names) }));
  return { tone: "calm", level: "node", sentences };
}
