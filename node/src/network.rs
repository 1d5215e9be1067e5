//! Frames between the keys of cities: the only part of the node that names libp2p.
//!
//! It knows nothing of entries or circles. The engine tells it the complete set of keys that may sync
//! ([`Command::Partners`]); it keeps one live link to each of them whenever that is possible, carries opaque
//! frames over it in order, and lets everyone else do one thing only: put a question on `/alianza/join/1`.
//!
//! ```text
//! engine ──Command──▶ Network ──Send──────────────▶ link task ──▶ stream        (no detour, no timer)
//!                        └─────the rest──▶ hub (swarm, dialling, who may what)
//! engine ◀──Event── Events ◀── link tasks, join tasks, hub                      (bounded, never drops frames)
//! ```
//! The order of events of one link is always `LinkUp`, any number of `Frame`, one `LinkDown`; links with one
//! key never overlap.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, mpsc};
use tokio::task::JoinHandle;

mod address;
mod behaviour;
mod budget;
mod dial;
mod handler;
mod hub;
mod join;
mod link;
mod queue;
mod supervise;
#[cfg(test)]
mod tests;
mod transport;

/// An ed25519 public key: the current key of a city. The PeerId is derived from it inside.
pub type Key = [u8; 32];

/// Events that may wait for the engine; beyond it sockets are no longer read.
const EVENTS_MAX: usize = 1024;
/// How long [`Network::stop`] lets links write out what is queued.
const STOP_MAX: Duration = Duration::from_secs(5);

/// One live sync stream with a partner. Never reused within a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct LinkId(pub u64);

/// What a node needs to know to join the network.
pub struct NetworkConfig {
    /// Secret half of the node's key; erased after use.
    pub seed: [u8; 32],
    /// Multiaddr texts to listen on: `/ip4|ip6/…/tcp/N` or `/ip4|ip6/…/udp/N/quic-v1`; port 0 is allowed.
    pub listen: Vec<String>,
    /// Look for partners on the local network.
    pub mdns: bool,
    /// Allow to dial private, loopback and link-local addresses (S20).
    pub allow_private: bool,
}

/// A key that may sync, and where it was last said to be reachable (multiaddr texts, at most 8 are used).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PartnerRoute {
    pub key: Key,
    pub addresses: Vec<String>,
}

/// What the engine asks of the network.
#[derive(Debug)]
pub enum Command {
    /// The complete set of keys that may sync; replaces the former. Links and connections of keys that are no
    /// longer in it are closed at once. (To have last words delivered: `Send`, `Close`, and only after
    /// `LinkDown` the set without the key.)
    Partners(Vec<PartnerRoute>),
    /// A frame = `u8` type ‖ body, without length, 1 to `FRAME_MAX_BYTES` bytes. To an ended link: nothing.
    Send { link: LinkId, frame: Vec<u8> },
    /// Writes out what is queued (5 s at most), then ends the link.
    Close { link: LinkId },
    /// Forget the back-off: a person pressed a button, an invitation arrived.
    DialNow { key: Key },
    /// One request and one answer on `/alianza/join/1`, ≤ 64 KiB each, within 20 s; dials even if the key is
    /// unknown. Always followed by one `Answered` with the same `request`.
    Ask { request: u64, key: Key, addresses: Vec<String>, frame: Vec<u8> },
    /// The answer to an [`Event::Question`]. A question unanswered for 20 s is dropped.
    Answer { question: u64, frame: Vec<u8> },
    /// Makes the hub panic, to prove that the process survives it.
    #[cfg(test)]
    Panic,
}

/// What the network tells the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// We can be reached here (multiaddr text, the real port in it).
    Listening { address: String },
    /// A link is usable in both directions. `dialer`: the connection below it was made by us.
    LinkUp { link: LinkId, key: Key, dialer: bool, address: String },
    /// Exactly once for each `LinkUp`.
    LinkDown { link: LinkId, key: Key, reason: String },
    /// A frame as the partner's engine handed it over.
    Frame { link: LinkId, frame: Vec<u8> },
    /// Somebody, perhaps unknown, asks on `/alianza/join/1`; `key` is proven by the transport.
    Question { question: u64, key: Key, address: String, frame: Vec<u8> },
    /// The outcome of an [`Command::Ask`].
    Answered { request: u64, result: Result<Vec<u8>, String> },
    /// A partner will not have a link with us. The code is that of [`alianza_shared::wire::Message::Denied`].
    Denied { key: Key, code: u8 },
    /// A key outside the set tried to sync; nothing of it was read. For one sentence in the log.
    Refused { key: Key, address: String, reason: String },
}

/// Why a network could not be started.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    #[error("the node key is not an ed25519 seed")]
    Seed,
    #[error("\"{0}\" is not an address of the form /ip4/…/tcp/N or /ip4/…/udp/N/quic-v1")]
    Address(String),
    #[error("cannot listen on {address}: {reason}")]
    Listen { address: String, reason: String },
    #[error("cannot set up the transports: {0}")]
    Transport(String),
}

/// An event on its way to the engine, with the memory it may hold until it is fetched.
struct Delivery {
    event: Event,
    _room: Option<OwnedSemaphorePermit>,
}

/// The sending half of [`Events`]. Waits when the engine does not keep up.
#[derive(Clone)]
struct EventSender(mpsc::Sender<Delivery>);

impl EventSender {
    /// False when the engine is gone.
    async fn send(&self, event: Event) -> bool {
        self.0.send(Delivery { event, _room: None }).await.is_ok()
    }

    async fn send_holding(&self, event: Event, room: OwnedSemaphorePermit) -> bool {
        self.0.send(Delivery { event, _room: Some(room) }).await.is_ok()
    }
}

/// The events of a network, in order. At most 1,024 wait here, and at most 4 MiB of frames per link.
pub struct Events(mpsc::Receiver<Delivery>);

impl Events {
    /// The next event; `None` once the network has stopped and everything was fetched.
    pub async fn recv(&mut self) -> Option<Event> {
        self.0.recv().await.map(|delivery| delivery.event)
    }

    /// The next event if one waits already.
    pub fn try_recv(&mut self) -> Option<Event> {
        self.0.try_recv().ok().map(|delivery| delivery.event)
    }
}

/// Handle of a running network. Dropping it ends the network without ceremony; see [`Network::stop`].
pub struct Network {
    key: Key,
    shared: Arc<Shared>,
    commands: mpsc::UnboundedSender<Command>,
    task: JoinHandle<()>,
}

/// What the handle, the hub and the tasks of links and questions have in common.
struct Shared {
    links: queue::Links,
    answers: join::Answers,
    events: EventSender,
}

impl Network {
    /// Starts listening. Returns once every address of the configuration is bound; the addresses with their
    /// real ports follow as [`Event::Listening`]. A port still in use is waited for, 4 s at most. Must be called within a tokio runtime.
    pub async fn start(mut config: NetworkConfig) -> Result<(Self, Events), NetworkError> {
        let keypair = address::keypair(&mut config.seed).ok_or(NetworkError::Seed)?;
        let key = address::key_of(&keypair.public().to_peer_id()).ok_or(NetworkError::Seed)?;
        let (events, receiver) = mpsc::channel(EVENTS_MAX);
        let shared = Arc::new(Shared {
            links: queue::Links::default(),
            answers: join::Answers::default(),
            events: EventSender(events),
        });
        let (commands, inbox) = mpsc::unbounded_channel();
        let mut supervisor = supervise::Supervisor::new(keypair, config, shared.clone(), inbox);
        let swarm = supervisor.listen_patiently().await?;
        let task = tokio::spawn(supervisor.run(swarm));
        Ok((Self { key, shared, commands, task }, Events(receiver)))
    }

    /// Our own public key, as partners see it.
    pub fn key(&self) -> Key {
        self.key
    }

    /// Hands a command over. Never blocks; a frame goes straight to its link. A link with more than 16 MiB
    /// unsent, or unsent bytes for 60 s, is ended (`LinkDown` follows).
    pub fn command(&self, command: Command) {
        match command {
            Command::Send { link, frame } => self.shared.links.send(link, frame),
            Command::Close { link } => self.shared.links.close(link),
            Command::Answer { question, frame } => self.shared.answers.give(question, frame),
            // Unbounded, because only our own engine puts something here and the hub never waits for it.
            other => {
                if self.commands.send(other).is_err() {
                    tracing::debug!("the network has stopped; a command is dropped");
                }
            }
        }
    }

    /// Writes out what is queued, ends links and connections, and stops (about 5 s at most).
    pub async fn stop(self) {
        let Self { commands, mut task, shared, .. } = self;
        shared.links.close_all();
        drop(commands);
        if tokio::time::timeout(STOP_MAX, &mut task).await.is_err() {
            task.abort();
        }
        shared.links.end_all("the network stops");
    }
}
