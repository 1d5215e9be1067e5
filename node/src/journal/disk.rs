//! The seam between the writer and the operating system: real files, or files that fail when a test says so.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use super::JournalError;

/// A segment open for appending at its end.
pub(super) trait SegmentFile: Send {
    /// Appends all of it.
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// `fdatasync`: the bytes, and the length that makes them readable.
    fn sync_data(&mut self) -> io::Result<()>;
    /// Cuts the file back to that length; later writes go there.
    fn cut(&mut self, len: u64) -> io::Result<()>;
}

/// Where segments come from.
pub(super) trait Disk: Send {
    /// Makes a new, empty segment that survives a power cut: the file and its folder are synced.
    fn create(&self, path: &Path) -> Result<Box<dyn SegmentFile>, JournalError>;
    /// Opens a segment to append at its end.
    fn append(&self, path: &Path) -> Result<Box<dyn SegmentFile>, JournalError>;
}

/// The operating system's files.
#[derive(Debug, Clone, Copy)]
pub(super) struct RealDisk;

impl Disk for RealDisk {
    fn create(&self, path: &Path) -> Result<Box<dyn SegmentFile>, JournalError> {
        let file = OpenOptions::new()
            .append(true)
            .create_new(true)
            .open(path)
            .map_err(|error| JournalError::io("create", path, error))?;
        let synced = file.sync_all().map_err(|error| JournalError::io("sync", path, error));
        synced.and_then(|()| path.parent().map_or(Ok(()), sync_dir)).inspect_err(|_| {
            // Empty and unknown to anybody: the number stays free.
            let _ = fs::remove_file(path);
        })?;
        Ok(Box::new(file))
    }

    fn append(&self, path: &Path) -> Result<Box<dyn SegmentFile>, JournalError> {
        let file = OpenOptions::new().append(true).open(path);
        Ok(Box::new(file.map_err(|error| JournalError::io("open", path, error))?))
    }
}

impl SegmentFile for File {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        Write::write_all(self, bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        Self::sync_data(self)
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        // The file is in append mode: the next write goes to its new end.
        self.set_len(len)
    }
}

/// Can this many bytes be written into a folder? Tried, not computed: quotas and reserved blocks count.
pub(super) fn has_room(folder: &Path, bytes: usize) -> bool {
    let path = folder.join("room.probe");
    let block = [0xa5; 1 << 16];
    let written = File::create(&path).and_then(|mut file| {
        for _ in 0..bytes.div_ceil(block.len()) {
            Write::write_all(&mut file, &block)?;
        }
        file.sync_data()
    });
    let removed = fs::remove_file(&path);
    written.is_ok() && removed.is_ok()
}

/// Makes births, deaths and names in a folder durable.
pub(super) fn sync_dir(path: &Path) -> Result<(), JournalError> {
    let synced = File::open(path).and_then(|folder| folder.sync_all());
    synced.map_err(|error| JournalError::io("sync folder", path, error))
}
