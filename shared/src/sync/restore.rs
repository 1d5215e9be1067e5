//! Bringing back what the journal holds, before any input is handled: rows of the index first, then the
//! records that the index has not got yet. Signatures were checked before these records were written, and a
//! checksum covers them since.

use super::circle::{Circle, Group};
use super::effect::{Effect, Outbox, Row};
use super::input::{ItemVerdict, LocalItem, Location};
use super::{Core, DocMeta};
use crate::alliance::{Act, Card, CircleKind};
use crate::cbor::{Malformed, Reader};
use crate::feed::body::check_edit;
use crate::feed::{Entry, EntryKind, Item};
use crate::id::{ChangeHash, CircleId, DocId, EntryHash, Place};
use crate::limits::ENTRY_BODY_MAX_BYTES;
use crate::wire::Message;

/// What a pending record holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PendingRecord {
    pub group: u64,
    pub items: Vec<Item>,
}

/// Read a pending record.
pub fn decode_pending(payload: &[u8]) -> Result<PendingRecord, Malformed> {
    let mut r = Reader::new(payload, "pending record");
    r.array_of(3)?;
    if r.u8()? != 1 {
        return Err(Malformed("pending record"));
    }
    let group = r.u64()?;
    let items = check_edit(r.bytes(ENTRY_BODY_MAX_BYTES)?)?.0;
    r.end()?;
    Ok(PendingRecord { group, items })
}

/// Which pending group can no longer be sealed, and why.
pub fn decode_unsealable(payload: &[u8]) -> Result<(u64, String), Malformed> {
    let mut r = Reader::new(payload, "unsealable record");
    r.array_of(3)?;
    if r.u8()? != 1 {
        return Err(r.fail());
    }
    let found = (r.u64()?, r.text(200)?);
    r.end()?;
    Ok(found)
}

/// A verdict record: the entry and one code per item, empty for accepted.
pub fn decode_verdict(payload: &[u8]) -> Result<(EntryHash, Vec<String>), Malformed> {
    let mut r = Reader::new(payload, "verdict record");
    r.array_of(3)?;
    r.u32()?;
    let entry = EntryHash(r.fixed()?);
    let len = r.array(crate::limits::ENTRY_MAX_CHANGES as u64)?;
    let codes = (0..len).map(|_| r.text(200)).collect::<Result<Vec<_>, _>>()?;
    r.end()?;
    Ok((entry, codes))
}

/// A pending change of a document, and what it builds on.
pub type BuildsOn = (DocId, ChangeHash, Vec<ChangeHash>);

/// Hash and dependencies of raw changes that were accepted once; given by the shell, which knows their format.
pub type Hashes<'a> = &'a dyn Fn(&[u8]) -> Option<(ChangeHash, Vec<ChangeHash>)>;

impl Core {
    /// A row of the index: an entry that is stored, with its verdict if it has one.
    pub fn restore_entry(
        &mut self,
        circle: CircleId,
        header_bytes: &[u8],
        at: Location,
        verdict: Option<&[String]>,
        act_body: Option<&[u8]>,
    ) -> Result<(), Malformed> {
        let header = crate::feed::Header::decode(header_bytes)?;
        let entry = Entry {
            hash: crate::feed::header::entry_hash(header_bytes),
            header,
            header_bytes: header_bytes.to_vec(),
            signature: [0; 64],
            body: act_body.unwrap_or_default().to_vec(),
        };
        let bytes = header_bytes.len() + 80 + entry.header.body_len as usize;
        let held = self.circle_or_placeholder(circle);
        held.restore_entry(&entry, at, bytes);
        if let Some(codes) = verdict {
            held.void_items += codes.iter().filter(|code| code.starts_with("void:")).count() as u64;
            held.held_items += codes.iter().filter(|code| code.starts_with("held:")).count() as u64;
            held.restore_judged(&entry.header.place());
        }
        Ok(())
    }

    /// Rows of this circle turned out bad: its journal is replayed from the beginning.
    pub fn forget(&mut self, circle: &CircleId) {
        self.circles.remove(circle);
    }

    /// A row of the index: a document.
    pub fn restore_document(&mut self, circle: CircleId, doc: DocId, row: &[u8]) -> Result<(), Malformed> {
        let meta = DocMeta::decode(row)?;
        self.circle_or_placeholder(circle).documents.insert(doc, meta);
        Ok(())
    }

    /// An entry record of the journal beyond the index.
    pub fn replay_entry(
        &mut self,
        circle: CircleId,
        payload: &[u8],
        at: Location,
        out: &mut Outbox,
    ) -> Result<(), Malformed> {
        let entry = Entry::decode(payload)?;
        let held = self.circle_or_placeholder(circle);
        if held.restore_entry(&entry, at, payload.len()) {
            held.row_of_entry(&entry.header.place(), entry.header_bytes, None, out);
        }
        Ok(())
    }

    /// A verdict record of the journal beyond the index; `entry` reads the entry it is about.
    pub fn replay_verdict(
        &mut self,
        circle: CircleId,
        payload: &[u8],
        entry: &dyn Fn(Location) -> Option<Vec<u8>>,
        hashes: Hashes<'_>,
        out: &mut Outbox,
    ) -> Result<(), Malformed> {
        let (hash, codes) = decode_verdict(payload)?;
        let held = self.circle_or_placeholder(circle);
        let Some(place) = held.unjudged_place(&hash) else { return Ok(()) };
        let Some(at) = held.location(&place) else { return Ok(()) };
        let Some(record) = entry(at) else { return Ok(()) };
        let entry = Entry::decode(&record)?;
        if entry.header.kind == EntryKind::Edit {
            let (items, _) = check_edit(&entry.body)?;
            let mut verdicts = Vec::new();
            for (ix, (item, code)) in items.iter().zip(&codes).enumerate() {
                verdicts.push((ix as u32, verdict_of(item, code, hashes)));
            }
            held.effect(&place, at, &entry.header.author, items, &verdicts, false, out);
        }
        held.row_of_entry(&place, entry.header_bytes, Some(codes), out);
        held.restore_judged(&place);
        Ok(())
    }

    /// A pending record that no entry contains yet.
    pub fn restore_pending(
        &mut self,
        circle: CircleId,
        payload: &[u8],
        hashes: Hashes<'_>,
    ) -> Result<(), Malformed> {
        let record = decode_pending(payload)?;
        self.next_group = self.next_group.max(record.group + 1);
        let me = self.me;
        let held = self.circle_or_placeholder(circle);
        // Numbers of groups are given anew once no group is left, so an earlier record of the same number speaks of
        // changes that were sealed long ago.
        held.groups.retain(|group| group.id != record.group);
        let items: Vec<LocalItem> = record
            .items
            .into_iter()
            .map(|item| LocalItem {
                doc: item.doc,
                create: item.create,
                by: item.by,
                hashes: item.changes.iter().filter_map(|change| hashes(change)).collect(),
                changes: item.changes,
            })
            .collect();
        for item in &items {
            if let Some(create) = &item.create {
                held.documents.entry(item.doc).or_insert_with(|| DocMeta {
                    create: create.clone(),
                    creator: me,
                    created: None,
                    heads: Vec::new(),
                    items: 0,
                    latest: Vec::new(),
                    held: Vec::new(),
                });
            }
        }
        let group = Group {
            id: record.group,
            job: None,
            bytes: payload.len(),
            changes: items.iter().map(|item| item.changes.len()).sum(),
            items,
            durable: true,
            published: true,
        };
        held.groups.push_back(group);
        Ok(())
    }

    pub fn restore_card(&mut self, payload: &[u8]) -> Result<(), Malformed> {
        let card = Card::open(payload)?;
        if self.cards.get(&card.city).is_none_or(|(known, _)| known.counter <= card.counter) {
            if card.city == self.me {
                self.name.clone_from(&card.name);
            }
            self.cards.insert(card.city, (card, payload.to_vec()));
        }
        Ok(())
    }

    pub fn restore_fork(&mut self, circle: CircleId, payload: &[u8]) -> Result<(), Malformed> {
        let Message::Fork { one, .. } = Message::decode(payload)? else {
            return Err(Malformed("fork record"));
        };
        let header = crate::feed::Header::decode(&one.header)?;
        let held = self.circle_or_placeholder(circle);
        let feed = held.epochs.entry((header.place().city, header.epoch)).or_default();
        if !feed.frozen {
            feed.frozen = true;
            held.forks += 1;
        }
        Ok(())
    }

    /// The record of this entry was damaged once and lies whole at another place.
    pub fn restore_copy(&mut self, circle: CircleId, entry: &Entry, at: Location) {
        let place = entry.header.place();
        let held = self.circle_or_placeholder(circle);
        let feed = held.epochs.get_mut(&(place.city, place.epoch));
        if let Some(meta) = feed.and_then(|feed| feed.entries.get_mut(place.seq as usize)) {
            meta.at = Some(at);
        }
        if let Ok(act) = Act::decode(&entry.body)
            && entry.header.kind == EntryKind::Act
        {
            held.learn_act(entry, act);
        }
    }

    /// The record of this entry is damaged on disk: it is not served, and a partner is asked for it.
    pub fn restore_damage(&mut self, circle: CircleId, place: Place) {
        let held = self.circle_or_placeholder(circle);
        if let Some(feed) = held.epochs.get_mut(&(place.city, place.epoch))
            && (place.seq as usize) < feed.entries.len()
            && feed.missing.insert(place.seq)
        {
            held.damaged += 1;
        }
    }

    /// After the last restored record: settle what follows from all of them. Groups whose changes were sealed
    /// before a crash are dropped here (protocol §3 *Pending*).
    pub fn restored(&mut self, out: &mut Outbox) {
        let me = self.me;
        let mut own_home = None;
        for (id, held) in &mut self.circles {
            held.state = held.acts.present(id);
            if held.state.kind == Some(CircleKind::Home) && held.state.founder == Some(me) {
                own_home = Some(*id);
            }
            held.may_judge = true;
            let said: Vec<_> = held
                .epochs
                .iter()
                .filter(|(key, _)| key.0 == me.city8())
                .map(|(_, f)| f.tip().map(|t| t.past.clone()))
                .collect();
            if let Some(past) = said.into_iter().flatten().next_back() {
                for (&(city, epoch), feed) in &held.epochs {
                    let mut count = feed.judged;
                    while count > 0 && !past.contains(&Place { city, epoch, seq: count - 1 }) {
                        count -= 1;
                    }
                    held.said.0.insert((city, epoch), (count, feed.tip8(count)));
                }
            }
        }
        self.home = self.home.or(own_home);
        out.push(Effect::Partners);
    }

    /// Drop a pending group whose changes all lie in entries already.
    pub fn forget_pending(&mut self, circle: CircleId, group: u64, out: &mut Outbox) {
        if let Some(held) = self.circles.get_mut(&circle) {
            held.groups.retain(|known| known.id != group);
            out.push(Effect::Row { circle, row: Row::PendingGone { group } });
        }
    }

    /// A pending group builds on a change that was lost with its damaged record: it can never be sealed.
    pub fn give_up_pending(&mut self, circle: CircleId, group: u64, out: &mut Outbox) {
        self.give_up_group(circle, group, out);
    }

    /// Pending groups with the changes that each builds on, oldest first.
    pub fn pending_deps(&self, circle: &CircleId) -> Vec<(u64, Vec<BuildsOn>)> {
        let Some(held) = self.circles.get(circle) else { return Vec::new() };
        let deps = |group: &Group| {
            let items = group.items.iter();
            let of_item = |item: &LocalItem| {
                let doc = item.doc;
                item.hashes.iter().map(move |(hash, deps)| (doc, *hash, deps.clone())).collect::<Vec<_>>()
            };
            items.flat_map(of_item).collect()
        };
        held.groups.iter().map(|group| (group.id, deps(group))).collect()
    }

    /// Pending groups with the hashes of their changes.
    pub fn pending_groups(&self, circle: &CircleId) -> Vec<(u64, Vec<(DocId, ChangeHash)>)> {
        let Some(held) = self.circles.get(circle) else { return Vec::new() };
        let hashes = |group: &Group| {
            let items = group.items.iter();
            items.flat_map(|item| item.hashes.iter().map(|(hash, _)| (item.doc, *hash))).collect()
        };
        held.groups.iter().map(|group| (group.id, hashes(group))).collect()
    }
}

fn verdict_of(item: &Item, code: &str, hashes: Hashes<'_>) -> ItemVerdict {
    if let Some(code) = code.strip_prefix("void:") {
        ItemVerdict::Void { code: code.to_owned() }
    } else if let Some(code) = code.strip_prefix("held:") {
        ItemVerdict::Held { code: code.to_owned() }
    } else {
        ItemVerdict::Accepted { new: item.changes.iter().filter_map(|change| hashes(change)).collect() }
    }
}

impl Circle {
    /// Put an entry where it belongs; true if it was not there.
    fn restore_entry(&mut self, entry: &Entry, at: Location, bytes: usize) -> bool {
        let place = entry.header.place();
        let key = (place.city, place.epoch);
        self.feeds.insert(place.city, entry.header.author);
        let count = self.epochs.get(&key).map_or(0, |feed| feed.entries.len() as u64);
        if place.seq < count {
            // Fetched again after damage: the later record counts.
            if let Some(feed) = self.epochs.get_mut(&key) {
                feed.missing.remove(&place.seq);
                if let Some(meta) = feed.entries.get_mut(place.seq as usize) {
                    meta.at = Some(at);
                    meta.hash = entry.hash;
                }
            }
            return false;
        }
        while self.epochs.get(&key).map_or(0, |feed| feed.entries.len() as u64) < place.seq {
            self.leave_gap(entry, &place);
        }
        self.admit_entry(entry, entry.header.time_ms.min(1), bytes);
        if let Some(feed) = self.epochs.get_mut(&key) {
            if let Some(meta) = feed.entries.last_mut() {
                meta.at = Some(at);
            }
            feed.durable = feed.entries.len() as u64;
            feed.unjudged.insert(place.seq, (entry.header.clone(), None));
        }
        if entry.header.kind == EntryKind::Act
            && let Ok(act) = Act::decode(&entry.body)
        {
            self.learn_act(entry, act);
        }
        true
    }

    /// An entry before this one could not be read, and no index remembers it: keep its place.
    fn leave_gap(&mut self, after: &Entry, place: &Place) {
        let feed = self.epochs.entry((place.city, place.epoch)).or_default();
        let seq = feed.entries.len() as u64;
        // Only of the one right before do we know the hash.
        let hash = if seq + 1 == place.seq { after.header.prev } else { EntryHash([0; 32]) };
        let past = feed.tip().map(|tip| tip.past.clone()).unwrap_or_default();
        let gov = feed.tip().map(|tip| tip.gov.clone()).unwrap_or_default();
        let ordinal = self.order.len() as u64;
        feed.entries.push(super::epoch::EntryMeta { hash, gov, past, ordinal, at: None, bytes: 0 });
        feed.missing.insert(seq);
        feed.durable = feed.entries.len() as u64;
        self.order.push((Place { seq, ..*place }, 0));
        self.damaged += 1;
    }

    fn restore_judged(&mut self, place: &Place) {
        if let Some(feed) = self.epochs.get_mut(&(place.city, place.epoch)) {
            feed.unjudged.remove(&place.seq);
            while feed.judged < feed.durable
                && !feed.unjudged.contains_key(&feed.judged)
                && !feed.missing.contains(&feed.judged)
            {
                feed.judged += 1;
            }
        }
    }

    fn unjudged_place(&self, hash: &EntryHash) -> Option<Place> {
        self.epochs.iter().find_map(|(&(city, epoch), feed)| {
            let seq = feed
                .unjudged
                .keys()
                .find(|seq| feed.entries.get(**seq as usize).is_some_and(|meta| meta.hash == *hash))?;
            Some(Place { city, epoch, seq: *seq })
        })
    }
}
