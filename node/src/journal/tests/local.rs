//! The hash-chained log, the lock and the format of a folder (S25, S27).

use super::super::lock::{FolderError, FolderLock, check_format, write_format};
use super::*;

fn filled(bench: &Bench) -> Vec<Vec<u8>> {
    let opened = LocalLog::open(&bench.journals(), NAME).expect("opens");
    let contents: Vec<_> = (0..4_u8).map(|i| vec![i; 20]).collect();
    for content in &contents {
        opened.log.append_blocking(content).expect("durable");
    }
    contents
}

#[test]
fn a_local_log_gives_back_what_was_appended() {
    let bench = Bench::with_segments(150);
    let contents = filled(&bench);
    let opened = LocalLog::open(&bench.journals(), NAME).expect("opens");
    assert_eq!((opened.records, opened.breaks), (contents, vec![]));
    let runtime = tokio::runtime::Builder::new_multi_thread().build().expect("a runtime");
    runtime.block_on(opened.log.append(b"async".to_vec())).expect("durable");
    drop(opened.log);
    let (count, breaks) = LocalLog::verify(&bench.journals(), NAME).expect("verifies");
    assert_eq!((count, breaks.len()), (5, 0));
}

/// S25: one flipped byte, and verification names the record.
#[test]
fn a_flipped_byte_of_a_local_log_names_its_record() {
    let bench = Bench::new();
    filled(&bench);
    let size = fs::metadata(bench.segment(1)).expect("segment").len();
    for offset in 0..size {
        flip(&bench.segment(1), offset, 0x20);
        let (count, breaks) = LocalLog::verify(&bench.journals(), NAME).expect("verifies");
        let hit = (offset / (size / 4)) as usize;
        assert_eq!(count, 3);
        assert!(
            matches!(&breaks[..], [LocalBreak::Damage { after_records, .. }] if *after_records == hit),
            "byte {offset}: {breaks:?}"
        );
        flip(&bench.segment(1), offset, 0x20);
    }
}

/// S25: a record rewritten with a fresh checksum, or taken out, breaks the chain.
#[test]
fn a_rewritten_record_breaks_the_chain() {
    let bench = Bench::new();
    filled(&bench);
    let whole = records(&bench.scan());
    for taken_out in [false, true] {
        fs::remove_file(bench.segment(1)).expect("removed");
        let mut forged = whole.clone();
        if taken_out {
            forged.remove(1);
        } else {
            forged[1].1[40] ^= 1;
        }
        bench.fill(&forged);
        let (_, breaks) = LocalLog::verify(&bench.journals(), NAME).expect("verifies");
        let after = if taken_out { 1 } else { 2 };
        assert!(
            matches!(&breaks[..], [LocalBreak::Chain { after_records, .. }] if *after_records == after),
            "{breaks:?}"
        );
    }
}

#[test]
fn a_second_lock_on_one_folder_is_refused_and_says_who_has_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let lock = FolderLock::take(folder.path()).expect("free");
    match FolderLock::take(folder.path()) {
        Err(error @ FolderError::Held { holder, .. }) => {
            assert_eq!(holder, Some(std::process::id()));
            assert!(error.to_string().contains(&std::process::id().to_string()));
        }
        other => panic!("{other:?}"),
    }
    drop(lock);
    FolderLock::take(folder.path()).expect("free again");
}

#[test]
fn a_newer_format_is_refused() {
    let folder = tempfile::tempdir().expect("a folder");
    assert!(matches!(check_format(folder.path()), Err(FolderError::Missing { .. })));
    write_format(folder.path()).expect("written");
    assert_eq!(check_format(folder.path()).ok(), Some(1));
    fs::write(folder.path().join("format"), "2\n").expect("written");
    assert!(matches!(check_format(folder.path()), Err(FolderError::Newer { found: 2, .. })));
    for bad in ["", "x", "0", "-1", "\u{fffd}"] {
        fs::write(folder.path().join("format"), bad).expect("written");
        assert!(matches!(check_format(folder.path()), Err(FolderError::Unreadable { .. })));
    }
}
