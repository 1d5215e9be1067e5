//! Accounts of the people of this city.

use alianza_shared::api::{
    AccessView, ApiError, ChangePerson, NewPassword, NewPerson, NewToken, PersonView, TokenView,
};
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::{Extension, Json};

use super::App;
use super::error::Answer;
use super::guard::Ends;
use super::input::{Input, OptionalInput, SecretInput};
use super::session::source;
use crate::accounts::{Identity, SignInRefused, normal_user};
use crate::engine::handle::{Caller, Request};

/// Everybody with an account, closed ones included.
#[utoipa::path(get, path = "/api/people", tag = "people", responses((status = 200, body = [PersonView])))]
pub(super) async fn list(State(app): State<App>) -> Json<Vec<PersonView>> {
    Json(app.accounts.people())
}

/// A new account.
#[utoipa::path(post, path = "/api/people", tag = "people", request_body = NewPerson,
    responses((status = 200, body = PersonView)))]
pub(super) async fn create(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    SecretInput(new): SecretInput<NewPerson>,
) -> Answer<Json<PersonView>> {
    let person = app.accounts.create(identity.by(), new).await?;
    publish(&app).await;
    Ok(Json(person))
}

/// Another name, office or roles. New roles hold at once.
#[utoipa::path(patch, path = "/api/people/{user}", tag = "people", params(("user" = String, Path)),
    request_body = ChangePerson, responses((status = 200, body = PersonView)))]
pub(super) async fn change(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(user): Path<String>,
    Input(change): Input<ChangePerson>,
) -> Answer<Json<PersonView>> {
    let person = app.accounts.change(identity.by(), &user, change).await?;
    publish(&app).await;
    Ok(Json(person))
}

/// Closes an account: its sessions, live sockets and tokens end at once.
#[utoipa::path(post, path = "/api/people/{user}/disable", tag = "people", params(("user" = String, Path)),
    responses((status = 200, body = PersonView)))]
pub(super) async fn disable(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(user): Path<String>,
) -> Answer<Json<PersonView>> {
    Ok(Json(app.accounts.disable(identity.by(), &user).await?))
}

/// Opens a closed account again.
#[utoipa::path(post, path = "/api/people/{user}/enable", tag = "people", params(("user" = String, Path)),
    responses((status = 200, body = PersonView)))]
pub(super) async fn enable(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(user): Path<String>,
) -> Answer<Json<PersonView>> {
    Ok(Json(app.accounts.enable(identity.by(), &user).await?))
}

/// A new password; ends all sessions of the person. One's own needs the present one in `current`.
#[utoipa::path(post, path = "/api/people/{user}/password", tag = "people", params(("user" = String, Path)),
    request_body = NewPassword, responses((status = 204)))]
pub(super) async fn password(
    State(app): State<App>,
    ends: Option<Extension<Ends>>,
    Extension(identity): Extension<Identity>,
    Path(user): Path<String>,
    headers: HeaderMap,
    SecretInput(new): SecretInput<NewPassword>,
) -> Answer<StatusCode> {
    if normal_user(&user) == identity.user {
        let Some(current) = new.current else {
            let missing = ApiError::new(422, "auth.current", "Escriba también su contraseña actual.");
            return Err(SignInRefused::Refused(missing.at("/current")).into());
        };
        app.accounts
            .change_own_password(&identity, &current, new.password, source(&app, ends, &headers)?)
            .await?;
    } else {
        app.accounts.set_password(identity.by(), &user, new.password).await?;
    }
    Ok(StatusCode::NO_CONTENT)
}

/// A new API token of this person, shown in this answer only.
#[utoipa::path(post, path = "/api/people/{user}/token", tag = "people", params(("user" = String, Path)),
    request_body(content = Option<NewToken>), responses((status = 200, body = TokenView)))]
pub(super) async fn token(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path(user): Path<String>,
    OptionalInput(new): OptionalInput<NewToken>,
) -> Answer<Json<TokenView>> {
    Ok(Json(app.accounts.issue_token(identity.by(), &user, &new.name.unwrap_or_default()).await?))
}

/// Sessions and tokens of this person.
#[utoipa::path(get, path = "/api/people/{user}/access", tag = "people", params(("user" = String, Path)),
    responses((status = 200, body = AccessView)))]
pub(super) async fn access(State(app): State<App>, Path(user): Path<String>) -> Answer<Json<AccessView>> {
    Ok(Json(app.accounts.access(&user)?))
}

/// Takes a token back.
#[utoipa::path(delete, path = "/api/people/{user}/tokens/{id}", tag = "people",
    params(("user" = String, Path), ("id" = String, Path)), responses((status = 204)))]
pub(super) async fn revoke_token(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path((user, id)): Path<(String, String)>,
) -> Answer<StatusCode> {
    app.accounts.revoke_token(identity.by(), &user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Ends a session, its live sockets included.
#[utoipa::path(delete, path = "/api/people/{user}/sessions/{id}", tag = "people",
    params(("user" = String, Path), ("id" = String, Path)), responses((status = 204)))]
pub(super) async fn end_session(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    Path((user, id)): Path<(String, String)>,
) -> Answer<StatusCode> {
    app.accounts.end_session(identity.by(), &user, &id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Puts the people into the city card. The account is there in any case; the card follows at the next change or
/// start.
async fn publish(app: &App) {
    let request = Request::SetDirectory { people: app.accounts.directory() };
    if let Err(error) = app.backend.call(&Caller::operator(), request).await {
        tracing::warn!(code = error.code, "the city card does not have the latest people yet");
    }
}
