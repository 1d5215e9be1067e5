//! The journal: append-only segments on disk, the only promise of durability in the node.
//!
//! It knows nothing of what records mean: a record is a kind (1..=15) and up to 1 MiB of payload.
//!
//! # On disk
//! One folder per journal, `<data>/journal/<64 hex | "local">/`, with segments `00000001.log`,
//! `00000002.log`, … of at most 64 MiB, without a header. A segment is records end to end, all
//! integers big-endian:
//!
//! ```text
//! u32 len ‖ u8 kind ‖ u32 crc ‖ payload (len bytes)
//! crc = CRC-32C( u32 segment ‖ u32 offset ‖ u32 len ‖ u8 kind ‖ payload )
//! ```
//!
//! The checksum covers the record's own place (segment number, offset of its first byte), so that a
//! record's bytes are valid in one place alone: stale blocks, and record-shaped bytes inside a
//! payload that a partner sent, are never taken for a record when a damaged region is searched.
//! Kind 0 does not exist: a run of zeros is never a record.
//!
//! # What is promised
//! [`Writer`] answers `Done` for a synchronous append after `fdatasync` of the segment (and `fsync` of
//! the folder when the segment is new). [`Journals::recover`] syncs the last segment before anything in
//! it is served, and cuts a torn tail. Any other bad record is damage: named by [`Journals::scan`],
//! never served, never rewritten.

use std::collections::HashMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fmt, io};

use data_encoding::HEXLOWER;

mod disk;
mod local;
pub mod lock;
mod reader;
mod record;
mod recovery;
mod tail;
mod writer;

#[cfg(test)]
mod tests;

pub use local::{LocalBreak, LocalLog, LocalOpened};
pub use reader::{Damage, Scan, Scanned, Why};
pub use record::{HEADER_BYTES, KIND_MAX, PAYLOAD_MAX_BYTES, claimed};
pub use recovery::{Cut, Recovery};
pub use writer::{Append, Writer, Written};

/// Largest segment; a record that would cross it opens the next one.
pub const SEGMENT_MAX_BYTES: u64 = 64 << 20;
/// Segments kept open for reading.
const OPEN_FILES_MAX: usize = 64;

/// Where a record lies. Ordered by position within one journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordRef {
    /// Segment number, from 1.
    pub segment: u32,
    /// Offset of the record's first header byte in its segment.
    pub offset: u32,
    /// Length of the payload in bytes; the record takes [`HEADER_BYTES`] more.
    pub len: u32,
}

impl RecordRef {
    /// Length of the stored form.
    pub const ENCODED_BYTES: usize = 12;

    /// Big-endian, so that stored references sort by position.
    pub fn encode(&self) -> [u8; 12] {
        let mut out = [0; 12];
        out[..4].copy_from_slice(&self.segment.to_be_bytes());
        out[4..8].copy_from_slice(&self.offset.to_be_bytes());
        out[8..].copy_from_slice(&self.len.to_be_bytes());
        out
    }

    /// The inverse of [`Self::encode`]; nothing if it is not 12 bytes.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        let bytes: &[u8; 12] = bytes.try_into().ok()?;
        let [a, b, c, d, e, f, g, h, i, j, k, l] = *bytes;
        Some(Self {
            segment: u32::from_be_bytes([a, b, c, d]),
            offset: u32::from_be_bytes([e, f, g, h]),
            len: u32::from_be_bytes([i, j, k, l]),
        })
    }

    /// Offset of the byte after the record.
    pub fn end(&self) -> u64 {
        u64::from(self.offset) + HEADER_BYTES as u64 + u64::from(self.len)
    }
}

impl fmt::Display for RecordRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:08}.log@{}", self.segment, self.offset)
    }
}

/// Name of a journal and of its folder: a circle in 64 lower-case hexadecimal digits, or `local`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JournalName {
    /// The journal of the city's own accounts, settings and audit.
    Local,
    /// The journal of one circle.
    Circle([u8; 32]),
}

/// A text that is no journal's name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a journal name: 64 lower-case hexadecimal digits or \"local\" expected")]
pub struct NameError;

impl FromStr for JournalName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, NameError> {
        if text == "local" {
            return Ok(Self::Local);
        }
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| NameError)?;
        Ok(Self::Circle(bytes.try_into().map_err(|_| NameError)?))
    }
}

impl fmt::Display for JournalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Local => f.write_str("local"),
            Self::Circle(id) => f.write_str(&HEXLOWER.encode(id)),
        }
    }
}

impl fmt::Debug for JournalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// What can go wrong between the journal and its disk.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The operating system refused.
    #[error("cannot {what} {path}: {source}", path = path.display())]
    Io {
        /// What was tried, as a verb.
        what: &'static str,
        /// On which file or folder.
        path: PathBuf,
        /// Why it was refused.
        source: io::Error,
    },
    /// The bytes at that place are not the record that was asked for.
    #[error("journal {name}: no valid record at {at}")]
    NotThere {
        /// Which journal.
        name: JournalName,
        /// Where the record should be.
        at: RecordRef,
    },
    /// A record that the journal does not take.
    #[error("record refused: kind {kind} (1..=15), {len_bytes} bytes (at most 1 MiB)")]
    Refused {
        /// Its kind.
        kind: u8,
        /// Length of its payload.
        len_bytes: usize,
    },
    /// An earlier write or sync failed; nothing is written until the process starts again.
    #[error("the journal is read-only since an earlier failure: {0}")]
    ReadOnly(String),
    /// No segment numbers are left.
    #[error("journal {0} has no segment numbers left")]
    Exhausted(JournalName),
}

impl JournalError {
    fn io(what: &'static str, path: &Path, source: io::Error) -> Self {
        Self::Io { what, path: path.to_owned(), source }
    }

    /// True when a write found the disk (or the quota) full: the one failure that can pass. A failed sync
    /// is never that, whatever its reason: what it left behind is unknown.
    pub fn is_full(&self) -> bool {
        let Self::Io { what: "write" | "create", source, .. } = self else { return false };
        matches!(source.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded)
    }
}

/// End of what has been written to a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct End {
    segment: u32,
    len: u64,
    /// Something was cut off here: the next record opens a segment, so that no place is ever used twice.
    /// Otherwise whoever remembers the place of a record that was cut would take a later one for it.
    closed: bool,
}

type SegmentKey = (JournalName, u32);

#[derive(Debug)]
struct Inner {
    dir: PathBuf,
    segment_max_bytes: u64,
    /// Journals recovered in this process, with the end of their complete records.
    ends: Mutex<HashMap<JournalName, End>>,
    /// Held while a journal is recovered: two at once, one of them followed by appends, would cut those.
    recovering: Mutex<()>,
    /// Open segments, most recently used last.
    files: Mutex<Vec<(SegmentKey, Arc<File>)>>,
}

/// All journals of a data folder, for reading. A clone is a handle on the same.
#[derive(Debug, Clone)]
pub struct Journals(Arc<Inner>);

/// A poisoned lock only says that another thread panicked; what these locks guard is valid at every step.
fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Journals {
    /// Opens, or creates, the folder `<data>/journal`. Reads no record.
    ///
    /// # Errors
    /// When the folder cannot be created.
    pub fn open(dir: &Path) -> Result<Self, JournalError> {
        Self::open_with(dir, SEGMENT_MAX_BYTES)
    }

    /// As [`Self::open`], with another size of segments (tests of the rollover).
    pub(crate) fn open_with(dir: &Path, segment_max_bytes: u64) -> Result<Self, JournalError> {
        fs::create_dir_all(dir).map_err(|error| JournalError::io("create", dir, error))?;
        if let Some(parent) = dir.parent().filter(|parent| !parent.as_os_str().is_empty()) {
            disk::sync_dir(parent)?;
        }
        Ok(Self(Arc::new(Inner {
            dir: dir.to_owned(),
            segment_max_bytes,
            ends: Mutex::default(),
            recovering: Mutex::default(),
            files: Mutex::default(),
        })))
    }

    /// Journals that exist on disk, sorted. Folders with other names are passed over.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn names(&self) -> Result<Vec<JournalName>, JournalError> {
        let dir = &self.0.dir;
        let failed = |error| JournalError::io("list", dir, error);
        let mut names = Vec::new();
        for entry in fs::read_dir(dir).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            names.extend(entry.file_name().to_str().and_then(|name| name.parse::<JournalName>().ok()));
        }
        names.sort_unstable();
        Ok(names)
    }

    /// Makes a journal ready for appending: syncs its last segment to disk, then cuts a torn tail (bad
    /// bytes at the end of the last segment with no valid record after them) and says what it cut. What
    /// was cut is kept beside the segment in a file `NNNNNNNN.<offset>.cut`, and the segment takes no more
    /// records: a [`RecordRef`] never comes to mean another record.
    ///
    /// Nothing of a journal should be acknowledged or sent before this has returned. A second call in
    /// one process does nothing.
    ///
    /// # Errors
    /// When the disk refuses; the journal is then as it was, or cut.
    pub fn recover(&self, name: JournalName) -> Result<Recovery, JournalError> {
        recovery::recover(self, name)
    }

    /// Every record from the beginning, or after `from`, with the damage between them, in order.
    ///
    /// If there is no valid record at `from`, the first and only item is [`JournalError::NotThere`]: what
    /// was derived up to there does not fit this journal and must be derived again from the beginning.
    /// Records appended after the call may or may not appear.
    pub fn scan(&self, name: JournalName, from: Option<RecordRef>) -> Scan {
        Scan::new(self.clone(), name, from)
    }

    /// Kind and payload of one record.
    ///
    /// # Errors
    /// [`JournalError::NotThere`] when the bytes there are damaged or are another record's.
    pub fn read(&self, name: JournalName, at: RecordRef) -> Result<(u8, Vec<u8>), JournalError> {
        reader::read(self, name, at)
    }

    /// Does the disk take this many bytes more, beside the journals?
    pub fn has_room(&self, bytes: usize) -> bool {
        disk::has_room(&self.0.dir, bytes)
    }

    /// Bytes of all segments of all journals.
    ///
    /// # Errors
    /// When a folder cannot be read.
    pub fn total_bytes(&self) -> Result<u64, JournalError> {
        let mut total = 0;
        for name in self.names()? {
            for segment in self.segments(name)? {
                let path = self.segment_path(name, segment);
                total += fs::metadata(&path).map_err(|error| JournalError::io("stat", &path, error))?.len();
            }
        }
        Ok(total)
    }

    fn folder(&self, name: JournalName) -> PathBuf {
        self.0.dir.join(name.to_string())
    }

    fn segment_path(&self, name: JournalName, segment: u32) -> PathBuf {
        self.folder(name).join(format!("{segment:08}.log"))
    }

    /// The file that keeps what was cut from a segment at that length.
    fn cut_path(&self, name: JournalName, segment: u32, len: u64) -> PathBuf {
        self.segment_path(name, segment).with_extension(format!("{len:08}.cut"))
    }

    /// Numbers of the segments on disk, ascending; none when the journal does not exist.
    fn segments(&self, name: JournalName) -> Result<Vec<u32>, JournalError> {
        let dir = self.folder(name);
        let entries = match fs::read_dir(&dir) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(JournalError::io("list", &dir, error)),
        };
        let mut numbers = Vec::new();
        for entry in entries {
            let entry = entry.map_err(|error| JournalError::io("list", &dir, error))?;
            let name = entry.file_name();
            let digits = name.to_str().and_then(|name| name.strip_suffix(".log"));
            let digits =
                digits.filter(|digits| digits.len() == 8 && digits.bytes().all(|b| b.is_ascii_digit()));
            numbers.extend(digits.and_then(|digits| digits.parse::<u32>().ok()));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    /// An open segment, from the small cache.
    fn file(&self, name: JournalName, segment: u32) -> Result<Arc<File>, JournalError> {
        let key = (name, segment);
        let mut files = held(&self.0.files);
        if let Some(found) = files.iter().position(|(other, _)| *other == key) {
            let entry = files.remove(found);
            let file = Arc::clone(&entry.1);
            files.push(entry);
            return Ok(file);
        }
        let path = self.segment_path(name, segment);
        let file = Arc::new(File::open(&path).map_err(|error| JournalError::io("open", &path, error))?);
        if files.len() >= OPEN_FILES_MAX {
            files.remove(0);
        }
        files.push((key, Arc::clone(&file)));
        Ok(file)
    }

    fn end(&self, name: JournalName) -> Option<End> {
        held(&self.0.ends).get(&name).copied()
    }

    fn set_end(&self, name: JournalName, end: End) {
        held(&self.0.ends).insert(name, end);
    }
}
