//! Starting: rows of the index first, then the records that the index has not got.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use alianza_shared::feed::{Entry, EntryKind, Header};
use alianza_shared::id::{ChangeHash, CircleId, CityId, Place};
use alianza_shared::sync::{Core, Location, Outbox, RecordKind};
use alianza_shared::wire::CORE_VERSION;
use anyhow::Context as _;
use ed25519_dalek::SigningKey;
use tokio::sync::mpsc;

use super::effects::hashes;
use super::handle::LiveEvent;
use super::join::Joining;
use super::room::{Carried, Room};
use super::source::{EntryRow, Unflushed, location, record_ref, source};
use super::{Running, Start};
use crate::clock;
use crate::documents::Documents;
use crate::index::{Index, Key, Opened};
use crate::journal::{Damage, JournalName, Journals, RecordRef, Scanned, Writer, Written};

const INDEX_CACHE_BYTES: u64 = 16 << 20;
/// How often the rebuilding of an index says how far it is.
const PROGRESS_RECORDS: u64 = 20_000;

impl Running {
    /// What is carried over comes back with the error: without it there is no network to try again with.
    pub(super) fn open(
        start: &Start,
        carried: Carried,
        live_events: mpsc::Sender<LiveEvent>,
        written: mpsc::UnboundedSender<Vec<Written>>,
    ) -> Result<Self, (Carried, anyhow::Error)> {
        match Self::restored(start, &carried, live_events, written) {
            Ok(mut running) => {
                running.carry_on(carried);
                Ok(running)
            }
            Err(error) => Err((carried, error)),
        }
    }

    fn restored(
        start: &Start,
        carried: &Carried,
        live_events: mpsc::Sender<LiveEvent>,
        written: mpsc::UnboundedSender<Vec<Written>>,
    ) -> anyhow::Result<Self> {
        let Start { data, config, seed, .. } = start;
        let config = config.clone();
        let journals = Journals::open(&data.join("journal"))?;
        let (index, opened) = Index::open(&data.join("index"), INDEX_CACHE_BYTES)?;
        match &opened {
            Opened::Replaced { why } => tracing::warn!(%why, "the index is damaged and is built again"),
            Opened::Fresh => tracing::info!("the index is built from the journal"),
            Opened::Existing => {}
        }
        let key = SigningKey::from_bytes(seed);
        let incarnation = clock::now_ms().max(carried.incarnation + 1);
        let core = Core::new(key, config.city.clone(), incarnation);
        let documents = Documents::new(config.documents_mib << 20);
        let writer = Writer::start(journals.clone(), move |batch| {
            let _ = written.send(batch);
        })?;
        let mut running = Self {
            config,
            core,
            documents,
            journals,
            writer: Some(writer),
            index: Some(Arc::new(index)),
            unflushed: Unflushed::default(),
            last_flush_ms: 0,
            network: None,
            listening: Vec::new(),
            incarnation,
            links: BTreeMap::new(),
            circle_of: BTreeMap::new(),
            parts: BTreeMap::new(),
            jobs: BTreeMap::new(),
            next_job: 1,
            tabs: BTreeMap::new(),
            live_events,
            next_session: carried.next_session,
            watchers: BTreeMap::new(),
            present: BTreeMap::new(),
            in_flight: super::effects::InFlight::default(),
            dirty_circles: BTreeSet::new(),
            status_dirty: false,
            last_status_ms: 0,
            dirty_topics: BTreeSet::new(),
            barriers: Vec::new(),
            node_actors: BTreeMap::new(),
            actor_people: BTreeMap::new(),
            joining: BTreeMap::new(),
            join_requests: BTreeMap::new(),
            next_join_request: 1,
            changed: std::collections::VecDeque::new(),
            // Cursors of an earlier start mean nothing now.
            cursor: incarnation,
            polls: Vec::new(),
            titles: BTreeMap::new(),
            damaged: Vec::new(),
            snapshots: super::source::Snapshots::default(),
            pour: super::pour::Pour::default(),
            ahead: super::ahead::Ahead::start(),
            loading: super::apart::Loading::start(),
            lost_pending: BTreeSet::new(),
            newcomers: Vec::new(),
            last_presence_ms: 0,
            partners_told: None,
            denied: BTreeMap::new(),
            room: Room::new(&data.join("journal")),
        };
        running.restore()?;
        Ok(running)
    }

    fn restore(&mut self) -> anyhow::Result<()> {
        let mut out = Outbox::default();
        for name in self.journals.names()? {
            let JournalName::Circle(id) = name else { continue };
            let recovery = self.journals.recover(name)?;
            if let Some(cut) = &recovery.cut {
                if cut.whole {
                    tracing::error!(journal = %name, ?cut, "the last record is damaged; what a partner has of it comes back");
                } else {
                    tracing::warn!(journal = %name, ?cut, "a record was not written to its end before a stop; it was never acknowledged and is cut off");
                }
            }
            self.restore_circle(CircleId(id), &mut out)
                .with_context(|| format!("restoring circle {name}"))?;
        }
        self.restore_meta()?;
        self.core.restored(&mut out);
        self.perform(&mut out);
        for circle in std::mem::take(&mut self.lost_pending) {
            self.give_up_orphans(circle, &mut out);
        }
        let documents: Vec<_> = self
            .core
            .circles()
            .flat_map(|circle| {
                circle.documents().iter().map(|(doc, meta)| (circle.id(), *doc, meta.create.parent))
            })
            .collect();
        for (circle, doc, parent) in documents {
            self.circle_of.insert(doc, circle);
            if let Some(parent) = parent {
                self.parts.entry(parent).or_default().insert(doc);
            }
        }
        tracing::debug!(core_version = CORE_VERSION, "restored");
        Ok(())
    }

    fn restore_circle(&mut self, circle: CircleId, out: &mut Outbox) -> anyhow::Result<()> {
        let name = JournalName::Circle(circle.0);
        let (known, from) = match self.restore_rows(circle) {
            Ok(restored) => restored,
            Err(error) => {
                tracing::warn!(%circle, %error, "rows of the index are damaged; this circle is built again");
                self.core.forget(&circle);
                if let Some(index) = &self.index {
                    index.clear_circle(&circle.0)?;
                }
                (BTreeMap::new(), None)
            }
        };
        let mut replay = Replay {
            circle,
            sealed: BTreeSet::new(),
            known,
            copies: BTreeMap::new(),
            records: 0,
            damage: Vec::new(),
        };
        // The whole journal is read, so that damage anywhere is noticed now and not when a partner asks for it.
        for scanned in self.journals.scan(name, None) {
            match scanned? {
                Scanned::Record { at, kind, payload } => {
                    let new = from.is_none_or(|from| at > from);
                    self.replay(&mut replay, at, kind, &payload, new, out)?;
                }
                Scanned::Damage(damage) => replay.damage.push(damage),
            }
        }
        self.note_damage(&replay);
        for (group, hashes) in self.core.pending_groups(&circle) {
            if !hashes.is_empty() && hashes.iter().all(|(_, hash)| replay.sealed.contains(hash)) {
                self.core.forget_pending(circle, group, out);
            }
        }
        self.perform(out);
        if replay.records > 0 {
            self.flush_index(false);
        }
        Ok(())
    }

    /// Rows of a circle, and up to which record of its journal they go.
    fn restore_rows(
        &mut self,
        circle: CircleId,
    ) -> anyhow::Result<(BTreeMap<RecordRef, Place>, Option<RecordRef>)> {
        let name = JournalName::Circle(circle.0);
        let index = self.index.as_ref().context("no index")?;
        let Some(from) = index.watermark(&circle.hex())?.and_then(|bytes| RecordRef::decode(&bytes)) else {
            return Ok((BTreeMap::new(), None));
        };
        // A power cut can take the last records of the journal (verdicts are not synced by themselves) and leave the rows
        // made from them. What is written next would lie below the watermark and never be replayed.
        self.journals.read(name, from).context("the index goes further than the journal")?;
        let mut known = BTreeMap::new();
        let mut rows = Vec::new();
        for row in index.entries(&circle.0, 0) {
            let (_, value) = row?;
            let row = EntryRow::decode(&value)?;
            let header = Header::decode(&row.header)?;
            rows.push((row, header));
        }
        let documents: Vec<_> = index.documents(&circle.0).collect::<Result<_, _>>()?;
        let pending: Vec<_> = index.pending(&circle.0).collect::<Result<_, _>>()?;
        for (row, header) in rows {
            known.insert(row.at, header.place());
            let act = (header.kind == EntryKind::Act)
                .then(|| self.journals.read(name, row.at).ok())
                .flatten()
                .and_then(|(_, record)| Entry::decode(&record).ok())
                .map(|entry| entry.body);
            self.core.restore_entry(
                circle,
                &row.header,
                location(row.at),
                row.verdict.as_deref(),
                act.as_deref(),
            )?;
        }
        for (doc, value) in documents {
            self.core.restore_document(circle, alianza_shared::id::DocId(doc), &value)?;
        }
        for (_, value) in pending {
            let at = RecordRef::decode(&value).context("pending row")?;
            match self.journals.read(name, at) {
                Ok((_, payload)) => self.core.restore_pending(circle, &payload, &hashes)?,
                Err(error) => {
                    tracing::error!(%circle, %error, "a pending record is damaged; see: alianza verify")
                }
            }
        }
        Ok((known, Some(from)))
    }

    fn replay(
        &mut self,
        replay: &mut Replay,
        at: RecordRef,
        kind: u8,
        payload: &[u8],
        new: bool,
        out: &mut Outbox,
    ) -> anyhow::Result<()> {
        let circle = replay.circle;
        let indexed = replay.known.remove(&at).is_some();
        if !new {
            if !indexed
                && RecordKind::from_code(kind) == Some(RecordKind::Entry)
                && let Ok(entry) = Entry::decode(payload)
            {
                // A whole copy that came after damage; the row still names the damaged place.
                replay.copies.insert(entry.header.place(), (entry, at));
            }
            return Ok(());
        }
        replay.records += 1;
        if replay.records.is_multiple_of(PROGRESS_RECORDS) {
            tracing::info!(%circle, records = replay.records, "building the index from the journal");
            self.perform(out);
            self.flush_index(false);
        }
        match RecordKind::from_code(kind) {
            Some(RecordKind::Entry) => {
                let own = self.core.me();
                if let Ok(entry) = Entry::decode(payload)
                    && entry.header.author == own
                    && let Ok((items, _)) = alianza_shared::feed::body::check_edit(&entry.body)
                {
                    let changes = items.iter().flat_map(|item| &item.changes);
                    replay.sealed.extend(changes.filter_map(|change| hashes(change).map(|(hash, _)| hash)));
                }
                self.core.replay_entry(circle, payload, location(at), out)?;
            }
            Some(RecordKind::Verdict) => {
                let journals = self.journals.clone();
                let read = |at: Location| {
                    journals
                        .read(JournalName::Circle(circle.0), record_ref(at))
                        .ok()
                        .map(|(_, record)| record)
                };
                self.core.replay_verdict(circle, payload, &read, &hashes, out)?;
            }
            Some(RecordKind::Pending) => {
                if let Ok(record) = alianza_shared::sync::decode_pending(payload) {
                    self.core.restore_pending(circle, payload, &hashes)?;
                    let key = Key::Pending { circle: circle.0, ordinal: record.group };
                    self.unflushed.put(&key, at.encode().to_vec());
                }
            }
            Some(kind @ (RecordKind::Card | RecordKind::Fork | RecordKind::Joining)) => {
                let key = super::effects::meta_key(&circle, kind, payload);
                match kind {
                    RecordKind::Card => self.core.restore_card(payload)?,
                    RecordKind::Fork => self.core.restore_fork(circle, payload)?,
                    _ => {}
                }
                self.unflushed.put(&key, payload.to_vec());
            }
            Some(RecordKind::Unsealable) => {
                if let Ok((group, _)) = alianza_shared::sync::decode_unsealable(payload) {
                    self.core.forget_pending(circle, group, out);
                }
            }
            // Of a newer program: kept in the journal, without effect here.
            None => {}
        }
        self.unflushed.reached(circle, at);
        Ok(())
    }

    /// What is damaged is not served; partners are asked for it (the vector says where it begins).
    fn note_damage(&mut self, replay: &Replay) {
        for (at, place) in &replay.known {
            if let Some((copy, at)) = replay.copies.get(place) {
                self.core.restore_copy(replay.circle, copy, location(*at));
                continue;
            }
            let here = self.core.location_of(&replay.circle, place);
            if here.is_none_or(|here| record_ref(here) == *at) {
                self.core.restore_damage(replay.circle, *place);
                self.damaged.push(format!("circle {} entry {place} at {at}", replay.circle));
                tracing::error!(circle = %replay.circle, %place, %at, "a stored entry is damaged; it is asked for again");
            }
        }
        if !replay.damage.is_empty() {
            self.lost_pending.insert(replay.circle);
        }
        for damage in &replay.damage {
            tracing::error!(
                circle = %replay.circle, segment = damage.segment, offset = damage.offset, bytes = damage.len_bytes,
                "damaged bytes in the journal; see: alianza verify"
            );
        }
    }

    /// Cards, forks and invitations that the index keeps under names of their own.
    fn restore_meta(&mut self) -> anyhow::Result<()> {
        let circles: Vec<CircleId> = self
            .journals
            .names()?
            .into_iter()
            .filter_map(|name| match name {
                JournalName::Circle(id) => Some(CircleId(id)),
                JournalName::Local => None,
            })
            .collect();
        for circle in circles {
            let row = |name: String| -> anyhow::Result<Option<Vec<u8>>> {
                let unflushed = self.unflushed.meta(&name);
                if unflushed.is_some() {
                    return Ok(unflushed);
                }
                match &self.index {
                    Some(index) => Ok(index.get(&Key::Meta { name })?),
                    None => Ok(None),
                }
            };
            if let Some(card) = row(format!("card/{circle}"))? {
                self.core.restore_card(&card)?;
            }
            for number in 0..super::effects::FORK_ROWS {
                if let Some(proof) = row(format!("fork/{circle}/{number}"))? {
                    self.core.restore_fork(circle, &proof)?;
                }
            }
            let link = row(format!("joining/{circle}"))?;
            let link = link.and_then(|link| String::from_utf8(link).ok());
            let invitation = link.and_then(|link| alianza_shared::alliance::Invitation::parse(&link).ok());
            if let Some(invitation) = invitation.filter(|invitation| !self.is_member(&invitation.circle)) {
                self.joining.insert(circle, Joining::new(invitation));
            }
        }
        Ok(())
    }

    /// Pending changes that build on one whose record was lost could only become entries that are void everywhere.
    /// They are named as unsealable instead, and stay readable in the journal.
    fn give_up_orphans(&mut self, circle: CircleId, out: &mut Outbox) {
        let mut safe: BTreeSet<ChangeHash> = BTreeSet::new();
        for (group, changes) in self.core.pending_deps(&circle) {
            let own: BTreeSet<ChangeHash> = changes.iter().map(|(_, hash, _)| *hash).collect();
            let whole = changes.iter().all(|(doc, _, deps)| {
                deps.iter().all(|dep| {
                    own.contains(dep) || safe.contains(dep) || self.is_sealed_change(circle, doc, dep)
                })
            });
            if whole {
                safe.extend(own);
            } else {
                tracing::error!(%circle, group, "pending changes build on a lost one and cannot be shared any more");
                self.core.give_up_pending(circle, group, out);
                self.perform(out);
            }
        }
    }

    fn is_sealed_change(
        &mut self,
        circle: CircleId,
        doc: &alianza_shared::id::DocId,
        change: &ChangeHash,
    ) -> bool {
        let mut source = source!(self, circle);
        source.sealed_only = true;
        let found = self.documents.change(&source, doc, change);
        self.documents.discard(doc);
        matches!(found, Ok(Some(_)))
    }

    fn is_member(&self, circle: &CircleId) -> bool {
        let me: CityId = self.core.me();
        self.core.circle(circle).is_some_and(|held| held.state().role(&me).is_some())
    }
}

/// What is gathered while a circle's journal is read.
struct Replay {
    circle: CircleId,
    /// Changes in own entries beyond the index: pending records that hold only these are done.
    sealed: BTreeSet<ChangeHash>,
    /// Entries that the index knows and that were not met yet; at the end, those that are damaged.
    known: BTreeMap<RecordRef, Place>,
    /// Entries fetched again after damage, where they lie now.
    copies: BTreeMap<Place, (Entry, RecordRef)>,
    records: u64,
    damage: Vec<Damage>,
}
