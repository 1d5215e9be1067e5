//! The page over TLS of the node itself, opened by a real client that trusts the town's authority alone.

use std::fs;
use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use alianza_tests::{Cluster, Node, skip, wait_until};
use anyhow::{Context, Result};
use serde_json::Value;
use tokio::process::Command;

const NAME: &str = "alianza.palencia.example";

/// `curl`, with this authority and our name for loopback: status, headers and body, or what it complained of.
async fn curl(node: &Node, authority: &Path, url: &str, extra: &[&str]) -> Result<Result<String, String>> {
    let output = Command::new("curl")
        .args(["--silent", "--show-error", "--include", "--max-time", "10", "--noproxy", "*", "--cacert"])
        .arg(authority)
        .args(["--resolve", &format!("{NAME}:{}:127.0.0.1", node.page), url])
        .args(extra)
        .stdin(Stdio::null())
        .output()
        .await?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    Ok(if output.status.success() { Ok(text) } else { Err(complaint) })
}

fn add_settings(node: &Node, more: &str) -> Result<()> {
    let path = node.data.join("config.toml");
    let text = fs::read_to_string(&path)?;
    fs::write(&path, format!("{more}{text}"))?;
    Ok(())
}

async fn make(node: &Node, extra: &[&str]) -> Result<Value> {
    let mut args = vec!["tls", "make", "--name", NAME, "--ip", "127.0.0.1"];
    args.extend_from_slice(extra);
    node.json(&args).await
}

async fn ready(node: &Node, mark: usize) -> Result<String> {
    node.wait_log("the page is served", mark, |line| line.contains("the page is at https://")).await
}

/// S5, S16: one command makes a certificate that a careful client takes; sign-in; renewal while a request waits;
/// plain http is sent on; mistakes stop the start with one sentence.
#[tokio::test(flavor = "multi_thread")]
async fn a_node_serves_its_page_with_its_own_certificate() -> Result<()> {
    if Command::new("curl").arg("--version").stdout(Stdio::null()).status().await.is_err() {
        skip("a_node_serves_its_page_with_its_own_certificate", "there is no curl");
        return Ok(());
    }
    let mut cluster = Cluster::strangers(1).await?;
    let node = &mut cluster.nodes[0];
    node.stop().await?;
    let made = make(node, &[]).await?;
    let authority = Path::new(made["authority"].as_str().context("a path")?).to_owned();
    assert!(authority.starts_with(&node.data) && made["authority_is_new"] == true, "{made}");
    add_settings(node, "tls_certificate = \"tls/page.crt\"\ntls_key = \"tls/page.key\"\n")?;
    let mark = node.log_mark();
    node.spawn()?;
    ready(node, mark).await?;

    let base = format!("https://{NAME}:{}", node.page);
    for (url, versions) in [
        (format!("{base}/healthz"), &["--tlsv1.3"][..]),
        (format!("{base}/healthz"), &["--tls-max", "1.2"]),
        (format!("https://127.0.0.1:{}/healthz", node.page), &[]),
    ] {
        let answer = curl(node, &authority, &url, versions).await?.map_err(anyhow::Error::msg)?;
        assert!(
            answer.starts_with("HTTP/1.1 200") && answer.contains("\"ok\""),
            "{url} {versions:?}: {answer}"
        );
    }
    let old = curl(node, &authority, &format!("{base}/healthz"), &["--tls-max", "1.1"]).await?;
    assert!(old.is_err(), "TLS 1.1 is not spoken");
    let page = curl(node, &authority, &format!("{base}/"), &[]).await?.map_err(anyhow::Error::msg)?;
    assert!(page.to_lowercase().contains("strict-transport-security: max-age=31536000"), "{page}");
    assert!(page.contains("<html"), "{page}");

    let body = serde_json::json!({ "user": "admin", "password": node.admin_password }).to_string();
    let origin = format!("origin: {base}");
    let sign_in = ["-H", "content-type: application/json", "-H", &origin, "--data", &body];
    let signed = curl(node, &authority, &format!("{base}/api/session"), &sign_in).await?;
    let signed = signed.map_err(anyhow::Error::msg)?;
    assert!(signed.starts_with("HTTP/1.1 200") && signed.contains("\"insecure\":false"), "{signed}");
    let cookie =
        signed.lines().find(|line| line.to_lowercase().starts_with("set-cookie:")).context("a cookie")?;
    assert!(cookie.contains("__Host-alianza_") && cookie.contains("; Secure"), "{cookie}");

    let plain = curl(node, &authority, &format!("http://{NAME}:{}/x", node.page), &[]).await?;
    let plain = plain.map_err(anyhow::Error::msg)?;
    assert!(plain.starts_with("HTTP/1.1 307") && plain.contains(&format!("location: {base}/x")), "{plain}");
    let plain = curl(node, &authority, &format!("http://{NAME}:{}/api/session", node.page), &sign_in).await?;
    let plain = plain.map_err(anyhow::Error::msg)?;
    assert!(plain.starts_with("HTTP/1.1 400") && plain.contains("tls.required"), "{plain}");

    renewed(node, &authority, &base).await?;
    told_in_the_status(node).await?;
    mistakes(node).await?;
    cluster.stop().await
}

/// A certificate that is put in place is used after SIGHUP; a broken one is named and not used.
async fn renewed(node: &Node, authority: &Path, base: &str) -> Result<()> {
    let pid = node.pid().context("it runs")?.to_string();
    let url = format!("{base}/api/openapi.json");
    let waiting = curl(node, authority, &url, &["--limit-rate", "20k"]);
    let renewal = async {
        let again = make(node, &[]).await?;
        assert!(again["authority_is_new"] == false, "{again}");
        let mark = node.log_mark();
        Command::new("kill").args(["-HUP", &pid]).status().await?;
        node.wait_log("it is read again", mark, |line| line.contains("was read again")).await?;
        anyhow::Ok(())
    };
    let (waited, renewal) = tokio::join!(waiting, renewal);
    renewal?;
    let waited = waited?.map_err(anyhow::Error::msg)?;
    assert!(waited.trim_end().ends_with('}'), "what was being read came to its end");
    let answer = curl(node, authority, &format!("{base}/healthz"), &[]).await?;
    assert!(answer.is_ok(), "{answer:?}");

    let certificate = node.data.join("tls/page.crt");
    let good = fs::read(&certificate)?;
    fs::write(&certificate, "nada")?;
    let mark = node.log_mark();
    Command::new("kill").args(["-HUP", &pid]).status().await?;
    node.wait_log("it is refused", mark, |line| line.contains("is not used") && line.contains("page.crt"))
        .await?;
    let answer = curl(node, authority, &format!("{base}/healthz"), &[]).await?;
    assert!(answer.is_ok(), "the one in use goes on: {answer:?}");
    let status = node.run(&["status"], None).await?;
    assert!(status.stdout.contains("sigue el que había"), "{}", status.text());
    fs::write(&certificate, good)?;
    Ok(())
}

/// Names that are missing in the certificate are told by the running node and by the stopped one.
async fn told_in_the_status(node: &mut Node) -> Result<()> {
    node.stop().await?;
    let path = node.data.join("config.toml");
    let text = fs::read_to_string(&path)?;
    fs::write(&path, text.replace("allowed_hosts = []", "allowed_hosts = [\"otra.palencia.example:8443\"]"))?;
    let stopped = node.run(&["status"], None).await?;
    assert!(stopped.stdout.contains("«otra.palencia.example»"), "{}", stopped.text());
    let mark = node.log_mark();
    node.spawn()?;
    ready(node, mark).await?;
    node.wait_log("the name is missed", mark, |line| line.contains("otra.palencia.example")).await?;
    let running = node.json(&["status"]).await?;
    assert_eq!(running["certificate"]["names"], serde_json::json!([NAME, "127.0.0.1"]));
    fs::write(&path, text)?;
    node.stop().await
}

/// RQ-clear-errors: each mistake ends the start with a sentence and exit code 1.
async fn mistakes(node: &Node) -> Result<()> {
    let key = node.data.join("tls/page.key");
    let mode = |mode| {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(&key, fs::Permissions::from_mode(mode))
    };
    let started = async |args: &[&str]| -> Result<String> {
        let output = node.run(&[&["serve"][..], args].concat(), None).await?;
        assert_eq!(output.code, Some(1), "{}", output.text());
        Ok(output.stderr)
    };
    mode(0o644)?;
    let said = started(&[]).await?;
    assert!(said.contains("chmod 600") && said.contains("page.key"), "{said}");
    mode(0o600)?;
    let (certificate, other) = (node.data.join("tls/page.crt"), node.data.join("tls/authority.key"));
    let (certificate, other) = (certificate.display().to_string(), other.display().to_string());
    let said = started(&["--tls-certificate", &certificate, "--tls-key", &other]).await?;
    assert!(said.contains("no es la del certificado"), "{said}");
    let said = started(&["--tls-certificate", "none.crt", "--tls-key", &other]).await?;
    assert!(said.contains("none.crt") && said.contains("tls_certificate"), "{said}");
    let half = node.run(&["serve", "--tls-certificate", &certificate], None).await?;
    assert_eq!(half.code, Some(2), "one of the two is a mistake of usage: {}", half.text());
    let names = node.run(&["tls", "make", "--name", "banco.example"], None).await?;
    assert!(!names.ok() && names.stderr.contains("--new-authority"), "{}", names.text());
    Ok(())
}

/// S5, S29: off loopback without TLS nothing is served unless that is allowed; with a certificate it is.
#[tokio::test(flavor = "multi_thread")]
async fn outside_this_machine_the_page_needs_tls() -> Result<()> {
    let mut cluster = Cluster::strangers(1).await?;
    let node = &mut cluster.nodes[0];
    node.stop().await?;
    let path = node.data.join("config.toml");
    let text = fs::read_to_string(&path)?.replace("page = \"127.0.0.1:", "page = \"0.0.0.0:");
    fs::write(&path, &text)?;
    let refused = node.run(&["serve"], None).await?;
    assert_eq!(refused.code, Some(1));
    assert!(refused.stderr.contains("alianza tls make") && refused.stderr.contains("allow_plain_http"));
    make(node, &[]).await?;
    add_settings(node, "tls_certificate = \"tls/page.crt\"\ntls_key = \"tls/page.key\"\n")?;
    let mark = node.log_mark();
    node.spawn()?;
    ready(node, mark).await?;
    node.stop().await?;
    fs::write(&path, text.replace("allow_plain_http = false", "allow_plain_http = true"))?;
    node.start().await?;
    let client = wait_until("a person signs in", Duration::from_secs(10), || async {
        let base = format!("http://127.0.0.1:{}", node.page);
        alianza_tests::Client::sign_in(&base, "admin", &node.admin_password).await.map_err(|e| e.to_string())
    })
    .await;
    let session: Value = client.get("/api/session").await?;
    assert_eq!(session["insecure"], true, "the page shows a banner");
    cluster.stop().await
}
