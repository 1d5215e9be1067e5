//! What others read of a document: heads, what a tab lacks, content with conflicts, history.

use alianza_shared::api::{ConflictValue, ConflictView, HistoryItem};
use alianza_shared::document::hydrate;
use alianza_shared::id::{ChangeHash, DocId};
use automerge::{ObjId, ReadDoc as _};
use serde_json::Value;

use super::loaded::Loaded;
use super::{Documents, DocumentsError, Source, ours, theirs};

/// Below this a timestamp is in seconds: Automerge's own clients write those. As milliseconds it would be 1973.
const SECONDS_BELOW: i64 = 100_000_000_000;

/// What brings a tab to where we are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CatchUp {
    /// A document chunk to load first; `None` if what the tab holds can be built upon.
    pub snapshot: Option<Vec<u8>>,
    /// Raw changes to apply then, in causal order.
    pub changes: Vec<Vec<u8>>,
    /// Where that leads; sorted.
    pub heads: Vec<ChangeHash>,
}

impl Documents {
    /// Heads, sorted, pending changes included; `None` if there is no such document.
    pub fn heads(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
    ) -> Result<Option<Vec<ChangeHash>>, DocumentsError> {
        self.with(source, doc, |loaded| loaded.graph.heads())
    }

    /// Heads of what is sealed alone: what the state root is made from (I19).
    pub fn sealed_heads(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
    ) -> Result<Option<Vec<ChangeHash>>, DocumentsError> {
        self.with(source, doc, |loaded| loaded.graph.sealed_heads())
    }

    /// What a holder of `have` lacks. Heads that we do not know are no ground to build on: then, and when `have`
    /// is empty, the answer is the whole document.
    pub fn catch_up(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
        have: &[ChangeHash],
    ) -> Result<Option<CatchUp>, DocumentsError> {
        self.with(source, doc, |loaded| {
            let heads = loaded.graph.heads();
            let known = !have.is_empty() && have.iter().all(|head| loaded.graph.contains(head));
            if !known {
                return CatchUp { snapshot: Some(loaded.doc.save()), changes: Vec::new(), heads };
            }
            let have: Vec<_> = have.iter().map(theirs).collect();
            let changes = loaded.doc.get_changes(&have);
            let changes = changes.iter().map(|change| change.raw_bytes().to_vec());
            CatchUp { snapshot: None, changes: changes.collect(), heads }
        })
    }

    /// The document as JSON, and every place where several different values stand at once.
    pub fn content(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
    ) -> Result<Option<(Value, Vec<ConflictView>)>, DocumentsError> {
        self.with(source, doc, |loaded| {
            let conflicts = hydrate::concurrent(&loaded.doc)
                .into_iter()
                .map(|found| ConflictView {
                    path: found.path,
                    values: found.values.into_iter().map(|(value, by)| loaded.written(value, &by)).collect(),
                })
                .collect();
            (hydrate::hydrate(&loaded.doc), conflicts)
        })
    }

    /// One text value by the keys that lead to it; nothing if it is not there or cannot be read.
    pub fn text(&mut self, source: &dyn Source, doc: &DocId, path: &[&str]) -> Option<String> {
        let found = self.with(source, doc, |loaded| {
            let (last, first) = path.split_last()?;
            let mut object = automerge::ROOT;
            for key in first {
                object = loaded.doc.get(&object, *key).ok()??.1;
            }
            loaded.doc.get(&object, *last).ok()??.0.into_string().ok()
        });
        found.ok().flatten().flatten()
    }

    /// Every change, the oldest first.
    pub fn history(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
    ) -> Result<Option<Vec<HistoryItem>>, DocumentsError> {
        self.with(source, doc, |loaded| {
            (0..loaded.graph.len() as u32)
                .map(|number| {
                    let hash = loaded.graph.hash(number);
                    let origin = loaded.graph.origin(number);
                    HistoryItem {
                        change: hash.hex(),
                        city: origin.city.hex(),
                        person_ref: origin.by.hex(),
                        time_ms: loaded.time_ms(&hash),
                        operations: loaded.graph.operations(number),
                        place: origin.place.map(|place| place.to_string()),
                    }
                })
                .collect()
        })
    }
}

impl Loaded {
    fn time_ms(&self, hash: &ChangeHash) -> u64 {
        let time = self.doc.get_change_meta_by_hash(&theirs(hash)).map_or(0, |meta| meta.timestamp);
        shown_ms(time)
    }

    /// A value and who wrote it.
    fn written(&self, value: Value, by: &ObjId) -> ConflictValue {
        let hash = self.doc.hash_for_opid(by).map(ours);
        let origin = hash.and_then(|hash| self.graph.number(&hash)).map(|number| self.graph.origin(number));
        ConflictValue {
            value,
            city: origin.map_or_else(String::new, |origin| origin.city.hex()),
            person_ref: origin.map_or_else(String::new, |origin| origin.by.hex()),
            time_ms: hash.map_or(0, |hash| self.time_ms(&hash)),
        }
    }
}

/// A change's timestamp in milliseconds; 0 if it tells none.
pub(super) fn shown_ms(time: i64) -> u64 {
    let time = if (1..SECONDS_BELOW).contains(&time) { time * 1_000 } else { time };
    u64::try_from(time).unwrap_or(0)
}
