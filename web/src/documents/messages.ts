// The node says its messages in Spanish (domain.md §3.9). For another language they are taken apart by the Spanish
// sentence and said anew; what does not fit stays as it came, marked as Spanish.

import { has, language, t } from "../words/words.ts";

/** The Spanish sentences; each group is an argument of the message of the same code. */
const SENTENCES: Record<string, { is: RegExp; args: readonly string[] }> = {
  PR01: { is: /^Faltan componentes básicos del programa operativo: (.+)\.$/, args: ["list"] },
  PR02: { is: /^Los porcentajes de sectores suman (.+) %\. Deben sumar 100 %\.$/, args: ["n"] },
  PR03: { is: /^El resultado (.+) no tiene ningún indicador\.$/, args: ["code"] },
  PR04: { is: /^El indicador (.+) no tiene fuente de verificación\.$/, args: ["code"] },
  PR05: { is: /^La actividad (.+) no está unida a ningún resultado\.$/, args: ["code"] },
  PR06: { is: /^El indicador (.+) no tiene línea de base\.$/, args: ["code"] },
  PR08: { is: /^Todavía no han aceptado participar: (.+)\.$/, args: ["cities"] },
  PR09: { is: /^No hay ningún acuerdo firmado/, args: [] },
  PR10: { is: /^(.+) no aporta recursos\. /, args: ["city"] },
  AC01: { is: /^La actividad necesita un título y una ciudad responsable\.$/, args: [] },
  AC02: { is: /^La actividad (.+) termina antes de empezar\.$/, args: ["code"] },
  AC03: { is: /^La actividad (.+) queda fuera del periodo del programa \((.+) – (.+)\)\.$/, args: ["code", "from", "to"] },
  AC04: { is: /^La actividad (.+) depende de (.+), que termina después\.$/, args: ["code", "other"] },
  AC05: { is: /^El avance debe estar entre 0 y 100\.$/, args: [] },
  AC06: { is: /^La fecha real no puede ser futura\.$/, args: [] },
  PB01: { is: /^La cantidad debe ser un número mayor o igual que cero, con (\d+) decimales como máximo\.$/, args: ["n"] },
  PB03: { is: /^La anualidad (\d+) está fuera del periodo del programa\.$/, args: ["year"] },
  PB04: { is: /^Los costes indirectos son el (.+) % de los directos y superan el límite fijado \((.+) %\)\.$/, args: ["n", "m"] },
  PB05: { is: /^La partida (.+) no está unida a ninguna actividad\.$/, args: ["code"] },
};

/** The sentence in the language of the page; null where it can only be shown as it came. */
export function translate(code: string, spanish: string): string | null {
  if (language.value === "es") return spanish;
  const known = SENTENCES[code];
  const found = known?.is.exec(spanish);
  const key = code.toLowerCase();
  if (!known || !found || !has(key)) return null;
  return t(key, Object.fromEntries(known.args.map((name, i) => [name, found[i + 1] ?? ""])));
}
