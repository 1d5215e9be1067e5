//! The core of a node: every decision about feeds, trust and what to send, as a pure state machine.
//!
//! `Core::handle(now_ms, Input, &mut Outbox)` takes one input and writes effects that the shell performs in
//! order. It never blocks, reads no clock, draws no randomness and does not panic on outside bytes. Same inputs,
//! same effects, bit for bit (I40).

pub mod acts;
mod circle;
mod effect;
mod epoch;
mod input;
mod judge;
mod local;
mod past;
mod receive;
pub mod restore;
mod seal;
mod sending;
mod session;
mod status;

#[cfg(test)]
mod tests;

pub use circle::{Circle, DocMeta, Standing};
pub use effect::{Effect, EntrySource, JudgeItem, Outbox, RecordKind, Row};
pub use input::{ActOrder, Input, ItemVerdict, LinkId, LocalItem, Location, Refusal};
pub use past::Past;
pub use restore::{PendingRecord, decode_pending, decode_unsealable};
pub use status::{CircleFigures, MemberFigures};

use std::collections::BTreeMap;
use std::sync::Arc;

use ed25519_dalek::SigningKey;

use crate::alliance::Card;
use crate::id::{CircleId, City8, CityId};
use session::Link;

/// What a written record was for.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Written {
    /// A group of local changes.
    Pending { circle: CircleId, group: u64 },
    /// An entry of our own, with the groups it holds.
    Own { circle: CircleId, job: Option<u64> },
    /// Entries of others, in order.
    Remote { circle: CircleId, count: usize, job: Option<u64> },
    /// Nothing waits for it.
    Other,
}

/// The state machine of one node.
pub struct Core {
    me: CityId,
    me8: City8,
    key: SigningKey,
    name: String,
    home: Option<CircleId>,
    incarnation: u64,
    circles: BTreeMap<CircleId, Circle>,
    links: BTreeMap<LinkId, Link>,
    /// Latest card of each city, decoded and as signed.
    cards: BTreeMap<CityId, (Card, Vec<u8>)>,
    last_contact_ms: BTreeMap<CityId, u64>,
    writes: BTreeMap<u64, Written>,
    next_token: u64,
    next_group: u64,
    /// A write failed: nothing is accepted or sealed any more until a restart.
    read_only: bool,
    reached_from_outside: bool,
    last_hello_ms: u64,
}

impl Core {
    /// A core that knows nothing yet; `restore_*` brings back what the journal holds. `incarnation` must grow
    /// with every start.
    pub fn new(key: SigningKey, name: String, incarnation: u64) -> Self {
        let me = CityId(key.verifying_key().to_bytes());
        Self {
            me8: me.city8(),
            me,
            key,
            name,
            home: None,
            incarnation,
            circles: BTreeMap::new(),
            links: BTreeMap::new(),
            cards: BTreeMap::new(),
            last_contact_ms: BTreeMap::new(),
            writes: BTreeMap::new(),
            next_token: 0,
            next_group: 0,
            read_only: false,
            reached_from_outside: false,
            last_hello_ms: 0,
        }
    }

    /// Take one input. `now_ms` is the wall clock: shown, compared with invitation expiry, and used for pacing.
    pub fn handle(&mut self, now_ms: u64, input: Input, out: &mut Outbox) {
        match input {
            Input::LinkUp { link, city, dialer, address } => {
                self.link_up(now_ms, link, city, dialer, address, out);
            }
            Input::LinkDown { link } => self.link_down(now_ms, link, out),
            Input::Frame { link, frame } => self.frame(now_ms, link, &frame, out),
            Input::Local { job, circle, items } => self.local(now_ms, job, circle, items, out),
            Input::Appended { token, at } => self.appended(now_ms, token, &at, out),
            Input::AppendFailed { .. } => self.append_failed(),
            Input::Judged { circle, place, verdicts } => self.judged(now_ms, circle, place, verdicts, out),
            Input::Loaded { circle, place, record } => self.loaded(circle, place, record, out),
            Input::Order { job, order } => self.order(now_ms, job, order, out),
            Input::Present { circle, doc, person, session, payload } => {
                self.present(circle, doc, person, session, payload, out);
            }
            Input::Admitted { circle, by } => self.admitted_by(circle, by, out),
            Input::Work => self.work(now_ms, out),
            Input::Tick => self.tick(now_ms, out),
        }
    }

    pub fn me(&self) -> CityId {
        self.me
    }

    pub fn me8(&self) -> City8 {
        self.me8
    }

    pub fn home(&self) -> Option<CircleId> {
        self.home
    }

    pub fn is_read_only(&self) -> bool {
        self.read_only
    }

    pub fn circle(&self, circle: &CircleId) -> Option<&Circle> {
        self.circles.get(circle)
    }

    pub fn circles(&self) -> impl Iterator<Item = &Circle> {
        self.circles.values()
    }

    pub fn cards(&self) -> impl Iterator<Item = &Card> {
        self.cards.values().map(|(card, _)| card)
    }

    pub fn card(&self, city: &CityId) -> Option<&Card> {
        self.cards.get(city).map(|(card, _)| card)
    }

    fn append(
        &mut self,
        circle: CircleId,
        records: Vec<(RecordKind, Vec<u8>)>,
        sync: bool,
        what: Written,
        out: &mut Outbox,
    ) {
        let token = self.next_token;
        self.next_token += 1;
        self.writes.insert(token, what);
        out.push(Effect::Append { token, circle, records, sync });
    }

    fn appended(&mut self, now_ms: u64, token: u64, at: &[Location], out: &mut Outbox) {
        match self.writes.remove(&token) {
            Some(Written::Pending { circle, group }) => self.pending_written(circle, group, at, out),
            Some(Written::Own { circle, job }) => self.own_written(now_ms, circle, job, at, out),
            Some(Written::Remote { circle, count, job }) => {
                self.remote_written(now_ms, circle, count, job, at, out);
            }
            Some(Written::Other) | None => {}
        }
    }

    /// Nothing more is written until the journal is read anew; what was not on disk by now was refused, and is not
    /// shown as if it had been stored.
    fn append_failed(&mut self) {
        self.read_only = true;
        for held in self.circles.values_mut() {
            held.groups.retain(|group| group.durable);
            for sealing in &mut held.sealing {
                sealing.groups.retain(|group| group.durable);
            }
        }
    }

    /// Everything that time alone brings about.
    fn tick(&mut self, now_ms: u64, out: &mut Outbox) {
        let ids: Vec<CircleId> = self.circles.keys().copied().collect();
        for circle in ids {
            self.seal_if_due(now_ms, circle, out);
        }
        self.session_tick(now_ms, out);
    }

    /// Judge what has become ready, a little at a time, so that live edits are never behind a long catch-up.
    fn work(&mut self, now_ms: u64, out: &mut Outbox) {
        let ids: Vec<CircleId> = self.circles.keys().copied().collect();
        for circle in ids {
            self.judge_next(now_ms, circle, out);
        }
    }

    /// Is there something that `Input::Work` would do at once?
    pub fn has_work(&self) -> bool {
        self.circles.values().any(Circle::may_judge)
    }

    fn circle_or_placeholder(&mut self, circle: CircleId) -> &mut Circle {
        self.circles.entry(circle).or_insert_with(|| Circle::placeholder(circle))
    }

    fn share(body: Vec<u8>) -> Arc<Vec<u8>> {
        Arc::new(body)
    }
}

/// The form between nodes of an entry record: circle and author elided (protocol §3).
pub fn wire_entry(
    circle: &CircleId,
    record: &[u8],
) -> Result<crate::wire::WireEntry, crate::cbor::Malformed> {
    let entry = crate::feed::Entry::decode(record)?;
    if entry.circle() != *circle {
        return Err(crate::cbor::Malformed("entry of another circle"));
    }
    let author = &entry.header.author;
    Ok(crate::wire::WireEntry {
        // A feed begins with its author's whole name; after that eight bytes say who it is.
        author: if entry.header.seq == 0 { author.0.to_vec() } else { author.city8().0.to_vec() },
        header: entry.header.encode_elided(),
        signature: entry.signature,
        body: entry.body,
    })
}
