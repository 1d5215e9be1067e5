//! Who may ask what: the one table of all routes (S9). A route that is not in it answers nobody.
//!
//! This is the coarse check: which roles suffice is `alianza_shared::access`'s to say, and what a person may do with one
//! document is asked there again by the engine.

use alianza_shared::access;

use crate::accounts::Identity;
use crate::engine::handle::Caller;

/// What a route asks of the caller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Need {
    /// Nothing.
    Public,
    /// Anybody signed in; background questions that do not count as use of the session.
    Signed,
    /// Anybody signed in reads.
    Read,
    /// A role that writes documents of some kind.
    Write,
    /// Alliances, invitations, admissions.
    Pair,
    /// Accounts.
    People,
    /// The own account, or accounts in general.
    OwnAccount,
}

/// Method, path, need. `HEAD` counts as `GET`.
pub(super) const ROUTES: &[(&str, &str, Need)] = &[
    ("GET", "/healthz", Need::Public),
    ("GET", "/api/openapi.json", Need::Public),
    ("POST", "/api/session", Need::Public),
    ("GET", "/api/session", Need::Signed),
    ("DELETE", "/api/session", Need::Signed),
    ("GET", "/api/live", Need::Read),
    ("GET", "/api/status", Need::Signed),
    ("GET", "/api/cities", Need::Signed),
    ("GET", "/api/alliances", Need::Signed),
    ("POST", "/api/alliances", Need::Pair),
    ("GET", "/api/alliances/{circle}", Need::Signed),
    ("POST", "/api/alliances/{circle}/leave", Need::Pair),
    ("GET", "/api/alliances/{circle}/invitations", Need::Pair),
    ("POST", "/api/alliances/{circle}/invitations", Need::Pair),
    ("DELETE", "/api/alliances/{circle}/invitations/{id}", Need::Pair),
    ("POST", "/api/alliances/{circle}/admit", Need::Pair),
    ("POST", "/api/join", Need::Pair),
    ("GET", "/api/documents", Need::Read),
    ("POST", "/api/documents", Need::Write),
    ("GET", "/api/documents/{id}", Need::Read),
    ("PATCH", "/api/documents/{id}", Need::Write),
    ("GET", "/api/documents/{id}/history", Need::Read),
    ("GET", "/api/documents/{id}/timeline", Need::Read),
    ("GET", "/api/documents/{id}/news", Need::Read),
    ("GET", "/api/seen", Need::Read),
    ("PUT", "/api/seen", Need::Read),
    ("GET", "/api/changes", Need::Signed),
    ("GET", "/api/people", Need::People),
    ("POST", "/api/people", Need::People),
    ("PATCH", "/api/people/{user}", Need::People),
    ("POST", "/api/people/{user}/disable", Need::People),
    ("POST", "/api/people/{user}/enable", Need::People),
    ("POST", "/api/people/{user}/password", Need::OwnAccount),
    ("POST", "/api/people/{user}/token", Need::OwnAccount),
    ("GET", "/api/people/{user}/access", Need::OwnAccount),
    ("DELETE", "/api/people/{user}/tokens/{id}", Need::OwnAccount),
    ("DELETE", "/api/people/{user}/sessions/{id}", Need::OwnAccount),
];

/// What this route needs; `None`: there is no such route for this method.
pub(super) fn need_of(method: &str, path: &str) -> Option<Need> {
    let method = if method == "HEAD" { "GET" } else { method };
    ROUTES.iter().find(|(m, p, _)| *m == method && *p == path).map(|(_, _, need)| *need)
}

/// The decision. `user`: whose account the path names, if it names one.
pub(super) fn may(identity: &Identity, need: Need, user: Option<&str>) -> bool {
    match need {
        Need::Public | Need::Signed | Need::Read => true,
        Need::Write => access::may_write_something(&identity.roles),
        Need::Pair => access::may_pair(&identity.roles),
        Need::People => access::may_manage_people(&identity.roles),
        Need::OwnAccount => {
            access::may_manage_people(&identity.roles) || user == Some(identity.user.as_str())
        }
    }
}

/// The same person, as the engine knows them.
pub(super) fn caller(identity: &Identity) -> Caller {
    Caller { person: identity.person, roles: identity.roles.clone(), local_admin: false }
}
