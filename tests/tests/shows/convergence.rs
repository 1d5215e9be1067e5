//! Shows 2, 4 and 10: who was away ends with the same; what is derived can be thrown away; random work converges.

use std::time::{Duration, Instant};

use alianza_tests::client::{set, splice};
use alianza_tests::cluster::zero;
use alianza_tests::{Cluster, fixture, long_run, random, wait_until};
use anyhow::Result;
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;

/// Show 2: stop one of six, write in two others, start it again (I19, I20).
#[tokio::test(flavor = "multi_thread")]
async fn a_city_that_was_away_ends_with_the_same() -> Result<()> {
    let mut cluster = Cluster::alliance(6).await?;
    let all = [0, 1, 2, 3, 4, 5];
    let tarija = cluster.client(0);
    let (_, city8) = fixture::city(&tarija).await?;
    let programme = fixture::programme(&tarija, &cluster.circle, &city8).await?;
    let before = cluster.settled(&all).await?;

    cluster.nodes[0].stop().await?;
    let (palencia, jaen) = (cluster.client(1), cluster.client(2));
    palencia
        .patch(
            &programme.id,
            &[
                set("/general_objective", json!("Un río limpio para 2028.")),
                set(&programme.activity_field("planned_end"), json!("2026-09-30")),
                set(&programme.funder_cell(2026), json!(1_250_000)),
            ],
        )
        .await?;
    palencia.patch(&programme.context, &[splice("/body", 0, 0, "La cuenca alta pierde caudal. ")]).await?;
    jaen.patch(
        &programme.id,
        &[set("/visibility_plan", json!("Jornadas abiertas.")), set("/code", json!("P-BOL-2"))],
    )
    .await?;
    jaen.patch(&programme.context, &[splice("/body", 0, 0, "Jaén aporta su experiencia. ")]).await?;
    cluster.settled(&[1, 2, 3, 4, 5]).await?;
    cluster.nodes[0].start().await?;

    let root = cluster.settled(&all).await?;
    assert!(!zero(&root) && root != before, "{root} after {before}");
    cluster.assert_equal_documents(&all).await?;
    let body =
        tarija.document(&programme.context).await?.content["body"].as_str().unwrap_or_default().to_owned();
    assert!(body.contains("pierde caudal") && body.contains("Jaén aporta"), "{body}");
    let content = tarija.document(&programme.id).await?.content;
    assert_eq!(content["general_objective"], "Un río limpio para 2028.");
    assert_eq!(content["code"], "P-BOL-2");
    // The command says the same as the page's interface.
    for node in &cluster.nodes {
        let status = node.json(&["status"]).await?;
        let alliance = &status["alliances"][0];
        assert_eq!(alliance["state_root"], json!(root), "{}", node.city);
        for owed in ["pending", "waiting", "held"] {
            assert_eq!(alliance[owed], 0, "{owed} of {}", node.city);
        }
    }
    cluster.stop().await
}

/// Show 4: everything in `index/` can be thrown away.
#[tokio::test(flavor = "multi_thread")]
async fn a_deleted_index_is_rebuilt_from_the_journal() -> Result<()> {
    let mut cluster = Cluster::alliance(2).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    let mut random = random::generator(random::seed("a_deleted_index_is_rebuilt_from_the_journal"));
    for round in 0..20 {
        let client = cluster.client(round % 2);
        edit_programme(&client, &programme.id, &mut random).await;
    }
    let root = cluster.settled(&[0, 1]).await?;
    let digest = cluster.client(1).digest(&cluster.circle).await?;

    // Alone, so that nothing can come from the partner.
    cluster.stop().await?;
    let index = cluster.nodes[1].data.join("index");
    assert!(index.is_dir(), "the index lies in its own folder");
    std::fs::remove_dir_all(&index)?;
    cluster.nodes[1].start().await?;
    let rebuilt = wait_until("rebuilt", Duration::from_secs(30), || async {
        let status = cluster.client(1).status().await.map_err(|error| error.to_string())?;
        let circle = &status.alliances[0];
        if circle.state_root == root { Ok(circle.clone()) } else { Err(format!("{circle:?}")) }
    })
    .await;
    assert_eq!((rebuilt.pending, rebuilt.waiting, rebuilt.held), (0, 0, 0));
    assert_eq!(cluster.client(1).digest(&cluster.circle).await?, digest);

    cluster.nodes[0].start().await?;
    assert_eq!(cluster.settled(&[0, 1]).await?, root);
    let verify = cluster.nodes[1].run(&["verify"], None).await?;
    assert!(verify.ok(), "{}", verify.text());
    cluster.stop().await
}

/// Show 10: random edits on six nodes, with stops and kills, then quiet (I19, I20, I22).
#[tokio::test(flavor = "multi_thread")]
async fn random_work_with_stops_and_kills_converges() -> Result<()> {
    let seed = random::seed("random_work_with_stops_and_kills_converges");
    let mut random = random::generator(seed);
    let mut cluster = Cluster::alliance(6).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let mut documents = Vec::new();
    for _ in 0..3 {
        documents.push(fixture::programme(&client, &cluster.circle, &city8).await?);
    }
    cluster.settled(&[0, 1, 2, 3, 4, 5]).await?;

    let length = Duration::from_secs(if long_run() { 600 } else { 45 });
    let start = Instant::now();
    let (mut done, mut refused) = (0, 0);
    while start.elapsed() < length {
        let n = random.random_range(0..6);
        match random.random_range(0..100) {
            0..3 if cluster.nodes[n].running() && running(&cluster) > 2 => {
                if random.random_bool(0.5) {
                    cluster.nodes[n].kill().await?;
                } else {
                    cluster.nodes[n].stop().await?;
                }
            }
            0..3 => {}
            3..8 => {
                if let Some(node) = cluster.nodes.iter_mut().find(|node| !node.running()) {
                    node.start().await?;
                }
            }
            _ if cluster.nodes[n].running() => {
                let client = cluster.client(n);
                let programme = &documents[random.random_range(0..documents.len())];
                let ok = if random.random_bool(0.3) {
                    edit_section(&client, &programme.context, &mut random).await
                } else {
                    edit_programme(&client, &programme.id, &mut random).await
                };
                if ok { done += 1 } else { refused += 1 }
            }
            _ => {}
        }
        cluster.assert_alive();
    }
    for node in cluster.nodes.iter_mut().filter(|node| !node.running()) {
        node.start().await?;
    }
    println!("{done} edits, {refused} refused by validation");
    assert!(done > 50, "only {done} edits went through, {refused} did not");
    let all = [0, 1, 2, 3, 4, 5];
    let root = cluster.settled_within(&all, Duration::from_secs(180)).await?;
    assert!(!zero(&root));
    cluster.assert_equal_documents(&all).await?;
    cluster.assert_alive();
    for node in &cluster.nodes {
        let verify = node.run(&["verify"], None).await?;
        assert!(verify.ok(), "{}: {}", node.city, verify.text());
    }
    cluster.stop().await
}

fn running(cluster: &Cluster) -> usize {
    cluster.nodes.iter().filter(|node| node.running()).count()
}

/// One random edit through the API; false when the node refused it (a validation, or another edit came between).
async fn edit_programme(client: &alianza_tests::Client, id: &str, random: &mut StdRng) -> bool {
    let Ok(view) = client.document(id).await else { return false };
    let operations = random::programme_edit(random, &view, "0000000000000000");
    report(client.patch(id, &operations).await.map(|_| ()), &format!("{operations:?}"))
}

async fn edit_section(client: &alianza_tests::Client, id: &str, random: &mut StdRng) -> bool {
    let Ok(view) = client.document(id).await else { return false };
    let body = view.content["body"].as_str().unwrap_or_default().to_owned();
    let at = random.random_range(0..=random::utf16_len(&body));
    let operation = splice("/body", if body.is_ascii() { at } else { 0 }, 0, &random::words(random));
    report(client.patch(id, &[operation]).await.map(|_| ()), "a splice of a section")
}

fn report(answer: Result<(), alianza_tests::Refusal>, what: &str) -> bool {
    match answer {
        Ok(()) => true,
        Err(refusal) => {
            assert!(refusal.status < 500, "the node failed at {what}: {refusal}");
            false
        }
    }
}
