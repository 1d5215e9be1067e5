//! Documents that somebody wants to read are loaded, and those that make room are saved, beside the engine's thread.
//!
//! To load a document from its snapshot takes most of the time of reading it, and a long one takes long: meanwhile
//! the engine goes on. What was loaded is used only if nothing has happened to the document since; if anything has,
//! or the loading failed, it is loaded where it always was.

use std::collections::BTreeMap;
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use alianza_shared::id::DocId;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::Running;
use super::handle::{Caller, Request};
use super::requests::{Answer, parse};
use super::source::source;
use crate::documents::{Apart, Left};

/// Documents that wait for being loaded or saved: their memory is counted nowhere.
const QUEUE_MAX: usize = 16;
/// Documents that somebody waits for: the rest of the queue is for those that make room.
const LOADING_MAX: usize = 8;
const THREADS_MAX: usize = 2;

type Order = Box<dyn FnOnce() -> Done + Send>;
type Waiting = (Caller, Request, Answer);

pub(super) enum Done {
    Loaded(DocId, Option<Apart>),
    Saved(Left),
}

/// Documents on their way in or out, and who waits for them.
pub(super) struct Loading {
    orders: SyncSender<Order>,
    done: UnboundedReceiver<Done>,
    waiting: BTreeMap<DocId, Vec<Waiting>>,
}

impl Loading {
    /// The threads end when this is dropped.
    pub(super) fn start() -> Self {
        let (orders, inbox) = sync_channel(QUEUE_MAX);
        let (tell, done) = unbounded_channel();
        let inbox = Arc::new(Mutex::new(inbox));
        let threads = std::thread::available_parallelism().map_or(1, |cores| cores.get().min(THREADS_MAX));
        for _ in 0..threads {
            let (inbox, tell) = (Arc::clone(&inbox), tell.clone());
            let thread =
                std::thread::Builder::new().name("loading".into()).spawn(move || work(&inbox, &tell));
            if let Err(error) = thread {
                tracing::warn!(%error, "no thread for loading documents; the engine loads them itself");
            }
        }
        Self { orders, done, waiting: BTreeMap::new() }
    }

    pub(super) async fn next(&mut self) -> Done {
        match self.done.recv().await {
            Some(done) => done,
            // With no thread at all the channel is closed: nothing ever comes.
            None => std::future::pending().await,
        }
    }

    /// Has it done on another thread, or here and now if those do not keep up.
    fn give(&self, order: Order) -> Option<Done> {
        match self.orders.try_send(order) {
            Ok(()) => None,
            Err(TrySendError::Full(order) | TrySendError::Disconnected(order)) => Some(order()),
        }
    }
}

fn work(inbox: &Mutex<Receiver<Order>>, tell: &UnboundedSender<Done>) {
    loop {
        let order = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(order) = order else { return };
        if tell.send(order()).is_err() {
            return;
        }
    }
}

impl Running {
    /// A request that needs a document which is not in memory waits for it; any other is answered at once.
    pub(super) fn request_or_load(&mut self, caller: Caller, request: Request, answer: Answer) {
        let Some(doc) = self.to_load(&request) else { return self.request(&caller, request, answer) };
        if let Some(waiting) = self.loading.waiting.get_mut(&doc) {
            waiting.push((caller, request, answer));
            return;
        }
        let circle = self.circle_of(&doc).filter(|_| self.loading.waiting.len() < LOADING_MAX);
        let parcel = circle.and_then(|circle| {
            let source = source!(self, circle);
            self.documents.parcel(&source, &doc).ok().flatten()
        });
        let Some(parcel) = parcel else { return self.request(&caller, request, answer) };
        self.loading.waiting.insert(doc, vec![(caller, request, answer)]);
        let order: Order = Box::new(move || Done::Loaded(doc, Apart::load(parcel)));
        if let Some(done) = self.loading.give(order) {
            self.done_apart(done);
        }
    }

    fn to_load(&self, request: &Request) -> Option<DocId> {
        let (Request::Document { id } | Request::History { id }) = request else { return None };
        let doc = parse(id).ok()?;
        (!self.documents.is_loaded(&doc)).then_some(doc)
    }

    /// What had to make room is saved on another thread.
    pub(super) fn save_apart(&mut self) {
        for gone in self.documents.gone() {
            let order: Order = Box::new(move || Done::Saved(gone.save()));
            if let Some(done) = self.loading.give(order) {
                self.done_apart(done);
            }
        }
    }

    pub(super) fn done_apart(&mut self, done: Done) {
        match done {
            Done::Saved(left) => self.documents.left(left),
            Done::Loaded(doc, loaded) => {
                if let Some(loaded) = loaded {
                    self.documents.take_in(doc, loaded);
                }
                for (caller, request, answer) in self.loading.waiting.remove(&doc).unwrap_or_default() {
                    self.request(&caller, request, answer);
                }
            }
        }
    }
}
