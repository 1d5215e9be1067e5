//! One loop that owns the core and performs its effects in order.
//!
//! Everything reaches it through bounded queues and leaves it as commands: records to the journal's writer,
//! frames to the network, messages to tabs, answers to requests. It runs on a thread of its own, so that the gate
//! never holds up sockets.

mod ahead;
mod apart;
mod effects;
pub mod handle;
mod join;
mod links;
mod live;
mod open;
mod own_city;
mod pour;
mod reading;
mod refusals;
mod requests;
mod room;
mod source;
mod tabs;
mod together;
pub mod verify;
mod views;
mod writing;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use alianza_shared::api::ApiError;
use alianza_shared::id::{ChangeHash, CircleId, City8, CityId, DocId, PersonRef};
use alianza_shared::sync::{Core, Input, LinkId, Outbox};
use tokio::sync::{mpsc, oneshot};

use crate::clock;
use crate::config::Config;
use crate::documents::Documents;
use crate::index::Index;
use crate::journal::{Journals, Writer, Written};
use crate::network::{self, Network};
use handle::{Caller, Closed, LiveEvent, LiveSession, Request, Response};
use join::Joining;
use links::Live;
use room::{Carried, Room};
use source::Unflushed;
use tabs::Tab;

/// Requests that may wait for the engine.
const REQUESTS_MAX: usize = 512;
/// The heart beat while something waits for it: sealing, forwarding, delivery notices, rows of the index.
const TICK: Duration = Duration::from_millis(20);
/// The heart beat of a node at rest.
const TICK_AT_REST: Duration = Duration::from_millis(500);
/// How long derived rows gather before they are written to the index.
const INDEX_FLUSH_MS: u64 = 500;
const INDEX_FLUSH_ROWS: usize = 4_000;
/// How long after a link came up our people's presence is told again: by then circles are agreed.
const NEWCOMER_MS: u64 = 300;
/// How often partners hear that a person of ours is still in a document: well within `PRESENCE_TTL_MS`.
const PRESENCE_REPEAT_MS: u64 = 15_000;
/// Events handled before judging gets its turn.
const EVENTS_PER_TURN: usize = 64;

/// What the shell asks of the engine.
enum Ask {
    Request { caller: Caller, request: Request, answer: oneshot::Sender<Result<Response, ApiError>> },
    Attach { caller: Caller, answer: oneshot::Sender<Result<LiveSession, ApiError>> },
    Verify { answer: oneshot::Sender<anyhow::Result<verify::Report>> },
    Stop { answer: oneshot::Sender<()> },
}

/// Handle on a running engine. A clone is a handle on the same.
#[derive(Clone)]
pub struct Engine {
    asks: mpsc::Sender<Ask>,
}

/// What an engine is started with.
pub struct Start {
    pub data: PathBuf,
    pub config: Config,
    pub seed: [u8; 32],
    /// Take part in the network; commands on a stopped node do not.
    pub online: bool,
}

impl Engine {
    /// Restore what the journal holds and start the loop. Returns once requests are answered.
    pub async fn start(start: Start) -> anyhow::Result<Self> {
        let (asks, inbox) = mpsc::channel(REQUESTS_MAX);
        let (live_tx, live_rx) = mpsc::channel(handle::FROM_TABS_MAX_EVENTS);
        let (written_tx, written_rx) = mpsc::unbounded_channel();
        let (network, events) = if start.online {
            let config = network::NetworkConfig {
                seed: start.seed,
                listen: start.config.listen.clone(),
                mdns: start.config.mdns,
                allow_private: start.config.allow_private_addresses,
            };
            let (network, events) = Network::start(config).await?;
            (Some(network), Some(events))
        } else {
            (None, None)
        };
        let (ready_tx, ready_rx) = oneshot::channel();
        std::thread::Builder::new().name("engine".into()).spawn(move || {
            let runtime = match tokio::runtime::Builder::new_current_thread().enable_time().build() {
                Ok(runtime) => runtime,
                Err(error) => {
                    let _ = ready_tx.send(Err(error.into()));
                    return;
                }
            };
            runtime.block_on(async move {
                let mut inputs = Inputs { asks: inbox, live: live_rx, written: written_rx, events };
                let carried = Carried::at_start(network);
                match Running::open(&start, carried, live_tx.clone(), written_tx.clone()) {
                    Ok(running) => {
                        let _ = ready_tx.send(Ok(()));
                        room::run_and_run_again(&start, running, &mut inputs, &live_tx, &written_tx).await;
                    }
                    Err((_, error)) => {
                        let _ = ready_tx.send(Err(error));
                    }
                }
            });
        })?;
        ready_rx.await??;
        Ok(Self { asks })
    }

    /// One question or order, answered once what it changes is durable.
    pub async fn call(&self, caller: &Caller, request: Request) -> Result<Response, ApiError> {
        let (answer, wait) = oneshot::channel();
        let ask = Ask::Request { caller: caller.clone(), request, answer };
        self.asks.send(ask).await.map_err(|_| stopping())?;
        wait.await.map_err(|_| stopping())?
    }

    /// A live socket. Dropping it detaches.
    pub async fn attach(&self, caller: &Caller) -> Result<LiveSession, ApiError> {
        let (answer, wait) = oneshot::channel();
        self.asks.send(Ask::Attach { caller: caller.clone(), answer }).await.map_err(|_| stopping())?;
        wait.await.map_err(|_| stopping())?
    }

    /// Check every journal; see [`verify`].
    pub async fn verify(&self) -> anyhow::Result<verify::Report> {
        let (answer, wait) = oneshot::channel();
        self.asks.send(Ask::Verify { answer }).await.map_err(|_| stopping())?;
        wait.await?
    }

    /// Seal nothing more, write out what is queued, leave the index complete.
    pub async fn stop(&self) {
        let (answer, wait) = oneshot::channel();
        if self.asks.send(Ask::Stop { answer }).await.is_ok() {
            let _ = wait.await;
        }
    }
}

fn stopping() -> ApiError {
    ApiError::new(503, "stopping", "El nodo se está deteniendo.")
        .next("Vuelva a intentarlo dentro de un momento.")
}

/// What happens when a job of the core is durable.
enum Job {
    /// Changes of a tab: these references are stored.
    Tab {
        session: u64,
        references: Vec<u64>,
        doc: DocId,
    },
    /// A request to be answered.
    Answer {
        answer: oneshot::Sender<Result<Response, ApiError>>,
        then: Then,
    },
    /// The Accept of a joiner is stored: answer its question.
    Question {
        question: u64,
    },
    /// Our own Accept is stored: deliver it.
    Accepted {
        circle: CircleId,
    },
    Nothing,
}

/// The answer to a request once it is durable.
enum Then {
    Done,
    Circle(Option<CircleId>),
    Document(DocId),
    Patched { doc: DocId, added: Vec<String> },
    Invitation { circle: CircleId, link: Box<alianza_shared::alliance::Invitation> },
}

struct Poll {
    since: u64,
    until_ms: u64,
    answer: oneshot::Sender<Result<Response, ApiError>>,
}

/// What reaches the loop.
struct Inputs {
    asks: mpsc::Receiver<Ask>,
    live: mpsc::Receiver<LiveEvent>,
    written: mpsc::UnboundedReceiver<Vec<Written>>,
    events: Option<network::Events>,
}

/// Why the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Stopped,
    /// The disk was full and has room again: go on from what it holds.
    Room,
}

/// The engine's state, owned by its loop.
struct Running {
    config: Config,
    core: Core,
    documents: Documents,
    journals: Journals,
    /// None once the engine stops.
    writer: Option<Writer>,
    index: Option<Arc<Index>>,
    unflushed: Unflushed,
    last_flush_ms: u64,
    network: Option<Network>,
    listening: Vec<String>,
    incarnation: u64,
    links: BTreeMap<LinkId, Live>,
    /// Which circle each document belongs to.
    circle_of: BTreeMap<DocId, CircleId>,
    /// Parts of a document: sections and contributions.
    parts: BTreeMap<DocId, BTreeSet<DocId>>,
    jobs: BTreeMap<u64, Job>,
    next_job: u64,
    tabs: BTreeMap<u64, Tab>,
    live_events: mpsc::Sender<LiveEvent>,
    next_session: u64,
    watchers: BTreeMap<DocId, BTreeSet<u64>>,
    /// Who is present, told to tabs that open a document: (doc, city, session) → person and payload.
    present: BTreeMap<(DocId, City8, u64), (PersonRef, Vec<u8>)>,
    in_flight: effects::InFlight,
    dirty_circles: BTreeSet<CircleId>,
    status_dirty: bool,
    last_status_ms: u64,
    dirty_topics: BTreeSet<&'static str>,
    /// References that wait for the circle's writes in flight.
    barriers: Vec<(CircleId, u64, u64)>,
    /// The actor that this node uses for each person, fresh for this process start.
    node_actors: BTreeMap<PersonRef, [u8; 16]>,
    /// The person who first used each of our actors.
    actor_people: BTreeMap<[u8; 16], PersonRef>,
    joining: BTreeMap<CircleId, Joining>,
    join_requests: BTreeMap<u64, CircleId>,
    next_join_request: u64,
    changed: VecDeque<(u64, Changed)>,
    cursor: u64,
    polls: Vec<Poll>,
    titles: BTreeMap<DocId, (Vec<ChangeHash>, String)>,
    damaged: Vec<String>,
    snapshots: source::Snapshots,
    pour: pour::Pour,
    ahead: ahead::Ahead,
    loading: apart::Loading,
    /// Circles in which a pending record was found damaged at this start.
    lost_pending: BTreeSet<CircleId>,
    /// Links that came up a moment ago: those who are here are told to them once circles are agreed.
    newcomers: Vec<u64>,
    last_presence_ms: u64,
    partners_told: Option<BTreeMap<CityId, Vec<String>>>,
    room: Room,
    /// Partners that will not have a link with us, and why.
    denied: BTreeMap<CityId, u8>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Changed {
    Document(DocId),
    Circle(CircleId),
}

impl Running {
    async fn run(&mut self, inputs: &mut Inputs) -> End {
        let Inputs { asks, live, written, events } = inputs;
        let mut last_tick = tokio::time::Instant::now();
        self.started();
        loop {
            let rest = if self.is_at_rest() { TICK_AT_REST } else { TICK };
            // Not only when nothing else is left to do: requests without end must not keep time from passing.
            if last_tick.elapsed() >= rest {
                last_tick = tokio::time::Instant::now();
                self.tick();
                if self.has_room_again() {
                    return End::Room;
                }
            }
            let next_tick = last_tick + rest;
            let work = !self.pour.is_on(tokio::time::Instant::now()) && self.core.has_work();
            tokio::select! {
                biased;
                Some(batch) = written.recv() => self.written(batch),
                Some(event) = live.recv() => {
                    let mut batch = vec![event];
                    while batch.len() < EVENTS_PER_TURN {
                        let Ok(event) = live.try_recv() else { break };
                        batch.push(event);
                    }
                    self.live_events(batch);
                }
                Some(event) = next_event(events) => {
                    self.network_event(event);
                }
                Some(ask) = asks.recv() => {
                    if let Some(answer) = self.ask(ask) {
                        self.stop(written).await;
                        let _ = answer.send(());
                        return End::Stopped;
                    }
                }
                done = self.loading.next() => self.done_apart(done),
                () = tokio::time::sleep_until(next_tick) => {}
                // Yields: a loop that never does is given no more events by the runtime once it has had its share.
                () = tokio::task::yield_now(), if work => {}
                else => return End::Stopped,
            }
            // Judging is done between events, a little at a time.
            if !self.pour.is_on(tokio::time::Instant::now()) && self.core.has_work() {
                self.handle(Input::Work);
            }
            self.save_apart();
        }
    }

    /// Feed the core and perform what it asks for.
    fn handle(&mut self, input: Input) {
        let mut out = Outbox::default();
        self.core.handle(clock::now_ms(), input, &mut out);
        self.perform(&mut out);
    }

    fn written(&mut self, batch: Vec<Written>) {
        for written in batch {
            match written {
                Written::Done { token, at } => self.append_done(token, at),
                Written::Failed { token, error, full } => {
                    self.room.write_failed(full, &error);
                    self.dirty_topics.insert("status");
                    self.handle(Input::AppendFailed { token });
                    self.fail_jobs();
                }
            }
        }
        self.settle_barriers();
    }

    fn ask(&mut self, ask: Ask) -> Option<oneshot::Sender<()>> {
        match ask {
            Ask::Request { caller, request, answer } => self.request_or_load(caller, request, answer),
            Ask::Attach { caller, answer } => {
                let _ = answer.send(self.attach(caller));
            }
            Ask::Verify { answer } => {
                self.flush_index(true);
                // Reading every journal takes a while: not on the thread that people wait for.
                let (journals, index) = (self.journals.clone(), self.index.clone());
                std::thread::spawn(move || {
                    let _ = answer.send(verify::run(&journals, index.as_deref()));
                });
            }
            Ask::Stop { answer } => return Some(answer),
        }
        None
    }

    /// Does nothing wait for the next heart beat?
    fn is_at_rest(&self) -> bool {
        self.unflushed.len() == 0
            && self.dirty_circles.is_empty()
            && self.dirty_topics.is_empty()
            && !self.status_dirty
            && self.newcomers.is_empty()
            && self.joining.is_empty()
            && self.polls.is_empty()
            && self.core.is_at_rest()
    }

    fn tick(&mut self) {
        let now_ms = clock::now_ms();
        self.handle(Input::Tick);
        self.join_tick(now_ms);
        if self.newcomers.iter().any(|due_ms| now_ms >= *due_ms) {
            self.newcomers.retain(|due_ms| now_ms < *due_ms);
            self.repeat_presence();
        } else if now_ms >= self.last_presence_ms + PRESENCE_REPEAT_MS {
            self.repeat_presence();
        }
        self.notify(now_ms);
        if now_ms >= self.last_flush_ms + INDEX_FLUSH_MS || self.unflushed.len() > INDEX_FLUSH_ROWS {
            self.last_flush_ms = now_ms;
            self.flush_index(false);
            self.make_snapshots(now_ms);
        }
    }

    /// Detach everyone, let the journal finish, leave the index complete.
    async fn stop(&mut self, written: &mut mpsc::UnboundedReceiver<Vec<Written>>) {
        self.tabs.clear();
        if let Some(network) = self.network.take() {
            network.stop().await;
        }
        // The writer answers everything queued before it ends; what it answers may still make rows.
        drop(self.writer.take());
        while let Ok(batch) = written.try_recv() {
            self.written(batch);
        }
        self.flush_index(true);
        self.index = None;
    }

    fn job(&mut self, job: Job) -> u64 {
        let id = self.next_job;
        self.next_job += 1;
        self.jobs.insert(id, job);
        id
    }

    fn name_of(&self, city: &CityId) -> String {
        if let Some(card) = self.core.card(city) {
            return card.name.clone();
        }
        let member = self.core.circles().find_map(|circle| circle.state().members.get(city).cloned());
        member.map_or_else(|| city.hex()[..12].to_owned(), |member| member.name)
    }
}

async fn next_event(events: &mut Option<network::Events>) -> Option<network::Event> {
    match events {
        Some(events) => events.recv().await,
        None => std::future::pending().await,
    }
}

/// A detached tab.
impl From<Closed> for ApiError {
    fn from(_: Closed) -> Self {
        stopping()
    }
}
