//! The operations of a change, one by one. Only for changes that passed [`super::check`], so there are at most
//! [`crate::limits::CHANGE_MAX_OPS`] of them; texts and bytes are borrowed from the change.
//!
//! Automerge's own expanded form allocates an actor id for every mention; this takes a tenth of its time.

use super::columns::{self, Columns};
use super::reader::Reader;
use super::{Checked, Head, Refusal};

/// An operation: its counter and its actor.
pub type OpId = (u64, [u8; 16]);

/// Where in its object an operation writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key<'a> {
    Map(&'a str),
    /// Before the first element of a sequence.
    Head,
    Element(OpId),
}

/// A value as it is stored.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Scalar<'a> {
    Null,
    Bool(bool),
    Uint(u64),
    Int(i64),
    Double(f64),
    Text(&'a str),
    Bytes(&'a [u8]),
    Counter(i64),
    Timestamp(i64),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    MakeMap,
    Set,
    MakeList,
    Delete,
    MakeText,
    Increment,
    MakeTable,
    /// The beginning of a mark; its end is the next operation.
    MarkBegin,
    MarkEnd,
}

impl Action {
    pub fn makes_object(self) -> bool {
        matches!(self, Self::MakeMap | Self::MakeList | Self::MakeText | Self::MakeTable)
    }
}

#[derive(Debug, Clone)]
pub struct Row<'a> {
    /// `None`: the root.
    pub object: Option<OpId>,
    pub key: Key<'a>,
    pub insert: bool,
    pub action: Action,
    pub value: Scalar<'a>,
    /// Which of [`Rows::preds`] it overwrites.
    pub preds: std::ops::Range<usize>,
}

/// All operations of a change; the one at index i has the counter `start_op + i`.
#[derive(Debug, Clone)]
pub struct Rows<'a> {
    pub rows: Vec<Row<'a>>,
    pub preds: Vec<OpId>,
}

impl Checked {
    /// Reads the operations. What does not hold together, operation by operation, is refused.
    pub fn rows(&self) -> Result<Rows<'_>, Refusal> {
        let (head, columns) = Head::read(self.change.raw_bytes())?;
        let mut reader = RowReader::new(&columns, &head);
        let mut rows = Vec::with_capacity(self.ops as usize);
        let mut preds = Vec::new();
        for _ in 0..self.ops {
            rows.push(reader.row(&mut preds)?);
        }
        if are_marks_paired(&rows) { Ok(Rows { rows, preds }) } else { Err(Refusal::FORM) }
    }
}

/// A mark is two elements of one text, inserted one after the other. Automerge finds the beginning of an end by its
/// number alone, and does not load a document in which that is not the beginning.
fn are_marks_paired(rows: &[Row<'_>]) -> bool {
    let inserted = |row: &Row<'_>| row.insert && row.preds.is_empty() && row.object.is_some();
    rows.iter().enumerate().all(|(at, row)| match row.action {
        Action::MarkBegin => rows
            .get(at + 1)
            .is_some_and(|end| end.action == Action::MarkEnd && end.object == row.object && inserted(row)),
        Action::MarkEnd => at > 0 && rows[at - 1].action == Action::MarkBegin && inserted(row),
        _ => true,
    })
}

struct RowReader<'a> {
    actors: Vec<[u8; 16]>,
    obj_actor: Runs<'a, u64>,
    obj_ctr: Runs<'a, u64>,
    key_actor: Runs<'a, u64>,
    key_ctr: Deltas<'a>,
    key_str: Runs<'a, &'a str>,
    insert: Flags<'a>,
    action: Runs<'a, u64>,
    value_meta: Runs<'a, u64>,
    value: Reader<'a>,
    mark_name: Runs<'a, &'a str>,
    pred_count: Runs<'a, u64>,
    pred_actor: Runs<'a, u64>,
    pred_ctr: Deltas<'a>,
}

impl<'a> RowReader<'a> {
    fn new(columns: &Columns<'a>, head: &Head) -> Self {
        let runs = |spec| Runs::new(columns.get(spec), Reader::unsigned);
        Self {
            actors: std::iter::once(head.actor).chain(head.other_actors.iter().copied()).collect(),
            obj_actor: runs(columns::OBJ_ACTOR),
            obj_ctr: runs(columns::OBJ_CTR),
            key_actor: runs(columns::KEY_ACTOR),
            key_ctr: Deltas::new(columns.get(columns::KEY_CTR)),
            key_str: Runs::new(columns.get(columns::KEY_STR), read_text),
            insert: Flags { reader: Reader::new(columns.get(columns::INSERT)), left: 0, flag: true },
            action: runs(columns::ACTION),
            value_meta: runs(columns::VALUE_META),
            value: Reader::new(columns.get(columns::VALUE)),
            mark_name: Runs::new(columns.get(columns::MARK_NAME), read_text),
            pred_count: runs(columns::PRED_COUNT),
            pred_actor: runs(columns::PRED_ACTOR),
            pred_ctr: Deltas::new(columns.get(columns::PRED_CTR)),
        }
    }

    fn actor(&self, index: u64) -> Result<[u8; 16], Refusal> {
        self.actors.get(index as usize).copied().ok_or(Refusal::FORM)
    }

    fn row(&mut self, preds: &mut Vec<OpId>) -> Result<Row<'a>, Refusal> {
        let object = match (self.obj_ctr.next()?, self.obj_actor.next()?) {
            (None, None) => None,
            (Some(counter), Some(actor)) if counter > 0 => Some((counter, self.actor(actor)?)),
            _ => return Err(Refusal::FORM),
        };
        let key = match (self.key_str.next()?, self.key_ctr.next()?, self.key_actor.next()?) {
            (Some(key), None, None) => Key::Map(key),
            (None, Some(0), None) => Key::Head,
            (None, Some(counter), Some(actor)) if counter > 0 => Key::Element((counter, self.actor(actor)?)),
            _ => return Err(Refusal::FORM),
        };
        let insert = self.insert.next()?;
        let named = self.mark_name.next()?.is_some();
        let action = action(self.action.next()?.ok_or(Refusal::FORM)?, named)?;
        let meta = self.value_meta.next()?.ok_or(Refusal::FORM)?;
        let value = scalar(meta & 0x0f, self.value.take((meta >> 4) as usize)?)?;
        let count = self.pred_count.next()?.ok_or(Refusal::FORM)?;
        let first = preds.len();
        for _ in 0..count {
            match (self.pred_ctr.next()?, self.pred_actor.next()?) {
                (Some(counter), Some(actor)) if counter > 0 => preds.push((counter, self.actor(actor)?)),
                _ => return Err(Refusal::FORM),
            }
        }
        Ok(Row { object, key, insert, action, value, preds: first..preds.len() })
    }
}

fn action(number: u64, named: bool) -> Result<Action, Refusal> {
    Ok(match number {
        7 if named => Action::MarkBegin,
        7 => Action::MarkEnd,
        _ if named => return Err(Refusal::FORM),
        0 => Action::MakeMap,
        1 => Action::Set,
        2 => Action::MakeList,
        3 => Action::Delete,
        4 => Action::MakeText,
        5 => Action::Increment,
        6 => Action::MakeTable,
        _ => return Err(Refusal::FORM),
    })
}

fn scalar(kind: u64, bytes: &[u8]) -> Result<Scalar<'_>, Refusal> {
    let mut reader = Reader::new(bytes);
    let scalar = match kind {
        0 => Scalar::Null,
        1 => Scalar::Bool(false),
        2 => Scalar::Bool(true),
        3 => Scalar::Uint(reader.unsigned()?),
        4 => Scalar::Int(reader.signed()?),
        5 => Scalar::Double(f64::from_le_bytes(reader.array()?)),
        6 => return std::str::from_utf8(bytes).map(Scalar::Text).map_err(|_| Refusal::FORM),
        7 => return Ok(Scalar::Bytes(bytes)),
        8 => Scalar::Counter(reader.signed()?),
        9 => Scalar::Timestamp(reader.signed()?),
        _ => return Err(Refusal::FORM),
    };
    if reader.is_empty() { Ok(scalar) } else { Err(Refusal::FORM) }
}

fn read_text<'a>(reader: &mut Reader<'a>) -> Result<&'a str, Refusal> {
    let text = reader.prefixed(super::KEY_MAX_BYTES)?;
    std::str::from_utf8(text).map_err(|_| Refusal::FORM)
}

/// Values of a column one by one. An empty column is one of nulls without end.
struct Runs<'a, T> {
    reader: Reader<'a>,
    read: fn(&mut Reader<'a>) -> Result<T, Refusal>,
    left: u64,
    literal: bool,
    value: Option<T>,
    absent: bool,
}

impl<'a, T: Copy> Runs<'a, T> {
    fn new(data: &'a [u8], read: fn(&mut Reader<'a>) -> Result<T, Refusal>) -> Self {
        Self {
            reader: Reader::new(data),
            read,
            left: 0,
            literal: false,
            value: None,
            absent: data.is_empty(),
        }
    }

    fn next(&mut self) -> Result<Option<T>, Refusal> {
        if self.absent {
            return Ok(None);
        }
        if self.left == 0 {
            let count = self.reader.signed()?;
            self.literal = count < 0;
            self.left = if count == 0 { self.reader.unsigned()? } else { count.unsigned_abs() };
            self.value = if count > 0 { Some((self.read)(&mut self.reader)?) } else { None };
        }
        self.left = self.left.checked_sub(1).ok_or(Refusal::FORM)?;
        if self.literal { (self.read)(&mut self.reader).map(Some) } else { Ok(self.value) }
    }
}

struct Deltas<'a> {
    runs: Runs<'a, i64>,
    absolute: i64,
}

impl<'a> Deltas<'a> {
    fn new(data: &'a [u8]) -> Self {
        Self { runs: Runs::new(data, Reader::signed), absolute: 0 }
    }

    fn next(&mut self) -> Result<Option<u64>, Refusal> {
        let Some(delta) = self.runs.next()? else { return Ok(None) };
        self.absolute = self.absolute.checked_add(delta).ok_or(Refusal::FORM)?;
        u64::try_from(self.absolute).map(Some).map_err(|_| Refusal::FORM)
    }
}

struct Flags<'a> {
    reader: Reader<'a>,
    left: u64,
    flag: bool,
}

impl Flags<'_> {
    fn next(&mut self) -> Result<bool, Refusal> {
        while self.left == 0 {
            self.left = self.reader.unsigned()?;
            self.flag = !self.flag;
        }
        self.left -= 1;
        Ok(self.flag)
    }
}
