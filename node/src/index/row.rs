//! Keys and rows as bytes. Nothing here touches the disk.

use super::{IndexError, Key};

/// Version of every row; another one means that the whole index is derived again.
pub(super) const VERSION: u8 = 1;
/// Larger values are stored in pieces. A page of the store takes up to 17 rows, and one of more than 128 KiB
/// goes to a file of its own that is never synced, and without which the store falls back to an older state
/// without a word: with pieces of this size there are no such pages.
pub(super) const PIECE_MAX_BYTES: usize = 4 * 1024;
/// Version and checksum.
const HEAD_BYTES: usize = 5;

const WHOLE: u8 = 0;
const IN_PIECES: u8 = 1;

/// First byte of a key: the family that it belongs to.
pub(super) mod family {
    /// Those whose rows are counted: all but the large ones, which can be missing or older without harm
    /// (snapshots) or are named by their own rows (pieces).
    pub(in super::super) const COUNTED: [u8; 6] = [DOCUMENT, ENTRY, ITEM, META, PENDING, WATERMARK];

    pub(in super::super) const DOCUMENT: u8 = b'd';
    pub(in super::super) const ENTRY: u8 = b'e';
    pub(in super::super) const ITEM: u8 = b'i';
    pub(in super::super) const META: u8 = b'm';
    pub(in super::super) const PENDING: u8 = b'p';
    pub(in super::super) const PIECE: u8 = b'c';
    pub(in super::super) const SNAPSHOT: u8 = b's';
    pub(in super::super) const SUM: u8 = b'n';
    pub(in super::super) const VERSION: u8 = b'v';
    pub(in super::super) const WATERMARK: u8 = b'w';
}

/// Bytes of a key: its family, then its parts with numbers big-endian, so that rows sort by ordinal.
pub(super) fn key_bytes(key: &Key) -> Vec<u8> {
    match key {
        Key::Entry { circle, ordinal } => joined(family::ENTRY, &[circle, &ordinal.to_be_bytes()]),
        Key::Document { circle, doc } => joined(family::DOCUMENT, &[circle, doc]),
        Key::Item { doc, ordinal } => joined(family::ITEM, &[doc, &ordinal.to_be_bytes()]),
        Key::Snapshot { doc } => joined(family::SNAPSHOT, &[doc]),
        Key::Pending { circle, ordinal } => joined(family::PENDING, &[circle, &ordinal.to_be_bytes()]),
        Key::Meta { name } => joined(family::META, &[name.as_bytes()]),
    }
}

pub(super) fn joined(family: u8, parts: &[&[u8]]) -> Vec<u8> {
    let mut out = vec![family];
    parts.iter().for_each(|part| out.extend_from_slice(part));
    out
}

/// Key of one piece. Pieces of an older value of the same key have another generation.
pub(super) fn piece_key(key: &[u8], pieces: &Pieces, number: u32) -> Vec<u8> {
    // Keys differ in length (names): the length in front keeps one key's pieces from being another's.
    let len = (key.len() as u32).to_be_bytes();
    joined(family::PIECE, &[&len, key, &pieces.generation.to_be_bytes(), &number.to_be_bytes()])
}

/// A value that is stored in pieces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pieces {
    pub(super) generation: u64,
    pub(super) count: u32,
}

/// What a row holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Row<'a> {
    Whole(&'a [u8]),
    InPieces(Pieces),
}

impl Row<'_> {
    /// `u8 version ‖ u32 crc32c(key ‖ rest) ‖ rest`, rest = `0 ‖ value` or `1 ‖ u64 generation ‖ u32 count`.
    pub(super) fn encode(&self, key: &[u8]) -> Vec<u8> {
        let mut out = vec![VERSION, 0, 0, 0, 0];
        match self {
            Self::Whole(value) => {
                out.reserve(1 + value.len());
                out.push(WHOLE);
                out.extend_from_slice(value);
            }
            Self::InPieces(pieces) => {
                out.push(IN_PIECES);
                out.extend_from_slice(&pieces.generation.to_be_bytes());
                out.extend_from_slice(&pieces.count.to_be_bytes());
            }
        }
        let crc = checksum(key, &out[HEAD_BYTES..]);
        out[1..HEAD_BYTES].copy_from_slice(&crc.to_be_bytes());
        out
    }
}

/// Opens a row, refusing one of another version, another key, or with a wrong checksum.
pub(super) fn decode<'a>(key: &[u8], row: &'a [u8]) -> Result<Row<'a>, IndexError> {
    let damaged = || IndexError::Damaged { what: describe(key) };
    let (&[version, a, b, c, d], rest) = row.split_first_chunk::<HEAD_BYTES>().ok_or_else(damaged)?;
    if version != VERSION || u32::from_be_bytes([a, b, c, d]) != checksum(key, rest) {
        return Err(damaged());
    }
    match rest.split_first() {
        Some((&WHOLE, value)) => Ok(Row::Whole(value)),
        Some((&IN_PIECES, rest)) => {
            let (generation, count) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
            let count = u32::from_be_bytes(count.try_into().map_err(|_| damaged())?);
            Ok(Row::InPieces(Pieces { generation: u64::from_be_bytes(*generation), count }))
        }
        _ => Err(damaged()),
    }
}

fn checksum(key: &[u8], rest: &[u8]) -> u32 {
    crc32c::crc32c_append(crc32c::crc32c(key), rest)
}

/// A key in words for an error, without its contents.
pub(super) fn describe(key: &[u8]) -> String {
    let family = match key.first() {
        Some(&family::DOCUMENT) => "document",
        Some(&family::ENTRY) => "entry",
        Some(&family::ITEM) => "item",
        Some(&family::META) => "meta",
        Some(&family::PENDING) => "pending",
        Some(&family::PIECE) => "piece",
        Some(&family::SNAPSHOT) => "snapshot",
        Some(&family::WATERMARK) => "watermark",
        _ => "row",
    };
    format!("{family} {}", data_encoding::HEXLOWER.encode(key.get(1..).unwrap_or_default()))
}

/// Number and sum of all rows of the counted families, and number of batches that made them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Sum {
    pub(super) rows: u64,
    pub(super) checksums: u64,
    pub(super) batches: u64,
}

impl Sum {
    fn counts(key: &[u8]) -> bool {
        key.first().is_some_and(|family| family::COUNTED.contains(family))
    }

    pub(super) fn add(&mut self, key: &[u8], row: &[u8]) {
        if Self::counts(key) {
            self.rows = self.rows.wrapping_add(1);
            self.checksums = self.checksums.wrapping_add(spread(row));
        }
    }

    pub(super) fn take(&mut self, key: &[u8], row: &[u8]) {
        if Self::counts(key) {
            self.rows = self.rows.wrapping_sub(1);
            self.checksums = self.checksums.wrapping_sub(spread(row));
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        [self.rows, self.checksums, self.batches].map(u64::to_be_bytes).concat()
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, IndexError> {
        let damaged = || IndexError::Damaged { what: "sum".into() };
        let (rows, rest) = bytes.split_first_chunk::<8>().ok_or_else(damaged)?;
        let (checksums, rest) = rest.split_first_chunk::<8>().ok_or_else(damaged)?;
        let batches = rest.try_into().map_err(|_| damaged())?;
        let [rows, checksums, batches] = [*rows, *checksums, batches].map(u64::from_be_bytes);
        Ok(Self { rows, checksums, batches })
    }
}

/// The row's own checksum, which covers its key, spread over 64 bits so that sums do not cancel easily.
fn spread(row: &[u8]) -> u64 {
    let mut bytes = [0; 8];
    row.iter().skip(1).take(4).zip(&mut bytes).for_each(|(from, to)| *to = *from);
    let mut mixed = u64::from_le_bytes(bytes).wrapping_add(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}
