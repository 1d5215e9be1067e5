//! Everything that a core asks its shell to do, in order.

use std::sync::Arc;

use super::input::{LinkId, Location, Refusal};
use super::past::Past;
use crate::feed::Create;
use crate::id::{ChangeHash, CircleId, City8, CityId, DocId, EntryHash, PersonRef, Place};

/// Kinds of journal records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordKind {
    Entry,
    Pending,
    Unsealable,
    Verdict,
    Card,
    Fork,
    /// The link of an invitation that we are answering.
    Joining,
}

impl RecordKind {
    const ALL: [(Self, u8); 7] = [
        (Self::Entry, 1),
        (Self::Pending, 2),
        (Self::Unsealable, 3),
        (Self::Verdict, 4),
        (Self::Card, 5),
        (Self::Fork, 6),
        (Self::Joining, 7),
    ];

    pub fn code(self) -> u8 {
        Self::ALL.iter().find(|row| row.0 == self).map_or(0, |row| row.1)
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == code).map(|row| row.0)
    }
}

/// An item for the gate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JudgeItem {
    /// Its index in the entry.
    pub ix: u32,
    pub doc: DocId,
    pub is_create: bool,
    pub by: PersonRef,
    pub changes: Vec<Vec<u8>>,
}

/// Bytes of an entry record: in memory, or to be read from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EntrySource {
    Memory(Arc<Vec<u8>>),
    Stored(Location),
}

/// A row of the index; everything here can be computed again from the journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Row {
    Entry {
        ordinal: u64,
        at: Location,
        hash: EntryHash,
        header: Vec<u8>,
        /// None while not judged; else one code per item, empty for accepted.
        verdict: Option<Vec<String>>,
    },
    Document {
        doc: DocId,
        meta: Vec<u8>,
    },
    Item {
        doc: DocId,
        ordinal: u64,
        at: Location,
        ix: u32,
        place: Place,
        by: PersonRef,
    },
    Pending {
        group: u64,
        at: Location,
    },
    PendingGone {
        group: u64,
    },
}

#[derive(Debug, Clone)]
pub enum Effect {
    /// Write to the circle's journal; answer with `Appended` once it is as durable as `sync` says.
    Append {
        token: u64,
        circle: CircleId,
        records: Vec<(RecordKind, Vec<u8>)>,
        sync: bool,
    },
    /// Run the gate and answer with `Judged`.
    Judge {
        circle: CircleId,
        place: Place,
        author: City8,
        items: Vec<JudgeItem>,
        past: Arc<Past>,
    },
    /// Read a record and answer with `Loaded`.
    Load {
        circle: CircleId,
        place: Place,
        at: Location,
    },
    Send {
        link: LinkId,
        frame: Vec<u8>,
    },
    /// Make one Entries frame of these records and send it.
    SendEntries {
        link: LinkId,
        circle: CircleId,
        tag: [u8; 8],
        entries: Vec<EntrySource>,
    },
    Close {
        link: LinkId,
        reason: &'static str,
    },
    /// The job's changes or act are durable.
    Stored {
        job: u64,
        entry: Option<EntryHash>,
    },
    Refused {
        job: u64,
        refusal: Refusal,
    },
    /// Changes that tabs may now see; `job` is the local one they came with.
    Publish {
        circle: CircleId,
        doc: DocId,
        changes: Vec<Vec<u8>>,
        city: City8,
        by: PersonRef,
        job: Option<u64>,
    },
    /// These pending changes now lie in a sealed entry.
    Sealed {
        circle: CircleId,
        doc: DocId,
        hashes: Vec<ChangeHash>,
        place: Place,
    },
    /// Pending changes of these documents were given up: rebuild the documents.
    Unsealable {
        circle: CircleId,
        docs: Vec<DocId>,
    },
    /// A document is new here.
    DocumentAdded {
        circle: CircleId,
        doc: DocId,
        create: Create,
    },
    Row {
        circle: CircleId,
        row: Row,
    },
    /// Who has what of this circle changed: delivery, status.
    Progress {
        circle: CircleId,
    },
    /// Members, invitations or standing changed.
    Governance {
        circle: CircleId,
    },
    /// The set of partners or their addresses changed.
    Partners,
    Presence {
        circle: CircleId,
        doc: DocId,
        city: City8,
        person: PersonRef,
        session: u64,
        payload: Option<Vec<u8>>,
    },
    /// One sentence for the log: something a partner did.
    /// That city will not speak with us; the code says why ([`crate::wire::DENIED_STRANGER`]).
    Denied {
        city: CityId,
        code: u8,
    },
    Fault {
        city: CityId,
        what: &'static str,
    },
}

/// Effects in the order in which they must happen.
#[derive(Debug, Default)]
pub struct Outbox {
    effects: std::collections::VecDeque<Effect>,
}

impl Outbox {
    pub fn push(&mut self, effect: Effect) {
        self.effects.push_back(effect);
    }

    pub fn pop(&mut self) -> Option<Effect> {
        self.effects.pop_front()
    }

    pub fn is_empty(&self) -> bool {
        self.effects.is_empty()
    }
}
