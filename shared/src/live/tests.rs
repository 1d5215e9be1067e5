use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;

use super::*;

fn small() -> impl Strategy<Value = Vec<Vec<u8>>> {
    vec(vec(any::<u8>(), 0..80), 0..5)
}

fn uint() -> impl Strategy<Value = u64> {
    prop_oneof![0..300u64, 0..=LIVE_UINT_MAX]
}

fn doc() -> impl Strategy<Value = DocId> {
    any::<[u8; 16]>().prop_map(DocId)
}

fn city8() -> impl Strategy<Value = City8> {
    any::<[u8; 8]>().prop_map(City8)
}

fn heads() -> impl Strategy<Value = Vec<ChangeHash>> {
    vec(any::<[u8; 32]>().prop_map(ChangeHash), 0..4)
}

fn person() -> impl Strategy<Value = PersonRef> {
    any::<[u8; 8]>().prop_map(PersonRef)
}

fn live_in() -> impl Strategy<Value = LiveIn> {
    prop_oneof![
        uint().prop_map(|version| LiveIn::Hello { version }),
        (doc(), heads(), any::<bool>()).prop_map(|(doc, heads, presence)| LiveIn::Open {
            doc,
            heads,
            presence
        }),
        doc().prop_map(|doc| LiveIn::Close { doc }),
        (uint(), doc(), small()).prop_map(|(reference, doc, changes)| LiveIn::Changes {
            reference,
            doc,
            changes
        }),
        (doc(), vec(any::<u8>(), 0..=PRESENCE_MAX_BYTES))
            .prop_map(|(doc, payload)| LiveIn::Presence { doc, payload }),
        Just(LiveIn::Ping),
    ]
}

fn live_out() -> impl Strategy<Value = LiveOut> {
    let opened = (
        (doc(), any::<[u8; 32]>().prop_map(CircleId), "[a-z_]{1,20}"),
        option::of(any::<[u8; 32]>().prop_map(CityId)),
        any::<bool>(),
        option::of(vec(any::<u8>(), 0..400)),
        small(),
        heads(),
    );
    prop_oneof![
        (uint(), any::<[u8; 32]>(), city8(), person(), uint(), uint()).prop_map(
            |(version, city, city8, person, session, incarnation)| LiveOut::Welcome {
                version,
                city: CityId(city),
                city8,
                person,
                session,
                incarnation
            }
        ),
        opened.prop_map(|((doc, circle, kind), owner, writable, snapshot, changes, heads)| LiveOut::Opened {
            doc,
            circle,
            kind,
            owner,
            writable,
            snapshot,
            changes,
            heads
        }),
        (doc(), small(), city8(), person()).prop_map(|(doc, changes, city8, person)| LiveOut::Changes {
            doc,
            changes,
            city8,
            person
        }),
        uint().prop_map(|reference| LiveOut::Stored { reference }),
        (doc(), any::<bool>(), vec(city8(), 0..4), vec(city8(), 0..4))
            .prop_map(|(doc, sealed, have, lack)| LiveOut::Delivery { doc, sealed, have, lack }),
        (option::of(uint()), option::of(doc()), "[a-z.]{1,20}", "[a-zñ «»]{0,60}")
            .prop_map(|(reference, doc, code, message)| LiveOut::Refused { reference, doc, code, message }),
        (doc(), city8(), person(), uint(), option::of(vec(any::<u8>(), 0..=PRESENCE_MAX_BYTES))).prop_map(
            |(doc, city8, person, session, payload)| LiveOut::Presence {
                doc,
                city8,
                person,
                session,
                payload
            }
        ),
        "[a-z]{1,20}".prop_map(|what| LiveOut::Changed { what }),
        doc().prop_map(|doc| LiveOut::Rebuild { doc }),
        Just(LiveOut::Pong),
    ]
}

proptest! {
    #[test]
    fn what_is_written_is_read(message in live_in()) {
        prop_assert_eq!(LiveIn::decode(&message.encode()), Ok(message));
    }

    #[test]
    fn what_the_node_writes_is_read(message in live_out()) {
        prop_assert_eq!(LiveOut::decode(&message.encode()), Ok(message));
    }

    /// Bytes from outside never panic, and what is accepted has one form only.
    #[test]
    fn damaged_bytes_are_refused_or_are_another_message(
        message in live_in(), at in any::<prop::sample::Index>(), byte in any::<u8>(), cut in any::<prop::sample::Index>(),
    ) {
        let mut bytes = message.encode();
        let place = at.index(bytes.len());
        bytes[place] = byte;
        bytes.truncate(cut.index(bytes.len()) + 1);
        if let Ok(read) = LiveIn::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn noise_never_panics(bytes in vec(any::<u8>(), 0..200)) {
        if let Ok(read) = LiveIn::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes.clone());
        }
        if let Ok(read) = LiveOut::decode(&bytes) {
            prop_assert_eq!(read.encode(), bytes);
        }
    }

    #[test]
    fn nothing_may_follow_a_message(message in live_in(), more in vec(any::<u8>(), 1..4)) {
        let mut bytes = message.encode();
        bytes.extend(more);
        prop_assert!(LiveIn::decode(&bytes).is_err());
    }
}

#[test]
fn longer_forms_of_a_number_are_refused() {
    assert_eq!(LiveIn::decode(&[0x82, 0x01, 0x01]), Ok(LiveIn::Hello { version: 1 }));
    assert_eq!(LiveIn::decode(&[0x82, 0x18, 0x01, 0x01]), Err(LiveError::NotCanonical));
    assert_eq!(LiveIn::decode(&[0x98, 0x02, 0x01, 0x01]), Err(LiveError::NotCanonical));
}

#[test]
fn indefinite_lengths_are_refused() {
    assert!(LiveIn::decode(&[0x9f, 0x01, 0x01, 0xff]).is_err());
    let mut close = vec![0x82, 0x03, 0x5f, 0x50];
    close.extend([0; 16]);
    close.push(0xff);
    assert!(LiveIn::decode(&close).is_err());
}

#[test]
fn caps_are_checked_before_anything_is_allocated() {
    let doc = DocId([1; 16]);
    // An array that claims four thousand million elements.
    let mut huge = vec![0x84, 0x04, 0x01, 0x50];
    huge.extend([1; 16]);
    huge.extend([0x9a, 0xff, 0xff, 0xff, 0xff]);
    assert_eq!(LiveIn::decode(&huge), Err(LiveError::TooMany { what: "changes" }));
    huge.truncate(huge.len() - 5);
    huge.extend([0x99, 0x07, 0xd0]);
    assert_eq!(
        LiveIn::decode(&huge),
        Err(LiveError::Malformed { what: "changes" }),
        "2,000 announced, none there"
    );

    let many = LiveIn::Changes { reference: 1, doc, changes: vec![Vec::new(); ENTRY_MAX_CHANGES + 1] };
    assert_eq!(LiveIn::decode(&many.encode()), Err(LiveError::TooMany { what: "changes" }));
    let large = LiveIn::Changes { reference: 1, doc, changes: vec![vec![0; CHANGE_MAX_BYTES + 1]] };
    assert_eq!(LiveIn::decode(&large.encode()), Err(LiveError::ChangeTooLarge));
    assert_eq!(LiveError::ChangeTooLarge.code(), "gate.G1.size");
    let loud = LiveIn::Presence { doc, payload: vec![0; PRESENCE_MAX_BYTES + 1] };
    assert_eq!(LiveIn::decode(&loud.encode()), Err(LiveError::TooMany { what: "payload" }));
    let wide = LiveIn::Open { doc, heads: vec![ChangeHash([0; 32]); HEADS_MAX + 1], presence: false };
    assert_eq!(LiveIn::decode(&wide.encode()), Err(LiveError::TooMany { what: "heads" }));
    let all = LiveIn::Changes { reference: 1, doc, changes: vec![vec![0; CHANGE_MAX_BYTES]; 2] };
    assert!(matches!(LiveIn::decode(&all.encode()), Err(LiveError::TooLarge { .. })));
}

/// Whoever sent changes that cannot be read learns which ones were refused (RQ-never-lose).
#[test]
fn a_message_that_cannot_be_read_is_refused_by_its_reference() {
    let doc = DocId([1; 16]);
    let large = LiveIn::Changes { reference: 77, doc, changes: vec![vec![0; CHANGE_MAX_BYTES + 1]] }.encode();
    assert_eq!(LiveIn::reference(&large), Some((77, doc)));
    let good = LiveIn::Changes { reference: 77, doc, changes: vec![vec![1]] }.encode();
    assert_eq!(LiveIn::reference(&good[..good.len() - 1]), Some((77, doc)), "cut in its changes");
    assert_eq!(LiveIn::reference(&good[..12]), None, "cut before the document ends");
    assert_eq!(LiveIn::reference(&LiveIn::Close { doc }.encode()), None);
    for bytes in [&[][..], &[0x84], &[0x84, 4], &[0x84, 4, 0x20], &[0xff; 40]] {
        assert_eq!(LiveIn::reference(bytes), None);
    }
}

#[test]
fn a_message_of_another_type_or_length_is_refused() {
    assert_eq!(LiveIn::decode(&[0x81, 0x05]), Err(LiveError::UnknownType(5)), "5 is not used");
    assert_eq!(LiveIn::decode(&LiveOut::Pong.encode()), Err(LiveError::UnknownType(137)));
    assert!(LiveIn::decode(&[0x83, 0x01, 0x01, 0x01]).is_err());
    assert!(LiveIn::decode(&[]).is_err());
    assert!(LiveIn::decode(&[0x80]).is_err());
}
