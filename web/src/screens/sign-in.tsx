import { useState } from "preact/hooks";
import { LanguageChoice } from "../app.tsx";
import type { SessionView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import { Button, Input, Problem } from "../parts/basic.tsx";
import { useAction } from "../parts/hooks.ts";
import { live, signedIn } from "../state.ts";
import { t } from "../words/words.ts";

export function SignInScreen() {
  const [user, setUser] = useState("");
  const [password, setPassword] = useState("");
  const { busy, error, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
    void run(async () => {
      const view = await ask<SessionView>("POST", "/api/session", { user: user.trim(), password });
      setPassword("");
      signedIn(view);
    });
  };
  return (
    <div class="sign-in">
      <form class="sheet" onSubmit={submit} data-testid="sign-in">
        <svg class="brand-mark brand-mark-large" viewBox="0 0 32 32" aria-hidden="true">
          <circle cx="12" cy="16" r="8" />
          <circle cx="20" cy="16" r="8" />
        </svg>
        <h1 tabIndex={-1}>{t("sign-in-title")}</h1>
        <p class="lead">{live.value ? t("sign-in-again") : t("sign-in-text")}</p>
        <Problem>{error}</Problem>
        <Input label={t("user")} value={user} onInput={setUser} autoComplete="username" required testid="user" />
        <Input
          label={t("password")}
          type="password"
          value={password}
          onInput={setPassword}
          autoComplete="current-password"
          required
          testid="password"
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
