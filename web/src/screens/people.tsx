// The people of the city: who may sign in, with which roles.

import { useState } from "preact/hooks";
import type { PersonView } from "../live/api.ts";
import { ask } from "../live/http.ts";
import { Button, Copyable, Dialog, FormDialog, Input, Problem, Title } from "../parts/basic.tsx";
import { useAction, useFetched } from "../parts/hooks.ts";
import { announce, may, peopleTick, session } from "../state.ts";
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

export function PeopleScreen() {
  const list = useFetched(() => ask<PersonView[]>("GET", "/api/people"), [peopleTick.value]);
  const [asking, setAsking] = useState<"new" | { password: PersonView } | { edit: PersonView } | null>(null);
  const [token, setToken] = useState<string | null>(null);
  const { busy, error, run } = useAction();
  if (!may("node_admin")) {
    return (
      <div class="page">
        <Title>{t("nav-people")}</Title>
        <p>{t("people-forbidden")}</p>
      </div>
    );
  }
  const done = () => {
    setAsking(null);
    list.again();
  };
  return (
    <div class="page">
      <Title above={session.value?.city.name}>{t("nav-people")}</Title>
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
                <strong>{person.name}</strong>, {person.office} <span class="quiet">({person.user})</span>
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
  const { busy, error, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
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
      action={t("create-person")}
      busy={busy}
      testid="create-person"
      onSubmit={submit}
      onClose={onClose}
    >
      <Input label={t("person-name")} value={name} onInput={setName} required autoComplete="off" testid="person-name" />
      <Input label={t("person-office")} value={office} onInput={setOffice} required autoComplete="off" testid="person-office" />
      <Input label={t("user")} hint={t("user-hint")} value={user} onInput={setUser} required autoComplete="off" testid="person-user" />
      <Input
        label={t("password")}
        hint={t("password-hint")}
        type="password"
        value={password}
        onInput={setPassword}
        required
        autoComplete="new-password"
        testid="person-password"
      />
      <Roles roles={roles} onChange={setRoles} />
    </FormDialog>
  );
}

export function ChangePassword({ person, onClose, onDone }: { person: PersonView; onClose: () => void; onDone: () => void }) {
  const [current, setCurrent] = useState("");
  const [password, setPassword] = useState("");
  const own = person.user === session.value?.person.user;
  const { busy, error, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
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
        />
      ) : null}
      <Input
        label={t("password-new")}
        hint={t("password-hint")}
        type="password"
        value={password}
        onInput={setPassword}
        required
        autoComplete="new-password"
        testid="password-new"
      />
    </FormDialog>
  );
}

function EditPerson({ person, onClose, onDone }: { person: PersonView; onClose: () => void; onDone: () => void }) {
  const [name, setName] = useState(person.name);
  const [office, setOffice] = useState(person.office);
  const [roles, setRoles] = useState<readonly string[]>(person.roles);
  const { busy, error, run } = useAction();
  const submit = (event: Event) => {
    event.preventDefault();
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
      action={t("save")}
      busy={busy}
      onSubmit={submit}
      onClose={onClose}
    >
      <Input label={t("person-name")} value={name} onInput={setName} required autoComplete="off" />
      <Input label={t("person-office")} value={office} onInput={setOffice} required autoComplete="off" />
      <Roles roles={roles} onChange={setRoles} />
    </FormDialog>
  );
}

function Roles({ roles, onChange }: { roles: readonly string[]; onChange: (roles: readonly string[]) => void }) {
  return (
    <fieldset>
      <legend>{t("person-roles")}</legend>
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
