//! Keeps a hub running: a panic inside the swarm ends its links, not the process.

use std::collections::HashMap;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use futures::FutureExt;
use libp2p::identity::Keypair;
use libp2p::swarm::Swarm;
use libp2p::{Multiaddr, core::transport::ListenerId};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use super::behaviour::Behaviour;
use super::hub::Hub;
use super::transport::{self, Lan};
use super::{Command, Key, NetworkConfig, NetworkError, PartnerRoute, Shared};

/// Pause before a new swarm.
const RESTART_AFTER: Duration = Duration::from_secs(1);

/// How long a port that is still in use is waited for, and in which steps.
const PORT_FREE_AFTER: Duration = Duration::from_secs(4);
const PORT_AGAIN_AFTER: Duration = Duration::from_millis(100);

/// What outlives a swarm.
pub(super) struct Lasting {
    pub(super) shared: Arc<Shared>,
    pub(super) commands: mpsc::UnboundedReceiver<Command>,
    /// The last set of partners.
    pub(super) routes: Vec<PartnerRoute>,
    /// The last link task of each key.
    pub(super) tails: HashMap<Key, JoinHandle<()>>,
    /// Where we listen; port 0 is replaced by the real one as soon as it is known.
    pub(super) listen: Vec<Multiaddr>,
    pub(super) allow_private: bool,
    pub(super) lan: Lan,
}

/// A swarm and which of its listeners stands for which address of the configuration.
pub(super) struct Listening {
    pub(super) swarm: Swarm<Behaviour>,
    pub(super) listeners: HashMap<ListenerId, usize>,
}

pub(super) struct Supervisor {
    keypair: Keypair,
    config: NetworkConfig,
    lasting: Lasting,
}

impl Supervisor {
    pub(super) fn new(
        keypair: Keypair,
        config: NetworkConfig,
        shared: Arc<Shared>,
        commands: mpsc::UnboundedReceiver<Command>,
    ) -> Self {
        let lasting = Lasting {
            shared,
            commands,
            routes: Vec::new(),
            tails: HashMap::new(),
            listen: Vec::new(),
            allow_private: config.allow_private,
            lan: Lan::default(),
        };
        Self { keypair, config, lasting }
    }

    /// A new swarm that listens on every address of the configuration.
    pub(super) fn listen(&mut self) -> Result<Listening, NetworkError> {
        if self.lasting.listen.is_empty() {
            let parsed = self
                .config
                .listen
                .iter()
                .map(|text| text.parse::<Multiaddr>().map_err(|_| NetworkError::Address(text.clone())));
            self.lasting.listen = parsed.collect::<Result<_, _>>()?;
        }
        let (mdns, private) = (self.config.mdns, self.config.allow_private);
        let mut swarm = transport::swarm(&self.keypair, mdns, private, self.lasting.lan.clone())?;
        let mut listeners = HashMap::new();
        for (index, address) in self.lasting.listen.iter().enumerate() {
            let listener = swarm.listen_on(address.clone()).map_err(|error| NetworkError::Listen {
                address: address.to_string(),
                reason: chain(&error),
            })?;
            listeners.insert(listener, index);
        }
        Ok(Listening { swarm, listeners })
    }

    /// Like [`Self::listen`], patient with a port that the former process is just giving back.
    pub(super) async fn listen_patiently(&mut self) -> Result<Listening, NetworkError> {
        let until = Instant::now() + PORT_FREE_AFTER;
        loop {
            match self.listen() {
                Err(NetworkError::Listen { .. }) if Instant::now() < until => sleep(PORT_AGAIN_AFTER).await,
                other => return other,
            }
        }
    }

    /// Runs hubs until the handle is gone.
    pub(super) async fn run(mut self, first: Listening) {
        let mut next = Some(first);
        loop {
            let listening = match next.take() {
                Some(listening) => listening,
                None => match self.listen() {
                    Ok(listening) => listening,
                    Err(error) => {
                        tracing::error!(%error, "the network cannot be restarted yet");
                        sleep(RESTART_AFTER).await;
                        continue;
                    }
                },
            };
            let hub = Hub::new(listening, &mut self.lasting);
            if AssertUnwindSafe(hub.run()).catch_unwind().await.is_ok() {
                return;
            }
            tracing::error!("the network failed inside this node (our bug) and is restarted");
            self.lasting.shared.links.end_all("the network was restarted");
            sleep(RESTART_AFTER).await;
        }
    }
}

/// An error with its causes: the outermost layer of a transport error often says nothing.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let said = inner.to_string();
        if !text.contains(&said) {
            if !text.is_empty() {
                text.push_str(": ");
            }
            text.push_str(&said);
        }
        cause = inner.source();
    }
    text
}
