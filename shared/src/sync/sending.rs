//! What goes to partners and when: own entries at once, what others lack, acknowledgements (protocol §7).

use std::sync::Arc;

use super::Core;
use super::effect::{Effect, EntrySource, Outbox};
use super::input::LinkId;
use crate::feed::Line;
use crate::id::{CircleId, Place};
use crate::limits::{FORWARD_AFTER_MS, IN_FLIGHT_MAX_BYTES};
use crate::wire::{Message, tag};

/// Entries of one frame, in bytes; a frame can be larger by one entry.
const BATCH_BYTES: usize = 200 * 1024;
const BATCH_ENTRIES: usize = 500;
impl Core {
    /// An own entry is on disk: send it now.
    pub(super) fn push_own(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        place: Place,
        record: &Arc<Vec<u8>>,
        out: &mut Outbox,
    ) {
        let me = self.me;
        let mut rest = Vec::new();
        for (id, link) in &mut self.links {
            let Some(peer) = link.peers.get_mut(&circle).filter(|peer| peer.synced) else { continue };
            let sent = peer.sent.entry((place.city, place.epoch)).or_insert(0);
            if *sent == place.seq && !peer.catching && link.in_flight_bytes < IN_FLIGHT_MAX_BYTES {
                *sent = place.seq + 1;
                link.in_flight.push_back((circle, place, record.len()));
                link.in_flight_bytes += record.len();
                out.push(Effect::SendEntries {
                    link: *id,
                    circle,
                    tag: tag(&circle, &me, &link.city),
                    entries: vec![EntrySource::Memory(record.clone())],
                });
            } else {
                rest.push(*id);
            }
        }
        for id in rest {
            self.pump(now_ms, id, circle, out);
        }
    }

    pub(super) fn pump_all(&mut self, now_ms: u64, circle: CircleId, out: &mut Outbox) {
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            self.pump(now_ms, id, circle, out);
        }
    }

    /// Send what the other side lacks, as far as the window allows.
    pub(super) fn pump(&mut self, now_ms: u64, id: LinkId, circle: CircleId, out: &mut Outbox) {
        let (me, me8) = (self.me, self.me8);
        let (Some(link), Some(held)) = (self.links.get_mut(&id), self.circles.get(&circle)) else { return };
        let Some(peer) = link.peers.get_mut(&circle).filter(|peer| peer.synced) else { return };
        let theirs = held.theirs.get(&link.city);
        let (mut batch, mut batch_bytes) = (Vec::new(), 0);
        let mut waits = false;
        let mut ix = peer.cursor;
        while let Some(&(place, arrived_ms)) = held.order.get(ix) {
            let key = (place.city, place.epoch);
            let Some(feed) = held.epochs.get(&key) else { break };
            if place.seq >= feed.durable || link.in_flight_bytes >= IN_FLIGHT_MAX_BYTES {
                break;
            }
            let has = theirs.map_or(0, |theirs| theirs.count(place.city, place.epoch));
            let sent = peer.sent.entry(key).or_insert(0);
            *sent = (*sent).max(has);
            let meta = &feed.entries[place.seq as usize];
            let known = *sent > place.seq || feed.missing.contains(&place.seq);
            // Its author is probably sending it; pass it on only if it has not arrived after a while.
            let early = place.city != me8 && !peer.catching && now_ms < arrived_ms + FORWARD_AFTER_MS;
            if !known && early {
                waits = true;
            } else if !known && *sent == place.seq {
                let Some(at) = meta.at else { break };
                *sent += 1;
                batch.push(EntrySource::Stored(at));
                batch_bytes += meta.bytes;
                link.in_flight.push_back((circle, place, meta.bytes));
                link.in_flight_bytes += meta.bytes;
            }
            ix += 1;
            if !waits {
                peer.cursor = ix;
            }
            if batch_bytes >= BATCH_BYTES || batch.len() >= BATCH_ENTRIES {
                let entries = std::mem::take(&mut batch);
                batch_bytes = 0;
                let tag = tag(&circle, &me, &link.city);
                out.push(Effect::SendEntries { link: id, circle, tag, entries });
            }
        }
        if ix >= held.order.len() {
            peer.catching = false;
        }
        if !batch.is_empty() {
            let tag = tag(&circle, &me, &link.city);
            out.push(Effect::SendEntries { link: id, circle, tag, entries: batch });
        }
    }

    /// Tell everyone who shares the circle what is stored here now (I38).
    pub(super) fn acknowledge(&mut self, circle: CircleId, lines: &[Line], out: &mut Outbox) {
        if lines.is_empty() {
            return;
        }
        for (id, link) in &self.links {
            if link.peers.contains_key(&circle) {
                let tag = tag(&circle, &self.me, &link.city);
                let ack = Message::Ack { tag, answers_vector: false, lines: lines.to_vec() };
                out.push(Effect::Send { link: *id, frame: ack.encode() });
            }
        }
    }

    /// Send a message to all who share the circle, each with its own tag.
    pub(super) fn broadcast(&mut self, circle: CircleId, message: Message, out: &mut Outbox) {
        for (id, link) in &self.links {
            if !link.tags.values().any(|shared| *shared == circle) {
                continue;
            }
            let mut message = message.clone();
            match &mut message {
                Message::Fork { tag: to, .. } | Message::Presence { tag: to, .. } => {
                    *to = tag(&circle, &self.me, &link.city);
                }
                _ => {}
            }
            out.push(Effect::Send { link: *id, frame: message.encode() });
        }
    }
}
