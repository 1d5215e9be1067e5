//! The live socket (S8).

use std::time::Duration;

use alianza_shared::access::Role;
use alianza_shared::limits::LIVE_MESSAGE_MAX_BYTES;
use alianza_shared::live::LiveIn;

use super::super::SOCKETS_PER_PERSON_MAX;
use super::client::{Ask, Frame, Tab, frame, soon};
use super::town::{QUEUE, Town};
use crate::accounts::{By, SESSION_IDLE_MS};
use crate::engine::handle::LiveEvent;

async fn event(town: &mut Town) -> LiveEvent {
    soon(town.events.recv()).await.expect("the queue is open")
}

fn to_tab(town: &Town, n: usize) -> tokio::sync::mpsc::Sender<Vec<u8>> {
    town.engine.tabs.lock().expect("not poisoned")[n].clone()
}

#[tokio::test]
async fn messages_go_both_ways_in_order() {
    let mut town = Town::new().await;
    let cookie = town.browser("marta", &[]).await;
    let origin = town.origin();
    let mut tab = Tab::open(town.address, &[("cookie", &cookie), ("origin", &origin)]).await.expect("open");
    for n in 0..50_u8 {
        tab.send(&[n; 300]).await;
    }
    for n in 0..50_u8 {
        assert_eq!(event(&mut town).await, LiveEvent::Message { session: 1, bytes: vec![n; 300] });
    }
    let sender = to_tab(&town, 0);
    for n in 0..200_u8 {
        sender.send(vec![n; 70_000]).await.expect("open");
        assert_eq!(soon(tab.hear()).await, Some(Frame::Binary(vec![n; 70_000])));
    }
    for n in 0..200_u8 {
        sender.send(vec![n]).await.expect("open");
    }
    for n in 0..200_u8 {
        assert_eq!(soon(tab.hear()).await, Some(Frame::Binary(vec![n])));
    }
    tab.say(9, b"hola").await;
    assert_eq!(soon(tab.hear()).await, Some(Frame::Other(10)), "pong");
    drop(tab);
    assert_eq!(event(&mut town).await, LiveEvent::Gone { session: 1 });
}

/// S8: with a cookie the origin must be this page exactly; a token needs none, but a foreign one is refused.
#[tokio::test]
async fn the_origin_of_a_live_socket_is_checked() {
    let town = Town::new().await;
    let cookie = town.browser("marta", &[]).await;
    let token = town.token("marta").await;
    let own = town.origin();
    let port = town.address.port();
    let foreign = [
        "https://evil.example".to_owned(),
        "null".into(),
        String::new(),
        format!("http://localhost:{port}"),
        format!("http://127.0.0.1:{}", port ^ 1),
        format!("{own}.evil.example"),
        format!("{own}/"),
        format!("ws://127.0.0.1:{port}"),
    ];
    for origin in &foreign {
        for credential in [("cookie", cookie.as_str()), ("authorization", token.as_str())] {
            let refused =
                Tab::open(town.address, &[credential, ("origin", origin)]).await.err().expect("refused");
            assert_eq!(refused.status, 403, "{origin} {credential:?}");
        }
    }
    let missing = Tab::open(town.address, &[("cookie", &cookie)]).await.err().expect("refused");
    assert_eq!((missing.status, missing.code().as_str()), (403, "origin.foreign"));
    for headers in [[].as_slice(), &[("authorization", "Bearer x"), ("origin", own.as_str())]] {
        assert_eq!(Tab::open(town.address, headers).await.err().expect("refused").status, 401);
    }
    assert!(town.engine.tabs.lock().expect("not poisoned").is_empty(), "the engine heard of none");
    assert!(Tab::open(town.address, &[("authorization", &token)]).await.is_ok());
    assert!(Tab::open(town.address, &[("cookie", &cookie), ("origin", &own)]).await.is_ok());
}

/// S8: ten sockets per person; a closed one makes room.
#[tokio::test]
async fn a_person_has_ten_live_sockets_at_most() {
    let mut town = Town::new().await;
    let marta = town.program("marta", &[]).await;
    let ana = town.program("ana", &[]).await;
    let mut tabs = Vec::new();
    for _ in 0..SOCKETS_PER_PERSON_MAX {
        tabs.push(Tab::open(town.address, &[("authorization", &marta)]).await.expect("open"));
    }
    let refused = Tab::open(town.address, &[("authorization", &marta)]).await.err().expect("refused");
    assert_eq!((refused.status, refused.code().as_str()), (429, "live.too_many"));
    assert!(Tab::open(town.address, &[("authorization", &ana)]).await.is_ok(), "others have their own");
    tabs.pop();
    while !matches!(event(&mut town).await, LiveEvent::Gone { .. }) {}
    soon(async {
        while Tab::open(town.address, &[("authorization", &marta)]).await.is_err() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

/// S8: sizes; text is not spoken here; the node goes on.
#[tokio::test]
async fn bad_frames_end_only_their_own_socket() {
    let mut town = Town::new().await;
    let token = town.program("marta", &[]).await;
    let headers = [("authorization", token.as_str())];
    let mut good = Tab::open(town.address, &headers).await.expect("open");

    let mut large = Tab::open(town.address, &headers).await.expect("open");
    large.send(&vec![1; LIVE_MESSAGE_MAX_BYTES]).await;
    assert_eq!(
        event(&mut town).await,
        LiveEvent::Message { session: 2, bytes: vec![1; LIVE_MESSAGE_MAX_BYTES] }
    );
    // The length alone is enough: no byte of the rest is waited for.
    let head = frame(2, &vec![1; LIVE_MESSAGE_MAX_BYTES + 1])[..14].to_vec();
    large.wire.write(&head).await;
    assert_eq!(large.close_code().await, Some(1009));

    let mut split = Tab::open(town.address, &headers).await.expect("open");
    let mut first = frame(2, &[1; 200_000]);
    first[0] = 2;
    let mut second = frame(0, &[1; 100_000]);
    second[0] = 0x80;
    split.wire.write(&first).await;
    let _ = tokio::io::AsyncWriteExt::write_all(&mut split.wire.stream, &second).await;
    assert!(matches!(split.close_code().await, Some(1009) | None), "the parts count together");

    let mut text = Tab::open(town.address, &headers).await.expect("open");
    text.say(1, b"hola").await;
    assert_eq!(text.close_code().await, Some(1003));

    let mut odd = Tab::open(town.address, &headers).await.expect("open");
    odd.wire.write(&[0x82, 0x05, 1, 2, 3, 4, 5]).await;
    assert!(matches!(odd.close_code().await, Some(1002) | None), "not masked");

    good.send(b"sigo").await;
    loop {
        match event(&mut town).await {
            LiveEvent::Message { session: 1, bytes } => break assert_eq!(bytes, b"sigo"),
            LiveEvent::Message { bytes, .. } => panic!("{} bytes of a bad socket", bytes.len()),
            LiveEvent::Gone { .. } => {}
        }
    }
}

/// S8: closed within a second of the revocation, whichever it is; nothing that was sent afterwards arrives.
#[tokio::test]
async fn revocation_closes_live_sockets_at_once() {
    let mut town = Town::new().await;
    town.add("admin", &[Role::NodeAdmin]).await;
    let cookie = town.browser("marta", &[Role::CoopOfficer]).await;
    let origin = town.origin();
    let session = [("cookie", cookie.clone()), ("origin", origin.clone())];
    let token = town.token("marta").await;
    let orders: [&str; 5] = ["roles", "sign-out", "token", "password", "disable"];
    for order in orders {
        let cookie = if order == "password" { town.sign_in("marta").await } else { cookie.clone() };
        let headers: Vec<(&str, &str)> = match order {
            "token" | "disable" => vec![("authorization", token.as_str())],
            "password" => vec![("cookie", cookie.as_str()), ("origin", origin.as_str())],
            _ => session.iter().map(|(name, value)| (*name, value.as_str())).collect(),
        };
        let token_headers = [("authorization", token.as_str())];
        let headers = if order == "token" { token_headers.to_vec() } else { headers };
        let mut tab = match Tab::open(town.address, &headers).await {
            Ok(tab) => tab,
            Err(reply) => panic!("{order}: {reply:?}"),
        };
        tab.send(b"antes").await;
        while !matches!(event(&mut town).await, LiveEvent::Message { .. }) {}
        revoke(&town, order, &cookie, &token).await;
        let closed = tokio::time::timeout(Duration::from_secs(1), tab.close_code()).await;
        assert_eq!(closed.unwrap_or_else(|_| panic!("{order}: not within a second")), Some(4401), "{order}");
        assert!(matches!(event(&mut town).await, LiveEvent::Gone { .. }), "{order}");
        if order == "token" {
            break;
        }
    }
    let last = town.token("marta").await;
    let mut tab = Tab::open(town.address, &[("authorization", &last)]).await.expect("open");
    town.accounts.disable(By::Operator, "marta").await.expect("disabled");
    let closed =
        tokio::time::timeout(Duration::from_secs(1), tab.close_code()).await.expect("within a second");
    assert_eq!(closed, Some(4401));
}

async fn revoke(town: &Town, order: &str, cookie: &str, token: &str) {
    match order {
        "roles" => {
            let change = alianza_shared::api::ChangePerson {
                roles: Some(vec!["observer".into()]),
                ..Default::default()
            };
            town.accounts.change(By::Operator, "marta", change).await.expect("changed");
        }
        "sign-out" => {
            let out =
                Ask::new("DELETE", "/api/session").with("cookie", cookie).with("origin", &town.origin());
            assert_eq!(out.to(town.address).await.status, 204);
        }
        "token" => {
            let out = Ask::new("DELETE", "/api/session").with("authorization", token);
            assert_eq!(out.to(town.address).await.status, 204);
        }
        _ => {
            let password = "otra mesa con seis patas".to_owned();
            town.accounts.set_password(By::Operator, "marta", password).await.expect("set");
        }
    }
}

/// S8: a tab from which nothing comes is gone; an idle session is closed; use keeps it.
#[tokio::test]
async fn silence_and_idleness_end_a_live_socket() {
    let mut town = Town::with(|options| options.limits.ping = Duration::from_millis(20)).await;
    let cookie = town.browser("marta", &[]).await;
    let origin = town.origin();
    let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str())];
    let mut silent = Tab::open(town.address, &headers).await.expect("open");
    assert!(matches!(soon(silent.hear()).await, Some(Frame::Ping(_))));
    assert_eq!(event(&mut town).await, LiveEvent::Gone { session: 1 }, "no pong came");

    let mut tab = Tab::open(town.address, &headers).await.expect("open");
    let open =
        LiveIn::Open { doc: alianza_shared::id::DocId([1; 16]), heads: Vec::new(), presence: true }.encode();
    for (message, lives) in [(open, true), (LiveIn::Ping.encode(), false)] {
        tab.send(&message).await;
        assert!(matches!(event(&mut town).await, LiveEvent::Message { .. }));
        if lives {
            town.now_ms.fetch_add(SESSION_IDLE_MS - 1, std::sync::atomic::Ordering::SeqCst);
        } else {
            town.now_ms.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        }
        if !lives {
            break;
        }
        for _ in 0..3 {
            assert!(matches!(soon(tab.hear()).await, Some(Frame::Ping(_))), "still open");
            tab.say(10, b"").await;
        }
    }
    assert_eq!(soon(tab.close_code()).await, Some(4401), "a tab that only pings is nobody");
}

/// A full queue of the engine stops reading that socket; nothing is lost and nothing grows.
#[tokio::test]
async fn a_slow_engine_slows_the_tab_down() {
    let mut town = Town::new().await;
    let token = town.program("marta", &[]).await;
    let mut tab = Tab::open(town.address, &[("authorization", &token)]).await.expect("open");
    let message = vec![7; 200_000];
    let bytes = frame(2, &message);
    let mut sent = 0;
    // Writes until the buffers of the system are full as well.
    while tokio::time::timeout(
        Duration::from_millis(200),
        tokio::io::AsyncWriteExt::write_all(&mut tab.wire.stream, &bytes),
    )
    .await
    .is_ok()
    {
        sent += 1;
        assert!(sent < 4 * QUEUE + 200, "the node took {sent} messages that nobody has read");
    }
    assert!(sent >= QUEUE - 1);
    for _ in 0..sent {
        assert_eq!(event(&mut town).await, LiveEvent::Message { session: 1, bytes: message.clone() });
    }
}

/// An engine that lets go of a session: the tab is told to come back.
#[tokio::test]
async fn a_detached_tab_is_told_to_come_back() {
    let town = Town::new().await;
    let token = town.program("marta", &[]).await;
    let mut tab = Tab::open(town.address, &[("authorization", &token)]).await.expect("open");
    let sender = town.engine.tabs.lock().expect("not poisoned").remove(0);
    sender.send(b"lo ultimo".to_vec()).await.expect("open");
    drop(sender);
    assert_eq!(soon(tab.hear()).await, Some(Frame::Binary(b"lo ultimo".to_vec())));
    assert_eq!(soon(tab.close_code()).await, Some(1013));
}
