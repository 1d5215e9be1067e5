//! What waits to be written to a link, and the table of live links.

use std::collections::{HashMap, VecDeque};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use alianza_shared::limits::FRAME_MAX_BYTES;
use tokio::sync::Notify;
use tokio::time::{Instant, timeout_at};

use super::LinkId;

/// Bytes that may wait for one partner.
pub(super) const QUEUE_MAX_BYTES: usize = 16 << 20;
/// What a waiting frame is counted for beside its bytes, so that empty ones are not free.
const FRAME_OVERHEAD_BYTES: usize = 64;
/// How long a link that is to close may take to write out what waits.
const DRAIN_MAX: Duration = Duration::from_secs(5);
/// Frames queued together are written together, up to this size.
const BATCH_BYTES: usize = 128 * 1024;

/// The bounded outgoing queue of one link; also the way to end it.
#[derive(Default)]
pub(super) struct SendQueue {
    state: Mutex<State>,
    /// Something to write, or nothing more will come.
    changed: Notify,
    /// The link is to end.
    stopped: Notify,
}

#[derive(Default)]
struct State {
    frames: VecDeque<Vec<u8>>,
    bytes: usize,
    draining: bool,
    ended: Option<String>,
}

/// What the writer of a link does next.
pub(super) enum Batch {
    /// Bytes were put into the buffer.
    Filled,
    Empty,
    /// Everything is written and nothing more will come.
    Finished,
}

impl SendQueue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn push(&self, frame: Vec<u8>) {
        let mut state = self.lock();
        if state.draining || state.ended.is_some() {
            return;
        }
        let cost = frame.len() + FRAME_OVERHEAD_BYTES;
        if frame.is_empty() || frame.len() > FRAME_MAX_BYTES {
            tracing::error!(bytes = frame.len(), "our engine made a frame of a forbidden size");
            state.ended = Some(format!("a frame of {} bytes cannot be sent", frame.len()));
        } else if state.bytes + cost > QUEUE_MAX_BYTES {
            state.ended = Some("the partner does not keep up: 16 MiB are waiting".into());
        } else {
            state.bytes += cost;
            state.frames.push_back(frame);
            drop(state);
            self.changed.notify_one();
            return;
        }
        state.frames.clear();
        drop(state);
        self.stopped.notify_one();
    }

    /// Moves waiting frames into `buffer`, each behind its length, until the buffer is a good size to write.
    pub(super) fn fill(&self, buffer: &mut Vec<u8>) -> Batch {
        let mut state = self.lock();
        while buffer.len() < BATCH_BYTES {
            let Some(frame) = state.frames.pop_front() else { break };
            state.bytes -= frame.len() + FRAME_OVERHEAD_BYTES;
            let length = u32::try_from(frame.len()).expect("push refused anything above FRAME_MAX_BYTES");
            buffer.extend_from_slice(&length.to_be_bytes());
            buffer.extend_from_slice(&frame);
        }
        if !buffer.is_empty() {
            Batch::Filled
        } else if state.draining {
            Batch::Finished
        } else {
            Batch::Empty
        }
    }

    /// Returns when `fill` may have something new to say.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    /// Nothing more is accepted; what waits is still written.
    pub(super) fn drain(&self) {
        self.lock().draining = true;
        self.changed.notify_one();
        self.stopped.notify_one();
    }

    /// Ends the link now; the first reason stands.
    pub(super) fn end(&self, reason: &str) {
        let mut state = self.lock();
        state.ended.get_or_insert_with(|| reason.to_owned());
        state.frames.clear();
        drop(state);
        self.stopped.notify_one();
    }

    /// Returns the reason once the link is to end at once, or has been draining for too long.
    pub(super) async fn ended(&self) -> String {
        let mut patience = None;
        loop {
            {
                let state = self.lock();
                if let Some(reason) = state.ended.clone() {
                    return reason;
                }
                if state.draining {
                    patience.get_or_insert_with(|| Instant::now() + DRAIN_MAX);
                }
            }
            match patience {
                None => self.stopped.notified().await,
                Some(until) if timeout_at(until, self.stopped.notified()).await.is_err() => {
                    return "closed by this node, with frames unsent".into();
                }
                Some(_) => {}
            }
        }
    }
}

/// All live links by id, so that a frame finds its link without passing the hub.
#[derive(Default)]
pub(super) struct Links {
    last: AtomicU64,
    table: Mutex<HashMap<LinkId, Arc<SendQueue>>>,
}

impl Links {
    fn table(&self) -> MutexGuard<'_, HashMap<LinkId, Arc<SendQueue>>> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn find(&self, link: LinkId) -> Option<Arc<SendQueue>> {
        self.table().get(&link).cloned()
    }

    /// A fresh id and its queue.
    pub(super) fn open(&self) -> (LinkId, Arc<SendQueue>) {
        let link = LinkId(self.last.fetch_add(1, Ordering::Relaxed) + 1);
        let queue = Arc::new(SendQueue::default());
        self.table().insert(link, queue.clone());
        (link, queue)
    }

    pub(super) fn forget(&self, link: LinkId) {
        self.table().remove(&link);
    }

    pub(super) fn send(&self, link: LinkId, frame: Vec<u8>) {
        if let Some(queue) = self.find(link) {
            queue.push(frame);
        }
    }

    pub(super) fn close(&self, link: LinkId) {
        if let Some(queue) = self.find(link) {
            queue.drain();
        }
    }

    pub(super) fn close_all(&self) {
        self.table().values().for_each(|queue| queue.drain());
    }

    pub(super) fn end_all(&self, reason: &str) {
        self.table().values().for_each(|queue| queue.end(reason));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.table().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_are_batched_in_order_behind_their_lengths() {
        let queue = SendQueue::default();
        queue.push(vec![1, 2]);
        queue.push(vec![3]);
        let mut buffer = Vec::new();
        assert!(matches!(queue.fill(&mut buffer), Batch::Filled));
        assert_eq!(buffer, [0, 0, 0, 2, 1, 2, 0, 0, 0, 1, 3]);
        buffer.clear();
        assert!(matches!(queue.fill(&mut buffer), Batch::Empty));
        queue.drain();
        queue.push(vec![4]);
        assert!(matches!(queue.fill(&mut buffer), Batch::Finished));
    }

    #[tokio::test]
    async fn a_queue_beyond_16_mib_ends_its_link_i39() {
        let queue = SendQueue::default();
        for _ in 0..16 {
            queue.push(vec![0; FRAME_MAX_BYTES]);
        }
        assert!(queue.ended().await.contains("keep up"));
        assert!(matches!(queue.fill(&mut Vec::new()), Batch::Empty));
    }

    #[test]
    fn link_ids_are_never_reused() {
        let links = Links::default();
        let (first, _) = links.open();
        links.forget(first);
        let (second, _) = links.open();
        assert_ne!(first, second);
        assert!(links.find(first).is_none());
    }
}
