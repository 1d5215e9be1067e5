//! The bytes of one record.

/// Bytes before the payload: `u32 len ‖ u8 kind ‖ u32 crc`.
pub const HEADER_BYTES: usize = 9;
/// Largest payload.
pub const PAYLOAD_MAX_BYTES: usize = 1 << 20;
/// Kinds are 1..=15: small, so that few wrong bytes look like a record.
pub const KIND_MAX: u8 = 15;

/// The first bytes of a record, not yet checked against its payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) len: u32,
    pub(super) kind: u8,
    crc: u32,
}

impl Header {
    /// Reads a header that could be one: kind and length within their bounds.
    pub(super) fn plausible(bytes: &[u8]) -> Option<Self> {
        let &[a, b, c, d, kind, e, f, g, h] = bytes.first_chunk::<HEADER_BYTES>()?;
        let len = u32::from_be_bytes([a, b, c, d]);
        let fits = acceptable(kind, len as usize);
        fits.then_some(Self { len, kind, crc: u32::from_be_bytes([e, f, g, h]) })
    }

    /// Whether `payload` is what this header was written for, at this place.
    pub(super) fn matches(&self, segment: u32, offset: u32, payload: &[u8]) -> bool {
        payload.len() == self.len as usize && checksum(segment, offset, self.kind, payload) == self.crc
    }
}

/// Whether the journal takes such a record.
pub(super) fn acceptable(kind: u8, len_bytes: usize) -> bool {
    (1..=KIND_MAX).contains(&kind) && len_bytes <= PAYLOAD_MAX_BYTES
}

/// Kind and payload that a damaged region claims to begin with, unchecked and perhaps cut short: good for
/// naming what was lost, for nothing else.
pub fn claimed(damaged: &[u8]) -> Option<(u8, &[u8])> {
    let (header, rest) = damaged.split_first_chunk::<HEADER_BYTES>()?;
    let len = Header::plausible(header).map_or(rest.len(), |header| header.len as usize);
    Some((header[4], &rest[..len.min(rest.len())]))
}

fn checksum(segment: u32, offset: u32, kind: u8, payload: &[u8]) -> u32 {
    let mut head = [0; 13];
    head[..4].copy_from_slice(&segment.to_be_bytes());
    head[4..8].copy_from_slice(&offset.to_be_bytes());
    head[8..12].copy_from_slice(&(payload.len() as u32).to_be_bytes());
    head[12] = kind;
    crc32c::crc32c_append(crc32c::crc32c(&head), payload)
}

/// Appends one record, bound for that place, to `out`. The caller has asked [`acceptable`].
pub(super) fn encode(segment: u32, offset: u32, kind: u8, payload: &[u8], out: &mut Vec<u8>) {
    out.reserve(HEADER_BYTES + payload.len());
    out.extend_from_slice(&(payload.len() as u32).to_be_bytes());
    out.push(kind);
    out.extend_from_slice(&checksum(segment, offset, kind, payload).to_be_bytes());
    out.extend_from_slice(payload);
}
