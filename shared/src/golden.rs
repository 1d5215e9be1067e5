//! The exact bytes of version 1, as `node/docs/WIRE.md` shows them: a stranger can write a verifier from that page.

use data_encoding::HEXLOWER;
use ed25519_dalek::SigningKey;

use crate::alliance::{Act, CircleKind, CityRole, Founding, Invitation};
use crate::feed::header::{ENTRY_VERSION, sign};
use crate::feed::{Body, Create, Entry, EntryKind, Header, Item, Line, Seen};
use crate::id::{CircleId, CityId, DocId, EntryHash, Nonce, PersonRef};
use crate::wire::{CORE_VERSION, JOIN_PROOF_DOMAIN, Join, Message, PROTOCOL, tag};

const PAGE: &str = include_str!("../../node/docs/WIRE.md");

fn key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

fn city() -> CityId {
    CityId(key().verifying_key().to_bytes())
}

fn founding() -> Entry {
    let act = Act::Create(Founding {
        kind: CircleKind::Alliance,
        name: "Alianza".into(),
        city_name: "Tarija".into(),
        card_hash: [0; 32],
        charter_hash: [2; 32],
        policy: 1,
        home: Some(CircleId([3; 32])),
        recovery_hash: [0; 32],
        nonce: [4; 16],
    });
    let body = Body::whole(act.encode());
    let header = Header {
        v: ENTRY_VERSION,
        circle: CircleId([0; 32]),
        author: city(),
        key_ix: 0,
        epoch: 0,
        seq: 0,
        prev: EntryHash([0; 32]),
        gov: Vec::new(),
        seen: Vec::new(),
        time_ms: 1_764_000_000_000,
        kind: EntryKind::Act,
        body_len: body.bytes.len() as u32,
        body_hash: body.root,
    };
    Entry::sign(&key(), header, body.bytes)
}

fn edit() -> Entry {
    let first = founding();
    let circle = first.circle();
    let nonce = Nonce([5; 16]);
    let item = Item {
        doc: DocId::derive(&circle, &city(), &nonce),
        create: Some(Create { kind: 4, owner: None, nonce, parent: None }),
        by: PersonRef([6; 8]),
        // Not a change that the gate would take: the format of the entry does not depend on it.
        changes: vec![vec![0x85, 0x6f, 0x4a, 0x83]],
        blobs: Vec::new(),
    };
    let body = Body::edit(&[item]);
    let header = Header {
        v: ENTRY_VERSION,
        circle,
        author: city(),
        key_ix: 0,
        epoch: 0,
        seq: 1,
        prev: first.hash,
        gov: vec![first.hash],
        seen: vec![Seen { city: CityId([9; 32]).city8(), epoch: 0, seq: 7, tip8: [8; 8] }],
        time_ms: 1_764_000_000_001,
        kind: EntryKind::Edit,
        body_len: body.bytes.len() as u32,
        body_hash: body.root,
    };
    Entry::sign(&key(), header, body.bytes)
}

fn golden() -> Vec<(&'static str, Vec<u8>)> {
    let (first, edit) = (founding(), edit());
    let circle = first.circle();
    let other = CityId(SigningKey::from_bytes(&[7; 32]).verifying_key().to_bytes());
    let tag = tag(&circle, &city(), &other);
    let line = Line { city: city().city8(), epoch: 0, count: 2, tip8: edit.hash.0[..8].try_into().unwrap() };
    let hello = Message::Hello {
        protocol: PROTOCOL,
        core_version: CORE_VERSION,
        features: 0,
        incarnation: 1_764_000_000_000,
        card_counter: 1,
        circles: vec![(tag, [0xaa; 8])],
    };
    let vector =
        Message::Vector { tag, lines: vec![line], state_root: [0xbb; 16], documents: 1, card_counter: 0 };
    let entries =
        Message::Entries { tag, entries: vec![crate::sync::wire_entry(&circle, &edit.encode()).unwrap()] };
    let ack = Message::Ack { tag, answers_vector: false, lines: vec![line] };
    let invitation = Invitation {
        circle,
        inviter: city(),
        addresses: vec!["/dns4/nodo.tarija.example/tcp/4710".into()],
        secret: [0xcc; 16],
        role: CityRole::Partner,
        expires_ms: 1_764_600_000_000,
        name: "Alianza".into(),
    };
    let invite_pk = CityId(invitation.key().verifying_key().to_bytes());
    let parties = [other.0.as_slice(), city().0.as_slice()].concat();
    let ask =
        Join::Ask { invite_pk, proof: sign(&invitation.key(), JOIN_PROOF_DOMAIN, &parties), accept: None };
    vec![
        ("city id", city().0.to_vec()),
        ("city8", city().city8().0.to_vec()),
        ("act Create", first.body.clone()),
        ("header of the founding entry", first.header_bytes.clone()),
        ("signature of the founding entry", first.signature.to_vec()),
        ("entry hash of the founding entry", first.hash.0.to_vec()),
        ("circle id", circle.0.to_vec()),
        ("body of the edit", edit.body.clone()),
        ("body hash of the edit", edit.header.body_hash.to_vec()),
        ("header of the edit", edit.header_bytes.clone()),
        ("elided header of the edit", edit.header.encode_elided()),
        ("entry record of the edit", edit.encode()),
        ("tag", tag.to_vec()),
        ("frame Hello", hello.encode()),
        ("frame Vector", vector.encode()),
        ("frame Entries", entries.encode()),
        ("frame Ack", ack.encode()),
        ("join question", ask.encode()),
        ("invitation link", invitation.link().into_bytes()),
    ]
}

/// Stored bytes and the meaning of signatures are right from the first release, and stay (protocol §10).
#[test]
fn the_bytes_of_version_1_are_those_of_the_page() {
    let mut missing = Vec::new();
    for (name, bytes) in golden() {
        let text = if name == "invitation link" {
            String::from_utf8(bytes).unwrap()
        } else {
            HEXLOWER.encode(&bytes)
        };
        if !PAGE.contains(&format!("{name}\n{text}\n")) {
            missing.push(format!("{name}\n{text}\n"));
        }
    }
    assert!(missing.is_empty(), "WIRE.md lacks or differs in:\n\n{}", missing.join("\n"));
}
