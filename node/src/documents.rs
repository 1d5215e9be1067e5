//! Loaded Automerge documents: a cache in front of the journal, and the only place where changes are applied.
//!
//! Everything here can be thrown away: [`Source`] gives it back. One owner (the engine) holds [`Documents`]; it is
//! synchronous. A document is loaded at its first use and stays while there is room; a document on which Automerge
//! failed is dropped at once and rebuilt.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use alianza_shared::document::gate::Refusal;
use alianza_shared::id::{ChangeHash, City8, DocId, Place};
use automerge::{ActorId, Automerge, LoadOptions, TextEncoding};

mod apart;
mod blocks;
mod edit;
mod graph;
mod judge;
mod loaded;
mod news;
mod read;
mod replay;
mod sandbox;
mod snapshot;
mod structure;
mod timeline;

pub use apart::{Apart, Gone, Left, Parcel};
pub use edit::{EditJob, Edited};
pub use graph::Origin;
pub use judge::ReadAhead;
use loaded::Loaded;
pub use news::Unseen;
pub use read::CatchUp;
pub use timeline::{Hand, Stretch};

/// An accepted item of a document: what one entry, or one pending record, brought to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredItem {
    pub origin: Origin,
    /// Raw changes in causal order, as accepted.
    pub changes: Vec<Vec<u8>>,
}

/// The journal could not give what it holds.
#[derive(Debug, thiserror::Error)]
#[error("the stored changes of a document cannot be read")]
pub struct SourceError(#[source] pub Box<dyn std::error::Error + Send + Sync>);

/// Where documents are rebuilt from.
pub trait Source {
    /// The last snapshot that [`Documents::snapshot`] made, if one is kept.
    fn snapshot(&self, doc: &DocId) -> Option<Vec<u8>>;

    /// Accepted items in the order of acceptance, sealed ones first, pending ones last. The first `skip` sealed
    /// items are left out: a snapshot holds them. An item counts once when it is judged accepted with a place, or
    /// when [`Documents::sealed`] is called for it.
    fn items(&self, doc: &DocId, skip: u64) -> Result<Vec<StoredItem>, SourceError>;
}

/// An item to be judged.
pub struct Judge<'a> {
    pub doc: DocId,
    /// The item creates the document.
    pub is_create: bool,
    /// City of the feed that carries the item.
    pub author: City8,
    pub origin: Origin,
    /// Is the entry at this place in the past of the entry that is judged?
    pub past: &'a dyn Fn(&Place) -> bool,
    /// From a tab or a program of this node: it may also depend on pending changes.
    pub local: bool,
    pub changes: &'a [Vec<u8>],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptedChange {
    pub hash: ChangeHash,
    pub deps: Vec<ChangeHash>,
    /// `false`: the document had it already, byte for byte.
    pub new: bool,
}

/// What becomes of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// Applied to the cached document already.
    Accepted { changes: Vec<AcceptedChange> },
    /// Never applied, on any node: the code says why.
    Void { code: &'static str },
    /// Kept and shown, not applied: tried again by a later version.
    Held { code: &'static str },
}

impl From<Refusal> for Verdict {
    fn from(refusal: Refusal) -> Self {
        if refusal == Refusal::HELD {
            Self::Held { code: refusal.code }
        } else {
            Self::Void { code: refusal.code }
        }
    }
}

/// A document cannot be had from what is stored. No verdict follows from it.
#[derive(Debug, thiserror::Error)]
pub enum DocumentsError {
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Accepted changes that Automerge no longer takes: the journal is damaged, or the program has changed.
    #[error("document {0} cannot be rebuilt from its stored changes")]
    Damaged(DocId),
}

/// Documents held in memory, within a bound.
pub struct Documents {
    limit_bytes: usize,
    used_bytes: usize,
    loaded: HashMap<DocId, Loaded>,
    /// When each loaded document was last used: the smallest goes first.
    by_age: BTreeMap<u64, DocId>,
    clock: u64,
    /// Nothing goes for now.
    held: bool,
    /// Documents that had to go and have not been saved yet…
    gone: Vec<Gone>,
    /// …and the snapshots of those that have.
    left_behind: Vec<(DocId, Vec<u8>)>,
    /// Documents that are gone whose snapshot would still be true.
    leaving: HashMap<DocId, Arc<()>>,
    /// Documents being loaded apart to which nothing has happened since.
    tickets: HashMap<DocId, Arc<()>>,
}

impl Documents {
    /// `limit_bytes` bounds the estimated memory of all loaded documents; the one in use always stays.
    pub fn new(limit_bytes: usize) -> Self {
        Self {
            limit_bytes,
            used_bytes: 0,
            loaded: HashMap::new(),
            by_age: BTreeMap::new(),
            clock: 0,
            held: false,
            gone: Vec::new(),
            left_behind: Vec::new(),
            leaving: HashMap::new(),
            tickets: HashMap::new(),
        }
    }

    /// Pending changes are now in the entry at `place`, as one item.
    pub fn sealed(&mut self, doc: &DocId, hashes: &[ChangeHash], place: Place) {
        self.tickets.remove(doc);
        if let Some(loaded) = self.loaded.get_mut(doc) {
            loaded.seal(hashes, place);
        }
    }

    /// Snapshots of documents that had to make room since the last call: whoever keeps them finds the documents
    /// again several times faster than from their changes. They may be kept only once the rows of their items are.
    pub fn left_behind(&mut self) -> Vec<(DocId, Vec<u8>)> {
        for gone in self.gone() {
            self.left(gone.save());
        }
        std::mem::take(&mut self.left_behind)
    }

    /// Drops what is loaded; the next use rebuilds it. To be called when accepted items lose or gain effect.
    pub fn discard(&mut self, doc: &DocId) {
        self.tickets.remove(doc);
        self.leaving.remove(doc);
        drop(self.remove(doc));
    }

    fn remove(&mut self, doc: &DocId) -> Option<Loaded> {
        let loaded = self.loaded.remove(doc)?;
        self.by_age.remove(&loaded.age);
        self.used_bytes -= loaded.bytes;
        Some(loaded)
    }

    /// Estimated memory of what is loaded, and how many documents that is.
    pub fn usage(&self) -> (usize, usize) {
        (self.used_bytes, self.loaded.len())
    }

    /// Takes a document out to work on it, loading it if need be; `None` if there is none. Whoever takes it puts
    /// it back with [`Self::put`], or does not, and then it is rebuilt at the next use.
    fn take(&mut self, source: &dyn Source, doc: &DocId) -> Result<Option<Loaded>, DocumentsError> {
        self.tickets.remove(doc);
        if let Some(loaded) = self.remove(doc) {
            return Ok(Some(loaded));
        }
        Loaded::rebuild(source, doc)
    }

    fn put(&mut self, doc: DocId, mut loaded: Loaded) {
        self.clock += 1;
        loaded.age = self.clock;
        loaded.bytes = loaded.estimate();
        self.used_bytes += loaded.bytes;
        self.by_age.insert(loaded.age, doc);
        self.loaded.insert(doc, loaded);
        self.make_room();
    }

    /// Until [`Self::release`], no document makes room for another. The items of one entry are judged one after the
    /// other, and an accepted one is found in the [`Source`] only after all of them: a document that went in between
    /// would come back without it, and the next item that builds on it would be void here and nowhere else (I4).
    pub fn hold(&mut self) {
        self.held = true;
    }

    /// The items are judged.
    pub fn release(&mut self) {
        self.held = false;
        self.make_room();
    }

    fn make_room(&mut self) {
        while !self.held && self.used_bytes > self.limit_bytes && self.loaded.len() > 1 {
            let Some((_, oldest)) = self.by_age.first_key_value() else { break };
            let oldest = *oldest;
            if let Some(loaded) = self.remove(&oldest) {
                self.let_go(oldest, loaded);
            }
        }
    }

    /// Works on a document that exists; `None` if it does not.
    fn with<T>(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
        work: impl FnOnce(&mut Loaded) -> T,
    ) -> Result<Option<T>, DocumentsError> {
        let Some(mut loaded) = self.take(source, doc)? else { return Ok(None) };
        // Reading may fail too where Automerge was led astray: then the document is rebuilt, not kept.
        match sandbox::guarded(|| work(&mut loaded)) {
            Some(result) => {
                self.put(*doc, loaded);
                Ok(Some(result))
            }
            None => Err(DocumentsError::Damaged(*doc)),
        }
    }
}

#[cfg(test)]
mod tests;

/// An empty document as all of ours are: positions in texts count UTF-16 units, as in the page.
fn empty() -> Automerge {
    Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit)
}

fn load_options() -> LoadOptions<'static> {
    LoadOptions::new().text_encoding(TextEncoding::Utf16CodeUnit)
}

fn actor_id(actor: &[u8; 16]) -> ActorId {
    ActorId::from(&actor[..])
}

fn theirs(hash: &ChangeHash) -> automerge::ChangeHash {
    automerge::ChangeHash(hash.0)
}

fn ours(hash: automerge::ChangeHash) -> ChangeHash {
    ChangeHash(hash.0)
}
