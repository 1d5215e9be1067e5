//! The built page: files of the binary, with the encoding the browser likes best.

use std::borrow::Cow;
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use super::error::{Failure, not_found};
use super::guard::{is_api, wrong_method};

/// Encodings a browser takes, beside none at all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct AcceptEncoding {
    pub br: bool,
    pub gzip: bool,
}

impl AcceptEncoding {
    fn of(headers: &HeaderMap) -> Self {
        let mut accept = Self::default();
        let lines = headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
        for item in lines.flat_map(|line| line.split(',')) {
            let mut parts = item.split(';').map(str::trim);
            let name = parts.next().unwrap_or_default().to_ascii_lowercase();
            let refused = parts
                .filter_map(|part| part.strip_prefix("q="))
                .any(|q| q.parse::<f32>().is_ok_and(|q| q <= 0.0));
            match name.as_str() {
                "br" => accept.br = !refused,
                "gzip" => accept.gzip = !refused,
                _ => {}
            }
        }
        accept
    }
}

/// One file of the page.
#[derive(Debug, Clone)]
pub struct PageFile {
    pub bytes: Cow<'static, [u8]>,
    pub content_type: Cow<'static, str>,
    /// Without quotes; another one for each encoding.
    pub etag: Cow<'static, str>,
    /// `br`, `gzip`, or none.
    pub encoding: Option<&'static str>,
    /// Its name changes with its content: browsers may keep it for ever.
    pub immutable: bool,
}

/// Finds a file of the page by its path without the leading `/`.
pub type Page = Arc<dyn Fn(&str, AcceptEncoding) -> Option<PageFile> + Send + Sync>;

/// Everything that is no route: a file of the page, the page itself for the addresses it makes up, or nothing.
pub(super) async fn fallback(State(app): State<App>, request: Request) -> Response {
    let path = request.uri().path();
    if is_api(path) {
        return Failure::from(not_found()).into_response();
    }
    if !matches!(*request.method(), Method::GET | Method::HEAD) {
        return Failure::from(wrong_method()).into_response();
    }
    let accept = AcceptEncoding::of(request.headers());
    let name = path.trim_start_matches('/');
    let wanted = if name.is_empty() { "index.html" } else { name };
    let names_a_file = wanted.rsplit('/').next().is_some_and(|last| last.contains('.'));
    let found = (app.page)(wanted, accept);
    let found = if names_a_file { found } else { found.or_else(|| (app.page)("index.html", accept)) };
    match found {
        Some(file) => answer(file, request.headers()),
        None => Failure::from(not_found()).into_response(),
    }
}

fn answer(file: PageFile, asked: &HeaderMap) -> Response {
    let etag = format!("\"{}\"", file.etag);
    let known = asked
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|tag| tag.trim().trim_start_matches("W/") == etag);
    let cache = if file.immutable { "public, max-age=31536000, immutable" } else { "no-cache" };
    let mut response = if known {
        StatusCode::NOT_MODIFIED.into_response()
    } else {
        let body = match file.bytes {
            Cow::Borrowed(bytes) => Body::from(bytes),
            Cow::Owned(bytes) => Body::from(bytes),
        };
        let mut response = Response::new(body);
        if let Ok(value) = HeaderValue::from_str(&file.content_type) {
            response.headers_mut().insert(header::CONTENT_TYPE, value);
        }
        if let Some(encoding) = file.encoding {
            response.headers_mut().insert(header::CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        response
    };
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(cache));
    headers.insert(header::VARY, HeaderValue::from_static("accept-encoding"));
    if let Ok(value) = HeaderValue::from_str(&etag) {
        headers.insert(header::ETAG, value);
    }
    response
}
