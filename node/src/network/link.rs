//! One live sync stream: frames in, frames out, keep-alive, and the single place where a link is declared up
//! and down. Knows nothing of libp2p: any duplex byte stream will do.
//!
//! On the wire: `u32 length, big-endian ‖ frame`. Length 0 is a sign of life; each side sends one first, and
//! the link is up when both have arrived. A side that will not have the stream closes it unread.

use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alianza_shared::limits::FRAME_MAX_BYTES;
use alianza_shared::wire::{DENIED_STRANGER, Message};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, FutureExt};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use super::budget::Bucket;
use super::queue::{Batch, SendQueue};
use super::{Event, EventSender, Key, LinkId, Shared};

/// How patient a link is.
#[derive(Debug, Clone, Copy)]
struct Timing {
    /// Longest wait for the partner's first sign of life.
    greeting: Duration,
    /// For a key without rights here to take the one word it gets.
    denial: Duration,
    /// A frame once begun must be complete within this time (T13).
    frame: Duration,
    /// We say something at least this often…
    sign_of_life: Duration,
    /// …and give up on a partner that was silent for so long.
    silence: Duration,
    /// A partner that reads nothing for so long while bytes wait for it is given up.
    stall: Duration,
}

const TIMING: Timing = Timing {
    greeting: Duration::from_secs(10),
    denial: Duration::from_secs(2),
    frame: Duration::from_secs(30),
    sign_of_life: Duration::from_secs(15),
    silence: Duration::from_secs(50),
    stall: Duration::from_secs(60),
};

/// Memory for reading ahead, and the step in which a frame's buffer grows.
const CHUNK_BYTES: usize = 16 * 1024;
/// Frames of one link that may wait for the engine, in bytes; small ones are counted for more than they are.
const INBOX_BYTES: usize = 4 << 20;
const INBOX_FRAME_BYTES: usize = 8 * 1024;

const SIGN: [u8; 4] = 0u32.to_be_bytes();
/// Length of a *Denied* frame: type, array, small code.
const DENIED_BYTES: usize = 3;

/// What the hub hears from the tasks it has started.
#[derive(Debug)]
pub(super) enum News {
    Up {
        key: Key,
        link: LinkId,
    },
    /// A key without rights here was told so: its connection may end.
    Denied {
        denial: u64,
    },
    /// A question of ours is over, one way or the other.
    Asked {
        errand: u64,
    },
    /// `lasted`: how long the link was up, `None` when it never was. `fault`: the partner broke the protocol.
    Ended {
        key: Key,
        link: LinkId,
        lasted: Option<Duration>,
        fault: bool,
    },
}

/// Why a link ended.
#[derive(Debug)]
struct End {
    reason: String,
    fault: bool,
    /// The partner's *Denied*.
    denied: Option<u8>,
}

impl End {
    fn plain(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), fault: false, denied: None }
    }

    fn fault(reason: impl Into<String>) -> Self {
        Self { reason: reason.into(), fault: true, denied: None }
    }

    fn denied(code: u8) -> Self {
        Self { denied: Some(code), ..Self::plain("the partner does not want a link with this city") }
    }
}

pub(super) struct Link {
    pub(super) id: LinkId,
    pub(super) key: Key,
    pub(super) dialer: bool,
    pub(super) address: String,
    pub(super) queue: Arc<SendQueue>,
    /// What this partner may send per second, over all its links.
    pub(super) budget: Arc<Mutex<Bucket>>,
    /// The former link with this key: its `LinkDown` comes before our `LinkUp`.
    pub(super) before: Option<JoinHandle<()>>,
}

impl Link {
    /// Runs the link to its end.
    pub(super) async fn run<S>(
        mut self,
        mut stream: S,
        shared: Arc<Shared>,
        news: mpsc::UnboundedSender<News>,
    ) where
        S: AsyncRead + AsyncWrite + Unpin + Send,
    {
        let (id, key) = (self.id, self.key);
        let greeted = tokio::select! {
            greeted = greet(&mut stream) => greeted,
            reason = self.queue.ended() => Err(End::plain(reason)),
        };
        if let Some(before) = self.before.take() {
            // It was told to end; should it have panicked, its own guard has said LinkDown.
            let _ = before.await;
        }
        if let Err(end) = greeted {
            tracing::debug!(link = id.0, reason = end.reason, "a sync stream did not become a link");
            shared.links.forget(id);
            let _ = news.send(News::Ended { key, link: id, lasted: None, fault: end.fault });
            if let Some(code) = end.denied {
                shared.events.send(Event::Denied { key, code }).await;
            }
            return;
        }
        let since = Instant::now();
        let _ = news.send(News::Up { key, link: id });
        let up = Event::LinkUp { link: id, key, dialer: self.dialer, address: self.address.clone() };
        let end = if shared.events.send(up).await {
            let carried = AssertUnwindSafe(self.carry(stream, &shared.events)).catch_unwind().await;
            carried.unwrap_or_else(|_| End::plain("the link failed inside this node"))
        } else {
            End::plain("the engine is gone")
        };
        shared.links.forget(id);
        let _ = news.send(News::Ended { key, link: id, lasted: Some(since.elapsed()), fault: end.fault });
        shared.events.send(Event::LinkDown { link: id, key, reason: end.reason }).await;
    }

    async fn carry<S: AsyncRead + AsyncWrite>(&self, stream: S, events: &EventSender) -> End {
        let (read, write) = stream.split();
        let input = Input::new(read, &self.budget, TIMING);
        tokio::select! {
            end = receive(self.id, input, events) => end,
            end = transmit(write, &self.queue, TIMING) => end,
            reason = self.queue.ended() => End::plain(reason),
        }
    }
}

/// Tells a key that has nothing to look for here: one frame in place of a sign of life, the same for all of them.
pub(super) async fn deny<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) {
    let frame = Message::Denied { code: DENIED_STRANGER }.encode();
    debug_assert_eq!(frame.len(), DENIED_BYTES);
    let told = async {
        stream.write_all(&(frame.len() as u32).to_be_bytes()).await?;
        stream.write_all(&frame).await?;
        stream.close().await?;
        // Not to be read, but waited for: the connection ends after this, and what is under way with it.
        stream.read(&mut [0; 64]).await.map(drop)
    };
    let _ = timeout(TIMING.denial, told).await;
}

async fn greet<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut S) -> Result<(), End> {
    let exchange = async {
        stream.write_all(&SIGN).await?;
        stream.flush().await?;
        let mut sign = [0xff; 4];
        stream.read_exact(&mut sign).await?;
        let mut denied = None;
        if sign == (DENIED_BYTES as u32).to_be_bytes() {
            let mut frame = [0; DENIED_BYTES];
            stream.read_exact(&mut frame).await?;
            if let Ok(Message::Denied { code }) = Message::decode(&frame) {
                denied = Some(code);
            }
        }
        Ok::<_, std::io::Error>((sign, denied))
    };
    match timeout(TIMING.greeting, exchange).await {
        Ok(Ok((SIGN, _))) => Ok(()),
        Ok(Ok((_, Some(code)))) => Err(End::denied(code)),
        Ok(Ok(_)) => Err(End::fault("the partner began with something else than a sign of life")),
        Ok(Err(error)) => Err(End::plain(format!("the partner did not take the stream: {error}"))),
        Err(_) => Err(End::plain("the partner did not answer on the stream")),
    }
}

/// Reads with a chunk of its own and pays the partner's budget.
struct Input<'a, R> {
    read: R,
    budget: &'a Mutex<Bucket>,
    chunk: Vec<u8>,
    start: usize,
    end: usize,
    timing: Timing,
}

impl<'a, R: AsyncRead + Unpin> Input<'a, R> {
    fn new(read: R, budget: &'a Mutex<Bucket>, timing: Timing) -> Self {
        Self { read, budget, chunk: vec![0; CHUNK_BYTES], start: 0, end: 0, timing }
    }

    fn buffered(&self) -> &[u8] {
        &self.chunk[self.start..self.end]
    }

    /// Waits for bytes; false at the end of the stream.
    async fn fill(&mut self, deadline: Instant, late: fn() -> End) -> Result<bool, End> {
        debug_assert_eq!(self.start, self.end, "filled while bytes are left");
        let count = match timeout_at(deadline, self.read.read(&mut self.chunk)).await {
            Ok(Ok(count)) => count,
            Ok(Err(error)) => return Err(End::plain(format!("the connection broke: {error}"))),
            Err(_) => return Err(late()),
        };
        (self.start, self.end) = (0, count);
        let wait = self.budget.lock().unwrap_or_else(PoisonError::into_inner).spend(count, Instant::now());
        if !wait.is_zero() {
            sleep(wait).await;
        }
        Ok(count > 0)
    }

    /// Appends exactly `count` bytes to `into`, whose memory grows with what arrives, not with what is
    /// announced (I2).
    async fn take(&mut self, into: &mut Vec<u8>, count: usize, deadline: Instant) -> Result<(), End> {
        let total = into.len() + count;
        while into.len() < total {
            if self.start == self.end && !self.fill(deadline, slow_frame).await? {
                return Err(End::plain("the partner went away inside a frame"));
            }
            let step = self.buffered().len().min(total - into.len());
            if into.capacity() - into.len() < step {
                into.reserve_exact((total - into.len()).min(into.len().max(CHUNK_BYTES)));
            }
            into.extend_from_slice(&self.chunk[self.start..self.start + step]);
            self.start += step;
        }
        Ok(())
    }

    /// The next frame; `None` for a sign of life.
    async fn frame(&mut self) -> Result<Option<Vec<u8>>, End> {
        if self.start == self.end && !self.fill(Instant::now() + self.timing.silence, silent).await? {
            return Err(End::plain("the partner closed the link"));
        }
        let deadline = Instant::now() + self.timing.frame;
        let mut length = Vec::with_capacity(4);
        self.take(&mut length, 4, deadline).await?;
        let length = length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte));
        if length > FRAME_MAX_BYTES {
            return Err(End::fault(format!("the partner announced a frame of {length} bytes")));
        }
        if length == 0 {
            return Ok(None);
        }
        let mut frame = Vec::new();
        self.take(&mut frame, length, deadline).await?;
        Ok(Some(frame))
    }
}

fn slow_frame() -> End {
    End::fault("the partner took more than 30 s for one frame")
}

fn silent() -> End {
    End::plain("the partner has fallen silent")
}

async fn receive<R: AsyncRead + Unpin>(link: LinkId, mut input: Input<'_, R>, events: &EventSender) -> End {
    let inbox = Arc::new(Semaphore::new(INBOX_BYTES));
    loop {
        let frame = match input.frame().await {
            Ok(Some(frame)) => frame,
            Ok(None) => continue,
            Err(end) => return end,
        };
        let size = u32::try_from(frame.len() + INBOX_FRAME_BYTES).expect("a frame is at most 1 MiB");
        // Waiting here is the back-pressure: nothing more is read from this partner.
        let room = inbox.clone().acquire_many_owned(size).await.expect("the semaphore is never closed");
        if !events.send_holding(Event::Frame { link, frame }, room).await {
            return End::plain("the engine is gone");
        }
    }
}

async fn transmit<W: AsyncWrite + Unpin>(mut write: W, queue: &SendQueue, timing: Timing) -> End {
    let mut buffer = Vec::new();
    let sent = async {
        loop {
            buffer.clear();
            match queue.fill(&mut buffer) {
                Batch::Filled => {}
                Batch::Empty => {
                    progress(write.flush(), timing).await?;
                    if timeout(timing.sign_of_life, queue.changed()).await.is_ok() {
                        continue;
                    }
                    buffer.extend_from_slice(&SIGN);
                }
                Batch::Finished => {
                    progress(write.flush(), timing).await?;
                    return progress(write.close(), timing).await;
                }
            }
            let mut left = buffer.as_slice();
            while !left.is_empty() {
                let count = progress(write.write(left), timing).await?;
                if count == 0 {
                    return Err(End::plain("the connection takes no more bytes"));
                }
                left = &left[count..];
            }
            buffer.shrink_to(8 * CHUNK_BYTES);
        }
    };
    let sent: Result<(), End> = sent.await;
    sent.err().unwrap_or_else(|| End::plain("closed by this node"))
}

async fn progress<T>(step: impl Future<Output = std::io::Result<T>>, timing: Timing) -> Result<T, End> {
    match timeout(timing.stall, step).await {
        Ok(Ok(done)) => Ok(done),
        Ok(Err(error)) => Err(End::plain(format!("the connection broke: {error}"))),
        Err(_) => Err(End::plain("the partner has not read for 60 s")),
    }
}

#[cfg(test)]
mod tests;
