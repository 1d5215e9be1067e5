// The frame of every screen: who and where I am, the way around, and what must be said aloud.

import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Banners } from "./parts/banners.tsx";
import { Button, Title } from "./parts/basic.tsx";
import { Later } from "./parts/later.tsx";
import { SignOut } from "./parts/sign-out.tsx";
import { route, write } from "./route.ts";
import { AllianceScreen } from "./screens/alliance.tsx";
import { DraftsScreen } from "./screens/drafts.tsx";
import { HomeScreen } from "./screens/home.tsx";
import { ChangePassword, PeopleScreen } from "./screens/people.tsx";
import { ProgrammeScreen } from "./screens/programme.tsx";
import { SignInScreen } from "./screens/sign-in.tsx";
import { announcement, formsInError, live, may, refreshProblem, session, status } from "./state.ts";
import { type Theme, theme, THEMES, wear } from "./style/theme.ts";
import { visible } from "./words/visible.ts";
import { COMPLETE, language, type Language, LANGUAGES, speak, t } from "./words/words.ts";

/** Screens for which nobody has to sign in: they hold nothing of any city. */
const OPEN_SCREENS = new Set<string>(["help", "pieces"]);
const help = () => import("./screens/help.tsx").then((file) => file.HelpScreen);
const pieces = () => import("./screens/pieces.tsx").then((file) => file.PiecesScreen);
const history = () => import("./screens/history.tsx").then((file) => file.HistoryScreen);

export function App() {
  const who = session.value;
  const away = who === undefined && refreshProblem.value !== null;
  const open = who || OPEN_SCREENS.has(route.value.screen);
  useTitle();
  return (
    <>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      {who ? <Header /> : null}
      <Banners />
      <main id="main" tabIndex={-1}>
        {open ? (
          <Guard at={write(route.value)}>
            <Screen />
          </Guard>
        ) : away ? (
          <Away />
        ) : who === undefined ? (
          <p class="quiet waiting">{t("opening")}</p>
        ) : (
          <SignInScreen />
        )}
      </main>
      {who === undefined && !away ? null : <Foot />}
      <div class="unseen" role="status" aria-live="polite" data-testid="announcer">
        {announcement.value}
      </div>
    </>
  );
}

/** Nobody knows yet who is here, and the server does not answer: what is so, and what to do. */
function Away() {
  return (
    <div class="page" data-testid="away">
      <Title>{t("away-title")}</Title>
      <p class="lead">{t("away-text")}</p>
      <p>{t("away-next")}</p>
      <p class="row">
        <Button onClick={() => location.reload()}>{t("try-again")}</Button>
        <LanguageChoice />
      </p>
    </div>
  );
}

/** A screen that fails must not take the page with it: what was written is safe below, and the person is told. */
class Guard extends Component<{ at: string; children: ComponentChildren }, { failed: boolean }> {
  override state = { failed: false };

  static override getDerivedStateFromError() {
    return { failed: true };
  }

  override componentDidUpdate(before: { at: string }) {
    if (this.state.failed && before.at !== this.props.at) this.setState({ failed: false });
  }

  override componentDidCatch(error: unknown) {
    console.error(error);
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <div class="page">
        <h1 tabIndex={-1}>{t("failed-title")}</h1>
        <p class="problem" role="alert">
          {t("failed-text")}
        </p>
        <Button onClick={() => location.reload()}>{t("reload")}</Button>
      </div>
    );
  }
}

function Screen() {
  const here = route.value;
  switch (here.screen) {
    case "home":
      return <HomeScreen />;
    case "people":
      return <PeopleScreen />;
    case "drafts":
      return <DraftsScreen />;
    case "help":
      return <Later key="help" load={help} />;
    case "pieces":
      return <Later key="pieces" load={pieces} />;
    case "alliance":
      return <AllianceScreen key={here.circle} circle={here.circle} />;
    case "programme":
      return <ProgrammeScreen key={here.doc} circle={here.circle} id={here.doc} part={here.part} />;
    case "print":
      return <ProgrammeScreen key={here.doc} circle={here.circle} id={here.doc} part="print" />;
    case "history":
      return <Later key={here.doc} load={history} />;
    case "unknown":
      return (
        <div class="page">
          <Title>{t("unknown-title")}</Title>
          <p>{t("unknown-text")}</p>
          <p>
            <a href="/">{t("back-home")}</a>
          </p>
        </div>
      );
  }
}

function Header() {
  const who = session.value;
  const [asking, setAsking] = useState(false);
  if (!who) return null;
  const here = route.value.screen;
  const drafts = live.value?.drafts.value.length ?? 0;
  const link = (to: "home" | "people" | "drafts", words: string) => (
    <a href={write({ screen: to })} aria-current={here === to ? "page" : undefined}>
      {words}
    </a>
  );
  return (
    <header class="top">
      <div class="top-in">
        <a class="brand" href="/">
          <svg class="brand-mark" viewBox="0 0 32 32" aria-hidden="true">
            <circle cx="12" cy="16" r="8" />
            <circle cx="20" cy="16" r="8" />
          </svg>
          <span>
            <span class="brand-city">{visible(who.city.name)}</span>
            <span class="brand-name">{t("brand")}</span>
          </span>
        </a>
        <nav aria-label={t("nav")}>
          {link("home", t("nav-home"))}
          {may("node_admin") ? link("people", t("nav-people")) : null}
          {drafts > 0 ? link("drafts", t("nav-drafts", { n: drafts })) : null}
        </nav>
        <div class="top-who">
          <button type="button" class="top-person" onClick={() => setAsking(true)} data-testid="my-account" title={t("my-password")}>
            {visible(who.person.name)}
            <span class="quiet">{visible(who.person.office)}</span>
          </button>
          {asking ? <ChangePassword person={who.person} onClose={() => setAsking(false)} onDone={() => setAsking(false)} /> : null}
          <LanguageChoice />
          <SignOut />
        </div>
      </div>
    </header>
  );
}

export function LanguageChoice() {
  const option = (code: Language) => (
    <option key={code} value={code} lang={code}>
      {LANGUAGES[code]}
    </option>
  );
  return (
    <label class="language">
      <span class="unseen">{t("language")}</span>
      <select
        value={language.value}
        onChange={(event) => void speak(event.currentTarget.value as Language)}
        data-testid="language"
      >
        {COMPLETE.map(option)}
        <optgroup label={t("languages-preparing")}>
          {(Object.keys(LANGUAGES) as Language[]).filter((code) => !COMPLETE.includes(code)).map(option)}
        </optgroup>
      </select>
    </label>
  );
}

function Foot() {
  return (
    <footer class="foot" aria-label={t("foot")}>
      <div class="foot-in">
        <p>{t("brand")}</p>
        <p>
          <a href={write({ screen: "help" })}>{t("nav-help")}</a>
        </p>
        <label class="choose-theme">
          <span>{t("theme")}</span>
          <select value={theme.value} onChange={(event) => wear(event.currentTarget.value as Theme)} data-testid="theme">
            {THEMES.map((one) => (
              <option key={one} value={one}>
                {t(`theme-${one}`)}
              </option>
            ))}
          </select>
        </label>
      </div>
    </footer>
  );
}

function useTitle() {
  const who = session.value;
  const here = route.value;
  const where =
    here.screen === "help" ? t("help-title")
    : here.screen === "pieces" ? t("pieces-title")
    : who === undefined && refreshProblem.value !== null ? t("away-title")
    : !who ? t("sign-in-title")
    : here.screen === "programme" ? t(`part-${here.part}`)
    : here.screen === "print" ? t("file-print")
    : here.screen === "alliance" ? visible(status.value?.alliances.find((one) => one.id === here.circle)?.name ?? t("alliance"))
    : here.screen === "people" ? t("nav-people")
    : here.screen === "drafts" ? t("drafts-title")
    : here.screen === "unknown" ? t("unknown-title")
    : here.screen === "history" ? t("history-title")
    : t("nav-home");
  const wrong = formsInError.value > 0;
  useEffect(() => {
    const title = `${where} · ${who ? visible(who.city.name) : t("brand")}`;
    document.title = wrong ? t("error-in-title", { title }) : title;
  }, [where, who?.city.name, wrong, language.value]);
}
