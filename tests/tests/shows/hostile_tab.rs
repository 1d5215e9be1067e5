//! Show 7, first half: a tab that cheats is refused with a code; the node lives, others' edits pass.

use std::time::Duration;

use alianza_shared::id::DocId;
use alianza_tests::live::{ANSWER_TIMEOUT, LiveClient, Verdict, commit, object};
use alianza_tests::{Client, Cluster, fixture};
use anyhow::{Context, Result};
use automerge::transaction::Transactable;
use automerge::{ActorId, AutoCommit, Change};
use serde_json::json;

/// A tab of the same person that never cheats: its edits must always pass.
struct Honest {
    tab: LiveClient,
    doc: DocId,
    count: usize,
}

impl Honest {
    async fn still_works(&mut self, client: &Client, after: &str) -> Result<()> {
        self.count += 1;
        let mark = format!("[{}]", self.count);
        let verdict = self.tab.type_text(self.doc, &["body"], 0, &mark).await?;
        assert_eq!(verdict, Verdict::Stored, "an honest edit after {after}");
        let body = client.document(&self.doc.hex()).await?.content["body"].to_string();
        assert!(body.contains(&mark), "after {after}: {body}");
        Ok(())
    }
}

/// G1–G3, S8, S18, I12, I16, I44.
#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_tab_is_refused_with_a_code() -> Result<()> {
    let mut cluster = Cluster::alliance(2).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    let doc: DocId = programme.context.parse()?;
    let mut tab = LiveClient::connect(&client).await?;
    tab.open(doc, true).await?;
    let mut honest = Honest { tab: LiveClient::connect(&client).await?, doc, count: 0 };
    honest.tab.open(doc, true).await?;
    honest.still_works(&client, "nothing").await?;

    let cases = hostile_changes(&mut fork(&mut tab, doc)?, &tab.actor, &other_city(&cluster).await?)?;
    for (what, expected, changes) in cases {
        let mut tab = LiveClient::connect(&client).await?;
        tab.open(doc, false).await?;
        let reference = tab.send_changes(doc, changes).await?;
        tab.until(what, ANSWER_TIMEOUT, |tab| !tab.refused.is_empty() || tab.stored.contains(&reference))
            .await?;
        let Some((of, code, message)) = tab.refused.first() else { panic!("{what} was stored") };
        println!("{what}: {code}: {message}");
        assert_eq!((*of, code.as_str()), (Some(reference), expected), "{what}: which one, and why");
        assert!(!message.is_empty(), "{what} has a sentence");
        honest.still_works(&client, what).await?;
    }
    repeated_seq(&client, doc).await?;
    honest.still_works(&client, "a repeated seq").await?;
    frames_that_are_none(&client, doc, &mut honest).await?;
    foreign_contribution(&cluster, &programme.id).await?;
    honest.still_works(&client, "a foreign contribution").await?;

    cluster.assert_alive();
    drop(tab);
    cluster.settled(&[0, 1]).await?;
    cluster.assert_equal_documents(&[0, 1]).await?;
    let status = client.status().await?;
    assert_eq!(status.alliances[0].void, 0, "nothing of it was sealed");
    cluster.stop().await
}

async fn other_city(cluster: &Cluster) -> Result<[u8; 8]> {
    let (_, city8) = fixture::city(&cluster.client(1)).await?;
    let bytes = alianza_tests::canonical::unhex(&city8).context("hexadecimal")?;
    Ok(bytes.try_into().unwrap_or_default())
}

fn fork(tab: &mut LiveClient, doc: DocId) -> Result<AutoCommit> {
    let replica = tab.replicas.get_mut(&doc).context("open")?;
    Ok(replica.doc.fork())
}

fn typed(doc: &mut AutoCommit, actor: &[u8], text: &str) -> Result<Vec<u8>> {
    doc.set_actor(ActorId::from(actor.to_vec()));
    let body = object(doc, &["body"])?;
    doc.splice_text(&body, 0, 0, text)?;
    commit(doc)
}

fn fresh_actor(city8: &[u8]) -> Vec<u8> {
    let mut actor = city8.to_vec();
    actor.extend_from_slice(&rand::random::<[u8; 8]>());
    actor
}

/// What is wrong, the code that says so, and the changes of one message.
type Case = (&'static str, &'static str, Vec<Vec<u8>>);

/// Changes that break one rule each.
fn hostile_changes(base: &mut AutoCommit, actor: &[u8], other_city8: &[u8; 8]) -> Result<Vec<Case>> {
    let own = &actor[..8];
    let foreign = typed(&mut base.fork(), &fresh_actor(other_city8), "falso")?;
    let short = typed(&mut base.fork(), own, "actor de ocho bytes")?;
    let compressed = {
        let mut doc = base.fork();
        let raw = typed(&mut doc, &fresh_actor(own), &"agua y saneamiento ".repeat(200))?;
        let small = Change::from_bytes(raw.clone())?.bytes().into_owned();
        assert!(small.len() < raw.len(), "this change compresses");
        small
    };
    let document = {
        let mut doc = base.fork();
        typed(&mut doc, &fresh_actor(own), "todo")?;
        doc.save()
    };
    let orphan = {
        let mut doc = base.fork();
        let actor = fresh_actor(own);
        typed(&mut doc, &actor, "perdido")?;
        typed(&mut doc, &actor, "huérfano")?
    };
    let mut broken = typed(&mut base.fork(), &fresh_actor(own), "roto")?;
    let last = broken.len() - 1;
    broken[last] ^= 0x55;
    let huge = typed(&mut base.fork(), &fresh_actor(own), &"x".repeat(200 * 1024))?;
    let operations = {
        let mut doc = base.fork();
        doc.set_actor(ActorId::from(fresh_actor(own)));
        for n in 0..10_050 {
            doc.put(automerge::ROOT, "z", n)?;
        }
        commit(&mut doc)?
    };
    Ok(vec![
        ("another city's actor", "gate.G3.actor", vec![foreign]),
        ("an actor of another form", "gate.G3.actor", vec![short]),
        ("a compressed chunk", "gate.G1.chunk_type", vec![compressed]),
        ("a document chunk", "gate.G1.chunk_type", vec![document]),
        ("an orphan", "gate.G2.dependency", vec![orphan]),
        ("a wrong checksum", "gate.G1.checksum", vec![broken]),
        ("a change of 200 KiB", "gate.G1.size", vec![huge]),
        ("a change of 10,050 operations", "gate.G1.ops", vec![operations]),
        ("no change at all", "gate.G1.form", vec![vec![]]),
        ("not a change", "gate.G1.checksum", vec![vec![0x85, 0x6f, 0x4a, 0x83, 1, 2, 3, 4, 1, 0]]),
    ])
}

/// T8: two different changes with one actor's seq.
async fn repeated_seq(client: &Client, doc: DocId) -> Result<()> {
    let mut tab = LiveClient::connect(client).await?;
    tab.open(doc, false).await?;
    let actor = tab.actor.clone();
    let (mut one, mut other) = (fork(&mut tab, doc)?, fork(&mut tab, doc)?);
    let first = typed(&mut one, &actor, "uno")?;
    let second = typed(&mut other, &actor, "dos")?;
    let reference = tab.send_changes(doc, vec![first]).await?;
    assert_eq!(tab.verdict(reference).await?, Verdict::Stored);
    let reference = tab.send_changes(doc, vec![second]).await?;
    match tab.verdict(reference).await? {
        Verdict::Refused { code, message } => println!("a repeated seq: {code}: {message}"),
        Verdict::Stored => panic!("a repeated seq was stored"),
    }
    Ok(())
}

/// Messages that the socket does not know or take; each ends at most that socket.
async fn frames_that_are_none(client: &Client, doc: DocId, honest: &mut Honest) -> Result<()> {
    let two_megabytes = vec![0u8; 2 << 20];
    let unknown = vec![0x82, 0x18, 0x63, 0x01];
    let indefinite = vec![0x9f, 0x07, 0xff];
    let trailing = vec![0x81, 0x07, 0x00];
    let claims_much = [&[0x84, 0x04, 0x01, 0x50][..], &doc.0, &[0x9a, 0xff, 0xff, 0xff, 0xff]].concat();
    for (what, bytes) in [
        ("a frame of 2 MB", two_megabytes),
        ("an unknown message", unknown),
        ("an array without length", indefinite),
        ("bytes after the message", trailing),
        ("four thousand million changes", claims_much),
        ("nothing", Vec::new()),
    ] {
        let mut tab = LiveClient::connect(client).await?;
        tab.send_bytes(bytes).await.ok();
        let answer = loop {
            match tab.next(Duration::from_secs(10)).await {
                Ok(alianza_tests::live::FromNode::Refused { code, .. }) => break format!("refused {code}"),
                Ok(_) => {}
                Err(error) => break format!("{error:#}"),
            }
        };
        println!("{what}: {answer}");
        assert!(!answer.contains("nothing came"), "{what}: neither refused nor closed");
        honest.still_works(client, what).await?;
    }
    Ok(())
}

/// PB02: only a city's own people write its contribution.
async fn foreign_contribution(cluster: &Cluster, programme: &str) -> Result<()> {
    let (own, other) = (cluster.client(0), cluster.client(1));
    let (city_id, _) = fixture::city(&other).await?;
    // The programme may still be pending at its own city: partners have it once it is sealed.
    cluster.settled(&[0, 1]).await?;
    fixture::take_part(&other, &cluster.circle, programme).await?;
    let id = fixture::contribution(&own, &cluster.circle, programme, &city_id).await?;
    let path = "/cells/00000000-0000-7000-8000-000000000000|2026|cash";
    let refusal = own.set(&id, path, json!(100)).await.expect_err("another city's contribution");
    println!("a foreign contribution by API: {refusal}");
    assert_eq!(refusal.code, "PB02");
    let mut tab = LiveClient::connect(&own).await?;
    let doc: DocId = id.parse()?;
    tab.open(doc, false).await?;
    assert!(!tab.replicas[&doc].writable, "the tab is told so");
    let verdict = tab
        .edit(doc, |doc| {
            let cells = object(doc, &["cells"])?;
            Ok(doc.put(&cells, "x|2026|cash", 100)?)
        })
        .await?;
    assert!(matches!(&verdict, Verdict::Refused { .. }), "{verdict:?}");
    println!("a foreign contribution by socket: {verdict:?}");
    Ok(())
}
