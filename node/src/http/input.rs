//! Reading what was sent, with limits first and errors that a person understands.

use std::future::Future;

use alianza_shared::api::ApiError;
use axum::body::{Body, HttpBody, to_bytes};
use axum::extract::{FromRequest, FromRequestParts, Query, Request};
use axum::http::request::Parts;
use serde::de::DeserializeOwned;

use super::error::{Failure, not_found};
use super::{App, BODY_MAX_BYTES};

/// The JSON body of a request.
pub(super) struct Input<T>(pub(super) T);

/// As [`Input`], for what has secrets in it: the error says nothing about the content.
pub(super) struct SecretInput<T>(pub(super) T);

/// As [`Input`]; without a body, the default.
pub(super) struct OptionalInput<T>(pub(super) T);

/// The query of a request.
pub(super) struct Ask<T>(pub(super) T);

impl<T: DeserializeOwned> FromRequest<App> for Input<T> {
    type Rejection = Failure;
    fn from_request(request: Request, app: &App) -> impl Future<Output = Result<Self, Failure>> + Send {
        let app = app.clone();
        async move {
            let bytes = read(request, &app).await?;
            serde_json::from_slice(&bytes).map(Self).map_err(|error| malformed(Some(&error)).into())
        }
    }
}

impl<T: DeserializeOwned> FromRequest<App> for SecretInput<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let bytes = read(request, app).await?;
        serde_json::from_slice(&bytes).map(Self).map_err(|_| malformed(None).into())
    }
}

impl<T: DeserializeOwned + Default> FromRequest<App> for OptionalInput<T> {
    type Rejection = Failure;
    async fn from_request(request: Request, app: &App) -> Result<Self, Failure> {
        let bytes = read(request, app).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        serde_json::from_slice(&bytes).map(Self).map_err(|error| malformed(Some(&error)).into())
    }
}

impl<T: DeserializeOwned> FromRequestParts<App> for Ask<T> {
    type Rejection = Failure;
    async fn from_request_parts(parts: &mut Parts, _: &App) -> Result<Self, Failure> {
        Query::try_from_uri(&parts.uri).map(|Query(query)| Self(query)).map_err(|_| {
            ApiError::new(400, "request.query", "Los parámetros de la dirección no son correctos.").into()
        })
    }
}

async fn read(request: Request, app: &App) -> Result<axum::body::Bytes, Failure> {
    let too_large =
        || ApiError::new(413, "too_large", "La petición es demasiado grande.").next("El límite es 1 MiB.");
    let body: Body = request.into_body();
    if body.size_hint().lower() > BODY_MAX_BYTES as u64 {
        return Err(too_large().into());
    }
    match tokio::time::timeout(app.options.limits.body, to_bytes(body, BODY_MAX_BYTES)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(_)) => Err(too_large().into()),
        Err(_) => {
            Err(ApiError::new(408, "request.slow", "La petición ha tardado demasiado en llegar.").into())
        }
    }
}

fn malformed(error: Option<&serde_json::Error>) -> ApiError {
    let refused = ApiError::new(400, "request.malformed", "La petición no tiene la forma esperada.");
    match error {
        Some(error) => refused.next(format!("Detalle técnico: {error}.")),
        None => refused,
    }
}

/// An identifier of the path. What is none names nothing.
pub(super) fn id<T: std::str::FromStr>(text: &str) -> Result<(), ApiError> {
    text.parse::<T>().map(|_| ()).map_err(|_| not_found())
}
