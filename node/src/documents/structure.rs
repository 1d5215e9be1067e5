//! Does every operation fit what it names? Values under keys in maps, elements in sequences, and what is overwritten
//! stands where the operation writes.
//!
//! Debug builds of Automerge 0.12 assert some of this and panic, which G4 turns into a verdict; release builds take
//! such a change and keep a document that cannot be rebuilt. So it is asked here, before Automerge sees anything.

use std::collections::{BTreeMap, HashMap};

use alianza_shared::document::gate::{Action, Checked, Key, OpId, Refusal, Row, Rows};
use automerge::{Automerge, ObjId, ObjType, Prop, ReadDoc as _};

use super::sandbox::guarded;
use super::{actor_id, replay, theirs};

/// What the changes of one item make before they are applied.
#[derive(Default)]
pub(super) struct Made {
    /// Objects: is it a sequence?
    objects: HashMap<OpId, bool>,
    /// Where each operation of a change puts its value, by the change's actor and first counter: counters of a change
    /// are consecutive, so an operation is found by its number.
    places: HashMap<[u8; 16], BTreeMap<u64, Vec<Where>>>,
    /// What each change builds on outside the item: they are not applied yet, but that is.
    bases: HashMap<alianza_shared::id::ChangeHash, Vec<automerge::ChangeHash>>,
}

/// Object, and key or element.
type Where = (Option<OpId>, Place);

impl Made {
    fn place(&self, (counter, actor): &OpId) -> Option<&Where> {
        let (first, places) = self.places.get(actor)?.range(..=counter).next_back()?;
        places.get(usize::try_from(counter - first).ok()?)
    }

    fn base(&self, change: &Checked) -> Vec<automerge::ChangeHash> {
        let mut base = Vec::new();
        for dep in &change.deps {
            match self.bases.get(dep) {
                Some(known) => base.extend_from_slice(known),
                None => base.push(theirs(dep)),
            }
        }
        base.sort_unstable();
        base.dedup();
        base
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Place {
    Key(String),
    Element(OpId),
}

/// Refuses a change of which an operation does not fit; notes what it makes.
pub(super) fn check(
    doc: &Automerge,
    change: &Checked,
    rows: &Rows<'_>,
    made: &mut Made,
) -> Result<(), Refusal> {
    let base = made.base(change);
    made.places.entry(change.actor).or_default().insert(change.start_op, Vec::with_capacity(rows.rows.len()));
    for (at, row) in rows.rows.iter().enumerate() {
        let own = (change.start_op + at as u64, change.actor);
        let in_sequence = match row.object {
            None => false,
            Some(id) => match made.objects.get(&id) {
                Some(sequence) => *sequence,
                None => is_sequence(doc, &id).ok_or(Refusal::REFERENCE)?,
            },
        };
        let place = match row.key {
            Key::Map(key) if !in_sequence && !row.insert => Place::Key(key.to_owned()),
            Key::Head if in_sequence && row.insert => Place::Element(own),
            Key::Element(after) if in_sequence => {
                if !is_element(doc, row, &after, made) {
                    return Err(Refusal::REFERENCE);
                }
                Place::Element(if row.insert { own } else { after })
            }
            _ => return Err(Refusal::FORM),
        };
        let replaced = &rows.preds[row.preds.clone()];
        if row.insert != replaced.is_empty() && (row.insert || row.action == Action::Delete) {
            return Err(Refusal::FORM);
        }
        for pred in replaced {
            if !stands_there(doc, &base, row, &place, pred, made) {
                return Err(Refusal::REFERENCE);
            }
        }
        if row.action.makes_object() {
            made.objects.insert(own, matches!(row.action, Action::MakeList | Action::MakeText));
        }
        if let Some(places) = made.places.get_mut(&change.actor).and_then(|own| own.get_mut(&change.start_op))
        {
            places.push((row.object, place));
        }
    }
    made.bases.insert(change.hash, base);
    Ok(())
}

fn object(id: &OpId) -> ObjId {
    ObjId::Id(id.0, actor_id(&id.1), 0)
}

/// None: there is no such object.
fn is_sequence(doc: &Automerge, id: &OpId) -> Option<bool> {
    let kind = guarded(|| doc.object_type(object(id)).ok()).flatten()?;
    Some(matches!(kind, ObjType::List | ObjType::Text))
}

fn is_element(doc: &Automerge, row: &Row<'_>, element: &OpId, made: &Made) -> bool {
    if let Some((of, place)) = made.place(element) {
        return *of == row.object && *place == Place::Element(*element);
    }
    let (Some(of), Some(cursor)) = (row.object.as_ref().map(object), replay::cursor(element)) else {
        return false;
    };
    // Debug builds of Automerge assert that nobody asks for the place of a mark, behind which one may well write.
    guarded(|| doc.get_cursor_position(&of, &cursor, None).is_ok()).unwrap_or(true)
}

/// Does the operation overwrite something that stood at its own place when it was written?
fn stands_there(
    doc: &Automerge,
    base: &[automerge::ChangeHash],
    row: &Row<'_>,
    place: &Place,
    pred: &OpId,
    made: &Made,
) -> bool {
    if let Some((of, at)) = made.place(pred) {
        return *of == row.object && at == place;
    }
    if let Place::Element(element) = place
        && element == pred
    {
        return true;
    }
    let of = row.object.as_ref().map_or(automerge::ROOT, object);
    let values = match place {
        Place::Key(key) => guarded(|| doc.get_all_at(&of, key.as_str(), base).ok()).flatten(),
        Place::Element(element) => position_at(doc, row, element, base)
            .and_then(|index| guarded(|| doc.get_all_at(&of, Prop::Seq(index), base).ok()).flatten()),
    };
    values.is_some_and(|values| {
        values.iter().any(|(_, id)| match id {
            ObjId::Id(counter, actor, _) => *counter == pred.0 && actor.to_bytes() == &pred.1[..],
            ObjId::Root => false,
        })
    })
}

fn position_at(
    doc: &Automerge,
    row: &Row<'_>,
    element: &OpId,
    heads: &[automerge::ChangeHash],
) -> Option<usize> {
    let of = object(&row.object?);
    let cursor = replay::cursor(element)?;
    guarded(|| doc.get_cursor_position(&of, &cursor, Some(heads)).ok()).flatten()
}
