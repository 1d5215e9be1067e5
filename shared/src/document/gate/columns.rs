//! The columns of a change: which there are, and that all of them tell of the same operations.
//!
//! A column is a sequence of runs. Runs are counted, never expanded, so a change of 200 bytes that claims a
//! billion operations costs what 200 bytes cost.

use super::reader::Reader;
use super::{KEY_MAX_BYTES, PREDS_FREE, PREDS_PER_OP, Refusal};
use crate::limits::{CHANGE_MAX_OPS, OP_MAX};

// Column id in the high bits, type in the low four (bit 3: deflated).
pub(super) const OBJ_ACTOR: u64 = 1;
pub(super) const OBJ_CTR: u64 = 2;
pub(super) const KEY_ACTOR: u64 = (1 << 4) | 1;
pub(super) const KEY_CTR: u64 = (1 << 4) | 3;
pub(super) const KEY_STR: u64 = (1 << 4) | 5;
pub(super) const INSERT: u64 = (3 << 4) | 4;
pub(super) const ACTION: u64 = (4 << 4) | 2;
pub(super) const VALUE_META: u64 = (5 << 4) | 6;
pub(super) const VALUE: u64 = (5 << 4) | 7;
pub(super) const PRED_COUNT: u64 = 7 << 4;
pub(super) const PRED_ACTOR: u64 = (7 << 4) | 1;
pub(super) const PRED_CTR: u64 = (7 << 4) | 3;
const EXPAND: u64 = (9 << 4) | 4;
pub(super) const MARK_NAME: u64 = (10 << 4) | 5;
const DEFLATED: u64 = 1 << 3;

const KNOWN: [u64; 14] = [
    OBJ_ACTOR, OBJ_CTR, KEY_ACTOR, KEY_CTR, KEY_STR, INSERT, ACTION, VALUE_META, VALUE, PRED_COUNT,
    PRED_ACTOR, PRED_CTR, EXPAND, MARK_NAME,
];

/// The action with the highest number.
const MARK: u64 = 7;
/// Actions that make an object: map, list, text, table.
const MAKES: [u64; 4] = [0, 2, 4, 6];
/// Highest type of a value that exists: timestamp.
const VALUE_TYPE_MAX: u64 = 9;

/// What the columns say, counted.
pub(super) struct Counted {
    pub(super) ops: u64,
    pub(super) makes_objects: bool,
    pub(super) marks: bool,
}

/// The columns of one change, in the order of [`KNOWN`]; an absent one is empty.
pub(super) struct Columns<'a> {
    data: [&'a [u8]; KNOWN.len()],
}

impl<'a> Columns<'a> {
    /// Reads the list of columns and takes their data.
    pub(super) fn read(body: &mut Reader<'a>) -> Result<Self, Refusal> {
        let count = body.unsigned()?;
        if count > KNOWN.len() as u64 {
            return Err(Refusal::FORM);
        }
        let mut listed = [(0usize, 0usize); KNOWN.len()];
        let mut after = 0;
        for slot in listed.iter_mut().take(count as usize) {
            let spec = body.unsigned()?;
            if spec & DEFLATED != 0 {
                return Err(Refusal::DEFLATE);
            }
            let index = KNOWN.iter().position(|known| *known == spec).ok_or(Refusal::FORM)?;
            let len = body.unsigned()?;
            // In order, each once, none empty: Automerge writes them so, and would not write others again.
            if index < after || len == 0 || len > body.left() as u64 {
                return Err(Refusal::FORM);
            }
            after = index + 1;
            *slot = (index, len as usize);
        }
        let mut data: [&[u8]; KNOWN.len()] = [&[]; KNOWN.len()];
        for (index, len) in listed.iter().take(count as usize) {
            data[*index] = body.take(*len)?;
        }
        Ok(Self { data })
    }

    /// The data of a column; empty if it is absent.
    pub(super) fn get(&self, spec: u64) -> &'a [u8] {
        KNOWN.iter().position(|known| *known == spec).map_or(&[], |index| self.data[index])
    }

    /// Every column holds as many entries as there are operations, and every entry is within its bounds.
    pub(super) fn check(&self, actors: u64) -> Result<Counted, Refusal> {
        let (mut makes_objects, mut marks) = (false, false);
        let ops = integers(self.get(ACTION), CHANGE_MAX_OPS, |action, _| {
            marks |= action == Some(MARK);
            makes_objects |= action.is_some_and(|action| MAKES.contains(&action));
            at_most(action, MARK, Null::Refused)
        })?;
        if ops == 0 {
            return Err(Refusal::OPS);
        }
        let optional = |column: u64, counted: Result<u64, Refusal>| -> Result<(), Refusal> {
            let counted = counted?;
            if counted == ops || self.get(column).is_empty() { Ok(()) } else { Err(Refusal::FORM) }
        };
        let actor = |value: Option<u64>, null: Null| at_most(value, actors - 1, null);
        let obj_actor = self.get(OBJ_ACTOR);
        if obj_actor.is_empty() != self.get(OBJ_CTR).is_empty() {
            return Err(Refusal::FORM);
        }
        optional(OBJ_ACTOR, integers(obj_actor, ops, |value, _| actor(value, Null::Allowed)))?;
        optional(
            OBJ_CTR,
            integers(self.get(OBJ_CTR), ops, |value, _| at_most(value, OP_MAX, Null::Allowed)),
        )?;
        optional(KEY_ACTOR, integers(self.get(KEY_ACTOR), ops, |value, _| actor(value, Null::Allowed)))?;
        optional(KEY_CTR, deltas(self.get(KEY_CTR), ops, Null::Allowed))?;
        optional(KEY_STR, strings(self.get(KEY_STR), ops))?;
        optional(EXPAND, booleans(self.get(EXPAND), ops))?;
        optional(MARK_NAME, strings(self.get(MARK_NAME), ops))?;
        if booleans(self.get(INSERT), ops)? != ops {
            return Err(Refusal::FORM);
        }
        self.check_values(ops)?;
        self.check_preds(ops, actors)?;
        Ok(Counted { ops, makes_objects, marks })
    }

    /// The lengths that the metadata tell add up to the bytes that there are.
    fn check_values(&self, ops: u64) -> Result<(), Refusal> {
        let mut bytes = 0u64;
        let counted = integers(self.get(VALUE_META), ops, |meta, times| {
            let meta = meta.ok_or(Refusal::FORM)?;
            if meta & 0x0f > VALUE_TYPE_MAX {
                return Err(Refusal::FORM);
            }
            // Both factors are bounded before they are multiplied: a length beyond the chunk is refused at once.
            let len = meta >> 4;
            if len > crate::limits::CHANGE_MAX_BYTES as u64 {
                return Err(Refusal::FORM);
            }
            bytes += len * times;
            Ok(())
        })?;
        if counted != ops || bytes != self.get(VALUE).len() as u64 {
            return Err(Refusal::FORM);
        }
        Ok(())
    }

    fn check_preds(&self, ops: u64, actors: u64) -> Result<(), Refusal> {
        let max = PREDS_PER_OP * ops + PREDS_FREE;
        let mut preds = 0u64;
        let counted = integers(self.get(PRED_COUNT), ops, |count, times| {
            let count = count.ok_or(Refusal::FORM)?;
            if count > max {
                return Err(Refusal::OPS);
            }
            preds += count * times;
            if preds > max { Err(Refusal::OPS) } else { Ok(()) }
        })?;
        let pred_actors =
            integers(self.get(PRED_ACTOR), preds, |actor, _| at_most(actor, actors - 1, Null::Refused))?;
        let pred_counters = deltas(self.get(PRED_CTR), preds, Null::Refused)?;
        if counted != ops || pred_actors != preds || pred_counters != preds {
            return Err(Refusal::FORM);
        }
        Ok(())
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Null {
    Allowed,
    Refused,
}

fn at_most(value: Option<u64>, max: u64, null: Null) -> Result<(), Refusal> {
    match value {
        Some(value) if value <= max => Ok(()),
        None if null == Null::Allowed => Ok(()),
        _ => Err(Refusal::FORM),
    }
}

/// Adds `times` to `total`; too many is a refusal before anything is done with them.
fn add(total: &mut u64, times: u64, max: u64) -> Result<(), Refusal> {
    if times == 0 {
        return Err(Refusal::FORM);
    }
    *total = total.checked_add(times).ok_or(Refusal::OPS)?;
    if *total > max { Err(Refusal::OPS) } else { Ok(()) }
}

/// Walks the runs of a column. `each` reads one value, or is told of a run of nulls, and learns how many times it
/// stands there; the answer is how many entries the column has.
fn runs<'a>(
    data: &'a [u8],
    max: u64,
    mut each: impl FnMut(Option<&mut Reader<'a>>, u64) -> Result<(), Refusal>,
) -> Result<u64, Refusal> {
    let mut reader = Reader::new(data);
    let mut total = 0;
    while !reader.is_empty() {
        match reader.signed()? {
            0 => {
                let times = reader.unsigned()?;
                add(&mut total, times, max)?;
                each(None, times)?;
            }
            times if times > 0 => {
                add(&mut total, times.unsigned_abs(), max)?;
                each(Some(&mut reader), times.unsigned_abs())?;
            }
            literals => {
                // Each literal takes a byte at least, so this loop is bounded by the column.
                add(&mut total, literals.unsigned_abs(), max)?;
                for _ in 0..literals.unsigned_abs() {
                    each(Some(&mut reader), 1)?;
                }
            }
        }
    }
    Ok(total)
}

fn integers(
    data: &[u8],
    max: u64,
    mut each: impl FnMut(Option<u64>, u64) -> Result<(), Refusal>,
) -> Result<u64, Refusal> {
    runs(data, max, |reader, times| {
        let value = reader.map(Reader::unsigned).transpose()?;
        each(value, times)
    })
}

/// Counters written as differences: none below zero, none above [`OP_MAX`].
fn deltas(data: &[u8], max: u64, null: Null) -> Result<u64, Refusal> {
    let mut absolute = 0i64;
    runs(data, max, |reader, times| {
        let Some(reader) = reader else {
            return if null == Null::Allowed { Ok(()) } else { Err(Refusal::FORM) };
        };
        let delta = reader.signed()?;
        if delta.unsigned_abs() > OP_MAX {
            return Err(Refusal::FORM);
        }
        // Within a run the value moves one way, so its end tells of all of it.
        absolute += delta * times as i64;
        if (0..=OP_MAX as i64).contains(&absolute) { Ok(()) } else { Err(Refusal::FORM) }
    })
}

fn strings(data: &[u8], max: u64) -> Result<u64, Refusal> {
    runs(data, max, |reader, _| match reader {
        None => Ok(()),
        Some(reader) => {
            let text = reader.prefixed(KEY_MAX_BYTES)?;
            std::str::from_utf8(text).map(|_| ()).map_err(|_| Refusal::FORM)
        }
    })
}

/// Lengths of alternating runs, the first of them of `false`.
fn booleans(data: &[u8], max: u64) -> Result<u64, Refusal> {
    let mut reader = Reader::new(data);
    let mut total = 0;
    let mut first = true;
    while !reader.is_empty() {
        let times = reader.unsigned()?;
        if times > 0 || !first {
            add(&mut total, times, max)?;
        }
        first = false;
    }
    Ok(total)
}
