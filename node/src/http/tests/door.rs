//! What is refused before any handler sees it, and the headers on every answer.

use alianza_shared::access::Role;
use axum::routing::get;
use serde_json::json;

use super::super::access::ROUTES;
use super::super::{BODY_MAX_BYTES, HEADER_MAX_BYTES, router};
use super::client::{Ask, Reply, Wire};
use super::town::Town;

/// S6: names that are not ours are refused, whoever asks: DNS rebinding.
#[tokio::test]
async fn foreign_hosts_are_refused() {
    let town =
        Town::with(|options| options.allowed_hosts = vec!["alianza.example.org".into(), "nodo:8443".into()])
            .await;
    let token = town.program("marta", &[Role::CoopOfficer]).await;
    let port = town.address.port();
    let foreign = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        format!("localhost.evil.example:{port}"),
        format!("127.0.0.1.evil.example:{port}"),
        format!("127.0.0.2:{port}"),
        format!("0.0.0.0:{port}"),
        format!("169.254.169.254:{port}"),
        format!("2130706433:{port}"),
        format!("0x7f.1:{port}"),
        format!("127.1:{port}"),
        format!("[::2]:{port}"),
        format!("[::ffff:7f00:1]:{port}"),
        format!("localhost.:{port}"),
        format!("user@localhost:{port}"),
        format!("localhost:{}", port ^ 1),
        format!("localhost:0{port}0"),
        "localhost".into(),
        "127.0.0.1".into(),
        "localhost:".into(),
        "localhost:http".into(),
        format!("localhost:{port}:{port}"),
        format!(" evil.example:{port}"),
        "alianza.example.org:1".into(),
        "xalianza.example.org".into(),
        "alianza.example.org.evil.example".into(),
        "nodo".into(),
        format!("nodo:{port}"),
        "".into(),
        "null".into(),
        "*".into(),
    ];
    assert_eq!(foreign.len(), 30);
    for host in foreign {
        for ask in
            [Ask::get("/"), Ask::get("/healthz"), Ask::get("/api/status"), Ask::post("/api/join", json!({}))]
        {
            let reply = ask.clone().with("host", &host).with("authorization", &token).to(town.address).await;
            assert_eq!(reply.status, 403, "{host}: {ask:?}");
            assert_eq!(reply.code(), "host.unknown", "{host}");
        }
    }
    let own = [
        format!("localhost:{port}"),
        format!("LOCALHOST:{port}"),
        format!("127.0.0.1:{port}"),
        format!("[::1]:{port}"),
        "alianza.example.org".into(),
        "Alianza.example.org".into(),
        format!("alianza.example.org:{port}"),
        "nodo:8443".into(),
    ];
    for host in own {
        let reply =
            Ask::get("/api/status").with("host", &host).with("authorization", &token).to(town.address).await;
        assert_eq!(reply.status, 200, "{host}");
    }
    assert!(town.asked().iter().all(|(_, request)| !format!("{request:?}").contains("Join")));
}

/// S6: one Host, no more; and none in the request line.
#[tokio::test]
async fn a_request_has_exactly_one_host() {
    let town = Town::new().await;
    let own = town.address.to_string();
    let two = Ask::get("/healthz").with("host", &own).with("host", "evil.example").to(town.address).await;
    assert_eq!(two.status, 403);
    for head in [
        "GET /healthz HTTP/1.1\r\n\r\n".to_owned(),
        "GET /healthz HTTP/1.0\r\n\r\n".to_owned(),
        format!("GET http://evil.example/healthz HTTP/1.1\r\nhost: {own}\r\n\r\n"),
    ] {
        let mut wire = Wire::open(town.address).await;
        wire.write(head.as_bytes()).await;
        let reply = wire.reply("GET").await.expect("a reply");
        assert!(reply.status == 403 || reply.status == 400, "{head}: {reply:?}");
    }
}

/// S6: what another page makes a browser send is refused before anything happens.
#[tokio::test]
async fn foreign_origins_are_refused() {
    let town = Town::new().await;
    let cookie = town.browser("marta", &[Role::CoopOfficer, Role::NodeAdmin]).await;
    let own = town.address;
    let foreign = [
        "https://evil.example".to_owned(),
        "http://evil.example".into(),
        format!("http://evil.example:{}", own.port()),
        format!("http://{own}.evil.example"),
        format!("http://evil.example/{own}"),
        format!("http://user@{own}"),
        format!("http://{own}/"),
        format!("http://{own} "),
        "null".into(),
        "".into(),
        "*".into(),
        own.to_string(),
        format!("//{own}"),
        format!("ftp://{own}"),
        format!("file://{own}"),
        format!("ws://{own}"),
        format!("chrome-extension://{own}"),
        format!("http://127.0.0.1:{}", own.port() ^ 1),
        "http://127.0.0.1".into(),
        format!("http://localhost:{}", own.port()),
        format!("http://[::1]:{}", own.port()),
        format!("http://127.0.0.1:0{}", own.port()),
        format!("http://{own},http://evil.example"),
        format!("http://{own} http://evil.example"),
    ];
    let before = town.asked().len();
    for origin in foreign.iter().filter(|origin| !origin.ends_with(' ')) {
        for (method, path) in
            [("POST", "/api/alliances"), ("DELETE", "/api/session"), ("POST", "/api/session")]
        {
            let ask = Ask::new(method, path).json(json!({"name": "x", "user": "marta", "password": "x"}));
            let reply = ask.with("origin", origin).with("cookie", &cookie).to(own).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (403, "origin.foreign"),
                "{method} {path} {origin}"
            );
        }
    }
    for site in ["cross-site", "same-site", "", "SAME-ORIGIN", "same-origin, cross-site"] {
        for (method, path) in [("POST", "/api/alliances"), ("GET", "/api/documents"), ("GET", "/api/changes")]
        {
            let ask = Ask::new(method, path).with("sec-fetch-site", site).with("cookie", &cookie);
            let ask = if method == "POST" { ask.json(json!({"name": "x"})) } else { ask };
            let reply = ask.with("origin", &format!("http://{own}")).to(own).await;
            assert_eq!(
                (reply.status, reply.code().as_str()),
                (403, "origin.foreign"),
                "{site} {method} {path}"
            );
        }
    }
    assert_eq!(town.asked().len(), before, "nothing of it reached the engine");
    let two = Ask::post("/api/alliances", json!({"name": "x"}))
        .with("origin", &format!("http://{own}"))
        .with("origin", "https://evil.example");
    assert_eq!(two.with("cookie", &cookie).to(own).await.status, 403);

    let ours = Ask::post("/api/alliances", json!({"name": "x"}))
        .with("origin", &format!("http://{own}"))
        .with("sec-fetch-site", "same-origin");
    assert_eq!(ours.with("cookie", &cookie).to(own).await.status, 200);
    let program =
        Ask::post("/api/alliances", json!({"name": "x"})).with("authorization", &town.token("marta").await);
    assert_eq!(program.to(own).await.status, 200, "programs have no origin");
}

/// S6: only JSON changes anything: a form of another page cannot send it without asking first.
#[tokio::test]
async fn other_content_types_change_nothing() {
    let town = Town::new().await;
    let cookie = town.browser("marta", &[Role::CoopOfficer]).await;
    let before = town.asked().len();
    for kind in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain; application/json",
        "application/jsonp",
        "application/json-patch+json",
        "",
    ] {
        let ask =
            Ask::new("POST", "/api/alliances").bytes(b"{\"name\":\"x\"}".to_vec()).with("content-type", kind);
        assert_eq!(ask.with("cookie", &cookie).to(town.address).await.status, 415, "{kind}");
    }
    let without = Ask::new("POST", "/api/alliances").bytes(b"{\"name\":\"x\"}".to_vec());
    assert_eq!(without.with("cookie", &cookie).to(town.address).await.status, 415);
    assert_eq!(town.asked().len(), before);
    let charset = Ask::new("POST", "/api/alliances").bytes(b"{\"name\":\"x\"}".to_vec());
    let charset = charset.with("content-type", "Application/JSON; charset=utf-8").with("cookie", &cookie);
    assert_eq!(charset.to(town.address).await.status, 200);
    let nothing =
        Ask::new("POST", &format!("/api/alliances/{}/leave", "05".repeat(32))).with("cookie", &cookie);
    assert_eq!(nothing.to(town.address).await.status, 204, "no body, no type");
}

fn assert_headers(what: &str, reply: &Reply, is_api: bool) {
    let csp =
        reply.header("content-security-policy").unwrap_or_else(|| panic!("{what}: no CSP in {reply:?}"));
    for part in [
        "default-src 'none'",
        "script-src 'self' 'wasm-unsafe-eval'",
        "style-src 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "require-trusted-types-for 'script'",
    ] {
        assert!(csp.contains(part), "{what}: {part}");
    }
    assert!(!csp.contains("unsafe-inline") && !csp.contains('\n') && !csp.contains("  "), "{what}: {csp}");
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(reply.header(name), Some(value), "{what}");
    }
    if is_api {
        assert_eq!(reply.header("cache-control"), Some("no-store"), "{what}");
    }
    assert!(reply.header("access-control-allow-origin").is_none(), "{what}");
    if reply.status >= 400 {
        let error = reply.json();
        assert!(error["code"].is_string() && error["message"].is_string(), "{what}: {error}");
    }
}

/// S7: every route, every sort of answer.
#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let town = Town::new().await;
    let token = town.program("marta", &Role::ALL).await;
    for (method, path, _) in ROUTES {
        let path = path
            .replace("{circle}", &"05".repeat(32))
            .replace("{user}", "nadie")
            .replace("{id}", &"06".repeat(16));
        let ask = Ask::new(method, &path);
        let ask = if *method == "GET" { ask } else { ask.json(json!({})) };
        assert_headers(&format!("{method} {path} unsigned"), &ask.to(town.address).await, true);
        // Signing out ends the token that asks.
        let signed = if *method == "DELETE" { ask } else { ask.with("authorization", &token) };
        assert_headers(&format!("{method} {path} signed"), &signed.to(town.address).await, true);
    }
    for (method, path, status) in [
        ("GET", "/api", 404),
        ("GET", "/api/", 404),
        ("GET", "/api/nothing/here", 404),
        ("PUT", "/api/status", 405),
        ("OPTIONS", "/api/status", 405),
        ("GET", "/api/alliances/%ff", 401),
        ("POST", "/", 405),
        ("GET", "/", 200),
        ("GET", "/programas/123", 200),
        ("GET", "/assets/missing.js", 404),
    ] {
        let reply = Ask::new(method, path).to(town.address).await;
        assert_eq!(reply.status, status, "{method} {path}");
        assert_headers(&format!("{method} {path}"), &reply, path.starts_with("/api"));
    }
    let odd = Ask::get("/api/alliances/%ff").with("authorization", &token).to(town.address).await;
    assert_eq!(odd.status, 400);
    assert_headers("a path that is no UTF-8", &odd, true);
    let refused = Ask::get("/").with("host", "evil.example").to(town.address).await;
    assert_headers("a foreign host", &refused, false);
}

/// S26: a panic is one 500 that says nothing; the node goes on.
#[tokio::test]
async fn a_panic_is_one_bad_answer() {
    async fn broken() -> &'static str {
        panic!("secreto de la casa")
    }
    let town = Town::with_routes(|_| {}, |app| router::around([("/healthz", get(broken))], app)).await;
    for _ in 0..3 {
        let reply = Ask::get("/healthz").to(town.address).await;
        assert_eq!((reply.status, reply.code().as_str()), (500, "internal"));
        assert!(!String::from_utf8_lossy(&reply.body).contains("secreto"));
        assert_headers("a panic", &reply, true);
    }
    let town = Town::new().await;
    let token = town.program("marta", &[Role::CoopOfficer]).await;
    let mut wire = Wire::open(town.address).await;
    for (path, status) in [("/api/documents?kind=panic", 500), ("/api/documents", 200), ("/healthz", 200)] {
        let ask = Ask::get(path).with("authorization", &token);
        wire.write(ask.head(town.address).as_bytes()).await;
        assert_eq!(wire.reply("GET").await.expect("on one connection").status, status, "{path}");
    }
}

/// S9: a route that nobody decided on answers nobody, not even a signed-in administrator.
#[tokio::test]
async fn routes_outside_the_table_are_closed() {
    let hidden = |app| router::around([("/api/hidden", get(async || "abierto"))], app);
    let town = Town::with_routes(|_| {}, hidden).await;
    let token = town.program("marta", &Role::ALL).await;
    let reply = Ask::get("/api/hidden").with("authorization", &token).to(town.address).await;
    assert_eq!((reply.status, reply.code().as_str()), (405, "request.method"));
}

/// S30: sizes.
#[tokio::test]
async fn what_is_too_large_is_refused_and_the_node_goes_on() {
    let town = Town::new().await;
    let token = town.program("marta", &[Role::CoopOfficer]).await;
    let name = "x".repeat(BODY_MAX_BYTES);
    let large = Ask::post("/api/alliances", json!({ "name": name })).with("authorization", &token);
    assert_eq!(large.to(town.address).await.status, 413);
    let fits = Ask::post("/api/alliances", json!({ "name": &name[..BODY_MAX_BYTES - 100] }));
    assert_eq!(fits.with("authorization", &token).to(town.address).await.status, 200);

    let head = Ask::get("/healthz").with("x-long", &"x".repeat(HEADER_MAX_BYTES));
    assert_eq!(head.to(town.address).await.status, 431);
    let mut many = Ask::get("/healthz");
    for n in 0..200 {
        many = many.with(&format!("x-{n}"), "y");
    }
    assert_eq!(many.to(town.address).await.status, 431);
    assert_eq!(Ask::get("/healthz").to(town.address).await.status, 200);
}

/// S30: two ways to say how long a request is are a way to smuggle another one in.
#[tokio::test]
async fn chunked_requests_are_refused() {
    let town = Town::new().await;
    let token = town.program("marta", &[Role::CoopOfficer]).await;
    for extra in ["", "content-length: 4\r\n"] {
        let head = format!(
            "POST /api/alliances HTTP/1.1\r\nhost: {}\r\nauthorization: {token}\r\ncontent-type: application/json\r\n\
             {extra}transfer-encoding: chunked\r\n\r\n",
            town.address
        );
        let mut wire = Wire::open(town.address).await;
        wire.write(head.as_bytes()).await;
        wire.write(b"c\r\n{\"name\":\"x\"}\r\n0\r\n\r\n").await;
        assert_eq!(wire.reply("POST").await.expect("a reply").status, 411);
    }
    assert!(town.asked().is_empty());
}

/// S26: bad input is named without showing the inside.
#[tokio::test]
async fn malformed_requests_are_explained() {
    let town = Town::new().await;
    let token = town.program("marta", &[Role::CoopOfficer]).await;
    let cases: [(Ask, u16, &str); 8] = [
        (Ask::new("POST", "/api/alliances").bytes(b"{".to_vec()), 400, "request.malformed"),
        (Ask::new("POST", "/api/alliances").bytes(b"{}".to_vec()), 400, "request.malformed"),
        (Ask::new("POST", "/api/alliances").bytes(vec![0xff; 10]), 400, "request.malformed"),
        (Ask::new("POST", "/api/alliances").bytes(vec![b'['; 100_000]), 400, "request.malformed"),
        (Ask::get("/api/changes?since=abc"), 400, "request.query"),
        (Ask::get("/api/documents?circle=xyz"), 404, "not_found"),
        (Ask::get("/api/documents/xyz"), 404, "not_found"),
        (Ask::get("/api/live"), 400, "request.malformed"),
    ];
    for (ask, status, code) in cases {
        let ask = ask.with("content-type", "application/json").with("authorization", &token);
        let reply = ask.to(town.address).await;
        assert_eq!((reply.status, reply.code().as_str()), (status, code), "{ask:?}");
    }
    let secret = Ask::new("POST", "/api/session").bytes(br#"{"user":"marta","password":12345}"#.to_vec());
    let reply = secret.with("content-type", "application/json").to(town.address).await;
    assert_eq!(reply.status, 400);
    assert!(!String::from_utf8_lossy(&reply.body).contains("12345"));
}
