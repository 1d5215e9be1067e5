//! `docs/LIVE.md` is a promise to strangers: its exchange is made here from the codec.

use std::path::Path;

use alianza_shared::id::{ChangeHash, CircleId, City8, CityId, DocId, PersonRef, hash};
use alianza_shared::limits::{
    CHANGE_MAX_BYTES, ENTRY_MAX_CHANGES, LIVE_MESSAGE_MAX_BYTES, PRESENCE_MAX_BYTES,
};
use alianza_shared::live::{HEADS_MAX, LiveIn, LiveOut};
use automerge::transaction::{CommitOptions, Transactable};
use automerge::{ActorId, AutoCommit, ObjType, ROOT, ReadDoc};

use super::super::live::End;

const BEGIN: &str = "<!-- exchange -->\n";
const END: &str = "<!-- /exchange -->";

/// Two changes: the city's node makes the document, a tab types a letter.
struct Example {
    city: CityId,
    doc: DocId,
    first: Vec<u8>,
    first_head: ChangeHash,
    typed: Vec<u8>,
    typed_head: ChangeHash,
}

fn last_change(doc: &mut AutoCommit) -> (Vec<u8>, ChangeHash) {
    let change = doc.get_last_local_change().expect("a change");
    (change.raw_bytes().to_vec(), ChangeHash(change.hash().0))
}

fn actor(city8: City8, last: u8) -> ActorId {
    let mut bytes = city8.0.to_vec();
    bytes.extend([last; 8]);
    ActorId::from(bytes)
}

fn example() -> Example {
    let city = CityId(hash("example", &[b"Palencia"]));
    let city8 = city.city8();
    let mut doc = AutoCommit::new().with_actor(actor(city8, 0x11));
    let text = doc.put_object(ROOT, "body", ObjType::Text).expect("a text");
    doc.put(ROOT, "kind", "section").expect("a value");
    doc.splice_text(&text, 0, 0, "Hol").expect("letters");
    doc.commit_with(CommitOptions::default().with_time(1_790_000_000)).expect("a change");
    let (first, first_head) = last_change(&mut doc);

    let mut tab = AutoCommit::load(&doc.save()).expect("a document").with_actor(actor(city8, 0x22));
    tab.splice_text(&text, 3, 0, "a").expect("a letter");
    tab.commit_with(CommitOptions::default().with_time(1_790_000_060)).expect("a change");
    assert_eq!(tab.text(&text).expect("text"), "Hola");
    let (typed, typed_head) = last_change(&mut tab);
    Example { city, doc: DocId([0xd0; 16]), first, first_head, typed, typed_head }
}

enum Line {
    In(&'static str, LiveIn),
    Out(&'static str, LiveOut),
}

fn lines() -> Vec<Line> {
    let Example { city, doc, first, first_head, typed, typed_head } = example();
    let (city8, circle) = (city.city8(), CircleId([0xc1; 32]));
    let (me, other) = (PersonRef([0x01; 8]), PersonRef([0x02; 8]));
    let partner = City8([0x7a; 8]);
    vec![
        Line::In("Hello", LiveIn::Hello { version: 1 }),
        Line::Out(
            "Welcome: session 5, the third start of the node",
            LiveOut::Welcome { version: 1, city, city8, person: me, session: 5, incarnation: 3 },
        ),
        Line::In(
            "Open; nothing held yet, looking at it",
            LiveIn::Open { doc, heads: Vec::new(), presence: true },
        ),
        Line::Out(
            "Opened: no snapshot, one change",
            LiveOut::Opened {
                doc,
                circle,
                kind: "section".into(),
                owner: None,
                writable: true,
                snapshot: None,
                changes: vec![first],
                heads: vec![first_head],
            },
        ),
        Line::Out(
            "Delivery: one partner has it",
            LiveOut::Delivery { doc, sealed: true, have: vec![partner], lack: Vec::new() },
        ),
        Line::In("Changes: the letter", LiveIn::Changes { reference: 1, doc, changes: vec![typed] }),
        Line::Out("Stored", LiveOut::Stored { reference: 1 }),
        Line::Out(
            "Delivery: not signed yet, the partner lacks it",
            LiveOut::Delivery { doc, sealed: false, have: Vec::new(), lack: vec![partner] },
        ),
        Line::In(
            "Presence: the caret after the letter, as this client writes it",
            LiveIn::Presence { doc, payload: b"{\"at\":4}".to_vec() },
        ),
        Line::Out(
            "Presence: somebody of the partner city",
            LiveOut::Presence {
                doc,
                city8: partner,
                person: other,
                session: 9,
                payload: Some(b"{\"at\":0}".to_vec()),
            },
        ),
        Line::In(
            "after a broken connection: Open with what is held",
            LiveIn::Open { doc, heads: vec![typed_head], presence: true },
        ),
        Line::In(
            "a message the node cannot take",
            LiveIn::Changes { reference: 2, doc, changes: vec![vec![0x85]] },
        ),
        Line::Out(
            "Refused",
            LiveOut::Refused {
                reference: Some(2),
                doc: Some(doc),
                code: "gate.G1".into(),
                message: "El cambio no tiene la forma esperada.".into(),
            },
        ),
        Line::In("Ping", LiveIn::Ping),
        Line::Out("Pong", LiveOut::Pong),
    ]
}

/// Diagnostic notation, by our own short reader: what these messages can hold and no more.
fn diagnostic(bytes: &[u8]) -> String {
    let mut decoder = minicbor::Decoder::new(bytes);
    let mut text = String::new();
    value(&mut decoder, &mut text);
    assert_eq!(decoder.position(), bytes.len());
    text
}

fn value(decoder: &mut minicbor::Decoder<'_>, text: &mut String) {
    use minicbor::data::Type;
    match decoder.datatype().expect("a value") {
        Type::U8 | Type::U16 | Type::U32 | Type::U64 => {
            text.push_str(&decoder.u64().expect("a number").to_string())
        }
        Type::Bytes => {
            let bytes = decoder.bytes().expect("bytes");
            text.push_str(&format!("h'{}'", data_encoding::HEXLOWER.encode(bytes)));
        }
        Type::String => text.push_str(&format!("{:?}", decoder.str().expect("text"))),
        Type::Bool => text.push_str(&decoder.bool().expect("a bool").to_string()),
        Type::Null => {
            decoder.null().expect("null");
            text.push_str("null");
        }
        Type::Array => {
            let len = decoder.array().expect("an array").expect("a definite length");
            text.push('[');
            for n in 0..len {
                if n > 0 {
                    text.push_str(", ");
                }
                value(decoder, text);
            }
            text.push(']');
        }
        other => panic!("{other} does not occur in live messages"),
    }
}

fn exchange() -> String {
    let mut text = String::from("```\n");
    for line in lines() {
        let (arrow, title, bytes) = match line {
            Line::In(title, message) => {
                let bytes = message.encode();
                assert_eq!(LiveIn::decode(&bytes), Ok(message));
                ("→", title, bytes)
            }
            Line::Out(title, message) => {
                let bytes = message.encode();
                assert_eq!(LiveOut::decode(&bytes), Ok(message));
                ("←", title, bytes)
            }
        };
        let hex = data_encoding::HEXLOWER.encode(&bytes);
        text.push_str(&format!("{arrow} {title}\n  {}\n  {hex}\n", diagnostic(&bytes)));
    }
    text.push_str("```\n");
    text
}

fn page() -> (std::path::PathBuf, String) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/LIVE.md");
    let text = std::fs::read_to_string(&path).expect("docs/LIVE.md");
    (path, text)
}

/// The bytes of the page are those of the codec. `UPDATE_LIVE=1` writes them.
#[test]
fn the_exchange_of_the_page_is_what_the_codec_makes() {
    let (path, text) = page();
    let (before, rest) = text.split_once(BEGIN).expect("the place of the exchange");
    let (written, after) = rest.split_once(END).expect("its end");
    let made = exchange();
    if std::env::var_os("UPDATE_LIVE").is_some() {
        std::fs::write(path, format!("{before}{BEGIN}{made}{END}{after}")).expect("written");
        return;
    }
    assert!(written == made, "docs/LIVE.md is stale: run this test with UPDATE_LIVE=1");
}

/// The numbers that the page tells are those of the code.
#[test]
fn the_limits_of_the_page_are_those_of_the_code() {
    let (_, text) = page();
    let grouped = |n: usize| {
        let digits = n.to_string();
        let mut text = String::new();
        for (at, digit) in digits.chars().enumerate() {
            if at > 0 && (digits.len() - at).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        text
    };
    for number in [CHANGE_MAX_BYTES, ENTRY_MAX_CHANGES, LIVE_MESSAGE_MAX_BYTES, HEADS_MAX, PRESENCE_MAX_BYTES]
    {
        assert!(text.contains(&grouped(number)), "{number}");
    }
    for end in [End::Stopping, End::Protocol, End::NotBinary, End::TooLarge, End::Detached, End::Revoked] {
        assert!(text.contains(&format!("| {} |", end as u16)), "{end:?}");
    }
    for (name, kind) in
        [("Hello", 1), ("Open", 2), ("Close", 3), ("Changes", 4), ("Presence", 6), ("Ping", 7)]
    {
        assert!(text.contains(&format!("| {name} | `[{kind}")), "{name}");
    }
}

/// What the page says about compressed chunks: type 2 at byte 8, and the checksum of the uncompressed form.
#[test]
fn a_compressed_chunk_keeps_the_checksum_of_the_uncompressed_one() {
    let mut doc = AutoCommit::new();
    doc.put(ROOT, "note", "una mesa verde sin patas ".repeat(40)).expect("a value");
    doc.commit();
    let mut change = doc.get_last_local_change().expect("a change");
    let raw = change.raw_bytes().to_vec();
    let compressed = change.bytes().into_owned();
    assert_eq!((raw[8], compressed[8]), (1, 2));
    assert_eq!(raw[..8], compressed[..8]);
    assert_eq!(raw[..4], [0x85, 0x6f, 0x4a, 0x83]);
}
