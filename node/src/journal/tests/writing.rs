//! Group commit, order, rollover, places.

use super::*;

#[test]
fn many_appends_are_answered_in_order_and_read_back() {
    let bench = Bench::new();
    let journals = bench.journals();
    let (writer, answers) = start(&journals);
    let other = JournalName::Circle([9; 32]);
    for token in 0..2_000_u64 {
        let name = if token % 3 == 0 { other } else { NAME };
        let records = vec![(1, token.to_be_bytes().to_vec()), (2, vec![token as u8; 100])];
        writer.append(Append { name, records, token, sync: token % 2 == 0 });
    }
    let mut next = 0;
    while next < 2_000 {
        for answer in answers.recv_timeout(SOON).expect("an answer") {
            let Written::Done { token, at } = &answer else { panic!("{answer:?}") };
            assert_eq!((*token, at.len()), (next, 2));
            let name = if token % 3 == 0 { other } else { NAME };
            assert_eq!(journals.read(name, at[0]).expect("readable"), (1, token.to_be_bytes().to_vec()));
            assert_eq!(journals.read(name, at[1]).expect("readable").1, vec![*token as u8; 100]);
            next += 1;
        }
    }
    writer.stop();
    assert_eq!(journals.names().expect("listed"), [NAME, other]);
    assert_eq!(journals.total_bytes().expect("counted"), 2_000 * (9 + 8 + 9 + 100));
}

#[test]
fn stopping_writes_what_is_queued() {
    let bench = Bench::new();
    let (writer, answers) = start(&bench.journals());
    for token in 0..100 {
        writer.append(Append { sync: false, ..append(token, vec![(1, vec![0; 10])]) });
    }
    writer.stop();
    assert_eq!(wait(&answers, 100).len(), 100);
    assert_eq!(records(&bench.scan()).len(), 100);
}

#[test]
fn a_record_that_would_cross_the_limit_opens_a_segment() {
    let bench = Bench::with_segments(100);
    let written: Vec<_> = (0..10_u8).map(|i| (1, vec![i; 30])).collect();
    let at = bench.fill(&written);
    assert_eq!(at.iter().map(|at| at.segment).collect::<Vec<_>>(), [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]);
    for segment in 1..=5 {
        assert!(fs::metadata(bench.segment(segment)).expect("segment").len() <= 100);
    }
    assert_eq!(records(&bench.scan()), written);
    // A later process goes on in the last segment, and an append is never split over two.
    let at = bench.fill(&[(1, vec![0; 10])]);
    assert_eq!(at[0].segment, 5);
    let (writer, answers) = start(&bench.journals());
    writer.append(append(0, vec![(1, vec![]), (1, vec![])]));
    assert_eq!(refs(&wait(&answers, 1)[&0]).iter().map(|at| at.segment).collect::<Vec<_>>(), [6, 6]);
    let rest: Vec<_> =
        bench.journals().scan(NAME, Some(RecordRef { segment: 2, offset: 0, len: 30 })).collect();
    assert_eq!(rest.len(), 10);
}

#[test]
fn a_record_out_of_bounds_is_refused_alone() {
    let bench = Bench::new();
    let (writer, answers) = start(&bench.journals());
    writer.append(append(0, vec![(0, vec![])]));
    writer.append(append(1, vec![(16, vec![])]));
    writer.append(append(2, vec![(1, vec![0; PAYLOAD_MAX_BYTES + 1])]));
    writer.append(append(3, vec![(1, vec![0; PAYLOAD_MAX_BYTES])]));
    let done = wait(&answers, 4);
    for token in 0..3 {
        assert!(matches!(done[&token], Written::Failed { full: false, .. }));
    }
    assert_eq!(refs(&done[&3])[0].offset, 0);
    assert!(!writer.is_failed());
    writer.stop();
    assert_eq!(records(&bench.scan()).len(), 1);
}

#[test]
fn what_the_writer_has_not_finished_does_not_look_torn() {
    let bench = Bench::new();
    let journals = bench.journals();
    let (writer, answers) = start(&journals);
    writer.append(append(0, vec![(1, b"done".to_vec())]));
    let at = refs(&wait(&answers, 1)[&0])[0];
    // Half a record, as a reader would find it in the middle of a write.
    let file = OpenOptions::new().append(true).open(bench.segment(1)).expect("segment");
    file.write_all_at(&[0, 0, 0, 9, 1], at.end()).expect("written");
    let scanned: Vec<_> = journals.scan(NAME, None).map(|item| item.expect("readable")).collect();
    assert_eq!((records(&scanned).len(), damages(&scanned).len()), (1, 0));
}
