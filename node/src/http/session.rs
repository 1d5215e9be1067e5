//! Signing in and out.

use alianza_shared::api::{ApiError, SessionView, SignIn, StatusView};
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};

use super::access::caller;
use super::error::{Answer, not_signed_in, unexpected};
use super::guard::Ends;
use super::input::SecretInput;
use super::{App, AppState};
use crate::accounts::{Identity, Source};
use crate::engine::handle::{Caller, Request, Response as Told};

/// Sign in. The answer sets the session cookie.
#[utoipa::path(post, path = "/api/session", tag = "session", request_body = SignIn,
    responses((status = 200, body = SessionView)), security(()))]
pub(super) async fn sign_in(
    State(app): State<App>,
    ends: Option<Extension<Ends>>,
    headers: HeaderMap,
    SecretInput(input): SecretInput<SignIn>,
) -> Answer<Response> {
    let source = source(&app, ends, &headers)?;
    // Asked first: a node that cannot say who it is signs nobody in.
    let status = status(&app, &Caller::operator()).await?;
    let signed = app.accounts.sign_in(&input.user, &input.password, source).await?;
    let view = view(&app, &signed.identity, status)?;
    let mut response = Json(view).into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie(&app, &signed.secret, None)?);
    Ok(response)
}

/// Who is signed in, and on which city's node.
#[utoipa::path(get, path = "/api/session", tag = "session", responses((status = 200, body = SessionView)))]
pub(super) async fn current(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
) -> Answer<Json<SessionView>> {
    let status = status(&app, &caller(&identity)).await?;
    Ok(Json(view(&app, &identity, status)?))
}

/// Sign out. With a token: the token is revoked.
#[utoipa::path(delete, path = "/api/session", tag = "session", responses((status = 204)))]
pub(super) async fn sign_out(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
) -> Answer<Response> {
    app.accounts.sign_out(&identity).await?;
    let mut response = StatusCode::NO_CONTENT.into_response();
    response.headers_mut().append(header::SET_COOKIE, cookie(&app, "", Some(0))?);
    Ok(response)
}

/// The address a request is counted under (S4). Behind a proxy on this machine it is the one that the proxy has
/// seen: the last of `X-Forwarded-For`; what stands before it was written by the client.
pub(super) fn source(app: &AppState, ends: Option<Extension<Ends>>, headers: &HeaderMap) -> Answer<Source> {
    let Some(Extension(ends)) = ends else { return Err(super::error::internal().into()) };
    let remote = ends.remote.ip();
    if !app.options.behind_tls || !remote.is_loopback() {
        return Ok(Source::of(remote));
    }
    let forwarded = headers.get_all("x-forwarded-for").iter().next_back().and_then(|line| line.to_str().ok());
    let seen = forwarded.and_then(|line| line.rsplit(',').next()).and_then(|text| text.trim().parse().ok());
    Ok(Source::of(seen.unwrap_or(remote)))
}

async fn status(app: &App, caller: &Caller) -> Answer<Box<StatusView>> {
    match app.backend.call(caller, Request::Status).await? {
        Told::Status(status) => Ok(status),
        _ => Err(unexpected()),
    }
}

fn view(app: &AppState, identity: &Identity, status: Box<StatusView>) -> Result<SessionView, ApiError> {
    let person = app.accounts.person(&identity.user).ok_or_else(not_signed_in)?;
    Ok(SessionView { city: status.city, person, insecure: app.insecure })
}

/// S5. Without `Max-Age` it ends with the browser; the node ends it earlier.
fn cookie(app: &AppState, value: &str, max_age_s: Option<u64>) -> Answer<HeaderValue> {
    let secure = if app.options.encrypted() { "; Secure" } else { "" };
    let max_age = max_age_s.map(|seconds| format!("; Max-Age={seconds}")).unwrap_or_default();
    let name = &app.cookie;
    HeaderValue::from_str(&format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{max_age}"))
        .map_err(|_| super::error::internal().into())
}
