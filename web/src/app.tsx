// The frame of every screen: who and where I am, the way around, and what must be said aloud.

import { Component, type ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Button } from "./parts/basic.tsx";
import { go, route, write } from "./route.ts";
import { AllianceScreen } from "./screens/alliance.tsx";
import { DraftsScreen } from "./screens/drafts.tsx";
import { HomeScreen } from "./screens/home.tsx";
import { ChangePassword, PeopleScreen } from "./screens/people.tsx";
import { ProgrammeScreen } from "./screens/programme.tsx";
import { SignInScreen } from "./screens/sign-in.tsx";
import { announcement, live, may, refreshProblem, session, signOut, status } from "./state.ts";
import { language, type Language, LANGUAGES, speak, t } from "./words/words.ts";

export function App() {
  const who = session.value;
  useTitle();
  return (
    <>
      <a class="skip" href="#main">
        {t("skip")}
      </a>
      {who ? <Header /> : null}
      {who?.insecure ? <p class="banner banner-ochre">{t("banner-insecure")}</p> : null}
      {status.value?.read_only ? <p class="banner banner-red">{t("banner-read-only")}</p> : null}
      {refreshProblem.value ? (
        <p class="banner banner-ochre" role="status">
          {refreshProblem.value}
        </p>
      ) : null}
      <main id="main" tabIndex={-1}>
        {who === undefined ? <p class="quiet waiting">{t("opening")}</p> : who === null ? <SignInScreen /> : <Guard at={write(route.value)}><Screen /></Guard>}
      </main>
      <div class="unseen" role="status" aria-live="polite" data-testid="announcer">
        {announcement.value}
      </div>
    </>
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
    case "alliance":
      return <AllianceScreen key={here.circle} circle={here.circle} />;
    case "programme":
      return <ProgrammeScreen key={here.doc} circle={here.circle} id={here.doc} part={here.part} />;
    case "unknown":
      return (
        <div class="sheet">
          <h1 tabIndex={-1}>{t("unknown-title")}</h1>
          <p>{t("unknown-text")}</p>
          <p>
            <a href="/">{t("nav-home")}</a>
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
  const leave = () => {
    const unsaved = live.value?.unsentCount.value ?? 0;
    // Unsaved work stays in this browser under this person's name, but nobody should find that out later.
    if (unsaved > 0 && !confirm(t("sign-out-unsaved", { n: unsaved }))) return;
    void signOut().then(() => go({ screen: "home" }));
  };
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
            <span class="brand-city">{who.city.name}</span>
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
            {who.person.name}
            <span class="quiet">{who.person.office}</span>
          </button>
          {asking ? <ChangePassword person={who.person} onClose={() => setAsking(false)} onDone={() => setAsking(false)} /> : null}
          <LanguageChoice />
          <Button kind="quiet" onClick={leave} testid="sign-out">
            {t("sign-out")}
          </Button>
        </div>
      </div>
    </header>
  );
}

export function LanguageChoice() {
  return (
    <label class="language">
      <span class="unseen">{t("language")}</span>
      <select
        value={language.value}
        onChange={(event) => void speak(event.currentTarget.value as Language)}
        data-testid="language"
      >
        {Object.entries(LANGUAGES).map(([code, name]) => (
          <option key={code} value={code} lang={code}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}

function useTitle() {
  const who = session.value;
  const here = route.value;
  const where =
    !who ? t("sign-in-title")
    : here.screen === "programme" ? t(`part-${here.part}`)
    : here.screen === "alliance" ? (status.value?.alliances.find((one) => one.id === here.circle)?.name ?? t("alliance"))
    : here.screen === "people" ? t("nav-people")
    : here.screen === "drafts" ? t("drafts-title")
    : t("nav-home");
  useEffect(() => {
    document.title = who ? `${where} · ${who.city.name}` : `${where} · ${t("brand")}`;
  }, [where, who?.city.name]);
}
