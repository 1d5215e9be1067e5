//! The journal as files: finds records and damages them, from the description of the format alone
//! (`u32 len ‖ u8 kind ‖ u32 crc ‖ payload`, integers big-endian, segments `NNNNNNNN.log`;
//! crc = CRC-32C of `u32 segment ‖ u32 offset ‖ u32 len ‖ u8 kind ‖ payload`).

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
pub const KIND_VERDICT: u8 = 4;

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

    /// Offset of the byte after it.
    pub fn end(&self) -> u64 {
        self.offset + self.len_bytes()
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

/// Takes away the records of this kind that stand last, as a power cut takes what was not synced; how many.
///
/// # Errors
/// When the journal cannot be read or written.
pub fn lose_last(folder: &Path, kind: u8) -> Result<usize> {
    let all = records(folder)?;
    let lost: Vec<&Record> = all.iter().rev().take_while(|record| record.kind == kind).collect();
    for record in &lost {
        fs::OpenOptions::new().write(true).open(&record.segment)?.set_len(record.offset)?;
    }
    Ok(lost.len())
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

/// All valid records of a journal; damaged bytes between them are passed over.
///
/// # Errors
/// When a segment cannot be read.
pub fn records(folder: &Path) -> Result<Vec<Record>> {
    let mut found = Vec::new();
    for segment in segments(folder)? {
        let number = segment.file_stem().and_then(|name| name.to_str()).and_then(|name| name.parse().ok());
        let number: u32 = number.with_context(|| segment.display().to_string())?;
        let bytes = fs::read(&segment)?;
        let mut at = 0;
        while at + HEADER_BYTES <= bytes.len() {
            let Some(end) = valid(number, &bytes, at) else {
                at += 1;
                continue;
            };
            let payload = bytes[at + HEADER_BYTES..end].to_vec();
            found.push(Record { segment: segment.clone(), offset: at as u64, kind: bytes[at + 4], payload });
            at = end;
        }
    }
    Ok(found)
}

/// End of the record that begins at `at`, if one does.
fn valid(segment: u32, bytes: &[u8], at: usize) -> Option<usize> {
    let number = |from: usize| -> Option<u32> {
        Some(u32::from_be_bytes(bytes.get(from..from + 4)?.try_into().ok()?))
    };
    let (len, kind, crc) = (number(at)?, *bytes.get(at + 4)?, number(at + 5)?);
    if kind == 0 || kind > 15 || len > 1 << 20 {
        return None;
    }
    let end = at + HEADER_BYTES + len as usize;
    let payload = bytes.get(at + HEADER_BYTES..end)?;
    let place = [segment.to_be_bytes(), u32::try_from(at).ok()?.to_be_bytes(), len.to_be_bytes()].concat();
    (crc32c(&[&place, &[kind], payload]) == crc).then_some(end)
}

/// CRC-32C (Castagnoli) of these parts one after the other.
fn crc32c(parts: &[&[u8]]) -> u32 {
    let mut crc = !0u32;
    for byte in parts.iter().flat_map(|part| part.iter()) {
        crc ^= u32::from(*byte);
        for _ in 0..8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ 0x82f6_3b78 } else { crc >> 1 };
        }
    }
    !crc
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crc32c_gives_the_published_value() {
        assert_eq!(crc32c(&[b"1234", b"56789"]), 0xe306_9283);
    }
}
