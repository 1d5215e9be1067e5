//! One character from a tab of one city to a tab of another.

use std::time::{Duration, Instant};

use alianza_shared::id::DocId;
use alianza_tests::live::{FromNode, LiveClient, Verdict, next_frame, object};
use alianza_tests::{Cluster, fixture};
use anyhow::{Context, Result, bail};
use automerge::transaction::Transactable;
use tokio::sync::mpsc;

use crate::Options;
use crate::report::{Against, Bar, Report, percentile};

const WARM_UP: usize = 20;
const LOST_AFTER: Duration = Duration::from_secs(10);

pub(crate) async fn run(options: &Options, report: &mut Report) -> Result<()> {
    let mut cluster = Cluster::alliance(2).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    cluster.settled(&[0, 1]).await?;
    let doc: DocId = programme.context.parse()?;
    let paces = [(3, if options.quick { 100 } else { 500 }), (120, if options.quick { 20 } else { 500 })];
    for (pace_ms, edits) in paces {
        let (mut medians, mut highs, mut worst) = (Vec::new(), Vec::new(), Vec::new());
        for _ in 0..options.runs {
            let times = one_run(&cluster, doc, Duration::from_millis(pace_ms), edits).await?;
            medians.push(percentile(&times, 0.5));
            highs.push(percentile(&times, 0.99));
            worst.push(percentile(&times, 1.0));
        }
        let name = format!("one edit every {pace_ms} ms after the last was seen");
        report.add("live", &format!("{name}: median"), "ms", medians, Bar::AtMost(4.0), Against::Sync);
        report.add("live", &format!("{name}: 99 %"), "ms", highs, Bar::AtMost(15.0), Against::Sync);
        report.add("live", &format!("{name}: worst"), "ms", worst, Bar::None, Against::Sync);
    }
    cluster.stop().await
}

/// Milliseconds from the send on node 1's socket to the receipt on node 2's, for each edit.
async fn one_run(cluster: &Cluster, doc: DocId, pace: Duration, edits: usize) -> Result<Vec<f64>> {
    let mut writer = LiveClient::connect(&cluster.client(0)).await?;
    writer.open(doc, true).await?;
    let mut reader = LiveClient::connect(&cluster.client(1)).await?;
    reader.open(doc, true).await?;
    // Presence of each has reached the other's node.
    let verdict = writer.type_text(doc, &["body"], 0, "·").await?;
    if verdict != Verdict::Stored {
        bail!("{verdict:?}");
    }
    let mut socket = reader.into_socket();
    let (seen, mut receipts) = mpsc::unbounded_channel();
    let reading = tokio::spawn(async move {
        while let Ok(frame) = next_frame(&mut socket, Duration::from_secs(60)).await {
            let at = Instant::now();
            if let FromNode::Changes { doc: of, changes, .. } = frame
                && of == doc
                && seen.send((at, changes)).is_err()
            {
                break;
            }
        }
    });
    let mut times = Vec::new();
    for n in 0..WARM_UP + edits {
        let change = writer.change(doc, |doc| {
            let body = object(doc, &["body"])?;
            Ok(doc.splice_text(&body, 0, 0, "a")?)
        })?;
        let sent = Instant::now();
        writer.send_changes(doc, vec![change.clone()]).await?;
        let at = loop {
            let receipt = tokio::time::timeout(LOST_AFTER, receipts.recv()).await;
            let (at, changes) = receipt.with_context(|| format!("edit {n} never came"))?.context("closed")?;
            if changes.contains(&change) {
                break at;
            }
        };
        if n >= WARM_UP {
            times.push(at.duration_since(sent).as_secs_f64() * 1_000.0);
        }
        // Answers to the writer are taken while it waits, so that its socket never fills.
        let until = tokio::time::Instant::now() + pace;
        while let Ok(Ok(_)) = tokio::time::timeout_at(until, writer.next(LOST_AFTER)).await {}
    }
    reading.abort();
    Ok(times)
}
