//! Snapshots: a document saved whole, with where each of its changes came from.
//!
//! Form, version 2: `"ALSN" ‖ 2 ‖ digest ‖ items ‖ n ‖ n × (city8 ‖ person_ref ‖ place city8 ‖ epoch) ‖ m ‖ m × (which
//! of the n, seq) ‖ document chunk`. Numbers are LEB128; a `seq` is the difference to the one before, so a change
//! costs two or three bytes. The m pairs tell the origin of each change, in the order in which Automerge lists the
//! changes of the loaded chunk; `digest` (16 bytes of BLAKE3) is that of the hashes of the changes in that order, and
//! is compared when the snapshot is opened: a chunk that loads as anything else is no snapshot. It lives in the
//! index, which can be deleted: what does not read is absent.

use alianza_shared::id::{City8, DocId, PersonRef, Place};
use automerge::{Automerge, ReadDoc as _};

use super::graph::{self, Graph, Origin};
use super::loaded::Loaded;
use super::sandbox::guarded;
use super::{Documents, DocumentsError, Source, load_options, ours};

const MAGIC: &[u8; 5] = b"ALSN\x02";
/// A document leaves a snapshot behind when it is let go with one change in so many not yet in a snapshot: what is
/// written for a document that grows for ever stays within this many times its size.
const WORTHWHILE: usize = 8;

/// Documents from here on are compressed.
const COMPRESSED_FROM_OPS: u64 = 20_000;

/// What the origins of many changes have in common.
type Hand = (City8, PersonRef, City8, u32);

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
        let Some((bytes, covered)) = self.with(source, doc, |loaded| saved_whole(loaded))?.flatten() else {
            return Ok(None);
        };
        // What is counted must be what is stored: a snapshot that claims an item too many would lose one.
        let last = source.items(doc, covered.saturating_sub(1))?;
        let sealed = last.iter().filter(|item| item.origin.place.is_some()).count() as u64;
        Ok((sealed == covered.min(1)).then_some((bytes, covered)))
    }
}

/// A snapshot that was seen to open again as the same (G6).
fn saved_whole(loaded: &Loaded) -> Option<(Vec<u8>, u64)> {
    let bytes = save(loaded)?;
    let again = open(&bytes)?;
    (again.graph.heads() == loaded.graph.heads()).then_some((bytes, loaded.items))
}

/// What a document that is let go leaves behind: [`open`] finds out whether it is worth anything.
pub(super) fn left_behind(loaded: &Loaded) -> Option<Vec<u8>> {
    let changes = loaded.graph.len();
    let new = changes.saturating_sub(loaded.in_snapshot);
    if new == 0 || new * WORTHWHILE < changes {
        return None;
    }
    guarded(|| save(loaded)).flatten()
}

fn save(loaded: &Loaded) -> Option<Vec<u8>> {
    if loaded.graph.pending() > 0 {
        return None;
    }
    // Compressing a small document takes longer than writing it, and its working memory is hundreds of kilobytes.
    let small = loaded.doc.stats().num_ops < COMPRESSED_FROM_OPS;
    let chunk = if small { loaded.doc.save_nocompress() } else { loaded.doc.save() };
    let mut hands: Vec<Hand> = Vec::new();
    let mut of_change = Vec::new();
    let metas = loaded.doc.get_changes_meta(&[]);
    if metas.len() != loaded.graph.len() {
        return None;
    }
    let mut seq_before = 0i64;
    for meta in &metas {
        let origin = loaded.graph.origin(loaded.graph.number(&ours(meta.hash))?);
        let place = origin.place?;
        let hand = (origin.city, origin.by, place.city, place.epoch);
        let index = match hands.iter().rposition(|known| *known == hand) {
            Some(index) => index,
            None => {
                hands.push(hand);
                hands.len() - 1
            }
        };
        let seq = i64::try_from(place.seq).ok()?;
        put_unsigned(&mut of_change, index as u64);
        put_signed(&mut of_change, seq - seq_before);
        seq_before = seq;
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend(digest(&metas));
    put_unsigned(&mut bytes, loaded.items);
    put_unsigned(&mut bytes, hands.len() as u64);
    for (city, by, place_city, epoch) in hands {
        bytes.extend(city.0);
        bytes.extend(by.0);
        bytes.extend(place_city.0);
        put_unsigned(&mut bytes, u64::from(epoch));
    }
    put_unsigned(&mut bytes, metas.len() as u64);
    bytes.extend(of_change);
    bytes.extend(chunk);
    Some(bytes)
}

/// Which changes, in which order.
fn digest(metas: &[automerge::ChangeMetadata<'_>]) -> [u8; 16] {
    let hashes: Vec<&[u8]> = metas.iter().map(|meta| &meta.hash.0[..]).collect();
    let whole = alianza_shared::id::hash("snapshot", &hashes);
    let mut short = [0; 16];
    short.copy_from_slice(&whole[..16]);
    short
}

/// A loaded document from its snapshot; `None` if it does not read.
pub(super) fn open(bytes: &[u8]) -> Option<Loaded> {
    guarded(|| read(bytes)).flatten()
}

/// How many sealed items a snapshot says that it covers.
pub(super) fn covered(bytes: &[u8]) -> Option<u64> {
    head(bytes).map(|(_, items, _)| items)
}

fn head(bytes: &[u8]) -> Option<([u8; 16], u64, &[u8])> {
    let mut rest = bytes.strip_prefix(MAGIC)?;
    let digest = take(&mut rest)?;
    let items = take_unsigned(&mut rest)?;
    Some((digest, items, rest))
}

fn read(bytes: &[u8]) -> Option<Loaded> {
    let (expected, items, mut rest) = head(bytes)?;
    let count = take_unsigned(&mut rest)?;
    // Nothing is allocated for what is claimed: each entry takes bytes that must be there.
    let mut hands: Vec<Hand> = Vec::new();
    for _ in 0..count {
        let city = City8(take(&mut rest)?);
        let by = PersonRef(take(&mut rest)?);
        let place_city = City8(take(&mut rest)?);
        hands.push((city, by, place_city, u32::try_from(take_unsigned(&mut rest)?).ok()?));
    }
    let changes = take_unsigned(&mut rest)?;
    let mut origins = Vec::new();
    let mut seq = 0i64;
    for _ in 0..changes {
        let (city, by, place_city, epoch) = *hands.get(usize::try_from(take_unsigned(&mut rest)?).ok()?)?;
        seq = seq.checked_add(take_signed(&mut rest)?)?;
        let place = Place { city: place_city, epoch, seq: u64::try_from(seq).ok()? };
        origins.push(Origin { place: Some(place), city, by });
    }
    let doc = Automerge::load_with_options(rest, load_options()).ok()?;
    let mut graph = Graph::default();
    let metas = doc.get_changes_meta(&[]);
    if metas.len() != origins.len() || digest(&metas) != expected {
        return None;
    }
    for (meta, origin) in metas.iter().zip(origins) {
        let origin = graph.add_origin(origin);
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
    drop(metas);
    let in_snapshot = graph.len();
    let loaded = Loaded { doc, graph, items, in_snapshot, ..Loaded::new() };
    loaded.heads_agree().then_some(loaded)
}

fn take<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (head, tail) = rest.split_first_chunk()?;
    *rest = tail;
    Some(*head)
}

fn put_unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn take_unsigned(rest: &mut &[u8]) -> Option<u64> {
    let mut value = 0u64;
    for shift in (0..64).step_by(7) {
        let [byte] = take(rest)?;
        value |= u64::from(byte & 0x7f).checked_shl(shift)?;
        if byte & 0x80 == 0 {
            return Some(value);
        }
    }
    None
}

/// Small differences of either sign in few bytes.
fn put_signed(bytes: &mut Vec<u8>, value: i64) {
    put_unsigned(bytes, ((value << 1) ^ (value >> 63)) as u64);
}

fn take_signed(rest: &mut &[u8]) -> Option<i64> {
    let value = take_unsigned(rest)?;
    Some((value >> 1) as i64 ^ -((value & 1) as i64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_come_back() {
        for value in [0, 1, -1, 63, -64, 1 << 40, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            put_signed(&mut bytes, value);
            assert_eq!(take_signed(&mut &bytes[..]), Some(value));
        }
        assert_eq!(take_unsigned(&mut &[0x80][..]), None);
    }
}
