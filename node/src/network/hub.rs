//! The one loop that owns the swarm: who is connected, who may have a link, whom to dial and when. Frames do
//! not pass here.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use alianza_shared::limits::STRANGER_MAX_BYTES;
use futures::StreamExt;
use libp2p::core::{ConnectedPoint, transport::ListenerId};
use libp2p::swarm::{ConnectionId, Stream, SwarmEvent};
use libp2p::{Multiaddr, PeerId, Swarm, mdns};
use tokio::sync::{Semaphore, mpsc};
use tokio::time::{Instant, sleep_until, timeout};

use super::address::{self, key_of};
use super::behaviour::{Admitted, Behaviour, BehaviourEvent, PER_KEY_MAX};
use super::handler::{Purpose, StreamEvent};
use super::join::{self, Asker, Turnstile};
use super::link::{self, News};
use super::supervise::{Lasting, Listening};
use super::{Command, Delivery, Event, Key};

mod asks;
mod partners;

use asks::Opening;
use partners::Partner;

/// A connection of an unknown key ends after this time.
const STRANGER_MAX: Duration = Duration::from_secs(30);
/// Keys whose refusal is remembered, so that one that keeps trying is not told about every time.
const REFUSED_MAX: usize = 64;
const REFUSED_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// Events of the hub itself that wait for the engine.
const OUTBOX_MAX: usize = 64;
/// How long a stopping hub waits for its links, then for its connections.
const LINKS_LAST: Duration = Duration::from_secs(3);
const CONNECTIONS_LAST: Duration = Duration::from_secs(1);

struct Connection {
    peer: PeerId,
    key: Key,
    /// We made it.
    dialer: bool,
    ip: Option<IpAddr>,
    address: String,
    since: Instant,
    /// It did not answer: not to be used again.
    suspect: bool,
    /// What it may still send on join while its key is unknown.
    allowance: Arc<AtomicUsize>,
    /// One question at a time.
    asking: Arc<Semaphore>,
}

pub(super) struct Hub<'a> {
    swarm: Swarm<Behaviour>,
    listeners: HashMap<ListenerId, usize>,
    own: Key,
    lasting: &'a mut Lasting,
    partners: HashMap<PeerId, Partner>,
    connections: HashMap<ConnectionId, Connection>,
    openings: HashMap<u64, Opening>,
    /// Connections made for one question.
    errands: HashMap<u64, ConnectionId>,
    /// Connections whose key is being told that it has no rights here.
    denials: HashMap<u64, ConnectionId>,
    last_token: u64,
    turnstile: Turnstile,
    refused: HashMap<PeerId, Instant>,
    outbox: VecDeque<Event>,
    news: mpsc::UnboundedSender<News>,
    heard: mpsc::UnboundedReceiver<News>,
}

impl<'a> Hub<'a> {
    pub(super) fn new(listening: Listening, lasting: &'a mut Lasting) -> Self {
        let Listening { swarm, listeners } = listening;
        let (news, heard) = mpsc::unbounded_channel();
        let own = key_of(swarm.local_peer_id()).expect("our own PeerId was made from an ed25519 key");
        let mut hub = Self {
            swarm,
            listeners,
            own,
            lasting,
            partners: HashMap::new(),
            connections: HashMap::new(),
            openings: HashMap::new(),
            errands: HashMap::new(),
            denials: HashMap::new(),
            last_token: 0,
            turnstile: Turnstile::new(Instant::now()),
            refused: HashMap::new(),
            outbox: VecDeque::new(),
            news,
            heard,
        };
        hub.set_partners(hub.lasting.routes.clone());
        hub
    }

    /// Runs until the handle is dropped.
    pub(super) async fn run(mut self) {
        let events = self.lasting.shared.events.0.clone();
        loop {
            let deadline = self.tick(Instant::now());
            tokio::select! {
                event = self.swarm.select_next_some() => self.on_swarm(event),
                command = self.lasting.commands.recv() => match command {
                    Some(command) => self.on_command(command),
                    None => return self.finish().await,
                },
                Some(news) = self.heard.recv() => self.on_news(news),
                place = events.reserve(), if !self.outbox.is_empty() => match (place, self.outbox.pop_front()) {
                    (Ok(place), Some(event)) => place.send(Delivery { event, _room: None }),
                    _ => self.outbox.clear(),
                },
                () = sleep_until(deadline) => {}
            }
        }
    }

    /// Lets links write out what they have, then closes every connection properly.
    async fn finish(mut self) {
        let shared = self.lasting.shared.clone();
        shared.links.close_all();
        let links = async {
            while !shared.links.is_empty() {
                tokio::select! {
                    _ = self.swarm.select_next_some() => {}
                    _ = self.heard.recv() => {}
                }
            }
        };
        let _ = timeout(LINKS_LAST, links).await;
        shared.links.end_all("the network stops");
        let peers: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in peers {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let connections = async {
            while self.swarm.connected_peers().next().is_some() {
                self.swarm.select_next_some().await;
            }
        };
        let _ = timeout(CONNECTIONS_LAST, connections).await;
    }

    /// Does everything that is due and says when to look again.
    fn tick(&mut self, now: Instant) -> Instant {
        let mut next = now + Duration::from_secs(3600);
        self.expire_openings(now, &mut next);
        let mut strangers = Vec::new();
        for (id, connection) in &self.connections {
            if !self.partners.contains_key(&connection.peer) {
                let until = connection.since + STRANGER_MAX;
                if until <= now {
                    strangers.push(*id);
                } else {
                    next = next.min(until);
                }
            }
        }
        for id in strangers {
            self.swarm.close_connection(id);
            if let Some(connection) = self.connections.get_mut(&id) {
                connection.since = now;
            }
        }
        self.dial_due(now, &mut next);
        next
    }

    fn tell(&mut self, event: Event) {
        if self.outbox.len() < OUTBOX_MAX {
            self.outbox.push_back(event);
        } else {
            tracing::warn!(?event, "the engine does not keep up; this is only logged");
        }
    }

    fn on_command(&mut self, command: Command) {
        match command {
            Command::Partners(routes) => {
                self.lasting.routes = routes.clone();
                self.set_partners(routes);
            }
            Command::DialNow { key } => self.dial_now(&key),
            Command::Ask { request, key, addresses, frame } => self.ask(request, &key, &addresses, frame),
            Command::Send { .. } | Command::Close { .. } | Command::Answer { .. } => {
                unreachable!("the handle serves these without the hub")
            }
            #[cfg(test)]
            Command::Panic => panic!("asked to"),
        }
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Admission(admitted)) => self.on_stream(admitted),
            SwarmEvent::Behaviour(BehaviourEvent::Mdns(mdns::Event::Discovered(found))) => {
                self.on_discovered(found);
            }
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_connected(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { connection_id, cause, .. } => {
                let reason = cause.map_or_else(|| "closed".to_owned(), |cause| cause.to_string());
                self.connections.remove(&connection_id);
                self.fail_openings_on(connection_id, &format!("the connection ended: {reason}"));
            }
            SwarmEvent::OutgoingConnectionError { connection_id, peer_id, error } => {
                tracing::debug!(?peer_id, %error, "a dial failed");
                self.on_dial_failed(connection_id, peer_id, &error.to_string());
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, peer_id, error, .. } => {
                tracing::debug!(address = %send_back_addr, ?peer_id, ?error, "a connection was not let in");
            }
            SwarmEvent::NewListenAddr { listener_id, address } => self.on_listening(listener_id, address),
            SwarmEvent::ListenerClosed { addresses, reason, .. } => {
                tracing::warn!(?addresses, ?reason, "no longer listening");
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "listening had a problem"),
            _ => {}
        }
    }

    fn on_listening(&mut self, listener: ListenerId, address: Multiaddr) {
        // After a restart of the swarm we want the same ports again.
        if let Some(asked) = self.listeners.get(&listener).and_then(|i| self.lasting.listen.get_mut(*i)) {
            address::adopt_port(asked, &address);
        }
        self.tell(Event::Listening { address: address.to_string() });
    }

    fn on_connected(&mut self, peer: PeerId, id: ConnectionId, endpoint: &ConnectedPoint) {
        let Some(key) = key_of(&peer) else {
            self.swarm.close_connection(id);
            return;
        };
        let remote = endpoint.get_remote_address();
        let connection = Connection {
            peer,
            key,
            dialer: endpoint.is_dialer(),
            ip: address::ip_of(remote),
            address: address::plain(remote),
            since: Instant::now(),
            suspect: false,
            allowance: Arc::new(AtomicUsize::new(STRANGER_MAX_BYTES)),
            asking: Arc::new(Semaphore::new(1)),
        };
        let dialer = connection.dialer;
        self.connections.insert(id, connection);
        self.close_oldest(&peer);
        let errand = self.open_asks_on(id);
        if dialer && !errand && !self.on_dialed(peer, id) {
            self.swarm.close_connection(id);
        }
    }

    /// Keeps the newest connections of a key, and the one that carries its link.
    fn close_oldest(&mut self, peer: &PeerId) {
        let carrying = self.partners.get(peer).and_then(Partner::carried_by);
        let mut own: Vec<_> = self.connections.iter().filter(|(_, c)| c.peer == *peer).collect();
        if own.len() <= PER_KEY_MAX {
            return;
        }
        own.sort_by_key(|(id, c)| (Some(**id) == carrying, c.since));
        if let Some((id, _)) = own.first() {
            let id = **id;
            self.swarm.close_connection(id);
        }
    }

    fn on_stream(&mut self, admitted: Admitted) {
        let Admitted { peer, connection, event } = admitted;
        match event {
            StreamEvent::Inbound { purpose: Purpose::Sync, stream } => {
                self.on_sync_stream(peer, connection, stream);
            }
            StreamEvent::Inbound { purpose: Purpose::Join, stream } => {
                self.on_join_stream(connection, stream)
            }
            StreamEvent::Opened { token, stream } => self.on_opened(token, stream),
            StreamEvent::OpenFailed { token, reason } => self.fail_opening(token, &reason),
        }
    }

    fn on_join_stream(&mut self, id: ConnectionId, stream: Stream) {
        let Some(connection) = self.connections.get(&id) else { return };
        let known = self.partners.contains_key(&connection.peer);
        let free = self.lasting.allow_private && connection.ip.is_some_and(|ip| address::is_loopback(&ip));
        let Ok(turn) = connection.asking.clone().try_acquire_owned() else { return };
        let Some(place) = self.turnstile.enter(connection.ip.filter(|_| !free), Instant::now()) else {
            tracing::info!(address = connection.address, "too many questions; one is dropped");
            return;
        };
        let asker = Asker {
            key: connection.key,
            address: connection.address.clone(),
            allowance: (!known).then(|| connection.allowance.clone()),
        };
        let shared = self.lasting.shared.clone();
        tokio::spawn(async move {
            join::serve(stream, asker, shared).await;
            drop((turn, place));
        });
    }

    /// An unknown key tried to sync: nothing of its stream is read, it is told *Denied* once, and unless it is
    /// asking to join, its connection ends.
    fn refuse(&mut self, peer: PeerId, id: ConnectionId, stream: Stream) {
        let Some(connection) = self.connections.get(&id) else { return };
        let (key, address) = (connection.key, connection.address.clone());
        if !self.denials.values().any(|denied| *denied == id) {
            self.last_token += 1;
            let (denial, news) = (self.last_token, self.news.clone());
            self.denials.insert(denial, id);
            tokio::spawn(async move {
                link::deny(stream).await;
                let _ = news.send(News::Denied { denial });
            });
        }
        let now = Instant::now();
        self.refused.retain(|_, at| now.saturating_duration_since(*at) < REFUSED_AGAIN_AFTER);
        if self.refused.len() < REFUSED_MAX && self.refused.insert(peer, now).is_none() {
            let reason = "this key is not a partner of this node".to_owned();
            self.tell(Event::Refused { key, address, reason });
        }
    }

    fn on_denied(&mut self, denial: u64) {
        let Some(id) = self.denials.remove(&denial) else { return };
        let Some(connection) = self.connections.get(&id) else { return };
        let asked = self.openings.values().any(|opening| opening.is_on(id));
        // It may have become a partner meanwhile.
        let known = self.partners.contains_key(&connection.peer);
        if !known && !asked && connection.asking.available_permits() > 0 {
            self.swarm.close_connection(id);
        }
    }

    fn on_discovered(&mut self, found: Vec<(PeerId, Multiaddr)>) {
        let now = Instant::now();
        let mut told = HashSet::new();
        for (peer, found) in found {
            let Some(partner) = self.partners.get_mut(&peer) else { continue };
            let Some(address) = address::parse(&found.to_string(), &peer) else { continue };
            if let Some(ip) = address::ip_of(&address) {
                self.lasting.lan.add(ip);
            }
            partner.heard_of(address);
            if told.insert(peer) {
                partner.nudge(now);
            }
        }
    }
}
