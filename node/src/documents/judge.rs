//! The gate, second part: what a change must be to the document it wants to change (protocol §4, G2 to G5).

use std::collections::HashMap;

use alianza_shared::document::gate::{
    self, Action, Checked, DOCUMENT_MAX_OPS, ITEM_MAX_OPS, OpId, Refusal, Rows,
};
use alianza_shared::limits::NESTING_MAX;
use automerge::{Automerge, ObjId, ReadDoc as _};

use super::loaded::Loaded;
use super::sandbox::guarded;
use super::{
    AcceptedChange, Documents, DocumentsError, Judge, Source, Verdict, actor_id, empty, load_options, replay,
    structure, theirs,
};

impl Documents {
    /// Judges an item against its past, and applies it if it is accepted.
    ///
    /// The verdict is a function of the item and its past (I4). The error tells of the node, not of the item:
    /// nothing is decided, and the item may be judged again.
    pub fn judge(&mut self, source: &dyn Source, job: &Judge<'_>) -> Result<Verdict, DocumentsError> {
        self.judge_read(source, job, None)
    }

    /// The same for an item whose changes were [`ReadAhead`]; what was read of other bytes is not used.
    pub fn judge_read(
        &mut self,
        source: &dyn Source,
        job: &Judge<'_>,
        read: Option<ReadAhead>,
    ) -> Result<Verdict, DocumentsError> {
        let read = read.map(|read| read.0).filter(|read| {
            let bytes = read.iter().map(|checked| checked.change.raw_bytes());
            bytes.eq(job.changes.iter().map(Vec::as_slice))
        });
        let checked = match read.map_or_else(|| check_all(job.changes), Ok).and_then(|all| within(job, all)) {
            Ok(checked) => checked,
            Err(refusal) => return Ok(refusal.into()),
        };
        let existing = self.take(source, &job.doc)?;
        let mut loaded = match existing {
            Some(loaded) => loaded,
            None if job.is_create => Loaded::new(),
            None => return Ok(Refusal::UNKNOWN_DOCUMENT.into()),
        };
        let before = loaded.graph.len();
        let mut outcome = apply(&mut loaded, job, &checked, true);
        if matches!(outcome, Err(Failure::Spoilt)) {
            // Perhaps only the short way of doing it over again failed: the document is built anew and the changes
            // are merged. What fails there too is the item's own fault, or Automerge's.
            let fresh = if before == 0 { Some(Loaded::new()) } else { self.take(source, &job.doc)? };
            if let Some(mut fresh) = fresh {
                outcome = apply(&mut fresh, job, &checked, false);
                loaded = fresh;
            }
        }
        match outcome {
            Ok(changes) => {
                loaded.items += u64::from(job.origin.place.is_some());
                self.put(job.doc, loaded);
                Ok(Verdict::Accepted { changes })
            }
            Err(Failure::Refused(refusal)) => {
                // Refused before Automerge saw anything: the document is as it was.
                loaded.graph.truncate(before);
                if !loaded.graph.is_empty() {
                    self.put(job.doc, loaded);
                }
                Ok(refusal.into())
            }
            Err(Failure::Spoilt) => {
                drop(loaded);
                let fresh = if before == 0 { None } else { self.take(source, &job.doc)? };
                let verdict = try_alone(fresh.as_ref(), &checked);
                if let Some(fresh) = fresh {
                    self.put(job.doc, fresh);
                }
                Ok(verdict.into())
            }
        }
    }
}

/// The changes of an item after G1: an eighth of the work of judging a first copy, and it needs nothing but the bytes.
pub struct ReadAhead(Vec<Checked>);

impl ReadAhead {
    /// `None` if one of them is to be refused: judging says why.
    pub fn read(changes: &[Vec<u8>]) -> Option<Self> {
        check_all(changes).ok().map(Self)
    }
}

/// G1 for each change.
fn check_all(changes: &[Vec<u8>]) -> Result<Vec<Checked>, Refusal> {
    let mut checked = Vec::with_capacity(changes.len());
    let mut ops = 0;
    for bytes in changes {
        let change = guarded(|| gate::check(bytes)).ok_or(Refusal::FORM)??;
        ops += change.ops;
        if ops > ITEM_MAX_OPS {
            return Err(Refusal::OPS);
        }
        checked.push(change);
    }
    Ok(checked)
}

/// An item that creates does something, and every actor belongs to the author.
fn within(job: &Judge<'_>, checked: Vec<Checked>) -> Result<Vec<Checked>, Refusal> {
    if job.is_create && checked.is_empty() {
        return Err(Refusal::CREATE);
    }
    if checked.iter().all(|change| change.is_by(job.author)) { Ok(checked) } else { Err(Refusal::ACTOR) }
}

enum Failure {
    /// By G2 or G3, before anything was applied.
    Refused(Refusal),
    /// Automerge failed, or holds something else than it was given: the document is lost.
    Spoilt,
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refused(refusal)
    }
}

/// A change that is to be applied.
struct Fresh<'a> {
    change: &'a Checked,
    /// It was made on exactly what came before it here.
    at_heads: bool,
}

fn apply(
    loaded: &mut Loaded,
    job: &Judge<'_>,
    checked: &[Checked],
    short: bool,
) -> Result<Vec<AcceptedChange>, Failure> {
    let known = loaded.graph.len();
    if job.is_create && known > 0 && checked.iter().any(|change| !loaded.graph.contains(&change.hash)) {
        return Err(Refusal::CREATE.into());
    }
    let origin = loaded.graph.add_origin(job.origin.clone());
    let reachable = |origin: &super::Origin| match &origin.place {
        Some(place) => (job.past)(place),
        None => job.local,
    };
    let mut accepted = Vec::with_capacity(checked.len());
    let mut fresh: Vec<Fresh<'_>> = Vec::new();
    let mut known_already = Vec::new();
    let mut depths = Depths::new();
    let mut made = structure::Made::default();
    for change in checked {
        let new = !loaded.graph.contains(&change.hash);
        if new {
            // What came earlier in this body is in its past, also in an item of another person of that city.
            let rows = change.rows()?;
            let in_body = |of: &super::Origin| of.place.is_some() && of.place == job.origin.place;
            let past = |of: &super::Origin| *of == job.origin || in_body(of) || reachable(of);
            let admitted = loaded.admit(change, &rows, origin, past)?;
            check_depth(&loaded.doc, change, &rows, &mut depths)?;
            structure::check(&loaded.doc, change, &rows, &mut made)?;
            fresh.push(Fresh { change, at_heads: admitted.at_heads });
        } else {
            known_already.push(change.hash);
        }
        accepted.push(AcceptedChange { hash: change.hash, deps: change.deps.clone(), new });
    }
    let ops: u64 = fresh.iter().map(|fresh| fresh.change.ops).sum();
    if loaded.doc.stats().num_ops + ops > DOCUMENT_MAX_OPS {
        return Err(Refusal::HELD.into());
    }
    let sound = guarded(|| {
        let mut rest = fresh.as_slice();
        // The common case, keystrokes one after the other, is done over again instead of merged: see `replay`.
        while let [Fresh { change, at_heads: true }, others @ ..] = rest {
            if !short {
                break;
            }
            match replay::replay(loaded, change) {
                replay::Outcome::Same => rest = others,
                replay::Outcome::Unsuited => break,
                replay::Outcome::Different => return false,
            }
        }
        (rest.is_empty() || merge(loaded, rest)) && loaded.heads_agree()
    });
    if sound != Some(true) {
        return Err(Failure::Spoilt);
    }
    if let Some(place) = job.origin.place {
        // What was pending here comes back in an entry of our own feed.
        loaded.graph.seal(&known_already, place);
    }
    Ok(accepted)
}

/// Operations merged at once: Automerge takes some 300 bytes for each while it does so.
const BATCH_OPS: u64 = 50_000;

/// G4 and G5 for a batch.
///
/// Measured on a document of 50,000 one-character changes: `get_change_by_hash` takes 3 to 13 µs, so asking
/// Automerge for the bytes of every new change costs less than any substitute; merging into a text takes 0.18 µs
/// for every operation of that text.
fn merge(loaded: &mut Loaded, fresh: &[Fresh<'_>]) -> bool {
    loaded.caret = None;
    let mut rest = fresh;
    while !rest.is_empty() {
        let mut ops = 0;
        let fits = rest.iter().take_while(|fresh| {
            ops += fresh.change.ops;
            ops <= BATCH_OPS
        });
        let (batch, others) = rest.split_at(fits.count().max(1));
        let changes: Vec<_> = batch.iter().map(|fresh| fresh.change.change.clone()).collect();
        if loaded.doc.apply_changes(changes).is_err() {
            return false;
        }
        rest = others;
    }
    fresh.iter().all(|fresh| is_canonical(&loaded.doc, fresh.change))
        && marks_stand_in_order(&loaded.doc, fresh.iter().map(|fresh| fresh.change))
}

/// No mark ends before it begins: Automerge takes such a change, writes it again byte for byte, saves the document,
/// and does not load it. Where the visible positions of both do not tell, loading does.
fn marks_stand_in_order<'a>(doc: &Automerge, changes: impl Iterator<Item = &'a Checked>) -> bool {
    let mut told = true;
    for change in changes.filter(|change| change.marks) {
        let Ok(rows) = change.rows() else { return false };
        for (at, row) in rows.rows.iter().enumerate().filter(|(_, row)| row.action == Action::MarkBegin) {
            let Some(text) = row.object else { return false };
            let text = ObjId::Id(text.0, actor_id(&text.1), 0);
            let begin = change.start_op + at as u64;
            // Debug builds of Automerge assert that nobody asks for the place of a mark.
            let position = |counter| {
                let cursor = replay::cursor(&(counter, change.actor))?;
                guarded(|| doc.get_cursor_position(&text, &cursor, None).ok()).flatten()
            };
            match (position(begin), position(begin + 1)) {
                (Some(begin), Some(end)) if begin < end => {}
                _ => told = false,
            }
        }
    }
    told || Automerge::load_with_options(&doc.save_nocompress(), load_options()).is_ok()
}

/// G5: Automerge, asked for the change, writes the very bytes again.
fn is_canonical(doc: &Automerge, change: &Checked) -> bool {
    doc.get_change_by_hash(&theirs(&change.hash))
        .is_some_and(|held| held.raw_bytes() == change.change.raw_bytes())
}

/// After a failure: the same changes, one by one, on a document that holds nothing but their past. What fails
/// there fails everywhere and is void; what does not is held, for the fault may be Automerge's.
fn try_alone(fresh: Option<&Loaded>, checked: &[Checked]) -> Refusal {
    let within: Vec<_> = checked.iter().map(|change| change.hash).collect();
    let outer: Vec<_> = checked
        .iter()
        .flat_map(|change| &change.deps)
        .filter(|dep| !within.contains(dep))
        .map(theirs)
        .collect();
    let alone = guarded(|| match fresh {
        Some(loaded) => loaded.doc.fork_at(&outer).ok(),
        None => Some(empty()),
    });
    let Some(Some(mut alone)) = alone else { return Refusal::HELD };
    for change in checked {
        let applied = guarded(|| alone.apply_changes([change.change.clone()]).is_ok());
        if applied != Some(true) {
            return Refusal::PANIC;
        }
        let sound =
            guarded(|| is_canonical(&alone, change) && marks_stand_in_order(&alone, std::iter::once(change)));
        if sound != Some(true) {
            return Refusal::CANONICAL;
        }
    }
    Refusal::HELD
}

/// Depths of the objects that the item makes.
type Depths = HashMap<OpId, usize>;

/// No object deeper than [`NESTING_MAX`]: whoever walks a document walks it by recursion.
fn check_depth(
    doc: &Automerge,
    change: &Checked,
    rows: &Rows<'_>,
    depths: &mut Depths,
) -> Result<(), Refusal> {
    if !change.makes_objects {
        return Ok(());
    }
    for (at, row) in rows.rows.iter().enumerate().filter(|(_, row)| row.action.makes_object()) {
        let depth = match row.object {
            None => 0,
            Some(id) => match depths.get(&id) {
                Some(depth) => *depth,
                None => guarded(|| depth_of(doc, &id)).ok_or(Refusal::FORM)?,
            },
        };
        if depth >= NESTING_MAX {
            return Err(Refusal::NESTING);
        }
        depths.insert((change.start_op + at as u64, change.actor), depth + 1);
    }
    Ok(())
}

/// How deep an object of the document lies; 0 for what is not there, which `admit` has refused or which is made
/// earlier in the same item.
fn depth_of(doc: &Automerge, (counter, actor): &OpId) -> usize {
    let id = ObjId::Id(*counter, actor_id(actor), 0);
    match doc.parents(&id) {
        Ok(parents) => parents.take(NESTING_MAX + 1).count(),
        Err(_) => 0,
    }
}
