//! Two that have N documents in common meet again; one of them has five entries more.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use alianza_tests::client::splice;
use alianza_tests::node::free_port;
use alianza_tests::proxy::Proxy;
use alianza_tests::{Cluster, wait_for};
use anyhow::{Context, Result};
use serde_json::Value;

use crate::Options;
use crate::feeder::{Feeder, Shape};
use crate::report::{Against, Bar, Report};

const PATIENCE: Duration = Duration::from_secs(300);
/// I42 for three members (the third is away) in one alliance, and I41 for two homes: what Hello and Vector may
/// take both ways, frames included.
const ALLOWED_BYTES: f64 = 2.0 * (96.0 + 24.0 * 5.0) + 2.0 * (96.0 + 28.0 * 3.0);

pub(crate) async fn run(options: &Options, report: &mut Report) -> Result<()> {
    let sizes: &[usize] = if options.quick { &[200] } else { &[1_000, 10_000, 100_000] };
    let asked = options.documents.map(|documents| [documents]);
    for &documents in asked.as_ref().map_or(sizes, |one| one) {
        one_size(options, report, documents).await.with_context(|| format!("{documents} documents"))?;
    }
    Ok(())
}

async fn one_size(options: &Options, report: &mut Report, documents: usize) -> Result<()> {
    let ports = [free_port(), free_port()];
    let mut cluster = Cluster::with_announced(&[Some(ports[0]), Some(ports[1]), None]).await?;
    let proxies = [
        Proxy::start(ports[0], cluster.nodes[0].port).await?,
        Proxy::start(ports[1], cluster.nodes[1].port).await?,
    ];
    cluster.ally().await?;
    let mut feeder = Feeder::take_over(&mut cluster).await?;
    let shape =
        Shape { documents, text_bytes: 400, edits: 0, changes_per_entry: 1, documents_per_entry: 200 };
    let fed = feeder.feed(&cluster, shape).await?;
    cluster.settled_within(&[0, 1], PATIENCE).await?;
    let edited: Vec<String> = fed.texts.keys().take(5).map(|doc| doc.hex()).collect();

    let (mut all, mut times, mut sync, mut messages) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.runs {
        apart(&cluster, &proxies, true).await?;
        edit_each(&cluster, &edited).await?;
        let before: u64 = proxies.iter().map(Proxy::total_bytes).sum();
        let connections = connections(&proxies);
        apart(&cluster, &proxies, false).await?;
        let start = first_connection(&proxies, connections).await?;
        cluster.settled_within(&[0, 1], PATIENCE).await?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
        let bytes: u64 = proxies.iter().map(Proxy::total_bytes).sum();
        all.push((bytes - before) as f64);
        let after = counters(&cluster).await?;
        // Both directions as node 0 sees them since this connection began, without the entries themselves.
        let seen = |name: &str| after.get(name).copied().unwrap_or(0.0);
        let entries = seen("entry_bytes_sent") + seen("entry_bytes_received");
        sync.push(seen("bytes_sent") + seen("bytes_received") - entries);
        messages.push(seen("frames_sent") + seen("frames_received"));
    }
    let name = |figure: &str| format!("{documents} documents, 5 changed: {figure}");
    report.note(
        "(a) is what both directions carry since the connection began, Entries frames left out".to_owned(),
    );
    let bar = Bar::AtMost(ALLOWED_BYTES);
    report.add("reconnect", &name("(a) sync payload"), "B", sync, bar, Against::Nothing);
    report.add("reconnect", &name("sync messages"), "", messages, Bar::None, Against::Nothing);
    report.add("reconnect", &name("(b) TCP payload"), "B", all, Bar::None, Against::Nothing);
    report.add("reconnect", &name("from connection to equal"), "ms", times, Bar::None, Against::Sync);
    cluster.stop().await
}

fn connections(proxies: &[Proxy; 2]) -> u64 {
    proxies.iter().map(|proxy| proxy.counters.connections.load(Ordering::Relaxed)).sum()
}

/// When the first connection after the cut was made.
async fn first_connection(proxies: &[Proxy; 2], before: u64) -> Result<Instant> {
    let start = Instant::now();
    while connections(proxies) == before {
        anyhow::ensure!(start.elapsed() < PATIENCE, "nobody dials again");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    Ok(Instant::now())
}

/// Cuts or joins the cable, and waits until node 0 has noticed a cut.
async fn apart(cluster: &Cluster, proxies: &[Proxy; 2], cut: bool) -> Result<()> {
    for proxy in proxies {
        proxy.cut(cut);
    }
    if !cut {
        return Ok(());
    }
    let other = &cluster.nodes[1].city;
    wait_for("the cut is noticed", PATIENCE, || async {
        let status = cluster.client(0).status().await.map_err(|error| error.to_string())?;
        let member = status.alliances[0].members.iter().find(|member| member.city == *other);
        if member.is_some_and(|member| !member.connected) { Ok(()) } else { Err("connected".to_owned()) }
    })
    .await
}

/// One edit in each document on node 0, each sealed before the next; bytes that their entries take on the wire.
async fn edit_each(cluster: &Cluster, documents: &[String]) -> Result<f64> {
    let client = cluster.client(0);
    let folder = cluster.nodes[0].journal().join(&cluster.circle);
    let before = alianza_tests::journal::records(&folder)?.len();
    for id in documents {
        client.patch(id, &[splice("/body", 0, 0, "x")]).await?;
        wait_for("the edit is sealed", PATIENCE, || async {
            let status = client.status().await.map_err(|error| error.to_string())?;
            let pending = status.alliances[0].pending;
            if pending == 0 { Ok(()) } else { Err(format!("{pending} pending")) }
        })
        .await?;
    }
    let mut bytes = 0;
    for record in &alianza_tests::journal::records(&folder)?[before..] {
        if record.kind != alianza_tests::journal::KIND_ENTRY {
            continue;
        }
        let entry = alianza_shared::feed::Entry::decode(&record.payload).context("an entry")?;
        bytes += entry.header.encode_elided().len() + entry.body.len() + 64 + 8;
    }
    Ok(bytes as f64)
}

/// Figures of node 0 about its link with node 1, as far as `status --json` gives them.
async fn counters(cluster: &Cluster) -> Result<BTreeMap<String, f64>> {
    let status: Value = cluster.client(0).get("/api/status").await?;
    let members = status["alliances"][0]["members"].as_array().context("members")?;
    let other = members.iter().find(|member| member["city"] == cluster.nodes[1].city.as_str());
    let fields =
        other.and_then(|other| other["traffic"].as_object()).context("traffic with the other member")?;
    Ok(fields.iter().filter_map(|(name, value)| Some((name.clone(), value.as_f64()?))).collect())
}
