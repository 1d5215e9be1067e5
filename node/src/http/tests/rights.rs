//! S9: every route with every role.

use alianza_shared::access::Role;
use serde_json::json;

use super::super::access::{Need, ROUTES};
use super::client::Ask;
use super::town::Town;

/// Who may, said a second time and in another way than in the code under test.
fn expected(need: Need, role: Role) -> bool {
    match need {
        Need::Public | Need::Signed | Need::Read => true,
        Need::Write => {
            matches!(role, Role::CoopOfficer | Role::SectorTech | Role::FinanceOfficer | Role::LegalOfficer)
        }
        Need::Pair => matches!(role, Role::NodeAdmin | Role::CoopOfficer),
        Need::People | Need::OwnAccount => role == Role::NodeAdmin,
    }
}

fn ask(method: &str, path: &str, user: &str) -> Ask {
    let path =
        path.replace("{circle}", &"05".repeat(32)).replace("{user}", user).replace("{id}", &"06".repeat(16));
    let ask = Ask::new(method, &path);
    if method == "GET" { ask } else { ask.json(json!({})) }
}

#[tokio::test]
async fn every_route_decides_for_every_role() {
    let town = Town::new().await;
    for role in Role::ALL {
        let token = town.program(role.code(), &[role]).await;
        for (method, path, need) in ROUTES {
            if *path == "/api/session" {
                continue;
            }
            let reply =
                ask(method, path, "somebody.else").with("authorization", &token).to(town.address).await;
            let let_in = reply.status != 403 && reply.status != 401;
            assert_eq!(let_in, expected(*need, role), "{method} {path} as {role}: {reply:?}");
        }
    }
}

#[tokio::test]
async fn without_signing_in_only_three_routes_answer() {
    let town = Town::new().await;
    for authorization in [
        "",
        "Bearer",
        "Bearer x",
        "Basic bWFydGE6eA==",
        "Bearer alianza_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
    ] {
        for (method, path, need) in ROUTES {
            let mut ask = ask(method, path, "marta");
            if !authorization.is_empty() {
                ask = ask.with("authorization", authorization);
            }
            let reply = ask.to(town.address).await;
            if *need == Need::Public {
                assert_ne!(reply.status, 401, "{method} {path}");
            } else {
                assert_eq!((reply.status, reply.code().as_str()), (401, "auth.required"), "{method} {path}");
            }
        }
    }
    assert!(town.asked().is_empty());
}

/// A person without any role sees, and manages the own account only.
#[tokio::test]
async fn people_manage_their_own_account() {
    let town = Town::new().await;
    let token = town.program("ana", &[]).await;
    town.add("marta", &[Role::NodeAdmin]).await;
    let own =
        ask("GET", "/api/people/{user}/access", "ana").with("authorization", &token).to(town.address).await;
    assert_eq!(own.json()["tokens"].as_array().expect("tokens").len(), 1);
    for (method, path, need) in ROUTES {
        if *need != Need::OwnAccount {
            continue;
        }
        let other = ask(method, path, "marta").with("authorization", &token).to(town.address).await;
        assert_eq!(other.status, 403, "{method} {path}");
        let encoded = ask(method, path, "m%61rta").with("authorization", &token).to(town.address).await;
        assert_eq!(encoded.status, 403, "{method} {path}");
    }
    // One's own password needs the present one, also for an administrator and however the name is written.
    let admin = town.token("marta").await;
    for user in ["marta", "MARTA", "m%61rta"] {
        let body = json!({"password": "otra mesa con seis patas"});
        let reply = Ask::post(&format!("/api/people/{user}/password"), body).with("authorization", &admin);
        assert_eq!(reply.to(town.address).await.code(), "auth.current", "{user}");
    }
    let body = json!({"password": "otra mesa con seis patas"});
    let reply =
        Ask::post("/api/people/ana/password", body).with("authorization", &admin).to(town.address).await;
    assert_eq!(reply.status, 204);
    assert_eq!(town.try_sign_in("ana", "otra mesa con seis patas").await.status, 200);
}

/// What the engine hears: who asks, what, and with which condition.
#[tokio::test]
async fn the_engine_hears_who_asks() {
    let town = Town::new().await;
    let token = town.program("marta", &[Role::SectorTech]).await;
    let heads = format!("{}, {}", "0a".repeat(32), "0b".repeat(32));
    let patch = Ask::new("PATCH", &format!("/api/documents/{}", "02".repeat(16)))
        .json(json!({"operations": [{"op": "set", "path": "/code", "value": "P1"}]}))
        .with("authorization", &token);
    assert_eq!(patch.to(town.address).await.status, 200);
    let stale = patch.clone().with("if-heads", &heads).to(town.address).await;
    assert_eq!((stale.status, stale.code().as_str()), (412, "heads.changed"));
    assert_eq!(patch.clone().with("if-heads", "abc").to(town.address).await.code(), "request.heads");
    let asked = town.asked();
    let crate::engine::handle::Request::Patch { if_heads: Some(if_heads), .. } = &asked[1].1 else {
        panic!("{asked:?}")
    };
    assert_eq!(if_heads.len(), 2);
    assert_eq!(asked[1].0.roles, [Role::SectorTech]);
    assert!(!asked[1].0.local_admin);
    assert_eq!(asked[1].0.person.hex(), town.accounts.person("marta").expect("known").person_ref);
}

/// The city card follows the accounts; the trail has what was done and by whom (S25).
#[tokio::test]
async fn new_people_reach_the_city_card_and_the_trail() {
    use crate::accounts::{Event, Record};
    let town = Town::new().await;
    let token = town.program("marta", &[Role::NodeAdmin]).await;
    let new = json!({"user": "ana", "name": "Ana Gil", "office": "Alcaldía", "roles": ["secretary"],
        "password": "seis sillas y una lámpara"});
    let made = Ask::post("/api/people", new).with("authorization", &token).to(town.address).await;
    assert_eq!(made.status, 200, "{made:?}");
    assert_eq!(made.json()["roles"], json!(["secretary"]));
    assert!(!String::from_utf8_lossy(&made.body).contains("argon2"));
    let asked = town.asked();
    let Some((caller, crate::engine::handle::Request::SetDirectory { people })) = asked.last() else {
        panic!("{asked:?}")
    };
    assert!(caller.local_admin && people.iter().any(|person| person.name == "Ana Gil"));
    let invited = Ask::post(&format!("/api/alliances/{}/invitations", "05".repeat(32)), json!({}));
    assert_eq!(invited.with("authorization", &token).to(town.address).await.status, 200);
    let records = town.log.records.lock().expect("not poisoned").clone();
    let last = Record::decode(records.last().expect("records")).expect("a record");
    assert_eq!(last.by, "marta");
    assert_eq!(last.event, Event::Audit { what: "invite.create".into(), detail: "01".repeat(32) });
    assert!(
        !records.iter().any(|record| String::from_utf8_lossy(record).contains("alianza://")),
        "no secret of it"
    );
}

/// D20: what a person has marked as seen is that person's alone, stays, and nothing else marks it.
#[tokio::test]
async fn marks_of_what_was_seen_are_one_persons_own() {
    let town = Town::new().await;
    let marta = town.program("marta", &[Role::Observer]).await;
    let ana = town.program("ana", &[Role::SectorTech]).await;
    let (doc, head) = ("02".repeat(16), "0a".repeat(32));
    let seen = async |token: &str| Ask::get("/api/seen").with("authorization", token).to(town.address).await;
    assert_eq!(seen(&marta).await.json()["documents"], json!({}));
    let put = async |body| {
        Ask::new("PUT", "/api/seen").json(body).with("authorization", &marta).to(town.address).await
    };
    let marked = put(json!({"documents": {&doc: [&head]}})).await;
    assert_eq!(marked.status, 200, "{marked:?}");
    assert_eq!(marked.json()["documents"][&doc], json!({"heads": [&head], "at_ms": 1_000_000}));
    assert_eq!(seen(&marta).await.json()["documents"][&doc]["heads"], json!([&head]));
    assert_eq!(seen(&ana).await.json()["documents"], json!({}));
    let wrong = [
        (json!({"documents": {"../x": [&head]}}), "seen.document"),
        (json!({"documents": {&doc: []}}), "seen.heads"),
        (json!({"documents": {&doc: ["x"]}}), "seen.heads"),
    ];
    for (body, code) in wrong {
        let reply = put(body).await;
        assert_eq!((reply.status, reply.code().as_str()), (400, code));
    }
    // The engine is told of what this person has seen, and of nobody else's.
    let news = format!("/api/documents/{doc}/news");
    for (token, first) in [(&marta, false), (&ana, true)] {
        let reply = Ask::get(&news).with("authorization", token).to(town.address).await;
        assert_eq!(reply.json()["first"], json!(first), "{reply:?}");
    }
    let timeline = format!("/api/documents/{doc}/timeline?parts=true&limit=7&zone=-300");
    assert_eq!(Ask::get(&timeline).with("authorization", &ana).to(town.address).await.status, 200);
    let asked = town.asked();
    let Some((
        _,
        crate::engine::handle::Request::Timeline { parts: true, limit: Some(7), minutes_east: -300, .. },
    )) = asked.last()
    else {
        panic!("{asked:?}")
    };
    let cookie = town.browser("eva", &[Role::Observer]).await;
    let foreign = Ask::new("PUT", "/api/seen").json(json!({"documents": {}})).with("cookie", &cookie);
    let foreign = foreign.with("sec-fetch-site", "cross-site").to(town.address).await;
    assert_eq!(foreign.status, 403, "another site marks nothing (S6)");
}
