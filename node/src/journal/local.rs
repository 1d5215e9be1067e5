//! A hash-chained log on top of a journal: accounts, settings, audit.
//!
//! Each record is `kind 1, payload = prev[32] ‖ content`, where `prev` is the hash of the whole payload
//! before it (zeros for the first): `H = BLAKE3 derive_key "alianza v1 local"`. Whoever takes a record out,
//! or rewrites one with a fresh checksum, breaks the chain at the record after it. A log cut back to an
//! earlier record still looks whole: whoever can do that can also put back an old copy of the data folder.

use std::sync::{Arc, Mutex};

use super::disk::{Disk, RealDisk};
use super::reader::{Damage, Scanned};
use super::record::acceptable;
use super::tail::Tail;
use super::{JournalError, JournalName, Journals, RecordRef, held};

const KIND: u8 = 1;
const HASH_BYTES: usize = 32;
const CONTEXT: &str = "alianza v1 local";

/// A place where the chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LocalBreak {
    /// Bytes that are no valid record. `after_records` valid ones come before.
    Damage { after_records: usize, damage: Damage },
    /// A valid record that does not follow from the one before it, with none damaged between: a record was
    /// changed or taken out.
    Chain { after_records: usize, at: RecordRef },
}

impl std::fmt::Display for LocalBreak {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Damage { after_records, damage } => write!(
                f,
                "record {} (segment {}, offset {}, {} bytes) is damaged",
                after_records + 1,
                damage.segment,
                damage.offset,
                damage.len_bytes
            ),
            Self::Chain { after_records, at } => {
                write!(f, "record {} ({at}) does not follow from the one before it", after_records + 1)
            }
        }
    }
}

/// A log just opened.
pub struct LocalOpened {
    pub log: LocalLog,
    /// The content of every valid record, in order.
    pub records: Vec<Vec<u8>>,
    /// Where the chain does not hold; empty when all is well. New records continue from the last valid one.
    pub breaks: Vec<LocalBreak>,
}

struct State {
    disk: Box<dyn Disk>,
    /// Nothing after a failed write or sync: read-only until the process starts again.
    tail: Result<Tail, String>,
    last: [u8; HASH_BYTES],
}

/// A hash-chained log. A clone is a handle on the same.
#[derive(Clone)]
pub struct LocalLog {
    journals: Journals,
    state: Arc<Mutex<State>>,
}

impl LocalLog {
    /// Recovers the journal, reads it whole, and opens it for appending. No [`super::Writer`] may write to
    /// a journal of that name.
    ///
    /// # Errors
    /// When the disk refuses. Damage is not an error: see [`LocalOpened::breaks`].
    pub fn open(journals: &Journals, name: JournalName) -> Result<LocalOpened, JournalError> {
        Self::open_on(journals, Box::new(RealDisk), name)
    }

    pub(super) fn open_on(
        journals: &Journals,
        disk: Box<dyn Disk>,
        name: JournalName,
    ) -> Result<LocalOpened, JournalError> {
        let recovery = journals.recover(name)?;
        let (records, mut breaks, last) = read_all(journals, name)?;
        if let Some(cut) = recovery.cut {
            breaks.push(LocalBreak::Damage { after_records: records.len(), damage: cut.damage });
        }
        let tail = Ok(Tail::open(journals, &*disk, name)?);
        let state = Arc::new(Mutex::new(State { disk, tail, last }));
        Ok(LocalOpened { log: Self { journals: journals.clone(), state }, records, breaks })
    }

    /// Appends one record; it is durable when this returns. Does not block the runtime.
    ///
    /// # Errors
    /// As [`Self::append_blocking`].
    pub async fn append(&self, content: Vec<u8>) -> Result<(), JournalError> {
        let log = self.clone();
        let appended = tokio::task::spawn_blocking(move || log.append_blocking(&content)).await;
        appended.unwrap_or_else(|error| Err(JournalError::ReadOnly(error.to_string())))
    }

    /// Appends one record of at most 1 MiB − 32 bytes; it is durable when this returns.
    ///
    /// # Errors
    /// A full disk refuses this record alone. After any other failure of the disk every later append is
    /// [`JournalError::ReadOnly`].
    pub fn append_blocking(&self, content: &[u8]) -> Result<(), JournalError> {
        let len_bytes = HASH_BYTES + content.len();
        if !acceptable(KIND, len_bytes) {
            return Err(JournalError::Refused { kind: KIND, len_bytes });
        }
        let mut state = held(&self.state);
        let State { disk, tail, last } = &mut *state;
        let payload = [&last[..], content].concat();
        let open = tail.as_mut().map_err(|error| JournalError::ReadOnly(error.clone()))?;
        let result = write(&self.journals, &**disk, open, &payload);
        match result {
            Ok(()) => {
                *last = hash(&payload);
                Ok(())
            }
            Err(error) => {
                if !(error.is_full() && open.undo(&self.journals).is_ok()) {
                    open.abandon(&self.journals);
                    *tail = Err(error.to_string());
                }
                Err(error)
            }
        }
    }

    /// Where the chain does not hold, without opening the log for writing and without cutting anything.
    ///
    /// # Errors
    /// When the disk refuses.
    pub fn verify(journals: &Journals, name: JournalName) -> Result<(usize, Vec<LocalBreak>), JournalError> {
        let (records, breaks, _) = read_all(journals, name)?;
        Ok((records.len(), breaks))
    }
}

fn write(journals: &Journals, disk: &dyn Disk, tail: &mut Tail, payload: &[u8]) -> Result<(), JournalError> {
    if !tail.fits(journals, 1, payload.len()) {
        tail.roll(journals, disk)?;
    }
    tail.stage(KIND, payload)?;
    tail.write(journals)?;
    tail.sync(journals)?;
    tail.show(journals);
    Ok(())
}

fn hash(payload: &[u8]) -> [u8; HASH_BYTES] {
    blake3::derive_key(CONTEXT, payload)
}

type ReadAll = (Vec<Vec<u8>>, Vec<LocalBreak>, [u8; HASH_BYTES]);

fn read_all(journals: &Journals, name: JournalName) -> Result<ReadAll, JournalError> {
    let (mut records, mut breaks, mut last) = (Vec::new(), Vec::new(), [0; HASH_BYTES]);
    let mut damaged_before = false;
    for item in journals.scan(name, None) {
        match item? {
            Scanned::Damage(damage) => {
                breaks.push(LocalBreak::Damage { after_records: records.len(), damage });
                damaged_before = true;
            }
            Scanned::Record { at, payload, .. } => {
                let follows = payload.get(..HASH_BYTES) == Some(&last[..]);
                if !follows && !damaged_before {
                    breaks.push(LocalBreak::Chain { after_records: records.len(), at });
                }
                damaged_before = false;
                last = hash(&payload);
                records.push(payload.get(HASH_BYTES..).unwrap_or_default().to_vec());
            }
        }
    }
    Ok((records, breaks, last))
}
