//! The people, sessions and tokens that the records add up to.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicU64, Ordering};

use alianza_shared::access::Role;
use alianza_shared::api::PersonView;
use alianza_shared::id::PersonRef;
use data_encoding::HEXLOWER;
use tokio_util::sync::CancellationToken;

use super::record::{Event, Link, Record};
use super::secret::SecretHash;

/// A session ends after this long without use…
pub const SESSION_IDLE_MS: u64 = 30 * 60_000;
/// …and in any case after this long.
pub const SESSION_MAX_MS: u64 = 12 * 3_600_000;
/// Sessions of one person at once; the oldest gives way.
pub const SESSIONS_PER_PERSON_MAX: usize = 20;
/// API tokens of one person at once.
pub const TOKENS_PER_PERSON_MAX: usize = 20;

#[derive(Debug)]
pub(super) struct Person {
    pub(super) person_ref: PersonRef,
    pub(super) name: String,
    pub(super) office: String,
    pub(super) roles: Vec<Role>,
    pub(super) disabled: bool,
    pub(super) phc: String,
    /// Cancelled, and replaced, when what this person may do changes.
    pub(super) rights: CancellationToken,
}

impl Person {
    pub(super) fn view(&self, user: &str) -> PersonView {
        PersonView {
            person_ref: self.person_ref.hex(),
            user: user.to_owned(),
            name: self.name.clone(),
            office: self.office.clone(),
            roles: self.roles.iter().map(|role| role.code().to_owned()).collect(),
            disabled: self.disabled,
        }
    }

    fn rights_changed(&mut self) {
        self.rights.cancel();
        self.rights = CancellationToken::new();
    }
}

#[derive(Debug)]
pub(super) struct Session {
    pub(super) user: String,
    pub(super) source: String,
    pub(super) started_ms: u64,
    pub(super) seen_ms: AtomicU64,
    /// When the last `SessionSeen` was written.
    pub(super) recorded_ms: AtomicU64,
    pub(super) ended: CancellationToken,
}

impl Session {
    /// Whether it still stands. A clock that was put back does not end it.
    pub(super) fn stands(&self, now_ms: u64) -> bool {
        now_ms.saturating_sub(self.started_ms) < SESSION_MAX_MS
            && now_ms.saturating_sub(self.seen_ms.load(Ordering::Relaxed)) < SESSION_IDLE_MS
    }
}

#[derive(Debug)]
pub(super) struct Token {
    pub(super) user: String,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) issued_ms: u64,
    pub(super) ended: CancellationToken,
}

#[derive(Debug, Default)]
pub(super) struct State {
    /// By user name.
    pub(super) people: BTreeMap<String, Person>,
    pub(super) sessions: HashMap<SecretHash, Session>,
    pub(super) tokens: HashMap<SecretHash, Token>,
    pub(super) link: Link,
}

impl State {
    /// People who can administer the node, apart from `user`.
    pub(super) fn other_admins(&self, user: &str) -> usize {
        let admin = |person: &Person| !person.disabled && person.roles.contains(&Role::NodeAdmin);
        self.people.iter().filter(|(name, person)| *name != user && admin(person)).count()
    }

    /// Takes in one record. Used for new ones and for those of former runs alike.
    pub(super) fn apply(&mut self, record: &Record, bytes: &[u8]) {
        self.link = Link::after(record.n, bytes);
        let at_ms = record.at_ms;
        match &record.event {
            Event::PersonCreated { user, name, office, roles, person_ref, phc } => {
                let Ok(person_ref) = person_ref.parse() else { return };
                let person = Person {
                    person_ref,
                    name: name.clone(),
                    office: office.clone(),
                    roles: known_roles(roles),
                    disabled: false,
                    phc: phc.clone(),
                    rights: CancellationToken::new(),
                };
                self.people.entry(user.clone()).or_insert(person);
            }
            Event::PersonChanged { user, name, office } => {
                if let Some(person) = self.people.get_mut(user) {
                    person.name.clone_from(name);
                    person.office.clone_from(office);
                }
            }
            Event::RolesSet { user, roles } => {
                if let Some(person) = self.people.get_mut(user) {
                    person.roles = known_roles(roles);
                    person.rights_changed();
                }
            }
            Event::PersonDisabled { user } => {
                if let Some(person) = self.people.get_mut(user) {
                    person.disabled = true;
                    person.rights_changed();
                }
                self.end_sessions(user);
                self.end_tokens(|token| token.user == *user);
            }
            Event::PersonEnabled { user } => {
                if let Some(person) = self.people.get_mut(user) {
                    person.disabled = false;
                }
            }
            Event::PasswordSet { user, phc } => {
                if let Some(person) = self.people.get_mut(user) {
                    person.phc.clone_from(phc);
                }
                self.end_sessions(user);
            }
            Event::PasswordRehashed { user, phc } => {
                if let Some(person) = self.people.get_mut(user) {
                    person.phc.clone_from(phc);
                }
            }
            Event::TokenIssued { .. } | Event::TokenRevoked { .. } => self.apply_token(&record.event, at_ms),
            Event::SignedIn { .. } | Event::SessionSeen { .. } | Event::SessionEnded { .. } => {
                self.apply_session(&record.event, at_ms);
            }
            Event::SignInFailed { .. } | Event::Audit { .. } | Event::Unknown => {}
        }
    }

    fn apply_token(&mut self, event: &Event, at_ms: u64) {
        match event {
            Event::TokenIssued { user, id, name, secret_hash } => {
                let Some(hash) = parse_hash(secret_hash) else { return };
                let token = Token {
                    user: user.clone(),
                    id: id.clone(),
                    name: name.clone(),
                    issued_ms: at_ms,
                    ended: CancellationToken::new(),
                };
                self.tokens.insert(hash, token);
            }
            Event::TokenRevoked { user, id } => {
                self.end_tokens(|token| token.user == *user && token.id == *id)
            }
            _ => {}
        }
    }

    fn apply_session(&mut self, event: &Event, at_ms: u64) {
        match event {
            Event::SignedIn { user, session, source } => {
                let Some(hash) = parse_hash(session) else { return };
                self.sessions.retain(|_, session| session.stands(at_ms));
                self.make_room_for_session(user);
                let session = Session {
                    user: user.clone(),
                    source: source.clone(),
                    started_ms: at_ms,
                    seen_ms: AtomicU64::new(at_ms),
                    recorded_ms: AtomicU64::new(at_ms),
                    ended: CancellationToken::new(),
                };
                self.sessions.insert(hash, session);
            }
            Event::SessionSeen { session } => {
                if let Some(session) = parse_hash(session).and_then(|hash| self.sessions.get(&hash)) {
                    session.seen_ms.fetch_max(at_ms, Ordering::Relaxed);
                    session.recorded_ms.fetch_max(at_ms, Ordering::Relaxed);
                }
            }
            Event::SessionEnded { session, .. } => {
                if let Some(session) = parse_hash(session).and_then(|hash| self.sessions.remove(&hash)) {
                    session.ended.cancel();
                }
            }
            _ => {}
        }
    }

    fn make_room_for_session(&mut self, user: &str) {
        let mut own: Vec<(u64, SecretHash)> = self
            .sessions
            .iter()
            .filter(|(_, session)| session.user == user)
            .map(|(hash, session)| (session.started_ms, *hash))
            .collect();
        own.sort_unstable();
        for (_, hash) in own.iter().take((own.len() + 1).saturating_sub(SESSIONS_PER_PERSON_MAX)) {
            if let Some(session) = self.sessions.remove(hash) {
                session.ended.cancel();
            }
        }
    }

    fn end_sessions(&mut self, user: &str) {
        self.sessions.retain(|_, session| {
            let keep = session.user != user;
            if !keep {
                session.ended.cancel();
            }
            keep
        });
    }

    fn end_tokens(&mut self, ends: impl Fn(&Token) -> bool) {
        self.tokens.retain(|_, token| {
            let keep = !ends(token);
            if !keep {
                token.ended.cancel();
            }
            keep
        });
    }
}

/// Roles of a newer version give no rights here.
fn known_roles(codes: &[String]) -> Vec<Role> {
    codes.iter().filter_map(|code| Role::parse(code)).collect()
}

fn parse_hash(hex: &str) -> Option<SecretHash> {
    HEXLOWER.decode(hex.as_bytes()).ok()?.try_into().ok()
}
