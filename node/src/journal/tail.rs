//! The end of one journal, where the writer appends.

use std::fs::{self, File};

use super::disk::{Disk, SegmentFile, sync_dir};
use super::record::{HEADER_BYTES, encode};
use super::{End, JournalError, JournalName, Journals, RecordRef};

/// One journal open for appending. Records are staged, then written together, then synced.
pub(super) struct Tail {
    name: JournalName,
    file: Box<dyn SegmentFile>,
    segment: u32,
    /// Bytes of the segment that are written.
    written: u64,
    /// Bytes of the segment that are known to be durable.
    synced: u64,
    staged: Vec<u8>,
}

impl Tail {
    /// Opens the journal at its end, recovering it if that has not been done, creating it if there is none.
    pub(super) fn open(
        journals: &Journals,
        disk: &dyn Disk,
        name: JournalName,
    ) -> Result<Self, JournalError> {
        let recovery = journals.recover(name)?;
        if recovery.cut_bytes > 0 {
            tracing::warn!(journal = %name, cut_bytes = recovery.cut_bytes, "a torn tail was cut");
        }
        let (file, segment, len) = match journals.end(name) {
            Some(End { segment, closed: true, .. }) => {
                let segment = segment.checked_add(1).ok_or(JournalError::Exhausted(name))?;
                (disk.create(&journals.segment_path(name, segment))?, segment, 0)
            }
            Some(End { segment, len, .. }) => {
                (disk.append(&journals.segment_path(name, segment))?, segment, len)
            }
            None => {
                let folder = journals.folder(name);
                fs::create_dir_all(&folder).map_err(|error| JournalError::io("create", &folder, error))?;
                sync_dir(&journals.0.dir)?;
                (disk.create(&journals.segment_path(name, 1))?, 1, 0)
            }
        };
        let tail = Self { name, file, segment, written: len, synced: len, staged: Vec::new() };
        tail.show(journals);
        Ok(tail)
    }

    /// Whether the segment has room for that many records and payload bytes. An empty segment has room for
    /// anything.
    pub(super) fn fits(&self, journals: &Journals, records: usize, payload_bytes: usize) -> bool {
        let takes = (records * HEADER_BYTES + payload_bytes) as u64;
        self.staged_end() == 0 || self.staged_end() + takes <= journals.0.segment_max_bytes
    }

    /// Opens the next segment. Everything staged must have been written and synced.
    pub(super) fn roll(&mut self, journals: &Journals, disk: &dyn Disk) -> Result<(), JournalError> {
        debug_assert!(
            self.staged.is_empty() && self.synced == self.written,
            "a segment is closed when durable"
        );
        let segment = self.segment.checked_add(1).ok_or(JournalError::Exhausted(self.name))?;
        self.file = disk.create(&journals.segment_path(self.name, segment))?;
        (self.segment, self.written, self.synced) = (segment, 0, 0);
        self.show(journals);
        Ok(())
    }

    /// Gives the record its place and stages its bytes.
    pub(super) fn stage(&mut self, kind: u8, payload: &[u8]) -> Result<RecordRef, JournalError> {
        // Segments end long before 4 GiB.
        let offset = u32::try_from(self.staged_end()).map_err(|_| JournalError::Exhausted(self.name))?;
        encode(self.segment, offset, kind, payload, &mut self.staged);
        Ok(RecordRef { segment: self.segment, offset, len: payload.len() as u32 })
    }

    /// Writes what is staged, with one call. After an error part of it may be in the file, until
    /// [`Self::undo`].
    pub(super) fn write(&mut self, journals: &Journals) -> Result<(), JournalError> {
        if self.staged.is_empty() {
            return Ok(());
        }
        let wrote = self.file.write_all(&self.staged);
        wrote.map_err(|error| self.failed(journals, "write", error))?;
        self.written = self.staged_end();
        self.staged.clear();
        self.staged.shrink_to(1 << 20);
        Ok(())
    }

    /// Makes everything written durable.
    pub(super) fn sync(&mut self, journals: &Journals) -> Result<(), JournalError> {
        if self.synced < self.written {
            self.file.sync_data().map_err(|error| self.failed(journals, "sync", error))?;
            self.synced = self.written;
        }
        Ok(())
    }

    /// Lets readers see what has been written.
    pub(super) fn show(&self, journals: &Journals) {
        journals.set_end(self.name, End { segment: self.segment, len: self.written, closed: false });
    }

    /// After a failed write: cuts the segment, durably, back to what was written before.
    pub(super) fn undo(&mut self, journals: &Journals) -> Result<(), JournalError> {
        self.staged.clear();
        let cut = self.file.cut(self.written).and_then(|()| self.file.sync_data());
        cut.map_err(|error| self.failed(journals, "cut", error))?;
        self.synced = self.written;
        Ok(())
    }

    /// After a failed sync: takes what was never durable out of the file, as well as that goes. The system
    /// may hold those bytes as clean though the disk does not have them, so that the next process would
    /// read them, sync them "successfully", and rest a promise on them.
    pub(super) fn abandon(&mut self, journals: &Journals) {
        let _ = self.file.cut(self.synced);
        let _ = File::create(journals.cut_path(self.name, self.segment, self.synced));
    }

    fn staged_end(&self) -> u64 {
        self.written + self.staged.len() as u64
    }

    fn failed(&self, journals: &Journals, what: &'static str, error: std::io::Error) -> JournalError {
        JournalError::io(what, &journals.segment_path(self.name, self.segment), error)
    }
}
