//! What every request passes before its handler, and every answer on its way out.

use std::net::{IpAddr, SocketAddr};
use std::time::Instant;

use alianza_shared::api::ApiError;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use super::access::{Need, may, need_of};
use super::error::{Failure, forbidden, not_signed_in};
use super::{App, AppState};
use crate::accounts::Identity;

/// S7. Everything comes from this node; scripts may not make scripts.
pub(super) const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; \
    style-src 'self'; img-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'; object-src 'none'; require-trusted-types-for 'script'; \
    trusted-types app ProseMirrorClipboard";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Both ends of the connection a request came through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Ends {
    pub(super) local: SocketAddr,
    pub(super) remote: SocketAddr,
}

/// The outermost layer: refuses what no handler should see, and puts the headers on every answer.
pub(super) async fn outer(State(app): State<App>, request: Request, next: Next) -> Response {
    let began = Instant::now();
    let is_api = is_api(request.uri().path());
    let method = request.method().clone();
    let refused = check(&app, &request).err();
    let strict_transport = refused.is_none() && strict_transport(&app, request.headers());
    let mut response = match refused {
        Some(error) => {
            tracing::info!(code = error.code, "a request was refused at the door");
            Failure::from(error).into_response()
        }
        None => match tokio::time::timeout(app.options.limits.answer, next.run(request)).await {
            Ok(response) => response,
            Err(_) => Failure::from(timed_out()).into_response(),
        },
    };
    put_headers(response.headers_mut(), is_api, strict_transport);
    tracing::debug!(%method, status = response.status().as_u16(), elapsed_us = began.elapsed().as_micros() as u64, "answered");
    response
}

pub(super) fn is_api(path: &str) -> bool {
    path == "/api" || path.starts_with("/api/") || path == "/healthz"
}

fn timed_out() -> ApiError {
    ApiError::new(503, "busy", "El nodo ha tardado demasiado.").next("Vuelva a intentarlo en un momento.")
}

fn put_headers(headers: &mut HeaderMap, is_api: bool, strict_transport: bool) {
    let fixed = [
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        (HeaderName::from_static("permissions-policy"), "camera=(), microphone=(), geolocation=()"),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if strict_transport {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HeaderValue::from_static("max-age=31536000"));
    }
    if is_api || !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// S16: a public name that was reached over TLS is to be reached so for a year. Not for names of a local network: a
/// browser would hold it against everything else on that machine, and the town could not go back.
fn strict_transport(app: &AppState, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    app.options.encrypted() && is_public_name(split_host(host).0)
}

fn is_public_name(name: &str) -> bool {
    let local = ["local", "localhost", "lan", "internal", "intranet", "corp", "home", "arpa", "test"];
    let last = name.rsplit_once('.').map(|(_, last)| last);
    let is_address = name.starts_with('[') || name.parse::<IpAddr>().is_ok();
    last.is_some_and(|last| !is_address && !local.iter().any(|word| last.eq_ignore_ascii_case(word)))
}

/// Host, framing, cross-site and content type.
fn check(app: &AppState, request: &Request) -> Result<(), ApiError> {
    let headers = request.headers();
    let host = host_of(app, request)?;
    if headers.contains_key(header::TRANSFER_ENCODING) {
        // Browsers and clients that send JSON know its length; two ways to say it are a way to smuggle (S30).
        return Err(ApiError::new(411, "request.length", "La petición debe indicar su longitud."));
    }
    if is_api(request.uri().path()) {
        cross_site(app, request.method(), headers, host)?;
    }
    if changes_something(request.method()) {
        content_type(headers)?;
    }
    Ok(())
}

fn changes_something(method: &Method) -> bool {
    !matches!(*method, Method::GET | Method::HEAD | Method::OPTIONS)
}

/// The one `Host` of the request, if it is a name of this node (S6: DNS rebinding).
pub(super) fn host_of<'a, B>(
    app: &AppState,
    request: &'a axum::http::Request<B>,
) -> Result<&'a str, ApiError> {
    let refused = || {
        ApiError::new(403, "host.unknown", "Este nodo no atiende con ese nombre.")
            .next("Añada el nombre a «allowed_hosts» en config.toml si es suyo.")
    };
    if request.uri().authority().is_some() {
        return Err(refused());
    }
    let mut values = request.headers().get_all(header::HOST).iter();
    let (Some(value), None) = (values.next(), values.next()) else { return Err(refused()) };
    let host = value.to_str().map_err(|_| refused())?;
    let local = request.extensions().get::<Ends>().map(|ends| ends.local);
    if host_allowed(app, host, local) { Ok(host) } else { Err(refused()) }
}

fn host_allowed(app: &AppState, host: &str, local: Option<SocketAddr>) -> bool {
    let own_port = app.address.port();
    let (name, port) = split_host(host);
    let port_fits = port == Some(own_port) || (port.is_none() && own_port == usual_port(app));
    if port_fits && ["localhost", "127.0.0.1", "[::1]"].iter().any(|known| name.eq_ignore_ascii_case(known)) {
        return true;
    }
    // An address that is really ours cannot be the work of a name server.
    let address = name.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>().ok();
    if port_fits && address.is_some() && address == local.map(|local| local.ip()) {
        return true;
    }
    // A name in our own certificate, on whatever port it is published: what a name server lies about has been seen by
    // the browser already.
    if app.options.tls.as_ref().is_some_and(|tls| tls.names_host(name)) {
        return true;
    }
    app.options.allowed_hosts.iter().any(|allowed| {
        let (allowed_name, allowed_port) = split_host(allowed);
        let fits = match allowed_port {
            Some(allowed_port) => port == Some(allowed_port),
            None => port.is_none() || port == Some(own_port),
        };
        fits && name.eq_ignore_ascii_case(allowed_name)
    })
}

/// The port that browsers leave out.
fn usual_port(app: &AppState) -> u16 {
    if app.options.tls.is_some() { 443 } else { 80 }
}

/// Name and port. A port that is none makes a name that fits nothing.
fn split_host(host: &str) -> (&str, Option<u16>) {
    let after_bracket = host.rfind(']').map_or(0, |at| at + 1);
    match host[after_bracket..].rfind(':') {
        Some(colon) => {
            let (name, port) = host.split_at(after_bracket + colon);
            let digits = &port[1..];
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return (host, None);
            }
            digits.parse().map_or((host, None), |port| (name, Some(port)))
        }
        None => (host, None),
    }
}

/// Requests that another site made a browser send (S6). Programs send neither header.
fn cross_site(app: &AppState, method: &Method, headers: &HeaderMap, host: &str) -> Result<(), ApiError> {
    let refused = || ApiError::new(403, "origin.foreign", "La petición viene de otra página.");
    if let Some(site) = headers.get(SEC_FETCH_SITE)
        && site != "same-origin"
        && site != "none"
    {
        return Err(refused());
    }
    // With a token nothing is sent by itself; only what a browser adds by itself needs this.
    if changes_something(method) && bearer(headers).is_none() && headers.contains_key(header::ORIGIN) {
        own_origin(app, headers, host).then_some(()).ok_or_else(refused)?;
    }
    Ok(())
}

/// Exactly one `Origin`, and it is the page of this very node under the name it was asked by.
pub(super) fn own_origin(app: &AppState, headers: &HeaderMap, host: &str) -> bool {
    let mut origins = headers.get_all(header::ORIGIN).iter();
    let (Some(origin), None) = (origins.next(), origins.next()) else { return false };
    let schemes: &[&str] = if app.options.encrypted() { &["https://"] } else { &["http://", "https://"] };
    let Ok(origin) = origin.to_str() else { return false };
    schemes
        .iter()
        .filter_map(|scheme| origin.strip_prefix(scheme))
        .any(|rest| rest.eq_ignore_ascii_case(host))
}

/// A body is JSON: other types are what a form of another site could send (S6).
fn content_type(headers: &HeaderMap) -> Result<(), ApiError> {
    let empty = headers.get(header::CONTENT_LENGTH).is_none_or(|length| length == "0");
    let json = headers.get(header::CONTENT_TYPE).map(|value| {
        let value = value.to_str().unwrap_or_default();
        let essence = value.split(';').next().unwrap_or_default().trim();
        essence.eq_ignore_ascii_case("application/json")
    });
    match json {
        Some(true) => Ok(()),
        None if empty => Ok(()),
        _ => Err(ApiError::new(415, "request.type", "El contenido debe ser JSON («application/json»).")),
    }
}

/// The credential of a program.
pub(super) fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = value.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then_some(token.trim())
}

/// Who makes this request. A token that is no good is not made up for by a cookie.
pub(super) fn identify(app: &AppState, headers: &HeaderMap) -> Option<Identity> {
    if headers.contains_key(header::AUTHORIZATION) {
        return app.accounts.by_token(bearer(headers)?);
    }
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let own = cookies
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(name, _)| *name == app.cookie)?;
    app.accounts.by_session(own.1)
}

/// A route as the table of `access` names it.
#[derive(Clone)]
pub(super) struct Route {
    pub(super) app: App,
    pub(super) path: &'static str,
}

/// Runs for every route: deny by default (S9).
pub(super) async fn authorise(State(route): State<Route>, mut request: Request, next: Next) -> Response {
    match decide(&route, &request) {
        Ok(identity) => {
            if let Some(identity) = identity {
                request.extensions_mut().insert(identity);
            }
            next.run(request).await
        }
        Err(error) => Failure::from(error).into_response(),
    }
}

fn decide(Route { app, path }: &Route, request: &Request) -> Result<Option<Identity>, ApiError> {
    let need = need_of(request.method().as_str(), path).ok_or_else(wrong_method)?;
    if need == Need::Public {
        return Ok(None);
    }
    let identity = identify(app, request.headers()).ok_or_else(not_signed_in)?;
    let user = request.uri().path().strip_prefix("/api/people/").and_then(|rest| rest.split('/').next());
    if !may(&identity, need, user) {
        return Err(forbidden());
    }
    if need != Need::Signed {
        app.accounts.touch(&identity);
    }
    Ok(Some(identity))
}

pub(super) fn wrong_method() -> ApiError {
    ApiError::new(405, "request.method", "Esta operación no existe aquí.")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S16: only names of the Internet are promised to be reached over TLS for a year.
    #[test]
    fn local_names_are_not_public() {
        for public in ["alianza.palencia.es", "ALIANZA.Example.org", "a.b"] {
            assert!(is_public_name(public), "{public}");
        }
        for local in ["localhost", "nodo", "nodo.local", "nodo.LAN", "x.home.arpa", "10.0.0.1", "[::1]", ""] {
            assert!(!is_public_name(local), "{local}");
        }
    }

    #[test]
    fn hosts_are_split_without_surprises() {
        assert_eq!(split_host("localhost:8080"), ("localhost", Some(8080)));
        assert_eq!(split_host("[::1]:8080"), ("[::1]", Some(8080)));
        assert_eq!(split_host("[::1]"), ("[::1]", None));
        assert_eq!(split_host("localhost"), ("localhost", None));
        for odd in ["localhost:", "localhost:+80", "localhost:99999", "localhost:80a", ":"] {
            assert_eq!(split_host(odd), (odd, None), "{odd} is a name that nobody has");
        }
        assert_eq!(split_host("user@localhost:80").0, "user@localhost");
    }
}
