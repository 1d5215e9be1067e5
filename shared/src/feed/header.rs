//! The signed header of an entry and the entry as it is stored.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use minicbor::Encoder;

use crate::cbor::{self, Malformed, Reader, Written};
use crate::id::{CircleId, City8, CityId, EntryHash, Place, hash};
use crate::limits::{ENTRY_BODY_MAX_BYTES, GOV_MAX, HEADER_MAX_BYTES, SEEN_MAX};

/// Version of the entry format this program writes.
pub const ENTRY_VERSION: u8 = 1;

/// What a signature covers, before the header bytes.
const SIGNATURE_DOMAIN: &[u8] = b"alianza v1 entry\0";

/// What the body of an entry is. Unknown kinds are stored and passed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryKind {
    Edit,
    Act,
    Sign,
    Checkpoint,
    Reset,
    Erase,
    Unknown(u8),
}

impl EntryKind {
    pub fn code(self) -> u8 {
        match self {
            Self::Edit => 1,
            Self::Act => 2,
            Self::Sign => 3,
            Self::Checkpoint => 4,
            Self::Reset => 5,
            Self::Erase => 6,
            Self::Unknown(code) => code,
        }
    }

    pub fn from_code(code: u8) -> Self {
        match code {
            1 => Self::Edit,
            2 => Self::Act,
            3 => Self::Sign,
            4 => Self::Checkpoint,
            5 => Self::Reset,
            6 => Self::Erase,
            other => Self::Unknown(other),
        }
    }
}

/// A feed of another city that had advanced since the author's previous entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seen {
    pub city: City8,
    pub epoch: u32,
    pub seq: u64,
    /// First bytes of the hash of that entry.
    pub tip8: [u8; 8],
}

impl Seen {
    pub fn place(&self) -> Place {
        Place { city: self.city, epoch: self.epoch, seq: self.seq }
    }
}

/// What is signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Header {
    pub v: u8,
    /// Zeros in the founding entry, whose own hash is the circle's name.
    pub circle: CircleId,
    pub author: CityId,
    /// Which of the author's keys signed: 0 is the first one.
    pub key_ix: u16,
    pub epoch: u32,
    pub seq: u64,
    /// Hash of the entry before; zeros at seq 0.
    pub prev: EntryHash,
    /// Heads of the acts that the author had seen, sorted.
    pub gov: Vec<EntryHash>,
    /// Feeds advanced since the author's previous entry, sorted.
    pub seen: Vec<Seen>,
    /// Shown, never decided by.
    pub time_ms: u64,
    pub kind: EntryKind,
    pub body_len: u32,
    pub body_hash: [u8; 32],
}

impl Header {
    fn write(&self, e: &mut Encoder<&mut Vec<u8>>, elided: bool) -> Written {
        e.array(if elided { 11 } else { 13 })?;
        e.u8(self.v)?;
        if !elided {
            e.bytes(&self.circle.0)?.bytes(&self.author.0)?;
        }
        e.u16(self.key_ix)?.u32(self.epoch)?.u64(self.seq)?.bytes(&self.prev.0)?;
        e.array(self.gov.len() as u64)?;
        for act in &self.gov {
            e.bytes(&act.0)?;
        }
        e.array(self.seen.len() as u64)?;
        for seen in &self.seen {
            e.array(4)?.bytes(&seen.city.0)?.u32(seen.epoch)?.u64(seen.seq)?.bytes(&seen.tip8)?;
        }
        e.u64(self.time_ms)?.u8(self.kind.code())?.u32(self.body_len)?.bytes(&self.body_hash)?;
        Ok(())
    }

    /// The bytes that are hashed and signed.
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| self.write(e, false))
    }

    /// The form between nodes, without circle and author.
    pub fn encode_elided(&self) -> Vec<u8> {
        cbor::encode(|e| self.write(e, true))
    }

    fn read(r: &mut Reader<'_>, elided: Option<(CircleId, CityId)>) -> Result<Self, Malformed> {
        r.array_of(if elided.is_some() { 11 } else { 13 })?;
        let v = r.u8()?;
        let (circle, author) = match elided {
            Some(known) => known,
            None => (CircleId(r.fixed()?), CityId(r.fixed()?)),
        };
        let key_ix = r.u16()?;
        let epoch = r.u32()?;
        let seq = r.u64()?;
        let prev = EntryHash(r.fixed()?);
        let gov_len = r.array(GOV_MAX as u64)?;
        let gov = (0..gov_len).map(|_| Ok(EntryHash(r.fixed()?))).collect::<Result<Vec<_>, Malformed>>()?;
        let seen_len = r.array(SEEN_MAX as u64)?;
        let mut seen = Vec::with_capacity(seen_len as usize);
        for _ in 0..seen_len {
            r.array_of(4)?;
            seen.push(Seen { city: City8(r.fixed()?), epoch: r.u32()?, seq: r.u64()?, tip8: r.fixed()? });
        }
        let time_ms = r.u64()?;
        let kind = EntryKind::from_code(r.u8()?);
        let body_len = r.u32()?;
        let body_hash = r.fixed()?;
        let header = Self {
            v,
            circle,
            author,
            key_ix,
            epoch,
            seq,
            prev,
            gov,
            seen,
            time_ms,
            kind,
            body_len,
            body_hash,
        };
        header.check_form()?;
        Ok(header)
    }

    /// Order and duplicates, which the encoding alone does not settle.
    fn check_form(&self) -> Result<(), Malformed> {
        let gov_sorted = self.gov.windows(2).all(|pair| pair[0] < pair[1]);
        let seen_sorted =
            self.seen.windows(2).all(|pair| (pair[0].city, pair[0].epoch) < (pair[1].city, pair[1].epoch));
        let first_has_no_prev = (self.seq == 0) == (self.prev.0 == [0; 32]);
        let body_fits = self.body_len as usize <= ENTRY_BODY_MAX_BYTES;
        if gov_sorted && seen_sorted && first_has_no_prev && body_fits && self.v != 0 {
            Ok(())
        } else {
            Err(Malformed("header"))
        }
    }

    /// The one accepted form of a header (I1).
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        if bytes.len() > HEADER_MAX_BYTES {
            return Err(Malformed("header"));
        }
        let mut r = Reader::new(bytes, "header");
        let header = Self::read(&mut r, None)?;
        r.end()?;
        cbor::canonical(bytes, &header.encode(), "header")?;
        Ok(header)
    }

    /// The form between nodes; circle and author are known from the frame.
    pub fn decode_elided(bytes: &[u8], circle: CircleId, author: CityId) -> Result<Self, Malformed> {
        if bytes.len() > HEADER_MAX_BYTES {
            return Err(Malformed("header"));
        }
        let mut r = Reader::new(bytes, "header");
        let header = Self::read(&mut r, Some((circle, author)))?;
        r.end()?;
        cbor::canonical(bytes, &header.encode_elided(), "header")?;
        Ok(header)
    }

    pub fn place(&self) -> Place {
        Place { city: self.author.city8(), epoch: self.epoch, seq: self.seq }
    }
}

/// `H("entry", header bytes)`.
pub fn entry_hash(header_bytes: &[u8]) -> EntryHash {
    EntryHash(hash("entry", &[header_bytes]))
}

/// An entry as it is stored: `[header bytes, signature, body bytes]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub header: Header,
    pub header_bytes: Vec<u8>,
    pub hash: EntryHash,
    pub signature: [u8; 64],
    pub body: Vec<u8>,
}

impl Entry {
    /// Sign a header over its body.
    pub fn sign(key: &SigningKey, header: Header, body: Vec<u8>) -> Self {
        let header_bytes = header.encode();
        let signature = key.sign(&[SIGNATURE_DOMAIN, &header_bytes].concat()).to_bytes();
        Self { hash: entry_hash(&header_bytes), header, header_bytes, signature, body }
    }

    /// From parts received; neither signature nor body is checked here.
    pub fn assemble(header: Header, signature: [u8; 64], body: Vec<u8>) -> Self {
        let header_bytes = header.encode();
        Self { hash: entry_hash(&header_bytes), header, header_bytes, signature, body }
    }

    /// The name of the circle that this entry belongs to: its own hash if it founds one.
    pub fn circle(&self) -> CircleId {
        if self.is_founding() { CircleId(hash("circle", &[&self.header_bytes])) } else { self.header.circle }
    }

    pub fn is_founding(&self) -> bool {
        self.header.circle.0 == [0; 32]
    }

    /// `verify_strict` with the author's first key over the exact header bytes.
    pub fn signature_is_valid(&self) -> bool {
        verify_header(&self.header.author, &self.header_bytes, &self.signature)
    }

    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| {
            e.array(3)?.bytes(&self.header_bytes)?.bytes(&self.signature)?.bytes(&self.body)?;
            Ok(())
        })
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes, "entry");
        r.array_of(3)?;
        let header_bytes = r.bytes(HEADER_MAX_BYTES)?.to_vec();
        let signature = r.fixed()?;
        let body = r.bytes(ENTRY_BODY_MAX_BYTES)?.to_vec();
        r.end()?;
        let header = Header::decode(&header_bytes)?;
        let entry = Self { hash: entry_hash(&header_bytes), header, header_bytes, signature, body };
        cbor::canonical(bytes, &entry.encode(), "entry")?;
        Ok(entry)
    }
}

/// Check a header's signature with a city's first key.
pub fn verify_header(author: &CityId, header_bytes: &[u8], signature: &[u8; 64]) -> bool {
    verify(author, SIGNATURE_DOMAIN, header_bytes, signature)
}

/// Check a signature over a domain string and bytes.
pub fn verify(key: &CityId, domain: &[u8], bytes: &[u8], signature: &[u8; 64]) -> bool {
    let Ok(key) = VerifyingKey::from_bytes(&key.0) else { return false };
    key.verify_strict(&[domain, bytes].concat(), &Signature::from_bytes(signature)).is_ok()
}

/// Sign a domain string and bytes.
pub fn sign(key: &SigningKey, domain: &[u8], bytes: &[u8]) -> [u8; 64] {
    key.sign(&[domain, bytes].concat()).to_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header() -> Header {
        Header {
            v: 1,
            circle: CircleId([1; 32]),
            author: CityId(SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes()),
            key_ix: 0,
            epoch: 0,
            seq: 3,
            prev: EntryHash([2; 32]),
            gov: vec![EntryHash([3; 32])],
            seen: vec![Seen { city: City8([4; 8]), epoch: 0, seq: 9, tip8: [5; 8] }],
            time_ms: 1_700_000_000_000,
            kind: EntryKind::Edit,
            body_len: 4,
            body_hash: [6; 32],
        }
    }

    /// I1: decode∘encode is the identity, any other form is refused; I3: every byte counts.
    #[test]
    fn every_changed_byte_of_a_header_is_noticed() {
        let key = SigningKey::from_bytes(&[7; 32]);
        let entry = Entry::sign(&key, header(), vec![1, 2, 3, 4]);
        assert!(entry.signature_is_valid());
        assert_eq!(Entry::decode(&entry.encode()), Ok(entry.clone()));
        for ix in 0..entry.header_bytes.len() {
            let mut bytes = entry.header_bytes.clone();
            bytes[ix] ^= 1;
            assert!(!verify_header(&entry.header.author, &bytes, &entry.signature), "byte {ix}");
        }
        let mut long = entry.encode();
        long.push(0);
        assert!(Entry::decode(&long).is_err(), "trailing bytes");
    }

    #[test]
    fn the_elided_form_restores_the_same_bytes() {
        let header = header();
        let again = Header::decode_elided(&header.encode_elided(), header.circle, header.author).unwrap();
        assert_eq!(again.encode(), header.encode());
        assert!(header.encode_elided().len() < 200, "{}", header.encode_elided().len());
    }

    #[test]
    fn unsorted_or_repeated_parents_are_refused() {
        let mut header = header();
        header.gov = vec![EntryHash([3; 32]), EntryHash([3; 32])];
        assert!(Header::decode(&header.encode()).is_err());
    }
}
