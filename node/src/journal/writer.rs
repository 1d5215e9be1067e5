//! The one thread that writes all journals, many appends to one sync.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::{io, mem, path::Path, thread};

use super::disk::{Disk, RealDisk};
use super::record::acceptable;
use super::tail::Tail;
use super::{JournalError, JournalName, Journals, RecordRef, held};

/// Payload bytes of one append, all its records together.
const APPEND_MAX_BYTES: usize = 16 << 20;
/// Payload bytes that go into one group; more waits for the next.
const GROUP_MAX_BYTES: usize = 16 << 20;

/// Records that go to one journal together, all or none, in order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Append {
    pub name: JournalName,
    /// Kind (1..=15) and payload (≤ 1 MiB) of each; at most 16 MiB together.
    pub records: Vec<(u8, Vec<u8>)>,
    /// Given back in the answer.
    pub token: u64,
    /// Answer when durable. Otherwise the answer comes when written, and the records become durable with
    /// the next synchronous append to this journal or at [`Writer::stop`].
    pub sync: bool,
}

/// The answer to an append.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Written {
    /// The records lie there; durable if the append asked for it.
    Done { token: u64, at: Vec<RecordRef> },
    /// Nothing may rest on these records. `full`: the disk was full, nothing of them was left in the
    /// journal, and appends are taken again after [`Writer::resume`]. Otherwise, unless the append itself
    /// broke a bound, the writer has failed for good.
    Failed { token: u64, error: String, full: bool },
}

enum Command {
    Append(Append),
    Resume,
}

#[derive(Default)]
struct Queue {
    commands: VecDeque<Command>,
    stopping: bool,
}

#[derive(Default)]
struct Shared {
    queue: Mutex<Queue>,
    woken: Condvar,
    failed: AtomicBool,
    queued_bytes: AtomicUsize,
}

/// Handle on the writing thread. Dropping it does what [`Self::stop`] does.
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    /// Starts the thread. `done` is called on it, once for each group, with the answers in the order of the
    /// appends; it should not block for long, for nothing is written meanwhile.
    ///
    /// A journal not yet recovered is recovered at its first append.
    ///
    /// # Errors
    /// When the thread cannot be started.
    pub fn start(
        journals: Journals,
        done: impl Fn(Vec<Written>) + Send + 'static,
    ) -> Result<Self, JournalError> {
        Self::start_on(journals, Box::new(RealDisk), done)
    }

    pub(super) fn start_on(
        journals: Journals,
        disk: Box<dyn Disk>,
        done: impl Fn(Vec<Written>) + Send + 'static,
    ) -> Result<Self, JournalError> {
        let shared = Arc::new(Shared::default());
        let worker = Worker {
            shared: Arc::clone(&shared),
            journals,
            disk,
            tails: BTreeMap::new(),
            state: State::Writing,
        };
        let thread = thread::Builder::new().name("journal".into()).spawn(move || worker.run(done));
        let thread =
            thread.map_err(|error| JournalError::io("start a thread for", Path::new("journal"), error))?;
        Ok(Self { shared, thread: Some(thread) })
    }

    /// Queues records; never blocks. The answer comes through `done`. See [`Self::queued_bytes`].
    pub fn append(&self, append: Append) {
        self.shared.queued_bytes.fetch_add(size(&append), Ordering::Relaxed);
        self.send(Command::Append(append));
    }

    /// After answers that said `full`: appends queued from here on are tried again. Appends queued before
    /// are still refused, so that none that rests on a refused one gets in.
    pub fn resume(&self) {
        self.send(Command::Resume);
    }

    /// Payload bytes queued and not yet written: the caller's measure for reading less from outside.
    pub fn queued_bytes(&self) -> usize {
        self.shared.queued_bytes.load(Ordering::Relaxed)
    }

    /// True after a failed write or sync: every append is refused until the process starts again.
    pub fn is_failed(&self) -> bool {
        self.shared.failed.load(Ordering::Acquire)
    }

    /// Writes and syncs everything queued, answers it, ends the thread. True if all of it is durable.
    pub fn stop(self) -> bool {
        let shared = Arc::clone(&self.shared);
        drop(self);
        !shared.failed.load(Ordering::Acquire)
    }

    fn send(&self, command: Command) {
        held(&self.shared.queue).commands.push_back(command);
        self.shared.woken.notify_one();
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        held(&self.shared.queue).stopping = true;
        self.shared.woken.notify_one();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the journal's thread panicked");
        }
    }
}

fn size(append: &Append) -> usize {
    append.records.iter().map(|(_, payload)| payload.len()).sum()
}

/// What the worker does with appends.
enum State {
    Writing,
    /// The disk was full; refuses until told to resume.
    Full(String),
    /// Refuses for good.
    Failed(String),
}

struct Worker {
    shared: Arc<Shared>,
    journals: Journals,
    disk: Box<dyn Disk>,
    tails: BTreeMap<JournalName, Tail>,
    state: State,
}

/// The answers of one group, as they become known.
struct Group {
    answers: Vec<(u64, Answer)>,
    /// Per journal, the answers that wait for its write, and whether one asks for a sync.
    open: BTreeMap<JournalName, (Vec<usize>, bool)>,
}

enum Answer {
    Waiting(Vec<RecordRef>),
    Done(Vec<RecordRef>),
    Refused { error: String, full: bool },
}

/// Marks the writer failed if the worker panics, so that nobody waits for answers that never come.
struct PanicMark(Arc<Shared>);

impl Drop for PanicMark {
    fn drop(&mut self) {
        if thread::panicking() {
            self.0.failed.store(true, Ordering::Release);
        }
    }
}

impl Worker {
    fn run(mut self, done: impl Fn(Vec<Written>)) {
        let _mark = PanicMark(Arc::clone(&self.shared));
        loop {
            let (commands, stopping) = self.wait();
            if commands.is_empty() && stopping {
                break;
            }
            let answers = self.group(commands);
            if !answers.is_empty() {
                done(answers);
            }
        }
        for tail in self.tails.values_mut() {
            if let Err(error) = tail.sync(&self.journals) {
                tracing::error!(%error, "the last records of a journal may not be durable");
                self.shared.failed.store(true, Ordering::Release);
            }
        }
    }

    /// Waits for commands and takes what makes one group.
    fn wait(&self) -> (Vec<Command>, bool) {
        let mut queue = held(&self.shared.queue);
        while queue.commands.is_empty() && !queue.stopping {
            queue = self.shared.woken.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
        let (mut taken, mut bytes) = (Vec::new(), 0);
        while bytes < GROUP_MAX_BYTES
            && let Some(command) = queue.commands.pop_front()
        {
            if let Command::Append(append) = &command {
                bytes += size(append);
            }
            taken.push(command);
        }
        self.shared.queued_bytes.fetch_sub(bytes, Ordering::Relaxed);
        (taken, queue.stopping)
    }

    fn group(&mut self, commands: Vec<Command>) -> Vec<Written> {
        let mut group = Group { answers: Vec::with_capacity(commands.len()), open: BTreeMap::new() };
        for command in commands {
            match command {
                Command::Append(append) => self.stage(&mut group, append),
                Command::Resume => {
                    // What was staged before it belongs to the time before.
                    self.finish(&mut group);
                    if matches!(self.state, State::Full(_)) {
                        self.state = State::Writing;
                    }
                }
            }
        }
        self.finish(&mut group);
        let answered = group.answers.into_iter().map(|(token, answer)| match answer {
            Answer::Done(at) => Written::Done { token, at },
            Answer::Refused { error, full } => Written::Failed { token, error, full },
            Answer::Waiting(_) => unreachable!("finish answers everything that waits"),
        });
        answered.collect()
    }

    /// Gives the records of an append their places, or refuses it.
    fn stage(&mut self, group: &mut Group, append: Append) {
        let refusal = match &self.state {
            State::Writing => refused(&append).map(|error| (error, false)),
            State::Full(error) => Some((error.clone(), true)),
            State::Failed(error) => Some((JournalError::ReadOnly(error.clone()).to_string(), false)),
        };
        if let Some((error, full)) = refusal {
            group.answers.push((append.token, Answer::Refused { error, full }));
            return;
        }
        let name = append.name;
        let placed = self.place(group, append.name, &append.records);
        let (answers, open) = (&mut group.answers, &mut group.open);
        match placed {
            Ok(at) => {
                let (waiting, sync) = open.entry(name).or_default();
                waiting.push(answers.len());
                *sync |= append.sync;
                answers.push((append.token, Answer::Waiting(at)));
            }
            Err(error) => {
                let full = self.fail(name, &error);
                answers.push((append.token, Answer::Refused { error: error.to_string(), full }));
            }
        }
    }

    fn place(
        &mut self,
        group: &mut Group,
        name: JournalName,
        records: &[(u8, Vec<u8>)],
    ) -> Result<Vec<RecordRef>, JournalError> {
        if !self.tails.contains_key(&name) {
            let tail = Tail::open(&self.journals, &*self.disk, name)?;
            self.tails.insert(name, tail);
        }
        let payload_bytes = records.iter().map(|(_, payload)| payload.len()).sum();
        let fits =
            self.tails.get(&name).is_none_or(|tail| tail.fits(&self.journals, records.len(), payload_bytes));
        if !fits {
            // The closing segment is made durable before the next one is born; what waits is then done.
            if let Some((waiting, _)) = group.open.remove(&name) {
                self.finish_one(&mut group.answers, name, &waiting, true);
            }
            self.still_writing()?;
        }
        let tail = self.tails.get_mut(&name).expect("opened just above, and tails are never closed");
        if !fits {
            tail.sync(&self.journals)?;
            tail.roll(&self.journals, &*self.disk)?;
        }
        records.iter().map(|(kind, payload)| tail.stage(*kind, payload)).collect()
    }

    fn still_writing(&self) -> Result<(), JournalError> {
        match &self.state {
            State::Writing => Ok(()),
            State::Full(_) => {
                Err(JournalError::io("write", Path::new("journal"), io::ErrorKind::StorageFull.into()))
            }
            State::Failed(error) => Err(JournalError::ReadOnly(error.clone())),
        }
    }

    /// Writes and syncs every journal of the group and answers what waits.
    fn finish(&mut self, group: &mut Group) {
        for (name, (waiting, sync)) in mem::take(&mut group.open) {
            self.finish_one(&mut group.answers, name, &waiting, sync);
        }
    }

    fn finish_one(
        &mut self,
        answers: &mut [(u64, Answer)],
        name: JournalName,
        waiting: &[usize],
        sync: bool,
    ) {
        let result = self.write(name, sync);
        for &index in waiting {
            let answer = &mut answers[index].1;
            *answer = match (&result, mem::replace(answer, Answer::Done(Vec::new()))) {
                (Ok(()), Answer::Waiting(at)) => Answer::Done(at),
                (Err((error, full)), Answer::Waiting(_)) => {
                    Answer::Refused { error: error.clone(), full: *full }
                }
                (_, answered) => answered,
            };
        }
    }

    fn write(&mut self, name: JournalName, sync: bool) -> Result<(), (String, bool)> {
        if let State::Failed(error) = &self.state {
            return Err((JournalError::ReadOnly(error.clone()).to_string(), false));
        }
        let tail =
            self.tails.get_mut(&name).expect("records wait for this tail, and the writer has not failed");
        let mut result = tail.write(&self.journals);
        if result.is_ok() && sync {
            result = tail.sync(&self.journals);
        }
        match result {
            Ok(()) => {
                tail.show(&self.journals);
                Ok(())
            }
            Err(error) => {
                let full = self.fail(name, &error);
                Err((error.to_string(), full))
            }
        }
    }

    /// Takes note of a failure. True when the disk was full and nothing of the failed write is left.
    fn fail(&mut self, name: JournalName, error: &JournalError) -> bool {
        let undone = match self.tails.get_mut(&name) {
            Some(tail) if error.is_full() => tail.undo(&self.journals),
            _ => Ok(()),
        };
        if error.is_full() && undone.is_ok() && !matches!(self.state, State::Failed(_)) {
            tracing::warn!(journal = %name, %error, "the disk is full: edits are refused until there is room");
            self.state = State::Full(error.to_string());
            return true;
        }
        // Nothing is ever tried again on that descriptor.
        if let Some(mut tail) = self.tails.remove(&name) {
            tail.abandon(&self.journals);
        }
        if !matches!(self.state, State::Failed(_)) {
            tracing::error!(journal = %name, %error, "the journal failed: read-only until the node starts again");
            self.shared.failed.store(true, Ordering::Release);
            self.state = State::Failed(error.to_string());
        }
        false
    }
}

fn refused(append: &Append) -> Option<String> {
    let bad = append.records.iter().find(|(kind, payload)| !acceptable(*kind, payload.len()));
    if let Some((kind, payload)) = bad {
        return Some(JournalError::Refused { kind: *kind, len_bytes: payload.len() }.to_string());
    }
    let bytes = size(append);
    (bytes > APPEND_MAX_BYTES).then(|| format!("{bytes} bytes in one append, more than {APPEND_MAX_BYTES}"))
}
