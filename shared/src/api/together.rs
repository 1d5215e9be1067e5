//! Who changed what, and what is new to a person: history in groups, marks of what was seen, and the news since.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// One page of the history of a document, or of a document with its parts; the newest first.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct TimelineView {
    pub groups: Vec<HistoryGroup>,
    /// Give it back as `before` for what is older; absent at the beginning of the history.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub older: Option<String>,
}

/// Changes that belong together: of one person of one city on one day, without half an hour of silence between them;
/// or of several who wrote in turns within seconds.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct HistoryGroup {
    /// The first change of the group; it stays when the group grows.
    pub id: String,
    pub doc: String,
    /// `programme`, `section`, `contribution`…
    pub kind: String,
    /// Of a section: which of the programme's texts it is.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    /// City that alone may write the document.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// Who wrote; whoever made most of the changes first.
    pub hands: Vec<HistoryHand>,
    /// When the first and the last change were made, as their authors' clocks said: only ever shown. 0: not told.
    pub from_ms: u64,
    pub to_ms: u64,
    pub changes: u64,
    /// Versions of the document: its heads before the group, and after it. Empty before the first.
    pub before: Vec<String>,
    pub after: Vec<String>,
}

/// One person's part of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryHand {
    pub city: String,
    pub person_ref: String,
    pub changes: u64,
    /// Automerge actors under which these changes were written: they tell who wrote which letters of a text.
    pub actors: Vec<String>,
}

/// What this person has marked as seen. It stays on this node and belongs to no shared document.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct SeenView {
    /// By document.
    pub documents: BTreeMap<String, SeenMark>,
}

/// The version of one document that a person has seen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SeenMark {
    pub heads: Vec<String>,
    /// When it was marked, by the clock of the node.
    pub at_ms: u64,
}

/// `PUT /api/seen`: these versions have been seen. Other documents stay as they are.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
pub struct MarkSeen {
    /// Heads by document: those that the news told, so that nothing is marked that was not shown.
    pub documents: BTreeMap<String, Vec<String>>,
}

/// What others changed in a document and its parts since this person last marked them as seen.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewsView {
    /// Nothing was ever marked: there is no visit to compare with.
    pub first: bool,
    /// When it was last marked.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub seen_ms: Option<u64>,
    /// The document itself first, then its parts.
    pub documents: Vec<NewsDocument>,
}

#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct NewsDocument {
    pub doc: String,
    pub kind: String,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub field: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub owner: Option<String>,
    /// The version this was computed from: what to mark as seen.
    pub heads: Vec<String>,
    /// The version seen last; empty for a document that is new to this person.
    pub seen: Vec<String>,
    /// Who changed what; without this person's own changes.
    pub hands: Vec<NewsHand>,
}

/// What one person changed. Places that were changed twice count once.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NewsHand {
    pub city: String,
    pub person_ref: String,
    pub changes: u64,
    /// Too much to be told in detail: only `changes` is counted.
    pub many: bool,
    /// Amounts of the budget.
    pub amounts: u64,
    pub dates: u64,
    /// Any other values.
    pub values: u64,
    /// Short texts of the document.
    pub texts: u64,
    /// Paragraphs of a section.
    pub paragraphs: u64,
    /// Items added to the document, and taken out.
    pub added: u64,
    pub removed: u64,
    pub actors: Vec<String>,
}
