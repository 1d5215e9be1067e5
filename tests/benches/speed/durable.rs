//! From a tab to *guardado*: one socket as fast as it goes, and a hundred at the pace of people.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use alianza_shared::id::DocId;
use alianza_tests::client::Client;
use alianza_tests::cluster::new_person;
use alianza_tests::live::{LiveClient, ToNode, commit, object};
use alianza_tests::{Cluster, fixture, random};
use anyhow::{Context, Result, bail};
use automerge::transaction::Transactable;
use rand::Rng;

use crate::Options;
use crate::report::{Against, Bar, Report, percentile};

/// Edits sent and not yet answered.
const IN_FLIGHT: usize = 64;

/// 50,000 edits of one character on one socket.
pub(crate) async fn one_socket(options: &Options, report: &mut Report) -> Result<()> {
    let edits = if options.quick { 5_000 } else { 50_000 };
    let mut rates = Vec::new();
    for run in 0..options.runs {
        let mut cluster = Cluster::alliance(2).await?;
        let client = cluster.client(0);
        let (_, city8) = fixture::city(&client).await?;
        let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
        cluster.settled(&[0, 1]).await?;
        let doc: DocId = programme.context.parse()?;
        let mut tab = LiveClient::connect(&client).await?;
        tab.open(doc, false).await?;
        let changes = trace(&mut tab, doc, edits, run as u64)?;
        let start = Instant::now();
        let mut answered = 0;
        for (n, change) in changes.into_iter().enumerate() {
            while n - answered >= IN_FLIGHT {
                answered += take_answer(&mut tab).await?;
            }
            tab.send_changes(doc, vec![change]).await?;
        }
        while answered < edits {
            answered += take_answer(&mut tab).await?;
        }
        rates.push(edits as f64 / start.elapsed().as_secs_f64());
        cluster.settled(&[0, 1]).await.context("the partner has all of it in the end")?;
        cluster.stop().await?;
    }
    let name = format!("{edits} edits, {IN_FLIGHT} in flight");
    report.add("durable", &name, "1/s", rates, Bar::AtLeast(5_000.0), Against::Automerge);
    Ok(())
}

/// How many edits the next message answers.
async fn take_answer(tab: &mut LiveClient) -> Result<usize> {
    let before = tab.stored.len();
    tab.next(Duration::from_secs(30)).await?;
    if let Some(refusal) = tab.refused.first() {
        bail!("refused: {refusal:?}");
    }
    Ok(tab.stored.len() - before)
}

/// One-character edits as a person types them: runs of typing, some deletions, the caret moved now and then.
fn trace(tab: &mut LiveClient, doc: DocId, edits: usize, seed: u64) -> Result<Vec<Vec<u8>>> {
    let mut random = random::generator(seed);
    let replica = &mut tab.replicas.get_mut(&doc).context("open")?.doc;
    let body = object(replica, &["body"])?;
    let (mut length, mut caret) = (0usize, 0usize);
    let mut changes = Vec::with_capacity(edits);
    for _ in 0..edits {
        if random.random_bool(0.02) {
            caret = random.random_range(0..=length);
        }
        if caret > 0 && random.random_bool(0.15) {
            replica.splice_text(&body, caret - 1, 1, "")?;
            (caret, length) = (caret - 1, length - 1);
        } else {
            let letter = char::from(b'a' + random.random_range(0..26u8)).to_string();
            replica.splice_text(&body, caret, 0, &letter)?;
            (caret, length) = (caret + 1, length + 1);
        }
        changes.push(commit(replica)?);
    }
    Ok(changes)
}

/// 100 sockets of 10 people, each on its own document, 5 edits a second each.
pub(crate) async fn many_sockets(options: &Options, report: &mut Report) -> Result<()> {
    let seconds = if options.quick { 4 } else { 20 };
    let mut cluster = Cluster::alliance(2).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let mut documents: Vec<DocId> = Vec::new();
    while documents.len() < 100 {
        let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
        documents.push(programme.context.parse()?);
    }
    let mut people = Vec::new();
    for n in 0..10 {
        let person = new_person(&cluster.nodes[0], &format!("persona{n}"), &["coop_officer"]).await?;
        people.push(Client::new(cluster.nodes[0].page, &person.token));
    }
    cluster.settled(&[0, 1]).await?;
    let (mut medians, mut highs) = (Vec::new(), Vec::new());
    for _ in 0..options.runs {
        let mut tasks = Vec::new();
        for (n, doc) in documents.iter().enumerate() {
            tasks.push(tokio::spawn(typist(people[n % 10].clone(), *doc, seconds, n)));
        }
        let mut times = Vec::new();
        for task in tasks {
            times.extend(task.await??);
        }
        medians.push(percentile(&times, 0.5));
        highs.push(percentile(&times, 0.99));
    }
    report.add("many", "100 sockets, 5 edits/s each: median", "ms", medians, Bar::AtMost(2.0), Against::Sync);
    report.add("many", "100 sockets, 5 edits/s each: 99 %", "ms", highs, Bar::AtMost(10.0), Against::Sync);
    cluster.stop().await
}

/// Milliseconds from send to *stored* of each edit of one tab.
async fn typist(client: Client, doc: DocId, seconds: u64, n: usize) -> Result<Vec<f64>> {
    let mut tab = LiveClient::connect(&client).await?;
    tab.open(doc, true).await?;
    // Spread over the 200 ms, as people are.
    tokio::time::sleep(Duration::from_millis((n as u64 * 37) % 200)).await;
    let start = tokio::time::Instant::now();
    let mut sent: BTreeMap<u64, Instant> = BTreeMap::new();
    let mut times = Vec::new();
    for step in 0..seconds * 5 {
        let change = tab.change(doc, |doc| {
            let body = object(doc, &["body"])?;
            Ok(doc.splice_text(&body, 0, 0, "a")?)
        })?;
        let now = Instant::now();
        let reference = tab.send_changes(doc, vec![change]).await?;
        sent.insert(reference, now);
        let next = start + Duration::from_millis(200 * (step + 1));
        while let Ok(message) = tokio::time::timeout_at(next, tab.next(Duration::from_secs(10))).await {
            message?;
            let at = Instant::now();
            for reference in tab.stored.drain(..) {
                if let Some(sent) = sent.remove(&reference) {
                    times.push(at.duration_since(sent).as_secs_f64() * 1_000.0);
                }
            }
        }
    }
    if !tab.refused.is_empty() || sent.len() > 5 {
        bail!("{} not answered, refused {:?}", sent.len(), tab.refused.first());
    }
    tab.send(&ToNode::Close { doc }).await?;
    Ok(times)
}
