//! Documents loaded, and saved when they have to go, on another thread than that of their owner.

use std::sync::Arc;

use alianza_shared::id::DocId;

use super::loaded::Loaded;
use super::sandbox::guarded;
use super::{Documents, DocumentsError, Source, StoredItem, snapshot};

/// Everything a document is loaded from, read already.
pub struct Parcel {
    snapshot: Option<Vec<u8>>,
    items: Vec<StoredItem>,
    /// As long as the owner holds the other end, nothing has happened to the document.
    ticket: Arc<()>,
}

/// A document that was loaded apart.
pub struct Apart {
    loaded: Box<Loaded>,
    ticket: Arc<()>,
}

impl Apart {
    /// `None` if what is stored does not load: the owner finds out why.
    pub fn load(parcel: Parcel) -> Option<Self> {
        // A panic would end the thread, and whoever waits would wait for ever.
        let loaded = guarded(|| Loaded::from_parts(parcel.snapshot.as_deref(), &parcel.items)).flatten()?;
        Some(Self { loaded: Box::new(loaded), ticket: parcel.ticket })
    }
}

/// A document that had to make room. To save it, and even to take it to pieces, takes longer than letting it go.
pub struct Gone {
    doc: DocId,
    loaded: Box<Loaded>,
    ticket: Arc<()>,
}

/// What is left of it: a snapshot, if one is worth its while.
pub struct Left {
    doc: DocId,
    snapshot: Option<Vec<u8>>,
    ticket: Arc<()>,
}

impl Gone {
    pub fn save(self) -> Left {
        Left { doc: self.doc, snapshot: snapshot::left_behind(&self.loaded), ticket: self.ticket }
    }
}

impl Documents {
    /// Documents that had to go since the last call. Whoever does not save them elsewhere finds the snapshots in
    /// [`Self::left_behind`].
    pub fn gone(&mut self) -> Vec<Gone> {
        std::mem::take(&mut self.gone)
    }

    pub(super) fn let_go(&mut self, doc: DocId, loaded: Loaded) {
        let ticket = Arc::new(());
        self.leaving.insert(doc, Arc::clone(&ticket));
        self.gone.push(Gone { doc, loaded: Box::new(loaded), ticket });
    }

    /// Takes what is left of a document that went, unless items of it lost or gained effect meanwhile.
    pub fn left(&mut self, left: Left) {
        let Left { doc, snapshot, ticket } = left;
        if self.leaving.get(&doc).is_none_or(|known| !Arc::ptr_eq(known, &ticket)) {
            return;
        }
        self.leaving.remove(&doc);
        self.left_behind.extend(snapshot.map(|bytes| (doc, bytes)));
    }

    pub fn is_loaded(&self, doc: &DocId) -> bool {
        self.loaded.contains_key(doc)
    }

    /// What a document that is not in memory is loaded from; `None` if there is no such document.
    ///
    /// The snapshot is not opened here, so its claim of how many items it covers is believed; [`Apart::load`] compares.
    pub fn parcel(&mut self, source: &dyn Source, doc: &DocId) -> Result<Option<Parcel>, DocumentsError> {
        let snapshot = source.snapshot(doc);
        let covered = snapshot.as_deref().and_then(snapshot::covered).unwrap_or(0);
        let items = source.items(doc, covered)?;
        if snapshot.is_none() && items.is_empty() {
            return Ok(None);
        }
        let ticket = Arc::new(());
        self.tickets.insert(*doc, Arc::clone(&ticket));
        Ok(Some(Parcel { snapshot, items, ticket }))
    }

    /// Takes in what was loaded apart, unless anything has happened to the document since its parcel was made.
    pub fn take_in(&mut self, doc: DocId, apart: Apart) {
        let valid = self.tickets.remove(&doc).is_some_and(|ticket| Arc::ptr_eq(&ticket, &apart.ticket));
        if valid && !self.is_loaded(&doc) {
            self.put(doc, *apart.loaded);
        }
    }
}
