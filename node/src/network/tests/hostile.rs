//! Clients that speak the transport but not our rules.

use alianza_shared::limits::{FRAME_MAX_BYTES, STRANGER_MAX_BYTES};
use futures::{AsyncReadExt, AsyncWriteExt, StreamExt};
use libp2p::Swarm;
use libp2p::swarm::{ConnectionId, Stream, SwarmEvent};
use tokio::time::timeout;

use super::super::behaviour::{Admitted, Behaviour, BehaviourEvent};
use super::super::handler::{Open, Purpose, StreamEvent};
use super::super::*;
use super::{Node, PATIENCE, TCP, linked};

/// A client that speaks the transport but not our rules.
struct Rogue {
    swarm: Swarm<Behaviour>,
}

impl Rogue {
    fn new(seed: u8) -> Self {
        let pair = address::keypair(&mut [seed; 32]).unwrap();
        Self { swarm: transport::swarm(&pair, false, true, transport::Lan::default()).unwrap() }
    }

    fn key(&self) -> Key {
        address::key_of(self.swarm.local_peer_id()).unwrap()
    }

    async fn connect(&mut self, to: &Node) -> ConnectionId {
        let peer = address::peer_of(&to.key()).unwrap();
        let opts = libp2p::swarm::dial_opts::DialOpts::peer_id(peer)
            .condition(libp2p::swarm::dial_opts::PeerCondition::Always)
            .addresses(vec![to.address.parse().unwrap()])
            .build();
        self.swarm.dial(opts).unwrap();
        loop {
            if let SwarmEvent::ConnectionEstablished { connection_id, .. } =
                self.swarm.select_next_some().await
            {
                return connection_id;
            }
        }
    }

    /// `None` when the other side would not have it.
    async fn open(&mut self, to: &Node, connection: ConnectionId, purpose: Purpose) -> Option<Stream> {
        let peer = address::peer_of(&to.key()).unwrap();
        self.swarm.behaviour_mut().admission.open(peer, connection, Open { purpose, token: 1 });
        let opened = async {
            loop {
                match self.swarm.select_next_some().await {
                    SwarmEvent::Behaviour(BehaviourEvent::Admission(Admitted { event, .. })) => match event {
                        StreamEvent::Opened { stream, .. } => return Some(stream),
                        StreamEvent::OpenFailed { .. } => return None,
                        StreamEvent::Inbound { .. } => {}
                    },
                    SwarmEvent::ConnectionClosed { .. } => return None,
                    _ => {}
                }
            }
        };
        timeout(PATIENCE, opened).await.expect("a stream opens or fails")
    }

    /// Keeps the connection working while something is waited for.
    async fn until<T>(&mut self, what: impl Future<Output = T>) -> T {
        tokio::pin!(what);
        loop {
            tokio::select! {
                done = &mut what => return done,
                _ = self.swarm.select_next_some() => {}
            }
        }
    }
}

#[tokio::test]
async fn an_oversize_frame_ends_its_link_only_t13() {
    let (mut a, to_b, mut b, to_a) = linked(TCP).await;
    let mut rogue = Rogue::new(66);
    a.trusts(&[b.route(), PartnerRoute { key: rogue.key(), addresses: vec![] }]);
    let connection = rogue.connect(&a).await;
    let mut stream = rogue.open(&a, connection, Purpose::Sync).await.unwrap();
    stream.write_all(&[0; 4]).await.unwrap();
    stream.write_all(&[0, 0, 0, 2, 9, 9]).await.unwrap();
    stream.write_all(&(FRAME_MAX_BYTES as u32 + 1).to_be_bytes()).await.unwrap();
    stream.flush().await.unwrap();
    let (link, key) = a.up().await;
    assert_eq!(key, rogue.key());
    assert_eq!(a.frame(link).await, [9, 9]);
    assert!(a.down(link).await.contains("1048577"));
    a.send(to_b, b"seguimos".to_vec());
    assert_eq!(b.frame(to_a).await, b"seguimos");
}

#[tokio::test]
async fn a_stranger_gets_nothing_from_sync_and_little_from_join_i39() {
    let mut a = Node::start(1, TCP).await;
    let mut rogue = Rogue::new(66);
    let connection = rogue.connect(&a).await;
    // Twice the whole allowance in two questions: the second is not read.
    let frame = vec![5; STRANGER_MAX_BYTES - 10];
    let message = [&(frame.len() as u32).to_be_bytes()[..], &frame].concat();
    let mut first = rogue.open(&a, connection, Purpose::Join).await.unwrap();
    rogue.until(first.write_all(&message)).await.unwrap();
    rogue.until(first.flush()).await.unwrap();
    let (question, _, got) = a.question().await;
    assert_eq!(got, frame);
    a.network.command(Command::Answer { question, frame: vec![1] });
    let mut answer = [0; 5];
    rogue.until(first.read_exact(&mut answer)).await.unwrap();
    assert_eq!(answer, [0, 0, 0, 1, 1]);
    let mut second = rogue.open(&a, connection, Purpose::Join).await.unwrap();
    let _ = rogue.until(second.write_all(&message)).await;
    let _ = rogue.until(second.flush()).await;
    assert!(rogue.until(second.read_exact(&mut answer)).await.is_err(), "closed without an answer");
    // Sync: one word, the same for everybody, and closed.
    let mut sync = rogue.open(&a, connection, Purpose::Sync).await.unwrap();
    let _ = rogue.until(sync.write_all(&[0; 4])).await;
    let mut said = Vec::new();
    let _ = rogue.until(sync.read_to_end(&mut said)).await;
    assert_eq!(said, DENIED);
    a.expect("a refusal", |e| matches!(e, Event::Refused { .. }).then_some(())).await;
    assert_eq!(a.count(|e| matches!(e, Event::Question { .. } | Event::LinkUp { .. })), 0);
}

/// *Denied*, with its length.
const DENIED: [u8; 7] = [0, 0, 0, 3, 12, 0x81, 1];

/// T1: a key that never was a partner and one that was are told the same, and nothing of them is read.
#[tokio::test]
async fn whoever_has_no_rights_is_told_so_in_the_same_bytes_t1() {
    let a = Node::start(1, TCP).await;
    for (seed, was_partner) in [(66, false), (67, true)] {
        let mut rogue = Rogue::new(seed);
        if was_partner {
            a.trusts(&[PartnerRoute { key: rogue.key(), addresses: vec![] }]);
            a.trusts(&[]);
        }
        let connection = rogue.connect(&a).await;
        let mut sync = rogue.open(&a, connection, Purpose::Sync).await.unwrap();
        let mut said = Vec::new();
        // Without having said a word itself.
        let _ = rogue.until(sync.read_to_end(&mut said)).await;
        assert_eq!(said, DENIED, "was a partner: {was_partner}");
    }
    assert_eq!(a.count(|e| matches!(e, Event::LinkUp { .. } | Event::Frame { .. })), 0);
}

/// A city that takes us for a partner while it is none of ours any more hears why it is alone, and no link comes up.
#[tokio::test]
async fn a_refused_city_hears_that_it_is_refused() {
    let (mut a, to_b, mut b, to_a) = linked(TCP).await;
    b.trusts(&[]);
    a.down(to_b).await;
    b.down(to_a).await;
    a.network.command(Command::DialNow { key: b.key() });
    let by_b = b.key();
    let code = a
        .expect("denied", |e| match e {
            Event::Denied { key, code } if *key == by_b => Some(*code),
            _ => None,
        })
        .await;
    assert_eq!(code, alianza_shared::wire::DENIED_STRANGER);
    assert_eq!(a.count(|e| matches!(e, Event::LinkUp { .. })), 0);
    b.trusts(&[PartnerRoute { key: a.key(), addresses: vec![] }]);
    a.network.command(Command::DialNow { key: b.key() });
    a.up().await;
}

#[tokio::test]
async fn unknown_keys_cannot_fill_the_house_s17() {
    let mut a = Node::start(1, TCP).await;
    let mut rogues: Vec<Rogue> = (0..12).map(|n| Rogue::new(100 + n)).collect();
    let mut inside = Vec::new();
    for rogue in &mut rogues {
        let connection = rogue.connect(&a).await;
        inside.push(rogue.open(&a, connection, Purpose::Join).await);
    }
    assert_eq!(inside.iter().flatten().count(), 8, "eight at once");
    // A partner is let in all the same.
    let mut b = Node::start(2, TCP).await;
    a.trusts(&[PartnerRoute { key: b.key(), addresses: vec![] }]);
    b.trusts(&[a.route()]);
    a.up().await;
    b.up().await;
}

#[tokio::test]
async fn a_partner_that_keeps_opening_streams_is_slowed_down() {
    let mut a = Node::start(1, TCP).await;
    let mut rogue = Rogue::new(66);
    a.trusts(&[PartnerRoute { key: rogue.key(), addresses: vec![] }]);
    let connection = rogue.connect(&a).await;
    let mut taken = 0;
    for _ in 0..30 {
        let Some(mut stream) = rogue.open(&a, connection, Purpose::Sync).await else { continue };
        let greeted = async {
            stream.write_all(&[0; 4]).await?;
            stream.flush().await?;
            stream.read_exact(&mut [0; 4]).await
        };
        if rogue.until(greeted).await.is_ok() {
            taken += 1;
        }
    }
    assert!((1..=10).contains(&taken), "{taken}");
    let mut open = 0;
    for _ in 0..taken {
        a.up().await;
        open += 1;
    }
    let downs = a.count(|e| matches!(e, Event::LinkDown { .. }));
    assert!(open - downs <= 1, "never two at once: {open} up, {downs} down");
}
