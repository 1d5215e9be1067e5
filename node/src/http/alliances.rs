//! Status, cities, alliances, invitations, joining.

use alianza_shared::api::{
    Admit, CircleStatus, CityView, HealthView, InvitationView, Join, NewAlliance, NewInvitation, StatusView,
};
use alianza_shared::id::{CircleId, EntryHash};
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::{Extension, Json};

use super::App;
use super::access::caller;
use super::error::{Answer, unexpected};
use super::input::{Input, id};
use crate::accounts::Identity;
use crate::clock;
use crate::engine::handle::{Request, Response};

/// The node answers. Says nothing else, and asks for no session.
#[utoipa::path(get, path = "/healthz", tag = "node", responses((status = 200, body = HealthView)), security(()))]
pub(super) async fn health() -> Json<HealthView> {
    Json(HealthView { status: "ok".into() })
}

/// The node, its alliances, and what each partner has.
#[utoipa::path(get, path = "/api/status", tag = "node", responses((status = 200, body = StatusView)))]
pub(super) async fn status(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
) -> Answer<Json<StatusView>> {
    match app.backend.call(&caller(&identity), Request::Status).await? {
        Response::Status(mut view) => {
            view.certificate = app.options.tls.as_ref().map(|tls| tls.view(clock::now_ms()));
            Ok(Json(*view))
        }
        _ => Err(unexpected()),
    }
}

/// All cities whose card this node has, with their people.
#[utoipa::path(get, path = "/api/cities", tag = "node", responses((status = 200, body = [CityView])))]
pub(super) async fn cities(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
) -> Answer<Json<Vec<CityView>>> {
    match app.backend.call(&caller(&identity), Request::Cities).await? {
        Response::Cities(views) => Ok(Json(views)),
        _ => Err(unexpected()),
    }
}

/// Alliances of this city.
#[utoipa::path(get, path = "/api/alliances", tag = "alliances", responses((status = 200, body = [CircleStatus])))]
pub(super) async fn list(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
) -> Answer<Json<Vec<CircleStatus>>> {
    match app.backend.call(&caller(&identity), Request::Alliances).await? {
        Response::Alliances(views) => Ok(Json(views)),
        _ => Err(unexpected()),
    }
}

/// Founds an alliance with this city as its first member and coordinator.
#[utoipa::path(post, path = "/api/alliances", tag = "alliances", request_body = NewAlliance,
    responses((status = 200, body = CircleStatus)))]
pub(super) async fn create(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Input(new): Input<NewAlliance>,
) -> Answer<Json<CircleStatus>> {
    circle(&app, &identity, "alliance.create", Request::CreateAlliance(new)).await
}

/// One alliance.
#[utoipa::path(get, path = "/api/alliances/{circle}", tag = "alliances", params(("circle" = String, Path)),
    responses((status = 200, body = CircleStatus)))]
pub(super) async fn one(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(circle): Path<String>,
) -> Answer<Json<CircleStatus>> {
    id::<CircleId>(&circle)?;
    match app.backend.call(&caller(&identity), Request::Alliance { circle }).await? {
        Response::Alliance(view) => Ok(Json(*view)),
        _ => Err(unexpected()),
    }
}

/// Leaves an alliance. What this city wrote stays with the others.
#[utoipa::path(post, path = "/api/alliances/{circle}/leave", tag = "alliances", params(("circle" = String, Path)),
    responses((status = 204)))]
pub(super) async fn leave(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(circle): Path<String>,
) -> Answer<StatusCode> {
    id::<CircleId>(&circle)?;
    done(&app, &identity, ("alliance.leave", circle.clone()), Request::Leave { circle }).await
}

/// Invitations of this alliance, and the answers that wait for admission.
#[utoipa::path(get, path = "/api/alliances/{circle}/invitations", tag = "alliances",
    params(("circle" = String, Path)), responses((status = 200, body = [InvitationView])))]
pub(super) async fn invitations(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(circle): Path<String>,
) -> Answer<Json<Vec<InvitationView>>> {
    id::<CircleId>(&circle)?;
    match app.backend.call(&caller(&identity), Request::Invitations { circle }).await? {
        Response::Invitations(views) => Ok(Json(views)),
        _ => Err(unexpected()),
    }
}

/// Invites a city. The link is in this answer only.
#[utoipa::path(post, path = "/api/alliances/{circle}/invitations", tag = "alliances",
    params(("circle" = String, Path)), request_body = NewInvitation, responses((status = 200, body = InvitationView)))]
pub(super) async fn invite(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(circle): Path<String>,
    Input(invitation): Input<NewInvitation>,
) -> Answer<Json<InvitationView>> {
    id::<CircleId>(&circle)?;
    match app.backend.call(&caller(&identity), Request::Invite { circle, invitation }).await? {
        Response::Invitation(view) => {
            audit(&app, &identity, "invite.create", view.id.clone()).await;
            Ok(Json(*view))
        }
        _ => Err(unexpected()),
    }
}

/// Revokes an invitation.
#[utoipa::path(delete, path = "/api/alliances/{circle}/invitations/{id}", tag = "alliances",
    params(("circle" = String, Path), ("id" = String, Path)), responses((status = 204)))]
pub(super) async fn revoke(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path((circle, invitation)): Path<(String, String)>,
) -> Answer<StatusCode> {
    id::<CircleId>(&circle)?;
    id::<EntryHash>(&invitation)?;
    let what = ("invite.revoke", invitation.clone());
    done(&app, &identity, what, Request::RevokeInvite { circle, id: invitation }).await
}

/// Admits a city that has accepted an invitation.
#[utoipa::path(post, path = "/api/alliances/{circle}/admit", tag = "alliances", params(("circle" = String, Path)),
    request_body = Admit, responses((status = 204)))]
pub(super) async fn admit(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(circle): Path<String>,
    Input(admit): Input<Admit>,
) -> Answer<StatusCode> {
    id::<CircleId>(&circle)?;
    let what = ("alliance.admit", format!("{circle} {}", admit.accept));
    done(&app, &identity, what, Request::Admit { circle, admit }).await
}

/// Accepts an invitation to the alliance of others; their coordinator admits this city.
#[utoipa::path(post, path = "/api/join", tag = "alliances", request_body = Join,
    responses((status = 200, body = CircleStatus)))]
pub(super) async fn join(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Input(join): Input<Join>,
) -> Answer<Json<CircleStatus>> {
    circle(&app, &identity, "alliance.join", Request::Join(join)).await
}

async fn circle(app: &App, identity: &Identity, what: &str, request: Request) -> Answer<Json<CircleStatus>> {
    match app.backend.call(&caller(identity), request).await? {
        Response::Alliance(view) => {
            audit(app, identity, what, view.id.clone()).await;
            Ok(Json(*view))
        }
        _ => Err(unexpected()),
    }
}

/// An order whose answer is that it was done, whatever the engine has to say about it.
async fn done(
    app: &App,
    identity: &Identity,
    (what, detail): (&str, String),
    request: Request,
) -> Answer<StatusCode> {
    app.backend.call(&caller(identity), request).await?;
    audit(app, identity, what, detail).await;
    Ok(StatusCode::NO_CONTENT)
}

/// S25. What was done is done: a trail that cannot be written is an error of the log, not of the person.
async fn audit(app: &App, identity: &Identity, what: &str, detail: String) {
    let detail: String = detail.chars().take(256).collect();
    if let Err(error) = app.accounts.audit(identity.by(), what, detail).await {
        tracing::error!(code = error.code, what, "not in the audit trail");
    }
}
