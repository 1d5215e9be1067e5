//! What plain http gets from a port that speaks TLS: the way to the page, and never the page.

use alianza_shared::api::ApiError;
use axum::Router;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use super::error::Failure;
use super::guard::{host_of, is_api};

pub(super) fn router(app: App) -> Router {
    Router::new().fallback(answer).with_state(app)
}

/// A person who typed the name is sent on. A program, and a form with a password that has already travelled in
/// clear, is told instead: sending them on would hide the mistake.
async fn answer(State(app): State<App>, request: Request) -> Response {
    let mut response = match host_of(&app, &request) {
        Err(error) => Failure::from(error).into_response(),
        Ok(host) => {
            let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
            let target = HeaderValue::try_from(format!("https://{host}{path}"));
            let reads = matches!(*request.method(), Method::GET | Method::HEAD);
            match target {
                Ok(target) if reads && !is_api(request.uri().path()) => {
                    (StatusCode::TEMPORARY_REDIRECT, [(header::LOCATION, target)]).into_response()
                }
                _ => Failure::from(use_tls(host)).into_response(),
            }
        }
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    response
}

fn use_tls(host: &str) -> ApiError {
    ApiError::new(400, "tls.required", "Este nodo solo habla cifrado, y la petición ha llegado sin cifrar.")
        .next(format!("Use https://{host}/. Si llevaba una contraseña, cámbiela."))
}
