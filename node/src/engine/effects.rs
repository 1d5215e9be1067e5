//! Performing what the core asks for, in order.

use alianza_shared::document::gate;
use alianza_shared::document::kind::Kind;
use alianza_shared::feed::Create;
use alianza_shared::id::{ChangeHash, CircleId, City8, DocId, Place};
use alianza_shared::live::LiveOut;
use alianza_shared::sync::{
    Effect, EntrySource, Input, ItemVerdict, JudgeItem, LinkId, Outbox, Past, RecordKind, wire_entry,
};
use alianza_shared::wire::Message;

use super::source::{location, record_ref, source};
use super::{Changed, Job, Running, Then};
use crate::clock;
use crate::documents::{Judge, Origin, ReadAhead, Verdict};
use crate::index::Key;
use crate::journal::{Append, JournalName, RecordRef};
use crate::network::Command;

/// Documents remembered for `GET /api/changes`.
const CHANGED_MAX: usize = 4_096;

/// Type byte of an Entries frame.
pub(super) const ENTRIES: u8 = 3;

/// The kind of a record, and its payload if the index keeps it under a name of its own.
type KeptRecord = (RecordKind, Option<Vec<u8>>);

/// Records of a write that the index must know for themselves.
#[derive(Default)]
pub(super) struct InFlight {
    writes: std::collections::BTreeMap<u64, (CircleId, Vec<KeptRecord>)>,
}

impl Running {
    pub(super) fn perform(&mut self, out: &mut Outbox) {
        while let Some(effect) = out.pop() {
            self.effect(effect, out);
        }
    }

    fn effect(&mut self, effect: Effect, out: &mut Outbox) {
        match effect {
            Effect::Append { token, circle, records, sync } => self.append(token, circle, records, sync),
            Effect::Judge { circle, place, author, items, past } => {
                self.ahead.order(&self.core, &self.journals, circle, place);
                let mut read = self.ahead.take(circle, place);
                self.documents.hold();
                let judge = |item: &JudgeItem| {
                    let read = read.remove(&item.ix);
                    (item.ix, self.judge(circle, place, author, item, &past, read))
                };
                let verdicts = items.iter().map(judge).collect();
                self.core.handle(clock::now_ms(), Input::Judged { circle, place, verdicts }, out);
                self.documents.release();
            }
            Effect::Load { circle, place, at } => {
                let read = self.journals.read(JournalName::Circle(circle.0), record_ref(at));
                let record = read.ok().map(|(_, record)| record);
                self.core.handle(clock::now_ms(), Input::Loaded { circle, place, record }, out);
            }
            Effect::Send { link, frame } => self.send(link, frame),
            Effect::SendEntries { link, circle, tag, entries } => {
                self.send_entries(link, circle, tag, &entries)
            }
            Effect::Close { link, reason } => {
                tracing::warn!(
                    link = link.0,
                    reason,
                    "a session with a partner is ended: it broke the rules"
                );
                if let (Some(network), Some(link)) = (&self.network, self.links.get(&link)) {
                    network.command(Command::Close { link: link.id });
                }
            }
            Effect::Stored { job, entry } => self.stored(job, entry),
            Effect::Refused { job, refusal } => self.job_refused(job, refusal),
            Effect::Publish { circle, doc, changes, city, by, job } => {
                self.publish(circle, doc, changes, city, by, job);
            }
            Effect::Sealed { doc, hashes, place, .. } => {
                self.documents.sealed(&doc, &hashes, place);
                self.snapshots.item(doc, clock::now_ms());
            }
            Effect::Unsealable { docs, .. } => {
                for doc in docs {
                    self.documents.discard(&doc);
                    let sessions: Vec<u64> = self.watchers.get(&doc).into_iter().flatten().copied().collect();
                    for session in sessions {
                        self.tell(session, &LiveOut::Rebuild { doc });
                    }
                }
            }
            Effect::DocumentAdded { circle, doc, create } => self.document_added(circle, doc, &create),
            Effect::Row { circle, row } => self.unflushed.row(circle, row),
            Effect::Progress { circle } => {
                self.dirty_circles.insert(circle);
            }
            Effect::Governance { circle } => {
                self.dirty_topics.insert("alliances");
                self.note_changed(Changed::Circle(circle));
            }
            Effect::Partners => self.tell_partners(),
            Effect::Presence { doc, city, person, session, payload, .. } => {
                self.presence_of_others(doc, city, person, session, payload);
            }
            Effect::Denied { city, code } => self.denied_by(city, code),
            Effect::Fault { city, what } => {
                tracing::warn!(city = %self.name_of(&city), what, "a partner broke the rules");
            }
        }
    }

    fn append(&mut self, token: u64, circle: CircleId, records: Vec<(RecordKind, Vec<u8>)>, sync: bool) {
        let kept = records
            .iter()
            .map(|(kind, payload)| {
                let own_row = matches!(kind, RecordKind::Card | RecordKind::Fork | RecordKind::Joining);
                (*kind, own_row.then(|| payload.clone()))
            })
            .collect();
        self.in_flight.writes.insert(token, (circle, kept));
        let records = records.into_iter().map(|(kind, payload)| (kind.code(), payload)).collect();
        match &self.writer {
            Some(writer) => {
                writer.append(Append { name: JournalName::Circle(circle.0), records, token, sync })
            }
            // At the stop: what is not written now is worked out again at the next start.
            None => tracing::debug!("a record came after the journal was closed"),
        }
    }

    pub(super) fn append_done(&mut self, token: u64, at: Vec<RecordRef>) {
        let done = self.in_flight.writes.remove(&token);
        let last = at.last().copied();
        self.handle(Input::Appended { token, at: at.iter().copied().map(location).collect() });
        let Some((circle, kinds)) = done else { return };
        for ((kind, payload), _) in kinds.into_iter().zip(at) {
            if let Some(payload) = payload {
                self.unflushed.put(&meta_key(&circle, kind, &payload), payload);
            }
        }
        if let Some(last) = last {
            self.unflushed.reached(circle, last);
        }
    }

    fn judge(
        &mut self,
        circle: CircleId,
        place: Place,
        author: City8,
        item: &JudgeItem,
        past: &Past,
        read: Option<ReadAhead>,
    ) -> ItemVerdict {
        // Earlier items of the same entry count as its past (G2: "or earlier in the body").
        let in_past = |of: &Place| *of == place || past.contains(of);
        let job = Judge {
            doc: item.doc,
            is_create: item.is_create,
            author,
            origin: Origin { place: Some(place), city: author, by: item.by },
            past: &in_past,
            local: false,
            changes: &item.changes,
        };
        let source = source!(self, circle);
        match self.documents.judge_read(&source, &job, read) {
            Ok(Verdict::Accepted { changes }) => {
                let new =
                    changes.into_iter().filter(|change| change.new).map(|change| (change.hash, change.deps));
                ItemVerdict::Accepted { new: new.collect() }
            }
            Ok(Verdict::Void { code }) => {
                tracing::warn!(%place, doc = %item.doc, code, "an item of a partner is void");
                ItemVerdict::Void { code: code.to_owned() }
            }
            Ok(Verdict::Held { code }) => {
                tracing::warn!(%place, doc = %item.doc, code, "an item of a partner is held");
                ItemVerdict::Held { code: code.to_owned() }
            }
            Err(error) => {
                tracing::error!(%place, doc = %item.doc, %error, "an item cannot be judged");
                ItemVerdict::Held { code: "gate.unavailable".to_owned() }
            }
        }
    }

    fn send(&mut self, link: LinkId, frame: Vec<u8>) {
        if let (Some(network), Some(live)) = (&self.network, self.links.get_mut(&link)) {
            let bytes = frame.len() as u64 + 4;
            live.traffic.bytes_sent += bytes;
            live.traffic.frames_sent += 1;
            if frame.first() == Some(&ENTRIES) {
                live.traffic.entry_bytes_sent += bytes;
            }
            network.command(Command::Send { link: live.id, frame });
        }
    }

    fn send_entries(&mut self, link: LinkId, circle: CircleId, tag: [u8; 8], sources: &[EntrySource]) {
        let mut entries = Vec::with_capacity(sources.len());
        for source in sources {
            let read;
            let record: &[u8] = match source {
                EntrySource::Memory(record) => record,
                EntrySource::Stored(at) => {
                    match self.journals.read(JournalName::Circle(circle.0), record_ref(*at)) {
                        Ok((_, record)) => read = record,
                        Err(error) => {
                            tracing::error!(%circle, %error, "an entry cannot be read and is not sent");
                            continue;
                        }
                    }
                    &read
                }
            };
            match wire_entry(&circle, record) {
                Ok(entry) => entries.push(entry),
                Err(error) => tracing::error!(%circle, %error, "a stored entry is malformed and is not sent"),
            }
        }
        self.send(link, Message::Entries { tag, entries }.encode());
    }

    fn document_added(&mut self, circle: CircleId, doc: DocId, create: &Create) {
        self.circle_of.insert(doc, circle);
        if let Some(parent) = create.parent {
            self.parts.entry(parent).or_default().insert(doc);
            self.note_changed(Changed::Document(parent));
        }
        self.dirty_topics.insert("documents");
    }

    fn publish(
        &mut self,
        _circle: CircleId,
        doc: DocId,
        changes: Vec<Vec<u8>>,
        city: City8,
        by: alianza_shared::id::PersonRef,
        job: Option<u64>,
    ) {
        self.note_changed(Changed::Document(doc));
        let from = match job.and_then(|job| self.jobs.get(&job)) {
            Some(Job::Tab { session, .. }) => Some(*session),
            _ => None,
        };
        let Some(watchers) = self.watchers.get(&doc) else { return };
        let sessions: Vec<u64> = watchers.iter().copied().filter(|session| Some(*session) != from).collect();
        if sessions.is_empty() {
            return;
        }
        let message = LiveOut::Changes { doc, changes, city8: city, person: by }.encode();
        for session in sessions {
            self.tell_bytes(session, message.clone());
        }
    }

    fn stored(&mut self, job: u64, entry: Option<alianza_shared::id::EntryHash>) {
        match self.jobs.remove(&job) {
            Some(Job::Tab { session, references, .. }) => {
                for reference in references {
                    self.tell(session, &LiveOut::Stored { reference });
                }
            }
            Some(Job::Answer { answer, then }) => self.finish(answer, then, entry),
            Some(Job::Question { question }) => self.answer_waiting(question),
            Some(Job::Accepted { circle }) => self.accept_stored(circle),
            Some(Job::Nothing) | None => {}
        }
    }

    fn finish(
        &mut self,
        answer: tokio::sync::oneshot::Sender<Result<super::Response, alianza_shared::api::ApiError>>,
        then: Then,
        entry: Option<alianza_shared::id::EntryHash>,
    ) {
        let result = match then {
            Then::Done => Ok(super::Response::Done),
            Then::Circle(circle) => {
                self.circle_response(circle.or_else(|| entry.and_then(|e| self.founded(&e))))
            }
            Then::Document(doc) => self.document_response(&doc, None),
            Then::Patched { doc, added } => self.patched_response(&doc, added),
            Then::Invitation { circle, link } => self.invitation_response(&circle, entry, &link),
        };
        let _ = answer.send(result);
    }

    fn job_refused(&mut self, job: u64, refusal: alianza_shared::sync::Refusal) {
        let error = super::refusals::refusal(refusal);
        match self.jobs.remove(&job) {
            Some(Job::Tab { session, references, doc }) => {
                // The gate had applied the changes already.
                self.documents.discard(&doc);
                for reference in references {
                    self.refuse(session, Some(reference), Some(doc), &error.code, &error.message);
                }
            }
            Some(Job::Answer { answer, then }) => {
                if let Then::Patched { doc, .. } = then {
                    self.documents.discard(&doc);
                }
                let _ = answer.send(Err(error));
            }
            Some(Job::Question { question }) => self.answer_refused(question),
            Some(Job::Accepted { .. } | Job::Nothing) | None => {}
        }
    }

    /// A write failed: nobody is told that anything was saved.
    pub(super) fn fail_jobs(&mut self) {
        let jobs: Vec<u64> = self.jobs.keys().copied().collect();
        for job in jobs {
            self.job_refused(job, alianza_shared::sync::Refusal::ReadOnly);
        }
    }

    pub(super) fn note_changed(&mut self, what: Changed) {
        self.cursor += 1;
        self.changed.push_back((self.cursor, what));
        if self.changed.len() > CHANGED_MAX {
            self.changed.pop_front();
        }
    }

    pub(super) fn tell_partners(&mut self) {
        let partners = self.partner_addresses();
        if self.partners_told.as_ref() == Some(&partners) {
            return;
        }
        if let Some(network) = &self.network {
            let routes = partners.iter().map(|(city, addresses)| crate::network::PartnerRoute {
                key: city.0,
                addresses: addresses.clone(),
            });
            network.command(Command::Partners(routes.collect()));
        }
        self.partners_told = Some(partners);
        self.dirty_topics.insert("status");
        self.dirty_topics.insert("people");
    }
}

/// Under which name the index keeps a record that is neither entry nor pending.
pub(super) fn meta_key(circle: &CircleId, kind: RecordKind, payload: &[u8]) -> Key {
    let name = match kind {
        // Only the latest card of each city counts: it is the one of that home circle.
        RecordKind::Card => format!("card/{circle}"),
        RecordKind::Joining => format!("joining/{circle}"),
        // A circle has few of these; the newest proof of any feed is enough to freeze it again.
        _ => format!("fork/{circle}/{}", payload.first().map_or(0, |_| feed_of(payload))),
    };
    Key::Meta { name }
}

/// Forks of one circle are few: the first bytes of the proof's hash tell them apart.
fn feed_of(payload: &[u8]) -> u8 {
    alianza_shared::id::hash("row", &[payload])[0] % FORK_ROWS
}

/// Rows in which the proofs of forks of one circle are kept.
pub(super) const FORK_ROWS: u8 = 64;

/// Hash and dependencies of a change that was accepted once.
pub(super) fn hashes(bytes: &[u8]) -> Option<(ChangeHash, Vec<ChangeHash>)> {
    gate::check(bytes).ok().map(|checked| (checked.hash, checked.deps))
}

/// The kind of a document as far as this program knows it.
pub(super) fn kind_of(create: &Create) -> Kind {
    Kind::from_code(create.kind)
}
