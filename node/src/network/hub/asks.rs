//! Streams we have asked for and not got yet: sync streams to partners, and questions to anybody.

use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, Stream};
use libp2p::{Multiaddr, PeerId};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::Key;
use super::super::address::{self, peer_of};
use super::super::handler::{Open, Purpose};
use super::super::join::{self, ANSWER_MAX};
use super::super::link::News;
use super::Hub;
use super::partners::Partner;

/// Questions of our own under way.
const ASKS_MAX: usize = 64;

/// Where the stream of a question goes.
type Asking = oneshot::Sender<Result<Stream, String>>;

enum Want {
    Sync,
    /// `otherwise`: where to dial if the connection at hand turns out to be dead.
    Ask {
        asking: Asking,
        otherwise: Option<(u64, Vec<Multiaddr>)>,
    },
}

/// A stream on its way.
pub(super) struct Opening {
    peer: PeerId,
    connection: ConnectionId,
    want: Want,
    until: Instant,
}

impl Opening {
    pub(super) fn is_on(&self, connection: ConnectionId) -> bool {
        self.connection == connection
    }
}

impl Hub<'_> {
    fn begin(&mut self, peer: PeerId, connection: ConnectionId, want: Want) -> u64 {
        self.last_token += 1;
        let opening = Opening { peer, connection, want, until: Instant::now() + ANSWER_MAX };
        self.openings.insert(self.last_token, opening);
        self.last_token
    }

    /// Opens a sync stream on a live connection; the token tells it from others.
    pub(super) fn open_sync(&mut self, peer: PeerId, connection: ConnectionId) -> u64 {
        let token = self.begin(peer, connection, Want::Sync);
        let open = Open { purpose: Purpose::Sync, token };
        self.swarm.behaviour_mut().admission.open(peer, connection, open);
        token
    }

    /// A question travels on a connection of its own, which ends with it, unless a link proves that another
    /// one is alive.
    pub(super) fn ask(&mut self, request: u64, key: &Key, addresses: &[String], frame: Vec<u8>) {
        let (asking, stream) = oneshot::channel();
        self.last_token += 1;
        let errand = self.last_token;
        let (events, news) = (self.lasting.shared.events.clone(), self.news.clone());
        tokio::spawn(async move {
            join::ask(request, stream, frame, ANSWER_MAX, events).await;
            let _ = news.send(News::Asked { errand });
        });
        // Whatever goes wrong from here on reaches the engine through the task just started.
        let Some(peer) = peer_of(key).filter(|_| *key != self.own) else {
            let _ = asking.send(Err("this is not the key of another node".into()));
            return;
        };
        if self.openings.len() >= ASKS_MAX + self.partners.len() {
            let _ = asking.send(Err("too many questions are under way".into()));
            return;
        }
        let mut addresses = address::parse_all(addresses, &peer);
        let partner = self.partners.get(&peer);
        addresses.extend(partner.map(Partner::addresses).unwrap_or_default());
        match partner.and_then(Partner::carried_by) {
            Some(connection) => {
                let want = Want::Ask { asking, otherwise: Some((errand, addresses)) };
                let token = self.begin(peer, connection, want);
                self.open_join(token);
            }
            None => self.dial_to_ask(peer, errand, addresses, asking),
        }
    }

    fn dial_to_ask(&mut self, peer: PeerId, errand: u64, addresses: Vec<Multiaddr>, asking: Asking) {
        let opts = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(addresses).build();
        let connection = opts.connection_id();
        self.errands.insert(errand, connection);
        let token = self.begin(peer, connection, Want::Ask { asking, otherwise: None });
        if let Err(error) = self.swarm.dial(opts) {
            self.fail_opening(token, &error.to_string());
        }
    }

    /// Was this connection made for a question only?
    pub(super) fn is_errand(&self, connection: ConnectionId) -> bool {
        self.errands.values().any(|id| *id == connection)
    }

    /// A question was answered, or failed: its connection has served.
    pub(super) fn on_asked(&mut self, errand: u64) {
        let Some(connection) = self.errands.remove(&errand) else { return };
        let peer = self.connections.get(&connection).map(|connection| connection.peer);
        let carrying = peer.and_then(|peer| self.partners.get(&peer)).and_then(Partner::carried_by);
        if carrying != Some(connection) {
            self.swarm.close_connection(connection);
        }
    }

    fn open_join(&mut self, token: u64) {
        let Some(opening) = self.openings.get(&token) else { return };
        let (peer, connection) = (opening.peer, opening.connection);
        let open = Open { purpose: Purpose::Join, token };
        self.swarm.behaviour_mut().admission.open(peer, connection, open);
    }

    /// A connection we dialled is there: puts the questions it was dialled for. True if there are any.
    pub(super) fn open_asks_on(&mut self, connection: ConnectionId) -> bool {
        let tokens: Vec<u64> = self
            .openings
            .iter()
            .filter(|(_, opening)| opening.is_on(connection))
            .map(|(token, _)| *token)
            .collect();
        for token in &tokens {
            self.open_join(*token);
        }
        !tokens.is_empty()
    }

    pub(super) fn on_opened(&mut self, token: u64, stream: Stream) {
        let Some(opening) = self.openings.remove(&token) else { return };
        match opening.want {
            Want::Sync => self.on_sync_opened(opening.peer, opening.connection, token, stream),
            Want::Ask { asking, .. } => {
                let _ = asking.send(Ok(stream));
            }
        }
    }

    pub(super) fn fail_opening(&mut self, token: u64, reason: &str) {
        let Some(opening) = self.openings.remove(&token) else { return };
        match opening.want {
            Want::Sync => {
                self.suspect(opening.connection);
                self.on_sync_failed(&opening.peer, token);
            }
            Want::Ask { asking, otherwise: Some((errand, addresses)) } if !asking.is_closed() => {
                self.dial_to_ask(opening.peer, errand, addresses, asking);
            }
            Want::Ask { asking, .. } => {
                let _ = asking.send(Err(reason.chars().take(256).collect()));
            }
        }
    }

    pub(super) fn fail_openings_on(&mut self, connection: ConnectionId, reason: &str) {
        let tokens: Vec<u64> = self
            .openings
            .iter()
            .filter(|(_, opening)| opening.is_on(connection))
            .map(|(token, _)| *token)
            .collect();
        for token in tokens {
            self.fail_opening(token, reason);
        }
    }

    /// Nothing that was asked for is waited for without end.
    pub(super) fn expire_openings(&mut self, now: Instant, next: &mut Instant) {
        let mut late = Vec::new();
        for (token, opening) in &self.openings {
            if opening.until <= now {
                late.push(*token);
            } else {
                *next = (*next).min(opening.until);
            }
        }
        for token in late {
            self.fail_opening(token, "it did not answer in time");
        }
    }
}
