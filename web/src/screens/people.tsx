// The people of the city: who may sign in, with which roles.

import { useState } from "preact/hooks";
import type { PersonView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import { Button, Copyable, Dialog, FormDialog, Input, Problem, Title } from "../parts/basic.tsx";
import { useChecks } from "../parts/form.tsx";
import { useAction, useFetched } from "../parts/hooks.ts";
import { announce, may, peopleTick, session } from "../state.ts";
import { visible } from "../words/visible.ts";
import { listOf, t } from "../words/words.ts";

const ROLES = [
  "coop_officer",
  "sector_tech",
  "finance_officer",
  "legal_officer",
  "secretary",
  "authorised_signatory",
  "evaluator",
  "observer",
  "local_actor",
  "facilitator",
  "node_admin",
] as const;

/** What the server asks for (NIST: length, not kinds of characters). */
const PASSWORD_MIN = 12;

export function PeopleScreen() {
  const list = useFetched(() => ask<PersonView[]>("GET", "/api/people"), [peopleTick.value]);
  const [asking, setAsking] = useState<"new" | { password: PersonView } | { edit: PersonView } | null>(null);
  const [token, setToken] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  if (!may("node_admin")) {
    return (
      <div class="page">
        <Title>{t("nav-people")}</Title>
        <p class="lead">{t("people-forbidden")}</p>
        <p>{t("people-forbidden-text")}</p>
        <p>
          <a href="/">{t("back-home")}</a>
        </p>
      </div>
    );
  }
  const done = () => {
    setAsking(null);
    list.again();
  };
  return (
    <div class="page">
      <Title above={visible(session.value?.city.name ?? "")}>{t("nav-people")}</Title>
      <p class="lead">{t("people-text")}</p>
      <p>
        <Button kind="main" onClick={() => setAsking("new")} testid="new-person">
          {t("new-person")}
        </Button>
      </p>
      <Problem>{error ?? list.error}</Problem>
      <ul class="lines" data-testid="people">
        {list.data?.map((person) => (
          <li key={person.user} class={person.disabled ? "faded" : undefined}>
            <div>
              <p>
                <strong>{visible(person.name)}</strong>, {visible(person.office)} <span class="quiet">({person.user})</span>
              </p>
              <p class="quiet">
                {listOf(person.roles.map((role) => t(`person-role-${role}`)))}
                {person.disabled ? ` · ${t("person-disabled")}` : ""}
              </p>
            </div>
            <div class="row">
              <Button kind="quiet" onClick={() => setAsking({ edit: person })} label={t("edit-of", { name: person.name })}>
                {t("edit")}
              </Button>
              <Button kind="quiet" onClick={() => setAsking({ password: person })} label={t("password-of", { name: person.name })}>
                {t("change-password")}
              </Button>
              <Button
                kind="quiet"
                busy={busy}
                label={t("token-of", { name: person.name })}
                onClick={() =>
                  void run(async () => {
                    const made = await ask<{ token: string }>("POST", `/api/people/${encodeURIComponent(person.user)}/token`);
                    setToken(made.token);
                  })
                }
              >
                {t("make-token")}
              </Button>
              {person.user === session.value?.person.user ? null : (
                <Button
                  kind="quiet"
                  busy={busy}
                  label={t(person.disabled ? "enable-of" : "disable-of", { name: person.name })}
                  onClick={() =>
                    void run(async () => {
                      const what = person.disabled ? "enable" : "disable";
                      await ask("POST", `/api/people/${encodeURIComponent(person.user)}/${what}`);
                      announce(t(person.disabled ? "person-enabled-done" : "person-disabled-done", { name: person.name }));
                      list.again();
                    })
                  }
                >
                  {t(person.disabled ? "enable" : "disable")}
                </Button>
              )}
            </div>
          </li>
        ))}
      </ul>
      {asking === "new" ? <NewPerson onClose={() => setAsking(null)} onDone={done} /> : null}
      {asking !== null && asking !== "new" && "password" in asking ? (
        <ChangePassword person={asking.password} onClose={() => setAsking(null)} onDone={done} />
      ) : null}
      {asking !== null && asking !== "new" && "edit" in asking ? (
        <EditPerson person={asking.edit} onClose={() => setAsking(null)} onDone={done} />
      ) : null}
      {token ? (
        <Dialog title={t("token-title")} onClose={() => setToken(null)}>
          <p>{t("token-text")}</p>
          <Copyable label={t("token")} text={token} />
        </Dialog>
      ) : null}
    </div>
  );
}

function NewPerson({ onClose, onDone }: { onClose: () => void; onDone: () => void }) {
  const [user, setUser] = useState("");
  const [name, setName] = useState("");
  const [office, setOffice] = useState("");
  const [password, setPassword] = useState("");
  const [roles, setRoles] = useState<readonly string[]>(["coop_officer"]);
  const { busy, error, run, clear } = useAction();
  const checks = useChecks();
  const submit = (event: Event) => {
    event.preventDefault();
    clear();
    const fine = checks.pass({
      "person-name": name.trim() === "" && t("write-person-name"),
      "person-office": office.trim() === "" && t("write-person-office"),
      "person-user": user.trim() === "" && t("write-person-user"),
      "person-password": [...password].length < PASSWORD_MIN && t("password-short"),
      "role-coop_officer": roles.length === 0 && t("choose-person-role"),
    });
    if (!fine) return;
    void run(async () => {
      await ask("POST", "/api/people", { user: user.trim(), name: name.trim(), office: office.trim(), roles, password });
      announce(t("person-made", { name }));
      onDone();
    });
  };
  return (
    <FormDialog
      title={t("new-person")}
      error={error}
      wrong={checks.wrong}
      action={t("create-person")}
      busy={busy}
      testid="create-person"
      onSubmit={submit}
      onClose={onClose}
    >
      <Input label={t("person-name")} value={name} onInput={setName} required autoComplete="off" testid="person-name" id="person-name" error={checks.errorOf("person-name")} />
      <Input label={t("person-office")} value={office} onInput={setOffice} required autoComplete="off" testid="person-office" id="person-office" error={checks.errorOf("person-office")} />
      <Input label={t("user")} hint={t("user-hint")} value={user} onInput={setUser} required autoComplete="off" testid="person-user" id="person-user" error={checks.errorOf("person-user")} />
      <NewPassword id="person-password" label={t("password")} value={password} onInput={setPassword} error={checks.errorOf("person-password")} />
      <Roles roles={roles} onChange={setRoles} error={checks.errorOf("role-coop_officer")} />
    </FormDialog>
  );
}

function NewPassword({ id, ...field }: { id: string; label: string; value: string; onInput: (value: string) => void; error: string | null }) {
  return <Input {...field} id={id} testid={id} hint={t("password-hint")} type="password" required autoComplete="new-password" />;
}

export function ChangePassword({ person, onClose, onDone }: { person: PersonView; onClose: () => void; onDone: () => void }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const own = person.user === session.value?.person.user;
  const { busy, error, run, clear } = useAction();
  const checks = useChecks();
  const submit = (event: Event) => {
    event.preventDefault();
    clear();
    const fine = checks.pass({
      "password-current": own && current === "" && t("write-password-current"),
      "password-new": [...password].length < PASSWORD_MIN && t("password-short"),
    });
    if (!fine) return;
    void run(async () => {
      await ask("POST", `/api/people/${encodeURIComponent(person.user)}/password`, own ? { current, password } : { password });
      announce(t("password-changed", { name: person.name }));
      onDone();
    });
  };
  return (
    <FormDialog
      title={t("password-of", { name: person.name })}
      error={error}
      wrong={checks.wrong}
      action={t("change-password")}
      busy={busy}
      testid="save-password"
      onSubmit={submit}
      onClose={onClose}
    >
      {own ? (
        <Input
          label={t("password-current")}
          type="password"
          value={current}
          onInput={setCurrent}
          required
          autoComplete="current-password"
          testid="password-current"
          id="password-current"
          error={checks.errorOf("password-current")}
        />
      ) : null}
      <NewPassword id="password-new" label={t("password-new")} value={password} onInput={setPassword} error={checks.errorOf("password-new")} />
    </FormDialog>
  );
}

function EditPerson({ person, onClose, onDone }: { person: PersonView; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState(person.name);
  const [office, setOffice] = useState(person.office);
  const [roles, setRoles] = useState<readonly string[]>(person.roles);
  const { busy, error, run, clear } = useAction();
  const checks = useChecks();
  const submit = (event: Event) => {
    event.preventDefault();
    clear();
    const fine = checks.pass({
      "edit-name": name.trim() === "" && t("write-person-name"),
      "edit-office": office.trim() === "" && t("write-person-office"),
      "role-coop_officer": roles.length === 0 && t("choose-person-role"),
    });
    if (!fine) return;
    void run(async () => {
      await ask("PATCH", `/api/people/${encodeURIComponent(person.user)}`, { name: name.trim(), office: office.trim(), roles });
      announce(t("person-changed", { name }));
      onDone();
    });
  };
  return (
    <FormDialog
      title={t("edit-of", { name: person.name })}
      error={error}
      wrong={checks.wrong}
      action={t("save")}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      <Input label={t("person-name")} value={name} onInput={setName} required autoComplete="off" id="edit-name" error={checks.errorOf("edit-name")} />
      <Input label={t("person-office")} value={office} onInput={setOffice} required autoComplete="off" id="edit-office" error={checks.errorOf("edit-office")} />
      <Roles roles={roles} onChange={setRoles} error={checks.errorOf("role-coop_officer")} />
    </FormDialog>
  );
}

function Roles({ roles, onChange, error }: { roles: readonly string[]; onChange: (roles: readonly string[]) => void; error: string | null }) {
  return (
    <fieldset aria-describedby={error ? "roles-error" : undefined}>
      <legend>{t("person-roles")}</legend>
      {error ? (
        <p class="field-error" id="roles-error">
          {error}
        </p>
      ) : null}
      {ROLES.map((role) => (
        <div class="check" key={role}>
          <input
            type="checkbox"
            id={`role-${role}`}
            checked={roles.includes(role)}
            onChange={(event) =>
              onChange(event.currentTarget.checked ? [...roles, role] : roles.filter((one) => one !== role))
            }
          />
          <label for={`role-${role}`}>{t(`person-role-${role}`)}</label>
        </div>
      ))}
    </fieldset>
  );
}
