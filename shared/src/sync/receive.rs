//! Entries of other cities: checked, stored, and only then acknowledged.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::circle::Circle;
use super::effect::{Effect, Outbox, RecordKind, Row};
use super::epoch::EntryMeta;
use super::input::{LinkId, Location};
use super::past::Past;
use super::{Core, Written};
use crate::alliance::acts::ActNode;
use crate::alliance::{Act, CircleKind};
use crate::feed::body::{check_edit, root_of_whole};
use crate::feed::header::verify_header;
use crate::feed::{Entry, EntryKind, Header, Line};
use crate::id::{CircleId, City8, CityId, Place, hash};
use crate::limits::{ACCEPTS_PER_INVITE_MAX, WAITING_MAX_BYTES, WAITING_MAX_ENTRIES};
use crate::wire::{Message, SignedHeader, WireEntry};

/// Records kept in memory until they are judged; beyond it they are read again.
const MEMORY_MAX_BYTES: usize = 32 << 20;

/// What became of a received entry.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Taken {
    New,
    Known,
    /// Something before it is missing here.
    Gap,
    /// A second entry for one place.
    Contradiction,
    /// Its author must wait: too much of it is blocked already.
    Full,
}

impl Core {
    pub(super) fn entries(
        &mut self,
        now_ms: u64,
        link: LinkId,
        circle: CircleId,
        entries: Vec<WireEntry>,
        out: &mut Outbox,
    ) {
        let Some(city) = self.links.get(&link).map(|link| link.city) else { return };
        let (mut records, mut need, mut fault) = (Vec::new(), false, None);
        for wire in entries {
            let entry = match self.assemble(&circle, wire) {
                Ok(entry) => entry,
                Err(what) => {
                    fault = Some(what);
                    break;
                }
            };
            match self.take_entry(now_ms, circle, &entry, out) {
                Ok(Taken::New) => records.push((RecordKind::Entry, entry.encode())),
                Ok(Taken::Known | Taken::Full) => {}
                Ok(Taken::Gap) => need = true,
                Ok(Taken::Contradiction) => {
                    out.push(Effect::Fault { city, what: "sent a second entry for one place" })
                }
                Err(what) => {
                    fault = Some(what);
                    break;
                }
            }
        }
        if !records.is_empty() {
            let count = records.len();
            self.append(circle, records, true, Written::Remote { circle, count, job: None }, out);
        }
        if need {
            self.send_vector(link, circle, out);
        }
        if let Some(what) = fault {
            out.push(Effect::Fault { city, what });
            out.push(Effect::Close { link, reason: what });
        }
    }

    /// The entry as it was signed, from its form between nodes.
    fn assemble(&self, circle: &CircleId, wire: WireEntry) -> Result<Entry, &'static str> {
        let held = self.circles.get(circle).ok_or("entry of an unknown circle")?;
        let author = match wire.author.len() {
            32 => CityId::from_slice(&wire.author),
            8 => City8::from_slice(&wire.author).and_then(|city8| held.city(&city8)),
            _ => None,
        };
        let author = author.ok_or("entry of an unknown author")?;
        let mut header =
            Header::decode_elided(&wire.header, *circle, author).map_err(|_| "malformed header")?;
        if header.seq == 0 && header.gov.is_empty() {
            header.circle = CircleId([0; 32]);
        }
        Ok(Entry::assemble(header, wire.signature, wire.body))
    }

    /// Check and note an entry; the caller writes it. Errors are the sender's fault and end its session.
    pub(super) fn take_entry(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        entry: &Entry,
        out: &mut Outbox,
    ) -> Result<Taken, &'static str> {
        let place = entry.header.place();
        let me = self.me;
        let held = self.circle_or_placeholder(circle);
        if entry.circle() != circle {
            return Err("entry of another circle");
        }
        if held.feeds.get(&place.city).is_some_and(|city| *city != entry.header.author) {
            return Err("short city id taken by another city");
        }
        let key = (place.city, place.epoch);
        let count = held.epochs.get(&key).map_or(0, |feed| feed.entries.len() as u64);
        if let Some(known) = held.entry_hash(&place) {
            if known == entry.hash {
                let missing = held.epochs.get(&key).is_some_and(|feed| feed.missing.contains(&place.seq));
                return if missing { held.take_missing(entry) } else { Ok(Taken::Known) };
            }
            return held.contradiction(place, entry, out);
        }
        if held.epochs.get(&key).is_some_and(|feed| feed.frozen) {
            return Ok(Taken::Full);
        }
        if place.seq != count {
            return Ok(Taken::Gap);
        }
        if entry.header.author == me && held.heard && count >= held.own_known {
            return Err("entry in our name that we did not write");
        }
        held.check_chain(entry)?;
        if held.is_blocked(&key) {
            return Ok(Taken::Full);
        }
        if !entry.is_founding() && !held.acts.knows(&entry.header.gov) {
            return Ok(Taken::Gap);
        }
        held.check_right(&circle, entry)?;
        held.check_body(entry)?;
        held.note(entry, now_ms);
        Ok(Taken::New)
    }

    pub(super) fn remote_written(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        count: usize,
        job: Option<u64>,
        at: &[Location],
        out: &mut Outbox,
    ) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let mut feeds: BTreeSet<(City8, u32)> = BTreeSet::new();
        let mut governs = false;
        let mut stored_hash = None;
        for ix in 0..count {
            let Some(place) = held.arriving.pop_front() else { break };
            let key = (place.city, place.epoch);
            let location = at.get(ix).copied().unwrap_or_default();
            let Some(feed) = held.epochs.get_mut(&key) else { continue };
            if let Some(meta) = feed.entries.get_mut(place.seq as usize) {
                meta.at = Some(location);
                stored_hash = Some(meta.hash);
            }
            if feed.missing.remove(&place.seq) {
                held.damaged = held.damaged.saturating_sub(1);
            } else {
                feed.durable = feed.durable.max(place.seq + 1);
            }
            let header = feed.unjudged.get(&place.seq).map(|(header, _)| (header.kind, header.encode()));
            if let Some((kind, header)) = header {
                governs |= kind == EntryKind::Act;
                held.row_of_entry(&place, header, None, out);
            }
            feeds.insert(key);
            held.author_has(&place);
        }
        held.may_judge = true;
        let lines: Vec<Line> = feeds
            .iter()
            .filter_map(|key| held.epochs.get(key).map(|feed| (key, feed)))
            .map(|(&(city, epoch), feed)| {
                let count = feed.stored();
                Line { city, epoch, count, tip8: feed.tip8(count) }
            })
            .collect();
        self.acknowledge(circle, &lines, out);
        if let Some(job) = job {
            out.push(Effect::Stored { job, entry: stored_hash });
        }
        if governs {
            self.governance_changed(circle, out);
        }
        self.pump_all(now_ms, circle, out);
        // Judging is work for later: whoever pours in entries waits for acknowledgements, not for verdicts.
        out.push(Effect::Progress { circle });
    }

    /// Form the proof of a fork from two signed headers, keep it and pass it on; the epoch takes nothing more.
    pub(super) fn fork(
        &mut self,
        circle: CircleId,
        one: SignedHeader,
        other: SignedHeader,
        out: &mut Outbox,
    ) -> Result<(), &'static str> {
        let (Ok(a), Ok(b)) = (Header::decode(&one.header), Header::decode(&other.header)) else {
            return Err("malformed fork proof");
        };
        let same = a.place() == b.place() && a.author == b.author && one.header != other.header;
        let here = |header: &Header, bytes: &[u8]| {
            header.circle == circle || CircleId(hash("circle", &[bytes])) == circle
        };
        let signed = verify_header(&a.author, &one.header, &one.signature)
            && verify_header(&b.author, &other.header, &other.signature);
        if !same || !signed || !here(&a, &one.header) || !here(&b, &other.header) {
            return Err("fork proof that proves nothing");
        }
        let Some(held) = self.circles.get_mut(&circle) else { return Ok(()) };
        let Some(feed) = held.epochs.get_mut(&(a.place().city, a.epoch)) else { return Ok(()) };
        if feed.frozen {
            return Ok(());
        }
        feed.frozen = true;
        held.forks += 1;
        out.push(Effect::Fault { city: a.author, what: "signed two entries for one place" });
        let message = Message::Fork { tag: [0; 8], one, other };
        let payload = message.encode();
        self.append(circle, vec![(RecordKind::Fork, payload)], true, Written::Other, out);
        self.broadcast(circle, message, out);
        out.push(Effect::Progress { circle });
        Ok(())
    }
}

impl Circle {
    /// Signature and chain (I3, I5).
    fn check_chain(&self, entry: &Entry) -> Result<(), &'static str> {
        let place = entry.header.place();
        if entry.header.key_ix != 0 || !entry.signature_is_valid() {
            return Err("bad signature");
        }
        let Some(tip) = self.epochs.get(&(place.city, place.epoch)).and_then(|feed| feed.tip()) else {
            return Ok(());
        };
        if tip.hash != entry.header.prev {
            return Err("entry that does not follow the one before");
        }
        if !self.acts.covers(&entry.header.gov, &tip.gov) && self.acts.knows(&entry.header.gov) {
            return Err("governance past that goes backwards");
        }
        Ok(())
    }

    /// May this author have an entry here at all, by its governance past?
    fn check_right(&mut self, circle: &CircleId, entry: &Entry) -> Result<(), &'static str> {
        let header = &entry.header;
        if entry.is_founding() {
            let whole = matches!(Act::decode(&entry.body), Ok(Act::Create(_)));
            return if whole { Ok(()) } else { Err("founding entry without founding act") };
        }
        let state = self.acts.state_at(circle, &header.gov);
        if header.seq > 0 {
            let founder_alone =
                state.kind != Some(CircleKind::Alliance) && state.founder == Some(header.author);
            let belongs = state.role(&header.author).is_some() || founder_alone;
            return if belongs { Ok(()) } else { Err("entry of a city that is not a member") };
        }
        let Ok(Act::Accept(accept)) = Act::decode(&entry.body) else {
            return Err("feed that does not begin with an answer to an invitation");
        };
        let waiting = self.state.accepts.values().filter(|known| known.invite == accept.invite).count();
        if waiting >= ACCEPTS_PER_INVITE_MAX {
            return Err("too many answers to one invitation");
        }
        if state.allows_accept(circle, &header.author, header.place(), &accept) {
            Ok(())
        } else {
            Err("answer to no invitation")
        }
    }

    fn check_body(&self, entry: &Entry) -> Result<(), &'static str> {
        let header = &entry.header;
        let root = match header.kind {
            EntryKind::Edit => check_edit(&entry.body).map_err(|_| "malformed body")?.1,
            EntryKind::Act => {
                Act::decode(&entry.body).map_err(|_| "malformed act")?;
                root_of_whole(&entry.body)
            }
            _ => root_of_whole(&entry.body),
        };
        if entry.body.len() == header.body_len as usize && root == header.body_hash {
            Ok(())
        } else {
            Err("body that is not the one signed")
        }
    }

    /// Is the first entry of that feed that is not judged waiting for something we do not have?
    fn is_blocked(&self, key: &(City8, u32)) -> bool {
        self.epochs.get(key).is_some_and(|feed| {
            let waits = feed.unjudged.values().next().is_some_and(|(header, _)| !self.is_ready(header));
            let bytes = || feed.unjudged.keys().map(|seq| feed.entries[*seq as usize].bytes).sum::<usize>();
            waits && (feed.unjudged.len() >= WAITING_MAX_ENTRIES || bytes() >= WAITING_MAX_BYTES)
        })
    }

    /// Take a checked entry into the feed; it counts once it is durable.
    pub(super) fn note(&mut self, entry: &Entry, now_ms: u64) {
        let place = entry.header.place();
        let record = Arc::new(entry.encode());
        self.feeds.insert(place.city, entry.header.author);
        self.admit_entry(entry, now_ms, record.len());
        if entry.header.kind == EntryKind::Act
            && let Ok(act) = Act::decode(&entry.body)
        {
            self.learn_act(entry, act);
        }
        let keep = self.memory_bytes + record.len() <= MEMORY_MAX_BYTES;
        if keep {
            self.memory_bytes += record.len();
        }
        if let Some(feed) = self.epochs.get_mut(&(place.city, place.epoch)) {
            feed.unjudged.insert(place.seq, (entry.header.clone(), keep.then_some(record)));
        }
        self.arriving.push_back(place);
    }

    /// The author of an entry has it, and everything that its header says it had seen.
    fn author_has(&mut self, place: &Place) {
        let key = (place.city, place.epoch);
        let (Some(author), Some(feed)) = (self.feeds.get(&place.city), self.epochs.get(&key)) else { return };
        let count = place.seq + 1;
        let mut lines = vec![Line { city: place.city, epoch: place.epoch, count, tip8: feed.tip8(count) }];
        if let Some((header, _)) = feed.unjudged.get(&place.seq) {
            lines.extend(header.seen.iter().map(|seen| Line {
                city: seen.city,
                epoch: seen.epoch,
                count: seen.seq + 1,
                tip8: seen.tip8,
            }));
        }
        let theirs = self.theirs.entry(*author).or_default();
        for line in &lines {
            theirs.raise(line);
        }
    }

    pub(super) fn learn_act(&mut self, entry: &Entry, act: Act) {
        let node = ActNode {
            hash: entry.hash,
            author: entry.header.author,
            place: entry.header.place(),
            gov: entry.header.gov.clone(),
            act,
        };
        self.acts.insert(node);
        let id = self.id;
        self.state = self.acts.present(&id);
    }

    /// A record that was damaged here comes back; its hash is the one we know.
    fn take_missing(&mut self, entry: &Entry) -> Result<Taken, &'static str> {
        let place = entry.header.place();
        if !entry.signature_is_valid() {
            return Err("bad signature");
        }
        self.check_body(entry)?;
        if entry.header.kind == EntryKind::Act
            && let Ok(act) = Act::decode(&entry.body)
        {
            self.learn_act(entry, act);
        }
        if let Some(feed) = self.epochs.get_mut(&(place.city, place.epoch))
            && place.seq >= feed.judged
        {
            feed.unjudged.insert(place.seq, (entry.header.clone(), Some(Arc::new(entry.encode()))));
        }
        self.arriving.push_back(place);
        Ok(Taken::New)
    }

    /// Two entries for one place: read ours, to hold the proof.
    fn contradiction(
        &mut self,
        place: Place,
        entry: &Entry,
        out: &mut Outbox,
    ) -> Result<Taken, &'static str> {
        if !entry.signature_is_valid() {
            return Err("bad signature");
        }
        let theirs = SignedHeader { header: entry.header_bytes.clone(), signature: entry.signature };
        if let Some(at) = self.location(&place) {
            self.suspects.insert(place, theirs);
            out.push(Effect::Load { circle: self.id, place, at });
        }
        Ok(Taken::Contradiction)
    }

    /// Everything before an entry.
    pub(super) fn past_of(&self, header: &Header) -> Arc<Past> {
        let place = header.place();
        let before = self.epochs.get(&(place.city, place.epoch)).and_then(|feed| feed.tip());
        let same_gov = before.is_some_and(|tip| *tip.gov == header.gov);
        if let Some(tip) = before
            && header.seen.is_empty()
            && same_gov
        {
            return tip.past.clone();
        }
        let mut past = before.map(|tip| (*tip.past).clone()).unwrap_or_default();
        let acts = header.gov.iter().filter_map(|act| self.acts.node(act)).map(|node| node.place);
        let seen = header.seen.iter().map(super::super::feed::header::Seen::place);
        let tips: Vec<Place> = if same_gov { seen.collect() } else { seen.chain(acts).collect() };
        for tip in tips {
            if let Some(meta) = self.meta(&tip) {
                past.join(&meta.past);
            }
            past.include(&tip);
        }
        Arc::new(past)
    }

    pub(super) fn meta(&self, place: &Place) -> Option<&EntryMeta> {
        self.epochs.get(&(place.city, place.epoch))?.entries.get(place.seq as usize)
    }

    pub(super) fn row_of_entry(
        &self,
        place: &Place,
        header: Vec<u8>,
        verdict: Option<Vec<String>>,
        out: &mut Outbox,
    ) {
        let Some(meta) = self.meta(place) else { return };
        let row = Row::Entry {
            ordinal: meta.ordinal,
            at: meta.at.unwrap_or_default(),
            hash: meta.hash,
            header,
            verdict,
        };
        out.push(Effect::Row { circle: self.id, row });
    }
}
