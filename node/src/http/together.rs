//! History in groups, what is new to a person, and what the person marks as seen.

use alianza_shared::api::{MarkSeen, NewsView, SeenView, TimelineView};
use alianza_shared::id::DocId;
use axum::extract::{Path, State};
use axum::{Extension, Json};
use serde::Deserialize;

use super::App;
use super::access::caller;
use super::error::{Answer, unexpected};
use super::input::{Ask, Input, id};
use crate::accounts::Identity;
use crate::engine::handle::{Request, Response};

#[derive(Deserialize)]
pub(super) struct Page {
    #[serde(default)]
    parts: bool,
    before: Option<String>,
    limit: Option<u32>,
    #[serde(default)]
    zone: i32,
}

/// The history in groups of changes by city, person and day, the newest first.
#[utoipa::path(get, path = "/api/documents/{id}/timeline", tag = "documents", params(("id" = String, Path),
    ("parts" = Option<bool>, Query, description = "With the documents that belong to it: sections, contributions."),
    ("before" = Option<String>, Query, description = "The `older` of the page before."),
    ("limit" = Option<u32>, Query, description = "Groups of one page, at most 200; 50 when absent."),
    ("zone" = Option<i32>, Query, description = "Minutes east of Greenwich: where the reader's day begins.")),
    responses((status = 200, body = TimelineView)))]
pub(super) async fn timeline(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(doc): Path<String>,
    Ask(page): Ask<Page>,
) -> Answer<Json<TimelineView>> {
    id::<DocId>(&doc)?;
    let Page { parts, before, limit, zone } = page;
    let request = Request::Timeline { id: doc, parts, before, limit, minutes_east: zone };
    match app.backend.call(&caller(&identity), request).await? {
        Response::Timeline(view) => Ok(Json(view)),
        _ => Err(unexpected()),
    }
}

/// What others changed in a document and its parts since this person last marked them as seen.
#[utoipa::path(get, path = "/api/documents/{id}/news", tag = "documents", params(("id" = String, Path)),
    responses((status = 200, body = NewsView)))]
pub(super) async fn news(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(doc): Path<String>,
) -> Answer<Json<NewsView>> {
    id::<DocId>(&doc)?;
    let seen = app.accounts.seen(&identity).await?.documents;
    match app.backend.call(&caller(&identity), Request::News { id: doc, seen }).await? {
        Response::News(view) => Ok(Json(view)),
        _ => Err(unexpected()),
    }
}

/// What this person has marked as seen. Nobody else can ask for it.
#[utoipa::path(get, path = "/api/seen", tag = "documents", responses((status = 200, body = SeenView)))]
pub(super) async fn seen(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
) -> Answer<Json<SeenView>> {
    Ok(Json(app.accounts.seen(&identity).await?))
}

/// Marks versions of documents as seen by this person. Durable when it answers; opening a document marks nothing.
#[utoipa::path(put, path = "/api/seen", tag = "documents", request_body = MarkSeen,
    responses((status = 200, body = SeenView)))]
pub(super) async fn mark(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Input(new): Input<MarkSeen>,
) -> Answer<Json<SeenView>> {
    Ok(Json(app.accounts.mark_seen(&identity, new).await?))
}
