//! The protocol between nodes, spoken by somebody who is not a node: a stranger, or a member that cheats.

use std::time::Duration;

use alianza_shared::id::CityId;
use anyhow::{Context, Result, bail};
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::swarm::{SwarmEvent, dial_opts::DialOpts};
use libp2p::{Multiaddr, PeerId, Stream, StreamProtocol, Swarm, SwarmBuilder, identity};
use libp2p_stream as stream;
use tokio::task::JoinHandle;

pub mod cheat;

pub const SYNC: &str = "/alianza/sync/1";
pub const JOIN: &str = "/alianza/join/1";
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// One libp2p host of ours with one connection to a node.
pub struct Peer {
    pub target: PeerId,
    control: stream::Control,
    incoming: stream::IncomingStreams,
    driver: JoinHandle<()>,
}

/// A stream with the frames of the protocol: `u32 length ‖ type ‖ body`. Length 0 is a sign of life; each side
/// sends one first.
pub struct Wire {
    stream: Stream,
}

/// The libp2p name of a city.
///
/// # Errors
/// When the id is no ed25519 key.
pub fn peer_of(city: &CityId) -> Result<PeerId> {
    let key = identity::ed25519::PublicKey::try_from_bytes(&city.0)?;
    Ok(identity::PublicKey::from(key).to_peer_id())
}

impl Peer {
    /// Connects to the node of `city` at `port` of loopback, with the key that `seed` makes.
    ///
    /// # Errors
    /// When no connection comes about, with the reason.
    pub async fn connect(mut seed: [u8; 32], port: u16, city: &CityId) -> Result<Self> {
        let target = peer_of(city)?;
        let mut swarm = swarm(&mut seed)?;
        let mut control = swarm.behaviour().new_control();
        let incoming = control.accept(StreamProtocol::new(SYNC)).context("accepted twice")?;
        let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse()?;
        swarm.dial(DialOpts::peer_id(target).addresses(vec![address]).build())?;
        let connected = async {
            loop {
                match swarm.select_next_some().await {
                    SwarmEvent::ConnectionEstablished { peer_id, .. } if peer_id == target => return Ok(()),
                    SwarmEvent::OutgoingConnectionError { error, .. } => bail!("no connection: {error}"),
                    _ => {}
                }
            }
        };
        tokio::time::timeout(CONNECT_TIMEOUT, connected).await.context("no connection in time")??;
        let driver = tokio::spawn(async move {
            loop {
                swarm.select_next_some().await;
            }
        });
        Ok(Self { target, control, incoming, driver })
    }

    /// Opens a stream of a protocol.
    ///
    /// # Errors
    /// When the node does not take it.
    pub async fn open(&mut self, protocol: &'static str) -> Result<Wire> {
        let opened = self.control.open_stream(self.target, StreamProtocol::new(protocol));
        let stream = tokio::time::timeout(CONNECT_TIMEOUT, opened).await.context("no stream in time")??;
        let mut wire = Wire { stream };
        if protocol == SYNC {
            wire.send(&[]).await?;
        }
        Ok(wire)
    }

    /// The next stream that the node opens towards us.
    ///
    /// # Errors
    /// When none comes.
    pub async fn accept(&mut self, timeout: Duration) -> Result<Wire> {
        let next = tokio::time::timeout(timeout, self.incoming.next()).await.context("no stream came")?;
        let (_, stream) = next.context("the host has ended")?;
        Ok(Wire { stream })
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        self.driver.abort();
    }
}

fn swarm(seed: &mut [u8; 32]) -> Result<Swarm<stream::Behaviour>> {
    let key = identity::Keypair::ed25519_from_bytes(seed)?;
    let swarm = SwarmBuilder::with_existing_identity(key)
        .with_tokio()
        .with_tcp(
            libp2p::tcp::Config::default().nodelay(true),
            libp2p::noise::Config::new,
            libp2p::yamux::Config::default,
        )?
        .with_behaviour(|_| stream::Behaviour::new())?
        .with_swarm_config(|config| config.with_idle_connection_timeout(Duration::from_secs(60)))
        .build();
    Ok(swarm)
}

impl Wire {
    /// One frame, its type the first byte.
    ///
    /// # Errors
    /// When the node has closed the stream.
    pub async fn send(&mut self, frame: &[u8]) -> Result<()> {
        let mut bytes = (frame.len() as u32).to_be_bytes().to_vec();
        bytes.extend_from_slice(frame);
        self.send_bytes(&bytes).await
    }

    /// Any bytes.
    ///
    /// # Errors
    /// When the node has closed the stream.
    pub async fn send_bytes(&mut self, bytes: &[u8]) -> Result<()> {
        self.stream.write_all(bytes).await?;
        self.stream.flush().await?;
        Ok(())
    }

    /// The next frame; `None` when the node closed the stream.
    ///
    /// # Errors
    /// When nothing comes within `timeout`.
    pub async fn receive(&mut self, timeout: Duration) -> Result<Option<Vec<u8>>> {
        let read = async {
            let mut length = [0; 4];
            while length == [0; 4] {
                self.stream.read_exact(&mut length).await.ok()?;
            }
            let mut frame = vec![0; u32::from_be_bytes(length).min(1 << 22) as usize];
            self.stream.read_exact(&mut frame).await.ok()?;
            Some(frame)
        };
        tokio::time::timeout(timeout, read).await.context("nothing came")
    }

    /// Everything the node sends until it closes or is silent for `quiet`.
    pub async fn drain(&mut self, quiet: Duration) -> Vec<Vec<u8>> {
        let mut frames = Vec::new();
        while let Ok(Some(frame)) = self.receive(quiet).await {
            frames.push(frame);
        }
        frames
    }
}
