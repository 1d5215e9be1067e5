//! Connections: how many, how slow, and how they end (S30).

use std::time::Duration;

use alianza_shared::access::Role;
use tokio::io::AsyncWriteExt;

use super::client::{Ask, Tab, Wire, soon};
use super::town::Town;

/// A head that does not come in time ends the connection, also one drop at a time; a kept-open connection too.
#[tokio::test]
async fn slow_heads_are_cut() {
    let town = Town::with(|options| options.limits.head = Duration::from_millis(50)).await;
    let mut silent = Wire::open(town.address).await;
    let mut slow = Wire::open(town.address).await;
    slow.write(b"GET /healthz HTTP/1.1\r\nhost: ").await;
    let mut kept = Wire::open(town.address).await;
    kept.write(Ask::get("/healthz").head(town.address).as_bytes()).await;
    assert_eq!(kept.reply("GET").await.expect("a reply").status, 200);
    for wire in [&mut silent, &mut slow, &mut kept] {
        let rest = wire.until_closed().await;
        assert!(rest.is_empty() || rest.starts_with(b"HTTP/1.1 4"), "{}", String::from_utf8_lossy(&rest));
    }
    assert_eq!(Ask::get("/healthz").to(town.address).await.status, 200);
}

#[tokio::test]
async fn slow_bodies_are_cut() {
    let town = Town::with(|options| options.limits.body = Duration::from_millis(50)).await;
    let token = town.program("marta", &[Role::CoopOfficer]).await;
    let ask = Ask::new("POST", "/api/alliances").bytes(vec![b' '; 1_000]);
    let ask = ask.with("content-type", "application/json").with("authorization", &token);
    let mut wire = Wire::open(town.address).await;
    wire.write(ask.head(town.address).as_bytes()).await;
    wire.write(b"{").await;
    assert_eq!(wire.reply("POST").await.expect("a reply").status, 408);
}

/// Somebody who asks and does not listen holds nothing for ever.
#[tokio::test]
async fn clients_that_take_nothing_are_cut() {
    let town = Town::with(|options| {
        options.limits.write_stall = Duration::from_millis(50);
        options.limits.connections = 1;
    })
    .await;
    let token = town.program("marta", &[]).await;
    let deaf = Tab::open(town.address, &[("authorization", &token)]).await.expect("open");
    let to_tab = town.engine.tabs.lock().expect("not poisoned")[0].clone();
    soon(async {
        // Until the buffers of the system are full and the node gives up.
        while to_tab.send(vec![0; 1 << 20]).await.is_ok() {}
    })
    .await;
    assert_eq!(Ask::get("/healthz").to(town.address).await.status, 200, "its place is free again");
    drop(deaf);
}

/// The limit of connections: those above it wait, none is lost.
#[tokio::test]
async fn connections_above_the_limit_wait() {
    let town = Town::with(|options| options.limits.connections = 2).await;
    let one = Wire::open(town.address).await;
    let two = Wire::open(town.address).await;
    // Both are in service before the third asks.
    let mut held = [one, two];
    for wire in &mut held {
        wire.write(Ask::get("/healthz").head(town.address).as_bytes()).await;
        assert_eq!(wire.reply("GET").await.expect("served").status, 200);
    }
    let mut third = Wire::open(town.address).await;
    third.write(Ask::get("/healthz").head(town.address).as_bytes()).await;
    let early = tokio::time::timeout(Duration::from_millis(100), third.reply("GET")).await;
    assert!(early.is_err(), "it waits");
    let [first, _second] = held;
    drop(first);
    assert_eq!(third.reply("GET").await.expect("served").status, 200);
}

/// Stopping: long polls and live sockets are told, and nobody can hold the node up.
#[tokio::test]
async fn stopping_ends_everything_in_time() {
    let town = Town::with(|options| {
        options.limits.goodbye = Duration::from_millis(50);
        options.limits.drain = Duration::from_millis(500);
    })
    .await;
    let token = town.program("marta", &[]).await;
    let mut tab = Tab::open(town.address, &[("authorization", &token)]).await.expect("open");
    let mut poll = Wire::open(town.address).await;
    let ask = Ask::get("/api/changes?since=1&wait=30").with("authorization", &token);
    poll.write(ask.head(town.address).as_bytes()).await;
    let mut half = Wire::open(town.address).await;
    half.write(b"GET /heal").await;
    soon(async {
        while !town.asked().iter().any(|(_, request)| format!("{request:?}").contains("Changes")) {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let address = town.address;
    let mut events = {
        let mut town = town;
        town.stop.cancel();
        assert_eq!(poll.reply("GET").await.expect("told").code(), "stopping");
        assert_eq!(tab.close_code().await, Some(1001));
        soon(&mut town.running).await.expect("no panic");
        town.events
    };
    assert!(matches!(soon(events.recv()).await, Some(crate::engine::handle::LiveEvent::Gone { .. })));
    assert!(tokio::net::TcpStream::connect(address).await.is_err(), "nobody listens");
    let _ = half.stream.shutdown().await;
}

/// A second request on the same connection while the node stops is not begun.
#[tokio::test]
async fn a_stopping_node_finishes_what_it_has_begun() {
    let town = Town::new().await;
    let mut wire = Wire::open(town.address).await;
    wire.write(Ask::get("/healthz").head(town.address).as_bytes()).await;
    assert_eq!(wire.reply("GET").await.expect("served").status, 200);
    town.stopped().await;
    assert!(wire.until_closed().await.is_empty());
}
