//! HTTP request and response types. They are neither stored nor sent between nodes.
//!
//! Identifiers are lower-case hexadecimal. Times are milliseconds since 1970 UTC and are only ever shown.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

mod together;

pub use together::*;

/// What a request was refused with: a sentence the person can act on. Codes in capitals are those of the
/// methodology (`PB02`); the others are technical.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ApiError {
    /// HTTP status that carries it.
    #[serde(skip, default = "bad_request_status")]
    #[schema(ignore)]
    pub status: u16,
    /// Stable code: `PB02`, `auth.required`, `not_found`, `heads.changed`, `read_only`…
    pub code: String,
    /// Sentence in Spanish.
    pub message: String,
    /// What to do next, in Spanish, when the sentence does not say so already.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub next: Option<String>,
    /// JSON Pointer of the value that is wrong.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
}

fn bad_request_status() -> u16 {
    400
}

impl ApiError {
    pub fn new(status: u16, code: impl Into<String>, message: impl Into<String>) -> Self {
        Self { status, code: code.into(), message: message.into(), next: None, path: None }
    }

    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.next = Some(next.into());
        self
    }

    #[must_use]
    pub fn at(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        if let Some(next) = &self.next {
            write!(f, " {next}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ApiError {}

// ---- session and people ---------------------------------------------------------------------------

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SignIn {
    pub user: String,
    pub password: String,
}

/// Who is signed in, and on which city's node.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct SessionView {
    pub city: CityView,
    pub person: PersonView,
    /// Served in plain http outside this machine: the page shows a banner.
    pub insecure: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PersonView {
    /// Opaque reference: what history carries instead of the name.
    pub person_ref: String,
    pub user: String,
    pub name: String,
    pub office: String,
    /// Codes of domain.md §3.2: `node_admin`, `coop_officer`, …
    pub roles: Vec<String>,
    pub disabled: bool,
}

/// A city as its card tells it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CityView {
    pub city_id: String,
    pub city8: String,
    pub name: String,
    pub country: String,
    /// Its home circle, if known.
    pub home: Option<String>,
    pub people: Vec<CardPerson>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CardPerson {
    pub person_ref: String,
    pub name: String,
    pub office: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewPerson {
    pub user: String,
    pub name: String,
    pub office: String,
    pub roles: Vec<String>,
    /// At least 12 characters.
    pub password: String,
}

/// `PATCH /api/people/{user}`: what is absent stays as it is.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct ChangePerson {
    #[serde(default)]
    pub name: Option<String>,
    #[serde(default)]
    pub office: Option<String>,
    #[serde(default)]
    pub roles: Option<Vec<String>>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewPassword {
    /// At least 12 characters, at most 128.
    pub password: String,
    /// The present password: required from a person who changes their own.
    #[serde(default)]
    pub current: Option<String>,
}

#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct NewToken {
    /// What it is for, in a few words.
    #[serde(default)]
    pub name: Option<String>,
}

/// An API token, shown once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenView {
    pub id: String,
    pub name: String,
    /// For `Authorization: Bearer`. It cannot be read again.
    pub token: String,
}

/// What gives access in a person's name.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AccessView {
    pub sessions: Vec<SessionItem>,
    pub tokens: Vec<TokenItem>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SessionItem {
    pub id: String,
    /// Address it was opened from.
    pub source: String,
    pub started_ms: u64,
    pub seen_ms: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TokenItem {
    pub id: String,
    pub name: String,
    pub issued_ms: u64,
}

/// `GET /healthz`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HealthView {
    /// `ok`.
    pub status: String,
}

// ---- status ---------------------------------------------------------------------------------------

/// `GET /api/status` and `alianza status --json`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct StatusView {
    pub city: CityView,
    pub version: String,
    pub protocol: u32,
    pub journal_bytes: u64,
    pub read_only: bool,
    /// `disk_full`: goes on by itself once there is room. `disk_failed`: look at the disk and start the node again.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub read_only_why: Option<String>,
    /// A partner has opened a connection to us since the start.
    pub reached_from_outside: bool,
    pub listening: Vec<String>,
    pub alliances: Vec<CircleStatus>,
    /// Home circles: ours and those of our partners.
    pub homes: Vec<CircleStatus>,
    /// Records of the journal that are damaged and not yet replaced, in words.
    pub damaged: Vec<String>,
    /// Of the page, when the node speaks TLS itself.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub certificate: Option<CertificateView>,
}

/// The certificate with which the page is served.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CertificateView {
    /// DNS names and addresses that it holds.
    pub names: Vec<String>,
    pub expires_ms: u64,
    /// What is wrong with it or soon will be: sentences in Spanish that say what to do.
    pub warnings: Vec<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CircleStatus {
    pub id: String,
    /// `alliance`, `home` or `private`.
    pub kind: String,
    pub name: String,
    /// `joining` (our Accept waits for admission), `active`, `left`, or `frozen`.
    pub standing: String,
    pub members: Vec<MemberStatus>,
    pub documents: u64,
    pub entries: u64,
    /// Local changes that are durable and not yet sealed.
    pub pending: u64,
    /// Stored entries that wait for their past.
    pub waiting: u64,
    pub held: u64,
    pub void: u64,
    /// Hex of the vector digest (8 bytes).
    pub vector_digest: String,
    /// Hex of the state root (16 bytes); zeros while anything waits or is held.
    pub state_root: String,
    /// Feeds in which two entries were signed for one place.
    pub forks: u64,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct MemberStatus {
    pub city_id: String,
    pub city: String,
    /// `coordinator`, `partner`, `associate`, `facilitator`, `observer`.
    pub role: String,
    pub is_self: bool,
    pub connected: bool,
    /// Why that city's node will not connect with ours: a sentence in Spanish.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub denied: Option<String>,
    pub address: Option<String>,
    pub last_contact_ms: Option<u64>,
    /// Entries we have that they have not acknowledged.
    pub entries_they_lack: u64,
    /// Entries they announce and we have not stored.
    pub entries_we_lack: u64,
    /// Since the present connection began.
    pub traffic: TrafficView,
}

/// What went over one sync stream, frames with their length and type.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrafficView {
    pub bytes_sent: u64,
    pub bytes_received: u64,
    pub frames_sent: u64,
    pub frames_received: u64,
    /// Part of these bytes that are Entries frames.
    pub entry_bytes_sent: u64,
    pub entry_bytes_received: u64,
}

// ---- alliances and invitations --------------------------------------------------------------------

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewAlliance {
    pub name: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewInvitation {
    /// Role the joiner will have; `partner` when absent.
    #[serde(default)]
    pub role: Option<String>,
    /// Hours of validity, at most 720; 168 when absent.
    #[serde(default)]
    pub hours: Option<u64>,
    #[serde(default)]
    pub note: Option<String>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct InvitationView {
    /// The Invite act.
    pub id: String,
    pub role: String,
    pub note: String,
    pub expires_ms: u64,
    /// `live`, `accepted` (an answer waits for admission), `used`, `revoked`, `expired`.
    pub state: String,
    /// Only in the answer to its creation: the secret is not kept.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub link: Option<String>,
    /// Cities whose answer waits for admission.
    pub accepts: Vec<AcceptView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct AcceptView {
    /// The Accept act: what `admit` takes.
    pub id: String,
    pub city_id: String,
    pub city: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Join {
    pub link: String,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct Admit {
    /// Id of the Accept, or the name of the city that sent it.
    pub accept: String,
}

// ---- documents ------------------------------------------------------------------------------------

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DocumentSummary {
    pub id: String,
    pub circle: String,
    pub kind: String,
    /// City that alone may write it.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    pub title: String,
    pub heads: Vec<String>,
    /// The document this one belongs to (sections, contributions).
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub parent: Option<String>,
}

/// `POST /api/documents`. `fields` is laid over the empty document of its kind.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewDocument {
    pub circle: String,
    pub kind: String,
    #[serde(default)]
    #[schema(value_type = Object)]
    pub fields: Value,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct DocumentView {
    pub id: String,
    pub circle: String,
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    pub heads: Vec<String>,
    /// This person may write it.
    pub writable: bool,
    /// The document as JSON. Texts are strings; unknown fields are there too. In the `body` of a section each block
    /// marker is one U+FFFC, so that the places of `splice` are those of the text itself; for reading there is
    /// `derived.blocks`.
    #[schema(value_type = Object)]
    pub content: Value,
    pub conflicts: Vec<ConflictView>,
    pub messages: Vec<MessageView>,
    /// Totals and other values computed from the document and its contributions. Of a section: `blocks`, its text
    /// as a list of `{type, level?, indent?, attrs?, text, spans: [{text, marks?}]}`, types of later versions too.
    #[schema(value_type = Object)]
    pub derived: Value,
    /// Everything is sealed, and received by these cities (ids)…
    pub received_by: Vec<String>,
    /// …and not yet by these.
    pub lacking: Vec<String>,
}

/// Two or more values written at once (domain.md §3.5); the first listed is the one in use.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConflictView {
    pub path: String,
    pub values: Vec<ConflictValue>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct ConflictValue {
    #[schema(value_type = Value)]
    pub value: Value,
    pub city: String,
    pub person_ref: String,
    pub time_ms: u64,
}

/// A validation of domain.md §3.9.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MessageView {
    pub code: String,
    /// `error` prevents the action it names; `warning` does not.
    pub level: String,
    pub text: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub path: Option<String>,
}

/// `PATCH /api/documents/{id}`: all of the operations or none.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PatchDocument {
    pub operations: Vec<Operation>,
}

/// One edit. Paths are JSON Pointers into the document as read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Operation {
    /// Write a value; on a text, make it equal to the string by the smallest edit.
    Set {
        path: String,
        #[schema(value_type = Value)]
        value: Value,
    },
    /// Edit a text: at `index` (UTF-16 units) take out `delete` units and put in `insert`.
    Splice {
        path: String,
        index: u64,
        #[serde(default)]
        delete: u64,
        #[serde(default)]
        insert: String,
    },
    /// A new item in a collection (`/activities`); its id is in the answer.
    Add {
        path: String,
        #[schema(value_type = Value)]
        value: Value,
    },
    /// Take out an item (marked as removed, it can be recovered) or a cell.
    Remove { path: String },
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct PatchResult {
    pub heads: Vec<String>,
    /// Ids of the items that `add` made, in order.
    pub added: Vec<String>,
    /// Warnings that the change brings.
    pub messages: Vec<MessageView>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HistoryView {
    pub items: Vec<HistoryItem>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HistoryItem {
    pub change: String,
    pub city: String,
    pub person_ref: String,
    pub time_ms: u64,
    pub operations: u64,
    /// `city8/epoch/seq` of the entry that carries it; absent while pending.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub place: Option<String>,
}

/// Answer of the long poll `GET /api/changes`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct ChangesView {
    /// Give it back as `since` to go on from here.
    pub cursor: u64,
    /// Documents that changed, and circles whose standing did. Everything when `reset` is true.
    pub documents: Vec<String>,
    pub circles: Vec<String>,
    pub reset: bool,
}
