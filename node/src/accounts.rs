//! People of this city: accounts, roles, passwords, sessions, API tokens, and the audit trail of all of it.
//!
//! Everything is an event in the local log of the journal: written durably first, then believed. What is in memory
//! is those events added up, and is the same after a restart, sessions included. There is no default account.

use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard};

use alianza_shared::access::Role;
use alianza_shared::api::{ApiError, CardPerson, PersonView};
use alianza_shared::id::PersonRef;
use tokio::sync::Semaphore;
use tokio_util::sync::CancellationToken;

mod authenticate;
mod password;
mod people;
mod record;
mod secret;
mod seen;
mod state;
mod throttle;

#[cfg(test)]
pub(crate) mod tests;

pub use authenticate::{SignInRefused, SignedIn, normal_user};
pub use password::{
    HashCost, PASSWORD_MAX_CHARS, PASSWORD_MIN_CHARS, check as check_password, random_password,
};
pub use record::{ChainBreak, Event, Record, verify};
pub use state::{SESSION_IDLE_MS, SESSION_MAX_MS, SESSIONS_PER_PERSON_MAX, TOKENS_PER_PERSON_MAX};
pub use throttle::Source;

use record::Link;
use secret::SecretHash;
use seen::Seen;
use state::State;
use throttle::Throttle;

/// Password hashes computed at the same time: each takes 64 MiB.
const HASHES_AT_ONCE: usize = 2;
/// People who may wait for one; beyond that they are asked to come back.
const HASHES_WAITING_MAX: usize = 64;

/// Milliseconds since 1970 UTC.
pub type Clock = Arc<dyn Fn() -> u64 + Send + Sync>;

/// The local log did not take the record: nothing of it happened.
#[derive(Debug, thiserror::Error)]
#[error("the local log did not take a record")]
pub struct LogFailed(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where account records go. The journal of the node implements it.
pub trait LocalLog: Send + Sync + 'static {
    /// Blocks until the record is durable. After an error the record is as if never written.
    fn append(&self, record: Vec<u8>) -> Result<(), LogFailed>;
}

/// What accounts need to know of their node.
pub struct Options {
    /// Name of the city: nobody may use it as a password.
    pub city: String,
    pub cost: HashCost,
    pub clock: Clock,
    /// Folder for what each person has marked as seen; without one it is forgotten with the process.
    pub seen: Option<PathBuf>,
}

/// What was found in the records of former runs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Replay {
    pub records: usize,
    /// Places where the trail is damaged; the rest of it is in force.
    pub breaks: Vec<ChainBreak>,
}

/// In whose name an account is changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum By {
    /// Commands on the machine itself.
    Operator,
    /// A signed-in person, by user name.
    Person(String),
}

impl By {
    fn name(&self) -> &str {
        match self {
            Self::Operator => "operator",
            Self::Person(user) => user,
        }
    }
}

/// The accounts of one node. Cheap to clone; all clones are the same accounts.
#[derive(Clone)]
pub struct Accounts {
    inner: Arc<Inner>,
}

struct Inner {
    city: String,
    cost: HashCost,
    clock: Clock,
    /// A hash nobody's password fits (S4).
    dummy_phc: String,
    log: Arc<dyn LocalLog>,
    seen: Seen,
    /// Held from deciding until applied, so that records are decided in the order in which they are written.
    writer: Mutex<()>,
    state: RwLock<State>,
    throttle: Mutex<Throttle>,
    hashing: Semaphore,
    waiting: AtomicUsize,
    /// Failures not yet written one by one, and when one was last written.
    failures: Mutex<Failures>,
}

#[derive(Default)]
struct Failures {
    unwritten: u64,
    tokens: u64,
    refilled_ms: u64,
}

/// Who makes a request. Made by [`Accounts`] alone.
#[derive(Debug, Clone)]
pub struct Identity {
    pub person: PersonRef,
    pub user: String,
    pub roles: Vec<Role>,
    credential: Credential,
    ended: CancellationToken,
    rights: CancellationToken,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Credential {
    Session(SecretHash),
    Token(SecretHash),
}

impl Identity {
    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }

    /// Signed in with a cookie in a browser, as opposed to a program with a token.
    pub fn is_session(&self) -> bool {
        matches!(self.credential, Credential::Session(_))
    }

    pub fn by(&self) -> By {
        By::Person(self.user.clone())
    }

    /// Resolves when this session or token has ended or what the person may do has changed. Expiry is not
    /// noticed here: see [`Accounts::still_stands`].
    pub async fn revoked(&self) {
        tokio::select! {
            () = self.ended.cancelled() => {}
            () = self.rights.cancelled() => {}
        }
    }

    /// As [`Self::revoked`], without waiting.
    pub fn is_revoked(&self) -> bool {
        self.ended.is_cancelled() || self.rights.is_cancelled()
    }
}

impl Accounts {
    /// Adds up the records of former runs, oldest first.
    pub fn open(records: &[Vec<u8>], log: Arc<dyn LocalLog>, options: Options) -> (Self, Replay) {
        let mut state = State::default();
        for bytes in records {
            match Record::decode(bytes) {
                Some(record) => state.apply(&record, bytes),
                None => tracing::error!(
                    bytes = bytes.len(),
                    "an account record cannot be read and is passed over"
                ),
            }
        }
        let replay = Replay { records: records.len(), breaks: verify(records) };
        let inner = Inner {
            city: options.city,
            cost: options.cost,
            clock: options.clock,
            dummy_phc: options.cost.dummy(),
            log,
            seen: Seen::new(options.seen),
            writer: Mutex::new(()),
            state: RwLock::new(state),
            throttle: Mutex::new(Throttle::default()),
            hashing: Semaphore::new(HASHES_AT_ONCE),
            waiting: AtomicUsize::new(0),
            failures: Mutex::new(Failures::default()),
        };
        (Self { inner: Arc::new(inner) }, replay)
    }

    /// Nobody has an account yet: the first is made with a command on the machine (S2).
    pub fn is_empty(&self) -> bool {
        self.inner.state().people.is_empty()
    }

    /// Everybody, by user name.
    pub fn people(&self) -> Vec<PersonView> {
        self.inner.state().people.iter().map(|(user, person)| person.view(user)).collect()
    }

    /// One person.
    pub fn person(&self, user: &str) -> Option<PersonView> {
        self.inner.state().people.get(user).map(|person| person.view(user))
    }

    /// The people for the city card. Those who left stay in it: history names them.
    pub fn directory(&self) -> Vec<CardPerson> {
        let state = self.inner.state();
        let card = |person: &state::Person| CardPerson {
            person_ref: person.person_ref.hex(),
            name: person.name.clone(),
            office: person.office.clone(),
        };
        state.people.values().map(card).collect()
    }

    /// Writes something of another part into the audit trail (S25).
    ///
    /// Errors with `read_only` when it cannot be written.
    pub async fn audit(
        &self,
        by: By,
        what: impl Into<String>,
        detail: impl Into<String>,
    ) -> Result<(), ApiError> {
        let event = Event::Audit { what: what.into(), detail: detail.into() };
        self.commit(by, |_| Ok(vec![event])).await
    }

    /// Decides on the present state, writes what was decided durably, then applies it.
    async fn commit(
        &self,
        by: By,
        decide: impl FnOnce(&State) -> Result<Vec<Event>, ApiError> + Send + 'static,
    ) -> Result<(), ApiError> {
        let inner = Arc::clone(&self.inner);
        blocking(move || inner.commit(&by, decide)).await?
    }

    /// A password hash or its check, never more than two at once (S1).
    async fn hashing<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, ApiError> {
        struct Waiting<'a>(&'a AtomicUsize);
        impl Drop for Waiting<'_> {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::Relaxed);
            }
        }
        let ahead = self.inner.waiting.fetch_add(1, Ordering::Relaxed);
        let _waiting = Waiting(&self.inner.waiting);
        if ahead >= HASHES_WAITING_MAX {
            return Err(
                ApiError::new(503, "busy", "El nodo está ocupado.").next("Vuelva a intentarlo en un minuto.")
            );
        }
        let _permit = self.inner.hashing.acquire().await.expect("the semaphore is never closed");
        blocking(work).await
    }
}

impl Inner {
    fn now_ms(&self) -> u64 {
        (self.clock)()
    }

    fn state(&self) -> RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn throttle(&self) -> MutexGuard<'_, Throttle> {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn commit(
        &self,
        by: &By,
        decide: impl FnOnce(&State) -> Result<Vec<Event>, ApiError>,
    ) -> Result<(), ApiError> {
        let _writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let events = decide(&self.state())?;
        for event in events {
            let link = Link { n: self.state().link.n, prev: self.state().link.prev.clone() };
            let record = Record::new(&link, self.now_ms(), by.name(), event);
            let bytes = record.encode();
            self.log.append(bytes.clone()).map_err(|error| {
                tracing::error!(
                    error = &error as &dyn std::error::Error,
                    "an account record was not written"
                );
                ApiError::new(503, "read_only", "El nodo no puede guardar en este momento.")
                    .next("Avise a la administración del nodo.")
            })?;
            self.state.write().unwrap_or_else(PoisonError::into_inner).apply(&record, &bytes);
        }
        Ok(())
    }
}

impl Failures {
    /// Up to 60 failures are written one by one, then one every ten seconds: guessing must not fill the disk.
    /// Returns how many are told by this record beside its own.
    fn write_now(&mut self, now_ms: u64) -> Option<u64> {
        const BURST: u64 = 60;
        const REFILL_MS: u64 = 10_000;
        let refill = now_ms.saturating_sub(self.refilled_ms) / REFILL_MS;
        if refill > 0 || now_ms < self.refilled_ms {
            self.tokens = self.tokens.saturating_add(refill).min(BURST);
            self.refilled_ms = now_ms;
        }
        if self.tokens == 0 {
            self.unwritten += 1;
            return None;
        }
        self.tokens -= 1;
        Some(std::mem::take(&mut self.unwritten))
    }
}

/// Runs what blocks apart from the async workers.
async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, ApiError> {
    tokio::task::spawn_blocking(work).await.map_err(|error| {
        tracing::error!(%error, "work of the accounts did not finish");
        ApiError::new(500, "internal", "Se ha producido un error en el nodo.")
    })
}
