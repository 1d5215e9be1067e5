//! The journal as files: finds records and damages them, from the description of the format alone
//! (`u32 len ‖ u8 kind ‖ u32 crc ‖ payload`, integers big-endian, segments `NNNNNNNN.log`).

use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use alianza_shared::feed::Header;
use anyhow::{Context, Result, bail};
use minicbor::Decoder;

/// Bytes before the payload.
pub const HEADER_BYTES: usize = 9;
/// Kinds of records in the journal of a circle.
pub const KIND_ENTRY: u8 = 1;
pub const KIND_PENDING: u8 = 2;

/// One record where it lies.
#[derive(Debug, Clone)]
pub struct Record {
    pub segment: PathBuf,
    /// Of its first header byte.
    pub offset: u64,
    pub kind: u8,
    pub payload: Vec<u8>,
}

impl Record {
    pub fn len_bytes(&self) -> u64 {
        (HEADER_BYTES + self.payload.len()) as u64
    }

    /// The signed header of an Entry record.
    pub fn entry(&self) -> Option<Header> {
        if self.kind != KIND_ENTRY {
            return None;
        }
        let mut d = Decoder::new(&self.payload);
        let _ = d.array().ok()?;
        Header::decode(d.bytes().ok()?).ok()
    }

    /// Turns over bits of one byte, `at` bytes after the start of the record.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn flip(&self, at: u64) -> Result<()> {
        if at >= self.len_bytes() {
            bail!("byte {at} of a record of {} bytes", self.len_bytes());
        }
        let file = fs::OpenOptions::new().read(true).write(true).open(&self.segment)?;
        let mut byte = [0];
        file.read_exact_at(&mut byte, self.offset + at)?;
        byte[0] ^= 0x41;
        file.write_all_at(&byte, self.offset + at)?;
        file.sync_all()?;
        Ok(())
    }
}

/// Segments of one journal in order.
///
/// # Errors
/// When the folder cannot be read.
pub fn segments(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.extension().is_some_and(|end| end == "log") {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// All records of a journal that is not damaged.
///
/// # Errors
/// When a record does not fit its segment.
pub fn records(folder: &Path) -> Result<Vec<Record>> {
    let mut found = Vec::new();
    for segment in segments(folder)? {
        let bytes = fs::read(&segment)?;
        let mut at = 0;
        while at + HEADER_BYTES <= bytes.len() {
            let head = &bytes[at..at + HEADER_BYTES];
            let len = u32::from_be_bytes([head[0], head[1], head[2], head[3]]) as usize;
            let end = at + HEADER_BYTES + len;
            if end > bytes.len() {
                bail!("record at {at} of {} passes its end", segment.display());
            }
            let payload = bytes[at + HEADER_BYTES..end].to_vec();
            found.push(Record { segment: segment.clone(), offset: at as u64, kind: head[4], payload });
            at = end;
        }
    }
    Ok(found)
}
