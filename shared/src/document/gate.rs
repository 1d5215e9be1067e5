//! The gate, first part: what one change must look like before Automerge may see its bytes (protocol §4).
//!
//! Automerge 0.12 trusts the form of a change: fed mutated bytes with a corrected checksum it panics, allocates
//! without bound, or builds documents that save and do not load. So this is an own, strict reader of the chunk
//! format (one uncompressed change, nothing else). It allocates nothing in proportion to what the bytes claim,
//! it never expands a run, and it counts the operations from the run lengths. What passes is handed to Automerge
//! once, here, to obtain the hash; the verdict is a function of the bytes alone.

use automerge::Change;
use sha2::{Digest as _, Sha256};

use crate::id::{ChangeHash, City8};
use crate::limits::{CHANGE_MAX_BYTES, CHANGE_MAX_DEPS, OP_MAX};

mod columns;
mod reader;
mod rows;
#[cfg(test)]
mod tests;

use columns::Columns;
use reader::Reader;
pub use rows::{Action, Key, OpId, Row, Rows, Scalar};

/// Actors, other than its author, that one change may name.
pub const OTHER_ACTORS_MAX: usize = 4_096;
/// A map key or the name of a mark. Bounded well below the change: a run repeats it for every operation.
pub const KEY_MAX_BYTES: usize = 1_024;
/// Predecessors that the operations of one change may name, on average; and as many again for a small one. An
/// honest operation overwrites one value, or the few that were written at once.
const PREDS_PER_OP: u64 = 4;
const PREDS_FREE: u64 = 64;
/// Operations of all changes of one item. Runs make them cheap to claim: 200 bytes can hold ten thousand.
pub const ITEM_MAX_OPS: u64 = 500_000;
/// Operations of one document; an item that would lead beyond is held, not void.
pub const DOCUMENT_MAX_OPS: u64 = 5_000_000;
/// The commit message of a change; ours have none.
pub const MESSAGE_MAX_BYTES: usize = 1_024;
/// Timestamps are shown by programs whose numbers are doubles.
const TIME_MAX: i64 = 1 << 53;
const MAGIC: [u8; 4] = [0x85, 0x6f, 0x4a, 0x83];
const CHUNK_TYPE_CHANGE: u8 = 1;

/// Why a change was not let in: a stable code, the same on every node for the same bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, thiserror::Error)]
#[error("{code}")]
pub struct Refusal {
    /// `gate.G1.size`, `gate.G3.actor`, …
    pub code: &'static str,
}

impl Refusal {
    /// Larger than [`CHANGE_MAX_BYTES`].
    pub const SIZE: Self = Self { code: "gate.G1.size" };
    /// Not an uncompressed change: a document, a compressed change, a bundle.
    pub const CHUNK_TYPE: Self = Self { code: "gate.G1.chunk_type" };
    /// The checksum is not that of the content.
    pub const CHECKSUM: Self = Self { code: "gate.G1.checksum" };
    /// Not the one form that a change can have.
    pub const FORM: Self = Self { code: "gate.G1.form" };
    /// A deflated column.
    pub const DEFLATE: Self = Self { code: "gate.G1.deflate" };
    /// More operations or predecessors than one change may have, or none.
    pub const OPS: Self = Self { code: "gate.G1.ops" };
    /// Objects nested deeper than [`crate::limits::NESTING_MAX`].
    pub const NESTING: Self = Self { code: "gate.G1.nesting" };
    /// Too many dependencies, or one that is not a valid change of the past.
    pub const DEPENDENCY: Self = Self { code: "gate.G2.dependency" };
    /// Names an object, element or predecessor that its dependencies do not hold.
    pub const REFERENCE: Self = Self { code: "gate.G2.reference" };
    /// The actor does not belong to the author.
    pub const ACTOR: Self = Self { code: "gate.G3.actor" };
    /// Not the next change of its actor, or that place is taken by other bytes.
    pub const SEQ: Self = Self { code: "gate.G3.seq" };
    /// The first operation is not the one after the last of its dependencies.
    pub const START_OP: Self = Self { code: "gate.G3.start_op" };
    /// The timestamp is negative or beyond what a double can hold.
    pub const TIME: Self = Self { code: "gate.G3.time" };
    /// Automerge failed on it, alone and in its own past.
    pub const PANIC: Self = Self { code: "gate.G4.panic" };
    /// Automerge holds something else than these bytes after applying them.
    pub const CANONICAL: Self = Self { code: "gate.G5.canonical" };
    /// Creates a document that exists already, or does not begin with the change that creates.
    pub const CREATE: Self = Self { code: "gate.create" };
    /// Belongs to a document that does not exist in its past.
    pub const UNKNOWN_DOCUMENT: Self = Self { code: "gate.unknown_document" };
    /// Applied alone but not together with the rest: kept, shown, not applied.
    pub const HELD: Self = Self { code: "gate.G4.held" };

    /// The sentence for a person whose page was refused something.
    pub fn sentence(code: &str) -> &'static str {
        match code {
            "gate.G1.size" | "gate.G1.ops" => {
                "El cambio es demasiado grande para guardarlo de una vez. Divídalo en partes."
            }
            "gate.G3.actor" => "El cambio dice ser de otra ciudad y no se ha guardado.",
            "gate.G2.dependency" | "gate.G2.reference" => {
                "El cambio se apoya en otro que este nodo no tiene. Vuelva a abrir el documento."
            }
            "gate.create" => "El documento ya existe.",
            "gate.unknown_document" => "El documento no existe en este nodo.",
            _ => "El cambio no tiene la forma debida y no se ha guardado. Vuelva a abrir el documento.",
        }
    }
}

/// A change that passed G1 and the part of G3 that needs no other change.
#[derive(Debug, Clone)]
pub struct Checked {
    /// Parsed once; its `raw_bytes` are the bytes checked.
    pub change: Change,
    pub hash: ChangeHash,
    /// Distinct; at most [`CHANGE_MAX_DEPS`].
    pub deps: Vec<ChangeHash>,
    pub actor: [u8; 16],
    /// From 1.
    pub seq: u64,
    /// Counter of the first operation, from 1.
    pub start_op: u64,
    /// At least 1, at most [`crate::limits::CHANGE_MAX_OPS`].
    pub ops: u64,
    /// Counter of the last operation, at most [`OP_MAX`].
    pub max_op: u64,
    /// Whatever the author's clock said; only ever shown.
    pub time: i64,
    /// It creates objects: their depth must be looked at.
    pub makes_objects: bool,
    /// It formats a text: the order of its marks must be looked at.
    pub marks: bool,
}

impl Checked {
    /// G3: the actor of the change belongs to this city.
    pub fn is_by(&self, author: City8) -> bool {
        self.actor[..City8::LEN_BYTES] == author.0
    }
}

/// G1, and of G3 what the bytes alone can tell.
pub fn check(bytes: &[u8]) -> Result<Checked, Refusal> {
    // Bytes that were changed on their way may break any rule: what is wrong with them is their checksum.
    read(bytes).map_err(|refusal| if is_damaged(bytes) { Refusal::CHECKSUM } else { refusal })
}

/// One whole chunk of a change, whose checksum is not that of its content.
fn is_damaged(bytes: &[u8]) -> bool {
    if bytes.len() > CHANGE_MAX_BYTES {
        return false;
    }
    let mut chunk = Reader::new(bytes);
    let whole = chunk.array::<4>().is_ok_and(|magic| magic == MAGIC)
        && chunk.array::<4>().is_ok()
        && chunk.byte().is_ok_and(|kind| kind == CHUNK_TYPE_CHANGE)
        && chunk.unsigned().is_ok_and(|length| length == chunk.left() as u64);
    whole && Sha256::digest(&bytes[8..])[..4] != bytes[4..8]
}

fn read(bytes: &[u8]) -> Result<Checked, Refusal> {
    if bytes.len() > CHANGE_MAX_BYTES {
        return Err(Refusal::SIZE);
    }
    let (head, columns) = Head::read(bytes)?;
    let counted = columns.check(1 + head.other_actors.len() as u64)?;
    if head.start_op + counted.ops - 1 > OP_MAX {
        return Err(Refusal::START_OP);
    }
    // The structure is sound, so Automerge's reader is bounded; it is asked for the hash and the last word.
    let change = std::panic::catch_unwind(|| Change::try_from(bytes))
        .map_err(|_| Refusal::FORM)?
        .map_err(|_| Refusal::FORM)?;
    let hash = ChangeHash(change.hash().0);
    // `Change::try_from` does not compare the checksum that the chunk carries.
    if bytes[4..8] != hash.0[..4] {
        return Err(Refusal::CHECKSUM);
    }
    if change.len() as u64 != counted.ops || change.raw_bytes() != bytes {
        return Err(Refusal::FORM);
    }
    Ok(Checked {
        hash,
        deps: head.deps,
        actor: head.actor,
        seq: head.seq,
        start_op: head.start_op,
        ops: counted.ops,
        max_op: head.start_op + counted.ops - 1,
        time: head.time,
        makes_objects: counted.makes_objects,
        marks: counted.marks,
        change,
    })
}

/// What stands in a chunk before and about its columns.
struct Head {
    deps: Vec<ChangeHash>,
    actor: [u8; 16],
    seq: u64,
    start_op: u64,
    time: i64,
    other_actors: Vec<[u8; 16]>,
}

impl Head {
    fn read(bytes: &[u8]) -> Result<(Self, Columns<'_>), Refusal> {
        let mut chunk = Reader::new(bytes);
        if chunk.array::<4>()? != MAGIC {
            return Err(Refusal::FORM);
        }
        let _checksum = chunk.array::<4>()?;
        if chunk.byte()? != CHUNK_TYPE_CHANGE {
            return Err(Refusal::CHUNK_TYPE);
        }
        // One chunk and nothing behind it.
        if chunk.unsigned()? != chunk.left() as u64 {
            return Err(Refusal::FORM);
        }
        Self::read_body(&mut chunk)
    }

    fn read_body<'a>(body: &mut Reader<'a>) -> Result<(Self, Columns<'a>), Refusal> {
        let deps = read_deps(body)?;
        let actor = read_actor(body)?;
        let seq = body.unsigned()?;
        // Automerge keeps sequence numbers in 32 bits.
        if seq == 0 || seq > u64::from(u32::MAX) {
            return Err(Refusal::SEQ);
        }
        let start_op = body.unsigned()?;
        if start_op == 0 || start_op > OP_MAX {
            return Err(Refusal::START_OP);
        }
        let time = body.signed()?;
        if !(0..TIME_MAX).contains(&time) {
            return Err(Refusal::TIME);
        }
        let message = body.prefixed(MESSAGE_MAX_BYTES)?;
        std::str::from_utf8(message).map_err(|_| Refusal::FORM)?;
        let other_actors = read_other_actors(body, &actor)?;
        let columns = Columns::read(body)?;
        // Bytes behind the columns would carry Automerge's `author`, a claim that we do not use.
        if body.left() != 0 {
            return Err(Refusal::FORM);
        }
        Ok((Self { deps, actor, seq, start_op, time, other_actors }, columns))
    }
}

fn read_deps(body: &mut Reader<'_>) -> Result<Vec<ChangeHash>, Refusal> {
    let count = body.unsigned()?;
    if count > CHANGE_MAX_DEPS as u64 {
        return Err(Refusal::DEPENDENCY);
    }
    let mut deps = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let dep = ChangeHash(body.array()?);
        // Automerge writes them sorted; a repeated one would be lost when it writes the change again.
        if deps.last().is_some_and(|last| *last >= dep) {
            return Err(Refusal::FORM);
        }
        deps.push(dep);
    }
    Ok(deps)
}

fn read_actor(body: &mut Reader<'_>) -> Result<[u8; 16], Refusal> {
    if body.unsigned()? != 16 {
        return Err(Refusal::ACTOR);
    }
    body.array()
}

/// The other actors that the change names. They are in order, without repetition and without the author.
fn read_other_actors(body: &mut Reader<'_>, author: &[u8; 16]) -> Result<Vec<[u8; 16]>, Refusal> {
    let count = body.unsigned()?;
    // 17 bytes each: what is allocated is there to be read.
    if count > (OTHER_ACTORS_MAX.min(body.left() / 17)) as u64 {
        return Err(Refusal::FORM);
    }
    let mut actors: Vec<[u8; 16]> = Vec::with_capacity(count as usize);
    for _ in 0..count {
        let actor = read_actor(body)?;
        if &actor == author || actors.last().is_some_and(|last| *last >= actor) {
            return Err(Refusal::FORM);
        }
        actors.push(actor);
    }
    Ok(actors)
}
