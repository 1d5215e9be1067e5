//! Messages of the live socket, written from `node/docs/LIVE.md` without the node's own codec.

use alianza_shared::id::DocId;
use anyhow::{Context, Result, bail};
use minicbor::data::Type;
use minicbor::{Decoder, Encoder};

/// Tab → node.
#[derive(Debug, Clone)]
pub enum ToNode {
    Hello,
    Open { doc: DocId, heads: Vec<[u8; 32]>, presence: bool },
    Close { doc: DocId },
    Changes { reference: u64, doc: DocId, changes: Vec<Vec<u8>> },
    Presence { doc: DocId, payload: Vec<u8> },
    Ping,
}

/// Node → tab.
#[derive(Debug, Clone)]
pub enum FromNode {
    Welcome {
        version: u64,
        city_id: [u8; 32],
        city8: [u8; 8],
        person_ref: [u8; 8],
        session: u64,
        incarnation: u64,
    },
    Opened {
        doc: DocId,
        circle: [u8; 32],
        kind: String,
        owner: Option<[u8; 32]>,
        writable: bool,
        snapshot: Option<Vec<u8>>,
        changes: Vec<Vec<u8>>,
        heads: Vec<[u8; 32]>,
    },
    Changes {
        doc: DocId,
        changes: Vec<Vec<u8>>,
        city8: [u8; 8],
        person_ref: [u8; 8],
    },
    Stored {
        reference: u64,
    },
    Delivery {
        doc: DocId,
        sealed: bool,
        have: Vec<[u8; 8]>,
        lack: Vec<[u8; 8]>,
    },
    Refused {
        reference: Option<u64>,
        doc: Option<DocId>,
        code: String,
        message: String,
    },
    Presence {
        doc: DocId,
        city8: [u8; 8],
        person_ref: [u8; 8],
        session: u64,
        payload: Option<Vec<u8>>,
    },
    Ping {
        what: String,
    },
    Rebuild {
        doc: DocId,
    },
    Pong,
}

impl ToNode {
    /// One deterministic CBOR array.
    pub fn encode(&self) -> Vec<u8> {
        let mut e = Encoder::new(Vec::new());
        self.write(&mut e).expect("writing to memory does not fail");
        e.into_writer()
    }

    fn write(&self, e: &mut Encoder<Vec<u8>>) -> Result<()> {
        match self {
            Self::Hello => {
                e.array(2)?.u8(1)?.u8(1)?;
            }
            Self::Open { doc, heads, presence } => {
                e.array(4)?.u8(2)?.bytes(&doc.0)?.array(heads.len() as u64)?;
                for head in heads {
                    e.bytes(head)?;
                }
                e.bool(*presence)?;
            }
            Self::Close { doc } => {
                e.array(2)?.u8(3)?.bytes(&doc.0)?;
            }
            Self::Changes { reference, doc, changes } => {
                e.array(4)?.u8(4)?.u64(*reference)?.bytes(&doc.0)?.array(changes.len() as u64)?;
                for change in changes {
                    e.bytes(change)?;
                }
            }
            Self::Presence { doc, payload } => {
                e.array(3)?.u8(6)?.bytes(&doc.0)?.bytes(payload)?;
            }
            Self::Ping => {
                e.array(1)?.u8(7)?;
            }
        }
        Ok(())
    }
}

impl FromNode {
    /// # Errors
    /// When the bytes are not one message of the node.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        let mut d = Decoder::new(bytes);
        let len = d.array()?.context("a definite array")?;
        let kind = d.u8()?;
        let message =
            Self::body(kind, &mut d).with_context(|| format!("message {kind} of {len} elements"))?;
        if d.position() != bytes.len() {
            bail!("{} bytes after message {kind}", bytes.len() - d.position());
        }
        Ok(message)
    }

    fn body(kind: u8, d: &mut Decoder<'_>) -> Result<Self> {
        Ok(match kind {
            128 => Self::Welcome {
                version: d.u64()?,
                city_id: fixed(d)?,
                city8: fixed(d)?,
                person_ref: fixed(d)?,
                session: d.u64()?,
                incarnation: d.u64()?,
            },
            129 => Self::Opened {
                doc: doc(d)?,
                circle: fixed(d)?,
                kind: d.str()?.to_owned(),
                owner: if null(d)? { None } else { Some(fixed(d)?) },
                writable: d.bool()?,
                snapshot: if null(d)? { None } else { Some(d.bytes()?.to_vec()) },
                changes: blobs(d)?,
                heads: fixeds(d)?,
            },
            130 => {
                Self::Changes { doc: doc(d)?, changes: blobs(d)?, city8: fixed(d)?, person_ref: fixed(d)? }
            }
            131 => Self::Stored { reference: d.u64()? },
            132 => Self::Delivery { doc: doc(d)?, sealed: d.bool()?, have: fixeds(d)?, lack: fixeds(d)? },
            133 => Self::Refused {
                reference: if null(d)? { None } else { Some(d.u64()?) },
                doc: if null(d)? { None } else { Some(doc(d)?) },
                code: d.str()?.to_owned(),
                message: d.str()?.to_owned(),
            },
            134 => Self::Presence {
                doc: doc(d)?,
                city8: fixed(d)?,
                person_ref: fixed(d)?,
                session: d.u64()?,
                payload: if null(d)? { None } else { Some(d.bytes()?.to_vec()) },
            },
            135 => Self::Ping { what: d.str()?.to_owned() },
            136 => Self::Rebuild { doc: doc(d)? },
            137 => Self::Pong,
            other => bail!("unknown message {other}"),
        })
    }
}

fn null(d: &mut Decoder<'_>) -> Result<bool> {
    if d.datatype()? == Type::Null {
        d.null()?;
        return Ok(true);
    }
    Ok(false)
}

fn fixed<const N: usize>(d: &mut Decoder<'_>) -> Result<[u8; N]> {
    let bytes = d.bytes()?;
    bytes.try_into().with_context(|| format!("{} bytes where {N} are due", bytes.len()))
}

fn doc(d: &mut Decoder<'_>) -> Result<DocId> {
    Ok(DocId(fixed(d)?))
}

fn fixeds<const N: usize>(d: &mut Decoder<'_>) -> Result<Vec<[u8; N]>> {
    let len = d.array()?.context("a definite array")?;
    (0..len).map(|_| fixed(d)).collect()
}

fn blobs(d: &mut Decoder<'_>) -> Result<Vec<Vec<u8>>> {
    let len = d.array()?.context("a definite array")?;
    (0..len).map(|_| Ok(d.bytes()?.to_vec())).collect()
}
