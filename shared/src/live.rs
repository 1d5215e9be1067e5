//! Frames between the node and a browser tab (or any other client of `/api/live`).
//!
//! Each message is one deterministic CBOR array: definite lengths, shortest integers, nothing after it. Its first
//! element is its type. What does not encode again to the same bytes is refused. `node/docs/LIVE.md` tells
//! the conversation; this is its alphabet.

use minicbor::Encoder;

use crate::id::{ChangeHash, CircleId, City8, CityId, DocId, PersonRef};
use crate::limits::{
    CHANGE_MAX_BYTES, ENTRY_MAX_CHANGES, LIVE_MESSAGE_MAX_BYTES, MEMBERS_MAX, PRESENCE_MAX_BYTES,
};

mod codec;

/// What this codec speaks; the tab says it in `Hello`, the node in `Welcome`.
pub const LIVE_VERSION: u64 = 1;
/// Heads a tab may name when it opens a document.
pub const HEADS_MAX: usize = 1_024;
/// One message from the node: a snapshot can be much larger than anything a tab may send.
pub const LIVE_OUT_MAX_BYTES: usize = 64 << 20;
/// Changes of one message from the node (`Opened` may carry a whole history).
pub const LIVE_OUT_MAX_CHANGES: usize = 1 << 20;
/// Texts of the node: codes, names of kinds, sentences.
pub const LIVE_TEXT_MAX_BYTES: usize = 4 * 1024;
/// Integers stay exact in JavaScript.
pub const LIVE_UINT_MAX: u64 = (1 << 53) - 1;

/// Tab → node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveIn {
    /// First message. Type 1.
    Hello { version: u64 },
    /// Type 2. `heads`: what the tab holds, may be empty. `presence`: the person sees this document now.
    Open { doc: DocId, heads: Vec<ChangeHash>, presence: bool },
    /// Type 3.
    Close { doc: DocId },
    /// Type 4. Raw uncompressed Automerge change chunks, in causal order. `reference` comes back in `Stored`
    /// or `Refused`.
    Changes { reference: u64, doc: DocId, changes: Vec<Vec<u8>> },
    /// Type 6. Caret and the like, never stored.
    Presence { doc: DocId, payload: Vec<u8> },
    /// Type 7.
    Ping,
}

/// Node → tab.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LiveOut {
    /// Answer to `Hello`. Type 128. Actor ids of this tab are `city8` and 8 random bytes.
    Welcome { version: u64, city: CityId, city8: City8, person: PersonRef, session: u64, incarnation: u64 },
    /// Answer to `Open`. Type 129.
    Opened {
        doc: DocId,
        circle: CircleId,
        kind: String,
        owner: Option<CityId>,
        writable: bool,
        /// An Automerge document chunk that replaces what the tab holds; then `changes` are applied.
        snapshot: Option<Vec<u8>>,
        changes: Vec<Vec<u8>>,
        heads: Vec<ChangeHash>,
    },
    /// Changes by someone else, or by another tab of the same person. Type 130.
    Changes { doc: DocId, changes: Vec<Vec<u8>>, city8: City8, person: PersonRef },
    /// Everything of that reference is durable on the node. Type 131.
    Stored { reference: u64 },
    /// Which cities have everything of this document that this node has. Type 132.
    Delivery { doc: DocId, sealed: bool, have: Vec<City8>, lack: Vec<City8> },
    /// Nothing of that reference was stored. Type 133.
    Refused { reference: Option<u64>, doc: Option<DocId>, code: String, message: String },
    /// Presence of another session; no payload: it left. Type 134.
    Presence { doc: DocId, city8: City8, person: PersonRef, session: u64, payload: Option<Vec<u8>> },
    /// Something changed that is read over HTTP: `status`, `alliances`, `people`, `documents`. Type 135.
    Changed { what: String },
    /// Hand over what is unsent, drop the local copy, open again. Type 136.
    Rebuild { doc: DocId },
    /// Type 137.
    Pong,
}

/// Why bytes are not a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LiveError {
    #[error("a message of more than {limit_bytes} bytes")]
    TooLarge { limit_bytes: usize },
    #[error("a change of more than {CHANGE_MAX_BYTES} bytes")]
    ChangeTooLarge,
    #[error("{what}: more than allowed")]
    TooMany { what: &'static str },
    #[error("{what}: not as this message is written")]
    Malformed { what: &'static str },
    #[error("message type {0} is not known")]
    UnknownType(u64),
    #[error("not in the one form in which this message is written")]
    NotCanonical,
}

impl LiveError {
    /// The code of the `Refused` message that answers it.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooLarge { .. } | Self::TooMany { .. } => "too_large",
            // As the gate would say if it came so far.
            Self::ChangeTooLarge => "gate.G1.size",
            Self::Malformed { .. } | Self::UnknownType(_) | Self::NotCanonical => "live.malformed",
        }
    }
}

impl LiveIn {
    /// The bytes of this message. Infallible; caps are checked where it is read.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(|e| match self {
            Self::Hello { version } => {
                e.array(2)?.u8(1)?.u64(*version)?;
                Ok(())
            }
            Self::Open { doc, heads, presence } => {
                e.array(4)?.u8(2)?.bytes(&doc.0)?;
                codec::put_ids(e, heads.iter().map(|head| head.0.as_slice()))?;
                e.bool(*presence)?;
                Ok(())
            }
            Self::Close { doc } => {
                e.array(2)?.u8(3)?.bytes(&doc.0)?;
                Ok(())
            }
            Self::Changes { reference, doc, changes } => {
                e.array(4)?.u8(4)?.u64(*reference)?.bytes(&doc.0)?;
                codec::put_ids(e, changes.iter().map(Vec::as_slice))
            }
            Self::Presence { doc, payload } => {
                e.array(3)?.u8(6)?.bytes(&doc.0)?.bytes(payload)?;
                Ok(())
            }
            Self::Ping => {
                e.array(1)?.u8(7)?;
                Ok(())
            }
        })
    }

    /// What a message that could not be read would have changed, so that whoever sent it learns which one was
    /// refused: `reference` and document of *Changes*, if it begins as one.
    pub fn reference(bytes: &[u8]) -> Option<(u64, DocId)> {
        let mut reader = codec::Reader::new(bytes);
        match reader.open() {
            Ok((4, 4)) => Some((reader.uint("ref").ok()?, DocId(reader.id("doc").ok()?))),
            _ => None,
        }
    }

    /// Reads a message of a tab. Bounds: [`LIVE_MESSAGE_MAX_BYTES`] in all, [`HEADS_MAX`],
    /// [`ENTRY_MAX_CHANGES`] of [`CHANGE_MAX_BYTES`], [`PRESENCE_MAX_BYTES`]. Errors: see [`LiveError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LiveError> {
        if bytes.len() > LIVE_MESSAGE_MAX_BYTES {
            return Err(LiveError::TooLarge { limit_bytes: LIVE_MESSAGE_MAX_BYTES });
        }
        let mut reader = codec::Reader::new(bytes);
        let (fields, kind) = reader.open()?;
        let message = match kind {
            1 => {
                reader.fields(fields, 2)?;
                Self::Hello { version: reader.uint("version")? }
            }
            2 => {
                reader.fields(fields, 4)?;
                Self::Open {
                    doc: DocId(reader.id("doc")?),
                    heads: reader.ids("heads", HEADS_MAX)?.into_iter().map(ChangeHash).collect(),
                    presence: reader.bool("presence")?,
                }
            }
            3 => {
                reader.fields(fields, 2)?;
                Self::Close { doc: DocId(reader.id("doc")?) }
            }
            4 => {
                reader.fields(fields, 4)?;
                Self::Changes {
                    reference: reader.uint("ref")?,
                    doc: DocId(reader.id("doc")?),
                    changes: reader.changes(ENTRY_MAX_CHANGES)?,
                }
            }
            6 => {
                reader.fields(fields, 3)?;
                Self::Presence {
                    doc: DocId(reader.id("doc")?),
                    payload: reader.bytes("payload", PRESENCE_MAX_BYTES)?.to_vec(),
                }
            }
            7 => {
                reader.fields(fields, 1)?;
                Self::Ping
            }
            other => return Err(LiveError::UnknownType(other)),
        };
        reader.finish(&message.encode())?;
        Ok(message)
    }
}

impl LiveOut {
    /// The bytes of this message. Infallible; caps are checked where it is read.
    pub fn encode(&self) -> Vec<u8> {
        codec::encode(|e| self.write(e))
    }

    fn write(&self, e: &mut Encoder<&mut Vec<u8>>) -> codec::Written {
        match self {
            Self::Welcome { version, city, city8, person, session, incarnation } => {
                e.array(7)?.u8(128)?.u64(*version)?.bytes(&city.0)?.bytes(&city8.0)?.bytes(&person.0)?;
                e.u64(*session)?.u64(*incarnation)?;
            }
            Self::Opened { doc, circle, kind, owner, writable, snapshot, changes, heads } => {
                e.array(9)?.u8(129)?.bytes(&doc.0)?.bytes(&circle.0)?.str(kind)?;
                codec::put_option(e, owner.as_ref().map(|city| city.0.as_slice()))?;
                e.bool(*writable)?;
                codec::put_option(e, snapshot.as_deref())?;
                codec::put_ids(e, changes.iter().map(Vec::as_slice))?;
                codec::put_ids(e, heads.iter().map(|head| head.0.as_slice()))?;
            }
            Self::Changes { doc, changes, city8, person } => {
                e.array(5)?.u8(130)?.bytes(&doc.0)?;
                codec::put_ids(e, changes.iter().map(Vec::as_slice))?;
                e.bytes(&city8.0)?.bytes(&person.0)?;
            }
            Self::Stored { reference } => {
                e.array(2)?.u8(131)?.u64(*reference)?;
            }
            Self::Delivery { doc, sealed, have, lack } => {
                e.array(5)?.u8(132)?.bytes(&doc.0)?.bool(*sealed)?;
                codec::put_ids(e, have.iter().map(|city| city.0.as_slice()))?;
                codec::put_ids(e, lack.iter().map(|city| city.0.as_slice()))?;
            }
            Self::Refused { reference, doc, code, message } => {
                e.array(5)?.u8(133)?;
                match reference {
                    Some(reference) => e.u64(*reference)?,
                    None => e.null()?,
                };
                codec::put_option(e, doc.as_ref().map(|doc| doc.0.as_slice()))?;
                e.str(code)?.str(message)?;
            }
            Self::Presence { doc, city8, person, session, payload } => {
                e.array(6)?.u8(134)?.bytes(&doc.0)?.bytes(&city8.0)?.bytes(&person.0)?.u64(*session)?;
                codec::put_option(e, payload.as_deref())?;
            }
            Self::Changed { what } => {
                e.array(2)?.u8(135)?.str(what)?;
            }
            Self::Rebuild { doc } => {
                e.array(2)?.u8(136)?.bytes(&doc.0)?;
            }
            Self::Pong => {
                e.array(1)?.u8(137)?;
            }
        }
        Ok(())
    }

    /// Reads a message of the node, for clients and tests. Errors: see [`LiveError`].
    pub fn decode(bytes: &[u8]) -> Result<Self, LiveError> {
        if bytes.len() > LIVE_OUT_MAX_BYTES {
            return Err(LiveError::TooLarge { limit_bytes: LIVE_OUT_MAX_BYTES });
        }
        let mut reader = codec::Reader::new(bytes);
        let (fields, kind) = reader.open()?;
        let message = Self::read(&mut reader, fields, kind)?;
        reader.finish(&message.encode())?;
        Ok(message)
    }

    fn read(r: &mut codec::Reader<'_>, fields: u64, kind: u64) -> Result<Self, LiveError> {
        Ok(match kind {
            128 => {
                r.fields(fields, 7)?;
                Self::Welcome {
                    version: r.uint("version")?,
                    city: CityId(r.id("city")?),
                    city8: City8(r.id("city8")?),
                    person: PersonRef(r.id("person_ref")?),
                    session: r.uint("session")?,
                    incarnation: r.uint("incarnation")?,
                }
            }
            129 => {
                r.fields(fields, 9)?;
                Self::Opened {
                    doc: DocId(r.id("doc")?),
                    circle: CircleId(r.id("circle")?),
                    kind: r.text("kind")?,
                    owner: r.option(|r| r.id("owner"))?.map(CityId),
                    writable: r.bool("writable")?,
                    snapshot: r.option(|r| r.bytes("snapshot", LIVE_OUT_MAX_BYTES))?.map(<[u8]>::to_vec),
                    changes: r.changes(LIVE_OUT_MAX_CHANGES)?,
                    heads: r.ids("heads", HEADS_MAX)?.into_iter().map(ChangeHash).collect(),
                }
            }
            130 => {
                r.fields(fields, 5)?;
                Self::Changes {
                    doc: DocId(r.id("doc")?),
                    changes: r.changes(LIVE_OUT_MAX_CHANGES)?,
                    city8: City8(r.id("city8")?),
                    person: PersonRef(r.id("person_ref")?),
                }
            }
            131 => {
                r.fields(fields, 2)?;
                Self::Stored { reference: r.uint("ref")? }
            }
            132 => {
                r.fields(fields, 5)?;
                Self::Delivery {
                    doc: DocId(r.id("doc")?),
                    sealed: r.bool("sealed")?,
                    have: r.ids("have", MEMBERS_MAX)?.into_iter().map(City8).collect(),
                    lack: r.ids("lack", MEMBERS_MAX)?.into_iter().map(City8).collect(),
                }
            }
            133 => {
                r.fields(fields, 5)?;
                Self::Refused {
                    reference: r.option(|r| r.uint("ref"))?,
                    doc: r.option(|r| r.id("doc"))?.map(DocId),
                    code: r.text("code")?,
                    message: r.text("message")?,
                }
            }
            134 => {
                r.fields(fields, 6)?;
                Self::Presence {
                    doc: DocId(r.id("doc")?),
                    city8: City8(r.id("city8")?),
                    person: PersonRef(r.id("person_ref")?),
                    session: r.uint("session")?,
                    payload: r.option(|r| r.bytes("payload", PRESENCE_MAX_BYTES))?.map(<[u8]>::to_vec),
                }
            }
            135 => {
                r.fields(fields, 2)?;
                Self::Changed { what: r.text("what")? }
            }
            136 => {
                r.fields(fields, 2)?;
                Self::Rebuild { doc: DocId(r.id("doc")?) }
            }
            137 => {
                r.fields(fields, 1)?;
                Self::Pong
            }
            other => return Err(LiveError::UnknownType(other)),
        })
    }
}

const _: () = {
    assert!(HEADS_MAX * (ChangeHash::LEN_BYTES + 2) + 64 < LIVE_MESSAGE_MAX_BYTES);
    assert!(CHANGE_MAX_BYTES < LIVE_MESSAGE_MAX_BYTES);
};

#[cfg(test)]
mod tests;
