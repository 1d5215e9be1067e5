//! What stands at the node's doors: folder, key, sessions, hosts and origins, rights, bad input.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::{Duration, Instant};

use alianza_tests::client::{set, splice};
use alianza_tests::cluster::new_person;
use alianza_tests::live::LiveClient;
use alianza_tests::{Client, Cluster, Node, fixture};
use anyhow::{Context, Result};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A start that must fail, with what its log says.
async fn refused_start(node: &mut Node) -> Result<String> {
    let mark = node.log_mark();
    let error = node.start().await.expect_err("it must not start");
    println!("{error}");
    let log = node.log_text().split_off(mark);
    assert!(!log.contains("panicked"), "{log}");
    assert!(log.lines().count() <= 6, "one sentence and the next step: {log}");
    Ok(log)
}

/// Data folders: the lock, the format version, the key's mode (S14).
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_is_opened_once_by_a_program_that_knows_it_with_a_private_key() -> Result<()> {
    let mut cluster = Cluster::strangers(1).await?;
    let node = &mut cluster.nodes[0];
    let second = node.run(&["serve"], None).await?;
    assert!(!second.ok() && !second.stderr.trim().is_empty(), "{}", second.text());
    println!("second serve: {}", second.stderr.trim());
    node.stop().await?;

    let format = node.data.join("format");
    let before = fs::read_to_string(&format)?;
    fs::write(&format, "99\n")?;
    refused_start(node).await?;
    fs::write(&format, before)?;

    let key = node.data.join("identity").join("node.key");
    assert_eq!(fs::metadata(&key)?.permissions().mode() & 0o777, 0o600);
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644))?;
    refused_start(node).await?;
    fs::set_permissions(&key, fs::Permissions::from_mode(0o600))?;
    node.start().await?;

    let secret = fs::read_to_string(&key)?;
    let password = node.admin_password.clone();
    for word in [secret.trim(), password.as_str(), cluster.people[0].token.as_str()] {
        assert!(!cluster.nodes[0].log_text().contains(word), "a secret is in the log");
    }
    cluster.stop().await
}

/// Every command works while the node runs and while it does not.
#[tokio::test(flavor = "multi_thread")]
async fn commands_work_while_the_node_runs_and_while_it_does_not() -> Result<()> {
    let mut cluster = Cluster::alliance(1).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    cluster.settled(&[0]).await?;
    let circle = cluster.circle.clone();
    let commands: Vec<Vec<&str>> = vec![
        vec!["status"],
        vec!["alliance", "list"],
        vec!["alliance", "members", "--circle", &circle],
        vec!["invite", "list", "--circle", &circle],
        vec!["user", "list"],
        vec!["doc", "list"],
        vec!["doc", "show", &programme.id],
        vec!["doc", "history", &programme.id],
    ];
    let mut running = Vec::new();
    for command in &commands {
        running.push(cluster.nodes[0].json(command).await?);
        let output = cluster.nodes[0].run(command, None).await?;
        assert!(output.ok() && !output.stdout.trim().is_empty(), "{command:?} for people: {}", output.text());
    }
    cluster.nodes[0].stop().await?;
    for (command, before) in commands.iter().zip(running) {
        let after = cluster.nodes[0].json(command).await.with_context(|| format!("stopped: {command:?}"))?;
        if command[0] == "doc" {
            assert_eq!(after, before, "{command:?}");
        }
    }
    for command in
        ["init", "serve", "status", "alliance", "invite", "join", "admit", "user", "doc", "verify", "demo"]
    {
        let help = cluster.nodes[0].run(&[command, "--help"], None).await?;
        assert!(help.ok() && help.stdout.len() > 40, "{command} --help");
    }
    let wrong = cluster.nodes[0].run(&["doc", "show", "00"], None).await?;
    assert!(!wrong.ok() && wrong.stderr.lines().count() <= 3, "{}", wrong.text());
    Ok(())
}

/// S6, S7, S9: hosts, origins, headers, no session.
#[tokio::test(flavor = "multi_thread")]
async fn foreign_hosts_and_origins_get_nothing() -> Result<()> {
    let mut cluster = Cluster::strangers(1).await?;
    let node = &cluster.nodes[0];
    let base = format!("http://127.0.0.1:{}", node.page);
    let signed = Client::sign_in(&base, "editora", &cluster.people[0].password).await?;
    for host in ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example:80", "169.254.169.254"] {
        for path in ["/", "/api/status", "/api/session"] {
            let (status, ..) = signed.raw(Method::GET, path, &[("host", host)], None).await?;
            assert!(status.is_client_error(), "{host} {path}: {status}");
        }
    }
    let body = || Some(json!({"name": "Falsa"}).to_string().into_bytes());
    let own = base.as_str();
    for origin in ["http://evil.example", "null", "http://127.0.0.1:1", "https://127.0.0.1", "file://"] {
        let headers = [("origin", origin), ("sec-fetch-site", "cross-site")];
        let bare = Client::new(cluster.nodes[0].page, "");
        let cookie = signed.cookie_header().context("a cookie")?;
        let headers = [headers[0], headers[1], ("cookie", cookie.as_str())];
        let (status, ..) = bare.raw_without_origin(Method::POST, "/api/alliances", &headers, body()).await?;
        assert_eq!(status, StatusCode::FORBIDDEN, "{origin}");
    }
    let status: Value = signed.get("/api/status").await?;
    assert_eq!(status["alliances"], json!([]), "nothing was made from {own}");

    let anonymous = Client::new(cluster.nodes[0].page, "");
    for path in ["/", "/healthz", "/api/openapi.json", "/api/status", "/api/documents", "/nada", "/api/nada"]
    {
        let (status, headers, body) = anonymous.raw(Method::GET, path, &[], None).await?;
        for (name, part) in [
            ("content-security-policy", "default-src 'none'"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
        ] {
            let value = headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
            assert!(value.contains(part), "{path}: {name} is {value:?}");
        }
        let open = ["/", "/healthz", "/api/openapi.json", "/nada"].contains(&path);
        if !open {
            assert!([StatusCode::UNAUTHORIZED, StatusCode::NOT_FOUND].contains(&status), "{path}: {status}");
            let error: Value = serde_json::from_slice(&body)?;
            assert!(error["code"].is_string() && error["message"].is_string(), "{path}: {error}");
        }
    }
    cluster.stop().await
}

/// S9: every path of the description refuses who has no session.
#[tokio::test(flavor = "multi_thread")]
async fn every_described_route_wants_a_session() -> Result<()> {
    let mut cluster = Cluster::strangers(1).await?;
    let anonymous = Client::new(cluster.nodes[0].page, "");
    let description: Value = anonymous.get("/api/openapi.json").await?;
    let paths = description["paths"].as_object().context("paths")?;
    assert!(paths.len() >= 15, "only {} paths are described", paths.len());
    let mut tried = 0;
    for (path, methods) in paths {
        for method in methods.as_object().context("methods")?.keys() {
            let open = path == "/healthz" || path.ends_with("openapi.json") || path == "/api/session";
            let Ok(method) = method.to_uppercase().parse::<Method>() else { continue };
            if open || path.contains("/live") {
                continue;
            }
            let real = path
                .replace("{circle}", &"0".repeat(64))
                .replace("{id}", &"0".repeat(32))
                .replace("{user}", "x");
            let body = (method != Method::GET).then(|| b"{}".to_vec());
            let (status, ..) = anonymous.raw(method.clone(), &real, &[], body).await?;
            assert_eq!(status, StatusCode::UNAUTHORIZED, "{method} {real}");
            tried += 1;
        }
    }
    println!("{tried} routes");
    cluster.stop().await
}

/// Domain §3.2, S8, S9: what a person may, and that a disabled one is out within a second.
#[tokio::test(flavor = "multi_thread")]
async fn people_have_the_rights_of_their_roles() -> Result<()> {
    let mut cluster = Cluster::alliance(1).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    let mut denied = Vec::new();
    for role in ["node_admin", "observer", "local_actor"] {
        let person = new_person(&cluster.nodes[0], role, &[role]).await?;
        let client = Client::new(cluster.nodes[0].page, &person.token);
        let read = client.document(&programme.id).await;
        let refusal = client.set(&programme.id, "/code", json!("NO")).await.expect_err(role);
        println!("{role}: reads: {}, writes: {refusal}", read.is_ok());
        assert_eq!(refusal.status, 403, "{refusal}");
        denied.push(client);
    }
    let observer = &denied[1];
    assert!(observer.create(&cluster.circle, "programme", json!({})).await.is_err());
    assert!(observer.post::<Value>("/api/people", json!({})).await.is_err());
    assert!(client.get::<Value>("/api/people").await.is_err(), "people are for the administration");

    let person = new_person(&cluster.nodes[0], "carla", &["coop_officer"]).await?;
    let carla = Client::new(cluster.nodes[0].page, &person.token);
    let mut tab = LiveClient::connect(&carla).await?;
    tab.open(programme.context.parse()?, true).await?;
    let disabled = cluster.nodes[0].run(&["user", "disable", "carla"], None).await?;
    assert!(disabled.ok(), "{}", disabled.text());
    let start = Instant::now();
    while tab.next(Duration::from_secs(5)).await.is_ok() {}
    assert!(start.elapsed() < Duration::from_millis(1_500), "her socket stayed open {:?}", start.elapsed());
    assert_eq!(carla.status().await.expect_err("her token is dead").status, 401);
    cluster.stop().await
}

/// Bad input is refused with a code and a sentence, and changes nothing.
#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_told_in_a_sentence_and_changes_nothing() -> Result<()> {
    let mut cluster = Cluster::alliance(1).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    let before = client.document(&programme.id).await?;
    let id = &programme.id;
    let mut cases = vec![
        ("PB01", client.set(id, &programme.funder_cell(2026), json!(-5)).await.err()),
        ("PB03", client.set(id, &programme.funder_cell(2099), json!(5)).await.err()),
        ("AC02", client.set(id, &programme.activity_field("planned_end"), json!("2020-01-01")).await.err()),
        ("AC05", client.set(id, &programme.activity_field("progress_pct"), json!(101)).await.err()),
    ];
    let any = "";
    cases.push((any, client.set(id, "/nada/de/esto", json!(1)).await.err()));
    cases.push((any, client.patch(id, &[splice("/general_objective", 9_999, 0, "x")]).await.err()));
    cases.push((any, client.patch(id, &[splice("/general_objective", 0, 9_999, "x")]).await.err()));
    // All or none: the first of these would be good.
    let both = [set("/code", json!("A")), set(&programme.funder_cell(2026), json!(-1))];
    cases.push(("PB01", client.patch(id, &both).await.err()));
    cases.push((any, client.set(&"0".repeat(32), "/code", json!("x")).await.err()));
    cases.push((any, client.set("zz", "/code", json!("x")).await.err()));
    cases.push((
        "heads.changed",
        client.patch_if(id, &["00".repeat(32)], &[set("/code", json!("x"))]).await.err(),
    ));
    cases.push((any, client.create(&cluster.circle, "nada", json!({})).await.err()));
    for (code, refusal) in cases {
        let refusal = refusal.with_context(|| format!("{code} was accepted"))?;
        println!("{code}: {refusal}");
        assert!((400..500).contains(&refusal.status), "{refusal}");
        assert!(code.is_empty() || refusal.code == code, "{code}: {refusal}");
        assert!(!refusal.code.is_empty() && refusal.message.contains(' '), "{refusal}");
    }
    for body in [&b"{"[..], b"[]", b"", &vec![b' '; 3 << 20]] {
        let path = format!("/api/documents/{id}");
        match client.raw(Method::PATCH, &path, &[], Some(body.to_vec())).await {
            Ok((status, _, answer)) => {
                assert!(status.is_client_error(), "{status}");
                println!("{status} {}", String::from_utf8_lossy(&answer));
            }
            Err(refusal) => assert!(body.len() > 1 << 20, "cut off: {refusal}"),
        }
    }
    let after = client.document(id).await?;
    assert_eq!((after.heads, after.content), (before.heads, before.content));
    cluster.assert_alive();
    cluster.stop().await
}

/// The long poll tells of a change of a partner, and of nothing else.
#[tokio::test(flavor = "multi_thread")]
async fn a_program_that_waits_hears_of_changes() -> Result<()> {
    let mut cluster = Cluster::alliance(2).await?;
    let (client, other) = (cluster.client(0), cluster.client(1));
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    cluster.settled(&[0, 1]).await?;
    let mut cursor = client.changes(0, 0).await?.cursor;
    while let quiet = client.changes(cursor, 1).await?
        && !(quiet.documents.is_empty() && quiet.circles.is_empty())
    {
        cursor = quiet.cursor;
    }
    let waiting = {
        let client = client.clone();
        tokio::spawn(async move { client.changes(cursor, 30).await })
    };
    let start = Instant::now();
    other.set(&programme.id, "/code", json!("P-2")).await?;
    let heard = waiting.await??;
    assert!(heard.reset || heard.documents.contains(&programme.id), "{heard:?}");
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    cluster.stop().await
}
