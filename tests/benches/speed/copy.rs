//! A member that has nothing yet gets everything.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use alianza_shared::id::DocId;
use alianza_tests::client::Client;
use alianza_tests::node::free_port;
use alianza_tests::proxy::Proxy;
use alianza_tests::{Cluster, wait_for};
use anyhow::{Context, Result};

use crate::Options;
use crate::feeder::{Feeder, Shape};
use crate::process::memory_mb;
use crate::report::{Against, Bar, Report};

const PATIENCE: Duration = Duration::from_secs(300);

pub(crate) async fn run(options: &Options, report: &mut Report) -> Result<()> {
    let sizes: &[usize] = if options.quick { &[200] } else { &[1_000, 10_000] };
    let asked = options.documents.map(|documents| [documents]);
    for &documents in asked.as_ref().map_or(sizes, |one| one) {
        let mut runs = Runs::default();
        // Ten thousand are the same work five times over; three tell as much.
        let count = if documents >= 10_000 { options.runs.min(3) } else { options.runs };
        for _ in 0..count {
            one_run(documents, &mut runs).await?;
        }
        runs.report(documents, report);
    }
    Ok(())
}

#[derive(Default)]
struct Runs {
    acknowledged_s: Vec<f64>,
    readable_s: Vec<f64>,
    wire_mb: Vec<f64>,
    giver_mb: Vec<f64>,
    taker_mb: Vec<f64>,
    entries: u64,
}

impl Runs {
    fn report(self, documents: usize, report: &mut Report) {
        let big = documents >= 10_000;
        let bar = |seconds: f64| if big { Bar::AtMost(seconds) } else { Bar::None };
        let memory = if big { Bar::AtMost(300.0) } else { Bar::None };
        let name = |figure: &str| format!("{documents} documents, {} entries: {figure}", self.entries);
        let floor = Against::Signatures(self.entries);
        let ms = |values: &[f64]| values.iter().map(|s| s * 1_000.0).collect::<Vec<_>>();
        report.add(
            "copy",
            &name("all acknowledged"),
            "s",
            self.acknowledged_s.clone(),
            bar(15.0),
            Against::Nothing,
        );
        report.add("copy", &name("the same"), "ms", ms(&self.acknowledged_s), Bar::None, floor);
        report.add(
            "copy",
            &name("all read with equal text"),
            "s",
            self.readable_s,
            bar(30.0),
            Against::Nothing,
        );
        report.add("copy", &name("TCP payload"), "MB", self.wire_mb, Bar::None, Against::Nothing);
        report.add("copy", &name("peak memory of who gives"), "MB", self.giver_mb, memory, Against::Nothing);
        report.add("copy", &name("peak memory of who takes"), "MB", self.taker_mb, memory, Against::Nothing);
    }
}

async fn one_run(documents: usize, runs: &mut Runs) -> Result<()> {
    let ports = [free_port(), free_port()];
    let mut cluster = Cluster::with_announced(&[Some(ports[0]), Some(ports[1]), None]).await?;
    let proxies = [
        Proxy::start(ports[0], cluster.nodes[0].port).await?,
        Proxy::start(ports[1], cluster.nodes[1].port).await?,
    ];
    cluster.ally().await?;
    let mut feeder = Feeder::take_over(&mut cluster).await?;
    cluster.nodes[1].stop().await?;
    let shape =
        Shape { documents, text_bytes: 2_000, edits: 4, changes_per_entry: 4, documents_per_entry: 1 };
    let fed = feeder.feed(&cluster, shape).await?;
    runs.entries = fed.entries;
    // The giver's peak is that of giving, not of having been fed.
    cluster.nodes[0].stop().await?;
    cluster.nodes[0].start().await?;

    let before: u64 = proxies.iter().map(Proxy::total_bytes).sum();
    let start = Instant::now();
    cluster.nodes[1].start().await?;
    let (giver, taker) = (cluster.client(0), cluster.nodes[1].city.clone());
    wait_for("all is acknowledged", PATIENCE, || async {
        let status = giver.status().await.map_err(|error| error.to_string())?;
        let member = status.alliances[0].members.iter().find(|member| member.city == taker);
        match member {
            Some(member) if member.connected && member.entries_they_lack == 0 => Ok(()),
            other => Err(format!("{other:?}")),
        }
    })
    .await?;
    runs.acknowledged_s.push(start.elapsed().as_secs_f64());
    let bytes: u64 = proxies.iter().map(Proxy::total_bytes).sum();
    runs.wire_mb.push((bytes - before) as f64 / 1e6);
    read_all(cluster.client(1), fed.texts).await?;
    runs.readable_s.push(start.elapsed().as_secs_f64());
    runs.giver_mb.push(memory_mb(&cluster.nodes[0])?.1);
    runs.taker_mb.push(memory_mb(&cluster.nodes[1])?.1);
    cluster.stop().await
}

/// Every document through the API, eight at a time, until its text is the one that was written.
async fn read_all(client: Client, texts: BTreeMap<DocId, String>) -> Result<()> {
    let texts: Arc<Vec<(DocId, String)>> = Arc::new(texts.into_iter().collect());
    let mut tasks = Vec::new();
    for lane in 0..8 {
        let (client, texts) = (client.clone(), Arc::clone(&texts));
        tasks.push(tokio::spawn(async move {
            for (doc, text) in texts.iter().skip(lane).step_by(8) {
                wait_for("the document is there", PATIENCE, || async {
                    let view = client.document(&doc.hex()).await.map_err(|error| error.to_string())?;
                    if view.content["body"] == text.as_str() {
                        Ok(())
                    } else {
                        Err("an older text".to_owned())
                    }
                })
                .await?;
            }
            Ok::<(), anyhow::Error>(())
        }));
    }
    for task in tasks {
        task.await.context("a reader")??;
    }
    Ok(())
}
