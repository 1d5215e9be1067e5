//! Shows 1 and 2 as a visitor sees them: `alianza demo` with its own data.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use alianza_tests::client::{set, splice};
use alianza_tests::cluster::zero;
use alianza_tests::node::{binary, free_port};
use alianza_tests::{Client, wait_for, wait_until};
use anyhow::{Context, Result, bail};
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

const CITIES: usize = 3;
const PATIENCE: Duration = Duration::from_secs(120);

/// A running demo and its cities, each signed in.
struct Demo {
    process: Child,
    cities: Vec<(String, Client)>,
}

impl Demo {
    async fn start(dir: &Path, port: u16, fresh: bool) -> Result<Self> {
        let mut command = Command::new(binary()?);
        command.args(["demo", "--json", "--cities", &CITIES.to_string(), "--port", &port.to_string()]);
        command.arg("--dir").arg(dir).env_remove("ALIANZA_DATA");
        if fresh {
            command.arg("--fresh");
        }
        let mut process = command.stdout(Stdio::piped()).stdin(Stdio::null()).kill_on_drop(true).spawn()?;
        let mut lines = BufReader::new(process.stdout.take().context("its output")?).lines();
        let mut cities = Vec::new();
        loop {
            let line =
                tokio::time::timeout(PATIENCE, lines.next_line()).await.context("the demo is silent")??;
            let Some(line) = line else { bail!("the demo ended") };
            let Ok(value) = serde_json::from_str::<Value>(&line) else { continue };
            if value["ready"] == true {
                break;
            }
            let text = |key: &str| value[key].as_str().unwrap_or_default().to_owned();
            if !value["city"].is_string() {
                continue;
            }
            for key in ["slug", "url", "data", "user", "password"] {
                assert!(!text(key).is_empty(), "{key} in {line}");
            }
            let client = Client::sign_in(&text("url"), &text("user"), &text("password")).await?;
            cities.push((text("city"), client));
        }
        // Whoever reads no further must not stop it.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Ok(Self { process, cities })
    }

    async fn interrupt(&mut self) -> Result<()> {
        let pid = self.process.id().context("it runs")?;
        Command::new("kill").arg("-INT").arg(pid.to_string()).status().await?;
        tokio::time::timeout(Duration::from_secs(30), self.process.wait()).await.context("it ends")??;
        for (city, client) in &self.cities {
            let gone = client.status().await.is_err_and(|refusal| refusal.is_transport());
            assert!(gone, "{city} still serves");
        }
        Ok(())
    }

    /// Until these cities print one non-zero root and owe nothing.
    async fn settled(&self, which: &[usize]) -> Result<String> {
        wait_for("the demo's cities agree", PATIENCE, || async {
            let mut roots = Vec::new();
            for &n in which {
                let (city, client) = &self.cities[n];
                let status = client.status().await.map_err(|error| format!("{city}: {error}"))?;
                let one = status.alliances.first().ok_or_else(|| format!("{city} has no alliance"))?;
                if one.pending + one.waiting + one.held > 0 || zero(&one.state_root) {
                    return Err(format!("{city}: {one:?}"));
                }
                roots.push(one.state_root.clone());
            }
            roots.dedup();
            if roots.len() == 1 { Ok(roots.remove(0)) } else { Err(format!("{roots:?}")) }
        })
        .await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_runs_stops_a_city_and_is_found_again() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let dir = folder.path().join("demo");
    let port = free_port();
    let mut demo = Demo::start(&dir, port, false).await?;
    assert_eq!(demo.cities.len(), CITIES, "one line for each city");
    let all: Vec<usize> = (0..CITIES).collect();
    let before = demo.settled(&all).await?;
    let tarija =
        demo.cities.iter().position(|(city, _)| city == "Tarija").context("Tarija is one of them")?;
    let others: Vec<usize> = all.iter().copied().filter(|n| *n != tarija).collect();

    let client = &demo.cities[others[0]].1;
    let circle = client.status().await?.alliances[0].id.clone();
    let programme = client.of_kind(&circle, "programme").await?.into_iter().next().context("a programme")?;
    assert!(
        programme.content["activities"].as_object().is_some_and(|all| all.len() > 3),
        "with its activities"
    );

    command(&dir, &["stop-city", "Tarija"]).await?;
    wait_until("Tarija has gone", PATIENCE, || async {
        match demo.cities[tarija].1.status().await {
            Err(refusal) if refusal.is_transport() => Ok(()),
            other => Err(format!("{:?}", other.map(|status| status.version))),
        }
    })
    .await;
    client
        .patch(
            &programme.id,
            &[
                set("/code", json!("BOL-DEMO")),
                set("/general_objective", json!("Otro objetivo general.")),
                set("/visibility_plan", json!("Otro plan de visibilidad.")),
            ],
        )
        .await?;
    let context = programme.content["sections"]["context"].as_str().context("a narrative")?.to_owned();
    client.patch(&context, &[splice("/body", 0, 0, "Añadido por la primera. ")]).await?;
    demo.cities[others[1]].1.patch(&context, &[splice("/body", 0, 0, "Añadido por la segunda. ")]).await?;
    demo.settled(&others).await?;
    command(&dir, &["start-city", "Tarija"]).await?;
    wait_until("Tarija serves again", PATIENCE, || async {
        demo.cities[tarija].1.status().await.map(|_| ()).map_err(|error| error.to_string())
    })
    .await;
    let root = demo.settled(&all).await?;
    assert_ne!(root, before);
    let mut digests = Vec::new();
    for (_, client) in &demo.cities {
        digests.push(client.digest(&circle).await?);
    }
    digests.dedup();
    assert_eq!(digests.len(), 1, "equal documents");
    demo.interrupt().await?;

    // A second start finds the data of the first.
    let mut again = Demo::start(&dir, port, false).await?;
    assert_eq!(again.settled(&all).await?, root);
    again.interrupt().await
}

/// A command to a running demo.
async fn command(dir: &Path, words: &[&str]) -> Result<()> {
    let mut command = Command::new(binary()?);
    command.arg("demo").args(words).arg("--dir").arg(dir).stdin(Stdio::null());
    let output = tokio::time::timeout(PATIENCE, command.output()).await.context("it ends")??;
    if !output.status.success() {
        bail!("demo {words:?}: {}", String::from_utf8_lossy(&output.stderr));
    }
    Ok(())
}
