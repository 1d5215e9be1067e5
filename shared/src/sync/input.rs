//! Everything that can happen to a core.

use crate::alliance::{Card, Founding, Invite};
use crate::feed::Create;
use crate::id::{ChangeHash, CircleId, CityId, DocId, EntryHash, PersonRef, Place};

/// One live connection to a partner; never reused within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LinkId(pub u64);

/// Where a record lies in its journal. Opaque to the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Location {
    pub segment: u32,
    pub offset: u32,
    pub len: u32,
}

/// Local changes that have passed the gate, for one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LocalItem {
    pub doc: DocId,
    pub create: Option<Create>,
    pub by: PersonRef,
    pub changes: Vec<Vec<u8>>,
    /// Hash and dependencies of each change, in order.
    pub hashes: Vec<(ChangeHash, Vec<ChangeHash>)>,
}

/// What the gate said of one item of an entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ItemVerdict {
    /// Applied. Changes that were there already are not listed.
    Accepted {
        new: Vec<(ChangeHash, Vec<ChangeHash>)>,
    },
    Void {
        code: String,
    },
    Held {
        code: String,
    },
}

/// An order by a person of this city, or by its operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActOrder {
    Found(Founding),
    Invite {
        circle: CircleId,
        invite: Invite,
    },
    RevokeInvite {
        circle: CircleId,
        invite: EntryHash,
    },
    /// Our answer to an invitation, in a circle we do not hold yet.
    Accept {
        circle: CircleId,
        accept: crate::alliance::Accept,
    },
    Admit {
        circle: CircleId,
        accept: EntryHash,
        verified: u8,
    },
    Leave {
        circle: CircleId,
    },
    /// A new version of our own city card, counter included.
    Card(Card),
    /// An Accept brought by someone outside, as an encoded entry.
    TakeAccept {
        circle: CircleId,
        entry: Vec<u8>,
    },
}

/// Why an order or a local change was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    ReadOnly,
    UnknownCircle,
    UnknownDocument,
    /// The city lacks the right, or the document is another city's.
    Forbidden,
    /// A newer program acts in this circle.
    NewerProgram,
    InvitationUnknown,
    InvitationExpired,
    InvitationUsed,
    InvitationRevoked,
    AcceptUnknown,
    AcceptInvalid,
    TooManyAccepts,
    /// What we hold of our own feed must first be completed by a partner.
    NotCaughtUp,
    Malformed,
}

#[derive(Debug, Clone)]
pub enum Input {
    LinkUp {
        link: LinkId,
        city: CityId,
        dialer: bool,
        address: String,
    },
    LinkDown {
        link: LinkId,
    },
    Frame {
        link: LinkId,
        frame: Vec<u8>,
    },
    /// Changes of our own people, already through the gate and applied.
    Local {
        job: u64,
        circle: CircleId,
        items: Vec<LocalItem>,
    },
    /// Records of `Effect::Append` are durable.
    Appended {
        token: u64,
        at: Vec<Location>,
    },
    AppendFailed {
        token: u64,
    },
    Judged {
        circle: CircleId,
        place: Place,
        verdicts: Vec<(u32, ItemVerdict)>,
    },
    /// Answer to `Effect::Load`; none when the record is damaged.
    Loaded {
        circle: CircleId,
        place: Place,
        record: Option<Vec<u8>>,
    },
    Order {
        job: u64,
        order: ActOrder,
    },
    /// A person of ours is (or, without payload, no longer is) in a document.
    Present {
        circle: CircleId,
        doc: DocId,
        person: PersonRef,
        session: u64,
        payload: Option<Vec<u8>>,
    },
    /// A member told us that we are admitted.
    Admitted {
        circle: CircleId,
        by: CityId,
    },
    Work,
    Tick,
}
