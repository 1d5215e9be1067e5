// A screen whose code is fetched when somebody first goes there.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import { t } from "../words/words.ts";
import { Button, Title } from "./basic.tsx";

export function Later({ load }: { load: () => Promise<ComponentType> }) {
  const [Loaded, setLoaded] = useState<ComponentType | null>(null);
  const [failed, setFailed] = useState(false);
  const fetchIt = () => {
    setFailed(false);
    load().then(
      (component) => setLoaded(() => component),
      () => setFailed(true),
    );
  };
  useEffect(fetchIt, []);
  if (Loaded) return <Loaded />;
  if (!failed) return <p class="quiet waiting">{t("opening")}</p>;
  return (
    <div class="page">
      <Title>{t("later-failed")}</Title>
      <p class="problem" role="alert">
        {t("later-failed-text")}
      </p>
      <Button onClick={fetchIt}>{t("try-again")}</Button>
    </div>
  );
}
