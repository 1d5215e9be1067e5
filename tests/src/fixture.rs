//! A programme with one of each part that the tests write to.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::{Value, json};

use crate::client::{Client, Refusal};
use crate::wait::wait_for;

/// Ids of a programme and its parts.
#[derive(Debug, Clone)]
pub struct Programme {
    pub id: String,
    /// The narrative *context*: a section document of its own.
    pub context: String,
    pub activity: String,
    pub line: String,
    /// An external funder.
    pub funder: String,
    pub risk: String,
}

impl Programme {
    /// Path of the cell of the external funder in a year.
    pub fn funder_cell(&self, year: u32) -> String {
        format!("/budget_lines/{}/cells/ext:{}|{year}|cash", self.line, self.funder)
    }

    /// Path of a field of the activity.
    pub fn activity_field(&self, field: &str) -> String {
        format!("/activities/{}/{field}", self.activity)
    }
}

/// Writes a programme into an alliance, as a person would, step by step.
///
/// # Errors
/// When the node refuses a step.
pub async fn programme(client: &Client, circle: &str, city8: &str) -> Result<Programme> {
    let made = client
        .create(
            circle,
            "programme",
            json!({
                "code": "P-BOL", "title": {"es": "Cuenca del Guadalquivir"}, "default_currency": "EUR",
                "period_start": "2026-01-01", "period_end": "2028-12-31", "lead_city": city8,
                "general_objective": "Mejorar la gestión del agua.",
            }),
        )
        .await?;
    let id = made.id;
    let funder = client
        .add(&id, "/financiers", json!({"name": "Diputación", "type": "province", "status": "requested"}))
        .await?;
    let activity = client
        .add(
            &id,
            "/activities",
            json!({
                "text": "Misión técnica", "code": "A1", "kind": "mission", "lead_city": city8,
                "planned_start": "2026-03-01", "planned_end": "2026-06-30", "status": "planned",
                "progress_pct": 0,
            }),
        )
        .await?;
    let line = json!({"title": "Viajes", "code": "1.1", "category": "viajes", "activity_id": activity, "direct": true});
    let line = client.add(&id, "/budget_lines", line).await?;
    let risk = client.add(&id, "/risks", json!({"text": "Sequía", "prob": 3, "impact": 4})).await?;
    let view = client.document(&id).await?;
    let context = view.content.pointer("/sections/context").and_then(Value::as_str);
    let context = context.context("a programme has a section `context`")?.to_owned();
    Ok(Programme { id, context, activity, line, funder, risk })
}

/// The city of `client` accepts to take part, by which it gets its contribution; its id.
///
/// # Errors
/// When the node refuses, or makes none.
pub async fn take_part(client: &Client, circle: &str, programme: &str) -> Result<String> {
    let (city_id, city8) = city(client).await?;
    client.set(programme, &format!("/partners/{city8}~1status"), json!("accepted")).await?;
    contribution(client, circle, programme, &city_id).await
}

/// The contribution of one city to a programme, once this node has it.
///
/// # Errors
/// When there is none within 30 s.
pub async fn contribution(client: &Client, circle: &str, programme: &str, city_id: &str) -> Result<String> {
    wait_for("the city has its contribution", Duration::from_secs(30), || async {
        let all = client.documents(circle).await.map_err(|error| error.to_string())?;
        let found = all.iter().find(|one| {
            one.kind == "contribution"
                && one.parent.as_deref() == Some(programme)
                && one.owner.as_deref() == Some(city_id)
        });
        let kinds: Vec<&str> = all.iter().map(|one| one.kind.as_str()).collect();
        found.map(|one| one.id.clone()).ok_or_else(|| format!("{kinds:?}"))
    })
    .await
}

/// The city of this node, in full and in eight bytes.
///
/// # Errors
/// When the node does not answer.
pub async fn city(client: &Client) -> Result<(String, String), Refusal> {
    let status = client.status().await?;
    Ok((status.city.city_id, status.city.city8))
}
