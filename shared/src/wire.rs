//! Frames between nodes (protocol §7): a type byte and a deterministic CBOR body. The length before it is the
//! network's.

use crate::cbor::{self, Malformed, Reader, Written};
use crate::feed::vector::{Line, read_lines};
use crate::id::{CircleId, CityId, DocId, PersonRef, hash};
use crate::limits::{
    CARD_MAX_BYTES, CIRCLES_MAX, ENTRY_BODY_MAX_BYTES, FRAME_MAX_BYTES, HEADER_MAX_BYTES, PRESENCE_MAX_BYTES,
};

/// Version of the protocol this program speaks.
pub const PROTOCOL: u32 = 1;
/// The oldest one that is still spoken.
pub const PROTOCOL_MIN: u32 = 1;
/// Code of *Denied*: the node shares nothing with that key. The same bytes for whoever was never a member, for
/// whoever has left, and whether or not any circle exists (T1).
pub const DENIED_STRANGER: u8 = 1;
/// Code of *Denied*: that city's program is too old.
pub const DENIED_OLD: u8 = 2;
/// Version of the rules of the gate; verdicts are journalled with it.
pub const CORE_VERSION: u32 = 1;
/// Entries of one frame.
const ENTRIES_MAX: u64 = 2_000;

/// A circle as two nodes name it to each other; meaningless to outsiders.
pub type Tag8 = [u8; 8];

/// `H("tag", circle ‖ lower key ‖ higher key)[..8]`.
pub fn tag(circle: &CircleId, a: &CityId, b: &CityId) -> Tag8 {
    let (low, high) = if a < b { (a, b) } else { (b, a) };
    let full = hash("tag", &[&circle.0, &low.0, &high.0]);
    let mut short = [0; 8];
    short.copy_from_slice(&full[..8]);
    short
}

/// An entry between nodes: without circle, with its author in eight bytes, or in full at the start of a feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WireEntry {
    pub author: Vec<u8>,
    pub header: Vec<u8>,
    pub signature: [u8; 64],
    pub body: Vec<u8>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedHeader {
    pub header: Vec<u8>,
    pub signature: [u8; 64],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    Hello {
        protocol: u32,
        core_version: u32,
        features: u32,
        /// Grows with every start of the sender.
        incarnation: u64,
        card_counter: u64,
        circles: Vec<(Tag8, [u8; 8])>,
    },
    Vector {
        tag: Tag8,
        lines: Vec<Line>,
        state_root: [u8; 16],
        documents: u64,
        /// Counter of the city card, in home circles.
        card_counter: u64,
    },
    Entries {
        tag: Tag8,
        entries: Vec<WireEntry>,
    },
    /// Something is missing here: send your vector.
    Need {
        tag: Tag8,
    },
    /// Stored. `answers_vector`: lines not named are as in the vector just received.
    Ack {
        tag: Tag8,
        answers_vector: bool,
        lines: Vec<Line>,
    },
    Fork {
        tag: Tag8,
        one: SignedHeader,
        other: SignedHeader,
    },
    Presence {
        tag: Tag8,
        doc: DocId,
        person: PersonRef,
        session: u64,
        payload: Option<Vec<u8>>,
    },
    /// The last word of a node that will not speak with this city; see [`DENIED_STRANGER`].
    Denied {
        code: u8,
    },
    Bye {
        code: u8,
    },
    Card {
        record: Vec<u8>,
    },
    /// A type of a newer program: ignored.
    Unknown {
        kind: u8,
    },
}

impl Message {
    /// Type byte and body.
    pub fn encode(&self) -> Vec<u8> {
        let body = cbor::encode(|e| self.write(e));
        let mut frame = Vec::with_capacity(body.len() + 1);
        frame.push(self.kind());
        frame.extend_from_slice(&body);
        frame
    }

    fn kind(&self) -> u8 {
        match self {
            Self::Hello { .. } => 1,
            Self::Vector { .. } => 2,
            Self::Entries { .. } => 3,
            Self::Need { .. } => 4,
            Self::Ack { .. } => 6,
            Self::Fork { .. } => 7,
            Self::Presence { .. } => 11,
            Self::Denied { .. } => 12,
            Self::Bye { .. } => 13,
            Self::Card { .. } => 14,
            Self::Unknown { kind } => *kind,
        }
    }

    fn write(&self, e: &mut minicbor::Encoder<&mut Vec<u8>>) -> Written {
        match self {
            Self::Hello { protocol, core_version, features, incarnation, card_counter, circles } => {
                e.array(6)?.u32(*protocol)?.u32(*core_version)?.u32(*features)?;
                e.u64(*incarnation)?.u64(*card_counter)?.array(circles.len() as u64)?;
                for (tag, digest) in circles {
                    e.array(2)?.bytes(tag)?.bytes(digest)?;
                }
            }
            Self::Vector { tag, lines, state_root, documents, card_counter } => {
                e.array(5)?.bytes(tag)?;
                write_lines(e, lines)?;
                e.bytes(state_root)?.u64(*documents)?.u64(*card_counter)?;
            }
            Self::Entries { tag, entries } => {
                e.array(2)?.bytes(tag)?.array(entries.len() as u64)?;
                for entry in entries {
                    e.array(4)?.bytes(&entry.author)?.bytes(&entry.header)?;
                    e.bytes(&entry.signature)?.bytes(&entry.body)?;
                }
            }
            Self::Need { tag } => {
                e.array(1)?.bytes(tag)?;
            }
            Self::Ack { tag, answers_vector, lines } => {
                e.array(3)?.bytes(tag)?.bool(*answers_vector)?;
                write_lines(e, lines)?;
            }
            Self::Fork { tag, one, other } => {
                e.array(5)?.bytes(tag)?.bytes(&one.header)?.bytes(&one.signature)?;
                e.bytes(&other.header)?.bytes(&other.signature)?;
            }
            Self::Presence { tag, doc, person, session, payload } => {
                e.array(5)?.bytes(tag)?.bytes(&doc.0)?.bytes(&person.0)?.u64(*session)?;
                match payload {
                    None => e.null()?,
                    Some(payload) => e.bytes(payload)?,
                };
            }
            Self::Denied { code } | Self::Bye { code } => {
                e.array(1)?.u8(*code)?;
            }
            Self::Card { record } => {
                e.array(1)?.bytes(record)?;
            }
            Self::Unknown { .. } => {}
        }
        Ok(())
    }

    /// Read a frame; every form but the one that `encode` writes is refused (I1, I2).
    pub fn decode(frame: &[u8]) -> Result<Self, Malformed> {
        let Some((&kind, body)) = frame.split_first() else { return Err(Malformed("frame")) };
        if frame.len() > FRAME_MAX_BYTES {
            return Err(Malformed("frame"));
        }
        let mut r = Reader::new(body, "frame");
        let Some(message) = Self::read(kind, &mut r)? else { return Ok(Self::Unknown { kind }) };
        r.end()?;
        cbor::canonical(frame, &message.encode(), "frame")?;
        Ok(message)
    }

    fn read(kind: u8, r: &mut Reader<'_>) -> Result<Option<Self>, Malformed> {
        Ok(Some(match kind {
            1 => {
                r.array_of(6)?;
                let (protocol, core_version, features) = (r.u32()?, r.u32()?, r.u32()?);
                let (incarnation, card_counter) = (r.u64()?, r.u64()?);
                let len = r.array(CIRCLES_MAX as u64)?;
                let mut circles = Vec::new();
                for _ in 0..len {
                    r.array_of(2)?;
                    circles.push((r.fixed()?, r.fixed()?));
                }
                Self::Hello { protocol, core_version, features, incarnation, card_counter, circles }
            }
            2 => {
                r.array_of(5)?;
                Self::Vector {
                    tag: r.fixed()?,
                    lines: read_lines(r)?,
                    state_root: r.fixed()?,
                    documents: r.u64()?,
                    card_counter: r.u64()?,
                }
            }
            3 => {
                r.array_of(2)?;
                let tag = r.fixed()?;
                let len = r.array(ENTRIES_MAX)?;
                let mut entries = Vec::new();
                for _ in 0..len {
                    r.array_of(4)?;
                    entries.push(WireEntry {
                        author: r.bytes(32)?.to_vec(),
                        header: r.bytes(HEADER_MAX_BYTES)?.to_vec(),
                        signature: r.fixed()?,
                        body: r.bytes(ENTRY_BODY_MAX_BYTES)?.to_vec(),
                    });
                }
                Self::Entries { tag, entries }
            }
            4 => {
                r.array_of(1)?;
                Self::Need { tag: r.fixed()? }
            }
            6 => {
                r.array_of(3)?;
                Self::Ack { tag: r.fixed()?, answers_vector: r.bool()?, lines: read_lines(r)? }
            }
            7 => {
                r.array_of(5)?;
                let tag = r.fixed()?;
                let one = SignedHeader { header: r.bytes(HEADER_MAX_BYTES)?.to_vec(), signature: r.fixed()? };
                let other =
                    SignedHeader { header: r.bytes(HEADER_MAX_BYTES)?.to_vec(), signature: r.fixed()? };
                Self::Fork { tag, one, other }
            }
            11 => {
                r.array_of(5)?;
                Self::Presence {
                    tag: r.fixed()?,
                    doc: DocId(r.fixed()?),
                    person: PersonRef(r.fixed()?),
                    session: r.u64()?,
                    payload: r.optional(|r| Ok(r.bytes(PRESENCE_MAX_BYTES)?.to_vec()))?,
                }
            }
            12 | 13 => {
                r.array_of(1)?;
                let code = r.u8()?;
                if kind == 12 { Self::Denied { code } } else { Self::Bye { code } }
            }
            14 => {
                r.array_of(1)?;
                Self::Card { record: r.bytes(CARD_MAX_BYTES)?.to_vec() }
            }
            _ => return Ok(None),
        }))
    }
}

fn write_lines(e: &mut minicbor::Encoder<&mut Vec<u8>>, lines: &[Line]) -> Written {
    e.array(lines.len() as u64)?;
    for line in lines {
        line.write(e)?;
    }
    Ok(())
}

/// What is asked and answered on `/alianza/join/1`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Join {
    /// Who holds the secret? `proof` is by the invitation's key over both cities. Without an Accept it asks what
    /// one would accept; with one it delivers it, and asks how it stands.
    Ask {
        invite_pk: CityId,
        proof: [u8; 64],
        accept: Option<Vec<u8>>,
    },
    /// What the invitation is for; nothing else before Admit.
    Offer {
        circle: CircleId,
        invite: [u8; 32],
        charter_hash: [u8; 32],
        policy: u8,
        members: Vec<String>,
    },
    /// The Accept is stored and waits for a person to admit it.
    Waiting,
    Admitted,
    /// The same bytes for everyone who does not hold a live secret (I43).
    Refused {
        code: u8,
    },
}

/// Domain of the proof in [`Join::Ask`].
pub const JOIN_PROOF_DOMAIN: &[u8] = b"alianza v1 join\0";

impl Join {
    pub const REFUSED_UNKNOWN: u8 = 1;
    pub const REFUSED_EXPIRED: u8 = 2;
    pub const REFUSED_USED: u8 = 3;
    pub const REFUSED_REVOKED: u8 = 4;
    pub const REFUSED_FULL: u8 = 5;
    pub const REFUSED_ACCEPT: u8 = 6;

    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| {
            match self {
                Self::Ask { invite_pk, proof, accept } => {
                    e.array(4)?.u8(1)?.bytes(&invite_pk.0)?.bytes(proof)?;
                    match accept {
                        None => e.null()?,
                        Some(accept) => e.bytes(accept)?,
                    };
                }
                Self::Offer { circle, invite, charter_hash, policy, members } => {
                    e.array(6)?.u8(2)?.bytes(&circle.0)?.bytes(invite)?.bytes(charter_hash)?.u8(*policy)?;
                    e.array(members.len() as u64)?;
                    for member in members {
                        e.str(member)?;
                    }
                }
                Self::Waiting => {
                    e.array(1)?.u8(3)?;
                }
                Self::Admitted => {
                    e.array(1)?.u8(4)?;
                }
                Self::Refused { code } => {
                    e.array(2)?.u8(5)?.u8(*code)?;
                }
            }
            Ok(())
        })
    }

    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        const WHAT: &str = "join message";
        let mut r = Reader::new(bytes, WHAT);
        let len = r.array(8)?;
        let join = match (r.u8()?, len) {
            (1, 4) => Self::Ask {
                invite_pk: CityId(r.fixed()?),
                proof: r.fixed()?,
                accept: r.optional(|r| Ok(r.bytes(16 * 1024)?.to_vec()))?,
            },
            (2, 6) => {
                let (circle, invite) = (CircleId(r.fixed()?), r.fixed()?);
                let (charter_hash, policy) = (r.fixed()?, r.u8()?);
                let len = r.array(256)?;
                let members = (0..len).map(|_| r.text(200)).collect::<Result<Vec<_>, _>>()?;
                Self::Offer { circle, invite, charter_hash, policy, members }
            }
            (3, 1) => Self::Waiting,
            (4, 1) => Self::Admitted,
            (5, 2) => Self::Refused { code: r.u8()? },
            _ => return Err(Malformed(WHAT)),
        };
        r.end()?;
        cbor::canonical(bytes, &join.encode(), WHAT)?;
        Ok(join)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_have_one_form() {
        let line = Line { city: crate::id::City8([1; 8]), epoch: 0, count: 3, tip8: [2; 8] };
        let message = Message::Vector {
            tag: [9; 8],
            lines: vec![line],
            state_root: [3; 16],
            documents: 7,
            card_counter: 0,
        };
        let frame = message.encode();
        assert_eq!(Message::decode(&frame), Ok(message));
        for cut in 0..frame.len() {
            assert!(Message::decode(&frame[..cut]).is_err(), "I1: cut at {cut}");
        }
        assert_eq!(Message::decode(&[99, 1, 2]), Ok(Message::Unknown { kind: 99 }));
    }

    /// I41: an idle reconnect costs at most 96 bytes and 24 for each shared circle.
    #[test]
    fn hello_stays_small() {
        for circles in 0..40 {
            let hello = Message::Hello {
                protocol: PROTOCOL,
                core_version: CORE_VERSION,
                features: u32::MAX,
                incarnation: u64::MAX,
                card_counter: u64::MAX,
                circles: vec![([1; 8], [2; 8]); circles],
            };
            assert!(hello.encode().len() + 4 <= 96 + 24 * circles);
        }
    }
}
