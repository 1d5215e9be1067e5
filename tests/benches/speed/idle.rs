//! A node that has much and does nothing.

use std::time::{Duration, Instant};

use alianza_tests::Cluster;
use anyhow::Result;

use crate::Options;
use crate::feeder::{Feeder, Shape};
use crate::process::{cpu_s, memory_mb};
use crate::report::{Against, Bar, Report};

pub(crate) async fn run(options: &Options, report: &mut Report) -> Result<()> {
    let (documents, idle_s) = if options.quick { (200, 5) } else { (10_000, 60) };
    let mut cluster = Cluster::alliance(7).await?;
    let mut feeder = Feeder::take_over(&mut cluster).await?;
    let shape =
        Shape { documents, text_bytes: 2_000, edits: 4, changes_per_entry: 4, documents_per_entry: 1 };
    feeder.feed(&cluster, shape).await?;
    cluster.settled_within(&[0, 1], Duration::from_secs(300)).await?;
    for n in 2..7 {
        cluster.nodes[n].stop().await?;
    }
    let (mut starts, mut memory, mut cpu) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..options.runs.min(3) {
        cluster.nodes[0].kill().await?;
        let start = Instant::now();
        cluster.nodes[0].start().await?;
        starts.push(start.elapsed().as_secs_f64());
        cluster.settled_within(&[0, 1], Duration::from_secs(300)).await?;
        let sixty = Duration::from_secs(idle_s);
        tokio::time::sleep(sixty.saturating_sub(start.elapsed())).await;
        memory.push(memory_mb(&cluster.nodes[0])?.0);
        let before = cpu_s(&cluster.nodes[0])?;
        tokio::time::sleep(sixty).await;
        cpu.push(cpu_s(&cluster.nodes[0])? - before);
    }
    let name = |figure: &str| format!("{documents} documents: {figure}");
    let from = "from exec to /healthz after kill -9";
    report.add("idle", &name(from), "s", starts, Bar::AtMost(1.0), Against::Nothing);
    let resident = format!("VmRSS {idle_s} s after start");
    report.add("idle", &name(&resident), "MB", memory, Bar::AtMost(150.0), Against::Nothing);
    report.add("idle", &name(&format!("CPU in {idle_s} s")), "s", cpu, Bar::AtMost(0.1), Against::Nothing);
    cluster.stop().await
}
