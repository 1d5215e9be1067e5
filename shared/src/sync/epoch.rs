//! One epoch of one feed as a node holds it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::input::Location;
use super::past::Past;
use crate::feed::Header;
use crate::id::EntryHash;

/// What is known of one stored entry.
#[derive(Debug, Clone)]
pub(super) struct EntryMeta {
    pub(super) hash: EntryHash,
    /// Acts its header cites; shared between entries in a row.
    pub(super) gov: Arc<Vec<EntryHash>>,
    pub(super) past: Arc<Past>,
    /// Order of arrival in the circle.
    pub(super) ordinal: u64,
    pub(super) at: Option<Location>,
    /// Bytes of the record; kept while it is in memory anyway.
    pub(super) bytes: usize,
}

/// Header and record of an entry not yet judged; the record while it fits in memory.
pub(super) type Unjudged = (Header, Option<Arc<Vec<u8>>>);

/// A contiguous run of entries from seq 0.
#[derive(Debug, Default)]
pub(super) struct Epoch {
    pub(super) entries: Vec<EntryMeta>,
    /// Entries on disk: `durable ≤ entries.len()`.
    pub(super) durable: u64,
    /// Entries judged: `judged ≤ durable`.
    pub(super) judged: u64,
    /// Headers of entries not yet judged, and their records while they fit in memory.
    pub(super) unjudged: BTreeMap<u64, Unjudged>,
    /// Records that are damaged here; a partner must send them again.
    pub(super) missing: BTreeSet<u64>,
    /// Two headers were signed for one place: nothing more is taken.
    pub(super) frozen: bool,
}

impl Epoch {
    /// Highest contiguous stored position: what a vector line says.
    pub(super) fn stored(&self) -> u64 {
        self.missing.first().map_or(self.durable, |first| self.durable.min(*first))
    }

    pub(super) fn tip(&self) -> Option<&EntryMeta> {
        self.entries.last()
    }

    /// First bytes of the hash of the entry before position `count`.
    pub(super) fn tip8(&self, count: u64) -> [u8; 8] {
        let mut short = [0; 8];
        if let Some(meta) = count.checked_sub(1).and_then(|ix| self.entries.get(ix as usize)) {
            short.copy_from_slice(&meta.hash.0[..8]);
        }
        short
    }
}
