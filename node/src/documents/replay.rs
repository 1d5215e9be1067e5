//! A keystroke done over again instead of merged.
//!
//! Automerge 0.12 merges a change into a text by walking all operations of that text: 0.18 µs for each, so 9 ms
//! in a text of 50,000. A local transaction finds its place through an index and takes 10 µs whatever the length.
//! So a change made on exactly the heads that we have, and that only inserts and deletes characters in one text,
//! is carried out as a transaction of its actor. The transaction writes its own change; if its hash is the hash
//! of the change that came, it *is* that change, byte for byte, which is all that G5 asks. If not, the document
//! is thrown away and the change takes the long way.

use alianza_shared::document::gate::Checked;
use automerge::legacy::{ElementId, Key, ObjectId, Op, OpType};
use automerge::transaction::{CommitOptions, Transactable as _, Transaction};
use automerge::{Cursor, ObjId, ObjType, ReadDoc as _, ScalarValue, Value};

use super::graph::OpId;
use super::loaded::Loaded;

/// Longer changes (a paste) are merged: the walk is worth it.
const OPS_MAX: u64 = 256;

/// The last character written, and where it ends.
#[derive(Debug, Clone)]
pub(super) struct Caret {
    text: OpId,
    character: OpId,
    /// Index behind it, in UTF-16 units.
    end: usize,
    width: usize,
}

pub(super) enum Outcome {
    /// The document now holds the change.
    Same,
    /// Nothing was done: the change is of another sort.
    Unsuited,
    /// The document now holds something else and must be thrown away.
    Different,
}

/// One character in or out.
enum Edit {
    Insert { after: Option<OpId>, character: char },
    Delete { character: OpId },
}

pub(super) fn replay(loaded: &mut Loaded, change: &Checked) -> Outcome {
    if change.ops > OPS_MAX || change.makes_objects || change.change.message().is_some() {
        return Outcome::Unsuited;
    }
    let Some((text, edits)) = edits(change) else { return Outcome::Unsuited };
    let object = ObjId::Id(text.0, super::actor_id(&text.1), 0);
    if !matches!(loaded.doc.object_type(&object), Ok(ObjType::Text)) {
        return Outcome::Unsuited;
    }
    let mut caret = loaded.caret.take().filter(|caret| caret.text == text);
    loaded.set_actor(&change.actor);
    let mut transaction = loaded.doc.transaction();
    if carry_out(&mut transaction, &object, text, change, &edits, &mut caret).is_none() {
        transaction.rollback();
        return Outcome::Unsuited;
    }
    let (hash, _) = transaction.commit_with(CommitOptions::default().with_time(change.time));
    if hash.is_some_and(|hash| hash.0 == change.hash.0) {
        loaded.caret = caret;
        Outcome::Same
    } else {
        Outcome::Different
    }
}

/// The characters that a change writes and takes out in one text; `None` if it does anything else.
fn edits(change: &Checked) -> Option<(OpId, Vec<Edit>)> {
    let operations = change.change.decode().operations;
    let text = match &operations.first()?.obj {
        ObjectId::Id(id) => op_id(id)?,
        ObjectId::Root => return None,
    };
    let edits = operations.iter().map(|op| edit(op, &text)).collect::<Option<_>>()?;
    Some((text, edits))
}

fn edit(op: &Op, text: &OpId) -> Option<Edit> {
    match &op.obj {
        ObjectId::Id(id) if op_id(id).as_ref() == Some(text) => {}
        _ => return None,
    }
    let Key::Seq(element) = &op.key else { return None };
    match (&op.action, element) {
        (OpType::Put(ScalarValue::Str(value)), element) if op.insert && op.pred.is_empty() => {
            let mut characters = value.chars();
            let character = characters.next()?;
            if characters.next().is_some() {
                return None;
            }
            let after = match element {
                ElementId::Head => None,
                ElementId::Id(id) => Some(op_id(id)?),
            };
            Some(Edit::Insert { after, character })
        }
        (OpType::Delete, ElementId::Id(id))
            if !op.insert && op.pred.len() == 1 && op.pred.get(0) == Some(id) =>
        {
            Some(Edit::Delete { character: op_id(id)? })
        }
        _ => None,
    }
}

fn op_id(id: &automerge::legacy::OpId) -> Option<OpId> {
    Some((id.counter(), id.actor().to_bytes().try_into().ok()?))
}

/// `None`: a place was not found where it should be.
fn carry_out(
    transaction: &mut Transaction<'_>,
    object: &ObjId,
    text: OpId,
    change: &Checked,
    edits: &[Edit],
    caret: &mut Option<Caret>,
) -> Option<()> {
    let own = |at: usize| (change.start_op + at as u64, change.actor);
    let mut at = 0;
    while at < edits.len() {
        match &edits[at] {
            Edit::Insert { after, .. } => {
                let index = match after {
                    None => 0,
                    Some(after) => place(transaction, object, after, caret.as_ref())?.1,
                };
                // Characters that follow one another go in at once.
                let mut written = String::new();
                let mut next = at;
                while let Some(Edit::Insert { after, character }) = edits.get(next) {
                    if next > at && *after != Some(own(next - 1)) {
                        break;
                    }
                    written.push(*character);
                    next += 1;
                }
                transaction.splice_text(object, index, 0, &written).ok()?;
                let width = written.chars().last().map_or(0, char::len_utf16);
                let end = index + written.chars().map(char::len_utf16).sum::<usize>();
                *caret = Some(Caret { text, character: own(next - 1), end, width });
                at = next;
            }
            Edit::Delete { character } => {
                let (start, _) = place(transaction, object, character, caret.as_ref())?;
                transaction.splice_text(object, start, 1, "").ok()?;
                *caret = None;
                at += 1;
            }
        }
    }
    Some(())
}

/// Where a visible character begins and ends.
fn place(
    transaction: &Transaction<'_>,
    object: &ObjId,
    character: &OpId,
    caret: Option<&Caret>,
) -> Option<(usize, usize)> {
    if let Some(caret) = caret.filter(|caret| caret.character == *character) {
        return Some((caret.end - caret.width, caret.end));
    }
    let cursor = format!("{}@{}", character.0, data_encoding::HEXLOWER.encode(&character.1));
    let cursor = Cursor::try_from(cursor.as_str()).ok()?;
    let start = transaction.get_cursor_position(object, &cursor, None).ok()?;
    // The position of a deleted character is that of the next one: only a visible one will do.
    if transaction.get_cursor(object, start, None).ok()? != cursor {
        return None;
    }
    let width = match transaction.get(object, start).ok()?? {
        (Value::Scalar(value), _) => value.as_str()?.encode_utf16().count(),
        // A block marker counts as one.
        (Value::Object(_), _) => 1,
    };
    Some((start, start + width))
}
