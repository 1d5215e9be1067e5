//! The page and the API of one node, for the city's own people and programs. The only module that names axum.
//!
//! A request passes, in this order: connection limits (`server`), Host, fetch metadata and CSRF (`guard`), who is
//! asking and whether they may (`access`, the one table of routes), the handler, and on the way back the security
//! headers. What a handler wants from the engine it asks through [`Backend`].

use std::collections::HashMap;
use std::future::Future;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use alianza_shared::api::ApiError;
use alianza_shared::id::PersonRef;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::accounts::Accounts;
use crate::engine::handle::{Caller, LiveSession, Request, Response};
use crate::tls::Tls;

mod access;
mod alliances;
mod documents;
mod error;
mod guard;
mod input;
mod live;
pub mod openapi;
mod page;
mod people;
mod plain;
mod router;
mod server;
mod session;
mod together;

#[cfg(test)]
mod tests;

pub use page::{AcceptEncoding, Page, PageFile};
pub use server::{Http, HttpError};

/// Body of one request.
pub const BODY_MAX_BYTES: usize = 1 << 20;
/// Head of one request.
pub const HEADER_MAX_BYTES: usize = 16 * 1024;
/// Live sockets of one person.
pub const SOCKETS_PER_PERSON_MAX: usize = 10;
/// Longest wait of `GET /api/changes`.
pub const CHANGES_WAIT_MAX_S: u64 = 30;

/// The engine as this module sees it.
pub trait Backend: Clone + Send + Sync + 'static {
    /// Asks the engine; writes are durable when it answers.
    fn call(
        &self,
        caller: &Caller,
        request: Request,
    ) -> impl Future<Output = Result<Response, ApiError>> + Send;

    /// Opens a live session.
    fn attach(&self, caller: &Caller) -> impl Future<Output = Result<LiveSession, ApiError>> + Send;
}

/// Where and for whom the page is served.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// Address to listen on; port 0 takes any free one.
    pub listen: SocketAddr,
    /// Name of the city, for the name of the cookie: several nodes may share a host, and cookies ignore ports.
    pub city: String,
    /// Further names under which browsers may reach this node: `name` or `name:port`.
    pub allowed_hosts: Vec<String>,
    /// Serve without TLS outside this machine. The page shows a banner.
    pub allow_plain_http: bool,
    /// A proxy in front of this node speaks TLS with the browsers: cookies are `Secure` and `__Host-`.
    pub behind_tls: bool,
    /// The node speaks TLS with the browsers itself.
    pub tls: Option<Tls>,
    pub limits: HttpLimits,
}

impl HttpOptions {
    /// Browsers reach the page over TLS, and over nothing else.
    fn encrypted(&self) -> bool {
        self.behind_tls || self.tls.is_some()
    }

    /// On loopback, with nothing special.
    pub fn new(listen: SocketAddr, city: impl Into<String>) -> Self {
        Self {
            listen,
            city: city.into(),
            allowed_hosts: Vec::new(),
            allow_plain_http: false,
            behind_tls: false,
            tls: None,
            limits: HttpLimits::default(),
        }
    }
}

/// How long and how much (S30). Tests shorten the times.
#[derive(Debug, Clone)]
pub struct HttpLimits {
    /// Connections at once; the rest waits in the backlog of the system.
    pub connections: usize,
    /// For the head of a request; also ends connections that are kept open without a request.
    pub head: Duration,
    /// For the body of a request.
    pub body: Duration,
    /// For the answer of a handler.
    pub answer: Duration,
    /// For a client to take any byte of an answer.
    pub write_stall: Duration,
    /// Between two pings of a live socket; three without a sign of life end it.
    pub ping: Duration,
    /// For a live socket to close in good order.
    pub goodbye: Duration,
    /// For all connections to finish after the stop signal.
    pub drain: Duration,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            connections: 512,
            head: Duration::from_secs(10),
            body: Duration::from_secs(20),
            answer: Duration::from_secs(60),
            write_stall: Duration::from_secs(30),
            ping: Duration::from_secs(20),
            goodbye: Duration::from_millis(500),
            drain: Duration::from_secs(10),
        }
    }
}

/// A name that can stand in a cookie and in a folder: `Sant Cugat del Vallès` → `sant-cugat-del-valles`.
pub fn slug(name: &str) -> String {
    let mut slug = String::new();
    for c in name.to_lowercase().chars() {
        let plain = match c {
            'á' | 'à' | 'â' | 'ã' | 'ä' => 'a',
            'é' | 'è' | 'ê' | 'ë' => 'e',
            'í' | 'ì' | 'î' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'õ' | 'ö' => 'o',
            'ú' | 'ù' | 'û' | 'ü' => 'u',
            'ñ' => 'n',
            'ç' => 'c',
            other => other,
        };
        if plain.is_ascii_alphanumeric() {
            slug.push(plain);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    slug.truncate(40);
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { "ciudad".to_owned() } else { slug.to_owned() }
}

/// What every handler has at hand.
#[derive(Clone)]
struct App(Arc<AppState>);

struct AppState {
    backend: Box<dyn AnyBackend>,
    accounts: Accounts,
    options: HttpOptions,
    /// The address in use, its port known.
    address: SocketAddr,
    page: Page,
    cookie: String,
    /// Served without TLS outside this machine.
    insecure: bool,
    /// The node stops: no new work.
    stop: CancellationToken,
    /// Connections and live sockets still open.
    open: TaskTracker,
    sockets: Mutex<HashMap<PersonRef, usize>>,
}

impl std::ops::Deref for App {
    type Target = AppState;
    fn deref(&self) -> &AppState {
        &self.0
    }
}

type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// [`Backend`] behind a pointer, so that handlers are not generic.
trait AnyBackend: Send + Sync {
    fn call<'a>(&'a self, caller: &'a Caller, request: Request) -> BoxFuture<'a, Result<Response, ApiError>>;
    fn attach<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<LiveSession, ApiError>>;
}

impl<B: Backend> AnyBackend for B {
    fn call<'a>(&'a self, caller: &'a Caller, request: Request) -> BoxFuture<'a, Result<Response, ApiError>> {
        Box::pin(Backend::call(self, caller, request))
    }

    fn attach<'a>(&'a self, caller: &'a Caller) -> BoxFuture<'a, Result<LiveSession, ApiError>> {
        Box::pin(Backend::attach(self, caller))
    }
}
