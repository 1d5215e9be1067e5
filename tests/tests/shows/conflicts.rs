//! Show 9: values written at once are all shown, the total is provisional, PR07 stands until a person decides.

use std::time::Duration;

use alianza_shared::api::{ConflictView, DocumentView};
use alianza_shared::id::DocId;
use alianza_tests::live::{LiveClient, Verdict, object};
use alianza_tests::{Client, Cluster, fixture, wait_until};
use anyhow::{Context, Result};
use automerge::transaction::Transactable;
use serde_json::{Value, json};

/// Values of one path that stand at once, as the API shows them.
fn values(view: &DocumentView, path: &str) -> Option<Vec<Value>> {
    let found: Option<&ConflictView> = view.conflicts.iter().find(|one| one.path == path);
    found.map(|one| {
        let mut values: Vec<Value> = one.values.iter().map(|value| value.value.clone()).collect();
        values.sort_by_key(ToString::to_string);
        values
    })
}

fn has_pr07(view: &DocumentView) -> bool {
    view.messages.iter().any(|message| message.code == "PR07")
}

/// Does anything derived say that it is provisional?
fn provisional(value: &Value) -> bool {
    match value {
        Value::Object(map) => map.iter().any(|(key, inner)| {
            (key.contains("provisional") && inner == &Value::Bool(true)) || provisional(inner)
        }),
        Value::Array(items) => items.iter().any(provisional),
        _ => false,
    }
}

/// Two cities, one cell of an external funder and one date, while apart.
#[tokio::test(flavor = "multi_thread")]
async fn values_written_while_apart_are_all_shown_until_someone_decides() -> Result<()> {
    let mut cluster = Cluster::alliance(3).await?;
    let all = [0, 1, 2];
    let (tarija, palencia) = (cluster.client(0), cluster.client(1));
    let (_, city8) = fixture::city(&tarija).await?;
    let programme = fixture::programme(&tarija, &cluster.circle, &city8).await?;
    let (cell, date) = (programme.funder_cell(2026), programme.activity_field("planned_end"));
    tarija.set(&programme.id, &cell, json!(500_000)).await?;
    cluster.settled(&all).await?;

    // Apart: each writes while no other runs.
    cluster.nodes[1].stop().await?;
    cluster.nodes[2].stop().await?;
    tarija.set(&programme.id, &cell, json!(1_000_000)).await?;
    tarija.set(&programme.id, &date, json!("2026-08-31")).await?;
    cluster.nodes[0].stop().await?;
    cluster.nodes[1].start().await?;
    palencia.set(&programme.id, &cell, json!(1_200_000)).await?;
    palencia.set(&programme.id, &date, json!("2026-10-31")).await?;
    cluster.nodes[0].start().await?;
    cluster.nodes[2].start().await?;
    cluster.settled(&all).await?;
    cluster.assert_equal_documents(&all).await?;

    for n in all {
        let view = cluster.client(n).document(&programme.id).await?;
        let city = &cluster.nodes[n].city;
        assert_eq!(
            values(&view, &cell),
            Some(vec![json!(1_000_000), json!(1_200_000)]),
            "{city}: {:?}",
            view.conflicts
        );
        assert_eq!(values(&view, &date), Some(vec![json!("2026-08-31"), json!("2026-10-31")]), "{city}");
        let cities: Vec<&str> =
            view.conflicts.iter().flat_map(|one| &one.values).map(|one| one.city.as_str()).collect();
        assert!(cities.iter().any(|one| *one != cities[0]), "whose values they are: {cities:?}");
        assert!(has_pr07(&view), "{city}: {:?}", view.messages);
        assert!(provisional(&view.derived), "{city}: the total is provisional: {}", view.derived);
    }

    // A third city decides one, PR07 stands; it decides the other, PR07 goes; everywhere.
    let azuqueca = cluster.client(2);
    azuqueca.set(&programme.id, &cell, json!(1_200_000)).await?;
    assert!(has_pr07(&azuqueca.document(&programme.id).await?), "one is still open");
    azuqueca.set(&programme.id, &date, json!("2026-10-31")).await?;
    cluster.settled(&all).await?;
    for n in all {
        let view = cluster.client(n).document(&programme.id).await?;
        assert_eq!((values(&view, &cell), values(&view, &date)), (None, None), "{:?}", view.conflicts);
        assert!(!has_pr07(&view) && !provisional(&view.derived));
        assert_eq!(view.content.pointer(&cell), Some(&json!(1_200_000)));
    }
    cluster.stop().await
}

/// Equal values are no conflict, however many wrote them (§3.5).
#[tokio::test(flavor = "multi_thread")]
async fn the_same_value_written_twice_is_no_conflict() -> Result<()> {
    let mut cluster = Cluster::alliance(2).await?;
    let (one, other) = (cluster.client(0), cluster.client(1));
    let (_, city8) = fixture::city(&one).await?;
    let programme = fixture::programme(&one, &cluster.circle, &city8).await?;
    cluster.settled(&[0, 1]).await?;
    let cell = programme.funder_cell(2027);
    cluster.nodes[1].stop().await?;
    one.set(&programme.id, &cell, json!(75_000)).await?;
    cluster.nodes[0].stop().await?;
    cluster.nodes[1].start().await?;
    other.set(&programme.id, &cell, json!(75_000)).await?;
    cluster.nodes[0].start().await?;
    cluster.settled(&[0, 1]).await?;
    for n in [0, 1] {
        let view = cluster.client(n).document(&programme.id).await?;
        assert_eq!(values(&view, &cell), None, "{:?}", view.conflicts);
        assert!(!has_pr07(&view));
    }
    cluster.stop().await
}

/// Two people of one city, the same cell of their own contribution, at once.
#[tokio::test(flavor = "multi_thread")]
async fn two_people_of_one_city_see_both_their_values() -> Result<()> {
    let mut cluster = Cluster::alliance(2).await?;
    let ana = cluster.client(0);
    let second =
        alianza_tests::cluster::new_person(&cluster.nodes[0], "berta", &["finance_officer", "coop_officer"])
            .await?;
    let berta = Client::new(cluster.nodes[0].page, &second.token);
    let (city_id, city8) = fixture::city(&ana).await?;
    let programme = fixture::programme(&ana, &cluster.circle, &city8).await?;
    let own = fixture::contribution(&ana, &cluster.circle, &programme.id, &city_id).await?;
    let key = format!("{}|2026|cash", programme.line);
    let path = format!("/cells/{key}");
    ana.set(&own, &path, json!(100_000)).await?;
    cluster.settled(&[0, 1]).await?;

    let doc: DocId = own.parse()?;
    let mut tabs = [LiveClient::connect(&ana).await?, LiveClient::connect(&berta).await?];
    assert_ne!(tabs[0].person_ref, tabs[1].person_ref, "each person is one");
    for tab in &mut tabs {
        tab.open(doc, true).await?;
    }
    // Both write before either has heard of the other.
    let mut changes = Vec::new();
    for (tab, amount) in tabs.iter_mut().zip([150_000, 180_000]) {
        let key = key.clone();
        changes.push(tab.change(doc, move |doc| {
            let cells = object(doc, &["cells"])?;
            Ok(doc.put(&cells, key.as_str(), amount)?)
        })?);
    }
    for (tab, change) in tabs.iter_mut().zip(changes) {
        let reference = tab.send_changes(doc, vec![change]).await?;
        assert_eq!(tab.verdict(reference).await?, Verdict::Stored);
    }
    cluster.settled(&[0, 1]).await?;
    for n in [0, 1] {
        let view = cluster.client(n).document(&own).await?;
        let both = Some(vec![json!(150_000), json!(180_000)]);
        assert_eq!(values(&view, &path), both, "{}: {:?}", cluster.nodes[n].city, view.conflicts);
        let persons: Vec<&str> = view.conflicts[0].values.iter().map(|one| one.person_ref.as_str()).collect();
        assert_ne!(persons[0], persons[1], "whose values they are");
        let whole = cluster.client(n).document(&programme.id).await?;
        assert!(has_pr07(&whole), "the programme says so too: {:?}", whole.messages);
        assert!(provisional(&whole.derived), "{}", whole.derived);
    }
    // The city decides; another cannot.
    let refusal = cluster.client(1).set(&own, &path, json!(1)).await.expect_err("not theirs");
    assert_eq!(refusal.code, "PB02");
    ana.set(&own, &path, json!(180_000)).await?;
    cluster.settled(&[0, 1]).await?;
    wait_until("decided everywhere", Duration::from_secs(20), || async {
        let view = cluster.client(1).document(&programme.id).await.map_err(|error| error.to_string())?;
        if has_pr07(&view) { Err(format!("{:?}", view.messages)) } else { Ok(()) }
    })
    .await;
    let view = cluster.client(1).document(&own).await?;
    assert_eq!(view.content.pointer(&path).context("the cell")?, &json!(180_000));
    cluster.stop().await
}
