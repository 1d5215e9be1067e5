//! What loaded documents are rebuilt from, and the rows that have not reached the index yet.

use std::collections::BTreeMap;

use alianza_shared::cbor::{self, Malformed, Reader};
use alianza_shared::feed::body::check_edit;
use alianza_shared::feed::{Entry, Item};
use alianza_shared::id::{CircleId, City8, DocId, PersonRef, Place};
use alianza_shared::sync::{Core, Location, Row};

use super::Running;
use crate::documents::{Origin, Source, SourceError, StoredItem};
use crate::index::{Batch, Index, Key};
use crate::journal::{JournalName, Journals, RecordRef};

/// A document gets a new snapshot when this many items have come since the last one…
const SNAPSHOT_ITEMS: u64 = 256;
/// …and nobody has changed it for a while.
const SNAPSHOT_QUIET_MS: u64 = 5_000;

/// A location of the core as a reference of the journal.
pub(super) fn record_ref(at: Location) -> RecordRef {
    RecordRef { segment: at.segment, offset: at.offset, len: at.len }
}

pub(super) fn location(at: RecordRef) -> Location {
    Location { segment: at.segment, offset: at.offset, len: at.len }
}

/// Derived rows on their way to the index, readable meanwhile.
#[derive(Default)]
pub(super) struct Unflushed {
    batch: Batch,
    rows: usize,
    items: BTreeMap<DocId, BTreeMap<u64, Vec<u8>>>,
    metas: BTreeMap<String, Vec<u8>>,
    snapshots: BTreeMap<DocId, Vec<u8>>,
    last: BTreeMap<CircleId, RecordRef>,
}

impl Unflushed {
    /// A row kept under a name of its own that has not reached the index yet.
    pub(super) fn meta(&self, name: &str) -> Option<Vec<u8>> {
        self.metas.get(name).cloned()
    }

    pub(super) fn len(&self) -> usize {
        self.rows
    }

    /// Everything up to this record of the circle's journal is reflected in rows, written or waiting here.
    pub(super) fn reached(&mut self, circle: CircleId, at: RecordRef) {
        let last = self.last.entry(circle).or_insert(at);
        *last = (*last).max(at);
    }

    pub(super) fn put(&mut self, key: &Key, value: Vec<u8>) {
        self.rows += 1;
        if let Key::Meta { name } = key {
            self.metas.insert(name.clone(), value.clone());
        }
        self.batch.put(key, value);
    }

    fn snapshot(&mut self, doc: DocId, bytes: Vec<u8>) {
        self.snapshots.insert(doc, bytes.clone());
        self.put(&Key::Snapshot { doc: doc.0 }, bytes);
    }

    pub(super) fn delete(&mut self, key: &Key) {
        self.rows += 1;
        self.batch.delete(key);
    }

    pub(super) fn row(&mut self, circle: CircleId, row: Row) {
        match row {
            Row::Entry { ordinal, at, hash, header, verdict } => {
                let value = cbor::encode(|e| {
                    e.array(4)?.bytes(&record_ref(at).encode())?.bytes(&hash.0)?.bytes(&header)?;
                    match &verdict {
                        None => {
                            e.null()?;
                        }
                        Some(codes) => {
                            e.array(codes.len() as u64)?;
                            for code in codes {
                                e.str(code)?;
                            }
                        }
                    }
                    Ok(())
                });
                self.put(&Key::Entry { circle: circle.0, ordinal }, value);
            }
            Row::Document { doc, meta } => self.put(&Key::Document { circle: circle.0, doc: doc.0 }, meta),
            Row::Item { doc, ordinal, at, ix, place, by } => {
                let value = ItemRow { circle, at: record_ref(at), ix, place, by }.encode();
                self.items.entry(doc).or_default().insert(ordinal, value.clone());
                self.put(&Key::Item { doc: doc.0, ordinal }, value);
            }
            Row::Pending { group, at } => {
                let key = Key::Pending { circle: circle.0, ordinal: group };
                self.put(&key, record_ref(at).encode().to_vec());
            }
            Row::PendingGone { group } => self.delete(&Key::Pending { circle: circle.0, ordinal: group }),
        }
    }

    fn take(&mut self) -> Option<Batch> {
        if self.rows == 0 {
            return None;
        }
        let mut batch = std::mem::take(&mut self.batch);
        for (circle, at) in &self.last {
            batch.watermark(&circle.hex(), at.encode());
        }
        self.rows = 0;
        Some(batch)
    }

    /// What was taken is in the index now and is read from there.
    fn written(&mut self) {
        self.items.clear();
        self.metas.clear();
        self.snapshots.clear();
    }
}

/// An entry row read back.
pub(super) struct EntryRow {
    pub(super) at: RecordRef,
    pub(super) header: Vec<u8>,
    pub(super) verdict: Option<Vec<String>>,
}

impl EntryRow {
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "entry row";
        let mut r = Reader::new(bytes, WHAT);
        r.array_of(4)?;
        let at = RecordRef::decode(r.bytes(12)?).ok_or(Malformed(WHAT))?;
        r.bytes(32)?;
        let header = r.bytes(alianza_shared::limits::HEADER_MAX_BYTES)?.to_vec();
        let verdict = r.optional(|r| {
            let len = r.array(alianza_shared::limits::ENTRY_MAX_CHANGES as u64)?;
            (0..len).map(|_| r.text(200)).collect::<Result<Vec<_>, _>>()
        })?;
        r.end()?;
        Ok(Self { at, header, verdict })
    }
}

/// Where an accepted item of a document lies.
struct ItemRow {
    circle: CircleId,
    at: RecordRef,
    ix: u32,
    place: Place,
    by: PersonRef,
}

impl ItemRow {
    fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| {
            e.array(7)?.bytes(&self.circle.0)?.bytes(&self.at.encode())?.u32(self.ix)?;
            e.bytes(&self.place.city.0)?.u32(self.place.epoch)?.u64(self.place.seq)?.bytes(&self.by.0)?;
            Ok(())
        })
    }

    fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "item row";
        let mut r = Reader::new(bytes, WHAT);
        r.array_of(7)?;
        let circle = CircleId(r.fixed()?);
        let at = RecordRef::decode(r.bytes(12)?).ok_or(Malformed(WHAT))?;
        let ix = r.u32()?;
        let place = Place { city: City8(r.fixed()?), epoch: r.u32()?, seq: r.u64()? };
        let by = PersonRef(r.fixed()?);
        r.end()?;
        Ok(Self { circle, at, ix, place, by })
    }
}

/// Stored and pending items, as [`crate::documents::Documents`] asks for them.
pub(super) struct Stored<'a> {
    pub(super) core: &'a Core,
    pub(super) journals: &'a Journals,
    pub(super) index: Option<&'a Index>,
    pub(super) unflushed: &'a Unflushed,
    pub(super) circle: CircleId,
    /// Leave out what is only pending.
    pub(super) sealed_only: bool,
}

impl Source for Stored<'_> {
    fn snapshot(&self, doc: &DocId) -> Option<Vec<u8>> {
        if let Some(waiting) = self.unflushed.snapshots.get(doc) {
            return Some(waiting.clone());
        }
        self.index?.get(&Key::Snapshot { doc: doc.0 }).ok().flatten()
    }

    fn items(&self, doc: &DocId, skip: u64) -> Result<Vec<StoredItem>, SourceError> {
        let failed = |error: Box<dyn std::error::Error + Send + Sync>| SourceError(error);
        let mut rows: BTreeMap<u64, Vec<u8>> = BTreeMap::new();
        if let Some(index) = self.index {
            for row in index.items(&doc.0, skip) {
                let (ordinal, value) = row.map_err(|error| failed(error.into()))?;
                rows.insert(ordinal, value);
            }
        }
        if let Some(waiting) = self.unflushed.items.get(doc) {
            rows.extend(waiting.range(skip..).map(|(ordinal, value)| (*ordinal, value.clone())));
        }
        let mut items = Vec::with_capacity(rows.len());
        // Items of one entry lie together: read it once.
        let mut last: Option<(RecordRef, Vec<Item>)> = None;
        for value in rows.values() {
            let row = ItemRow::decode(value).map_err(|error| failed(error.into()))?;
            // The entry may have been fetched again after damage: the core knows its latest place.
            let at = self.core.location_of(&row.circle, &row.place).map_or(row.at, record_ref);
            if last.as_ref().is_none_or(|(of, _)| *of != at) {
                let (_, record) = self
                    .journals
                    .read(JournalName::Circle(row.circle.0), at)
                    .map_err(|error| failed(error.into()))?;
                let entry = Entry::decode(&record).map_err(|error| failed(error.into()))?;
                let (parsed, _) = check_edit(&entry.body).map_err(|error| failed(error.into()))?;
                last = Some((at, parsed));
            }
            let item = last.as_ref().and_then(|(_, items)| items.get(row.ix as usize));
            let item = item.ok_or_else(|| failed("an item row that names no item".into()))?;
            let origin = Origin { place: Some(row.place), city: row.place.city, by: row.by };
            items.push(StoredItem { origin, changes: item.changes.clone() });
        }
        if let Some(circle) = self.core.circle(&self.circle).filter(|_| !self.sealed_only) {
            for item in circle.pending_items(doc) {
                let origin = Origin { place: None, city: self.core.me8(), by: item.by };
                items.push(StoredItem { origin, changes: item.changes });
            }
        }
        Ok(items)
    }
}

/// Which documents deserve a new snapshot.
#[derive(Default)]
pub(super) struct Snapshots {
    /// Items since the last snapshot, and when the last one came.
    grown: BTreeMap<DocId, (u64, u64)>,
}

impl Snapshots {
    pub(super) fn item(&mut self, doc: DocId, now_ms: u64) {
        let grown = self.grown.entry(doc).or_insert((0, 0));
        grown.0 += 1;
        grown.1 = now_ms;
    }
}

impl Running {
    pub(super) fn circle_of(&self, doc: &DocId) -> Option<CircleId> {
        self.circle_of.get(doc).copied()
    }

    /// Write what was derived since the last time. The index can always be rebuilt, so a failure only costs that.
    pub(super) fn flush_index(&mut self, to_disk: bool) {
        for (doc, bytes) in self.documents.left_behind() {
            self.unflushed.snapshot(doc, bytes);
        }
        let Some(index) = &self.index else { return };
        if let Some(batch) = self.unflushed.take() {
            match index.apply(batch) {
                Ok(()) => self.unflushed.written(),
                // Until then its items are read from memory. Said once: a full disk is met at every turn.
                Err(_) if self.room.index_doubtful => {}
                Err(error) => {
                    tracing::error!(%error, "the index cannot be written; it is rebuilt at the next start");
                    self.room.index_doubtful = true;
                    if let Err(error) = index.condemn() {
                        tracing::error!(%error, "the index cannot be marked for rebuilding; delete the folder index/");
                    }
                }
            }
        }
        if to_disk && let Err(error) = index.flush() {
            tracing::error!(%error, "the index cannot be flushed");
        }
    }

    /// Snapshots of documents that have grown and come to rest, one at a time.
    pub(super) fn make_snapshots(&mut self, now_ms: u64) {
        let due =
            self.snapshots.grown.iter().find(|(_, (items, last_ms))| {
                *items >= SNAPSHOT_ITEMS && now_ms >= *last_ms + SNAPSHOT_QUIET_MS
            });
        let Some((&doc, _)) = due else { return };
        self.snapshots.grown.remove(&doc);
        let Some(circle) = self.circle_of(&doc) else { return };
        let source = Stored {
            core: &self.core,
            journals: &self.journals,
            index: self.index.as_deref(),
            unflushed: &self.unflushed,
            circle,
            sealed_only: false,
        };
        match self.documents.snapshot(&source, &doc) {
            Ok(Some((bytes, _))) => self.unflushed.snapshot(doc, bytes),
            Ok(None) => {}
            Err(error) => tracing::warn!(%doc, %error, "no snapshot of this document"),
        }
    }
}

/// The documents and what they are rebuilt from, borrowed side by side.
macro_rules! source {
    ($running:expr, $circle:expr) => {
        $crate::engine::source::Stored {
            core: &$running.core,
            journals: &$running.journals,
            index: $running.index.as_deref(),
            unflushed: &$running.unflushed,
            circle: $circle,
            sealed_only: false,
        }
    };
}
pub(super) use source;
