import { useState } from "preact/hooks";
import { LanguageChoice } from "../app.tsx";
import type { SessionView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import { Button, Input } from "../parts/basic.tsx";
import { ErrorSummary, useChecks } from "../parts/form.tsx";
import { useAction } from "../parts/hooks.ts";
import { cityHere, leaving, live, signedIn } from "../state.ts";
import { t } from "../words/words.ts";

export function SignInScreen() {
  const city = cityHere();
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const { busy, error, run, clear } = useAction();
  const checks = useChecks();
  const submit = (event: Event) => {
    event.preventDefault();
    clear();
    if (!checks.pass({ "sign-in-user": user.trim() === "" && t("write-user"), "sign-in-password": password === "" && t("write-password") })) return;
    void run(async () => {
      const view = await ask<SessionView>("POST", "/api/session", { user: user.trim(), password });
      setPassword("");
      signedIn(view);
    });
  };
  return (
    <div class="sign-in">
      <form class="sheet" onSubmit={submit} data-testid="sign-in" noValidate>
        <svg class="brand-mark brand-mark-large" viewBox="0 0 32 32" aria-hidden="true">
          <circle cx="12" cy="16" r="8" />
          <circle cx="20" cy="16" r="8" />
        </svg>
        <p class="sign-in-where">{city ? t("sign-in-city", { city }) : t("sign-in-host", { host: location.host })}</p>
        <h1 tabIndex={-1}>{t("sign-in-title")}</h1>
        <p class="lead">{live.value ? t("sign-in-again") : t("sign-in-text")}</p>
        {leaving.value ? (
          <p class="notice" role="status" data-testid="leaving">
            {t("sign-out-offline")}
          </p>
        ) : null}
        <ErrorSummary error={error} wrong={checks.wrong} level="h2" />
        <Input label={t("user")} value={user} onInput={setUser} autoComplete="username" required testid="user" id="sign-in-user" error={checks.errorOf("sign-in-user")} />
        <Input
          label={t("password")}
          type="password"
          value={password}
          onInput={setPassword}
          autoComplete="current-password"
          required
          testid="password"
          id="sign-in-password"
          error={checks.errorOf("sign-in-password")}
        />
        <Button kind="main" type="submit" busy={busy} testid="sign-in-button">
          {t("sign-in")}
        </Button>
        <p class="quiet">{t("sign-in-help")}</p>
      </form>
      <LanguageChoice />
    </div>
  );
}
