//! Documents, their history, and the long poll of changes.

use alianza_shared::api::{
    ApiError, ChangesView, DocumentSummary, DocumentView, HistoryView, NewDocument, PatchDocument,
    PatchResult,
};
use alianza_shared::id::{ChangeHash, CircleId, DocId};
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::{Extension, Json};
use serde::Deserialize;

use super::access::caller;
use super::error::{Answer, stopping, unexpected};
use super::input::{Ask, Input, id};
use super::{App, CHANGES_WAIT_MAX_S};
use crate::accounts::Identity;
use crate::engine::handle::{Request, Response};

/// Heads that `If-Heads` may name.
const IF_HEADS_MAX: usize = 256;

#[derive(Deserialize)]
pub(super) struct Which {
    /// Only documents of this circle.
    circle: Option<String>,
    /// Only documents of this kind.
    kind: Option<String>,
}

/// Documents this node has, in short.
#[utoipa::path(get, path = "/api/documents", tag = "documents", 
    params(("circle" = Option<String>, Query, description = "Only documents of this circle."),
        ("kind" = Option<String>, Query, description = "Only documents of this kind.")),
    responses((status = 200, body = [DocumentSummary])))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Ask(which): Ask<Which>,
) -> Answer<Json<Vec<DocumentSummary>>> {
    if let Some(circle) = &which.circle {
        id::<CircleId>(circle)?;
    }
    let request = Request::Documents { circle: which.circle, kind: which.kind };
    match app.backend.call(&caller(&identity), request).await? {
        Response::Documents(views) => Ok(Json(views)),
        _ => Err(unexpected()),
    }
}

/// A new document. It is durable when this answers.
#[utoipa::path(post, path = "/api/documents", tag = "documents", request_body = NewDocument,
    responses((status = 200, body = DocumentView)))]
pub(super) async fn create(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Input(new): Input<NewDocument>,
) -> Answer<Json<DocumentView>> {
    match app.backend.call(&caller(&identity), Request::CreateDocument(new)).await? {
        Response::Document(view) => Ok(Json(*view)),
        _ => Err(unexpected()),
    }
}

/// A document as JSON, with its heads, conflicts, messages and computed values.
#[utoipa::path(get, path = "/api/documents/{id}", tag = "documents", params(("id" = String, Path)),
    responses((status = 200, body = DocumentView)))]
pub(super) async fn one(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(doc): Path<String>,
) -> Answer<Json<DocumentView>> {
    id::<DocId>(&doc)?;
    match app.backend.call(&caller(&identity), Request::Document { id: doc }).await? {
        Response::Document(view) => Ok(Json(*view)),
        _ => Err(unexpected()),
    }
}

/// Edits a document: all of the operations or none. It is durable when this answers. With `If-Heads` (hashes with
/// commas between them) only if the document still has these heads; otherwise 412 `heads.changed`.
#[utoipa::path(patch, path = "/api/documents/{id}", tag = "documents",
    params(("id" = String, Path), ("If-Heads" = Option<String>, Header)), request_body = PatchDocument,
    responses((status = 200, body = PatchResult)))]
pub(super) async fn patch(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(doc): Path<String>,
    headers: HeaderMap,
    Input(patch): Input<PatchDocument>,
) -> Answer<Json<PatchResult>> {
    id::<DocId>(&doc)?;
    let if_heads = if_heads(&headers)?;
    match app.backend.call(&caller(&identity), Request::Patch { id: doc, if_heads, patch }).await? {
        Response::Patched(result) => Ok(Json(result)),
        _ => Err(unexpected()),
    }
}

fn if_heads(headers: &HeaderMap) -> Result<Option<Vec<String>>, ApiError> {
    let wrong = || ApiError::new(400, "request.heads", "La cabecera If-Heads no es una lista de versiones.");
    let Some(value) = headers.get("if-heads") else { return Ok(None) };
    let mut heads = Vec::new();
    for head in value.to_str().map_err(|_| wrong())?.split(',').map(str::trim).filter(|head| !head.is_empty())
    {
        head.parse::<ChangeHash>().map_err(|_| wrong())?;
        if heads.len() == IF_HEADS_MAX {
            return Err(wrong());
        }
        heads.push(head.to_owned());
    }
    Ok(Some(heads))
}

/// Who changed the document, when, and in which entry of whose feed.
#[utoipa::path(get, path = "/api/documents/{id}/history", tag = "documents", params(("id" = String, Path)),
    responses((status = 200, body = HistoryView)))]
pub(super) async fn history(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(doc): Path<String>,
) -> Answer<Json<HistoryView>> {
    id::<DocId>(&doc)?;
    match app.backend.call(&caller(&identity), Request::History { id: doc }).await? {
        Response::History(view) => Ok(Json(view)),
        _ => Err(unexpected()),
    }
}

#[derive(Deserialize)]
pub(super) struct Since {
    /// The `cursor` of the last answer; 0 the first time.
    #[serde(default)]
    since: u64,
    /// Seconds to wait for something new, at most 30.
    #[serde(default)]
    wait: u64,
}

/// What has changed since a cursor; waits for it if asked to.
#[utoipa::path(get, path = "/api/changes", tag = "documents", 
    params(("since" = Option<u64>, Query, description = "The cursor of the last answer; 0 the first time."),
        ("wait" = Option<u64>, Query, description = "Seconds to wait for something new, at most 30.")),
    responses((status = 200, body = ChangesView)))]
pub(super) async fn changes(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Ask(asked): Ask<Since>,
) -> Answer<Json<ChangesView>> {
    let wait_ms = asked.wait.min(CHANGES_WAIT_MAX_S) * 1_000;
    let caller = caller(&identity);
    let call = app.backend.call(&caller, Request::Changes { since: asked.since, wait_ms });
    let told = tokio::select! {
        told = call => told?,
        () = identity.revoked() => return Err(super::error::not_signed_in().into()),
        () = app.stop.cancelled() => return Err(stopping().into()),
    };
    match told {
        Response::Changes(view) => Ok(Json(view)),
        _ => Err(unexpected()),
    }
}
