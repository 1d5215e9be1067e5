//! Show 5: a byte turned over in the journal is named, not served, fetched again, and then said to be repaired.

use std::time::Duration;

use alianza_shared::feed::EntryKind;
use alianza_tests::client::set;
use alianza_tests::journal::{
    HEADER_BYTES, KIND_PENDING, KIND_VERDICT, Record, lose_last, records, segments,
};
use alianza_tests::{Cluster, Output, fixture, long_run, random, wait_until};
use anyhow::{Context, Result};
use rand::Rng;
use rand::rngs::StdRng;
use serde_json::json;

const NODE: usize = 1;

/// A field of a record: its name, its first byte, its length.
fn fields(record: &Record) -> Vec<(&'static str, u64, u64)> {
    let header = record.entry().map_or(64, |header| header.encode().len()) as u64;
    let start = HEADER_BYTES as u64;
    let body = record.len_bytes() - start;
    vec![
        ("length", 0, 4),
        ("kind", 4, 1),
        ("checksum", 5, 4),
        ("header", start + 4, header.min(body - 4)),
        ("end of the body", start + body - 8, 8),
    ]
}

/// I5, T24: damage of every field, in edits of both cities, at the start, in the middle, at the end.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_an_edit_is_named_and_repaired() -> Result<()> {
    let seed = random::seed("a_flipped_byte_in_an_edit_is_named_and_repaired");
    flips(two_with_history().await?, EntryKind::Edit, if long_run() { 40 } else { 10 }, seed).await
}

/// The same in acts, on which it depends who is a partner at all.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_an_act_is_named_and_repaired() -> Result<()> {
    let seed = random::seed("a_flipped_byte_in_an_act_is_named_and_repaired");
    flips(two_with_history().await?, EntryKind::Act, if long_run() { 40 } else { 10 }, seed).await
}

/// The same in a journal of several segments: the first round is in the first one, the second in the last.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_any_segment_is_named_and_repaired() -> Result<()> {
    let seed = random::seed("a_flipped_byte_in_any_segment_is_named_and_repaired");
    let cluster = two_with_history().await?;
    grow_to_two_segments(&cluster, seed).await?;
    flips(cluster, EntryKind::Edit, if long_run() { 20 } else { 4 }, seed).await
}

/// Edits of 96 KB in several documents, until the journal has a second segment.
async fn grow_to_two_segments(cluster: &Cluster, seed: u64) -> Result<()> {
    const VALUE_BYTES: usize = 4_000;
    const VALUES: usize = 24;
    const DOCUMENTS: usize = 8;
    let mut random = random::generator(seed);
    let folder = cluster.nodes[NODE].journal().join(&cluster.circle);
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let mut programmes = Vec::new();
    for _ in 0..DOCUMENTS {
        programmes.push(fixture::programme(&client, &cluster.circle, &city8).await?.id);
    }
    for n in 0..1_500 {
        let mut value =
            || -> String { (0..VALUE_BYTES).map(|_| char::from(random.random_range(b'a'..=b'z'))).collect() };
        // One change that writes a field over and over.
        let edits: Vec<_> = (0..VALUES).map(|_| set("/code", json!(value()))).collect();
        client.patch(&programmes[n % DOCUMENTS], &edits).await?;
        if n % 50 == 49 {
            cluster.settled(&[0, 1]).await?;
            if segments(&folder)?.len() >= 2 {
                return Ok(());
            }
        }
    }
    anyhow::bail!("the journal has still one segment")
}

async fn flips(mut cluster: Cluster, kind: EntryKind, rounds: usize, seed: u64) -> Result<()> {
    let mut random = random::generator(seed);
    let root = cluster.settled(&[0, 1]).await?;
    let digest = cluster.client(NODE).digest(&cluster.circle).await?;
    let folder = cluster.nodes[NODE].journal().join(&cluster.circle);

    for round in 0..rounds {
        cluster.nodes[NODE].stop().await?;
        let all = records(&folder)?;
        // Damage that touches older damage is one region, of which only the first record can be named.
        let alone = |record: &Record| {
            let before = all.iter().any(|one| one.segment == record.segment && one.end() == record.offset);
            let after = all.iter().any(|one| one.segment == record.segment && one.offset == record.end());
            (before || record.offset == 0)
                && (after || all.last().is_some_and(|last| last.end() == record.end()))
        };
        let wanted =
            |record: &&Record| record.entry().is_some_and(|header| header.kind == kind) && alone(record);
        let entries: Vec<&Record> = all.iter().filter(wanted).collect();
        let record = match round {
            0 => entries[0],
            1 => entries[entries.len() - 1],
            _ => entries[random.random_range(0..entries.len())],
        };
        let (field, from, length) = fields(record)[round % 5];
        let at = from + random.random_range(0..length);
        let header = record.entry().context("an Entry record holds a header")?;
        let what = format!("round {round}: byte {at} ({field}) of {}", header.place());
        record.flip(at)?;

        let verify = cluster.nodes[NODE].run(&["verify"], None).await?;
        assert_ne!(verify.code, Some(0), "{what}: verify is content: {}", verify.text());
        names_the_place(&verify, &cluster, &header, &what);

        cluster.nodes[NODE].start().await?;
        let back = cluster.settled(&[0, 1]).await.with_context(|| what.clone())?;
        assert_eq!(back, root, "{what}");
        assert_eq!(cluster.client(NODE).digest(&cluster.circle).await?, digest, "{what}");
        let repaired = wait_until(&format!("{what}: repaired"), Duration::from_secs(30), || async {
            let verify =
                cluster.nodes[NODE].run(&["verify"], None).await.map_err(|error| error.to_string())?;
            if verify.ok() { Ok(verify) } else { Err(verify.text()) }
        })
        .await;
        let text = repaired.text().to_lowercase();
        let says_so = ["repaired", "reparad"].iter().any(|word| text.contains(word));
        assert!(says_so, "{what}: verify does not say repaired: {text}");
    }
    // What was repaired stays so: alone after a start, with nobody to ask, nothing is missing.
    cluster.stop().await?;
    cluster.nodes[NODE].start().await?;
    let status = cluster.client(NODE).status().await?;
    assert_eq!(
        (status.alliances[0].waiting, &status.alliances[0].state_root),
        (0, &root),
        "{:?}",
        status.damaged
    );
    assert_eq!(cluster.client(NODE).digest(&cluster.circle).await?, digest);
    cluster.stop().await
}

fn names_the_place(verify: &Output, cluster: &Cluster, header: &alianza_shared::feed::Header, what: &str) {
    let text = verify.text();
    let place = header.place();
    let circle = cluster.circle.get(..8).unwrap_or_default();
    let city = cluster.nodes.iter().find(|node| text.contains(&node.city));
    assert!(text.contains(circle), "{what}: the circle is not named: {text}");
    assert!(city.is_some() || text.contains(&place.city.hex()), "{what}: the city is not named: {text}");
    for (name, number) in [("epoch", u64::from(place.epoch)), ("seq", place.seq)] {
        let digits = number.to_string();
        let named = text.split(|c: char| !c.is_ascii_digit()).any(|word| word == digits);
        assert!(named, "{what}: {name} {number} is not named: {text}");
    }
}

/// What no partner has cannot come back: it is named as lost.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_a_pending_record_is_named_as_lost() -> Result<()> {
    let mut cluster = two_with_history().await?;
    let circle = cluster.circle.clone();
    // Alone after a start, a node seals nothing (I7): its edits stay pending.
    cluster.stop().await?;
    cluster.nodes[NODE].start().await?;
    let client = cluster.client(NODE);
    let programme = client.of_kind(&circle, "programme").await?.remove(0);
    client.set(&programme.id, "/visibility_plan", json!("Primera versión.")).await?;
    client.set(&programme.id, "/code", json!("P-LOST")).await?;
    cluster.nodes[NODE].stop().await?;

    let folder = cluster.nodes[NODE].journal().join(&circle);
    let all = records(&folder)?;
    let pending: Vec<&Record> = all.iter().filter(|record| record.kind == KIND_PENDING).collect();
    assert!(pending.len() >= 2, "two edits are two pending records: {}", pending.len());
    let record = pending[pending.len() - 2];
    record.flip(HEADER_BYTES as u64 + 20)?;
    let verify = cluster.nodes[NODE].run(&["verify"], None).await?;
    assert_ne!(verify.code, Some(0), "{}", verify.text());

    cluster.nodes[NODE].start().await?;
    cluster.nodes[0].start().await?;
    cluster.settled(&[0, 1]).await?;
    let verify = cluster.nodes[NODE].run(&["verify"], None).await?;
    let text = verify.text().to_lowercase();
    assert!(["lost", "perdid", "pierd"].iter().any(|word| text.contains(word)), "not named as lost: {text}");
    cluster.stop().await
}

/// I38, I45: a power cut takes verdicts, which are not synced by themselves, and leaves the index made from them. What
/// is written then lies before the place up to which the index goes, and is there after a kill all the same.
#[tokio::test(flavor = "multi_thread")]
async fn an_edit_written_where_lost_verdicts_stood_is_there_after_a_kill() -> Result<()> {
    let mut cluster = two_with_history().await?;
    let programme = cluster.client(0).of_kind(&cluster.circle, "programme").await?.remove(0);
    // Entries that come together are judged together: their verdicts stand last.
    cluster.nodes[NODE].stop().await?;
    for n in 0..4 {
        cluster.client(0).set(&programme.id, "/code", json!(format!("P-{n}"))).await?;
        // Sealed: an entry of its own.
        cluster.settled(&[0]).await?;
    }
    cluster.nodes[NODE].start().await?;
    cluster.settled(&[0, 1]).await?;
    cluster.stop().await?;
    let lost = lose_last(&cluster.nodes[NODE].journal().join(&cluster.circle), KIND_VERDICT)?;
    assert!(lost >= 2, "what is written next is to lie before the last verdict: {lost}");

    cluster.nodes[NODE].start().await?;
    cluster.client(NODE).set(&programme.id, "/code", json!("P-AFTER")).await?;
    cluster.nodes[NODE].kill().await?;
    cluster.nodes[NODE].start().await?;
    let content = cluster.client(NODE).document(&programme.id).await?.content;
    assert_eq!(content["code"], "P-AFTER", "acknowledged before the kill");
    cluster.nodes[0].start().await?;
    cluster.settled(&[0, 1]).await?;
    cluster.assert_equal_documents(&[0, 1]).await?;
    cluster.stop().await
}

/// The journal of accounts has its own chain.
#[tokio::test(flavor = "multi_thread")]
async fn a_flipped_byte_in_the_local_journal_is_named() -> Result<()> {
    let mut cluster = Cluster::strangers(1).await?;
    cluster.nodes[0].stop().await?;
    let all = records(&cluster.nodes[0].journal().join("local"))?;
    assert!(all.len() >= 2, "accounts and audit are records");
    all[all.len() / 2].flip(HEADER_BYTES as u64 + 40)?;
    let verify = cluster.nodes[0].run(&["verify"], None).await?;
    assert_ne!(verify.code, Some(0), "{}", verify.text());
    assert!(verify.text().contains("local"), "{}", verify.text());
    // The node starts all the same and says what it lost.
    cluster.nodes[0].start().await?;
    cluster.nodes[0].stop().await
}

/// An alliance of two with a programme and edits of both.
async fn two_with_history() -> Result<Cluster> {
    let cluster = Cluster::alliance(2).await?;
    let client = cluster.client(0);
    let (_, city8) = fixture::city(&client).await?;
    let programme = fixture::programme(&client, &cluster.circle, &city8).await?;
    cluster.settled(&[0, 1]).await?;
    let mut random: StdRng = random::generator(1);
    for n in 0..8 {
        let words = random::words(&mut random);
        let operation = set("/general_objective", json!(format!("{words} {n}")));
        cluster.client(n % 2).patch(&programme.id, &[operation]).await?;
        cluster.settled(&[0, 1]).await?;
    }
    Ok(cluster)
}
