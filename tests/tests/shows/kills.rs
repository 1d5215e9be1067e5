//! Show 3: `kill -9` at random moments under edits through the API loses nothing that was acknowledged.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use alianza_tests::client::{Client, add, splice};
use alianza_tests::{Cluster, fixture, long_run, random, wait_until};
use anyhow::Result;
use rand::Rng;
use serde_json::{Value, json};

/// Edits that the node said were done.
#[derive(Default)]
struct Acknowledged {
    /// Ids of risks and their texts.
    risks: Vec<(String, String)>,
    /// Marks put into the narrative.
    marks: Vec<String>,
}

/// I38, I45, and R4 without the power cut.
#[tokio::test(flavor = "multi_thread")]
async fn no_acknowledged_edit_is_lost_by_kill_9() -> Result<()> {
    let mut random = random::generator(random::seed("no_acknowledged_edit_is_lost_by_kill_9"));
    let mut cluster = Cluster::alliance(2).await?;
    let client = cluster.client(1);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    cluster.settled(&[0, 1]).await?;

    let rounds = if long_run() { 100 } else { 10 };
    let mut acknowledged = Acknowledged::default();
    for round in 0..rounds {
        let running = Arc::new(AtomicBool::new(true));
        let editor = tokio::spawn(edits(client.clone(), programme.clone(), round, Arc::clone(&running)));
        tokio::time::sleep(Duration::from_millis(random.random_range(5..2_500))).await;
        cluster.nodes[1].kill().await?;
        running.store(false, Ordering::Relaxed);
        let new = editor.await?;
        acknowledged.risks.extend(new.risks);
        acknowledged.marks.extend(new.marks);
        cluster.nodes[1].start().await?;
        all_there(&client, &programme, &acknowledged, round).await;
        let verify = cluster.nodes[1].run(&["verify"], None).await?;
        assert!(verify.ok(), "after kill {round}: {}", verify.text());
    }
    println!("{rounds} kills, {} edits acknowledged", acknowledged.risks.len() + acknowledged.marks.len());
    assert!(acknowledged.risks.len() + acknowledged.marks.len() >= rounds, "too few edits to say anything");
    cluster.settled(&[0, 1]).await?;
    cluster.assert_equal_documents(&[0, 1]).await?;
    all_there(&cluster.client(0), &programme, &acknowledged, rounds).await;
    cluster.stop().await?;
    for node in &cluster.nodes {
        let verify = node.run(&["verify"], None).await?;
        assert!(verify.ok(), "{}: {}", node.city, verify.text());
    }
    Ok(())
}

/// Ten edits a second until told to end or the node is gone.
async fn edits(
    client: Client,
    programme: fixture::Programme,
    round: usize,
    running: Arc<AtomicBool>,
) -> Acknowledged {
    let mut done = Acknowledged::default();
    for n in 0.. {
        let next = Instant::now() + Duration::from_millis(100);
        let text = format!("r{round}e{n}.");
        let answer = if n % 3 == 2 {
            let patch = client.patch(&programme.context, &[splice("/body", 0, 0, &text)]).await;
            patch.map(|_| done.marks.push(text))
        } else {
            let item = json!({"text": text, "prob": 2, "impact": 2});
            let patch = client.patch(&programme.id, &[add("/risks", item)]).await;
            patch.map(|result| done.risks.push((result.added[0].clone(), text)))
        };
        match answer {
            Err(refusal) if refusal.is_transport() || !running.load(Ordering::Relaxed) => break,
            Err(refusal) => panic!("refused: {refusal}"),
            Ok(()) => {}
        }
        tokio::time::sleep(next.saturating_duration_since(Instant::now())).await;
    }
    done
}

async fn all_there(client: &Client, programme: &fixture::Programme, wanted: &Acknowledged, round: usize) {
    wait_until(
        &format!("all that was acknowledged is there after round {round}"),
        Duration::from_secs(20),
        || async {
            let content = client.document(&programme.id).await.map_err(|error| error.to_string())?.content;
            let body = client.document(&programme.context).await.map_err(|error| error.to_string())?.content;
            let body = body["body"].as_str().unwrap_or_default();
            for (id, text) in &wanted.risks {
                let there = content.pointer(&format!("/risks/{id}/text")).and_then(Value::as_str);
                if there != Some(text.as_str()) {
                    return Err(format!("risk {id} is {there:?}, not {text:?}"));
                }
            }
            match wanted.marks.iter().find(|mark| !body.contains(mark.as_str())) {
                Some(mark) => Err(format!("{mark} is not in the narrative")),
                None => Ok(()),
            }
        },
    )
    .await;
}
