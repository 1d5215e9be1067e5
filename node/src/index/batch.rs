//! What can be written to the index.

use super::WATERMARK_BYTES;
use super::row::{family, joined, key_bytes};

/// Name of a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// An entry of a circle, by the order in which this node stored it.
    Entry { circle: [u8; 32], ordinal: u64 },
    /// A document of a circle.
    Document { circle: [u8; 32], doc: [u8; 16] },
    /// A piece of a document's history, in order.
    Item { doc: [u8; 16], ordinal: u64 },
    /// A document as saved.
    Snapshot { doc: [u8; 16] },
    /// A local change not yet sealed.
    Pending { circle: [u8; 32], ordinal: u64 },
    /// Anything else, by name.
    Meta { name: String },
}

pub(super) enum Change {
    Put(Vec<u8>, Vec<u8>),
    Delete(Vec<u8>),
}

/// Changes that are applied together or not at all. Later changes of one key win.
#[derive(Default)]
pub struct Batch {
    pub(super) changes: Vec<Change>,
    pub(super) watermarks: Vec<(Vec<u8>, [u8; WATERMARK_BYTES])>,
}

impl Batch {
    /// An empty batch.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a row, over any older one.
    pub fn put(&mut self, key: &Key, value: Vec<u8>) {
        self.changes.push(Change::Put(key_bytes(key), value));
    }

    /// Removes a row, if it exists.
    pub fn delete(&mut self, key: &Key) {
        self.changes.push(Change::Delete(key_bytes(key)));
    }

    /// States that the index now reaches that place of that journal (by its name: a circle in hexadecimal,
    /// or `local`).
    pub fn watermark(&mut self, journal: &str, at: [u8; WATERMARK_BYTES]) {
        self.watermarks.push((watermark_key(journal), at));
    }

    /// True when there is nothing to apply.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.watermarks.is_empty()
    }
}

pub(super) fn watermark_key(journal: &str) -> Vec<u8> {
    joined(family::WATERMARK, &[journal.as_bytes()])
}
