//! Real nodes over TCP and QUIC on the loopback address. Conditions with a timeout, no sleeps.

use std::collections::VecDeque;
use std::time::Duration;

use alianza_shared::limits::FRAME_MAX_BYTES;
use tokio::time::timeout;

use super::*;

mod hostile;

const PATIENCE: Duration = Duration::from_secs(20);
const TCP: &str = "/ip4/127.0.0.1/tcp/0";
const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";

/// A node and what it has said that no test has asked for yet.
struct Node {
    network: Network,
    events: Events,
    passed: VecDeque<Event>,
    address: String,
}

impl Node {
    async fn start(seed: u8, listen: &str) -> Self {
        let config = NetworkConfig {
            seed: [seed; 32],
            listen: vec![listen.to_owned()],
            mdns: false,
            allow_private: true,
        };
        let (network, events) = Network::start(config).await.unwrap();
        let mut node = Self { network, events, passed: VecDeque::new(), address: String::new() };
        node.address = node
            .expect("listening", |e| match e {
                Event::Listening { address } => Some(address.clone()),
                _ => None,
            })
            .await;
        node
    }

    fn key(&self) -> Key {
        self.network.key()
    }

    fn route(&self) -> PartnerRoute {
        PartnerRoute { key: self.key(), addresses: vec![self.address.clone()] }
    }

    fn trusts(&self, routes: &[PartnerRoute]) {
        self.network.command(Command::Partners(routes.to_vec()));
    }

    /// Waits for the first event that `pick` accepts; events before it are kept for later questions.
    async fn expect<T>(&mut self, what: &str, pick: impl Fn(&Event) -> Option<T>) -> T {
        if let Some(at) = self.passed.iter().position(|event| pick(event).is_some()) {
            return self.passed.remove(at).as_ref().and_then(&pick).unwrap();
        }
        let wait = async {
            loop {
                let event = self.events.recv().await.unwrap_or_else(|| panic!("ended while waiting: {what}"));
                match pick(&event) {
                    Some(found) => return found,
                    None => self.passed.push_back(event),
                }
            }
        };
        match timeout(PATIENCE, wait).await {
            Ok(found) => found,
            Err(_) => panic!("nothing came: {what}; before that: {:?}", self.passed),
        }
    }

    async fn up(&mut self) -> (LinkId, Key) {
        self.expect("link up", |e| match e {
            Event::LinkUp { link, key, .. } => Some((*link, *key)),
            _ => None,
        })
        .await
    }

    async fn down(&mut self, link: LinkId) -> String {
        self.expect("link down", |e| match e {
            Event::LinkDown { link: down, reason, .. } if *down == link => Some(reason.clone()),
            _ => None,
        })
        .await
    }

    async fn frame(&mut self, link: LinkId) -> Vec<u8> {
        self.expect("a frame", |e| match e {
            Event::Frame { link: from, frame } if *from == link => Some(frame.clone()),
            _ => None,
        })
        .await
    }

    fn send(&self, link: LinkId, frame: Vec<u8>) {
        self.network.command(Command::Send { link, frame });
    }

    async fn answered(&mut self, request: u64) -> Result<Vec<u8>, String> {
        self.expect("an answer", |e| match e {
            Event::Answered { request: to, result } if *to == request => Some(result.clone()),
            _ => None,
        })
        .await
    }

    fn ask(&self, request: u64, of: &Node, frame: &[u8]) {
        self.network.command(Command::Ask {
            request,
            key: of.key(),
            addresses: vec![of.address.clone()],
            frame: frame.to_vec(),
        });
    }

    async fn question(&mut self) -> (u64, Key, Vec<u8>) {
        self.expect("a question", |e| match e {
            Event::Question { question, key, frame, .. } => Some((*question, *key, frame.clone())),
            _ => None,
        })
        .await
    }

    fn count(&self, of: impl Fn(&Event) -> bool) -> usize {
        self.passed.iter().filter(|event| of(event)).count()
    }
}

/// Two nodes with one link; only the first knows where the other is.
async fn linked(listen: &str) -> (Node, LinkId, Node, LinkId) {
    let (mut a, mut b) = (Node::start(1, listen).await, Node::start(2, listen).await);
    b.trusts(&[PartnerRoute { key: a.key(), addresses: vec![] }]);
    a.trusts(&[b.route()]);
    let (to_b, key_of_b) = a.up().await;
    let (to_a, key_of_a) = b.up().await;
    assert_eq!((key_of_a, key_of_b), (a.key(), b.key()));
    (a, to_b, b, to_a)
}

async fn frames_travel_both_ways(listen: &str) {
    let (mut a, to_b, mut b, to_a) = linked(listen).await;
    for size in [1, 100, 70_000, FRAME_MAX_BYTES] {
        let frame: Vec<u8> = (0..size).map(|i| (i * 7 + size) as u8).collect();
        a.send(to_b, frame.clone());
        b.send(to_a, frame.clone());
        assert!(b.frame(to_a).await == frame, "{size} bytes to b");
        assert!(a.frame(to_b).await == frame, "{size} bytes to a");
    }
    a.network.stop().await;
    b.down(to_a).await;
    b.network.stop().await;
}

#[tokio::test]
async fn frames_travel_both_ways_over_tcp() {
    frames_travel_both_ways(TCP).await;
}

#[tokio::test]
async fn frames_travel_both_ways_over_quic() {
    frames_travel_both_ways(QUIC).await;
}

#[tokio::test]
async fn a_thousand_frames_arrive_in_order() {
    let (a, to_b, mut b, to_a) = linked(TCP).await;
    for n in 0..1_000u32 {
        a.send(to_b, [&n.to_be_bytes()[..], &vec![1; (n % 50) as usize * 100]].concat());
    }
    for n in 0..1_000u32 {
        assert_eq!(b.frame(to_a).await[..4], n.to_be_bytes());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_frame_waits_for_no_timer() {
    for listen in [TCP, QUIC] {
        let (mut a, to_b, mut b, to_a) = linked(listen).await;
        let mut trips = Vec::new();
        for n in 0..100u8 {
            let began = std::time::Instant::now();
            a.send(to_b, vec![n; 300]);
            let frame = b.frame(to_a).await;
            b.send(to_a, frame);
            assert_eq!(a.frame(to_b).await, vec![n; 300]);
            trips.push(began.elapsed());
        }
        trips.sort();
        eprintln!("{listen}: there and back {:?} at best, {:?} in the middle", trips[0], trips[50]);
        // Delayed acknowledgements or batching timers would show in every trip, a busy machine in some.
        assert!(trips[10] < Duration::from_millis(10), "{:?}", &trips[..20]);
    }
}

#[tokio::test]
async fn nodes_that_dial_each_other_at_once_have_exactly_one_link() {
    for round in 0..8u8 {
        let listen = if round % 2 == 0 { TCP } else { QUIC };
        let (mut a, mut b) =
            (Node::start(1 + 2 * round, listen).await, Node::start(2 + 2 * round, listen).await);
        let (route_a, route_b) = (a.route(), b.route());
        a.trusts(&[route_b]);
        b.trusts(&[route_a]);
        let (to_b, _) = a.up().await;
        let (to_a, _) = b.up().await;
        // Frames both ways prove that both mean the same stream.
        a.send(to_b, b"hola".to_vec());
        b.send(to_a, b"buenas".to_vec());
        assert_eq!(b.frame(to_a).await, b"hola");
        assert_eq!(a.frame(to_b).await, b"buenas");
        for node in [&a, &b] {
            let more = node.count(|e| matches!(e, Event::LinkUp { .. } | Event::LinkDown { .. }));
            assert_eq!(more, 0, "round {round}: {:?}", node.passed);
        }
        a.network.stop().await;
        b.network.stop().await;
    }
}

#[tokio::test]
async fn an_unknown_key_is_refused_on_sync_but_may_ask_s10_t1() {
    let (mut a, mut b) = (Node::start(1, TCP).await, Node::start(2, TCP).await);
    b.trusts(&[a.route()]);
    let (key, reason) = a
        .expect("a refusal", |e| match e {
            Event::Refused { key, reason, .. } => Some((*key, reason.clone())),
            _ => None,
        })
        .await;
    assert_eq!(key, b.key());
    assert!(!reason.is_empty());
    b.ask(7, &a, b"quiero unirme");
    let (question, key, frame) = a.question().await;
    assert_eq!((key, frame.as_slice()), (b.key(), &b"quiero unirme"[..]));
    a.network.command(Command::Answer { question, frame: b"bienvenida".to_vec() });
    assert_eq!(b.answered(7).await.unwrap(), b"bienvenida");
    for node in [&a, &b] {
        assert_eq!(node.count(|e| matches!(e, Event::LinkUp { .. } | Event::Frame { .. })), 0);
    }
    // Once it is a partner, it gets its link.
    a.trusts(&[b.route()]);
    a.network.command(Command::DialNow { key: b.key() });
    b.network.command(Command::DialNow { key: a.key() });
    a.up().await;
    b.up().await;
}

#[tokio::test]
async fn a_city_that_was_answered_can_be_asked_again_and_again() {
    let (mut a, mut b) = (Node::start(1, QUIC).await, Node::start(2, QUIC).await);
    for n in 0..6u8 {
        a.ask(u64::from(n), &b, &[n]);
        let (question, _, frame) = b.question().await;
        assert_eq!(frame, [n]);
        b.network.command(Command::Answer { question, frame: vec![n, n] });
        assert_eq!(a.answered(u64::from(n)).await.unwrap(), [n, n]);
    }
    // Over a live link, too.
    a.trusts(&[b.route()]);
    b.trusts(&[a.route()]);
    a.up().await;
    a.ask(9, &b, b"otra");
    let (question, ..) = b.question().await;
    b.network.command(Command::Answer { question, frame: vec![1] });
    a.answered(9).await.unwrap();
    assert_eq!(a.count(|e| matches!(e, Event::LinkDown { .. })), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn six_cities_that_start_at_once_have_one_link_for_each_pair() {
    let mut nodes = Vec::new();
    for seed in 1..=6 {
        nodes.push(Node::start(seed, if seed % 2 == 0 { QUIC } else { TCP }).await);
    }
    let routes: Vec<_> = nodes.iter().map(Node::route).collect();
    nodes.iter().for_each(|node| node.trusts(&routes));
    for node in &mut nodes {
        let own = node.key();
        let mut met = std::collections::BTreeSet::new();
        for _ in 1..6 {
            let (link, key) = node.up().await;
            assert!(met.insert(key), "two links with one partner");
            node.send(link, own.to_vec());
        }
    }
    for node in &mut nodes {
        for _ in 1..6 {
            node.expect("a frame", |e| matches!(e, Event::Frame { .. }).then_some(())).await;
        }
        assert_eq!(node.count(|e| matches!(e, Event::LinkUp { .. } | Event::LinkDown { .. })), 0);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_engine_that_does_not_listen_stops_the_sender_and_loses_nothing_i39() {
    let (a, to_b, mut b, to_a) = linked(TCP).await;
    // More than the partner's inbox and the windows hold, less than our queue.
    for n in 0..14u8 {
        a.send(to_b, vec![n; FRAME_MAX_BYTES]);
    }
    for n in 0..14u8 {
        assert!(b.frame(to_a).await == vec![n; FRAME_MAX_BYTES], "frame {n}");
    }
}

#[tokio::test]
async fn a_removed_key_is_closed_at_once_t17() {
    let (mut a, to_b, mut b, to_a) = linked(QUIC).await;
    b.trusts(&[a.route()]);
    a.trusts(&[]);
    assert!(a.down(to_b).await.contains("no longer a partner"));
    b.down(to_a).await;
    b.network.command(Command::DialNow { key: a.key() });
    a.expect("a refusal", |e| matches!(e, Event::Refused { .. }).then_some(())).await;
    assert_eq!(a.count(|e| matches!(e, Event::LinkUp { .. })), 0);
}

#[tokio::test]
async fn last_words_are_delivered_before_a_link_closes() {
    let (mut a, to_b, mut b, to_a) = linked(TCP).await;
    for n in 0..20u8 {
        a.send(to_b, vec![n; 100_000]);
    }
    a.network.command(Command::Close { link: to_b });
    a.send(to_b, b"too late".to_vec());
    for n in 0..20u8 {
        assert_eq!(b.frame(to_a).await, vec![n; 100_000]);
    }
    a.down(to_b).await;
    b.down(to_a).await;
    assert_eq!(b.count(|e| matches!(e, Event::Frame { .. })), 0);
}

#[tokio::test]
async fn a_partner_that_restarts_is_linked_again() {
    for listen in [TCP, QUIC] {
        let (mut a, to_b, b, _) = linked(listen).await;
        let (address, route_a) = (b.address.clone(), a.route());
        b.network.stop().await;
        a.down(to_b).await;
        let mut b = Node::start(2, &address).await;
        b.trusts(&[route_a]);
        let (to_b, _) = a.up().await;
        let (to_a, _) = b.up().await;
        a.send(to_b, b"otra vez".to_vec());
        assert_eq!(b.frame(to_a).await, b"otra vez");
    }
}

#[tokio::test]
async fn a_panic_in_the_swarm_costs_the_links_not_the_process_i44() {
    let (mut a, to_b, mut b, to_a) = linked(TCP).await;
    a.network.command(Command::Panic);
    a.down(to_b).await;
    b.down(to_a).await;
    let (to_b, _) = a.up().await;
    let (to_a, _) = b.up().await;
    b.send(to_a, b"sigue".to_vec());
    assert_eq!(a.frame(to_b).await, b"sigue");
    let again = a.expect("listening again", |e| match e {
        Event::Listening { address } => Some(address.clone()),
        _ => None,
    });
    let again = again.await;
    assert_eq!(again, a.address, "the same port");
}

#[tokio::test]
async fn a_question_to_nobody_or_somebody_else_fails() {
    let (mut a, b) = (Node::start(1, TCP).await, Node::start(2, TCP).await);
    let nobody = Node::start(3, TCP).await;
    let (key, address) = (nobody.key(), nobody.address.clone());
    nobody.network.stop().await;
    a.network.command(Command::Ask { request: 2, key, addresses: vec![address], frame: vec![1] });
    a.network.command(Command::Ask { request: 3, key, addresses: vec![], frame: vec![1] });
    a.network.command(Command::Ask { request: 4, key: b.key(), addresses: vec![], frame: vec![0; 70_000] });
    for request in [2, 3, 4] {
        a.answered(request).await.unwrap_err();
    }
    // An address where another key lives is no answer either.
    let wrong = PartnerRoute { key: [9; 32], ..b.route() };
    a.network.command(Command::Ask {
        request: 5,
        key: wrong.key,
        addresses: wrong.addresses,
        frame: vec![1],
    });
    a.answered(5).await.unwrap_err();
}

/// A partner whose machine loses power says no goodbye: over QUIC its old link looks alive for a while.
#[test]
fn a_partner_that_vanished_and_comes_back_is_linked_again_whoever_has_the_lower_key() {
    let here = tokio::runtime::Runtime::new().unwrap();
    for seeds in [(1, 2), (2, 1)] {
        let there = tokio::runtime::Runtime::new().unwrap();
        let mut a = here.block_on(Node::start(seeds.0, QUIC));
        let mut b = there.block_on(Node::start(seeds.1, QUIC));
        let (route_a, key_b) = (a.route(), b.key());
        a.trusts(&[PartnerRoute { key: key_b, addresses: vec![] }]);
        b.trusts(std::slice::from_ref(&route_a));
        let (old, _) = here.block_on(a.up());
        there.block_on(b.up());
        there.shutdown_background();
        here.block_on(async {
            let mut b = Node::start(seeds.1, QUIC).await;
            b.trusts(&[route_a]);
            a.down(old).await;
            let (to_b, _) = a.up().await;
            let (to_a, _) = b.up().await;
            a.send(to_b, b"otra vez".to_vec());
            assert_eq!(b.frame(to_a).await, b"otra vez");
        });
    }
}

#[tokio::test]
async fn private_addresses_are_not_dialled_unless_allowed_s20() {
    let b = Node::start(2, TCP).await;
    let config = NetworkConfig { seed: [1; 32], listen: vec![], mdns: false, allow_private: false };
    let (network, mut events) = Network::start(config).await.unwrap();
    let named = b.address.replace("/ip4/127.0.0.1", "/dns4/localhost");
    for (request, address) in [b.address.clone(), named].into_iter().enumerate() {
        let (request, key) = (request as u64, b.key());
        network.command(Command::Ask { request, key, addresses: vec![address], frame: vec![1] });
        let Some(Event::Answered { result: Err(_), .. }) = timeout(PATIENCE, events.recv()).await.unwrap()
        else {
            panic!("a private address was dialled");
        };
    }
}
