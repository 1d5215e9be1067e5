//! Torn tails are cut, damage is named, everything else is still read.

use proptest::prelude::*;

use super::*;

#[test]
fn a_torn_tail_is_cut_and_kept_aside() {
    let whole = three();
    let bench = Bench::new();
    let at = bench.fill(&whole);
    for len in u64::from(at[2].offset) + 4..at[2].end() {
        let bench = Bench::new();
        bench.fill(&whole);
        cut(&bench.segment(1), len);
        let journals = bench.journals();
        let recovery = journals.recover(NAME).expect("recovers");
        assert_eq!(recovery.cut_bytes, len - u64::from(at[2].offset));
        let kept = recovery.cut.and_then(|cut| cut.kept).expect("the cut bytes are kept");
        assert_eq!(fs::metadata(kept).expect("kept").len(), recovery.cut_bytes);
        assert_eq!(fs::metadata(bench.segment(1)).expect("segment").len(), u64::from(at[2].offset));
        assert_eq!(records(&bench.scan()), whole[..2]);
        // A start that writes nothing forgets nothing; then the next record takes a place never used before.
        bench.journals().recover(NAME).expect("recovers");
        let again = bench.fill(&[(4, b"new".to_vec())]);
        assert_eq!((again[0].segment, again[0].offset), (2, 0));
        assert_eq!(bench.fill(&[(4, b"more".to_vec())])[0].segment, 2);
        assert_eq!(records(&bench.scan()).len(), 4);
        assert!(damages(&bench.scan()).is_empty());
        assert!(matches!(bench.journals().read(NAME, at[2]), Err(JournalError::NotThere { .. })));
    }
}

#[test]
fn a_segment_of_which_everything_was_cut_is_not_taken_for_a_lost_one() {
    for zeros in [false, true] {
        let bench = Bench::new();
        bench.fill(&three()[..1]);
        fs::write(bench.segment(1), if zeros { [0; 5] } else { [1; 5] }).expect("written");
        assert_eq!(bench.journals().recover(NAME).expect("recovers").cut_bytes, 5);
        bench.fill(&three());
        assert_eq!(records(&bench.scan()), three());
        assert!(damages(&bench.scan()).is_empty());
    }
}

#[test]
fn zeros_after_the_last_record_are_a_torn_tail() {
    let bench = Bench::new();
    let at = bench.fill(&three());
    cut(&bench.segment(1), at[2].end() + 5_000);
    let recovery = bench.journals().recover(NAME).expect("recovers");
    assert_eq!((recovery.cut_bytes, recovery.cut.and_then(|cut| cut.kept)), (5_000, None));
    assert_eq!(records(&bench.scan()), three());
}

#[test]
fn a_damaged_last_record_of_full_length_is_told_from_a_torn_one() {
    let bench = Bench::new();
    let at = bench.fill(&three());
    flip(&bench.segment(1), at[2].end() - 1, 1);
    let cut = bench.journals().recover(NAME).expect("recovers").cut.expect("a cut");
    assert!(cut.whole);
    assert_eq!(claimed(&cut.damage.bytes), Some((3, &b"thire"[..])));
}

/// Must show 5: a byte flipped anywhere, the length included.
#[test]
fn every_flipped_byte_of_a_journal_is_named_and_the_other_records_are_still_read() {
    let whole = three();
    let bench = Bench::new();
    let at = bench.fill(&whole);
    let path = bench.segment(1);
    let size = fs::metadata(&path).expect("segment").len();
    for offset in 0..size {
        for mask in [0x01, 0x10, 0x80, 0xff] {
            flip(&path, offset, mask);
            let hit = at.iter().position(|at| offset < at.end()).expect("inside a record");
            let scanned = bench.scan();
            let mut others = whole.clone();
            others.remove(hit);
            assert_eq!(records(&scanned), others, "byte {offset} ^ {mask:#x}");
            let damages = damages(&scanned);
            assert_eq!(damages.len(), 1, "byte {offset} ^ {mask:#x}");
            assert_eq!((damages[0].segment, damages[0].offset), (1, at[hit].offset));
            assert_eq!(damages[0].len_bytes, at[hit].end() - u64::from(at[hit].offset));
            assert_eq!(damages[0].tail, hit == 2);
            let read = bench.journals().read(NAME, at[hit]);
            assert!(matches!(read, Err(JournalError::NotThere { .. })), "byte {offset} ^ {mask:#x}");
            flip(&path, offset, mask);
        }
    }
    assert_eq!(records(&bench.scan()), whole);
}

#[test]
fn a_length_damaged_so_that_it_reaches_the_record_after_next_hides_nothing() {
    // 9 + len of the middle record is one flipped bit of the first length: 64 → 64 + 128.
    let whole = vec![(1, vec![1; 64]), (2, vec![2; 119]), (3, vec![3; 10])];
    let bench = Bench::new();
    let at = bench.fill(&whole);
    flip(&bench.segment(1), 3, 0x80);
    let scanned = bench.scan();
    assert_eq!(records(&scanned), whole[1..]);
    assert_eq!(damages(&scanned)[0].len_bytes, u64::from(at[1].offset));
}

#[test]
fn damage_in_the_last_segment_is_not_cut_when_something_valid_follows() {
    let bench = Bench::new();
    bench.fill(&three());
    flip(&bench.segment(1), 12, 0x40);
    let before = fs::read(bench.segment(1)).expect("segment");
    assert_eq!(bench.journals().recover(NAME).expect("recovers"), Recovery::default());
    assert_eq!(fs::read(bench.segment(1)).expect("segment"), before);
}

#[test]
fn a_bad_end_of_an_earlier_segment_is_damage_and_is_not_cut() {
    let bench = Bench::with_segments(100);
    bench.fill(&(0..6).map(|i| (1, vec![i; 40])).collect::<Vec<_>>());
    let size = fs::metadata(bench.segment(1)).expect("segment").len();
    cut(&bench.segment(1), size - 3);
    let journals = bench.journals();
    assert_eq!(journals.recover(NAME).expect("recovers").cut_bytes, 0);
    let scanned = bench.scan();
    assert_eq!(records(&scanned).len(), 5);
    assert_eq!((damages(&scanned).len(), damages(&scanned)[0].tail), (1, false));
}

#[test]
fn a_missing_or_emptied_segment_is_named() {
    for empty in [false, true] {
        let bench = Bench::with_segments(100);
        bench.fill(&(0..6).map(|i| (1, vec![i; 40])).collect::<Vec<_>>());
        if empty {
            cut(&bench.segment(2), 0);
        } else {
            fs::remove_file(bench.segment(2)).expect("removed");
        }
        let scanned = bench.scan();
        assert_eq!(records(&scanned).len(), 4);
        let damages = damages(&scanned);
        assert_eq!((damages.len(), damages[0].segment, damages[0].why), (1, 2, Why::MissingSegment));
    }
}

#[test]
fn record_shaped_bytes_inside_a_payload_are_never_taken_for_a_record() {
    // A partner puts whole records, valid at other places, into an entry; then its header is damaged.
    let mut shaped = Vec::new();
    for offset in 0..200 {
        record::encode(1, offset, 2, b"forged pending record", &mut shaped);
    }
    let bench = Bench::new();
    let at = bench.fill(&[(1, shaped), (3, b"honest".to_vec())]);
    flip(&bench.segment(1), 1, 0x01);
    let scanned = bench.scan();
    assert_eq!(records(&scanned), [(3, b"honest".to_vec())]);
    assert_eq!(damages(&scanned)[0].len_bytes, at[0].end());
}

#[test]
fn a_scan_from_a_record_that_is_not_there_says_so() {
    let bench = Bench::new();
    let at = bench.fill(&three());
    let rest: Vec<_> = bench.journals().scan(NAME, Some(at[0])).map(|item| item.expect("readable")).collect();
    assert_eq!(records(&rest), three()[1..]);
    assert!(bench.journals().scan(NAME, Some(at[2])).next().is_none());
    for wrong in [
        RecordRef { segment: 2, ..at[0] },
        RecordRef { offset: at[0].offset + 1, ..at[0] },
        RecordRef { len: at[0].len + 1, ..at[0] },
        RecordRef { len: u32::MAX, ..at[0] },
    ] {
        let mut scan = bench.journals().scan(NAME, Some(wrong));
        assert!(matches!(scan.next(), Some(Err(JournalError::NotThere { .. }))));
        assert!(scan.next().is_none());
    }
}

#[test]
fn references_keep_their_order_when_stored() {
    let refs = [(1, 0, 9), (1, 255, 1), (1, 256, 0), (2, 0, 0)];
    let refs = refs.map(|(segment, offset, len)| RecordRef { segment, offset, len });
    assert!(refs.is_sorted() && refs.map(|at| at.encode()).is_sorted());
    assert!(refs.iter().all(|at| RecordRef::decode(&at.encode()) == Some(*at)));
    assert_eq!(RecordRef::decode(&[0; 11]), None);
}

#[test]
fn names_are_parsed_strictly() {
    let hex = "ab".repeat(32);
    assert_eq!(hex.parse::<JournalName>().map(|name| name.to_string()), Ok(hex));
    assert_eq!("local".parse(), Ok(JournalName::Local));
    for bad in ["", "Local", "..", &"AB".repeat(32), &"ab".repeat(31), &"zz".repeat(32)] {
        assert_eq!(bad.parse::<JournalName>(), Err(NameError));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// I38: whatever the power cut left of the end, recovery leaves a prefix, and reading never panics.
    #[test]
    fn any_truncation_leaves_a_prefix(
        written in prop::collection::vec((1_u8..=15, prop::collection::vec(any::<u8>(), 0..300)), 1..20),
        share in 0.0_f64..1.0,
    ) {
        let bench = Bench::with_segments(1_000);
        let at = bench.fill(&written);
        let last = at[at.len() - 1].segment;
        let size = fs::metadata(bench.segment(last)).expect("segment").len();
        cut(&bench.segment(last), (size as f64 * share) as u64);
        bench.journals().recover(NAME).expect("recovers");
        let scanned = bench.scan();
        prop_assert!(damages(&scanned).is_empty());
        let left = records(&scanned);
        prop_assert_eq!(&left[..], &written[..left.len()]);
        prop_assert!(left.len() >= at.iter().filter(|at| at.segment < last).count());
    }

    /// R8: random damage is named or harmless, and never invents a record.
    #[test]
    fn random_damage_invents_nothing(
        written in prop::collection::vec((1_u8..=15, prop::collection::vec(any::<u8>(), 0..300)), 1..20),
        hits in prop::collection::vec((any::<prop::sample::Index>(), 1_u8..), 1..10),
    ) {
        let bench = Bench::new();
        bench.fill(&written);
        let size = fs::metadata(bench.segment(1)).expect("segment").len();
        for (index, mask) in &hits {
            flip(&bench.segment(1), index.index(size as usize) as u64, *mask);
        }
        let scanned = bench.scan();
        let mut left = written.iter();
        for record in records(&scanned) {
            prop_assert!(left.any(|other| *other == record), "a record that was never written");
        }
        prop_assert!(records(&scanned).len() == written.len() || !damages(&scanned).is_empty());
    }
}
