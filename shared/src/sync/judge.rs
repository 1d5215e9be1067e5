//! Judging stored entries against their own past, never against whatever else the node holds (protocol §4).

use std::sync::Arc;

use super::circle::Circle;
use super::effect::{Effect, JudgeItem, Outbox, RecordKind};
use super::input::{ItemVerdict, LocalItem};
use super::past::Past;
use super::seal::encode_verdict;
use super::{Core, DocMeta, Written};
use crate::alliance::CircleKind;
use crate::feed::body::check_edit;
use crate::feed::{Entry, EntryKind, Header, Item};
use crate::id::{CircleId, City8, CityId, DocId, EntryHash, Place};
use crate::wire::SignedHeader;

impl Core {
    /// Judge the next entry that has its whole past, if any.
    pub(super) fn judge_next(&mut self, now_ms: u64, circle: CircleId, out: &mut Outbox) {
        loop {
            let Some(held) = self.circles.get_mut(&circle) else { return };
            if !held.may_judge() {
                return;
            }
            let Some(place) = held.next_ready() else {
                held.may_judge = false;
                break;
            };
            let key = (place.city, place.epoch);
            let Some((header, record)) =
                held.epochs.get(&key).and_then(|f| f.unjudged.get(&place.seq)).cloned()
            else {
                return;
            };
            if header.kind != EntryKind::Edit {
                held.done(&place);
                let hash = held.entry_hash(&place).unwrap_or(EntryHash([0; 32]));
                let verdict = encode_verdict(&hash, &[]);
                self.append(circle, vec![(RecordKind::Verdict, verdict)], false, Written::Other, out);
                continue;
            }
            held.judging = Some(place);
            match (record, held.location(&place)) {
                (Some(record), _) => self.judge(circle, place, &record, out),
                (None, Some(at)) => out.push(Effect::Load { circle, place, at }),
                (None, None) => {}
            }
            return;
        }
        self.seal_if_due(now_ms, circle, out);
    }

    pub(super) fn loaded(
        &mut self,
        circle: CircleId,
        place: Place,
        record: Option<Vec<u8>>,
        out: &mut Outbox,
    ) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        if let Some(theirs) = held.suspects.remove(&place) {
            if let Some(entry) = record.as_deref().and_then(|record| Entry::decode(record).ok()) {
                let ours = SignedHeader { header: entry.header_bytes, signature: entry.signature };
                // Both headers were checked when they came.
                let _ = self.fork(circle, ours, theirs, out);
            }
            return;
        }
        match record {
            Some(record) => {
                held.memory_bytes += record.len();
                if let Some(kept) = held
                    .epochs
                    .get_mut(&(place.city, place.epoch))
                    .and_then(|f| f.unjudged.get_mut(&place.seq))
                {
                    kept.1 = Some(Arc::new(record.clone()));
                }
                self.judge(circle, place, &record, out);
            }
            None => {
                held.judging = None;
                if let Some(feed) = held.epochs.get_mut(&(place.city, place.epoch)) {
                    feed.missing.insert(place.seq);
                }
            }
        }
    }

    fn judge(&mut self, circle: CircleId, place: Place, record: &[u8], out: &mut Outbox) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let Ok(entry) = Entry::decode(record) else { return };
        let Ok((items, _)) = check_edit(&entry.body) else { return };
        let past = Arc::new(held.meta(&place).map(|meta| meta.past.at(&place)).unwrap_or_default());
        let mut judged = Vec::new();
        let mut refused = Vec::new();
        let mut born: Vec<DocId> = Vec::new();
        for (ix, item) in items.iter().enumerate() {
            let ix = ix as u32;
            match held.may_have(&circle, &entry.header, item, &past, &born) {
                Ok(()) => {
                    if item.create.is_some() {
                        born.push(item.doc);
                    }
                    let is_create = item.create.is_some();
                    let changes = item.changes.clone();
                    judged.push(JudgeItem { ix, doc: item.doc, is_create, by: item.by, changes });
                }
                Err(verdict) => refused.push((ix, verdict)),
            }
        }
        held.refused = refused;
        held.judging_items = items;
        out.push(Effect::Judge { circle, place, author: place.city, items: judged, past });
    }

    pub(super) fn judged(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        place: Place,
        mut verdicts: Vec<(u32, ItemVerdict)>,
        out: &mut Outbox,
    ) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        if held.judging != Some(place) {
            return;
        }
        held.judging = None;
        verdicts.append(&mut std::mem::take(&mut held.refused));
        verdicts.sort_by_key(|(ix, _)| *ix);
        let items = std::mem::take(&mut held.judging_items);
        let feed = held.epochs.get(&(place.city, place.epoch));
        let Some(header) =
            feed.and_then(|feed| feed.unjudged.get(&place.seq)).map(|(header, _)| header.clone())
        else {
            return;
        };
        let at = held.location(&place).unwrap_or_default();
        let hash = held.entry_hash(&place).unwrap_or(EntryHash([0; 32]));
        let codes: Vec<String> = verdicts.iter().map(|(_, verdict)| verdict.code()).collect();
        held.effect(&place, at, &header.author, items, &verdicts, true, out);
        held.row_of_entry(&place, header.encode(), Some(codes.clone()), out);
        held.done(&place);
        let verdict = encode_verdict(&hash, &codes);
        self.append(circle, vec![(RecordKind::Verdict, verdict)], false, Written::Other, out);
        out.push(Effect::Progress { circle });
        if self.circles.get(&circle).is_some_and(|held| held.waiting() == 0) {
            self.seal_if_due(now_ms, circle, out);
        }
    }
}

impl ItemVerdict {
    /// The journalled form: empty for accepted.
    pub(super) fn code(&self) -> String {
        match self {
            Self::Accepted { .. } => String::new(),
            Self::Void { code } => format!("void:{code}"),
            Self::Held { code } => format!("held:{code}"),
        }
    }
}

impl Circle {
    /// The first entry, in the order of feeds, that is stored with its whole past judged.
    fn next_ready(&self) -> Option<Place> {
        self.epochs.iter().find_map(|(&(city, epoch), feed)| {
            let place = Place { city, epoch, seq: feed.judged };
            let (header, _) = feed.unjudged.get(&feed.judged)?;
            let stored = feed.judged < feed.durable && !feed.missing.contains(&feed.judged);
            (stored && self.is_ready(header)).then_some(place)
        })
    }

    /// Is everything judged that this header cites?
    pub(super) fn is_ready(&self, header: &Header) -> bool {
        let seen = header.seen.iter().all(|seen| {
            self.epochs
                .get(&(seen.city, seen.epoch))
                .is_some_and(|feed| feed.judged > seen.seq && feed.tip8(seen.seq + 1) == seen.tip8)
        });
        let me = header.place();
        seen && header.gov.iter().all(|act| {
            self.acts.node(act).is_some_and(|node| {
                let own = node.place.city == me.city && node.place.epoch == me.epoch;
                own || self
                    .epochs
                    .get(&(node.place.city, node.place.epoch))
                    .is_some_and(|f| f.judged > node.place.seq)
            })
        })
    }

    fn done(&mut self, place: &Place) {
        if let Some(feed) = self.epochs.get_mut(&(place.city, place.epoch)) {
            if let Some((_, Some(record))) = feed.unjudged.remove(&place.seq) {
                self.memory_bytes = self.memory_bytes.saturating_sub(record.len());
            }
            feed.judged = feed.judged.max(place.seq + 1);
            while feed.judged < feed.durable && !feed.unjudged.contains_key(&feed.judged) {
                // Entries after a repaired one were judged before the damage.
                feed.judged += 1;
            }
        }
        self.may_judge = true;
    }

    /// Rights and existence, by the entry's own past (I29); what the bytes are is the gate's question.
    fn may_have(
        &mut self,
        circle: &CircleId,
        header: &Header,
        item: &Item,
        past: &Past,
        born: &[DocId],
    ) -> Result<(), ItemVerdict> {
        let void = |code: &str| Err(ItemVerdict::Void { code: code.to_owned() });
        let state = self.acts.state_at(circle, &header.gov);
        let right = match state.kind {
            Some(CircleKind::Alliance) => state.role(&header.author).is_some_and(|role| role.may_edit()),
            _ => state.founder == Some(header.author),
        };
        if !right {
            return void("access.role");
        }
        let known = self.documents.get(&item.doc);
        match (&item.create, known) {
            (Some(create), None) => {
                let named = DocId::derive(circle, &header.author, &create.nonce) == item.doc;
                let owned = create.owner.is_none_or(|owner| owner == header.author);
                if !named || born.contains(&item.doc) {
                    void("gate.G2.document")
                } else if owned {
                    Ok(())
                } else {
                    void("access.owner")
                }
            }
            (Some(_), Some(_)) => void("gate.G2.document"),
            (None, Some(meta)) => check_known(meta, &header.author, past),
            (None, None) if born.contains(&item.doc) => Ok(()),
            (None, None) => void("gate.G2.document"),
        }
    }

    /// Accepted items take effect; void and held ones are counted.
    #[expect(clippy::too_many_arguments, reason = "shared by live judging and by the replay of the journal")]
    pub(super) fn effect(
        &mut self,
        place: &Place,
        at: super::Location,
        author: &CityId,
        items: Vec<Item>,
        verdicts: &[(u32, ItemVerdict)],
        publish: bool,
        out: &mut Outbox,
    ) {
        let circle = self.id;
        for (ix, item) in items.into_iter().enumerate() {
            let Some((_, verdict)) = verdicts.iter().find(|(of, _)| *of == ix as u32) else { continue };
            match verdict {
                ItemVerdict::Void { .. } => self.void_items += 1,
                ItemVerdict::Held { .. } => {
                    self.held_items += 1;
                    if let Some(meta) = self.documents.get_mut(&item.doc) {
                        meta.held.push(*place);
                    }
                }
                ItemVerdict::Accepted { new } => {
                    if let Some(create) = &item.create {
                        self.documents.entry(item.doc).or_insert_with(|| DocMeta {
                            create: create.clone(),
                            creator: *author,
                            created: Some(*place),
                            heads: Vec::new(),
                            items: 0,
                            latest: Vec::new(),
                            held: Vec::new(),
                        });
                        out.push(Effect::DocumentAdded { circle, doc: item.doc, create: create.clone() });
                    }
                    let changes = item.changes.clone();
                    let local = LocalItem {
                        doc: item.doc,
                        create: item.create.clone(),
                        by: item.by,
                        changes: item.changes,
                        hashes: new.clone(),
                    };
                    self.take_item(place, ix as u32, at, &local, out);
                    if publish && !new.is_empty() {
                        let city: City8 = place.city;
                        out.push(Effect::Publish {
                            circle,
                            doc: item.doc,
                            changes,
                            city,
                            by: item.by,
                            job: None,
                        });
                    }
                }
            }
        }
    }
}

fn check_known(meta: &DocMeta, author: &CityId, past: &Past) -> Result<(), ItemVerdict> {
    let void = |code: &str| Err(ItemVerdict::Void { code: code.to_owned() });
    if meta.create.owner.is_some_and(|owner| owner != *author) {
        return void("access.owner");
    }
    if !meta.created.is_some_and(|created| past.contains(&created)) {
        return void("gate.G2.document");
    }
    if meta.held.iter().any(|held| past.contains(held)) {
        return Err(ItemVerdict::Held { code: "gate.held.dependency".to_owned() });
    }
    Ok(())
}
