//! TCP + Noise + Yamux and QUIC below one guard that looks at every address after DNS and before the first
//! packet (S20).

use std::collections::HashSet;
use std::io;
use std::net::IpAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::Transport;
use libp2p::core::muxing::StreamMuxerBox;
use libp2p::core::transport::timeout::TransportTimeout;
use libp2p::core::transport::{Boxed, DialOpts, ListenerId, PortUse, TransportError, TransportEvent};
use libp2p::core::upgrade::Version;
use libp2p::futures::future::Either;
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, Swarm, dns, noise, quic, swarm, tcp, yamux};

use super::NetworkError;
use super::address;
use super::behaviour::Behaviour;

/// Longest set-up of a connection, all handshakes included.
const CONNECT_MAX: Duration = Duration::from_secs(10);
/// A connection without any stream ends after this time.
const IDLE_MAX: Duration = Duration::from_secs(15);
/// Streams of one connection: sync, join and a few transfers. Bounds what an unread connection can hold:
/// Yamux gives each stream 256 KiB before anything is read.
const STREAMS_MAX: u32 = 8;
/// Streams of one connection that still negotiate.
const NEGOTIATING_MAX: usize = 4;
/// QUIC windows: 250 ms of round trip at 16 MiB/s.
const QUIC_STREAM_WINDOW_BYTES: u32 = 4 << 20;
const QUIC_CONNECTION_WINDOW_BYTES: u32 = 6 << 20;
/// Addresses heard on the local network that are remembered.
const LAN_MAX: usize = 256;

/// IP addresses announced on the local network for keys we know.
#[derive(Clone, Default)]
pub(super) struct Lan(Arc<Mutex<HashSet<IpAddr>>>);

impl Lan {
    pub(super) fn add(&self, ip: IpAddr) {
        let mut heard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if address::is_lan(&ip) && heard.len() < LAN_MAX {
            heard.insert(ip);
        }
    }

    fn has(&self, ip: &IpAddr) -> bool {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).contains(ip)
    }
}

type Carrier = Boxed<(PeerId, StreamMuxerBox)>;

/// The swarm of a node, not yet listening.
pub(super) fn swarm(
    keypair: &Keypair,
    use_mdns: bool,
    allow_private: bool,
    lan: Lan,
) -> Result<Swarm<Behaviour>, NetworkError> {
    let peer = keypair.public().to_peer_id();
    let failed = |error: &dyn std::fmt::Display| NetworkError::Transport(error.to_string());
    let guarded = || -> Result<_, NetworkError> {
        let inner = carrier(keypair).map_err(|error| failed(&error))?;
        Ok(Guard { inner, allow_private, lan: lan.clone() })
    };
    let carrier = match dns::tokio::Transport::system(guarded()?) {
        Ok(transport) => TransportTimeout::new(transport, CONNECT_MAX).boxed(),
        Err(error) => {
            tracing::warn!(%error, "no name resolution: only addresses with IP numbers can be dialled");
            TransportTimeout::new(guarded()?, CONNECT_MAX).boxed()
        }
    };
    let behaviour = Behaviour::new(peer, use_mdns, allow_private);
    let config = swarm::Config::with_tokio_executor()
        .with_idle_connection_timeout(IDLE_MAX)
        .with_max_negotiating_inbound_streams(NEGOTIATING_MAX)
        .with_smart_dial();
    Ok(Swarm::new(carrier, behaviour, peer, config))
}

fn carrier(keypair: &Keypair) -> Result<Carrier, noise::Error> {
    let mut mux = yamux::Config::default();
    mux.set_max_num_streams(STREAMS_MAX as usize);
    let tcp = tcp::tokio::Transport::new(tcp::Config::default().nodelay(true))
        .upgrade(Version::V1Lazy)
        .authenticate(noise::Config::new(keypair)?)
        .multiplex(mux)
        .map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let mut config = quic::Config::new(keypair);
    config.max_concurrent_stream_limit = STREAMS_MAX;
    config.max_stream_data = QUIC_STREAM_WINDOW_BYTES;
    config.max_connection_data = QUIC_CONNECTION_WINDOW_BYTES;
    let quic = quic::tokio::Transport::new(config).map(|(peer, muxer), _| (peer, StreamMuxerBox::new(muxer)));
    let both = quic.or_transport(tcp).map(|carried, _| match carried {
        Either::Left(carried) | Either::Right(carried) => carried,
    });
    Ok(both.boxed())
}

/// Refuses to dial what S20 forbids. Sits below DNS, so a name cannot lead where an address may not.
struct Guard {
    inner: Carrier,
    allow_private: bool,
    lan: Lan,
}

impl Transport for Guard {
    type Output = <Carrier as Transport>::Output;
    type Error = io::Error;
    type ListenerUpgrade = <Carrier as Transport>::ListenerUpgrade;
    type Dial = <Carrier as Transport>::Dial;

    fn listen_on(&mut self, id: ListenerId, on: Multiaddr) -> Result<(), TransportError<io::Error>> {
        self.inner.listen_on(id, on)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.inner.remove_listener(id)
    }

    fn dial(&mut self, to: Multiaddr, mut opts: DialOpts) -> Result<Self::Dial, TransportError<io::Error>> {
        if let Some(why) = address::forbidden(&to, self.allow_private, |ip| self.lan.has(ip)) {
            let error =
                io::Error::new(io::ErrorKind::PermissionDenied, format!("{to} is not dialled: {why}"));
            return Err(TransportError::Other(error));
        }
        if address::is_tcp(&to) {
            // From the listening port two nodes that dial at once would open one TCP connection with two
            // initiators, and a quick reconnect would meet the old connection's port pair.
            opts.port_use = PortUse::New;
        }
        self.inner.dial(to, opts)
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        Pin::new(&mut self.inner).poll(cx)
    }
}
