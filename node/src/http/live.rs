//! The live socket: bytes of a tab to the engine and back, as fast as they come and no faster than they are taken
//! (S8). What the bytes mean is `alianza_shared::live`; the page for other programs is `node/docs/LIVE.md`.

use std::sync::PoisonError;
use std::sync::atomic::{AtomicBool, Ordering};

use alianza_shared::api::ApiError;
use alianza_shared::id::PersonRef;
use alianza_shared::limits::LIVE_MESSAGE_MAX_BYTES;
use axum::Extension;
use axum::extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade};
use axum::extract::{Request, State};
use axum::http::header;
use axum::response::Response;
use futures::{SinkExt, StreamExt};
use tokio::time::{Instant, MissedTickBehavior};

use super::access::caller;
use super::error::{Answer, stopping};
use super::guard::own_origin;
use super::{App, SOCKETS_PER_PERSON_MAX};
use crate::accounts::Identity;
use crate::engine::handle::{LiveSender, LiveSession};

/// Pings without any sign of life after which the tab is taken for gone.
const SILENT_PINGS_MAX: u32 = 3;
/// Messages written before one flush.
const BATCH_MAX_MESSAGES: usize = 64;

/// Why a live socket ends; the number is the WebSocket close code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u16)]
pub(super) enum End {
    /// The tab closed it, or the line broke: nothing to say.
    Gone = 1000,
    /// The node stops.
    Stopping = 1001,
    /// Not WebSocket as it should be.
    Protocol = 1002,
    /// A text message.
    NotBinary = 1003,
    /// A message above the limit.
    TooLarge = 1009,
    /// The engine has detached this session: the tab was too slow, or broke the rules.
    Detached = 1013,
    /// The session ended, or the rights of the person changed: sign in or connect again.
    Revoked = 4401,
}

/// The live socket (WebSocket, binary messages): see node/docs/LIVE.md. With a session cookie the `Origin` must be
/// this page; with a token it may be absent.
#[utoipa::path(get, path = "/api/live", tag = "live", responses((status = 101)))]
pub(super) async fn live(
    State(app): State<App>,
    Extension(identity): Extension<Identity>,
    upgrade: WebSocketUpgrade,
    request: Request,
) -> Answer<Response> {
    let headers = request.headers();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let foreign = !own_origin(&app, headers, host);
    if foreign && (identity.is_session() || headers.contains_key(header::ORIGIN)) {
        return Err(ApiError::new(403, "origin.foreign", "La petición viene de otra página.").into());
    }
    if app.stop.is_cancelled() {
        return Err(stopping().into());
    }
    let place = Place::take(&app, identity.person)?;
    let session = app.backend.attach(&caller(&identity)).await?;
    let open = app.open.token();
    Ok(upgrade.max_message_size(LIVE_MESSAGE_MAX_BYTES).max_frame_size(LIVE_MESSAGE_MAX_BYTES).on_upgrade(
        move |socket| async move {
            run(&app, socket, &identity, session).await;
            drop((place, open));
        },
    ))
}

/// One of the sockets a person may have.
struct Place {
    app: App,
    person: PersonRef,
}

impl Place {
    fn take(app: &App, person: PersonRef) -> Result<Self, ApiError> {
        let mut sockets = app.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        let count = sockets.entry(person).or_default();
        if *count >= SOCKETS_PER_PERSON_MAX {
            return Err(ApiError::new(429, "live.too_many", "Tiene demasiadas ventanas abiertas.")
                .next("Cierre alguna y vuelva a intentarlo."));
        }
        *count += 1;
        Ok(Self { app: app.clone(), person })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut sockets = self.app.sockets.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = sockets.get_mut(&self.person) {
            *count -= 1;
            if *count == 0 {
                sockets.remove(&self.person);
            }
        }
    }
}

type Writer = futures::stream::SplitSink<WebSocket, Message>;
type Reader = futures::stream::SplitStream<WebSocket>;

async fn run(app: &App, socket: WebSocket, identity: &Identity, mut session: LiveSession) {
    let (mut writer, mut reader) = socket.split();
    let heard = AtomicBool::new(true);
    let sender = session.sender();
    let end = tokio::select! {
        end = read(app, identity, &mut reader, &sender, &heard) => end,
        end = write(app, identity, &mut writer, &mut session, &heard) => end,
        () = identity.revoked() => End::Revoked,
        () = app.stop.cancelled() => End::Stopping,
    };
    // From here on nothing of this tab reaches the engine any more.
    drop(session);
    tracing::debug!(?end, "a live socket ends");
    if end != End::Gone {
        let close = Message::Close(Some(CloseFrame { code: end as u16, reason: "".into() }));
        let goodbye = async {
            if writer.send(close).await.is_ok() {
                while let Some(Ok(_)) = reader.next().await {}
            }
        };
        // A tab that does not answer is cut.
        let _ = tokio::time::timeout(app.options.limits.goodbye, goodbye).await;
    }
}

/// Tab to engine. Waiting for the engine is what slows the tab down.
async fn read(
    app: &App,
    identity: &Identity,
    reader: &mut Reader,
    sender: &LiveSender,
    heard: &AtomicBool,
) -> End {
    while let Some(message) = reader.next().await {
        heard.store(true, Ordering::Relaxed);
        match message {
            Ok(Message::Binary(bytes)) => {
                if is_use(&bytes) {
                    app.accounts.touch(identity);
                }
                if sender.send(bytes.into()).await.is_err() {
                    return End::Detached;
                }
            }
            Ok(Message::Ping(_) | Message::Pong(_)) => {}
            Ok(Message::Close(_)) => return End::Gone,
            Ok(Message::Text(_)) => return End::NotBinary,
            Err(error) if is_capacity(&error) => return End::TooLarge,
            Err(_) => return End::Protocol,
        }
    }
    End::Gone
}

/// What a person does, as opposed to what a tab does by itself: opening and editing (types 2 and 4).
fn is_use(bytes: &[u8]) -> bool {
    matches!(bytes, [0x84, 2 | 4, ..])
}

/// axum does not say which error it wraps, except in words.
fn is_capacity(error: &axum::Error) -> bool {
    let mut source: Option<&dyn std::error::Error> = Some(error);
    while let Some(one) = source {
        if one.to_string().contains("Space limit exceeded") {
            return true;
        }
        source = one.source();
    }
    false
}

/// Engine to tab, each message at once; and the pings.
async fn write(
    app: &App,
    identity: &Identity,
    writer: &mut Writer,
    session: &mut LiveSession,
    heard: &AtomicBool,
) -> End {
    let every = app.options.limits.ping;
    let mut ping = tokio::time::interval_at(Instant::now() + every, every);
    ping.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut silent = 0;
    loop {
        let written = tokio::select! {
            biased;
            message = session.next() => {
                let Some(message) = message else { return End::Detached };
                forward(writer, session, message).await
            }
            _ = ping.tick() => {
                silent = if heard.swap(false, Ordering::Relaxed) { 0 } else { silent + 1 };
                if silent >= SILENT_PINGS_MAX {
                    return End::Gone;
                }
                if !app.accounts.still_stands(identity) {
                    return End::Revoked;
                }
                writer.send(Message::Ping(Default::default())).await
            }
        };
        if written.is_err() {
            return End::Gone;
        }
    }
}

/// Writes a message, and with it those that wait already; then flushes.
async fn forward(
    writer: &mut Writer,
    session: &mut LiveSession,
    message: Vec<u8>,
) -> Result<(), axum::Error> {
    writer.feed(Message::Binary(message.into())).await?;
    for _ in 1..BATCH_MAX_MESSAGES {
        let Some(message) = session.try_next() else { break };
        writer.feed(Message::Binary(message.into())).await?;
    }
    writer.flush().await
}
