//! Full disks pass, failed syncs do not (I38, R6, R7).

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use super::super::disk::{Disk, RealDisk, SegmentFile};
use super::*;

/// Real files that fail on demand.
#[derive(Default)]
struct Faults {
    sync_fails: AtomicBool,
    write_fails: AtomicBool,
    /// Bytes that still fit on the disk, when `small` is set.
    small: AtomicBool,
    room_bytes: AtomicU64,
    syncs: AtomicU64,
}

struct FailingDisk(Arc<Faults>);
struct FailingFile(Arc<Faults>, Box<dyn SegmentFile>);

impl Disk for FailingDisk {
    fn create(&self, path: &Path) -> Result<Box<dyn SegmentFile>, JournalError> {
        Ok(Box::new(FailingFile(Arc::clone(&self.0), RealDisk.create(path)?)))
    }

    fn append(&self, path: &Path) -> Result<Box<dyn SegmentFile>, JournalError> {
        Ok(Box::new(FailingFile(Arc::clone(&self.0), RealDisk.append(path)?)))
    }
}

impl SegmentFile for FailingFile {
    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        if self.0.write_fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("input/output error"));
        }
        let room = self.0.room_bytes.load(Ordering::SeqCst) as usize;
        if self.0.small.load(Ordering::SeqCst) && bytes.len() > room {
            self.1.write_all(&bytes[..room])?;
            return Err(io::ErrorKind::StorageFull.into());
        }
        self.0.room_bytes.store(room.saturating_sub(bytes.len()) as u64, Ordering::SeqCst);
        self.1.write_all(bytes)
    }

    fn sync_data(&mut self) -> io::Result<()> {
        self.0.syncs.fetch_add(1, Ordering::SeqCst);
        if self.0.sync_fails.load(Ordering::SeqCst) {
            return Err(io::Error::other("input/output error"));
        }
        self.1.sync_data()
    }

    fn cut(&mut self, len: u64) -> io::Result<()> {
        self.1.cut(len)
    }
}

fn start_failing(bench: &Bench) -> (Arc<Faults>, Writer, Receiver<Vec<Written>>) {
    let faults = Arc::new(Faults::default());
    let (sender, receiver) = channel();
    let disk = Box::new(FailingDisk(Arc::clone(&faults)));
    let done = move |answers| sender.send(answers).unwrap_or_default();
    (faults, Writer::start_on(bench.journals(), disk, done).expect("a thread"), receiver)
}

fn one(writer: &Writer, answers: &Receiver<Vec<Written>>, token: u64, payload: &[u8]) -> Written {
    writer.append(append(token, vec![(1, payload.to_vec())]));
    wait(answers, 1).remove(&token).expect("this token's answer")
}

#[test]
fn after_a_failed_sync_nothing_is_ever_acknowledged_again() {
    let bench = Bench::new();
    let (faults, writer, answers) = start_failing(&bench);
    refs(&one(&writer, &answers, 0, b"durable"));
    faults.sync_fails.store(true, Ordering::SeqCst);
    let failed = one(&writer, &answers, 1, b"not durable");
    assert!(matches!(failed, Written::Failed { full: false, .. }), "{failed:?}");
    assert!(writer.is_failed());
    faults.sync_fails.store(false, Ordering::SeqCst);
    let syncs = faults.syncs.load(Ordering::SeqCst);
    writer.resume();
    for token in 2..5 {
        assert!(matches!(one(&writer, &answers, token, b"later"), Written::Failed { full: false, .. }));
    }
    writer.stop();
    // The descriptor was not tried again, and the next process does not find what was never durable.
    assert_eq!(faults.syncs.load(Ordering::SeqCst), syncs);
    assert_eq!(records(&bench.scan()), [(1, b"durable".to_vec())]);
    // Nor does it give a place again that may have been remembered.
    assert_eq!(bench.fill(&[(1, b"next".to_vec())])[0].segment, 2);
}

#[test]
fn after_a_failed_write_the_writer_has_failed_for_good() {
    let bench = Bench::new();
    let (faults, writer, answers) = start_failing(&bench);
    refs(&one(&writer, &answers, 0, b"durable"));
    faults.write_fails.store(true, Ordering::SeqCst);
    assert!(matches!(one(&writer, &answers, 1, b"x"), Written::Failed { full: false, .. }));
    faults.write_fails.store(false, Ordering::SeqCst);
    assert!(matches!(one(&writer, &answers, 2, b"y"), Written::Failed { full: false, .. }));
    assert!(writer.is_failed());
}

#[test]
fn a_full_disk_refuses_until_resumed_and_leaves_nothing_half_written() {
    let bench = Bench::new();
    let (faults, writer, answers) = start_failing(&bench);
    refs(&one(&writer, &answers, 0, b"durable"));
    faults.room_bytes.store(12, Ordering::SeqCst);
    faults.small.store(true, Ordering::SeqCst);
    assert!(matches!(one(&writer, &answers, 1, b"does not fit"), Written::Failed { full: true, .. }));
    // What rests on the refused record must not get in, even if it would fit.
    assert!(matches!(one(&writer, &answers, 2, b""), Written::Failed { full: true, .. }));
    assert!(!writer.is_failed());
    faults.small.store(false, Ordering::SeqCst);
    writer.resume();
    refs(&one(&writer, &answers, 3, b"fits again"));
    writer.stop();
    let scanned = bench.scan();
    assert!(damages(&scanned).is_empty());
    assert_eq!(records(&scanned), [(1, b"durable".to_vec()), (1, b"fits again".to_vec())]);
}

#[test]
fn a_full_disk_in_one_journal_does_not_undo_another_of_the_same_group() {
    let bench = Bench::with_segments(60);
    let (faults, writer, answers) = start_failing(&bench);
    let other = JournalName::Circle([8; 32]);
    refs(&one(&writer, &answers, 0, b"durable"));
    writer.append(Append { name: other, ..append(1, vec![(1, b"durable".to_vec())]) });
    refs(&wait(&answers, 1)[&1]);
    faults.room_bytes.store(20, Ordering::SeqCst);
    faults.small.store(true, Ordering::SeqCst);
    writer.append(append(2, vec![(1, vec![1; 40])]));
    writer.append(Append { name: other, ..append(3, vec![(1, vec![1; 5])]) });
    let done = wait(&answers, 2);
    assert!(matches!(done[&2], Written::Failed { full: true, .. }));
    drop(writer);
    // Whatever was answered is what is there.
    let there = bench.journals().scan(other, None).count();
    assert_eq!(there, 1 + usize::from(matches!(done[&3], Written::Done { .. })));
    assert_eq!(records(&bench.scan()).len(), 1);
    assert!(damages(&bench.scan()).is_empty());
}

#[test]
fn a_local_log_stops_after_a_failed_sync() {
    let bench = Bench::new();
    let faults = Arc::new(Faults::default());
    let opened = LocalLog::open_on(&bench.journals(), Box::new(FailingDisk(Arc::clone(&faults))), NAME);
    let log = opened.expect("opens").log;
    log.append_blocking(b"one").expect("durable");
    faults.small.store(true, Ordering::SeqCst);
    assert!(log.append_blocking(b"two").is_err_and(|error| error.is_full()));
    faults.small.store(false, Ordering::SeqCst);
    log.append_blocking(b"three").expect("there is room again");
    faults.sync_fails.store(true, Ordering::SeqCst);
    assert!(log.append_blocking(b"four").is_err());
    faults.sync_fails.store(false, Ordering::SeqCst);
    assert!(matches!(log.append_blocking(b"five"), Err(JournalError::ReadOnly(_))));
    let opened = LocalLog::open(&bench.journals(), NAME).expect("opens");
    assert_eq!(opened.records, [b"one".to_vec(), b"three".to_vec()]);
    assert!(opened.breaks.is_empty());
}
