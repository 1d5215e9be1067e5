//! Entries that will be judged next are read on a second core meanwhile.
//!
//! Judging goes entry by entry on the engine's thread, for each depends on those before it. Reading the changes of an
//! entry does not (an eighth of the whole, by profile), so while many entries wait, the next ones are read on a
//! thread of their own. It is only ever a help: what is not there in time, or turns out to be of other bytes, is read
//! where it always was.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};

use alianza_shared::feed::Entry;
use alianza_shared::feed::body::check_edit;
use alianza_shared::id::{CircleId, Place};
use alianza_shared::sync::{Core, EntrySource};

use super::source::record_ref;
use crate::documents::ReadAhead;
use crate::journal::{JournalName, Journals};

/// With fewer entries waiting, somebody is typing, and a thread would only be woken for nothing.
const FROM_ENTRIES: usize = 8;
/// Entries on their way or read at one time…
const AHEAD_MAX_ENTRIES: usize = 128;
/// …and their bytes: what is read takes a few times as much.
const AHEAD_MAX_BYTES: usize = 2 << 20;

type Key = (CircleId, Place);
type Items = HashMap<u32, ReadAhead>;
type Order = (Key, Box<dyn FnOnce() -> Option<Arc<Vec<u8>>> + Send>);
type Read = Vec<(Key, Items)>;

/// What is being read ahead, and what has been.
pub(super) struct Ahead {
    /// None if the thread could not be started: then nothing is read ahead.
    orders: Option<Sender<Vec<Order>>>,
    done: Receiver<Read>,
    ready: BTreeMap<Key, Items>,
    /// Bytes of each entry ordered and not yet taken.
    ordered: BTreeMap<Key, usize>,
    bytes: usize,
}

impl Ahead {
    /// The thread ends when this is dropped.
    pub(super) fn start() -> Self {
        let (orders, inbox) = channel::<Vec<Order>>();
        let (tell, done) = channel();
        let thread = std::thread::Builder::new().name("ahead".into()).spawn(move || {
            for orders in inbox {
                let entry =
                    |(key, record): Order| (key, record().map(|record| read(&record)).unwrap_or_default());
                if tell.send(orders.into_iter().map(entry).collect()).is_err() {
                    return;
                }
            }
        });
        if let Err(error) = &thread {
            tracing::warn!(%error, "no second thread for reading entries ahead; judging goes on without it");
        }
        let orders = thread.is_ok().then_some(orders);
        Self { orders, done, ready: BTreeMap::new(), ordered: BTreeMap::new(), bytes: 0 }
    }

    /// Order what follows `place`, as far as there is room; many at once, for each order wakes the thread.
    pub(super) fn order(&mut self, core: &Core, journals: &Journals, circle: CircleId, place: Place) {
        let of_feed = (circle, place)..=(circle, Place { seq: u64::MAX, ..place });
        let last = self.ordered.range(of_feed).next_back().map(|((_, last), _)| *last);
        if self.orders.is_none() || (last.is_some() && !self.is_low()) {
            return;
        }
        if last.is_none() {
            if core.following(&circle, &place).nth(FROM_ENTRIES).is_none() {
                return;
            }
            // Another feed's turn has come; what was read of one that stands still would take up the room for ever.
            self.forget();
        }
        let mut batch = Vec::new();
        for (place, source) in core.following(&circle, &last.unwrap_or(place)) {
            if self.is_full() {
                break;
            }
            let (bytes, order): (usize, Order) = match source {
                EntrySource::Memory(record) => (record.len(), ((circle, place), Box::new(|| Some(record)))),
                EntrySource::Stored(at) => {
                    let journals = journals.clone();
                    let read = move || journals.read(JournalName::Circle(circle.0), record_ref(at)).ok();
                    let record = move || read().map(|(_, record)| Arc::new(record));
                    (at.len as usize, ((circle, place), Box::new(record)))
                }
            };
            self.ordered.insert((circle, place), bytes);
            self.bytes += bytes;
            batch.push(order);
        }
        if !batch.is_empty() && self.orders.as_ref().is_none_or(|orders| orders.send(batch).is_err()) {
            self.orders = None;
        }
    }

    /// Half of what may be on its way has been taken.
    fn is_low(&self) -> bool {
        self.ordered.len() <= AHEAD_MAX_ENTRIES / 2 && self.bytes <= AHEAD_MAX_BYTES / 2
    }

    fn is_full(&self) -> bool {
        self.ordered.len() >= AHEAD_MAX_ENTRIES || self.bytes >= AHEAD_MAX_BYTES
    }

    fn forget(&mut self) {
        self.ready.clear();
        self.ordered.clear();
        self.bytes = 0;
    }

    /// What was read of the entry at `place`, by the number of the item; earlier ones of its feed are forgotten.
    pub(super) fn take(&mut self, circle: CircleId, place: Place) -> Items {
        for (key, items) in self.done.try_iter().flatten() {
            // What was given up meanwhile is not kept.
            if self.ordered.contains_key(&key) {
                self.ready.insert(key, items);
            }
        }
        let up_to = (circle, Place { seq: 0, ..place })..=(circle, place);
        let passed: Vec<Key> = self.ordered.range(up_to).map(|(key, _)| *key).collect();
        let mut taken = Items::new();
        for key in passed {
            self.bytes -= self.ordered.remove(&key).unwrap_or(0);
            let items = self.ready.remove(&key).unwrap_or_default();
            if key.1 == place {
                taken = items;
            }
        }
        taken
    }
}

/// The changes of each item of an entry; without those that judging is to refuse.
fn read(record: &[u8]) -> Items {
    let items = Entry::decode(record).ok().and_then(|entry| check_edit(&entry.body).ok());
    let items = items.into_iter().flat_map(|(items, _)| items).zip(0..);
    items.filter_map(|(item, ix)| Some((ix, ReadAhead::read(&item.changes)?))).collect()
}
