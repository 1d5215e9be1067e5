//! Signing in and out over HTTP.

use std::sync::atomic::Ordering;

use alianza_shared::access::Role;
use serde_json::json;

use super::super::server::{Http, HttpError};
use super::super::{HttpOptions, slug};
use super::client::Ask;
use super::town::{PASSWORD, Town};
use crate::accounts::SESSION_IDLE_MS;

/// S5: what the cookie is like; a new id at every sign-in; gone after signing out.
#[tokio::test]
async fn a_session_is_one_strict_cookie() {
    let town = Town::new().await;
    town.add("marta", &[Role::CoopOfficer]).await;
    let reply = town.try_sign_in(" Marta ", PASSWORD).await;
    assert_eq!(reply.status, 200);
    let set = reply.header("set-cookie").expect("a cookie");
    let (pair, attributes) = set.split_once("; ").expect("attributes");
    let (name, value) = pair.split_once('=').expect("a value");
    assert_eq!(name, "alianza_sant-cugat-del-valles", "several nodes share a host");
    assert_eq!(value.len(), 43, "256 bits");
    assert_eq!(attributes, "Path=/; HttpOnly; SameSite=Strict");
    assert_eq!(reply.json()["city"]["name"], "Sant Cugat del Vallès");
    assert_eq!(reply.json()["person"]["user"], "marta");
    assert_eq!(reply.json()["insecure"], false);

    let other = town.sign_in("marta").await;
    assert_ne!(other, pair);
    let cookies = format!("alianza_tarija=abc; {pair}; x=y");
    let current = Ask::get("/api/session").with("cookie", &cookies).to(town.address).await;
    assert_eq!((current.status, &current.json()["person"]["user"]), (200, &json!("marta")));
    let out = Ask::new("DELETE", "/api/session").with("cookie", pair).with("origin", &town.origin());
    let out = out.to(town.address).await;
    assert_eq!(out.status, 204);
    assert!(out.header("set-cookie").expect("taken back").contains("Max-Age=0"));
    assert_eq!(Ask::get("/api/session").with("cookie", pair).to(town.address).await.status, 401);
    assert_eq!(Ask::get("/api/session").with("cookie", &other).to(town.address).await.status, 200);
    town.now_ms.fetch_add(SESSION_IDLE_MS, Ordering::SeqCst);
    assert_eq!(Ask::get("/api/session").with("cookie", &other).to(town.address).await.status, 401, "idle");
}

/// S5: questions that a page asks by itself do not keep an unattended session open.
#[tokio::test]
async fn only_use_keeps_a_session_open() {
    let town = Town::new().await;
    let cookie = town.browser("marta", &[]).await;
    let status = Ask::get("/api/status").with("cookie", &cookie);
    let documents = Ask::get("/api/documents").with("cookie", &cookie);
    town.now_ms.fetch_add(SESSION_IDLE_MS - 1, Ordering::SeqCst);
    assert_eq!(documents.to(town.address).await.status, 200);
    // The use is written down in the background, with the time of writing: let that happen before time passes.
    for _ in 0..200 {
        tokio::task::spawn_blocking(std::thread::yield_now).await.expect("the pool runs");
    }
    town.now_ms.fetch_add(SESSION_IDLE_MS - 1, Ordering::SeqCst);
    assert_eq!(status.to(town.address).await.status, 200, "it was used in between");
    town.now_ms.fetch_add(1, Ordering::SeqCst);
    assert_eq!(documents.to(town.address).await.status, 401, "the status was asked, but nobody was there");
}

/// S5: behind TLS the cookie is `__Host-` and `Secure`, and origins are https.
#[tokio::test]
async fn behind_tls_the_cookie_is_bound_to_the_host() {
    let town = Town::with(|options| {
        options.behind_tls = true;
        options.allowed_hosts = vec!["alianza.example.org".into()];
    })
    .await;
    town.add("marta", &[]).await;
    let ask = Ask::post("/api/session", json!({"user": "marta", "password": PASSWORD}))
        .with("host", "alianza.example.org");
    let plain = ask.clone().with("origin", "http://alianza.example.org").to(town.address).await;
    assert_eq!(plain.code(), "origin.foreign");
    let reply = ask.with("origin", "https://alianza.example.org").to(town.address).await;
    let set = reply.header("set-cookie").expect("a cookie");
    assert!(
        set.starts_with("__Host-alianza_") && set.ends_with("Path=/; HttpOnly; SameSite=Strict; Secure"),
        "{set}"
    );
    let unbound = set.split(';').next().expect("a pair").trim_start_matches("__Host-").to_owned();
    let tossed = Ask::get("/api/session").with("cookie", &unbound).to(town.address).await;
    assert_eq!(tossed.status, 401, "a neighbour's cookie does not count");
}

/// S5, S29: off loopback nothing is served in the clear unless that is wanted; then the page says so.
#[tokio::test]
async fn outside_this_machine_plain_http_must_be_allowed() {
    let outside: HttpOptions = HttpOptions::new("0.0.0.0:0".parse().expect("an address"), "Palencia");
    let town = Town::new().await;
    let page = std::sync::Arc::new(super::pages::page);
    let backend = NoEngine;
    let refused = Http::bind(outside, backend, town.accounts.clone(), page).await.err().expect("refused");
    assert!(matches!(refused, HttpError::PlainHttp { .. }));
    assert!(refused.to_string().contains("allow_plain_http"));

    let mut town = Town::with(|options| {
        options.listen = "0.0.0.0:0".parse().expect("an address");
        options.allow_plain_http = true;
    })
    .await;
    town.address = ([127, 0, 0, 1], town.address.port()).into();
    town.add("marta", &[]).await;
    let reply = town.try_sign_in("marta", PASSWORD).await;
    assert_eq!(reply.json()["insecure"], true, "the page shows a banner");
}

#[derive(Clone)]
pub(super) struct NoEngine;

impl super::super::Backend for NoEngine {
    async fn call(
        &self,
        _: &crate::engine::handle::Caller,
        _: crate::engine::handle::Request,
    ) -> Result<crate::engine::handle::Response, alianza_shared::api::ApiError> {
        unreachable!("never served")
    }

    async fn attach(
        &self,
        _: &crate::engine::handle::Caller,
    ) -> Result<crate::engine::handle::LiveSession, alianza_shared::api::ApiError> {
        unreachable!("never served")
    }
}

/// S4: the same answer for an unknown user, a wrong password and a closed account, then a wait that is told.
#[tokio::test]
async fn guessing_learns_nothing_and_is_slowed_down() {
    let town = Town::new().await;
    town.add("admin", &[Role::NodeAdmin]).await;
    town.add("marta", &[]).await;
    town.add("cerrada", &[]).await;
    town.accounts.disable(crate::accounts::By::Operator, "cerrada").await.expect("closed");
    let mut answers = Vec::new();
    for user in ["marta", "nadie", "cerrada", "", "marta\r\nx", &"m".repeat(10_000)] {
        let password = if user == "cerrada" { PASSWORD } else { "no es la buena" };
        let mut reply = town.try_sign_in(user, password).await;
        assert_eq!(reply.status, 401);
        reply.headers.retain(|(name, _)| name != "date");
        answers.push((reply.headers, reply.body));
    }
    assert!(answers.windows(2).all(|two| two[0] == two[1]), "byte for byte");
    for _ in 0..4 {
        town.try_sign_in("marta", "no es la buena").await;
    }
    let slowed = town.try_sign_in("marta", PASSWORD).await;
    assert_eq!((slowed.status, slowed.code().as_str()), (429, "auth.throttled"));
    assert_eq!(slowed.header("retry-after"), Some("1"));
    town.now_ms.fetch_add(1_000, Ordering::SeqCst);
    assert_eq!(town.try_sign_in("marta", PASSWORD).await.status, 200, "never for good");
}

/// S4: behind our proxy people are told apart by the address the proxy has seen, not by what they claim.
#[tokio::test]
async fn sources_are_told_apart_behind_a_proxy() {
    for (behind_tls, expected) in [(true, "203.0.113.7"), (false, "127.0.0.1")] {
        let town = Town::with(|options| options.behind_tls = behind_tls).await;
        town.add("marta", &[]).await;
        let ask = Ask::post("/api/session", json!({"user": "marta", "password": PASSWORD}));
        let ask =
            ask.with("x-forwarded-for", "10.0.0.1").with("x-forwarded-for", "198.51.100.1, 203.0.113.7");
        assert_eq!(ask.to(town.address).await.status, 200);
        assert_eq!(town.accounts.access("marta").expect("known").sessions[0].source, expected);
    }
}

/// A token that is no good is not made up for by a cookie; tokens do not work as cookies.
#[tokio::test]
async fn one_credential_counts() {
    let town = Town::new().await;
    let cookie = town.browser("marta", &[]).await;
    let both = Ask::get("/api/session").with("cookie", &cookie).with("authorization", "Bearer alianza_x");
    assert_eq!(both.to(town.address).await.status, 401);
    let token = town.token("marta").await;
    let name = cookie.split('=').next().expect("a name");
    let swapped = format!("{name}={}", token.trim_start_matches("Bearer "));
    assert_eq!(Ask::get("/api/session").with("cookie", &swapped).to(town.address).await.status, 401);
    let made = Ask::post("/api/people/marta/token", json!({"name": "informes"})).with("cookie", &cookie);
    let made = made.with("origin", &town.origin()).to(town.address).await.json();
    let bearer = format!("Bearer {}", made["token"].as_str().expect("a token"));
    assert_eq!(Ask::get("/api/session").with("authorization", &bearer).to(town.address).await.status, 200);
    let path = format!("/api/people/marta/tokens/{}", made["id"].as_str().expect("an id"));
    let gone = Ask::new("DELETE", &path)
        .with("cookie", &cookie)
        .with("origin", &town.origin())
        .to(town.address)
        .await;
    assert_eq!(gone.status, 204);
    assert_eq!(Ask::get("/api/session").with("authorization", &bearer).to(town.address).await.status, 401);
}

#[test]
fn city_names_become_cookie_names() {
    for (name, expected) in [
        ("Jaén", "jaen"),
        ("Azuqueca de Henares", "azuqueca-de-henares"),
        ("Sant Cugat del Vallès", "sant-cugat-del-valles"),
        ("L'Hospitalet / Llobregat;", "l-hospitalet-llobregat"),
        ("東京", "ciudad"),
    ] {
        assert_eq!(slug(name), expected);
    }
}
