//! Who may connect (S10, S17, T1): members up to their own limit, strangers under a small one, per-address
//! limits on handshakes. Decided when a connection is established, before any protocol is spoken.

use std::collections::{HashMap, HashSet, VecDeque};
use std::net::IpAddr;
use std::task::{Context, Poll};

use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::behaviour::toggle::Toggle;
use libp2p::swarm::behaviour::{ConnectionClosed, ConnectionEstablished, ListenFailure};
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, NotifyHandler, THandler, THandlerInEvent,
    ToSwarm,
};
use libp2p::{Multiaddr, PeerId, connection_limits, mdns};

use super::address;
use super::handler::{Handler, Open, StreamEvent};

/// Handshakes at once, from everybody and from one address.
const PENDING_MAX: u32 = 64;
const PENDING_PER_IP_MAX: usize = 8;
/// Connections at once, all together.
const ESTABLISHED_MAX: u32 = 512;
/// Unknown keys connected at once, and from one address.
const STRANGERS_MAX: usize = 8;
const STRANGERS_PER_IP_MAX: usize = 2;
/// Connections of one key that last. One more is let in for a moment: the hub then closes the oldest, so that
/// a partner whose former connections are dead, but not yet known to be, is not kept out.
pub(super) const PER_KEY_MAX: usize = 2;

/// Everything the swarm does for us.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) admission: Admission,
    limits: connection_limits::Behaviour,
    mdns: Toggle<mdns::tokio::Behaviour>,
}

impl Behaviour {
    pub(super) fn new(peer: PeerId, use_mdns: bool, allow_private: bool) -> Self {
        let limits = connection_limits::ConnectionLimits::default()
            .with_max_pending_incoming(Some(PENDING_MAX))
            .with_max_pending_outgoing(Some(PENDING_MAX))
            .with_max_established(Some(ESTABLISHED_MAX));
        let mdns = use_mdns.then(|| mdns::tokio::Behaviour::new(mdns::Config::default(), peer));
        let mdns = mdns.and_then(|made| {
            made.inspect_err(
                |error| tracing::warn!(%error, "partners on the local network are not looked for"),
            )
            .ok()
        });
        Self {
            admission: Admission::new(allow_private),
            limits: connection_limits::Behaviour::new(limits),
            mdns: mdns.into(),
        }
    }
}

/// A stream was opened, or opening failed, on a connection.
#[derive(Debug)]
pub(super) struct Admitted {
    pub(super) peer: PeerId,
    pub(super) connection: ConnectionId,
    pub(super) event: StreamEvent,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Denied(&'static str);

fn denied<T>(why: &'static str) -> Result<T, ConnectionDenied> {
    Err(ConnectionDenied::new(Denied(why)))
}

struct Connected {
    peer: PeerId,
    ip: Option<IpAddr>,
    inbound: bool,
}

/// Knows the set of keys that may sync, and counts.
pub(super) struct Admission {
    known: HashSet<PeerId>,
    /// Nodes of a demonstration share one loopback address: per-address limits would be limits on all.
    loopback_is_free: bool,
    pending: HashMap<ConnectionId, IpAddr>,
    connected: HashMap<ConnectionId, Connected>,
    out: VecDeque<ToSwarm<Admitted, Open>>,
}

impl Admission {
    fn new(loopback_is_free: bool) -> Self {
        Self {
            known: HashSet::new(),
            loopback_is_free,
            pending: HashMap::new(),
            connected: HashMap::new(),
            out: VecDeque::new(),
        }
    }

    pub(super) fn set_known(&mut self, known: HashSet<PeerId>) {
        self.known = known;
    }

    /// Opens a stream on a live connection. Answered by `Opened` or `OpenFailed`, unless the connection ends.
    pub(super) fn open(&mut self, peer: PeerId, connection: ConnectionId, open: Open) {
        self.out.push_back(ToSwarm::NotifyHandler {
            peer_id: peer,
            handler: NotifyHandler::One(connection),
            event: open,
        });
    }

    fn counts(&self, ip: &IpAddr) -> bool {
        !(self.loopback_is_free && address::is_loopback(ip))
    }

    fn admit(&self, peer: &PeerId, from: Option<IpAddr>) -> Result<(), ConnectionDenied> {
        if address::key_of(peer).is_none() {
            return denied("only ed25519 keys are spoken to");
        }
        if self.connected.values().filter(|c| c.peer == *peer).count() > PER_KEY_MAX {
            return denied("this key has enough connections");
        }
        let Some(from) = from else { return Ok(()) };
        if self.known.contains(peer) {
            return Ok(());
        }
        let strangers = || self.connected.values().filter(|c| c.inbound && !self.known.contains(&c.peer));
        if strangers().count() >= STRANGERS_MAX {
            return denied("enough unknown keys are connected");
        }
        if self.counts(&from) && strangers().filter(|c| c.ip == Some(from)).count() >= STRANGERS_PER_IP_MAX {
            return denied("enough unknown keys are connected from this address");
        }
        Ok(())
    }
}

impl NetworkBehaviour for Admission {
    type ConnectionHandler = Handler;
    type ToSwarm = Admitted;

    fn handle_pending_inbound_connection(
        &mut self,
        connection: ConnectionId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<(), ConnectionDenied> {
        let Some(ip) = address::ip_of(remote) else { return denied("it comes from no IP address") };
        if self.counts(&ip) && self.pending.values().filter(|p| **p == ip).count() >= PENDING_PER_IP_MAX {
            return denied("enough handshakes from this address");
        }
        self.pending.insert(connection, ip);
        Ok(())
    }

    fn handle_established_inbound_connection(
        &mut self,
        connection: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        remote: &Multiaddr,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        self.pending.remove(&connection);
        let Some(ip) = address::ip_of(remote) else { return denied("it comes from no IP address") };
        self.admit(&peer, Some(ip))?;
        Ok(Handler::default())
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        peer: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<THandler<Self>, ConnectionDenied> {
        // We dial only whom we want: partners, and keys that our engine has a question for.
        self.admit(&peer, None)?;
        Ok(Handler::default())
    }

    fn on_swarm_event(&mut self, event: FromSwarm<'_>) {
        match event {
            FromSwarm::ConnectionEstablished(ConnectionEstablished {
                peer_id,
                connection_id,
                endpoint,
                ..
            }) => {
                let ip = address::ip_of(endpoint.get_remote_address());
                let connected = Connected { peer: peer_id, ip, inbound: endpoint.is_listener() };
                self.connected.insert(connection_id, connected);
            }
            FromSwarm::ConnectionClosed(ConnectionClosed { connection_id, .. }) => {
                self.connected.remove(&connection_id);
            }
            FromSwarm::ListenFailure(ListenFailure { connection_id, .. }) => {
                self.pending.remove(&connection_id);
            }
            _ => {}
        }
    }

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, event: StreamEvent) {
        self.out.push_back(ToSwarm::GenerateEvent(Admitted { peer, connection, event }));
    }

    fn poll(&mut self, _: &mut Context<'_>) -> Poll<ToSwarm<Admitted, THandlerInEvent<Self>>> {
        // No waker is kept: the hub polls the swarm again after every call it makes here.
        self.out.pop_front().map_or(Poll::Pending, Poll::Ready)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arrive(admission: &mut Admission, number: usize, peer: PeerId, from: &str) -> bool {
        let connection = ConnectionId::new_unchecked(number);
        let (local, remote): (Multiaddr, Multiaddr) =
            ("/ip4/192.0.2.1/tcp/1".parse().unwrap(), format!("/ip4/{from}/tcp/2").parse().unwrap());
        let admitted = admission.handle_pending_inbound_connection(connection, &local, &remote).is_ok()
            && admission.handle_established_inbound_connection(connection, peer, &local, &remote).is_ok();
        if admitted {
            let connected = Connected { peer, ip: address::ip_of(&remote), inbound: true };
            admission.connected.insert(connection, connected);
        }
        admitted
    }

    fn peer(seed: u8) -> PeerId {
        address::keypair(&mut [seed; 32]).unwrap().public().to_peer_id()
    }

    #[test]
    fn strangers_have_a_small_limit_that_members_do_not_feel_s17() {
        let mut admission = Admission::new(true);
        admission.set_known([peer(200)].into());
        assert!(arrive(&mut admission, 1, peer(1), "198.51.100.1"));
        assert!(arrive(&mut admission, 2, peer(2), "198.51.100.1"));
        assert!(!arrive(&mut admission, 3, peer(3), "198.51.100.1"), "two per address");
        for n in 0..6 {
            assert!(arrive(&mut admission, 10 + n, peer(10 + n as u8), &format!("198.51.100.{}", 10 + n)));
        }
        assert!(!arrive(&mut admission, 20, peer(20), "198.51.100.99"), "eight overall");
        assert!(arrive(&mut admission, 21, peer(200), "198.51.100.1"), "a member passes");
    }

    #[test]
    fn one_key_has_few_connections_s17() {
        let mut admission = Admission::new(true);
        admission.set_known([peer(1)].into());
        let arrived = (0..5).filter(|n| arrive(&mut admission, *n, peer(1), "198.51.100.1")).count();
        assert_eq!(arrived, PER_KEY_MAX + 1, "the hub then closes the oldest");
    }

    #[test]
    fn one_address_has_few_handshakes_at_once() {
        let mut admission = Admission::new(true);
        let (local, remote): (Multiaddr, Multiaddr) =
            ("/ip4/192.0.2.1/tcp/1".parse().unwrap(), "/ip4/198.51.100.1/tcp/2".parse().unwrap());
        let mut begin = |n| {
            let connection = ConnectionId::new_unchecked(n);
            admission.handle_pending_inbound_connection(connection, &local, &remote).is_ok()
        };
        assert_eq!((0..20).filter(|n| begin(*n)).count(), PENDING_PER_IP_MAX);
    }
}
