//! The protocols of one connection: offers both of ours, opens a stream when the hub wants one, and hands
//! every negotiated stream to the hub, which alone decides what may be done with it.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::{Ready, ready};
use std::task::{Context, Poll};
use std::time::Duration;

use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::swarm::handler::{
    ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound,
};
use libp2p::swarm::{
    ConnectionHandler, ConnectionHandlerEvent, Stream, StreamProtocol, StreamUpgradeError, SubstreamProtocol,
};

const SYNC: StreamProtocol = StreamProtocol::new("/alianza/sync/1");
const JOIN: StreamProtocol = StreamProtocol::new("/alianza/join/1");

/// Longest negotiation of a stream.
const NEGOTIATION_MAX: Duration = Duration::from_secs(10);
/// Inbound streams the hub has not taken yet; more are dropped unread.
const WAITING_MAX: usize = 4;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Purpose {
    Sync,
    Join,
}

impl Purpose {
    fn protocol(self) -> StreamProtocol {
        match self {
            Self::Sync => SYNC,
            Self::Join => JOIN,
        }
    }
}

/// Open a stream; the token comes back with it.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) purpose: Purpose,
    pub(super) token: u64,
}

#[derive(Debug)]
pub(super) enum StreamEvent {
    Inbound { purpose: Purpose, stream: Stream },
    Opened { token: u64, stream: Stream },
    OpenFailed { token: u64, reason: String },
}

/// The set of protocols offered or wanted in one negotiation.
#[derive(Debug, Clone)]
pub(super) struct Offer(Vec<StreamProtocol>);

impl UpgradeInfo for Offer {
    type Info = StreamProtocol;
    type InfoIter = std::vec::IntoIter<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        self.0.clone().into_iter()
    }
}

impl InboundUpgrade<Stream> for Offer {
    type Output = (Stream, StreamProtocol);
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_inbound(self, stream: Stream, protocol: StreamProtocol) -> Self::Future {
        ready(Ok((stream, protocol)))
    }
}

impl OutboundUpgrade<Stream> for Offer {
    type Output = Stream;
    type Error = Infallible;
    type Future = Ready<Result<Self::Output, Infallible>>;

    fn upgrade_outbound(self, stream: Stream, _: StreamProtocol) -> Self::Future {
        ready(Ok(stream))
    }
}

#[derive(Default)]
pub(super) struct Handler {
    wanted: VecDeque<Open>,
    ready: VecDeque<StreamEvent>,
}

impl ConnectionHandler for Handler {
    type FromBehaviour = Open;
    type ToBehaviour = StreamEvent;
    type InboundProtocol = Offer;
    type OutboundProtocol = Offer;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = u64;

    fn listen_protocol(&self) -> SubstreamProtocol<Offer, ()> {
        SubstreamProtocol::new(Offer(vec![SYNC, JOIN]), ()).with_timeout(NEGOTIATION_MAX)
    }

    fn poll(
        &mut self,
        _: &mut Context<'_>,
    ) -> Poll<ConnectionHandlerEvent<Self::OutboundProtocol, u64, StreamEvent>> {
        if let Some(event) = self.ready.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(event));
        }
        if let Some(Open { purpose, token }) = self.wanted.pop_front() {
            let protocol =
                SubstreamProtocol::new(Offer(vec![purpose.protocol()]), token).with_timeout(NEGOTIATION_MAX);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        // No waker is kept: the queues change only inside calls after which the connection polls us again.
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, open: Open) {
        self.wanted.push_back(open);
    }

    fn on_connection_event(
        &mut self,
        event: ConnectionEvent<'_, Self::InboundProtocol, Self::OutboundProtocol, (), u64>,
    ) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol, .. }) => {
                let (stream, name) = protocol;
                let purpose = if name == SYNC { Purpose::Sync } else { Purpose::Join };
                if self.ready.len() < WAITING_MAX {
                    self.ready.push_back(StreamEvent::Inbound { purpose, stream });
                }
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol, info }) => {
                self.ready.push_back(StreamEvent::Opened { token: info, stream: protocol });
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { info, error }) => {
                let reason = match error {
                    StreamUpgradeError::Timeout => "it did not answer in time".into(),
                    StreamUpgradeError::NegotiationFailed => "it does not speak this protocol".into(),
                    StreamUpgradeError::Io(error) => error.to_string(),
                    StreamUpgradeError::Apply(never) => match never {},
                };
                self.ready.push_back(StreamEvent::OpenFailed { token: info, reason });
            }
            _ => {}
        }
    }
}
