//! Sessions with partners: who shares what, what the other side lacks, and what is on its way (protocol §7).

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::circle::{Circle, Standing};
use super::effect::{Effect, Outbox, RecordKind};
use super::input::LinkId;
use super::{Core, Written};
use crate::alliance::{Card, CircleKind};
use crate::feed::{Line, Vector};
use crate::id::{CircleId, City8, CityId, DocId, PersonRef, Place};
use crate::limits::{CIRCLES_MAX, PRESENCE_TTL_MS};
use crate::wire::{CORE_VERSION, DENIED_OLD, Message, PROTOCOL, PROTOCOL_MIN, Tag8, tag};

/// How often two connected nodes compare digests although nothing seems to differ.
const ANTI_ENTROPY_MS: u64 = 30_000;
/// Persons of other cities remembered as present in one circle.
const PRESENT_MAX: usize = 2_000;

/// What is known of one circle on one link.
#[derive(Debug, Default)]
pub(super) struct Peer {
    /// Their position is known: entries may be pushed.
    pub(super) synced: bool,
    /// Entries per feed that they have or that are on their way.
    pub(super) sent: BTreeMap<(City8, u32), u64>,
    /// Position in the circle's order up to which everything was considered.
    pub(super) cursor: usize,
    /// They are catching up: others' entries are sent at once.
    pub(super) catching: bool,
    /// Digest of the vector last sent to them.
    told: Option<[u8; 8]>,
}

#[derive(Debug)]
pub(super) struct Link {
    pub(super) city: CityId,
    pub(super) dialer: bool,
    pub(super) address: String,
    hello_seen: bool,
    pub(super) tags: BTreeMap<Tag8, CircleId>,
    pub(super) peers: BTreeMap<CircleId, Peer>,
    pub(super) in_flight: VecDeque<(CircleId, Place, usize)>,
    pub(super) in_flight_bytes: usize,
}

impl Core {
    pub(super) fn link_up(
        &mut self,
        now_ms: u64,
        id: LinkId,
        city: CityId,
        dialer: bool,
        address: String,
        out: &mut Outbox,
    ) {
        self.reached_from_outside |= !dialer;
        self.last_contact_ms.insert(city, now_ms);
        let link = Link {
            city,
            dialer,
            address,
            hello_seen: false,
            tags: BTreeMap::new(),
            peers: BTreeMap::new(),
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
        };
        self.links.insert(id, link);
        self.say_hello(id, out);
        self.progress_of(&city, out);
    }

    pub(super) fn link_down(&mut self, now_ms: u64, id: LinkId, out: &mut Outbox) {
        let Some(link) = self.links.remove(&id) else { return };
        self.last_contact_ms.insert(link.city, now_ms);
        if !self.links.values().any(|other| other.city == link.city) {
            let city8 = link.city.city8();
            for (circle, held) in &mut self.circles {
                let gone: Vec<_> = held.present.keys().filter(|key| key.1 == city8).copied().collect();
                for (doc, city, session) in gone {
                    held.present.remove(&(doc, city, session));
                    out.push(Effect::Presence {
                        circle: *circle,
                        doc,
                        city,
                        person: PersonRef::NODE,
                        session,
                        payload: None,
                    });
                }
            }
        }
        self.progress_of(&link.city, out);
    }

    fn progress_of(&self, city: &CityId, out: &mut Outbox) {
        for circle in self.shared_with(city) {
            out.push(Effect::Progress { circle });
        }
    }

    /// Circles that we and that city hold together, by our present knowledge (protocol §2).
    pub(super) fn shared_with(&self, city: &CityId) -> BTreeSet<CircleId> {
        let mut shared = BTreeSet::new();
        for (id, held) in &self.circles {
            if held.admitted_by.contains(city) && held.standing(&self.me) == Standing::Joining {
                shared.insert(*id);
            }
            // With records damaged here it may not be known who is a member: who signed entries of it can send
            // them again.
            if held.may_mend(city) {
                shared.insert(*id);
            }
            let state = held.state();
            if state.kind != Some(CircleKind::Alliance) || state.role(city).is_none() {
                continue;
            }
            let Some(own) = state.members.get(&self.me) else { continue };
            shared.insert(*id);
            if own.is_present() {
                shared.extend(state.present().filter_map(|(_, member)| member.home));
            }
        }
        while shared.len() > CIRCLES_MAX {
            shared.pop_last();
        }
        shared
    }

    fn card_counter(&self, circle: &CircleId) -> u64 {
        self.cards.values().find(|(card, _)| card.home == *circle).map_or(0, |(card, _)| card.counter)
    }

    fn digest(&self, circle: &CircleId) -> [u8; 8] {
        let vector = self.circles.get(circle).map(Circle::vector).unwrap_or_default();
        vector.digest8(self.card_counter(circle))
    }

    fn say_hello(&mut self, id: LinkId, out: &mut Outbox) {
        let Some(city) = self.links.get(&id).map(|link| link.city) else { return };
        let shared = self.shared_with(&city);
        for circle in &shared {
            self.circle_or_placeholder(*circle);
        }
        let tags: BTreeMap<Tag8, CircleId> =
            shared.iter().map(|circle| (tag(circle, &self.me, &city), *circle)).collect();
        let circles = tags.iter().map(|(tag, circle)| (*tag, self.digest(circle))).collect();
        let hello = Message::Hello {
            protocol: PROTOCOL,
            core_version: CORE_VERSION,
            features: 0,
            incarnation: self.incarnation,
            card_counter: self.cards.get(&self.me).map_or(0, |(card, _)| card.counter),
            circles,
        };
        if let Some(link) = self.links.get_mut(&id) {
            link.peers.retain(|circle, _| shared.contains(circle));
            link.tags = tags;
        }
        out.push(Effect::Send { link: id, frame: hello.encode() });
    }

    pub(super) fn frame(&mut self, now_ms: u64, id: LinkId, frame: &[u8], out: &mut Outbox) {
        let Some(link) = self.links.get(&id) else { return };
        let city = link.city;
        self.last_contact_ms.insert(city, now_ms);
        let Ok(message) = Message::decode(frame) else {
            out.push(Effect::Fault { city, what: "sent a malformed frame" });
            out.push(Effect::Close { link: id, reason: "malformed frame" });
            return;
        };
        let link = &self.links[&id];
        let circle_of = |tag: &Tag8| link.tags.get(tag).copied();
        match message {
            Message::Hello { protocol, .. } if protocol < PROTOCOL_MIN => {
                out.push(Effect::Send { link: id, frame: Message::Denied { code: DENIED_OLD }.encode() });
                out.push(Effect::Close { link: id, reason: "its program is too old" });
            }
            Message::Hello { circles, .. } => self.hello(now_ms, id, &circles, out),
            Message::Vector { tag, lines, card_counter, .. } => {
                if let Some(circle) = circle_of(&tag) {
                    self.vector(now_ms, id, circle, &lines, card_counter, out);
                }
            }
            Message::Entries { tag, entries } => {
                if let Some(circle) = circle_of(&tag) {
                    self.entries(now_ms, id, circle, entries, out);
                }
            }
            Message::Need { tag } => {
                if let Some(circle) = circle_of(&tag) {
                    self.send_vector(id, circle, out);
                }
            }
            Message::Ack { tag, answers_vector, lines } => {
                if let Some(circle) = circle_of(&tag) {
                    self.ack(now_ms, id, circle, answers_vector, &lines, out);
                }
            }
            Message::Fork { tag, one, other } => {
                if let Some(circle) = circle_of(&tag)
                    && let Err(what) = self.fork(circle, one, other, out)
                {
                    out.push(Effect::Fault { city, what });
                }
            }
            Message::Presence { tag, doc, person, session, payload } => {
                if let Some(circle) = circle_of(&tag) {
                    self.presence(now_ms, circle, &city, (doc, person, session), payload, out);
                }
            }
            Message::Card { record } => self.take_card(id, &record, out),
            Message::Denied { code } => out.push(Effect::Denied { city, code }),
            Message::Bye { .. } | Message::Unknown { .. } => {}
        }
    }

    fn hello(&mut self, now_ms: u64, id: LinkId, circles: &[(Tag8, [u8; 8])], out: &mut Outbox) {
        let Some(link) = self.links.get_mut(&id) else { return };
        // At the beginning the side that was dialled answers with its vector; later, whoever sees a difference.
        let answer = !link.dialer || link.hello_seen;
        link.hello_seen = true;
        let listed: Vec<(CircleId, [u8; 8])> = circles
            .iter()
            .filter_map(|(tag, digest)| link.tags.get(tag).map(|circle| (*circle, *digest)))
            .collect();
        for (circle, digest) in listed {
            if self.digest(&circle) == digest {
                let city = self.links[&id].city;
                let Some(held) = self.circles.get_mut(&circle) else { continue };
                let ours = held.vector();
                held.theirs.insert(city, ours);
                self.position_known(now_ms, id, circle, out);
                self.pump(now_ms, id, circle, out);
                out.push(Effect::Progress { circle });
            } else if answer {
                self.send_vector(id, circle, out);
            }
        }
    }

    pub(super) fn send_vector(&mut self, id: LinkId, circle: CircleId, out: &mut Outbox) {
        let card_counter = self.card_counter(&circle);
        let digest = self.digest(&circle);
        let (me, Some(held)) = (self.me, self.circles.get(&circle)) else { return };
        let Some(link) = self.links.get_mut(&id) else { return };
        let message = Message::Vector {
            tag: tag(&circle, &me, &link.city),
            lines: held.vector().lines(),
            state_root: held.state_root(),
            documents: held.documents.len() as u64,
            card_counter,
        };
        link.peers.entry(circle).or_default().told = Some(digest);
        out.push(Effect::Send { link: id, frame: message.encode() });
    }

    fn vector(
        &mut self,
        now_ms: u64,
        id: LinkId,
        circle: CircleId,
        lines: &[Line],
        card_counter: u64,
        out: &mut Outbox,
    ) {
        let Some(city) = self.links.get(&id).map(|link| link.city) else { return };
        let our_card = self.card_counter(&circle);
        let digest = self.digest(&circle);
        let theirs = Vector::from_lines(lines);
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let ours = held.vector();
        let we_lack = theirs.ahead_of(&ours) > 0 || card_counter > our_card;
        held.theirs.insert(city, theirs);
        self.position_known(now_ms, id, circle, out);
        if our_card > card_counter
            && let Some((_, record)) = self.cards.values().find(|(card, _)| card.home == circle)
        {
            let frame = Message::Card { record: record.clone() }.encode();
            out.push(Effect::Send { link: id, frame });
        }
        let told = self.links[&id].peers.get(&circle).and_then(|peer| peer.told);
        if we_lack && told != Some(digest) {
            self.send_vector(id, circle, out);
        } else if !we_lack {
            let tag = tag(&circle, &self.me, &city);
            let ack = Message::Ack { tag, answers_vector: true, lines: Vec::new() };
            out.push(Effect::Send { link: id, frame: ack.encode() });
        }
        if let Some(peer) = self.links.get_mut(&id).and_then(|link| link.peers.get_mut(&circle)) {
            peer.catching = true;
            peer.cursor = 0;
        }
        self.pump(now_ms, id, circle, out);
        out.push(Effect::Progress { circle });
    }

    fn ack(
        &mut self,
        now_ms: u64,
        id: LinkId,
        circle: CircleId,
        answers_vector: bool,
        lines: &[Line],
        out: &mut Outbox,
    ) {
        let Some(city) = self.links.get(&id).map(|link| link.city) else { return };
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let mut theirs = held.theirs.remove(&city).unwrap_or_default();
        if answers_vector {
            for line in held.vector().lines() {
                theirs.raise(&line);
            }
        }
        for line in lines {
            theirs.raise(line);
        }
        held.theirs.insert(city, theirs.clone());
        if answers_vector {
            self.position_known(now_ms, id, circle, out);
        }
        let Some(link) = self.links.get_mut(&id) else { return };
        let (mut freed, mut kept) = (0, VecDeque::new());
        for (of, place, bytes) in link.in_flight.drain(..) {
            if of == circle && theirs.count(place.city, place.epoch) > place.seq {
                freed += bytes;
            } else {
                kept.push_back((of, place, bytes));
            }
        }
        link.in_flight = kept;
        link.in_flight_bytes -= freed;
        self.pump(now_ms, id, circle, out);
        out.push(Effect::Progress { circle });
    }

    /// Their vector of this circle is known: push from there, and perhaps seal again (I7).
    fn position_known(&mut self, now_ms: u64, id: LinkId, circle: CircleId, out: &mut Outbox) {
        let me8 = self.me8;
        let Some(link) = self.links.get_mut(&id) else { return };
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let theirs = held.theirs.get(&link.city).cloned().unwrap_or_default();
        let peer = link.peers.entry(circle).or_default();
        peer.synced = true;
        peer.sent = theirs.0.iter().map(|(key, line)| (*key, line.0)).collect();
        held.heard = true;
        for (&(city, _), &(count, _)) in &theirs.0 {
            if city == me8 {
                held.own_known = held.own_known.max(count);
            }
        }
        self.seal_if_due(now_ms, circle, out);
    }

    pub(super) fn present(
        &mut self,
        circle: CircleId,
        doc: DocId,
        person: PersonRef,
        session: u64,
        payload: Option<Vec<u8>>,
        out: &mut Outbox,
    ) {
        let message = Message::Presence { tag: [0; 8], doc, person, session, payload };
        self.broadcast(circle, message, out);
    }

    fn presence(
        &mut self,
        now_ms: u64,
        circle: CircleId,
        city: &CityId,
        (doc, person, session): (DocId, PersonRef, u64),
        payload: Option<Vec<u8>>,
        out: &mut Outbox,
    ) {
        let Some(held) = self.circles.get_mut(&circle) else { return };
        let key = (doc, city.city8(), session);
        if payload.is_some() && held.present.len() < PRESENT_MAX && held.documents.contains_key(&doc) {
            held.present.insert(key, now_ms);
        } else {
            held.present.remove(&key);
        }
        out.push(Effect::Presence { circle, doc, city: city.city8(), person, session, payload });
        self.seal_if_due(now_ms, circle, out);
    }

    fn take_card(&mut self, id: LinkId, record: &[u8], out: &mut Outbox) {
        let Some(link) = self.links.get(&id) else { return };
        let from = link.city;
        let Ok(card) = Card::open(record) else {
            out.push(Effect::Fault { city: from, what: "sent a city card that nobody signed" });
            return;
        };
        let entitled = link.tags.values().any(|circle| *circle == card.home) && card.city != self.me;
        let newer = self.cards.get(&card.city).is_none_or(|(known, _)| known.counter < card.counter);
        if entitled && newer {
            self.keep_card(card, record.to_vec(), out);
        }
    }

    /// Keep a card, write it down, and pass it to those entitled to its home.
    pub(super) fn keep_card(&mut self, card: Card, record: Vec<u8>, out: &mut Outbox) {
        let home = card.home;
        let city = card.city;
        self.cards.insert(city, (card, record.clone()));
        self.append(home, vec![(RecordKind::Card, record.clone())], true, Written::Other, out);
        for (id, link) in &self.links {
            if link.city != city && link.tags.values().any(|circle| *circle == home) {
                let frame = Message::Card { record: record.clone() }.encode();
                out.push(Effect::Send { link: *id, frame });
            }
        }
        out.push(Effect::Partners);
    }

    /// Members, invitations or homes changed: partners, and what is shared with each, may have too.
    pub(super) fn governance_changed(&mut self, circle: CircleId, out: &mut Outbox) {
        out.push(Effect::Governance { circle });
        out.push(Effect::Partners);
        let ids: Vec<LinkId> = self.links.keys().copied().collect();
        for id in ids {
            let link = &self.links[&id];
            let told: BTreeSet<CircleId> = link.tags.values().copied().collect();
            if self.shared_with(&link.city) != told {
                self.say_hello(id, out);
            }
        }
    }

    /// Does nothing wait for time to pass: no change to be sealed, no entry to be passed on?
    pub fn is_at_rest(&self) -> bool {
        let sealed = self.circles.values().all(|held| held.groups.is_empty() && held.sealing.is_empty());
        let passed_on = self.links.values().flat_map(|link| &link.peers).all(|(circle, peer)| {
            !peer.synced || self.circles.get(circle).is_none_or(|held| peer.cursor >= held.order.len())
        });
        sealed && passed_on
    }

    pub(super) fn session_tick(&mut self, now_ms: u64, out: &mut Outbox) {
        let circles: Vec<CircleId> = self.circles.keys().copied().collect();
        for circle in circles {
            self.pump_all(now_ms, circle, out);
            if let Some(held) = self.circles.get_mut(&circle) {
                held.present.retain(|_, last| now_ms < *last + PRESENCE_TTL_MS);
            }
        }
        if now_ms >= self.last_hello_ms + ANTI_ENTROPY_MS {
            self.last_hello_ms = now_ms;
            let ids: Vec<LinkId> = self.links.keys().copied().collect();
            for id in ids {
                self.say_hello(id, out);
            }
        }
    }
}
