// Ayuda: what this is, what the sentences about saving mean, what happens when something fails. Anybody may read it.

import { Title } from "../parts/basic.tsx";
import { write } from "../route.ts";
import { session } from "../state.ts";
import { rich } from "../words/rich.tsx";
import { t } from "../words/words.ts";

const SECTIONS = ["what", "saved", "down", "who", "two", "recall", "keys", "ask"] as const;
type Section = (typeof SECTIONS)[number];
/** What each part says of its own keys, in the same words as there. */
const PLACES = [
  ["budget", "sheet-keys"],
  ["framework", "framework-keys"],
  ["narratives", "editor-help", "help-keys-text"],
] as const;
const KEYS = ["tab", "enter", "arrows", "escape"] as const;

export function HelpScreen() {
  return (
    <div class="page help">
      <Title above={<a href="/">{session.value ? t("nav-home") : t("back-home")}</a>}>{t("help-title")}</Title>
      <p class="lead">{t("help-lead")}</p>
      <nav class="contents" aria-labelledby="help-contents">
        <h2 id="help-contents">{t("help-contents")}</h2>
        <ol>
          {SECTIONS.map((one) => (
            <li key={one}>
              <a href={`#ayuda-${one}`}>{t(`help-${one}-title`)}</a>
            </li>
          ))}
        </ol>
      </nav>
      {SECTIONS.map((one) => (
        <section key={one} aria-labelledby={`ayuda-${one}`}>
          <h2 id={`ayuda-${one}`} tabIndex={-1}>
            {t(`help-${one}-title`)}
          </h2>
          <Content section={one} />
        </section>
      ))}
      <p class="quiet help-end">
        {rich(t("help-pieces"), { a: (inside) => <a href={write({ screen: "pieces" })}>{inside}</a> })}
      </p>
    </div>
  );
}

function Content({ section }: { section: Section }) {
  switch (section) {
    case "what":
      return <Said keys={["help-what", "help-what-together"]} />;
    case "saved":
      return <Saved />;
    case "down":
      return <Said keys={["help-down-line", "help-down-partner", "help-down-refused"]} />;
    case "who":
      return <Said keys={["help-who-alliance", "help-who-here", "help-who-money", "help-who-people"]} />;
    case "keys":
      return <Keys />;
    default:
      return <Said keys={[`help-${section}`]} />;
  }
}

function Said({ keys }: { keys: readonly string[] }) {
  return (
    <>
      {keys.map((key) => (
        <p key={key}>{t(key)}</p>
      ))}
    </>
  );
}

/** The sentences are the very ones of the bar, so that they are recognised. */
function Saved() {
  const city = t("help-saved-city");
  const rows = [
    [t("sy05"), "help-saved-1"],
    [t("sy06", { city }), "help-saved-2"],
    [t("sy07", { n: 3, m: 4, cities: t("help-saved-other") }), "help-saved-3"],
    [t("sy08"), "help-saved-4"],
  ] as const;
  return (
    <>
      <p>{t("help-saved")}</p>
      <div class="table-wrap" role="region" tabIndex={0} aria-label={t("help-saved-caption")}>
        <table class="prose-table">
          <caption class="unseen">{t("help-saved-caption")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("help-saved-says")}</th>
              <th scope="col">{t("help-saved-means")}</th>
              <th scope="col">{t("help-saved-do")}</th>
            </tr>
          </thead>
          <tbody>
            {rows.map(([says, key]) => (
              <tr key={key}>
                <th scope="row">{says}</th>
                <td>{t(key)}</td>
                <td>{t(`${key}-do`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      <p>{t("help-saved-red")}</p>
    </>
  );
}

function Keys() {
  return (
    <>
      <p>{t("help-keys")}</p>
      <div class="table-wrap" role="region" tabIndex={0} aria-label={t("help-keys-caption")}>
        <table class="prose-table">
          <caption class="unseen">{t("help-keys-caption")}</caption>
          <thead>
            <tr>
              <th scope="col">{t("help-key")}</th>
              <th scope="col">{t("help-key-does")}</th>
            </tr>
          </thead>
          <tbody>
            {KEYS.map((key) => (
              <tr key={key}>
                <th scope="row">
                  <kbd>{t(`help-key-${key}`)}</kbd>
                </th>
                <td>{t(`help-key-${key}-does`)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {PLACES.map(([part, ...keys]) => (
        <div key={part}>
          <h3>{t(`part-${part}`)}</h3>
          <Said keys={keys} />
        </div>
      ))}
    </>
  );
}
