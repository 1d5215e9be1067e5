//! Tabs that are attached, and what they are told.

use std::collections::BTreeMap;

use alianza_shared::access::Role;
use alianza_shared::api::ApiError;
use alianza_shared::id::{City8, DocId, PersonRef};
use alianza_shared::live::LiveOut;
use tokio::sync::mpsc;

use super::handle::{Caller, LiveSession};
use super::{Changed, Running};

/// What one tab has open.
pub(super) struct Tab {
    pub(super) person: PersonRef,
    pub(super) roles: Vec<Role>,
    pub(super) local_admin: bool,
    pub(super) hello: bool,
    /// Documents open, with whether the person is shown as present, and the delivery last told.
    pub(super) open: BTreeMap<DocId, OpenDocument>,
    to_tab: mpsc::Sender<Vec<u8>>,
}

#[derive(Default)]
pub(super) struct OpenDocument {
    pub(super) presence: bool,
    pub(super) told: Option<(bool, Vec<City8>, Vec<City8>)>,
}

impl Running {
    pub(super) fn attach(&mut self, caller: Caller) -> Result<LiveSession, ApiError> {
        let session = self.next_session;
        let (live, to_tab) = LiveSession::new(session, &self.live_events)?;
        self.next_session += 1;
        let tab = Tab {
            person: caller.person,
            roles: caller.roles,
            local_admin: caller.local_admin,
            hello: false,
            open: BTreeMap::new(),
            to_tab,
        };
        self.tabs.insert(session, tab);
        Ok(live)
    }

    pub(super) fn tell(&mut self, session: u64, message: &LiveOut) {
        self.tell_bytes(session, message.encode());
    }

    /// Hand a message to a tab. One that does not keep up is detached: it comes back and catches up by itself.
    pub(super) fn tell_bytes(&mut self, session: u64, message: Vec<u8>) {
        let Some(tab) = self.tabs.get(&session) else { return };
        if tab.to_tab.try_send(message).is_err() {
            self.detach(session);
        }
    }

    pub(super) fn detach(&mut self, session: u64) {
        let Some(tab) = self.tabs.remove(&session) else { return };
        for (doc, open) in &tab.open {
            if let Some(watchers) = self.watchers.get_mut(doc) {
                watchers.remove(&session);
                if watchers.is_empty() {
                    self.watchers.remove(doc);
                }
            }
            if open.presence {
                self.presence_ends(*doc, session, tab.person);
            }
        }
    }

    pub(super) fn refuse(
        &mut self,
        session: u64,
        reference: Option<u64>,
        doc: Option<DocId>,
        code: &str,
        message: &str,
    ) {
        let refused = LiveOut::Refused { reference, doc, code: code.to_owned(), message: message.to_owned() };
        self.tell(session, &refused);
    }

    /// A person of another city came, moved or left.
    pub(super) fn presence_of_others(
        &mut self,
        doc: DocId,
        city: City8,
        person: PersonRef,
        session: u64,
        payload: Option<Vec<u8>>,
    ) {
        let key = (doc, city, session);
        let person = match &payload {
            Some(payload) => {
                self.present.insert(key, (person, payload.clone()));
                person
            }
            None => match self.present.remove(&key) {
                Some((known, _)) => known,
                None => return,
            },
        };
        self.tell_presence(doc, city, person, session, payload, None);
    }

    pub(super) fn tell_presence(
        &mut self,
        doc: DocId,
        city8: City8,
        person: PersonRef,
        session: u64,
        payload: Option<Vec<u8>>,
        except: Option<u64>,
    ) {
        let Some(watchers) = self.watchers.get(&doc) else { return };
        let sessions: Vec<u64> = watchers.iter().copied().filter(|to| Some(*to) != except).collect();
        let message = LiveOut::Presence { doc, city8, person, session, payload }.encode();
        for to in sessions {
            self.tell_bytes(to, message.clone());
        }
    }

    /// Tell tabs and long polls what gathered since the last heart beat.
    pub(super) fn notify(&mut self, now_ms: u64) {
        let circles = std::mem::take(&mut self.dirty_circles);
        if !circles.is_empty() {
            let docs: Vec<DocId> = self.watchers.keys().copied().collect();
            for doc in docs {
                if self.circle_of(&doc).is_some_and(|circle| circles.contains(&circle)) {
                    self.tell_delivery(doc);
                }
            }
            self.status_dirty = true;
        }
        // Status changes with every entry: once a second is enough for people.
        if self.status_dirty && now_ms >= self.last_status_ms + 1_000 {
            self.status_dirty = false;
            self.last_status_ms = now_ms;
            self.dirty_topics.insert("status");
        }
        for what in std::mem::take(&mut self.dirty_topics) {
            let sessions: Vec<u64> =
                self.tabs.iter().filter(|(_, tab)| tab.hello).map(|(id, _)| *id).collect();
            for session in sessions {
                self.tell(session, &LiveOut::Changed { what: what.to_owned() });
            }
        }
        self.answer_polls(now_ms);
    }

    pub(super) fn tell_delivery(&mut self, doc: DocId) {
        let Some(circle) = self.circle_of(&doc) else { return };
        let sealed = self.core.is_sealed(&circle, &doc);
        let (have, lack) = self.core.delivery(&circle, &doc);
        let told = (sealed, have, lack);
        let sessions: Vec<u64> = self.watchers.get(&doc).into_iter().flatten().copied().collect();
        for session in sessions {
            let Some(open) = self.tabs.get_mut(&session).and_then(|tab| tab.open.get_mut(&doc)) else {
                continue;
            };
            if open.told.as_ref() != Some(&told) {
                open.told = Some(told.clone());
                let (sealed, have, lack) = told.clone();
                self.tell(session, &LiveOut::Delivery { doc, sealed, have, lack });
            }
        }
    }

    pub(super) fn answer_polls(&mut self, now_ms: u64) {
        if self.polls.is_empty() {
            return;
        }
        let cursor = self.cursor;
        let (due, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.polls)
            .into_iter()
            .partition(|poll| poll.since != cursor || now_ms >= poll.until_ms);
        self.polls = waiting;
        for poll in due {
            let _ = poll.answer.send(Ok(super::Response::Changes(self.changes_since(poll.since))));
        }
    }

    pub(super) fn changes_since(&self, since: u64) -> alianza_shared::api::ChangesView {
        let oldest = self.changed.front().map_or(self.cursor + 1, |(cursor, _)| *cursor);
        let reset = since > self.cursor || since + 1 < oldest;
        let mut view = alianza_shared::api::ChangesView {
            cursor: self.cursor,
            documents: Vec::new(),
            circles: Vec::new(),
            reset,
        };
        for (_, what) in self.changed.iter().filter(|(cursor, _)| *cursor > since && !reset) {
            let (list, id) = match what {
                Changed::Document(doc) => (&mut view.documents, doc.hex()),
                Changed::Circle(circle) => (&mut view.circles, circle.hex()),
            };
            if !list.contains(&id) {
                list.push(id);
            }
        }
        view
    }
}
