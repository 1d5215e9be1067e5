//! Reading: one record by its place, or all of them in order with the damage between.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::sync::Arc;
use std::{collections::VecDeque, io};

use super::record::{HEADER_BYTES, Header, PAYLOAD_MAX_BYTES};
use super::{JournalError, JournalName, Journals, RecordRef};

/// Bytes of a damaged region that are handed to the caller.
const DAMAGE_SHOWN_MAX_BYTES: usize = 64 * 1024;
/// Read ahead of a scan.
const WINDOW_BYTES: usize = 256 * 1024;

/// Why a region is damaged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The bytes are no valid record.
    BadRecord,
    /// The segment is missing, or empty although later ones exist.
    MissingSegment,
}

/// A region of a journal that holds no valid record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Damage {
    pub segment: u32,
    /// Where it begins in the segment.
    pub offset: u32,
    /// Up to the next valid record, or the end of the segment.
    pub len_bytes: u64,
    /// Its first bytes, at most 64 KiB: see [`super::claimed`] to name what they held.
    pub bytes: Vec<u8>,
    pub why: Why,
    /// At the end of the last segment, nothing valid after it: [`Journals::recover`] will cut it.
    pub tail: bool,
}

/// What a scan comes by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scanned {
    /// A valid record.
    Record { at: RecordRef, kind: u8, payload: Vec<u8> },
    /// A region to be named and not served.
    Damage(Damage),
}

pub(super) fn read(
    journals: &Journals,
    name: JournalName,
    at: RecordRef,
) -> Result<(u8, Vec<u8>), JournalError> {
    let not_there = || JournalError::NotThere { name, at };
    if at.len as usize > PAYLOAD_MAX_BYTES {
        return Err(not_there());
    }
    let file = match journals.file(name, at.segment) {
        Ok(file) => file,
        Err(JournalError::Io { source, .. }) if source.kind() == io::ErrorKind::NotFound => {
            return Err(not_there());
        }
        Err(error) => return Err(error),
    };
    let mut bytes = vec![0; HEADER_BYTES + at.len as usize];
    match file.read_exact_at(&mut bytes, u64::from(at.offset)) {
        Ok(()) => {}
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Err(not_there()),
        Err(error) => {
            return Err(JournalError::io("read", &journals.segment_path(name, at.segment), error));
        }
    }
    let header = Header::plausible(&bytes).ok_or_else(not_there)?;
    let payload = bytes.split_off(HEADER_BYTES);
    if !header.matches(at.segment, at.offset, &payload) {
        return Err(not_there());
    }
    Ok((header.kind, payload))
}

/// A segment seen through a window that follows the reader.
struct Window {
    file: Arc<File>,
    /// Bytes of the segment that count: its length when the scan came to it.
    size: u64,
    start: u64,
    bytes: Vec<u8>,
}

impl Window {
    fn new(file: Arc<File>, size: u64) -> Self {
        Self { file, size, start: 0, bytes: Vec::new() }
    }

    /// `len` bytes at `offset`; nothing when the segment ends before.
    fn at(&mut self, offset: u64, len: usize) -> io::Result<Option<&[u8]>> {
        let end = offset + len as u64;
        if end > self.size {
            return Ok(None);
        }
        if offset < self.start || end > self.start + self.bytes.len() as u64 {
            let ahead = (self.size - offset).min(len.max(WINDOW_BYTES) as u64);
            self.bytes.resize(ahead as usize, 0);
            self.start = offset;
            self.file.read_exact_at(&mut self.bytes, offset)?;
        }
        let from = (offset - self.start) as usize;
        Ok(Some(&self.bytes[from..from + len]))
    }

    /// The valid record at `offset`, if there is one.
    fn record(&mut self, segment: u32, offset: u64) -> io::Result<Option<(RecordRef, u8, &[u8])>> {
        let Ok(place) = u32::try_from(offset) else { return Ok(None) };
        let Some(header) = self.at(offset, HEADER_BYTES)?.and_then(Header::plausible) else {
            return Ok(None);
        };
        let at = RecordRef { segment, offset: place, len: header.len };
        let payload = self.at(offset + HEADER_BYTES as u64, header.len as usize)?;
        Ok(payload
            .filter(|payload| header.matches(segment, place, payload))
            .map(|bytes| (at, header.kind, bytes)))
    }

    /// Offset of the first valid record at or after `from`, or the segment's size. The length of a bad
    /// record may itself be what is damaged, so every following offset is tried.
    fn next_valid(&mut self, segment: u32, from: u64) -> io::Result<u64> {
        let mut offset = from;
        while offset + HEADER_BYTES as u64 <= self.size {
            if self.record(segment, offset)?.is_some() {
                return Ok(offset);
            }
            offset += 1;
        }
        Ok(self.size)
    }
}

/// Records and damage of one journal in order; see [`Journals::scan`]. Ends after an error.
pub struct Scan {
    journals: Journals,
    name: JournalName,
    /// Set until the first step.
    from: Option<Option<RecordRef>>,
    /// Segments still to be read, each with whether it exists.
    segments: VecDeque<(u32, bool)>,
    /// The segment being read, and the offset reached in it.
    open: Option<(u32, Window, u64)>,
}

impl Scan {
    pub(super) fn new(journals: Journals, name: JournalName, from: Option<RecordRef>) -> Self {
        Self { journals, name, from: Some(from), segments: VecDeque::new(), open: None }
    }

    /// One segment alone, taken for the last.
    pub(super) fn of_segment(
        journals: Journals,
        name: JournalName,
        segment: u32,
    ) -> Result<Self, JournalError> {
        let mut scan = Self { journals, name, from: None, segments: VecDeque::new(), open: None };
        scan.open(segment, 0)?;
        Ok(scan)
    }

    /// Lists the segments and goes to where the scan begins.
    fn begin(&mut self, from: Option<RecordRef>) -> Result<(), JournalError> {
        if let Some(at) = from {
            read(&self.journals, self.name, at)?;
        }
        let found = self.journals.segments(self.name)?;
        let first = from.map_or(1, |at| at.segment);
        for segment in found.into_iter().skip_while(|segment| *segment < first) {
            let expected = self.segments.back().map_or(first, |(previous, _)| previous + 1);
            if segment > expected {
                // A gap of several segments is named by its first.
                self.segments.push_back((expected, false));
            }
            self.segments.push_back((segment, true));
        }
        if let Some(at) = from {
            self.segments.pop_front();
            self.open(at.segment, at.end())?;
        }
        Ok(())
    }

    fn open(&mut self, segment: u32, offset: u64) -> Result<(), JournalError> {
        let file = self.journals.file(self.name, segment)?;
        let path = || self.journals.segment_path(self.name, segment);
        let mut size = file.metadata().map_err(|error| JournalError::io("stat", &path(), error))?.len();
        if let Some(end) = self.journals.end(self.name).filter(|end| end.segment == segment) {
            // What the writer is just now writing is not there yet.
            size = size.min(end.len);
        }
        self.open = Some((segment, Window::new(file, size), offset));
        Ok(())
    }

    fn step(&mut self) -> Result<Option<Scanned>, JournalError> {
        if let Some(from) = self.from.take() {
            self.begin(from)?;
        }
        loop {
            let Some((segment, window, offset)) = &mut self.open else {
                let Some((segment, exists)) = self.segments.pop_front() else { return Ok(None) };
                if exists {
                    self.open(segment, 0)?;
                }
                // The last segment is empty until its first record is written; an earlier one only if all
                // of it was cut.
                let empty = self.open.as_ref().is_none_or(|(_, window, _)| window.size == 0);
                let may_be = exists
                    && (self.segments.is_empty() || self.journals.cut_path(self.name, segment, 0).exists());
                if empty && !may_be {
                    self.open = None;
                    return Ok(Some(Scanned::Damage(Damage::missing(segment))));
                }
                continue;
            };
            if *offset >= window.size {
                self.open = None;
                continue;
            }
            let (segment, last) = (*segment, self.segments.is_empty());
            let failed =
                |error| JournalError::io("read", &self.journals.segment_path(self.name, segment), error);
            return next(segment, window, offset, last).map(Some).map_err(failed);
        }
    }
}

impl Damage {
    fn missing(segment: u32) -> Self {
        let why = Why::MissingSegment;
        Self { segment, offset: 0, len_bytes: 0, bytes: Vec::new(), why, tail: false }
    }
}

/// The record or the damage at `offset`, which moves past it.
fn next(segment: u32, window: &mut Window, offset: &mut u64, last: bool) -> io::Result<Scanned> {
    if let Some((at, kind, payload)) = window.record(segment, *offset)? {
        *offset = at.end();
        return Ok(Scanned::Record { at, kind, payload: payload.to_vec() });
    }
    let start = *offset;
    *offset = window.next_valid(segment, start + 1)?;
    let len_bytes = *offset - start;
    let shown = len_bytes.min(DAMAGE_SHOWN_MAX_BYTES as u64) as usize;
    Ok(Scanned::Damage(Damage {
        segment,
        offset: u32::try_from(start).unwrap_or(u32::MAX),
        len_bytes,
        bytes: window.at(start, shown)?.map(<[u8]>::to_vec).unwrap_or_default(),
        why: Why::BadRecord,
        tail: last && *offset == window.size,
    }))
}

impl Iterator for Scan {
    type Item = Result<Scanned, JournalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let step = self.step();
        if step.is_err() {
            self.open = None;
            self.segments.clear();
        }
        step.transpose()
    }
}
