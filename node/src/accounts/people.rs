//! Making, changing and closing accounts; API tokens; the list of what gives access in a person's name.

use alianza_shared::access::Role;
use alianza_shared::api::{
    AccessView, ApiError, ChangePerson, NewPerson, PersonView, SessionItem, TokenItem, TokenView,
};
use data_encoding::HEXLOWER;

use super::authenticate::{normal_user, wrong};
use super::record::Event;
use super::secret::{self, random};
use super::state::{State, TOKENS_PER_PERSON_MAX};
use super::throttle::Source;
use super::{Accounts, By, Identity, SignInRefused, check_password, password};

/// Longest name or office, in characters.
const TEXT_MAX_CHARS: usize = 120;

impl Accounts {
    /// Makes an account.
    ///
    /// Errors: `people.user` (letters, digits, `.`, `-`, `_`; 2 to 40), `people.exists`, `people.name`,
    /// `people.role`, `password.*`, `read_only`.
    pub async fn create(&self, by: By, new: NewPerson) -> Result<PersonView, ApiError> {
        let user = checked_user(&new.user)?;
        let name = checked_text("/name", &new.name, true)?;
        let office = checked_text("/office", &new.office, false)?;
        let roles = checked_roles(&new.roles)?;
        if self.person(&user).is_some() {
            return Err(taken(&user));
        }
        check_password(&new.password, &[&self.inner.city, &user, &name])?;
        let cost = self.inner.cost;
        let phc = self.hashing(move || password::hash(&new.password, cost)).await??;
        let person_ref = HEXLOWER.encode(&random::<8>());
        let created = user.clone();
        let decide = move |state: &State| {
            if state.people.contains_key(&user) {
                return Err(taken(&user));
            }
            Ok(vec![Event::PersonCreated { user, name, office, roles, person_ref, phc }])
        };
        self.commit(by, decide).await?;
        self.person(&created).ok_or_else(unknown)
    }

    /// Changes name, office or roles; what is absent stays. New roles hold at once, open live sockets included.
    pub async fn change(&self, by: By, user: &str, change: ChangePerson) -> Result<PersonView, ApiError> {
        let user = normal_user(user);
        let name = change.name.map(|name| checked_text("/name", &name, true)).transpose()?;
        let office = change.office.map(|office| checked_text("/office", &office, false)).transpose()?;
        let roles = change.roles.map(|roles| checked_roles(&roles)).transpose()?;
        let changed = user.clone();
        let decide = move |state: &State| {
            let person = state.people.get(&user).ok_or_else(unknown)?;
            let mut events = Vec::new();
            if let Some(roles) = roles {
                if !roles.iter().any(|role| role == Role::NodeAdmin.code()) {
                    keep_an_admin(state, &user)?;
                }
                events.push(Event::RolesSet { user: user.clone(), roles });
            }
            if name.is_some() || office.is_some() {
                let name = name.unwrap_or_else(|| person.name.clone());
                let office = office.unwrap_or_else(|| person.office.clone());
                events.push(Event::PersonChanged { user, name, office });
            }
            Ok(events)
        };
        self.commit(by, decide).await?;
        self.person(&changed).ok_or_else(unknown)
    }

    /// Closes an account: sessions and tokens end at once. The name stays, because history has it.
    ///
    /// Errors: `not_found`, `people.last_admin`.
    pub async fn disable(&self, by: By, user: &str) -> Result<PersonView, ApiError> {
        let user = normal_user(user);
        let closed = user.clone();
        let decide = move |state: &State| {
            if state.people.get(&user).ok_or_else(unknown)?.disabled {
                return Ok(Vec::new());
            }
            keep_an_admin(state, &user)?;
            Ok(vec![Event::PersonDisabled { user }])
        };
        self.commit(by, decide).await?;
        self.person(&closed).ok_or_else(unknown)
    }

    /// Opens a closed account again, with its old password.
    pub async fn enable(&self, by: By, user: &str) -> Result<PersonView, ApiError> {
        let user = normal_user(user);
        let opened = user.clone();
        let decide = move |state: &State| {
            let disabled = state.people.get(&user).ok_or_else(unknown)?.disabled;
            Ok(disabled.then_some(Event::PersonEnabled { user }).into_iter().collect())
        };
        self.commit(by, decide).await?;
        self.person(&opened).ok_or_else(unknown)
    }

    /// Gives a person a new password and ends all their sessions; tokens stay.
    pub async fn set_password(&self, by: By, user: &str, password: String) -> Result<(), ApiError> {
        let user = normal_user(user);
        let name = self.person(&user).ok_or_else(unknown)?.name;
        check_password(&password, &[&self.inner.city, &user, &name])?;
        let cost = self.inner.cost;
        let phc = self.hashing(move || password::hash(&password, cost)).await??;
        let decide = move |state: &State| {
            if !state.people.contains_key(&user) {
                return Err(unknown());
            }
            Ok(vec![Event::PasswordSet { user, phc }])
        };
        self.commit(by, decide).await
    }

    /// A person changes their own password and proves to know the present one, under the throttle of sign-in.
    pub async fn change_own_password(
        &self,
        identity: &Identity,
        current: &str,
        password: String,
        source: Source,
    ) -> Result<(), SignInRefused> {
        let user = identity.user.clone();
        let now_ms = self.inner.now_ms();
        let begun = self.inner.throttle().begin(&user, source, now_ms);
        begun.map_err(|wait_ms| SignInRefused::Throttled { wait_ms })?;
        let phc =
            self.inner.state().people.get(&user).map(|person| person.phc.clone()).ok_or_else(unknown)?;
        let typed = current.to_owned();
        if !self.hashing(move || password::verify(&typed, &phc)).await? {
            return Err(ApiError { path: Some("/current".into()), ..wrong() }.into());
        }
        self.inner.throttle().succeed(&user, source);
        self.set_password(identity.by(), &user, password).await.map_err(SignInRefused::from)
    }

    /// Makes an API token of this person. The secret is in the answer and nowhere else.
    ///
    /// Errors: `not_found`, `people.tokens` when the person has too many.
    pub async fn issue_token(&self, by: By, user: &str, name: &str) -> Result<TokenView, ApiError> {
        let user = normal_user(user);
        let name = checked_text("/name", if name.trim().is_empty() { "API" } else { name }, true)?;
        let secret = secret::token();
        let hash = secret::token_hash(&secret).expect("just made in this form");
        let view = TokenView { id: HEXLOWER.encode(&hash[..8]), name: name.clone(), token: secret };
        let id = view.id.clone();
        let decide = move |state: &State| {
            let open = state.people.get(&user).ok_or_else(unknown)?;
            if open.disabled {
                return Err(ApiError::new(409, "people.disabled", "Esta cuenta está desactivada."));
            }
            if state.tokens.values().filter(|token| token.user == user).count() >= TOKENS_PER_PERSON_MAX {
                let message = format!("Esta persona ya tiene {TOKENS_PER_PERSON_MAX} claves de acceso.");
                return Err(
                    ApiError::new(409, "people.tokens", message).next("Retire alguna que ya no se use.")
                );
            }
            Ok(vec![Event::TokenIssued { user, id, name, secret_hash: HEXLOWER.encode(&hash) }])
        };
        self.commit(by, decide).await?;
        Ok(view)
    }

    /// Takes an API token back, by the id of the list.
    pub async fn revoke_token(&self, by: By, user: &str, id: &str) -> Result<(), ApiError> {
        let (user, id) = (normal_user(user), id.to_owned());
        let decide = move |state: &State| {
            if !state.tokens.values().any(|token| token.user == user && token.id == id) {
                return Err(ApiError::new(404, "not_found", "No existe esa clave de acceso."));
            }
            Ok(vec![Event::TokenRevoked { user, id }])
        };
        self.commit(by, decide).await
    }

    /// Ends one session of a person, by the id of the list.
    pub async fn end_session(&self, by: By, user: &str, id: &str) -> Result<(), ApiError> {
        let (user, id) = (normal_user(user), id.to_owned());
        let decide = move |state: &State| {
            let mut own = state.sessions.iter().filter(|(_, session)| session.user == user);
            let found = own.find(|(hash, _)| HEXLOWER.encode(&hash[..8]) == id);
            let (hash, _) = found.ok_or_else(|| ApiError::new(404, "not_found", "No existe esa sesión."))?;
            let session = HEXLOWER.encode(hash);
            drop(own);
            Ok(vec![Event::SessionEnded { user, session }])
        };
        self.commit(by, decide).await
    }

    /// Everything that gives access in a person's name: standing sessions and tokens, oldest first (S5).
    pub fn access(&self, user: &str) -> Result<AccessView, ApiError> {
        let user = normal_user(user);
        let now_ms = self.inner.now_ms();
        let state = self.inner.state();
        state.people.get(&user).ok_or_else(unknown)?;
        let own_sessions = state.sessions.iter().filter(|(_, one)| one.user == user && one.stands(now_ms));
        let mut sessions: Vec<SessionItem> = own_sessions
            .map(|(hash, one)| SessionItem {
                id: HEXLOWER.encode(&hash[..8]),
                source: one.source.clone(),
                started_ms: one.started_ms,
                seen_ms: one.seen_ms.load(std::sync::atomic::Ordering::Relaxed),
            })
            .collect();
        sessions.sort_by(|a, b| (a.started_ms, &a.id).cmp(&(b.started_ms, &b.id)));
        let own_tokens = state.tokens.values().filter(|token| token.user == user);
        let mut tokens: Vec<TokenItem> = own_tokens
            .map(|token| TokenItem {
                id: token.id.clone(),
                name: token.name.clone(),
                issued_ms: token.issued_ms,
            })
            .collect();
        tokens.sort_by(|a, b| (a.issued_ms, &a.id).cmp(&(b.issued_ms, &b.id)));
        Ok(AccessView { sessions, tokens })
    }
}

fn unknown() -> ApiError {
    ApiError::new(404, "not_found", "No existe ninguna persona con ese usuario.")
}

fn taken(user: &str) -> ApiError {
    ApiError::new(409, "people.exists", format!("Ya existe una persona con el usuario «{user}».")).at("/user")
}

/// Somebody must be able to administer the node.
fn keep_an_admin(state: &State, user: &str) -> Result<(), ApiError> {
    let is_admin = state
        .people
        .get(user)
        .is_some_and(|person| !person.disabled && person.roles.contains(&Role::NodeAdmin));
    if is_admin && state.other_admins(user) == 0 {
        return Err(ApiError::new(
            409,
            "people.last_admin",
            "Es la única persona con el rol de administración del nodo.",
        )
        .next("Dé antes ese rol a otra persona."));
    }
    Ok(())
}

fn checked_user(user: &str) -> Result<String, ApiError> {
    let user = normal_user(user);
    let fits = (2..=40).contains(&user.len())
        && user
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || matches!(b, b'.' | b'-' | b'_'));
    // The operator of the machine has this name in the trail.
    if !fits || user == By::Operator.name() {
        let message = "El usuario debe tener de 2 a 40 caracteres: letras sin tilde, cifras, punto, guion o guion bajo.";
        return Err(ApiError::new(422, "people.user", message).at("/user"));
    }
    Ok(user)
}

fn checked_text(path: &str, text: &str, required: bool) -> Result<String, ApiError> {
    let text = text.trim();
    if (required && text.is_empty())
        || text.chars().count() > TEXT_MAX_CHARS
        || text.chars().any(char::is_control)
    {
        let message = format!("Escriba de 1 a {TEXT_MAX_CHARS} caracteres, en una sola línea.");
        return Err(ApiError::new(422, "people.name", message).at(path));
    }
    Ok(text.to_owned())
}

fn checked_roles(codes: &[String]) -> Result<Vec<String>, ApiError> {
    let mut roles = Vec::new();
    for (at, code) in codes.iter().enumerate() {
        let Some(role) = Role::parse(code) else {
            let known: Vec<&str> = Role::ALL.iter().map(|role| role.code()).collect();
            return Err(ApiError::new(422, "people.role", "No existe ese rol.")
                .next(format!("Los roles son: {}.", known.join(", ")))
                .at(format!("/roles/{at}")));
        };
        roles.push(role);
    }
    roles.sort_unstable();
    roles.dedup();
    Ok(roles.into_iter().map(|role| role.code().to_owned()).collect())
}
