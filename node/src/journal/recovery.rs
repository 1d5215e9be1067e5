//! Making a journal ready for appending after a start: sync, then cut a torn tail.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use super::disk::sync_dir;
use super::reader::{Damage, Scan, Scanned};
use super::record::HEADER_BYTES;
use super::{End, JournalError, JournalName, Journals, held};

/// What was cut from the end of a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cut {
    /// Where it began, how long it was, its first 64 KiB.
    pub damage: Damage,
    /// The bytes have exactly the length that their header says: more likely a damaged record, perhaps an
    /// acknowledged one, than a write that a power cut interrupted.
    pub whole: bool,
    /// Where all the bytes are kept; nothing when they were only zeros, or could not be copied.
    pub kept: Option<PathBuf>,
}

/// What [`Journals::recover`] did.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recovery {
    /// Bytes cut from the end; 0 when the tail was whole.
    pub cut_bytes: u64,
    /// What they were.
    pub cut: Option<Cut>,
}

pub(super) fn recover(journals: &Journals, name: JournalName) -> Result<Recovery, JournalError> {
    let _recovering = held(&journals.0.recovering);
    if journals.end(name).is_some() {
        return Ok(Recovery::default());
    }
    let Some(&segment) = journals.segments(name)?.last() else { return Ok(Recovery::default()) };
    let path = journals.segment_path(name, segment);
    let folder = journals.folder(name);
    let file = OpenOptions::new().read(true).write(true).open(&path);
    let file = file.map_err(|error| JournalError::io("open", &path, error))?;
    // What was written but not synced before the stop must be durable before anything rests on it.
    file.sync_all().map_err(|error| JournalError::io("sync", &path, error))?;
    sync_dir(&folder)?;
    sync_dir(&journals.0.dir)?;

    let (mut end, mut tail) = (0, None);
    for item in Scan::of_segment(journals.clone(), name, segment)? {
        match item? {
            Scanned::Record { at, .. } => end = at.end(),
            Scanned::Damage(damage) if damage.tail => tail = Some(damage),
            Scanned::Damage(damage) => end = u64::from(damage.offset) + damage.len_bytes,
        }
    }
    let mark = journals.cut_path(name, segment, end);
    let Some(damage) = tail else {
        // Cut by an earlier start, or by a writer that failed, and not written to since.
        journals.set_end(name, End { segment, len: end, closed: mark.exists() });
        return Ok(Recovery::default());
    };
    let kept = keep(&file, &path, &mark, &damage)?;
    file.set_len(end).map_err(|error| JournalError::io("cut", &path, error))?;
    file.sync_all().map_err(|error| JournalError::io("sync", &path, error))?;
    sync_dir(&folder)?;
    journals.set_end(name, End { segment, len: end, closed: true });
    let whole = whole(&damage);
    Ok(Recovery { cut_bytes: damage.len_bytes, cut: Some(Cut { damage, whole, kept }) })
}

fn whole(damage: &Damage) -> bool {
    let Some(&[a, b, c, d]) = damage.bytes.first_chunk() else { return false };
    u64::from(u32::from_be_bytes([a, b, c, d])) + HEADER_BYTES as u64 == damage.len_bytes
}

/// Copies what will be cut to a file of its own, durably; an empty one if it is only zeros.
fn keep(file: &File, path: &Path, mark: &Path, damage: &Damage) -> Result<Option<PathBuf>, JournalError> {
    let mut bytes = vec![0; damage.len_bytes as usize];
    let read = file.read_exact_at(&mut bytes, u64::from(damage.offset));
    read.map_err(|error| JournalError::io("read", path, error))?;
    if bytes.iter().all(|byte| *byte == 0) {
        bytes.clear();
    }
    let copied =
        File::create(mark).and_then(|mut copy| copy.write_all(&bytes).and_then(|()| copy.sync_all()));
    if let Err(error) = copied {
        // On a full disk the node must still start: the copy is a courtesy, the cut is not.
        tracing::warn!(path = %mark.display(), %error, "cannot keep a copy of a torn tail");
        return Ok(None);
    }
    Ok((!bytes.is_empty()).then(|| mark.to_owned()))
}
