//! Signing in and out, and recognising who makes a request.

use std::sync::Arc;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use alianza_shared::api::ApiError;
use data_encoding::HEXLOWER;

use super::password::{self, PASSWORD_MAX_CHARS};
use super::record::Event;
use super::secret::{self, SecretHash};
use super::state::{Person, State};
use super::throttle::Source;
use super::{Accounts, By, Credential, Identity};

/// A session in use is written down again after this long, so that a restart does not take it for idle.
const SEEN_EVERY_MS: u64 = 5 * 60_000;

/// A new session.
#[derive(Debug)]
pub struct SignedIn {
    /// For the cookie; not kept anywhere.
    pub secret: String,
    pub identity: Identity,
}

/// Why nobody was signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignInRefused {
    /// Too many failures: ask again after this many milliseconds. No password was looked at.
    Throttled { wait_ms: u64 },
    /// Anything else. The same words for a wrong password, an unknown user and a disabled one.
    Refused(ApiError),
}

impl From<ApiError> for SignInRefused {
    fn from(error: ApiError) -> Self {
        Self::Refused(error)
    }
}

/// The one answer to every wrong sign-in (S4).
pub(super) fn wrong() -> ApiError {
    ApiError::new(401, "auth.wrong", "El usuario o la contraseña no son correctos.")
}

/// The form in which user names are stored and compared.
pub fn normal_user(user: &str) -> String {
    user.trim().to_lowercase()
}

impl Accounts {
    /// Signs a person in with a new session id (S5).
    ///
    /// Takes as long for users that do not exist, and hashes at most two passwords at once (S1, S4). A password that
    /// was hashed at another cost is hashed anew.
    pub async fn sign_in(
        &self,
        user: &str,
        password: &str,
        source: Source,
    ) -> Result<SignedIn, SignInRefused> {
        let user = normal_user(user);
        if user.len() > 128 || password.chars().count() > PASSWORD_MAX_CHARS {
            return Err(wrong().into());
        }
        let now_ms = self.inner.now_ms();
        let begun = self.inner.throttle().begin(&user, source, now_ms);
        begun.map_err(|wait_ms| SignInRefused::Throttled { wait_ms })?;

        let known = self.inner.state().people.get(&user).map(|person| person.phc.clone());
        let phc = known.clone().unwrap_or_else(|| self.inner.dummy_phc.clone());
        let typed = password.to_owned();
        let tried = phc.clone();
        let right = self.hashing(move || password::verify(&typed, &tried)).await?;
        let disabled = self.inner.state().people.get(&user).is_none_or(|person| person.disabled);
        if !right || disabled {
            self.note_failure(known.map(|_| user), source).await;
            return Err(wrong().into());
        }
        self.inner.throttle().succeed(&user, source);
        let phc = if self.inner.cost.made(&phc) { phc } else { self.rehash(&user, password, phc).await? };
        self.start_session(&user, source, phc).await.map_err(SignInRefused::from)
    }

    async fn rehash(&self, user: &str, password: &str, old_phc: String) -> Result<String, ApiError> {
        let cost = self.inner.cost;
        let typed = password.to_owned();
        let new_phc = self.hashing(move || password::hash(&typed, cost)).await??;
        let (user, phc) = (user.to_owned(), new_phc.clone());
        let by = By::Person(user.clone());
        let rehash = move |state: &State| {
            let same = state.people.get(&user).is_some_and(|person| person.phc == old_phc);
            Ok(same.then_some(Event::PasswordRehashed { user, phc }).into_iter().collect())
        };
        self.commit(by, rehash).await?;
        Ok(new_phc)
    }

    async fn start_session(
        &self,
        user: &str,
        source: Source,
        checked_phc: String,
    ) -> Result<SignedIn, ApiError> {
        let secret = secret::session();
        let hash = secret::session_hash(&secret).expect("just made in this form");
        let name = user.to_owned();
        let decide = move |state: &State| {
            // Meanwhile the person may have been disabled, or the password changed by somebody else.
            let person = state.people.get(&name).filter(|person| !person.disabled);
            person.filter(|person| person.phc == checked_phc).ok_or_else(wrong)?;
            let session = HEXLOWER.encode(&hash);
            Ok(vec![Event::SignedIn { user: name, session, source: source.to_string() }])
        };
        self.commit(By::Person(user.to_owned()), decide).await?;
        let identity = self.by_session(&secret).ok_or_else(wrong)?;
        Ok(SignedIn { secret, identity })
    }

    async fn note_failure(&self, user: Option<String>, source: Source) {
        let now_ms = self.inner.now_ms();
        let more = self.inner.failures.lock().unwrap_or_else(PoisonError::into_inner).write_now(now_ms);
        let Some(more) = more else { return };
        let event = Event::SignInFailed { user, source: source.to_string(), more };
        // The answer is the same whether or not the trail could take it; the log says when it could not.
        let _ = self.commit(By::Operator, |_| Ok(vec![event])).await;
    }

    /// Ends a session, or revokes the token that was used.
    pub async fn sign_out(&self, identity: &Identity) -> Result<(), ApiError> {
        let user = identity.user.clone();
        let credential = identity.credential;
        let decide = move |state: &State| {
            Ok(match credential {
                Credential::Session(hash) if state.sessions.contains_key(&hash) => {
                    vec![Event::SessionEnded { user, session: HEXLOWER.encode(&hash) }]
                }
                Credential::Token(hash) => state
                    .tokens
                    .get(&hash)
                    .map(|token| Event::TokenRevoked { user, id: token.id.clone() })
                    .into_iter()
                    .collect(),
                Credential::Session(_) => Vec::new(),
            })
        };
        self.commit(identity.by(), decide).await
    }

    /// Who holds this session id, if it stands. Does not count as use: see [`Self::touch`].
    pub fn by_session(&self, secret: &str) -> Option<Identity> {
        let hash = secret::session_hash(secret)?;
        let state = self.inner.state();
        let session = state.sessions.get(&hash).filter(|session| session.stands(self.inner.now_ms()))?;
        let person = state.people.get(&session.user).filter(|person| !person.disabled)?;
        Some(Identity::new(&session.user, person, Credential::Session(hash), session.ended.clone()))
    }

    /// Who holds this API token, if it was not revoked.
    pub fn by_token(&self, secret: &str) -> Option<Identity> {
        let hash = secret::token_hash(secret)?;
        let state = self.inner.state();
        let token = state.tokens.get(&hash)?;
        let person = state.people.get(&token.user).filter(|person| !person.disabled)?;
        Some(Identity::new(&token.user, person, Credential::Token(hash), token.ended.clone()))
    }

    /// Whether a credential that was recognised earlier is still good, with the same rights.
    pub fn still_stands(&self, identity: &Identity) -> bool {
        if identity.is_revoked() {
            return false;
        }
        let state = self.inner.state();
        match identity.credential {
            Credential::Session(hash) => {
                state.sessions.get(&hash).is_some_and(|session| session.stands(self.inner.now_ms()))
            }
            Credential::Token(hash) => state.tokens.contains_key(&hash),
        }
    }

    /// A session was used: it does not become idle. Now and then this is also written down, in the background;
    /// call it from a tokio runtime.
    pub fn touch(&self, identity: &Identity) {
        let Credential::Session(hash) = identity.credential else { return };
        let now_ms = self.inner.now_ms();
        if !self.note_use(&hash, now_ms) {
            return;
        }
        let inner = Arc::clone(&self.inner);
        let by = identity.by();
        tokio::task::spawn_blocking(move || {
            let decide = move |state: &State| {
                let session = HEXLOWER.encode(&hash);
                let stands = state.sessions.contains_key(&hash);
                Ok(stands.then_some(Event::SessionSeen { session }).into_iter().collect())
            };
            // Not written: then after a restart the person may have to sign in again, no more.
            let _ = inner.commit(&by, decide);
        });
    }

    /// True when it is time to write it down.
    fn note_use(&self, hash: &SecretHash, now_ms: u64) -> bool {
        let state = self.inner.state();
        let Some(session) = state.sessions.get(hash).filter(|session| session.stands(now_ms)) else {
            return false;
        };
        session.seen_ms.store(now_ms, Ordering::Relaxed);
        let recorded_ms = session.recorded_ms.load(Ordering::Relaxed);
        now_ms.saturating_sub(recorded_ms) >= SEEN_EVERY_MS
            && session
                .recorded_ms
                .compare_exchange(recorded_ms, now_ms, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok()
    }
}

impl Identity {
    fn new(
        user: &str,
        person: &Person,
        credential: Credential,
        ended: tokio_util::sync::CancellationToken,
    ) -> Self {
        Self {
            person: person.person_ref,
            user: user.to_owned(),
            roles: person.roles.clone(),
            credential,
            ended,
            rights: person.rights.clone(),
        }
    }
}
