//! One link per partner. The rule: whoever made a connection opens the sync stream on it (the other side only
//! if nothing comes), and when there are two candidates **the side with the lower key decides**. Its own stream
//! always wins; it takes the other side's stream when it has none, or when the one it has is old, because a
//! partner that comes anew has lost the old one. The higher key takes every stream of the lower.

use std::collections::HashSet;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, Stream};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::super::address::{self, ADDRESSES_MAX, peer_of};
use super::super::budget::Bucket;
use super::super::dial::{Schedule, chance};
use super::super::link::{Link, News};
use super::super::queue::SendQueue;
use super::super::{Key, LinkId, PartnerRoute};
use super::Hub;

/// A link younger than this is not given up for a new stream of the higher key: both sides dialled at once.
const YOUNG: Duration = Duration::from_secs(5);
/// How long the side that did not dial waits for the other to open the sync stream.
const DIALER_FIRST: Duration = Duration::from_secs(3);
/// Streams of one partner that are considered: at once, and then per second.
const STREAMS_BURST: f64 = 10.0;
const STREAMS_PER_SECOND: f64 = 0.2;
/// What a partner may send: 32 MiB at once, then 20 MiB per second; beyond that it is read more slowly.
const TRAFFIC_BURST_BYTES: f64 = 32.0 * 1024.0 * 1024.0;
const TRAFFIC_PER_SECOND_BYTES: f64 = 20.0 * 1024.0 * 1024.0;

/// The stream that is, or is about to be, the link.
struct Slot {
    link: LinkId,
    connection: ConnectionId,
    queue: Arc<SendQueue>,
    since: Instant,
    /// We opened it.
    ours: bool,
}

pub(super) struct Partner {
    key: Key,
    routes: Vec<Multiaddr>,
    lan: Vec<Multiaddr>,
    schedule: Schedule,
    dialing: Option<ConnectionId>,
    opening: Option<u64>,
    slot: Option<Slot>,
    streams: Bucket,
    budget: Arc<Mutex<Bucket>>,
}

impl Partner {
    fn new(key: Key, now: Instant) -> Self {
        let traffic = Bucket::new(TRAFFIC_BURST_BYTES, TRAFFIC_PER_SECOND_BYTES, now);
        Self {
            key,
            routes: Vec::new(),
            lan: Vec::new(),
            schedule: Schedule::new(now),
            dialing: None,
            opening: None,
            slot: None,
            streams: Bucket::new(STREAMS_BURST, STREAMS_PER_SECOND, now),
            budget: Arc::new(Mutex::new(traffic)),
        }
    }

    pub(super) fn carried_by(&self) -> Option<ConnectionId> {
        self.slot.as_ref().map(|slot| slot.connection)
    }

    pub(super) fn addresses(&self) -> Vec<Multiaddr> {
        let mut all = self.routes.clone();
        all.extend(self.lan.iter().filter(|address| !self.routes.contains(address)).cloned());
        all
    }

    /// An address announced on the local network; the newest are kept.
    pub(super) fn heard_of(&mut self, address: Multiaddr) {
        self.lan.retain(|known| *known != address);
        self.lan.insert(0, address);
        self.lan.truncate(ADDRESSES_MAX);
    }

    pub(super) fn nudge(&mut self, now: Instant) {
        self.schedule.nudge(now);
    }

    fn is_idle(&self) -> bool {
        self.slot.is_none() && self.opening.is_none() && self.dialing.is_none()
    }
}

impl Hub<'_> {
    pub(super) fn set_partners(&mut self, routes: Vec<PartnerRoute>) {
        let now = Instant::now();
        let mut known = HashSet::new();
        for route in routes {
            let Some(peer) = peer_of(&route.key).filter(|_| route.key != self.own) else {
                continue;
            };
            known.insert(peer);
            let partner = self.partners.entry(peer).or_insert_with(|| Partner::new(route.key, now));
            let addresses = address::parse_all(&route.addresses, &peer);
            if partner.routes != addresses {
                partner.routes = addresses;
                partner.schedule.nudge(now);
            }
        }
        let gone: Vec<PeerId> = self.partners.keys().filter(|peer| !known.contains(peer)).copied().collect();
        for peer in gone {
            let slot = self.partners.remove(&peer).and_then(|partner| partner.slot);
            if let Some(slot) = slot {
                slot.queue.end("this key is no longer a partner");
            }
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        self.swarm.behaviour_mut().admission.set_known(known);
    }

    pub(super) fn dial_now(&mut self, key: &Key) {
        let partner = peer_of(key).and_then(|peer| self.partners.get_mut(&peer));
        if let Some(partner) = partner {
            partner.schedule.now(Instant::now());
        }
    }

    /// The newest connection with a key that is not known to be dead.
    pub(super) fn live_connection(&self, peer: &PeerId) -> Option<ConnectionId> {
        self.connections
            .iter()
            .filter(|(id, connection)| {
                connection.peer == *peer && !connection.suspect && !self.is_errand(**id)
            })
            .max_by_key(|(_, connection)| connection.since)
            .map(|(id, _)| *id)
    }

    pub(super) fn suspect(&mut self, connection: ConnectionId) {
        if let Some(known) = self.connections.get_mut(&connection) {
            known.suspect = true;
            self.swarm.close_connection(connection);
        }
    }

    /// Tries every partner without a link whose time has come.
    pub(super) fn dial_due(&mut self, now: Instant, next: &mut Instant) {
        let mut due = Vec::new();
        for (peer, partner) in self.partners.iter().filter(|(_, partner)| partner.is_idle()) {
            let waiting = self.live_connection(peer).and_then(|id| self.connections.get(&id));
            let at = match waiting {
                // The partner dialled us: the stream is its to open.
                Some(connection) if !connection.dialer => {
                    partner.schedule.next().max(connection.since + DIALER_FIRST)
                }
                Some(_) => partner.schedule.next(),
                None if partner.routes.is_empty() && partner.lan.is_empty() => continue,
                None => partner.schedule.next(),
            };
            if at <= now {
                due.push(*peer);
            } else {
                *next = (*next).min(at);
            }
        }
        for peer in due {
            self.reach(peer, now);
        }
    }

    fn reach(&mut self, peer: PeerId, now: Instant) {
        if let Some(connection) = self.live_connection(&peer) {
            let token = self.open_sync(peer, connection);
            if let Some(partner) = self.partners.get_mut(&peer) {
                partner.schedule.attempted(now);
                partner.opening = Some(token);
            }
            return;
        }
        let Some(partner) = self.partners.get_mut(&peer) else { return };
        partner.schedule.attempted(now);
        let opts = DialOpts::peer_id(peer)
            .condition(PeerCondition::NotDialing)
            .addresses(partner.addresses())
            .build();
        partner.dialing = Some(opts.connection_id());
        if let Err(error) = self.swarm.dial(opts) {
            tracing::debug!(%peer, %error, "a dial could not even begin");
            if let Some(partner) = self.partners.get_mut(&peer) {
                partner.dialing = None;
                partner.schedule.failed(now, chance());
            }
        }
    }

    /// A connection that we dialled is established. False if it belongs to no partner.
    pub(super) fn on_dialed(&mut self, peer: PeerId, connection: ConnectionId) -> bool {
        let Some(partner) = self.partners.get_mut(&peer) else { return false };
        if partner.dialing == Some(connection) {
            partner.dialing = None;
        }
        if partner.slot.is_none() && partner.opening.is_none() {
            let token = self.open_sync(peer, connection);
            if let Some(partner) = self.partners.get_mut(&peer) {
                partner.opening = Some(token);
            }
        }
        true
    }

    pub(super) fn on_dial_failed(&mut self, connection: ConnectionId, peer: Option<PeerId>, reason: &str) {
        if let Some(partner) = peer.and_then(|peer| self.partners.get_mut(&peer))
            && partner.dialing == Some(connection)
        {
            partner.dialing = None;
            partner.schedule.failed(Instant::now(), chance());
        }
        self.fail_openings_on(connection, reason);
    }

    pub(super) fn on_sync_failed(&mut self, peer: &PeerId, token: u64) {
        if let Some(partner) = self.partners.get_mut(peer)
            && partner.opening == Some(token)
        {
            partner.opening = None;
            partner.schedule.failed(Instant::now(), chance());
        }
    }

    pub(super) fn on_sync_opened(&mut self, peer: PeerId, id: ConnectionId, token: u64, stream: Stream) {
        let Some(partner) = self.partners.get_mut(&peer) else { return };
        if partner.opening != Some(token) {
            // The partner's stream was taken in the meantime; dropping ours tells it so.
            return;
        }
        partner.opening = None;
        if partner.slot.is_none() {
            self.begin_link(peer, id, stream, true);
        }
    }

    /// A sync stream opened by the other side.
    pub(super) fn on_sync_stream(&mut self, peer: PeerId, id: ConnectionId, stream: Stream) {
        let now = Instant::now();
        let Some(partner) = self.partners.get_mut(&peer) else {
            return self.refuse(peer, id, stream);
        };
        if !partner.streams.take(now) {
            tracing::info!(%peer, "a partner opens sync streams too often; one is dropped");
            return;
        }
        let we_decide = self.own < partner.key;
        let taken = partner.opening.is_some()
            || partner.slot.as_ref().is_some_and(|slot| now.saturating_duration_since(slot.since) < YOUNG);
        if we_decide && taken {
            return;
        }
        partner.opening = None;
        if let Some(old) = partner.slot.take() {
            old.queue.end("the partner opened a new link");
        }
        self.begin_link(peer, id, stream, false);
    }

    fn begin_link(&mut self, peer: PeerId, id: ConnectionId, stream: Stream, ours: bool) {
        let Some(connection) = self.connections.get(&id) else { return };
        let Some(partner) = self.partners.get_mut(&peer) else { return };
        let (link, queue) = self.lasting.shared.links.open();
        let task = Link {
            id: link,
            key: partner.key,
            dialer: connection.dialer,
            address: connection.address.clone(),
            queue: queue.clone(),
            budget: partner.budget.clone(),
            before: self.lasting.tails.remove(&partner.key),
        };
        let task = tokio::spawn(task.run(stream, self.lasting.shared.clone(), self.news.clone()));
        self.lasting.tails.insert(partner.key, task);
        partner.slot = Some(Slot { link, connection: id, queue, since: Instant::now(), ours });
    }

    pub(super) fn on_news(&mut self, news: News) {
        match news {
            News::Up { key, link } => {
                tracing::debug!(link = link.0, peer = ?peer_of(&key), "a link is up");
            }
            News::Asked { errand } => self.on_asked(errand),
            News::Denied { denial } => self.on_denied(denial),
            News::Ended { key, link, lasted, fault } => {
                let partner = peer_of(&key).and_then(|peer| self.partners.get_mut(&peer));
                let Some(partner) = partner else { return };
                let Some(slot) = partner.slot.take_if(|slot| slot.link == link) else { return };
                if lasted.is_none()
                    && slot.ours
                    && let Some(connection) = self.connections.get_mut(&slot.connection)
                {
                    // Refused or dead: next time on a fresh one.
                    connection.suspect = true;
                }
                let now = Instant::now();
                match lasted {
                    Some(lasted) => partner.schedule.ended(lasted, fault, now, chance()),
                    // A stream of the other side that came to nothing says nothing about our dialling.
                    None if slot.ours => partner.schedule.failed(now, chance()),
                    None => partner.schedule.nudge(now),
                }
            }
        }
    }
}
