//! Streams we have asked for and not got yet: sync streams to partners, and questions to anybody.

use libp2p::PeerId;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, Stream};
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::super::Key;
use super::super::address::{self, peer_of};
use super::super::handler::{Open, Purpose};
use super::super::join::{self, ANSWER_MAX};
use super::Hub;

/// Questions of our own under way.
const ASKS_MAX: usize = 64;

enum Want {
    Sync,
    Ask(oneshot::Sender<Result<Stream, String>>),
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

    pub(super) fn ask(&mut self, request: u64, key: &Key, addresses: &[String], frame: Vec<u8>) {
        let (sender, receiver) = oneshot::channel();
        tokio::spawn(join::ask(request, receiver, frame, self.lasting.shared.events.clone()));
        // Whatever goes wrong from here on reaches the engine through the task just started.
        let Some(peer) = peer_of(key).filter(|_| *key != self.own) else {
            let _ = sender.send(Err("this is not the key of another node".into()));
            return;
        };
        if self.openings.len() >= ASKS_MAX + self.partners.len() {
            let _ = sender.send(Err("too many questions are under way".into()));
            return;
        }
        if let Some(connection) = self.live_connection(&peer) {
            let token = self.begin(peer, connection, Want::Ask(sender));
            self.open_join(token);
            return;
        }
        let mut all = address::parse_all(addresses, &peer);
        if let Some(partner) = self.partners.get(&peer) {
            all.extend(partner.addresses());
        }
        let opts = DialOpts::peer_id(peer).condition(PeerCondition::Always).addresses(all).build();
        let connection = opts.connection_id();
        let token = self.begin(peer, connection, Want::Ask(sender));
        if let Err(error) = self.swarm.dial(opts) {
            self.fail_opening(token, &error.to_string());
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
            Want::Ask(sender) => {
                let _ = sender.send(Ok(stream));
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
            Want::Ask(sender) => {
                let _ = sender.send(Err(reason.chars().take(256).collect()));
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
