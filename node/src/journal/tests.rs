//! The journal against torn, damaged, full and failing disks (I38, R4–R8, T24, must show 5).

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use super::*;

mod damage;
mod failing;
mod local;
mod power;
mod writing;

const NAME: JournalName = JournalName::Circle([7; 32]);
/// Long enough for any machine; waiting ends at once when the condition holds.
const SOON: Duration = Duration::from_secs(30);

struct Bench {
    folder: tempfile::TempDir,
    segment_max_bytes: u64,
}

impl Bench {
    fn new() -> Self {
        Self::with_segments(SEGMENT_MAX_BYTES)
    }

    fn with_segments(segment_max_bytes: u64) -> Self {
        Self { folder: tempfile::tempdir().expect("a temporary folder"), segment_max_bytes }
    }

    /// The journals as a new process would see them.
    fn journals(&self) -> Journals {
        Journals::open_with(&self.folder.path().join("journal"), self.segment_max_bytes)
            .expect("journals open")
    }

    fn segment(&self, segment: u32) -> PathBuf {
        self.folder.path().join("journal").join(NAME.to_string()).join(format!("{segment:08}.log"))
    }

    /// Writes records one by one through the real writer.
    fn fill(&self, records: &[(u8, Vec<u8>)]) -> Vec<RecordRef> {
        let (writer, answers) = start(&self.journals());
        for (token, record) in records.iter().enumerate() {
            writer.append(append(token as u64, vec![record.clone()]));
        }
        let done = wait(&answers, records.len());
        writer.stop();
        (0..records.len() as u64).map(|token| refs(&done[&token])[0]).collect()
    }

    fn scan(&self) -> Vec<Scanned> {
        self.journals().scan(NAME, None).map(|item| item.expect("a readable disk")).collect()
    }
}

fn start(journals: &Journals) -> (Writer, Receiver<Vec<Written>>) {
    let (sender, receiver) = channel();
    let writer = Writer::start(journals.clone(), move |answers| sender.send(answers).unwrap_or_default());
    (writer.expect("a thread"), receiver)
}

fn append(token: u64, records: Vec<(u8, Vec<u8>)>) -> Append {
    Append { name: NAME, records, token, sync: true }
}

fn wait(answers: &Receiver<Vec<Written>>, count: usize) -> BTreeMap<u64, Written> {
    let mut by_token = BTreeMap::new();
    while by_token.len() < count {
        for answer in answers.recv_timeout(SOON).expect("an answer in time") {
            let (Written::Done { token, .. } | Written::Failed { token, .. }) = &answer;
            by_token.insert(*token, answer);
        }
    }
    by_token
}

fn refs(answer: &Written) -> &[RecordRef] {
    match answer {
        Written::Done { at, .. } => at,
        Written::Failed { error, .. } => panic!("not written: {error}"),
    }
}

fn records(scanned: &[Scanned]) -> Vec<(u8, Vec<u8>)> {
    let records = scanned.iter().filter_map(|item| match item {
        Scanned::Record { kind, payload, .. } => Some((*kind, payload.clone())),
        Scanned::Damage(_) => None,
    });
    records.collect()
}

fn damages(scanned: &[Scanned]) -> Vec<&Damage> {
    let damages = scanned.iter().filter_map(|item| match item {
        Scanned::Damage(damage) => Some(damage),
        Scanned::Record { .. } => None,
    });
    damages.collect()
}

fn flip(path: &Path, offset: u64, mask: u8) {
    let file = OpenOptions::new().read(true).write(true).open(path).expect("the segment");
    let mut byte = [0];
    file.read_exact_at(&mut byte, offset).expect("the byte");
    file.write_all_at(&[byte[0] ^ mask], offset).expect("written");
}

fn cut(path: &Path, len: u64) {
    OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(len)).expect("cut");
}

fn three() -> Vec<(u8, Vec<u8>)> {
    vec![(1, b"first, of some length".to_vec()), (2, vec![0x00; 40]), (3, b"third".to_vec())]
}
