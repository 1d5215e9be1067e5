// «Posible partida repetida»: joined, or told to be different.

import { joinedCells, type Pair, pairKey, repeatedLines } from "../../documents/repeated.ts";
import { put, scalar } from "../../documents/values.ts";
import type { Content } from "../../live/replica.ts";
import { Button } from "../../parts/basic.tsx";
import { useProgramme } from "../../parts/programme.ts";
import { announce, cityName, myCity8 } from "../../state.ts";
import { listOf, t } from "../../words/words.ts";
import { lineName, placeOf, writeCells } from "./matrix.tsx";

export function Repeated() {
  const { replica } = useProgramme();
  const pairs = repeatedLines(replica.doc.value);
  if (pairs.length === 0 || !replica.writable.value) return null;
  return (
    <section aria-labelledby="repeated-title" data-testid="repeated">
      <h3 id="repeated-title">{t("repeated-title")}</h3>
      <ul class="lines">
        {pairs.map((pair) => (
          <One key={pair.drop} pair={pair} />
        ))}
      </ul>
    </section>
  );
}

function One({ pair }: { pair: Pair }) {
  const { replica, contributions, cells } = useProgramme();
  const doc = replica.doc.value;
  const joined = joinedCells(cells, pair);
  // Only each city moves its own amounts: while another has some in the second line, that one stays.
  const others = [...new Set(joined.map((one) => one.funder).filter((funder) => !funder.startsWith("ext:") && funder !== myCity8()))];
  const names = { title: pair.title, a: lineName(doc, pair.keep), b: lineName(doc, pair.drop) };
  const join = () => {
    for (const one of joined) {
      const place = placeOf(one.funder, replica, contributions);
      if (!place) continue;
      writeCells(place.replica, [
        { path: place.path(pair.keep, one.year, one.mode), minor: one.amount },
        { path: place.path(pair.drop, one.year, one.mode), minor: undefined },
      ]);
    }
    if (others.length === 0) replica.change((content: Content) => put(content, ["budget_lines", pair.drop, "deleted"], true));
    announce(others.length === 0 ? t("repeated-joined", names) : t("repeated-wait", { cities: listOf(others.map(cityName)), ...names }));
  };
  const different = () => replica.change((content: Content) => put(content, ["non_duplication", pairKey(pair.keep, pair.drop)], scalar("not_overlap")));
  return (
    <li class="needs-you">
      <div>
        <p>{t("repeated", { ...names, n: 2 })}</p>
        <p class="quiet">{others.length > 0 ? t("repeated-wait", { cities: listOf(others.map(cityName)), ...names }) : t("repeated-text", names)}</p>
      </div>
      <div class="row">
        <Button onClick={join}>{t("repeated-join")}</Button>
        <Button onClick={different}>{t("repeated-different")}</Button>
      </div>
    </li>
  );
}
