//! Paths to handlers.

use std::any::Any;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::middleware::{from_fn_with_state, map_response};
use axum::response::{IntoResponse, Response};
use axum::routing::{MethodRouter, delete, get, patch, post};
use tower_http::catch_panic::CatchPanicLayer;

use super::error::{Failure, internal};
use super::{
    App, BODY_MAX_BYTES, alliances, documents, guard, live, openapi, page, people, session, together,
};

/// The whole service: routes, and around them what every request passes.
pub(super) fn router(app: App) -> Router {
    let routes = [
        ("/healthz", get(alliances::health)),
        ("/api/openapi.json", get(openapi::document)),
        ("/api/session", get(session::current).post(session::sign_in).delete(session::sign_out)),
        ("/api/live", get(live::live)),
        ("/api/status", get(alliances::status)),
        ("/api/cities", get(alliances::cities)),
        ("/api/alliances", get(alliances::list).post(alliances::create)),
        ("/api/alliances/{circle}", get(alliances::one)),
        ("/api/alliances/{circle}/leave", post(alliances::leave)),
        ("/api/alliances/{circle}/invitations", get(alliances::invitations).post(alliances::invite)),
        ("/api/alliances/{circle}/invitations/{id}", delete(alliances::revoke)),
        ("/api/alliances/{circle}/admit", post(alliances::admit)),
        ("/api/join", post(alliances::join)),
        ("/api/documents", get(documents::list).post(documents::create)),
        ("/api/documents/{id}", get(documents::one).patch(documents::patch)),
        ("/api/documents/{id}/history", get(documents::history)),
        ("/api/documents/{id}/timeline", get(together::timeline)),
        ("/api/documents/{id}/news", get(together::news)),
        ("/api/seen", get(together::seen).put(together::mark)),
        ("/api/changes", get(documents::changes)),
        ("/api/people", get(people::list).post(people::create)),
        ("/api/people/{user}", patch(people::change)),
        ("/api/people/{user}/disable", post(people::disable)),
        ("/api/people/{user}/enable", post(people::enable)),
        ("/api/people/{user}/password", post(people::password)),
        ("/api/people/{user}/token", post(people::token)),
        ("/api/people/{user}/access", get(people::access)),
        ("/api/people/{user}/tokens/{id}", delete(people::revoke_token)),
        ("/api/people/{user}/sessions/{id}", delete(people::end_session)),
    ];
    around(routes, app)
}

/// S7, S9, S26: decided, caught, checked, from the inside out.
pub(super) fn around(
    routes: impl IntoIterator<Item = (&'static str, MethodRouter<App>)>,
    app: App,
) -> Router {
    let mut router = Router::new();
    for (path, handlers) in routes {
        let route = guard::Route { app: app.clone(), path };
        router = router.route(path, handlers.route_layer(from_fn_with_state(route, guard::authorise)));
    }
    router
        .method_not_allowed_fallback(async || Failure::from(guard::wrong_method()))
        .fallback(page::fallback)
        .layer(DefaultBodyLimit::max(BODY_MAX_BYTES))
        .layer(map_response(plain_errors_as_json))
        .layer(CatchPanicLayer::custom(panicked))
        .layer(from_fn_with_state(app.clone(), guard::outer))
        .with_state(app)
}

/// The panic itself is in the log by the panic hook; outside nobody learns about it.
fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    Failure::from(internal()).into_response()
}

/// Refusals that axum words itself (a path that is no UTF-8, a live request that is none) become ours.
async fn plain_errors_as_json(response: Response) -> Response {
    let status = response.status();
    let content_type = response.headers().get(axum::http::header::CONTENT_TYPE);
    let plain = content_type.is_none_or(|value| !value.as_bytes().starts_with(b"application/json"));
    if plain && (status.is_client_error() || status.is_server_error()) {
        let mut error = alianza_shared::api::ApiError::new(
            status.as_u16(),
            "request.malformed",
            "La petición no tiene la forma esperada.",
        );
        if status.is_server_error() {
            error = internal();
        }
        return Failure::from(error).into_response();
    }
    response
}
