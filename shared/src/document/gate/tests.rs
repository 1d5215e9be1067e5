use automerge::transaction::{CommitOptions, Transactable as _};
use automerge::{ActorId, Automerge, ObjType, ROOT, TextEncoding};
use proptest::prelude::*;
use sha2::{Digest as _, Sha256};

use super::*;

const CITY: City8 = City8([1; 8]);

fn unsigned(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

fn document() -> Automerge {
    let mut actor = [7; 16];
    actor[..8].copy_from_slice(&CITY.0);
    let mut doc = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    doc.set_actor(ActorId::from(&actor[..]));
    doc
}

/// A change with objects of all sorts, values of all sorts, texts and a mark.
fn rich() -> Vec<u8> {
    let mut doc = document();
    let mut tx = doc.transaction();
    let text = tx.put_object(ROOT, "text", ObjType::Text).expect("put");
    tx.splice_text(&text, 0, 0, "Tarija 😀 agua").expect("splice");
    tx.splice_text(&text, 1, 2, "").expect("splice");
    let mark = automerge::marks::Mark::new("strong".to_owned(), true, 0, 3);
    tx.mark(&text, mark, automerge::marks::ExpandMark::Both).expect("mark");
    let list = tx.put_object(ROOT, "list", ObjType::List).expect("put");
    for (at, value) in [1.5, 2.5, 2.5].into_iter().enumerate() {
        tx.insert(&list, at, value).expect("insert");
    }
    let map = tx.put_object(ROOT, "map", ObjType::Map).expect("put");
    tx.put(&map, "flag", true).expect("put");
    tx.put(&map, "bytes", vec![1u8, 2, 3]).expect("put");
    tx.put(&map, "none", ()).expect("put");
    tx.put(&map, "count", automerge::ScalarValue::counter(3)).expect("put");
    tx.increment(&map, "count", 4).expect("increment");
    tx.put(&map, "time", automerge::ScalarValue::Timestamp(5)).expect("put");
    tx.delete(&map, "flag").expect("delete");
    tx.commit_with(CommitOptions::default().with_time(1_700_000_000_000));
    doc.get_last_local_change().expect("committed").raw_bytes().to_vec()
}

/// A chunk of this type around a body; the checksum is left wrong, for the form is looked at first.
fn chunk(kind: u8, body: &[u8]) -> Vec<u8> {
    let mut bytes = MAGIC.to_vec();
    bytes.extend([0; 4]);
    bytes.push(kind);
    unsigned(&mut bytes, body.len() as u64);
    bytes.extend(body);
    let checksum = Sha256::digest(&bytes[8..]);
    bytes[4..8].copy_from_slice(&checksum[..4]);
    bytes
}

/// A body with these columns, each a specification and its data.
fn body(columns: &[(u64, &[u8])]) -> Vec<u8> {
    let mut bytes = vec![0, 16];
    bytes.extend([1; 16]);
    // seq, start_op, time, message, other actors
    bytes.extend([1, 1, 0, 0, 0]);
    unsigned(&mut bytes, columns.len() as u64);
    for (spec, data) in columns {
        unsigned(&mut bytes, *spec);
        unsigned(&mut bytes, data.len() as u64);
    }
    for (_, data) in columns {
        bytes.extend(*data);
    }
    bytes
}

fn code(bytes: &[u8]) -> &'static str {
    check(bytes).map_or_else(|refusal| refusal.code, |_| "passed")
}

#[test]
fn a_rich_change_passes_and_its_operations_are_automerges() {
    let bytes = rich();
    let checked = check(&bytes).expect("honest");
    assert!(checked.is_by(CITY) && !checked.is_by(City8([2; 8])));
    assert_eq!((checked.seq, checked.start_op, checked.ops), (1, 1, checked.change.len() as u64));
    assert!(checked.makes_objects);
    let rows = checked.rows().expect("holds together");
    let theirs = checked.change.decode().operations;
    assert_eq!(rows.rows.len(), theirs.len());
    for (row, op) in rows.rows.iter().zip(&theirs) {
        use automerge::legacy::{ElementId, Key as Theirs, ObjectId};
        let id = |id: &automerge::legacy::OpId| {
            (id.counter(), <[u8; 16]>::try_from(id.actor().to_bytes()).expect("16"))
        };
        let object = match &op.obj {
            ObjectId::Root => None,
            ObjectId::Id(of) => Some(id(of)),
        };
        let key = match &op.key {
            Theirs::Map(key) => Key::Map(key),
            Theirs::Seq(ElementId::Head) => Key::Head,
            Theirs::Seq(ElementId::Id(of)) => Key::Element(id(of)),
        };
        let preds: Vec<_> = op.pred.iter().map(id).collect();
        assert_eq!((row.object, row.key, row.insert), (object, key, op.insert));
        assert_eq!(rows.preds[row.preds.clone()], preds);
        let value = match op.primitive_value() {
            None | Some(automerge::ScalarValue::Null) => Scalar::Null,
            Some(automerge::ScalarValue::Boolean(flag)) => Scalar::Bool(flag),
            Some(automerge::ScalarValue::Int(number)) => Scalar::Int(number),
            Some(automerge::ScalarValue::Uint(number)) => Scalar::Uint(number),
            Some(automerge::ScalarValue::F64(number)) => Scalar::Double(number),
            Some(automerge::ScalarValue::Counter(_)) => Scalar::Counter(3),
            Some(automerge::ScalarValue::Timestamp(time)) => Scalar::Timestamp(time),
            Some(automerge::ScalarValue::Bytes(_)) => Scalar::Bytes(&[1, 2, 3]),
            Some(automerge::ScalarValue::Str(ref text)) => {
                assert_eq!(row.value, Scalar::Text(text));
                row.value
            }
            Some(other) => panic!("{other:?}"),
        };
        assert_eq!(row.value, value);
    }
}

#[test]
fn only_one_uncompressed_change_is_read_at_all() {
    let bytes = rich();
    for kind in [0, 2, 3, 4, 255] {
        let mut other = bytes.clone();
        other[8] = kind;
        assert_eq!(code(&other), "gate.G1.chunk_type");
    }
    let mut document = document();
    document.empty_commit(CommitOptions::default());
    assert_eq!(code(&document.save()), "gate.G1.chunk_type");
    assert_eq!(code(b""), "gate.G1.form");
    assert_eq!(code(&bytes[..20]), "gate.G1.form");
    assert_eq!(code(&[bytes.clone(), bytes.clone()].concat()), "gate.G1.form");
    assert_eq!(code(&vec![0x85; CHANGE_MAX_BYTES + 1]), "gate.G1.size");
    let mut other = bytes.clone();
    other[4] ^= 1;
    assert_eq!(code(&other), "gate.G1.checksum");
    // A change without operations says nothing.
    let change = document.get_last_local_change().expect("empty");
    assert_eq!(code(change.raw_bytes()), "gate.G1.ops");
    // Another length of the same chunk, written with one byte more than needed.
    let mut padded = MAGIC.to_vec();
    padded.extend(&bytes[4..9]);
    let len = bytes.len() - 11;
    padded.extend([(len as u8 & 0x7f) | 0x80, (len >> 7) as u8 | 0x80, 0]);
    padded.extend(&bytes[11..]);
    assert_eq!(code(&padded), "gate.G1.form");
}

#[test]
fn what_columns_claim_is_counted_before_it_is_believed() {
    let action = (4 << 4) | 2;
    let billion = {
        let mut run = Vec::new();
        // A run of a billion: signed, so the sixth bit of the last byte stays clear.
        run.extend([0x80, 0x94, 0xeb, 0xdc, 0x03, 1]);
        run
    };
    assert_eq!(code(&chunk(1, &body(&[(action, &billion)]))), "gate.G1.ops");
    assert_eq!(code(&chunk(1, &body(&[]))), "gate.G1.ops");
    assert_eq!(code(&chunk(1, &body(&[(action | 8, &[1, 1])]))), "gate.G1.deflate");
    assert_eq!(code(&chunk(1, &body(&[(action, &[1, 9])]))), "gate.G1.form", "no such action");
    assert_eq!(code(&chunk(1, &body(&[(action, &[0, 1])]))), "gate.G1.form", "a null action");
    assert_eq!(code(&chunk(1, &body(&[(action, &[])]))), "gate.G1.form", "an empty column");
    assert_eq!(code(&chunk(1, &body(&[(12 << 4, &[1, 1])]))), "gate.G1.form", "an unknown column");
    assert_eq!(code(&chunk(1, &body(&[(action, &[1, 1]), (action, &[1, 1])]))), "gate.G1.form", "twice");
    assert_eq!(code(&chunk(1, &body(&[(action, &[1, 1]), (5, &[1, 1])]))), "gate.G1.form", "out of order");
    // One operation, but a value that claims more bytes than there are, thousands of times.
    let insert: (u64, &[u8]) = ((3 << 4) | 4, &[1]);
    let one: (u64, &[u8]) = (action, &[1, 1]);
    let meta = (5 << 4) | 6;
    let preds: (u64, &[u8]) = (7 << 4, &[1, 0]);
    let key: (u64, &[u8]) = ((1 << 4) | 5, &[0x7f, 1, b'k']);
    let long: (u64, &[u8]) = (meta, &[1, 0xf6, 0xff, 0xff, 0x7f]);
    assert_eq!(code(&chunk(1, &body(&[key, insert, one, long, preds]))), "gate.G1.form");
    // So many predecessors at most.
    let many: (u64, &[u8]) = (7 << 4, &[1, 69]);
    assert_eq!(code(&chunk(1, &body(&[key, insert, one, (meta, &[1, 0]), many]))), "gate.G1.ops");
    let whole = chunk(1, &body(&[key, insert, one, (meta, &[1, 0]), preds]));
    check(&whole).expect("everything in its place");
}

/// I17: bytes that were changed on their way are told as that, whatever rule they break besides.
#[test]
fn a_wrong_checksum_is_told_as_one() {
    let bytes = rich();
    let body_at = bytes.len() - 300.min(bytes.len() - 20);
    for at in (4..8).chain(body_at..bytes.len()) {
        let mut damaged = bytes.clone();
        damaged[at] ^= 0x10;
        assert_eq!(code(&damaged), "gate.G1.checksum", "byte {at}");
    }
    let mut empty = chunk(1, &body(&[]));
    assert_eq!(code(&empty), "gate.G1.ops");
    empty[4] ^= 1;
    assert_eq!(code(&empty), "gate.G1.checksum");
    // What is no whole change is told as what it is.
    let mut other = bytes.clone();
    other[8] = 2;
    assert_eq!(code(&other), "gate.G1.chunk_type");
    assert_eq!(code(&bytes[..bytes.len() - 1]), "gate.G1.form");
}

#[test]
fn the_actor_is_a_city_and_eight_bytes() {
    for len in [0u8, 8, 15, 17, 32] {
        let mut body = vec![0, len];
        body.extend(vec![1; usize::from(len)]);
        body.extend([1, 1, 0, 0, 0, 0]);
        assert_eq!(code(&chunk(1, &body)), "gate.G3.actor", "{len} bytes");
    }
    let with = |seq: &[u8], start: &[u8], time: &[u8]| {
        let mut body = vec![0, 16];
        body.extend([1; 16]);
        body.extend([seq, start, time, &[0, 0, 0]].concat());
        code(&chunk(1, &body))
    };
    assert_eq!(with(&[0], &[1], &[0]), "gate.G3.seq");
    assert_eq!(with(&[1], &[0], &[0]), "gate.G3.start_op");
    assert_eq!(with(&[1], &[0x81, 0x80, 0x80, 0x80, 0x08], &[0]), "gate.G3.start_op", "beyond 2^31");
    assert_eq!(with(&[1], &[1], &[0x7f]), "gate.G3.time", "negative");
    assert_eq!(with(&[1], &[1], &[0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x10]), "gate.G3.time", "2^53");
    // Dependencies: at most so many, in order, none twice.
    let mut body = vec![2];
    body.extend([5; 64]);
    assert_eq!(code(&chunk(1, &body)), "gate.G1.form");
    assert_eq!(code(&chunk(1, &[65])), "gate.G2.dependency");
}

proptest! {
    /// I2, I17: no bytes make the gate panic, and what it says of them it says again.
    #[test]
    fn any_bytes_get_one_answer(
        edits in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<proptest::sample::Index>(),
        shorter in any::<bool>(),
    ) {
        let mut bytes = rich();
        for (at, value) in edits {
            let at = at.index(bytes.len());
            bytes[at] = value;
        }
        if shorter {
            bytes.truncate(cut.index(bytes.len()));
        }
        let first = check(&bytes).map(|checked| (checked.hash, checked.rows().map(|rows| rows.rows.len())));
        let second = check(&bytes).map(|checked| (checked.hash, checked.rows().map(|rows| rows.rows.len())));
        prop_assert_eq!(first, second);
    }
}
