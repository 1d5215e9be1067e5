//! Errors as answers: a code, a sentence, nothing of our insides (S26).

use alianza_shared::api::ApiError;
use axum::Json;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::accounts::SignInRefused;

/// What a handler answers when it does not do what was asked.
#[derive(Debug)]
pub(super) struct Failure {
    error: ApiError,
    retry_after_s: Option<u64>,
}

pub(super) type Answer<T> = Result<T, Failure>;

impl From<ApiError> for Failure {
    fn from(error: ApiError) -> Self {
        Self { error, retry_after_s: None }
    }
}

impl From<SignInRefused> for Failure {
    fn from(refused: SignInRefused) -> Self {
        match refused {
            SignInRefused::Refused(error) => error.into(),
            SignInRefused::Throttled { wait_ms } => {
                let wait_s = wait_ms.div_ceil(1_000).max(1);
                let error = ApiError::new(429, "auth.throttled", "Demasiados intentos seguidos.")
                    .next(format!("Espere {wait_s} segundos y vuelva a intentarlo."));
                Self { error, retry_after_s: Some(wait_s) }
            }
        }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let status = StatusCode::from_u16(self.error.status)
            .ok()
            .filter(|status| status.is_client_error() || status.is_server_error())
            .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = (status, Json(self.error)).into_response();
        if let Some(wait_s) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(wait_s));
        }
        if status == StatusCode::UNAUTHORIZED {
            let scheme = HeaderValue::from_static("Bearer realm=\"alianza\"");
            response.headers_mut().insert(header::WWW_AUTHENTICATE, scheme);
        }
        response
    }
}

pub(super) fn not_signed_in() -> ApiError {
    ApiError::new(401, "auth.required", "Tiene que iniciar sesión.")
}

pub(super) fn forbidden() -> ApiError {
    ApiError::new(403, "forbidden", "No tiene permiso para esto.")
        .next("Pídalo a la administración del nodo de su ciudad.")
}

pub(super) fn not_found() -> ApiError {
    ApiError::new(404, "not_found", "No existe lo que busca.")
}

pub(super) fn internal() -> ApiError {
    ApiError::new(500, "internal", "Se ha producido un error en el nodo.")
        .next("Vuelva a intentarlo; si se repite, avise a la administración del nodo.")
}

pub(super) fn stopping() -> ApiError {
    ApiError::new(503, "stopping", "El nodo se está deteniendo.").next("Vuelva a intentarlo en un momento.")
}

/// The engine answered a question with the answer to another one: our bug, told as such.
pub(super) fn unexpected() -> Failure {
    tracing::error!("the engine gave the answer to another request");
    internal().into()
}
