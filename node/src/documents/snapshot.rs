//! Snapshots: a document saved whole, with where each of its changes came from.
//!
//! Form, version 1: `"ALSN" ‖ u8 1 ‖ u64 items ‖ u32 n ‖ n × origin ‖ u32 m ‖ m × u32 ‖ document chunk`; numbers are
//! big-endian; an origin is `city8 ‖ person_ref ‖ place city8 ‖ u32 epoch ‖ u64 seq`; the m numbers tell the origin
//! of each change, in the order in which Automerge lists the changes of the loaded chunk. It lives in the index,
//! which can be deleted: whatever does not read is as good as absent.

use alianza_shared::id::{City8, DocId, PersonRef, Place};
use automerge::Automerge;

use super::graph::{self, Graph, Origin};
use super::loaded::Loaded;
use super::sandbox::guarded;
use super::{Documents, DocumentsError, Source, load_options, ours};

const MAGIC: &[u8; 5] = b"ALSN\x01";
const ORIGIN_BYTES: usize = 8 + 8 + 8 + 4 + 8;

impl Documents {
    /// A snapshot of a document, and how many sealed items it covers: what [`Source::items`] is then to skip.
    ///
    /// `None` while a pending change is inside, if there is no such document, or if what was saved does not load
    /// again with the same heads (G6): then the snapshot that is kept, if any, stays.
    pub fn snapshot(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
    ) -> Result<Option<(Vec<u8>, u64)>, DocumentsError> {
        Ok(self.with(source, doc, |loaded| save(loaded))?.flatten())
    }
}

fn save(loaded: &Loaded) -> Option<(Vec<u8>, u64)> {
    if loaded.graph.pending() > 0 {
        return None;
    }
    let chunk = loaded.doc.save();
    let again = Automerge::load_with_options(&chunk, load_options()).ok()?;
    let mut heads: Vec<_> = again.get_heads().into_iter().map(ours).collect();
    heads.sort_unstable();
    if heads != loaded.graph.heads() {
        return None;
    }
    let mut origins: Vec<&Origin> = Vec::new();
    let mut of_change = Vec::with_capacity(loaded.graph.len());
    for meta in again.get_changes_meta(&[]) {
        let origin = loaded.graph.origin(loaded.graph.number(&ours(meta.hash))?);
        // Changes of one item follow one another, so looking at the last one keeps the list short.
        if origins.last() != Some(&origin) {
            origins.push(origin);
        }
        of_change.push((origins.len() - 1) as u32);
    }
    if of_change.len() != loaded.graph.len() {
        return None;
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend(loaded.items.to_be_bytes());
    bytes.extend((origins.len() as u32).to_be_bytes());
    for origin in origins {
        let place = origin.place?;
        bytes.extend(origin.city.0);
        bytes.extend(origin.by.0);
        bytes.extend(place.city.0);
        bytes.extend(place.epoch.to_be_bytes());
        bytes.extend(place.seq.to_be_bytes());
    }
    bytes.extend((of_change.len() as u32).to_be_bytes());
    for origin in of_change {
        bytes.extend(origin.to_be_bytes());
    }
    bytes.extend(chunk);
    Some((bytes, loaded.items))
}

/// A loaded document from its snapshot; `None` if it does not read.
pub(super) fn open(bytes: &[u8]) -> Option<Loaded> {
    guarded(|| read(bytes)).flatten()
}

fn read(bytes: &[u8]) -> Option<Loaded> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let items = u64::from_be_bytes(take(&mut rest)?);
    let count = u32::from_be_bytes(take(&mut rest)?) as usize;
    // The length is checked before anything is allocated for it.
    let mut listed = split(&mut rest, count.checked_mul(ORIGIN_BYTES)?)?;
    let mut origins = Vec::with_capacity(count);
    for _ in 0..count {
        origins.push(Origin {
            city: City8(take(&mut listed)?),
            by: PersonRef(take(&mut listed)?),
            place: Some(Place {
                city: City8(take(&mut listed)?),
                epoch: u32::from_be_bytes(take(&mut listed)?),
                seq: u64::from_be_bytes(take(&mut listed)?),
            }),
        });
    }
    let changes = u32::from_be_bytes(take(&mut rest)?) as usize;
    let mut of_change = split(&mut rest, changes.checked_mul(4)?)?;
    let doc = Automerge::load_with_options(rest, load_options()).ok()?;
    let mut graph = Graph::default();
    let metas = doc.get_changes_meta(&[]);
    if metas.len() != changes {
        return None;
    }
    for meta in metas {
        let origin = origins.get(u32::from_be_bytes(take(&mut of_change)?) as usize)?;
        let origin = graph.add_origin(origin.clone());
        let deps: Vec<_> = meta.deps.iter().map(|dep| ours(*dep)).collect();
        let change = graph::Change {
            hash: ours(meta.hash),
            deps: &deps,
            actor: meta.actor.to_bytes().try_into().ok()?,
            seq: meta.seq,
            start_op: meta.start_op,
            max_op: meta.max_op,
        };
        graph.add(change, origin)?;
    }
    let loaded = Loaded { doc, graph, items, ..Loaded::new() };
    loaded.heads_agree().then_some(loaded)
}

fn split<'a>(rest: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (head, tail) = rest.split_at_checked(len)?;
    *rest = tail;
    Some(head)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    split(rest, N)?.try_into().ok()
}
