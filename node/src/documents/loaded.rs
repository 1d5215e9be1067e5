//! One loaded document: Automerge's and what we know of its changes.

use alianza_shared::document::gate::{Checked, Key, OpId, Refusal, Rows};
use alianza_shared::id::{ChangeHash, DocId, Place};
use automerge::{Automerge, Change, ReadDoc as _};

use super::graph::{self, Graph, Origin};
use super::replay::Caret;
use super::sandbox::guarded;
use super::{DocumentsError, Source, StoredItem, actor_id, empty, ours, snapshot};

pub(super) struct Loaded {
    pub(super) doc: Automerge,
    pub(super) graph: Graph,
    /// Sealed items that are inside.
    pub(super) items: u64,
    /// Where the last text operation was, for the next keystroke.
    pub(super) caret: Option<Caret>,
    /// Changes that the kept snapshot holds, if this was opened from one.
    pub(super) in_snapshot: usize,
    pub(super) age: u64,
    pub(super) bytes: usize,
}

impl Loaded {
    pub(super) fn new() -> Self {
        Self {
            doc: empty(),
            graph: Graph::default(),
            items: 0,
            caret: None,
            in_snapshot: 0,
            age: 0,
            bytes: 0,
        }
    }

    /// From the last snapshot and what was accepted since, or from all that was accepted. `None` if nothing was.
    pub(super) fn rebuild(source: &dyn Source, id: &DocId) -> Result<Option<Self>, DocumentsError> {
        let snapshot = source.snapshot(id).and_then(|bytes| snapshot::open(&bytes));
        let from_snapshot = snapshot.is_some();
        let mut loaded = snapshot.unwrap_or_else(Self::new);
        let items = source.items(id, loaded.items)?;
        if !from_snapshot && items.is_empty() {
            return Ok(None);
        }
        if loaded.extend(&items) {
            return Ok(Some(loaded));
        }
        // A snapshot that does not fit what came after it is worth nothing; the items are the truth.
        if from_snapshot {
            let mut whole = Self::new();
            if whole.extend(&source.items(id, 0)?) {
                return Ok(Some(whole));
            }
        }
        Err(DocumentsError::Damaged(*id))
    }

    /// The same of what was read already: a snapshot, if one is kept, and the items that it says it does not cover.
    pub(super) fn from_parts(snapshot: Option<&[u8]>, items: &[StoredItem]) -> Option<Self> {
        let mut loaded = match snapshot {
            Some(bytes) => snapshot::open(bytes)?,
            None => Self::new(),
        };
        loaded.extend(items).then_some(loaded)
    }

    /// Applies items that were accepted before; false if Automerge does not take them.
    fn extend(&mut self, items: &[StoredItem]) -> bool {
        let mut batch = Vec::new();
        for item in items {
            let origin = self.graph.add_origin(item.origin.clone());
            for bytes in &item.changes {
                let Some(Ok(change)) = guarded(|| Change::try_from(&bytes[..])) else { return false };
                if self.graph.contains(&ours(change.hash())) {
                    continue;
                }
                if !self.note(&change, origin) {
                    return false;
                }
                batch.push(change);
            }
            self.items += u64::from(item.origin.place.is_some());
        }
        if batch.is_empty() {
            return true;
        }
        let applied = guarded(|| self.doc.apply_changes(batch).is_ok());
        applied == Some(true) && self.heads_agree()
    }

    /// Takes an accepted change into the graph.
    fn note(&mut self, change: &Change, origin: u32) -> bool {
        let Ok(actor) = <[u8; 16]>::try_from(change.actor_id().to_bytes()) else { return false };
        let deps: Vec<_> = change.deps().iter().map(|dep| ours(*dep)).collect();
        let change = graph::Change {
            hash: ours(change.hash()),
            deps: &deps,
            actor,
            seq: change.seq(),
            start_op: change.start_op().get(),
            max_op: change.max_op(),
        };
        self.graph.add(change, origin).is_some()
    }

    /// The heads that Automerge has are those that follow from the dependencies (I13, I15).
    pub(super) fn heads_agree(&self) -> bool {
        let mut heads: Vec<_> = self.doc.get_heads().into_iter().map(ours).collect();
        heads.sort_unstable();
        heads == self.graph.heads()
    }

    /// G2 and G3: takes a change into the graph if it may come next.
    pub(super) fn admit(
        &mut self,
        change: &Checked,
        rows: &Rows<'_>,
        origin: u32,
        reachable: impl Fn(&Origin) -> bool,
    ) -> Result<Admitted, Refusal> {
        let mut deps = Vec::with_capacity(change.deps.len());
        for dep in &change.deps {
            let number = self.graph.number(dep).ok_or(Refusal::DEPENDENCY)?;
            if !reachable(self.graph.origin(number)) {
                return Err(Refusal::DEPENDENCY);
            }
            deps.push(number);
        }
        if deps.is_empty() != self.graph.is_empty() {
            // The one change without dependencies is the one that creates the document.
            return Err(Refusal::DEPENDENCY);
        }
        let (last_seq, last) = self.graph.last_of(&change.actor);
        let continues = last.is_none_or(|last| deps.contains(&last));
        if change.seq != last_seq + 1 || !continues {
            return Err(Refusal::SEQ);
        }
        let before = deps.iter().map(|dep| self.graph.max_op(*dep)).max().unwrap_or(0);
        if change.start_op != before + 1 {
            return Err(Refusal::START_OP);
        }
        let at_heads = self.graph.is_at(&deps);
        self.check_references(change, rows, &deps)?;
        let added = graph::Change {
            hash: change.hash,
            deps: &change.deps,
            actor: change.actor,
            seq: change.seq,
            start_op: change.start_op,
            max_op: change.max_op,
        };
        self.graph.add(added, origin).ok_or(Refusal::SEQ)?;
        Ok(Admitted { at_heads })
    }

    /// Every operation that the change names is one of its own, or stands in the closure of its dependencies.
    ///
    /// Automerge does not ask this: a change that names what was written concurrently would be taken by the nodes
    /// that have that already and refused by the others, and they would differ for ever (I4, I19).
    fn check_references(&mut self, change: &Checked, rows: &Rows<'_>, deps: &[u32]) -> Result<(), Refusal> {
        let named = references(change, rows);
        let holders = named
            .iter()
            .map(|id| self.graph.holder(id).ok_or(Refusal::REFERENCE))
            .collect::<Result<Vec<_>, _>>()?;
        let outside = self.graph.outside(deps);
        if holders.iter().any(|holder| outside.contains(holder)) { Err(Refusal::REFERENCE) } else { Ok(()) }
    }

    pub(super) fn seal(&mut self, hashes: &[ChangeHash], place: Place) {
        // A document that was rebuilt meanwhile has the item already.
        self.items += u64::from(self.graph.seal(hashes, place));
    }

    /// Makes the next local transaction one of this actor.
    pub(super) fn set_actor(&mut self, actor: &[u8; 16]) {
        self.doc.set_actor(actor_id(actor));
    }

    /// Estimated memory in bytes: measured for documents of 20 to 50,000 changes, rounded up.
    pub(super) fn estimate(&self) -> usize {
        let stats = self.doc.stats();
        24 * 1024 + stats.num_ops as usize * 24 + self.graph.bytes()
    }
}

pub(super) struct Admitted {
    /// The change was made on exactly what is here.
    pub(super) at_heads: bool,
}

/// The operations of others, or of earlier changes, that a change names.
fn references(change: &Checked, rows: &Rows<'_>) -> Vec<OpId> {
    let mut named = Vec::new();
    let mut name = |id: OpId| {
        let own = id.1 == change.actor && (change.start_op..=change.max_op).contains(&id.0);
        if !own && named.last() != Some(&id) {
            named.push(id);
        }
    };
    for row in &rows.rows {
        if let Some(id) = row.object {
            name(id);
        }
        if let Key::Element(id) = row.key {
            name(id);
        }
    }
    for id in &rows.preds {
        name(*id);
    }
    named
}
