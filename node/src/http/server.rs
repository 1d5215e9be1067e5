//! Accepting connections, and letting them go (S30).

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::time::{Instant, Sleep, sleep};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

use super::guard::Ends;
use super::{App, AppState, Backend, HEADER_MAX_BYTES, HttpOptions, Page, router, slug};
use crate::accounts::Accounts;
use crate::tls::{HANDSHAKE, TlsStream};

/// Pause after the system refused to accept a connection (no descriptors left).
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Why the page is not served.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// S5, S29.
    #[error(
        "the page would be served at {address} without encryption. Give the node a certificate (alianza tls make \
         --help), or set `page` to a loopback address behind a TLS proxy, or set allow_plain_http = true if this \
         network is wholly yours"
    )]
    PlainHttp { address: SocketAddr },
    #[error("the page cannot listen at {address}")]
    Listen {
        address: SocketAddr,
        #[source]
        source: io::Error,
    },
}

/// The page of a node, listening and not yet answering.
pub struct Http {
    listener: TcpListener,
    app: App,
    router: Router,
}

impl Http {
    /// Binds the address of the options.
    ///
    /// Errors: [`HttpError::PlainHttp`] outside loopback unless that is allowed; [`HttpError::Listen`].
    pub async fn bind<B: Backend>(
        options: HttpOptions,
        backend: B,
        accounts: Accounts,
        page: Page,
    ) -> Result<Self, HttpError> {
        Self::bind_with(options, backend, accounts, page, router::router).await
    }

    pub(super) async fn bind_with<B: Backend>(
        options: HttpOptions,
        backend: B,
        accounts: Accounts,
        page: Page,
        routes: impl FnOnce(App) -> Router,
    ) -> Result<Self, HttpError> {
        let address = options.listen;
        let outside = !address.ip().is_loopback();
        if outside && options.tls.is_none() && !options.allow_plain_http {
            return Err(HttpError::PlainHttp { address });
        }
        let listen = |source| HttpError::Listen { address, source };
        let listener = TcpListener::bind(address).await.map_err(listen)?;
        let address = listener.local_addr().map_err(listen)?;
        let prefix = if options.encrypted() { "__Host-" } else { "" };
        let state = AppState {
            backend: Box::new(backend),
            accounts,
            address,
            page,
            cookie: format!("{prefix}alianza_{}", slug(&options.city)),
            insecure: outside && !options.encrypted(),
            options,
            stop: CancellationToken::new(),
            open: TaskTracker::new(),
            sockets: Default::default(),
        };
        let app = App(Arc::new(state));
        let router = routes(app.clone());
        Ok(Self { listener, app, router })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.app.address
    }

    /// What the page is told: served in clear outside this machine, and its cookies travel encrypted alone.
    #[cfg(test)]
    pub(super) fn told(&self) -> (bool, bool) {
        (self.app.insecure, self.app.cookie.starts_with("__Host-"))
    }

    /// Answers until `stop`; then lets requests and live sockets finish, at most as long as the limits say.
    pub async fn run(self, stop: CancellationToken) {
        let Self { listener, app, router } = self;
        let places = Arc::new(Semaphore::new(app.options.limits.connections));
        let end_now = CancellationToken::new();
        loop {
            let place = tokio::select! {
                () = stop.cancelled() => break,
                place = Arc::clone(&places).acquire_owned() => place.expect("the semaphore is never closed"),
            };
            let accepted = tokio::select! {
                () = stop.cancelled() => break,
                accepted = listener.accept() => accepted,
            };
            let (stream, remote) = match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    sleep(ACCEPT_PAUSE).await;
                    continue;
                }
            };
            let connection = serve(stream, remote, app.clone(), router.clone());
            let end_now = end_now.clone();
            app.open.spawn(async move {
                tokio::select! {
                    () = connection => {}
                    () = end_now.cancelled() => {}
                }
                drop(place);
            });
        }
        drop(listener);
        app.stop.cancel();
        app.open.close();
        if tokio::time::timeout(app.options.limits.drain, app.open.wait()).await.is_err() {
            tracing::info!(open = app.open.len(), "connections did not finish in time and are cut");
            end_now.cancel();
        }
    }
}

async fn serve(stream: TcpStream, remote: SocketAddr, app: App, router: Router) {
    // Without this each keystroke waits for the acknowledgement of the one before.
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "a connection without TCP_NODELAY");
    }
    let Ok(local) = stream.local_addr() else { return };
    let ends = Ends { local, remote };
    let patience = app.options.limits.write_stall;
    let Some(tls) = app.options.tls.clone() else {
        return answer(Patient::new(stream, patience), ends, app, router).await;
    };
    // The first byte tells TLS from plain http; both must come as soon as the head of a request.
    let opening = async {
        let mut first = [0];
        match stream.peek(&mut first).await {
            Ok(1) if first[0] == HANDSHAKE => {
                Opening::Tls(tls.accept(Patient::new(stream, patience)).await.map(Box::new))
            }
            Ok(1) => Opening::Plain(stream),
            _ => Opening::Nothing,
        }
    };
    let opening = tokio::select! {
        opening = tokio::time::timeout(app.options.limits.head, opening) => opening,
        () = app.stop.cancelled() => return,
    };
    match opening {
        Ok(Opening::Tls(Ok(stream))) => answer(*stream, ends, app, router).await,
        Ok(Opening::Tls(Err(error))) => tracing::debug!(%error, "a TLS handshake failed"),
        Ok(Opening::Plain(stream)) => {
            let router = super::plain::router(app.clone());
            answer(Patient::new(stream, patience), ends, app, router).await;
        }
        Ok(Opening::Nothing) | Err(_) => {}
    }
}

/// How a connection to a node with TLS begins.
enum Opening {
    Tls(io::Result<Box<TlsStream<Patient>>>),
    Plain(TcpStream),
    Nothing,
}

async fn answer<S>(stream: S, ends: Ends, app: App, router: Router)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let service = service_fn(move |request: hyper::Request<Incoming>| {
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ends);
        router.clone().oneshot(request)
    });
    let limits = &app.options.limits;
    let io = TokioIo::new(stream);
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(limits.head)
        .max_header_size(HEADER_MAX_BYTES)
        .serve_connection(io, service)
        .with_upgrades();
    let mut connection = std::pin::pin!(connection);
    let done = tokio::select! {
        done = connection.as_mut() => done,
        () = app.stop.cancelled() => {
            connection.as_mut().graceful_shutdown();
            connection.await
        }
    };
    if let Err(error) = done {
        tracing::debug!(%error, "a connection ended in disorder");
    }
}

/// A connection whose other side must take what is written to it within a time.
struct Patient {
    stream: TcpStream,
    patience: Duration,
    stalled: Option<Pin<Box<Sleep>>>,
}

impl Patient {
    fn new(stream: TcpStream, patience: Duration) -> Self {
        Self { stream, patience, stalled: None }
    }

    fn watched<T>(
        &mut self,
        cx: &mut Context<'_>,
        write: impl FnOnce(Pin<&mut TcpStream>, &mut Context<'_>) -> Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        match write(Pin::new(&mut self.stream), cx) {
            Poll::Ready(done) => {
                self.stalled = None;
                Poll::Ready(done)
            }
            Poll::Pending => {
                let deadline = Instant::now() + self.patience;
                let stalled =
                    self.stalled.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(deadline)));
                match stalled.as_mut().poll(cx) {
                    Poll::Ready(()) => Poll::Ready(Err(io::ErrorKind::TimedOut.into())),
                    Poll::Pending => Poll::Pending,
                }
            }
        }
    }
}

impl AsyncRead for Patient {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Patient {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().watched(cx, |stream, cx| stream.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_mut().watched(cx, |stream, cx| stream.poll_write_vectored(cx, bufs))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.get_mut().stream).poll_shutdown(cx)
    }
}
