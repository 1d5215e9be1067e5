//! How the index was left: a small file beside the store's own.
//!
//! When a part of its files is lost, sled may open an older state of itself without a word, and may then hold
//! a row in two places, so that what is written later is not what is read (seen with files missing). So an index is used again only if it was closed, and its files and rows are those it was
//! closed with; or if it was left open by a process of this same boot, for what a killed process wrote is all
//! there, and it is not older than when that process opened it.

use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::thread;
use std::time::Duration;

use super::row::Sum;
use crate::whole_file;

const NAME: &str = "state";
/// How long the closing of the index waits for the store's last writes: 2 s at most.
const RELEASE_TRIES: u32 = 1_000;
const RELEASE_PAUSE: Duration = Duration::from_millis(2);

/// What the state file says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Left {
    /// There is no store yet.
    Absent,
    /// Use it, if it holds exactly this.
    Closed(Sum),
    /// Use it, if it holds at least that many batches.
    Open { batches: u64 },
    /// Do not, and why.
    Doubtful(&'static str),
}

pub(super) fn left(dir: &Path) -> io::Result<Left> {
    let text = match fs::read_to_string(dir.join(NAME)) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let empty = !dir.exists() || fs::read_dir(dir)?.next().is_none();
            return Ok(if empty {
                Left::Absent
            } else {
                Left::Doubtful("it does not say how it was closed")
            });
        }
        Err(error) if error.kind() == io::ErrorKind::InvalidData => {
            return Ok(Left::Doubtful("its state is not text"));
        }
        Err(error) => return Err(error),
    };
    let (first, files) = text.split_once('\n').unwrap_or_default();
    let words: Vec<&str> = first.split(' ').collect();
    Ok(match words[..] {
        ["open", boot, batches] => match batches.parse() {
            Ok(batches) if boot == boot_id() && boot != NO_BOOT_ID => Left::Open { batches },
            _ => Left::Doubtful("the machine stopped while it was open"),
        },
        ["closed", rows, checksums, batches] if files == list(dir)? => {
            match (rows.parse(), checksums.parse(), batches.parse()) {
                (Ok(rows), Ok(checksums), Ok(batches)) => Left::Closed(Sum { rows, checksums, batches }),
                _ => Left::Doubtful("its state is malformed"),
            }
        }
        _ => Left::Doubtful("its files are not as they were when it was closed"),
    })
}

/// Says, durably, that it is open from now on, with what it holds now.
pub(super) fn write_opened(dir: &Path, sum: &Sum) -> io::Result<()> {
    write(dir, &format!("open {} {}\n", boot_id(), sum.batches))
}

/// Says, durably, that it is closed, with what it holds. All files of the store must be closed; they are
/// synced first.
pub(super) fn write_closed(dir: &Path, sum: &Sum) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            File::open(entry.path())?.sync_all()?;
        }
    }
    write(dir, &format!("closed {} {} {}\n{}", sum.rows, sum.checksums, sum.batches, list(dir)?))
}

/// Waits until the store has let go of its file. Dropping it leaves truncations to a thread of its own, and what
/// is said of files before they are done is not what is found at the next opening. The store holds a lock on the
/// file for as long as anything of it has it open. False if that takes too long: then the index counts as left
/// open, which within one boot costs nothing.
pub(super) fn is_released(dir: &Path) -> bool {
    let Ok(file) = File::open(dir.join("db")) else { return false };
    for _ in 0..RELEASE_TRIES {
        if file.try_lock().is_ok() {
            return true;
        }
        thread::sleep(RELEASE_PAUSE);
    }
    false
}

fn write(dir: &Path, text: &str) -> io::Result<()> {
    whole_file::replace(&dir.join(NAME), text.as_bytes(), 0o600)
}

/// Where the system has none: never the same boot.
const NO_BOOT_ID: &str = "unknown";

fn boot_id() -> String {
    let text = fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    let id = text.trim();
    if id.is_empty() { NO_BOOT_ID.to_owned() } else { id.to_owned() }
}

/// Name and length of every file of the store.
fn list(dir: &Path) -> io::Result<String> {
    let mut lines = Vec::new();
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if entry.file_type()?.is_dir() {
            let inside = fs::read_dir(entry.path())?.count();
            lines.extend((inside > 0).then(|| format!("{inside} in {name}\n")));
        } else if !name.starts_with(NAME) {
            lines.push(format!("{} {name}\n", entry.metadata()?.len()));
        }
    }
    lines.sort_unstable();
    Ok(lines.concat())
}
