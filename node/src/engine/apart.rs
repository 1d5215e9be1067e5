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
use crate::documents::{Apart, Gone, Left, Parcel};

/// Documents being loaded at one time, and of those being saved: their memory is counted nowhere.
const APART_MAX: usize = 8;
const THREADS_MAX: usize = 2;

type Waiting = (Caller, Request, Answer);

enum Order {
    Load(DocId, Parcel),
    Save(Gone),
}

pub(super) enum Done {
    Loaded(DocId, Option<Apart>),
    Saved(Left),
}

/// Documents on their way in or out, and who waits for them.
pub(super) struct Loading {
    orders: SyncSender<Order>,
    done: UnboundedReceiver<Done>,
    waiting: BTreeMap<DocId, Vec<Waiting>>,
    saving: usize,
}

impl Loading {
    /// The threads end when this is dropped.
    pub(super) fn start() -> Self {
        let (orders, inbox) = sync_channel(2 * APART_MAX);
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
        Self { orders, done, waiting: BTreeMap::new(), saving: 0 }
    }

    pub(super) async fn next(&mut self) -> Option<Done> {
        // With no thread at all the channel is closed: that is no event.
        match self.done.recv().await {
            Some(done) => Some(done),
            None => std::future::pending().await,
        }
    }
}

fn work(inbox: &Mutex<Receiver<Order>>, tell: &UnboundedSender<Done>) {
    loop {
        let order = inbox.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let done = match order {
            Ok(Order::Load(doc, parcel)) => Done::Loaded(doc, Apart::load(parcel)),
            Ok(Order::Save(gone)) => Done::Saved(gone.save()),
            Err(_) => return,
        };
        if tell.send(done).is_err() {
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
        let parcel =
            self.circle_of(&doc).filter(|_| self.loading.waiting.len() < APART_MAX).and_then(|circle| {
                let source = source!(self, circle);
                self.documents.parcel(&source, &doc).ok().flatten()
            });
        match parcel.map(|parcel| self.loading.orders.try_send(Order::Load(doc, parcel))) {
            Some(Ok(())) => drop(self.loading.waiting.insert(doc, vec![(caller, request, answer)])),
            _ => self.request(&caller, request, answer),
        }
    }

    fn to_load(&self, request: &Request) -> Option<DocId> {
        let (Request::Document { id } | Request::History { id }) = request else { return None };
        let doc = parse(id).ok()?;
        (!self.documents.is_loaded(&doc)).then_some(doc)
    }

    /// What had to make room is saved on another thread, as far as that keeps up.
    pub(super) fn save_apart(&mut self) {
        for gone in self.documents.gone() {
            let refused = if self.loading.saving < APART_MAX {
                self.loading.orders.try_send(Order::Save(gone)).err().map(|error| match error {
                    TrySendError::Full(order) | TrySendError::Disconnected(order) => order,
                })
            } else {
                Some(Order::Save(gone))
            };
            match refused {
                None => self.loading.saving += 1,
                Some(Order::Save(gone)) => self.documents.left(gone.save()),
                Some(Order::Load(..)) => {}
            }
        }
    }

    pub(super) fn done_apart(&mut self, done: Done) {
        match done {
            Done::Saved(left) => {
                self.loading.saving -= 1;
                self.documents.left(left);
            }
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
