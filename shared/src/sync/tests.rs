//! Nodes in one thread, with virtual time and disks that answer at once. Changes are opaque bytes here; the gate
//! has its own tests.

use std::collections::BTreeMap;

use ed25519_dalek::SigningKey;

use super::*;
use crate::alliance::act::{ACCEPT_PROOF_DOMAIN, accept_proof_bytes};
use crate::alliance::invitation::invite_key;
use crate::alliance::{Accept, CircleKind, CityRole, Founding, Invite};
use crate::feed::header::sign;
use crate::feed::{Create, Entry};
use crate::id::{ChangeHash, DocId, EntryHash, Nonce, PersonRef, hash};
use crate::wire::{JOIN_PROOF_DOMAIN, Join, Message, WireEntry};

mod found;

struct Node {
    core: Core,
    journal: Vec<(CircleId, RecordKind, Vec<u8>)>,
    stored: BTreeMap<u64, Option<EntryHash>>,
    refused: BTreeMap<u64, Refusal>,
    published: Vec<(DocId, Vec<Vec<u8>>)>,
    faults: Vec<&'static str>,
    closed: u32,
}

struct Net {
    nodes: Vec<Node>,
    now_ms: u64,
    jobs: u64,
    /// (from, to) → link id on each side is the index of the other.
    up: std::collections::BTreeSet<(usize, usize)>,
    bytes: u64,
}

fn change_hash(bytes: &[u8]) -> (ChangeHash, Vec<ChangeHash>) {
    (ChangeHash(hash("test change", &[bytes])), Vec::new())
}

impl Net {
    fn new(count: u8) -> Self {
        let nodes = (0..count).map(|ix| Node {
            core: Core::new(SigningKey::from_bytes(&[ix + 1; 32]), format!("Ciudad {ix}"), 1),
            journal: Vec::new(),
            stored: BTreeMap::new(),
            refused: BTreeMap::new(),
            published: Vec::new(),
            faults: Vec::new(),
            closed: 0,
        });
        Self { nodes: nodes.collect(), now_ms: 1_000, jobs: 0, up: Default::default(), bytes: 0 }
    }

    fn run(&mut self, at: usize, input: Input) {
        let mut queue = std::collections::VecDeque::from([(at, input)]);
        while let Some((at, input)) = queue.pop_front() {
            let mut out = Outbox::default();
            let node = &mut self.nodes[at];
            node.core.handle(self.now_ms, input, &mut out);
            while let Some(effect) = out.pop() {
                let node = &mut self.nodes[at];
                match effect {
                    Effect::Append { token, circle, records, .. } => {
                        let mut places = Vec::new();
                        for (kind, payload) in records {
                            places.push(Location { segment: 0, offset: node.journal.len() as u32, len: 1 });
                            node.journal.push((circle, kind, payload));
                        }
                        queue.push_back((at, Input::Appended { token, at: places }));
                    }
                    Effect::Judge { circle, place, items, .. } => {
                        let verdict = |item: &JudgeItem| ItemVerdict::Accepted {
                            new: item.changes.iter().map(|change| change_hash(change)).collect(),
                        };
                        let verdicts = items.iter().map(|item| (item.ix, verdict(item))).collect();
                        queue.push_back((at, Input::Judged { circle, place, verdicts }));
                    }
                    Effect::Load { circle, place, at: location } => {
                        let record = node.journal[location.offset as usize].2.clone();
                        queue.push_back((at, Input::Loaded { circle, place, record: Some(record) }));
                    }
                    Effect::Send { link, frame } => {
                        self.bytes += frame.len() as u64 + 4;
                        let to = link.0 as usize;
                        if self.up.contains(&(at, to)) {
                            queue.push_back((to, Input::Frame { link: LinkId(at as u64), frame }));
                        }
                    }
                    Effect::SendEntries { link, circle, tag, entries } => {
                        let records: Vec<Vec<u8>> = entries
                            .iter()
                            .map(|source| match source {
                                EntrySource::Memory(record) => record.to_vec(),
                                EntrySource::Stored(at) => node.journal[at.offset as usize].2.clone(),
                            })
                            .collect();
                        let entries = records.iter().map(|record| wire_entry(&circle, record)).collect();
                        let to = link.0 as usize;
                        if self.up.contains(&(at, to)) {
                            let frame = Message::Entries { tag, entries }.encode();
                            queue.push_back((to, Input::Frame { link: LinkId(at as u64), frame }));
                        }
                    }
                    Effect::Stored { job, entry } => drop(node.stored.insert(job, entry)),
                    Effect::Refused { job, refusal } => drop(node.refused.insert(job, refusal)),
                    Effect::Publish { doc, changes, .. } => node.published.push((doc, changes)),
                    Effect::Fault { what, .. } => node.faults.push(what),
                    Effect::Close { .. } => node.closed += 1,
                    _ => {}
                }
            }
            if queue.is_empty() {
                let busy = (0..self.nodes.len()).find(|at| self.nodes[*at].core.has_work());
                queue.extend(busy.map(|at| (at, Input::Work)));
            }
        }
    }

    fn tick(&mut self, ms: u64) {
        self.now_ms += ms;
        for at in 0..self.nodes.len() {
            self.run(at, Input::Tick);
        }
    }

    fn connect(&mut self, a: usize, b: usize) {
        self.up.insert((a, b));
        self.up.insert((b, a));
        let city = |net: &Self, ix: usize| net.nodes[ix].core.me();
        let (ca, cb) = (city(self, a), city(self, b));
        self.run(a, Input::LinkUp { link: LinkId(b as u64), city: cb, dialer: true, address: "b".into() });
        self.run(b, Input::LinkUp { link: LinkId(a as u64), city: ca, dialer: false, address: "a".into() });
        // Both sides greet again, as the first greeting of the dialer found no link yet.
        self.tick(30_000);
    }

    fn cut(&mut self, a: usize, b: usize) {
        self.up.remove(&(a, b));
        self.up.remove(&(b, a));
        self.run(a, Input::LinkDown { link: LinkId(b as u64) });
        self.run(b, Input::LinkDown { link: LinkId(a as u64) });
    }

    fn order(&mut self, at: usize, order: ActOrder) -> Result<EntryHash, Refusal> {
        self.jobs += 1;
        let job = self.jobs;
        self.run(at, Input::Order { job, order });
        match self.nodes[at].refused.get(&job) {
            Some(refusal) => Err(*refusal),
            None => Ok(self.nodes[at].stored[&job].unwrap()),
        }
    }

    fn found(&mut self, at: usize, kind: CircleKind) -> CircleId {
        let home = self.nodes[at].core.home();
        let founding = Founding {
            kind,
            name: "Alianza".into(),
            city_name: format!("Ciudad {at}"),
            card_hash: [0; 32],
            charter_hash: [0; 32],
            policy: 1,
            home,
            recovery_hash: [0; 32],
            nonce: [at as u8; 16],
        };
        let hash = self.order(at, ActOrder::Found(founding)).unwrap();
        let circles = self.nodes[at].core.circles().map(Circle::id).collect::<Vec<_>>();
        let _ = hash;
        circles
            .into_iter()
            .find(|id| self.nodes[at].core.circle(id).unwrap().state().kind == Some(kind))
            .unwrap()
    }

    fn invite(&mut self, at: usize, circle: CircleId, secret: [u8; 16], expires_ms: u64) -> EntryHash {
        let invite_pk = CityId(invite_key(&secret).verifying_key().to_bytes());
        let invite = Invite { invite_pk, role: CityRole::Partner, expires_ms, note: String::new() };
        self.order(at, ActOrder::Invite { circle, invite }).unwrap()
    }

    fn ask(
        &mut self,
        joiner: usize,
        member: usize,
        secret: [u8; 16],
        accept: Option<Vec<u8>>,
    ) -> acts::JoinDecision {
        let from = self.nodes[joiner].core.me();
        let to = self.nodes[member].core.me();
        let key = invite_key(&secret);
        let parties = [from.0.as_slice(), to.0.as_slice()].concat();
        let proof = sign(&key, JOIN_PROOF_DOMAIN, &parties);
        let invite_pk = CityId(key.verifying_key().to_bytes());
        let now_ms = self.now_ms;
        self.nodes[member].core.join_question(now_ms, &from, &Join::Ask { invite_pk, proof, accept })
    }

    fn accept(&mut self, joiner: usize, circle: CircleId, invite: EntryHash, secret: [u8; 16]) -> Vec<u8> {
        let city = self.nodes[joiner].core.me();
        let accept = Accept {
            invite,
            proof: sign(&invite_key(&secret), ACCEPT_PROOF_DOMAIN, &accept_proof_bytes(&circle, &city)),
            city_name: format!("Ciudad {joiner}"),
            card_hash: [0; 32],
            charter_hash: [0; 32],
            home: self.nodes[joiner].core.home().unwrap(),
            recovery_hash: [0; 32],
        };
        self.order(joiner, ActOrder::Accept { circle, accept }).unwrap();
        let own = self.nodes[joiner].journal.iter().filter(|r| r.0 == circle && r.1 == RecordKind::Entry);
        own.map(|r| r.2.clone()).next().unwrap()
    }

    fn join(
        &mut self,
        joiner: usize,
        member: usize,
        circle: CircleId,
        secret: [u8; 16],
    ) -> Result<(), Refusal> {
        let expires_ms = self.now_ms + 1_000_000;
        let invite = self.invite(member, circle, secret, expires_ms);
        let entry = self.accept(joiner, circle, invite, secret);
        let acts::JoinDecision::Take { circle, entry } = self.ask(joiner, member, secret, Some(entry)) else {
            panic!("I31: a live invitation is taken")
        };
        let accept = self.order(member, ActOrder::TakeAccept { circle, entry })?;
        self.order(member, ActOrder::Admit { circle, accept, verified: 0 })?;
        let by = self.nodes[member].core.me();
        self.run(joiner, Input::Admitted { circle, by });
        self.connect(joiner, member);
        Ok(())
    }

    fn alliance(count: u8) -> (Self, CircleId) {
        let mut net = Self::new(count);
        for at in 0..count as usize {
            net.found(at, CircleKind::Home);
        }
        let circle = net.found(0, CircleKind::Alliance);
        for joiner in 1..count as usize {
            net.join(joiner, 0, circle, [joiner as u8; 16]).unwrap();
        }
        (net, circle)
    }

    fn edit(&mut self, at: usize, circle: CircleId, doc: Option<DocId>, text: &str) -> (u64, DocId) {
        self.jobs += 1;
        let (me, nonce) = (self.nodes[at].core.me(), Nonce([self.jobs as u8; 16]));
        let create = doc.is_none().then_some(Create { kind: 4, owner: None, nonce, parent: None });
        let doc = doc.unwrap_or_else(|| DocId::derive(&circle, &me, &nonce));
        let bytes = text.as_bytes().to_vec();
        let item = LocalItem {
            doc,
            create,
            by: PersonRef([1; 8]),
            hashes: vec![change_hash(&bytes)],
            changes: vec![bytes],
        };
        let job = self.jobs;
        self.run(at, Input::Local { job, circle, items: vec![item] });
        (job, doc)
    }

    fn root(&self, at: usize, circle: CircleId) -> [u8; 16] {
        self.nodes[at].core.circle(&circle).unwrap().state_root()
    }
}

/// The form between nodes of an entry record.
fn wire_entry(circle: &CircleId, record: &[u8]) -> WireEntry {
    crate::sync::wire_entry(circle, record).unwrap()
}

#[test]
fn a_city_joins_writes_and_both_hold_the_same() {
    let (mut net, circle) = Net::alliance(2);
    assert_eq!(net.nodes[1].core.circle(&circle).unwrap().state().present().count(), 2, "I23");
    let (job, doc) = net.edit(1, circle, None, "hola");
    assert!(net.nodes[1].stored.contains_key(&job), "pending record is durable (I38)");
    assert_eq!(net.root(0, circle), net.root(0, circle));
    net.tick(400);
    assert_ne!(net.root(0, circle), [0; 16]);
    assert_eq!(net.root(0, circle), net.root(1, circle), "I19");
    assert!(net.nodes[0].published.iter().any(|(d, c)| *d == doc && c[0] == b"hola"));
    let lack = net.nodes[1].core.delivery(&circle, &doc);
    assert_eq!(lack.0.len(), 1, "received by the partner");
    assert!(net.nodes.iter().all(|node| node.faults.is_empty()), "{:?}", net.nodes[0].faults);
}

#[test]
fn edits_made_apart_meet_again_also_through_a_third_city() {
    let (mut net, circle) = Net::alliance(3);
    let (_, doc) = net.edit(0, circle, None, "a");
    net.tick(400);
    net.cut(0, 1);
    net.cut(0, 2);
    net.edit(0, circle, Some(doc), "b");
    net.edit(1, circle, Some(doc), "c");
    net.tick(400);
    net.connect(0, 2);
    net.connect(2, 1);
    for _ in 0..5 {
        net.tick(300);
    }
    let roots: Vec<_> = (0..3).map(|at| net.root(at, circle)).collect();
    assert_ne!(roots[0], [0; 16]);
    assert!(roots.iter().all(|root| *root == roots[0]), "I19, I20: {roots:?}");
}

#[test]
fn after_a_start_nothing_is_sealed_before_a_member_was_heard() {
    let (mut net, circle) = Net::alliance(2);
    let (_, doc) = net.edit(1, circle, None, "a");
    net.tick(400);
    let journal = net.nodes[1].journal.clone();
    net.cut(0, 1);
    net.nodes[1].core = found::restarted(1, &found::all(&journal));
    assert_eq!(net.root(1, circle), net.root(0, circle), "I18: the rebuilt state is the same");
    net.edit(1, circle, Some(doc), "b");
    net.tick(3_000);
    assert_eq!(net.nodes[1].core.circle(&circle).unwrap().pending_changes(), 1, "I7");
    net.connect(1, 0);
    net.tick(400);
    assert_eq!(net.nodes[1].core.circle(&circle).unwrap().pending_changes(), 0);
    assert_eq!(net.root(1, circle), net.root(0, circle));
    assert_ne!(net.root(1, circle), [0; 16]);
}

#[test]
fn used_expired_and_revoked_invitations_admit_nobody() {
    let (mut net, circle) = Net::alliance(2);
    for at in 2..3 {
        net.found(at - 2, CircleKind::Home);
    }
    let from = 1;
    let refused = |decision: &acts::JoinDecision| match decision {
        acts::JoinDecision::Answer(Join::Refused { code }) => *code,
        other => panic!("{other:?}"),
    };
    let mut outsider = Net::new(4);
    outsider.found(3, CircleKind::Home);
    net.nodes.push(outsider.nodes.pop().unwrap());
    let expired = net.invite(0, circle, [7; 16], net.now_ms - 1);
    let _ = expired;
    assert_eq!(refused(&net.ask(2, 0, [7; 16], None)), Join::REFUSED_EXPIRED, "I31");
    let open = net.invite(0, circle, [8; 16], net.now_ms + 9_000);
    net.order(0, ActOrder::RevokeInvite { circle, invite: open }).unwrap();
    assert_eq!(refused(&net.ask(2, 0, [8; 16], None)), Join::REFUSED_REVOKED, "I31");
    assert_eq!(refused(&net.ask(2, 0, [1; 16], None)), Join::REFUSED_USED, "I31: used by node 1");
    assert_eq!(refused(&net.ask(2, 0, [99; 16], None)), Join::REFUSED_UNKNOWN, "I43");
    assert_eq!(net.nodes[0].core.circle(&circle).unwrap().state().present().count(), 2);
    let _ = from;
}

#[test]
fn a_document_of_one_city_takes_nothing_from_another() {
    let (mut net, circle) = Net::alliance(2);
    let me = net.nodes[0].core.me();
    let nonce = Nonce([200; 16]);
    let doc = DocId::derive(&circle, &me, &nonce);
    let create = Some(Create { kind: 5, owner: Some(me), nonce, parent: None });
    let item = LocalItem {
        doc,
        create,
        by: PersonRef([1; 8]),
        hashes: vec![change_hash(b"mine")],
        changes: vec![b"mine".to_vec()],
    };
    net.run(0, Input::Local { job: 900, circle, items: vec![item] });
    net.tick(400);
    let root = net.root(1, circle);
    // A partner that skips its own check and signs an item for it all the same.
    let forged = crate::feed::Item {
        doc,
        create: None,
        by: PersonRef([2; 8]),
        changes: vec![b"theirs".to_vec()],
        blobs: Vec::new(),
    };
    let body = crate::feed::Body::edit(&[forged]);
    let now_ms = net.now_ms;
    let entry = net.nodes[1].core.next_entry(now_ms, circle, crate::feed::EntryKind::Edit, &body);
    let tag = crate::wire::tag(&circle, &net.nodes[0].core.me(), &net.nodes[1].core.me());
    let wire = wire_entry(&circle, &entry.encode());
    let frame = Message::Entries { tag, entries: vec![wire] }.encode();
    net.run(0, Input::Frame { link: LinkId(1), frame });
    let held = net.nodes[0].core.figures(&circle).unwrap();
    assert_eq!((held.void, held.state_root), (1, root), "I29: stored as evidence, void, without effect");
}

#[test]
fn a_city_that_signs_two_entries_for_one_place_is_exposed() {
    let (mut net, circle) = Net::alliance(3);
    net.connect(1, 2);
    let body = |text: &str| {
        let nonce = Nonce([text.len() as u8; 16]);
        let me = CityId(SigningKey::from_bytes(&[2; 32]).verifying_key().to_bytes());
        let item = crate::feed::Item {
            doc: DocId::derive(&circle, &me, &nonce),
            create: Some(Create { kind: 4, owner: None, nonce, parent: None }),
            by: PersonRef([2; 8]),
            changes: vec![text.as_bytes().to_vec()],
            blobs: Vec::new(),
        };
        crate::feed::Body::edit(&[item])
    };
    let now_ms = net.now_ms;
    let kind = crate::feed::EntryKind::Edit;
    let one: Entry = net.nodes[1].core.next_entry(now_ms, circle, kind, &body("x"));
    let other: Entry = net.nodes[1].core.next_entry(now_ms, circle, kind, &body("yy"));
    let me = net.nodes[1].core.me();
    for (to, entries) in [(0, [&one, &other]), (2, [&one, &one])] {
        for entry in entries {
            let tag = crate::wire::tag(&circle, &net.nodes[to].core.me(), &me);
            let wire = wire_entry(&circle, &entry.encode());
            let frame = Message::Entries { tag, entries: vec![wire] }.encode();
            net.run(to, Input::Frame { link: LinkId(1), frame });
        }
    }
    for to in [0, 2] {
        assert_eq!(net.nodes[to].core.figures(&circle).unwrap().forks, 1, "I9 at {to}");
    }
}

#[test]
fn what_leaves_is_what_was_durable_and_a_leaver_gets_nothing_new() {
    let (mut net, circle) = Net::alliance(2);
    net.order(1, ActOrder::Leave { circle }).unwrap();
    net.tick(400);
    assert_eq!(net.nodes[0].core.circle(&circle).unwrap().state().present().count(), 1);
    let before = net.nodes[1].journal.len();
    net.edit(0, circle, None, "secreto");
    net.tick(400);
    net.tick(31_000);
    assert_eq!(net.nodes[1].journal.len(), before, "I28");
}
