//! A full disk passes without a restart of the process; a disk that failed does not.
//!
//! What the core holds in memory may rest on writes that were refused. So, once there is room, it is not mended but
//! made anew from the journal, exactly as at a start: links with partners are closed and come up again, tabs come
//! back and hand over what they still have. After a failed sync nothing of this is done: the kernel may have thrown
//! away what it did not store and show it all the same, so only a new process may trust the disk again.

use std::path::{Path, PathBuf};

use alianza_shared::sync::Refusal;
use tokio::sync::{mpsc, oneshot};

use super::handle::LiveEvent;
use super::refusals::refusal;
use super::{Ask, End, Inputs, Running, Start};
use crate::clock;
use crate::journal::Written;
use crate::network::{Command, Network};

/// What must fit before the node goes on: some edits, and the index.
const ROOM_BYTES: usize = 4 << 20;
/// Between two looks; longer when the room did not last.
const LOOK_MS: u64 = 2_000;
const LOOK_MAX_MS: u64 = 60_000;
/// A full disk this soon after there was room again means that the room was too small.
const LASTED_MS: u64 = 120_000;
/// Between two attempts to read the journal again.
const AGAIN: std::time::Duration = std::time::Duration::from_secs(5);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Disk {
    Takes,
    Full,
    /// Nothing is trusted to it until the process starts again.
    Failed,
}

/// How the disk took what was written.
pub(super) struct Room {
    journal: PathBuf,
    disk: Disk,
    opened_ms: u64,
    look_every_ms: u64,
    next_look_ms: u64,
    /// A write to the index failed, and it may not say so itself.
    pub(super) index_doubtful: bool,
}

impl Room {
    pub(super) fn new(journal: &Path) -> Self {
        Self {
            journal: journal.to_owned(),
            disk: Disk::Takes,
            opened_ms: clock::now_ms(),
            look_every_ms: LOOK_MS,
            next_look_ms: 0,
            index_doubtful: false,
        }
    }

    /// A write was refused. Told once, and not for every write that follows.
    pub(super) fn write_failed(&mut self, full: bool, error: &str) {
        match (self.disk, full) {
            (Disk::Takes, true) => {
                self.disk = Disk::Full;
                let now_ms = clock::now_ms();
                let lasted = now_ms.saturating_sub(self.opened_ms) >= LASTED_MS;
                self.look_every_ms = if lasted { LOOK_MS } else { (self.look_every_ms * 2).min(LOOK_MAX_MS) };
                self.next_look_ms = now_ms + self.look_every_ms;
                tracing::error!(%error, folder = %self.journal.display(), "the disk is full: the node is read-only until there is room, and goes on by itself");
            }
            (Disk::Takes | Disk::Full, false) => {
                self.disk = Disk::Failed;
                tracing::error!(%error, "a write to the journal failed: the node is read-only until it is restarted");
            }
            (Disk::Full | Disk::Failed, _) => {}
        }
    }

    /// For the status.
    pub(super) fn why(&self) -> Option<&'static str> {
        match self.disk {
            Disk::Takes => None,
            Disk::Full => Some("disk_full"),
            Disk::Failed => Some("disk_failed"),
        }
    }
}

/// What outlives the state that is made anew.
pub(super) struct Carried {
    network: Option<Network>,
    listening: Vec<String>,
    /// Numbers of live sockets are not used twice, so that late words of an old one reach nobody.
    pub(super) next_session: u64,
    pub(super) incarnation: u64,
    look_every_ms: u64,
}

impl Carried {
    pub(super) fn at_start(network: Option<Network>) -> Self {
        Self { network, listening: Vec::new(), next_session: 1, incarnation: 0, look_every_ms: LOOK_MS }
    }
}

impl Running {
    /// Takes over what outlived the former state.
    pub(super) fn carry_on(&mut self, carried: Carried) {
        self.network = carried.network;
        self.listening = carried.listening;
        self.room.look_every_ms = carried.look_every_ms;
        // While it was being restored there was nobody to tell.
        self.partners_told = None;
        self.tell_partners();
    }

    /// Looked at on the heart beat, now and then.
    pub(super) fn has_room_again(&mut self) -> bool {
        let now_ms = clock::now_ms();
        if self.room.disk != Disk::Full || now_ms < self.room.next_look_ms {
            return false;
        }
        self.room.next_look_ms = now_ms + self.room.look_every_ms;
        self.journals.has_room(ROOM_BYTES)
    }

    /// Lets go of everything that rests on memory. None if the last writes did not become durable: then nothing may be
    /// read again in this process as if they had.
    fn let_go(
        mut self,
        start: &Start,
        written: &mut mpsc::UnboundedReceiver<Vec<Written>>,
    ) -> Result<Carried, Box<Self>> {
        let durable = self.writer.take().is_none_or(crate::journal::Writer::stop);
        // Answers for numbers that will be given anew.
        while written.try_recv().is_ok() {}
        self.fail_jobs();
        if !durable {
            self.room.write_failed(false, "the last writes did not become durable");
            return Err(Box::new(self));
        }
        for live in self.links.values() {
            if let Some(network) = &self.network {
                network.command(Command::Close { link: live.id });
            }
        }
        self.tabs.clear();
        self.flush_index(true);
        self.index = None;
        if self.room.index_doubtful
            && let Err(error) = std::fs::remove_dir_all(start.data.join("index"))
        {
            tracing::error!(%error, "the doubtful index cannot be removed");
        }
        Ok(Carried {
            network: self.network.take(),
            listening: std::mem::take(&mut self.listening),
            next_session: self.next_session,
            incarnation: self.incarnation,
            look_every_ms: self.room.look_every_ms,
        })
    }
}

/// For a while, while there is nothing to read or write with. Some: the node is to stop.
async fn answer_meanwhile(asks: &mut mpsc::Receiver<Ask>) -> Option<oneshot::Sender<()>> {
    let read_only = || refusal(Refusal::ReadOnly);
    let until = tokio::time::Instant::now() + AGAIN;
    loop {
        let ask = tokio::select! {
            ask = asks.recv() => ask?,
            () = tokio::time::sleep_until(until) => return None,
        };
        match ask {
            Ask::Request { answer, .. } => drop(answer.send(Err(read_only()))),
            Ask::Attach { answer, .. } => drop(answer.send(Err(read_only()))),
            Ask::Verify { answer } => drop(answer),
            Ask::Stop { answer } => return Some(answer),
        }
    }
}

/// Runs until the node stops; whenever a full disk has room again, from what it holds.
pub(super) async fn run_and_run_again(
    start: &Start,
    mut running: Running,
    inputs: &mut Inputs,
    live: &mpsc::Sender<LiveEvent>,
    written: &mpsc::UnboundedSender<Vec<Written>>,
) {
    while running.run(inputs).await == End::Room {
        tracing::info!("there is room on the disk again: the journal is read anew");
        let mut carried = match running.let_go(start, &mut inputs.written) {
            Ok(carried) => carried,
            Err(same) => {
                running = *same;
                continue;
            }
        };
        running = loop {
            match Running::open(start, carried, live.clone(), written.clone()) {
                Ok(running) => break running,
                Err((same, error)) => {
                    tracing::error!(%error, "the journal cannot be read yet; tried again in a moment");
                    carried = same;
                    if let Some(stopped) = answer_meanwhile(&mut inputs.asks).await {
                        if let Some(network) = carried.network.take() {
                            network.stop().await;
                        }
                        let _ = stopped.send(());
                        return;
                    }
                }
            }
        };
        tracing::info!("edits are taken again");
    }
}
