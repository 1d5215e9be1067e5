//! The page over TLS of the node itself (S5, S16): a real client, real certificates.

use alianza_shared::access::Role;
use serde_json::json;

use super::super::server::{Http, HttpError};
use super::super::{HttpLimits, HttpOptions};
use super::client::{Ask, Reply, Tab, Wire, soon};
use super::sessions::NoEngine;
use super::town::{PASSWORD, Town};
use crate::clock;
use crate::engine::handle::LiveEvent;
use crate::tls::Tls;
use crate::tls::tests::{BOTH, NAME, TownFiles, shake};

struct TlsTown {
    town: Town,
    files: TownFiles,
    tls: Tls,
}

impl TlsTown {
    async fn new(adjust: impl FnOnce(&mut HttpOptions)) -> Self {
        let files = TownFiles::new(clock::now_ms());
        let tls = Tls::open(files.files(&[NAME])).expect("usable");
        let own = tls.clone();
        let town = Town::with(move |options| {
            options.tls = Some(own);
            adjust(options);
        })
        .await;
        Self { town, files, tls }
    }

    async fn wire(&self) -> Wire {
        self.wire_and_certificate().await.0
    }

    async fn wire_and_certificate(&self) -> (Wire, Vec<u8>) {
        let shaken = shake(&self.files.made.authority, NAME, self.town.address, &BOTH);
        let (stream, certificate) = soon(shaken).await.expect("a handshake");
        (Wire::over(stream), certificate)
    }

    fn host(&self) -> String {
        format!("{NAME}:{}", self.town.address.port())
    }

    async fn ask(&self, ask: Ask) -> Reply {
        ask.with("host", &self.host()).over(self.wire().await, self.town.address).await
    }

    async fn sign_in(&self) -> Reply {
        let ask = Ask::post("/api/session", json!({"user": "marta", "password": PASSWORD}));
        self.ask(ask.with("origin", &format!("https://{}", self.host()))).await
    }
}

/// S5, S16: TLS 1.3 and 1.2; names of the certificate are this node's; the cookie is `__Host-` and Secure.
#[tokio::test]
async fn people_sign_in_over_tls() {
    let tls = TlsTown::new(|_| {}).await;
    tls.town.add("marta", &[Role::CoopOfficer]).await;
    let signed = tls.sign_in().await;
    assert_eq!(signed.status, 200, "{signed:?}");
    let set = signed.header("set-cookie").expect("a cookie");
    assert!(set.starts_with("__Host-alianza_sant-cugat-del-valles="), "{set}");
    assert!(set.contains("; Path=/; HttpOnly; SameSite=Strict; Secure"), "{set}");
    assert_eq!(signed.json()["insecure"], false);
    let current = tls.ask(Ask::get("/api/session").with("cookie", &signed.cookie())).await;
    assert_eq!((current.status, &current.json()["person"]["user"]), (200, &json!("marta")));
    for (versions, name) in [(&BOTH[..1], NAME), (&BOTH[1..], NAME), (&BOTH[..], "127.0.0.1")] {
        let shaken = shake(&tls.files.made.authority, name, tls.town.address, versions);
        let (stream, _) = soon(shaken).await.expect("a handshake");
        let reply = Ask::get("/healthz").over(Wire::over(stream), tls.town.address).await;
        assert_eq!(reply.status, 200, "{name}");
    }
    let other = soon(shake(&tls.files.made.authority, "otra.example", tls.town.address, &BOTH)).await;
    assert!(other.is_err(), "a browser that came by another name is warned off");
    let foreign = Ask::get("/healthz").with("host", "evil.example");
    let foreign = foreign.over(tls.wire().await, tls.town.address).await;
    assert_eq!(foreign.code(), "host.unknown", "S6 holds behind TLS too");
    let plain_origin = Ask::post("/api/session", json!({"user": "marta", "password": PASSWORD}))
        .with("origin", &format!("http://{}", tls.host()));
    assert_eq!(tls.ask(plain_origin).await.code(), "origin.foreign", "the page never was there in clear");
}

/// S16: the status tells names, date and warnings of the certificate; nobody without a session reads it.
#[tokio::test]
async fn the_status_tells_of_the_certificate() {
    let tls = TlsTown::new(|_| {}).await;
    let token = tls.town.program("marta", &[Role::NodeAdmin]).await;
    let status = tls.ask(Ask::get("/api/status").with("authorization", &token)).await.json();
    assert_eq!(status["certificate"]["names"], json!([NAME, "127.0.0.1"]));
    assert_eq!(status["certificate"]["warnings"], json!([]));
    let plain = Town::new().await;
    let token = plain.program("marta", &[Role::NodeAdmin]).await;
    let status = Ask::get("/api/status").with("authorization", &token).to(plain.address).await.json();
    assert!(status.get("certificate").is_none(), "{status}");
}

/// S8, S16: the live socket works over TLS, and a new certificate does not end it.
#[tokio::test]
async fn a_new_certificate_leaves_open_connections_alone() {
    let mut tls = TlsTown::new(|_| {}).await;
    tls.town.add("marta", &[Role::CoopOfficer]).await;
    let cookie = tls.sign_in().await.cookie();
    let origin = format!("https://{}", tls.host());
    let host = tls.host();
    let headers = [("cookie", cookie.as_str()), ("origin", origin.as_str()), ("host", host.as_str())];
    let (wire, before) = tls.wire_and_certificate().await;
    let mut tab = Tab::over(wire, tls.town.address, &headers).await.expect("open");
    tab.send(&[1; 90_000]).await;
    let heard = soon(tls.town.events.recv()).await.expect("open");
    assert_eq!(heard, LiveEvent::Message { session: 1, bytes: vec![1; 90_000] });

    tls.files.renew(clock::now_ms());
    assert!(tls.tls.changed());
    tls.tls.reload().expect("a good pair");
    let (_, after) = tls.wire_and_certificate().await;
    assert_ne!(before, after, "who comes now is shown the new one");
    tab.send(&[2; 3]).await;
    let heard = soon(tls.town.events.recv()).await.expect("open");
    assert_eq!(heard, LiveEvent::Message { session: 1, bytes: vec![2; 3] });
    let wrong = [("cookie", cookie.as_str()), ("origin", "http://evil.example"), ("host", host.as_str())];
    assert!(Tab::over(tls.wire().await, tls.town.address, &wrong).await.is_err(), "S8");
}

/// S16: no plaintext fallback. A person is sent on, a program is told, and neither gets anything of the page.
#[tokio::test]
async fn plain_http_gets_the_way_and_not_the_page() {
    let tls = TlsTown::new(|_| {}).await;
    let token = tls.town.program("marta", &Role::ALL).await;
    let at = tls.town.address;
    let host = tls.host();
    let page = Ask::get("/programas/1?x=2").with("host", &host).to(at).await;
    assert_eq!(page.status, 307);
    assert_eq!(page.header("location"), Some(format!("https://{host}/programas/1?x=2").as_str()));
    assert!(page.body.is_empty());
    let foreign = Ask::get("/").with("host", "evil.example").to(at).await;
    assert_eq!((foreign.status, foreign.header("location")), (403, None), "never sent to another site");
    let before = tls.town.asked().len();
    for ask in [
        Ask::get("/api/status").with("authorization", &token),
        Ask::get("/healthz"),
        Ask::post("/api/session", json!({"user": "marta", "password": PASSWORD})),
        Ask::post("/", json!({})),
    ] {
        let told = ask.with("host", &host).to(at).await;
        assert_eq!((told.status, told.code().as_str()), (400, "tls.required"));
        assert!(told.json()["next"].as_str().expect("a next step").contains(&format!("https://{host}/")));
        assert!(told.header("set-cookie").is_none());
    }
    assert_eq!(tls.town.asked().len(), before, "nothing of it reached the engine");
    assert!(Tab::open(at, &[("authorization", &token), ("host", &host)]).await.is_err());
}

/// S16: strict transport for names of the Internet, and for no others.
#[tokio::test]
async fn strict_transport_is_said_for_public_names() {
    let hsts = |reply: &Reply| reply.header("strict-transport-security").map(str::to_owned);
    let tls = TlsTown::new(|_| {}).await;
    assert_eq!(hsts(&tls.ask(Ask::get("/healthz")).await).as_deref(), Some("max-age=31536000"));
    let address = Ask::get("/healthz").over(tls.wire().await, tls.town.address).await;
    assert_eq!((address.status, hsts(&address)), (200, None));
    let proxy = Town::with(|options| {
        options.behind_tls = true;
        options.allowed_hosts = vec!["alianza.example.org".into(), "nodo.local".into()];
    })
    .await;
    for (host, said) in [("alianza.example.org", true), ("nodo.local", false)] {
        let reply = Ask::get("/healthz").with("host", host).to(proxy.address).await;
        assert_eq!((reply.status, hsts(&reply).is_some()), (200, said), "{host}");
    }
    let plain = Town::with(|options| options.allowed_hosts = vec!["alianza.example.org".into()]).await;
    let reply = Ask::get("/healthz").with("host", "alianza.example.org").to(plain.address).await;
    assert_eq!((reply.status, hsts(&reply)), (200, None), "it would lock people out");
}

/// S30: who opens a connection and says nothing, or half a handshake, is let go; others are served meanwhile.
#[tokio::test]
async fn half_a_handshake_ends_in_time() {
    let limits = HttpLimits { head: std::time::Duration::from_millis(300), ..HttpLimits::default() };
    let tls = TlsTown::new(|options| options.limits = limits).await;
    let mut silent = Wire::open(tls.town.address).await;
    let mut half = Wire::open(tls.town.address).await;
    half.write(&[0x16, 3, 1, 2, 0, 1]).await;
    let mut garbage = Wire::open(tls.town.address).await;
    garbage.write(&[&[0x16, 3, 1, 0, 9][..], &[0xff; 9]].concat()).await;
    assert_eq!(tls.ask(Ask::get("/healthz")).await.status, 200);
    assert!(soon(silent.until_closed()).await.is_empty());
    assert!(soon(half.until_closed()).await.is_empty());
    assert!(!String::from_utf8_lossy(&soon(garbage.until_closed()).await).contains("HTTP"));
}

/// S5, S29: where the page may be served how, and what the page and its cookies are told. One row for each way.
#[tokio::test]
async fn the_page_is_served_in_clear_only_where_that_is_allowed() {
    let files = TownFiles::new(clock::now_ms());
    let tls = || Some(Tls::open(files.files(&[])).expect("usable"));
    #[rustfmt::skip]
    let rows = [
        // listen, TLS, behind a proxy with TLS, plain allowed → served, insecure, Secure cookie
        ("127.0.0.1:0", false, false, false, Some((false, false))),
        ("127.0.0.1:0", false, false, true,  Some((false, false))),
        ("127.0.0.1:0", false, true,  false, Some((false, true))),
        ("127.0.0.1:0", true,  false, false, Some((false, true))),
        ("[::1]:0",     false, false, false, Some((false, false))),
        ("0.0.0.0:0",   false, false, false, None),
        ("[::]:0",      false, false, false, None),
        ("0.0.0.0:0",   false, true,  false, None),
        ("0.0.0.0:0",   false, false, true,  Some((true,  false))),
        ("0.0.0.0:0",   false, true,  true,  Some((false, true))),
        ("0.0.0.0:0",   true,  false, false, Some((false, true))),
        ("0.0.0.0:0",   true,  false, true,  Some((false, true))),
    ];
    let town = Town::new().await;
    for (listen, own_tls, behind_tls, allow_plain_http, expected) in rows {
        let row = format!("{listen} tls {own_tls} behind {behind_tls} plain {allow_plain_http}");
        let mut options = HttpOptions::new(listen.parse().expect("an address"), "Vic");
        options.tls = if own_tls { tls() } else { None };
        options.behind_tls = behind_tls;
        options.allow_plain_http = allow_plain_http;
        let page = std::sync::Arc::new(super::pages::page);
        let bound = Http::bind(options, NoEngine, town.accounts.clone(), page).await;
        match (bound, expected) {
            (Err(HttpError::PlainHttp { .. }), None) => {}
            (Ok(http), Some(expected)) => assert_eq!(http.told(), expected, "{row}"),
            (bound, _) => panic!("{row}: {:?}", bound.map(|http| http.told())),
        }
    }
}
