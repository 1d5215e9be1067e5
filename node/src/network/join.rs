//! `/alianza/join/1`: one question, one answer. The only thing a stranger may do, and therefore small, slow and
//! counted (T1, I39).

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alianza_shared::limits::STRANGER_MAX_BYTES;
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::time::{Instant, timeout};

use super::budget::Bucket;
use super::{Event, EventSender, Key, Shared};

/// Longest time from a request to its answer, on both sides.
pub(super) const ANSWER_MAX: Duration = Duration::from_secs(20);
/// Longest time to send a question once the stream is open.
const QUESTION_MAX: Duration = Duration::from_secs(10);
/// Questions under way, from everybody.
const QUESTIONS_MAX: usize = 16;
/// Questions from one address: at once, and then per second. A city that waits to be admitted asks every 2 s.
const PER_IP_BURST: f64 = 32.0;
const PER_IP_PER_SECOND: f64 = 0.5;
/// Questions from everybody: at once, and then per second.
const OVERALL_BURST: f64 = 128.0;
const OVERALL_PER_SECOND: f64 = 8.0;
/// Addresses remembered for their rate.
const IPS_MAX: usize = 1024;
/// Memory grows in these steps.
const STEP_BYTES: usize = 4 * 1024;

/// Questions that wait for the engine.
#[derive(Default)]
pub(super) struct Answers {
    last: AtomicU64,
    waiting: Mutex<HashMap<u64, oneshot::Sender<Vec<u8>>>>,
}

impl Answers {
    fn waiting(&self) -> MutexGuard<'_, HashMap<u64, oneshot::Sender<Vec<u8>>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn give(&self, question: u64, frame: Vec<u8>) {
        if let Some(waiting) = self.waiting().remove(&question) {
            let _ = waiting.send(frame);
        }
    }

    fn wait(&self) -> (u64, oneshot::Receiver<Vec<u8>>) {
        let question = self.last.fetch_add(1, Ordering::Relaxed) + 1;
        let (sender, receiver) = oneshot::channel();
        self.waiting().insert(question, sender);
        (question, receiver)
    }
}

/// How often questions are listened to.
pub(super) struct Turnstile {
    overall: Bucket,
    per_ip: HashMap<IpAddr, Bucket>,
    under_way: Arc<Semaphore>,
}

impl Turnstile {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            overall: Bucket::new(OVERALL_BURST, OVERALL_PER_SECOND, now),
            per_ip: HashMap::new(),
            under_way: Arc::new(Semaphore::new(QUESTIONS_MAX)),
        }
    }

    /// A place for one question, or `None` when this address (if it counts) or everybody asks too much.
    pub(super) fn enter(&mut self, ip: Option<IpAddr>, now: Instant) -> Option<OwnedSemaphorePermit> {
        if let Some(ip) = ip {
            if self.per_ip.len() >= IPS_MAX && !self.per_ip.contains_key(&ip) {
                self.per_ip.retain(|_, bucket| !bucket.is_full(now));
                if self.per_ip.len() >= IPS_MAX {
                    return None;
                }
            }
            let bucket =
                self.per_ip.entry(ip).or_insert_with(|| Bucket::new(PER_IP_BURST, PER_IP_PER_SECOND, now));
            if !bucket.take(now) {
                return None;
            }
        }
        let place = self.under_way.clone().try_acquire_owned().ok()?;
        self.overall.take(now).then_some(place)
    }
}

/// Somebody who asks, as the transport proved it.
pub(super) struct Asker {
    pub(super) key: Key,
    pub(super) address: String,
    /// What this connection may still send while its key is unknown (I39); `None` for members.
    pub(super) allowance: Option<Arc<AtomicUsize>>,
}

/// Serves one inbound stream: reads the question, waits for the engine's answer, writes it.
pub(super) async fn serve<S>(mut stream: S, asker: Asker, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let allowed = asker.allowance.as_ref().map_or(STRANGER_MAX_BYTES, |left| left.load(Ordering::Relaxed));
    let Ok(Ok(frame)) = timeout(QUESTION_MAX, read_frame(&mut stream, allowed)).await else {
        tracing::debug!(address = asker.address, "a question on join was not understood");
        return;
    };
    if let Some(left) = &asker.allowance {
        left.fetch_sub(frame.len().min(allowed), Ordering::Relaxed);
    }
    let (question, answer) = shared.answers.wait();
    let event = Event::Question { question, key: asker.key, address: asker.address, frame };
    let answered = timeout(ANSWER_MAX, async {
        shared.events.send(event).await;
        answer.await
    });
    if let Ok(Ok(frame)) = answered.await {
        let written = timeout(QUESTION_MAX, async {
            write_frame(&mut stream, &frame).await?;
            stream.close().await
        });
        if !matches!(written.await, Ok(Ok(()))) {
            tracing::debug!("an answer on join could not be delivered");
        }
    }
    shared.answers.waiting().remove(&question);
}

/// Puts one question on a stream that the hub will open, and reports the answer.
pub(super) async fn ask<S>(
    request: u64,
    stream: oneshot::Receiver<Result<S, String>>,
    frame: Vec<u8>,
    within: Duration,
    events: EventSender,
) where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let exchange = async {
        if frame.is_empty() || frame.len() > STRANGER_MAX_BYTES {
            return Err(format!("a question of {} bytes cannot be sent", frame.len()));
        }
        let mut stream = stream.await.unwrap_or_else(|_| Err("the network was restarted".into()))?;
        write_frame(&mut stream, &frame).await.map_err(|error| error.to_string())?;
        read_frame(&mut stream, STRANGER_MAX_BYTES).await.map_err(|error| error.to_string())
    };
    let late = || format!("no answer within {} s", within.as_secs());
    let result = timeout(within, exchange).await.unwrap_or_else(|_| Err(late()));
    events.send(Event::Answered { request, result }).await;
}

async fn read_frame<S: AsyncRead + Unpin>(stream: &mut S, max_bytes: usize) -> std::io::Result<Vec<u8>> {
    let mut length = [0; 4];
    stream.read_exact(&mut length).await?;
    let length = usize::try_from(u32::from_be_bytes(length)).unwrap_or(usize::MAX);
    if length == 0 || length > max_bytes.min(STRANGER_MAX_BYTES) {
        return Err(std::io::Error::other(format!("a frame of {length} bytes is not allowed here")));
    }
    let mut frame = Vec::new();
    while frame.len() < length {
        let have = frame.len();
        frame.resize(have + (length - have).min(STEP_BYTES), 0);
        stream.read_exact(&mut frame[have..]).await?;
    }
    Ok(frame)
}

async fn write_frame<S: AsyncWrite + Unpin>(stream: &mut S, frame: &[u8]) -> std::io::Result<()> {
    if frame.is_empty() || frame.len() > STRANGER_MAX_BYTES {
        return Err(std::io::Error::other(format!("a frame of {} bytes cannot be sent", frame.len())));
    }
    let length = u32::try_from(frame.len()).expect("at most 64 KiB, checked above");
    stream.write_all(&[&length.to_be_bytes(), frame].concat()).await?;
    stream.flush().await
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures::io::Cursor;
    use tokio_util::compat::TokioAsyncReadCompatExt;

    #[tokio::test]
    async fn a_question_nobody_answers_fails_in_time() {
        let (theirs, ours) = tokio::io::duplex(64);
        let (sender, mut events) = tokio::sync::mpsc::channel(1);
        let (stream, wanted) = oneshot::channel();
        assert!(stream.send(Ok(ours.compat())).is_ok());
        ask(1, wanted, b"hola?".to_vec(), Duration::from_millis(100), EventSender(sender)).await;
        let Some(Event::Answered { request: 1, result: Err(why) }) = events.recv().await.map(|d| d.event)
        else {
            panic!("an answer out of nowhere");
        };
        assert!(why.contains("no answer"), "{why}");
        drop(theirs);
    }

    #[tokio::test]
    async fn a_question_is_capped_before_it_is_read_i39() {
        let too_long = (STRANGER_MAX_BYTES as u32 + 1).to_be_bytes();
        assert!(read_frame(&mut Cursor::new(too_long), usize::MAX).await.is_err());
        let within = [&4u32.to_be_bytes()[..], b"hola"].concat();
        assert_eq!(read_frame(&mut Cursor::new(&within), usize::MAX).await.unwrap(), b"hola");
        assert!(
            read_frame(&mut Cursor::new(&within), 3).await.is_err(),
            "the connection has used up its 64 KiB"
        );
    }

    #[test]
    fn one_address_asks_seldom_and_all_together_not_often_t1() {
        let now = Instant::now();
        let mut turnstile = Turnstile::new(now);
        let ip = |n: u8| Some(IpAddr::from([198, 51, 100, n]));
        assert_eq!((0..50).filter(|_| turnstile.enter(ip(1), now).is_some()).count(), PER_IP_BURST as usize);
        let all = (0..200).filter(|n| turnstile.enter(ip(*n), now).is_some()).count();
        assert_eq!(all + PER_IP_BURST as usize, OVERALL_BURST as usize);
    }

    #[test]
    fn few_questions_are_under_way_at_once() {
        let now = Instant::now();
        let mut turnstile = Turnstile::new(now);
        let places: Vec<_> = (0..50).filter_map(|_| turnstile.enter(None, now)).collect();
        assert_eq!(places.len(), QUESTIONS_MAX);
    }
}
