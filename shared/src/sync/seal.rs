//! Sealing: pending changes become one signed entry of our own feed.

use std::sync::Arc;

use super::circle::{Group, Sealing};
use super::effect::{Effect, Outbox, RecordKind, Row};
use super::epoch::EntryMeta;
use super::input::{LocalItem, Location};
use super::local::{announce, item_of};
use super::{Core, Written};
use crate::alliance::{Act, CircleKind};
use crate::cbor;
use crate::feed::header::ENTRY_VERSION;
use crate::feed::{Body, Entry, EntryKind, Header, Item, Seen};
use crate::id::{CircleId, EntryHash, Place};
use crate::limits::{ENTRY_BODY_MAX_BYTES, ENTRY_MAX_CHANGES, GOV_MAX, SEAL_IDLE_MS, SEAL_MAX_MS, SEEN_MAX};
use crate::wire::CORE_VERSION;

impl Core {
    /// May an entry be added to our feed now? Only after a member told its position for it since the start, or
    /// when nobody else can hold it (I6, I7).
    pub(super) fn can_seal(&self, circle: &CircleId) -> bool {
        let Some(held) = self.circles.get(circle) else { return false };
        let alone = !self.has_other_holder(held);
        let epoch = held.epochs.range((self.me8, 0)..=(self.me8, u32::MAX)).next_back();
        let (whole, count) = epoch.map_or((true, 0), |(_, epoch)| {
            (
                epoch.missing.is_empty() && !epoch.frozen && epoch.judged == epoch.durable,
                epoch.entries.len() as u64,
            )
        });
        !self.read_only && whole && (alone || held.heard) && count >= held.own_known
    }

    fn has_other_holder(&self, held: &super::Circle) -> bool {
        let others = |state: &crate::alliance::State| state.present().any(|(city, _)| *city != self.me);
        match held.state().kind {
            Some(CircleKind::Private) => false,
            Some(CircleKind::Home) => self
                .circles
                .values()
                .any(|c| c.state().kind == Some(CircleKind::Alliance) && others(c.state())),
            _ => others(held.state()),
        }
    }

    pub(super) fn seal_if_due(&mut self, now_ms: u64, circle: CircleId, out: &mut Outbox) {
        let Some(held) = self.circles.get(&circle) else { return };
        if held.groups.is_empty() || !held.sealing.is_empty() || !self.can_seal(&circle) {
            return;
        }
        if !self.may_still_edit(held) {
            self.give_up(circle, out);
            return;
        }
        let quiet = now_ms >= held.last_pending_ms + SEAL_IDLE_MS;
        let long = now_ms >= held.first_pending_ms + SEAL_MAX_MS;
        let live = held.groups.iter().flat_map(|g| &g.items).any(|item| held.is_live(&item.doc, now_ms));
        if quiet || long || live {
            self.seal(now_ms, circle, out);
        }
    }

    /// Did this city lose the right since these changes were accepted?
    fn may_still_edit(&self, held: &super::Circle) -> bool {
        let state = held.state();
        match state.kind {
            Some(CircleKind::Alliance) => state.role(&self.me).is_some_and(|role| role.may_edit()),
            _ => state.founder == Some(self.me),
        }
    }

    /// Changes that can no longer be sealed: said on disk, with the reason, and never dropped in silence (I45).
    fn give_up(&mut self, circle: CircleId, out: &mut Outbox) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        for group in std::mem::take(&mut held.groups) {
            if let (Some(job), false) = (group.job, group.published) {
                out.push(Effect::Refused { job, refusal: super::Refusal::Forbidden });
            }
            let payload = encode_unsealable(group.id, "the city no longer has the right to edit here");
            let docs = group.items.iter().map(|item| item.doc).collect();
            out.push(Effect::Row { circle, row: Row::PendingGone { group: group.id } });
            out.push(Effect::Unsealable { circle, docs });
            self.append(circle, vec![(RecordKind::Unsealable, payload)], true, Written::Other, out);
        }
    }

    /// One pending group can no longer be sealed, for what it builds on is lost.
    pub(super) fn give_up_group(&mut self, circle: CircleId, id: u64, out: &mut Outbox) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let Some(at) = held.groups.iter().position(|group| group.id == id) else { return };
        let Some(group) = held.groups.remove(at) else { return };
        for item in &group.items {
            if item.create.is_some() {
                held.documents.remove(&item.doc);
            }
        }
        let payload = encode_unsealable(id, "it builds on a change whose record is damaged");
        out.push(Effect::Row { circle, row: Row::PendingGone { group: id } });
        self.append(circle, vec![(RecordKind::Unsealable, payload)], true, Written::Other, out);
    }

    /// Put as many pending groups as fit into one entry and write it.
    pub(super) fn seal(&mut self, now_ms: u64, circle: CircleId, out: &mut Outbox) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let (mut groups, mut bytes, mut changes): (Vec<Group>, usize, usize) = (Vec::new(), 1024, 0);
        while let Some(next) = held.groups.front() {
            let fits =
                bytes + next.bytes <= ENTRY_BODY_MAX_BYTES && changes + next.changes <= ENTRY_MAX_CHANGES;
            if !fits && !groups.is_empty() {
                break;
            }
            bytes += next.bytes;
            changes += next.changes;
            groups.extend(held.groups.pop_front());
        }
        held.first_pending_ms = now_ms;
        if groups.is_empty() {
            return;
        }
        let items = merge(&groups);
        let wire_items: Vec<Item> = items.iter().map(item_of).collect();
        let body = Body::edit(&wire_items);
        let codes = vec![String::new(); items.len()];
        let entry = self.next_entry(now_ms, circle, EntryKind::Edit, &body);
        self.write_own(now_ms, circle, entry, &codes, groups, items, None, out);
    }

    /// The next entry of our feed in that circle, signed.
    pub(super) fn next_entry(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        kind: EntryKind,
        body: &Body,
    ) -> Entry {
        let (me, me8) = (self.me, self.me8);
        let held = self.circle_or_placeholder(circle);
        let epoch = held.epochs.range((me8, 0)..=(me8, u32::MAX)).next_back().map_or(0, |(key, _)| key.1);
        let tip = held.epochs.get(&(me8, epoch)).and_then(|epoch| epoch.tip());
        let (seq, prev) = tip.map_or((0, EntryHash([0; 32])), |tip| {
            (held.epochs[&(me8, epoch)].entries.len() as u64, tip.hash)
        });
        let mut gov = held.acts.heads();
        gov.truncate(GOV_MAX);
        let mut seen = Vec::new();
        for (&(city, epoch), feed) in &held.epochs {
            let said = held.said.count(city, epoch);
            if city != me8 && feed.judged > said && seen.len() < SEEN_MAX {
                seen.push(Seen { city, epoch, seq: feed.judged - 1, tip8: feed.tip8(feed.judged) });
            }
        }
        for seen in &seen {
            held.said.0.insert((seen.city, seen.epoch), (seen.seq + 1, seen.tip8));
        }
        let header = Header {
            v: ENTRY_VERSION,
            circle,
            author: me,
            key_ix: 0,
            epoch,
            seq,
            prev,
            gov,
            seen,
            time_ms: now_ms,
            kind,
            body_len: body.bytes.len() as u32,
            body_hash: body.root,
        };
        Entry::sign(&self.key, header, body.bytes.clone())
    }

    /// Put an entry of ours into the feed and on its way to disk.
    #[expect(clippy::too_many_arguments, reason = "one place where all parts of an own entry meet")]
    pub(super) fn write_own(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        entry: Entry,
        codes: &[String],
        groups: Vec<Group>,
        items: Vec<LocalItem>,
        job: Option<u64>,
        out: &mut Outbox,
    ) {
        let record = Self::share(entry.encode());
        let place = entry.header.place();
        let me = self.me;
        let held = self.circle_or_placeholder(circle);
        held.feeds.insert(place.city, me);
        let is_act = entry.header.kind == EntryKind::Act;
        held.admit_entry(&entry, now_ms, record.len());
        if is_act && let Ok(act) = Act::decode(&entry.body) {
            held.learn_act(&entry, act);
        }
        let header = entry.header_bytes.clone();
        held.sealing.push_back(Sealing { place, record: record.clone(), header, groups, items, is_act });
        let records = vec![
            (RecordKind::Entry, record.to_vec()),
            (RecordKind::Verdict, encode_verdict(&entry.hash, codes)),
        ];
        self.append(circle, records, true, Written::Own { circle, job }, out);
    }

    pub(super) fn own_written(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        job: Option<u64>,
        at: &[Location],
        out: &mut Outbox,
    ) {
        let me8 = self.me8;
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let Some(mut sealing) = held.sealing.pop_front() else { return };
        let place = sealing.place;
        let at = at.first().copied().unwrap_or_default();
        held.own_durable(place, at);
        let hash = held.entry_hash(&place);
        // Partners first: nothing they wait for depends on our own pages.
        self.push_own(now_ms, circle, place, &sealing.record, out);
        let Some(held) = self.circles.get_mut(&circle) else { return };
        for group in &mut sealing.groups {
            announce(circle, me8, group, out);
            if group.durable {
                out.push(Effect::Row { circle, row: Row::PendingGone { group: group.id } });
            }
        }
        let codes = vec![String::new(); sealing.items.len()];
        held.row_of_entry(&place, std::mem::take(&mut sealing.header), Some(codes), out);
        for (ix, item) in sealing.items.iter().enumerate() {
            held.take_item(&place, ix as u32, at, item, out);
        }
        if let Some(job) = job {
            out.push(Effect::Stored { job, entry: hash });
        }
        if sealing.is_act {
            self.governance_changed(circle, out);
        }
        out.push(Effect::Progress { circle });
        let due = self.circles.get(&circle).is_some_and(|held| {
            held.groups.iter().any(|g| !g.durable)
                || held.groups.iter().flat_map(|g| &g.items).any(|item| held.is_live(&item.doc, now_ms))
        });
        if due && self.can_seal(&circle) && self.circles[&circle].sealing.is_empty() {
            self.seal(now_ms, circle, out);
        }
    }
}

impl super::Circle {
    /// Note an entry that follows the tip of its epoch.
    pub(super) fn admit_entry(&mut self, entry: &Entry, now_ms: u64, bytes: usize) {
        let place = entry.header.place();
        let past = self.past_of(&entry.header);
        let gov = self.shared_gov(&entry.header, &place);
        let ordinal = self.order.len() as u64;
        let feed = self.epochs.entry((place.city, place.epoch)).or_default();
        feed.entries.push(EntryMeta { hash: entry.hash, gov, past, ordinal, at: None, bytes });
        self.order.push((place, now_ms));
    }

    fn shared_gov(&self, header: &Header, place: &Place) -> Arc<Vec<EntryHash>> {
        match self.epochs.get(&(place.city, place.epoch)).and_then(|feed| feed.tip()) {
            Some(tip) if *tip.gov == header.gov => tip.gov.clone(),
            _ => Arc::new(header.gov.clone()),
        }
    }

    fn own_durable(&mut self, place: Place, at: Location) {
        if let Some(feed) = self.epochs.get_mut(&(place.city, place.epoch)) {
            if let Some(meta) = feed.entries.get_mut(place.seq as usize) {
                meta.at = Some(at);
            }
            feed.durable = place.seq + 1;
            feed.judged = place.seq + 1;
        }
        // Entries of others that cite this one may have waited for it.
        self.may_judge = true;
    }

    /// An accepted item takes effect: heads, rows, and for tabs its place.
    pub(super) fn take_item(
        &mut self,
        place: &Place,
        ix: u32,
        at: Location,
        item: &LocalItem,
        out: &mut Outbox,
    ) {
        let circle = self.id;
        let Some(meta) = self.documents.get_mut(&item.doc) else { return };
        if item.create.is_some() {
            meta.created = Some(*place);
        }
        meta.advance(&item.hashes, *place);
        let ordinal = meta.items;
        meta.items += 1;
        let row = Row::Item { doc: item.doc, ordinal, at, ix, place: *place, by: item.by };
        out.push(Effect::Row { circle, row });
        let row = Row::Document { doc: item.doc, meta: meta.encode() };
        out.push(Effect::Row { circle, row });
        let hashes = item.hashes.iter().map(|(hash, _)| *hash).collect();
        out.push(Effect::Sealed { circle, doc: item.doc, hashes, place: *place });
    }
}

/// Consecutive items of one document and one person become one item.
fn merge(groups: &[Group]) -> Vec<LocalItem> {
    let mut merged: Vec<LocalItem> = Vec::new();
    for item in groups.iter().flat_map(|group| &group.items) {
        match merged.iter_mut().rev().find(|known| known.doc == item.doc) {
            Some(known) if known.by == item.by && item.create.is_none() => {
                known.changes.extend(item.changes.iter().cloned());
                known.hashes.extend(item.hashes.iter().cloned());
            }
            _ => merged.push(item.clone()),
        }
    }
    merged
}

fn encode_unsealable(group: u64, reason: &str) -> Vec<u8> {
    cbor::encode(|e| {
        e.array(3)?.u8(1)?.u64(group)?.str(reason)?;
        Ok(())
    })
}

/// `[core version, entry, [code per item]]`; an empty code is accepted.
pub(super) fn encode_verdict(entry: &EntryHash, codes: &[String]) -> Vec<u8> {
    cbor::encode(|e| {
        e.array(3)?.u32(CORE_VERSION)?.bytes(&entry.0)?.array(codes.len() as u64)?;
        for code in codes {
            e.str(code)?;
        }
        Ok(())
    })
}
