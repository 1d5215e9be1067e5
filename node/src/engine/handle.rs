//! What the page and the commands see of the engine: requests with answers, and live sockets.

use alianza_shared::access::Role;
use alianza_shared::api::{
    Admit, CardPerson, ChangesView, CircleStatus, CityView, DocumentSummary, DocumentView, HistoryView,
    InvitationView, Join, NewAlliance, NewDocument, NewInvitation, NewsView, PatchDocument, PatchResult,
    SeenMark, StatusView, TimelineView,
};
use alianza_shared::id::PersonRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tokio::sync::mpsc;

/// Messages from the engine that one tab may have outstanding. A tab that lets it fill up is detached.
pub const TO_TAB_MAX_MESSAGES: usize = 256;
/// Events of all tabs that may wait for the engine. One place is reserved for each live session, so this must
/// be more than the connections the page accepts.
pub const FROM_TABS_MAX_EVENTS: usize = 2_048;

/// In whose name something is asked of the engine.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    pub person: PersonRef,
    pub roles: Vec<Role>,
    /// The operator, through the control socket of the data folder.
    pub local_admin: bool,
}

impl Caller {
    /// The operator of the machine: commands, not a person of the page.
    pub fn operator() -> Self {
        Self { person: PersonRef::NODE, roles: Vec::new(), local_admin: true }
    }

    pub fn has(&self, role: Role) -> bool {
        self.roles.contains(&role)
    }
}

/// One question or order. Circle and document ids are lower-case hexadecimal.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "request", rename_all = "snake_case")]
pub enum Request {
    Status,
    Cities,
    Alliances,
    Alliance {
        circle: String,
    },
    CreateAlliance(NewAlliance),
    Leave {
        circle: String,
    },
    Invitations {
        circle: String,
    },
    Invite {
        circle: String,
        invitation: NewInvitation,
    },
    RevokeInvite {
        circle: String,
        id: String,
    },
    Admit {
        circle: String,
        admit: Admit,
    },
    Join(Join),
    Documents {
        circle: Option<String>,
        kind: Option<String>,
    },
    CreateDocument(NewDocument),
    Document {
        id: String,
    },
    Patch {
        id: String,
        /// Heads the caller has seen; when they are no longer the document's, nothing is written.
        if_heads: Option<Vec<String>>,
        patch: PatchDocument,
    },
    History {
        id: String,
    },
    /// History in groups, a page of it.
    Timeline {
        id: String,
        /// With the documents that belong to it.
        parts: bool,
        /// The `older` of the page before.
        before: Option<String>,
        limit: Option<u32>,
        /// Where the reader's day begins.
        minutes_east: i32,
    },
    /// What is new to the caller in a document and its parts.
    News {
        id: String,
        seen: BTreeMap<String, SeenMark>,
    },
    Changes {
        since: u64,
        wait_ms: u64,
    },
    /// The people of this city, for its card.
    SetDirectory {
        people: Vec<CardPerson>,
    },
}

/// The answer; which variant belongs to which request is fixed.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Response {
    Status(Box<StatusView>),
    Cities(Vec<CityView>),
    Alliances(Vec<CircleStatus>),
    Alliance(Box<CircleStatus>),
    Invitations(Vec<InvitationView>),
    Invitation(Box<InvitationView>),
    Documents(Vec<DocumentSummary>),
    Document(Box<DocumentView>),
    Patched(PatchResult),
    History(HistoryView),
    Timeline(TimelineView),
    News(NewsView),
    Changes(ChangesView),
    Done,
}

/// The other side is gone: the engine stops, or it has detached this session.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the engine no longer listens to this live session")]
pub struct Closed;

/// What live sessions tell the engine, all through one queue.
#[derive(Debug, PartialEq, Eq)]
pub enum LiveEvent {
    /// A message as received: `alianza_shared::live::LiveIn`, not yet decoded, length already checked.
    Message { session: u64, bytes: Vec<u8> },
    /// The session was dropped. Always delivered, and last.
    Gone { session: u64 },
}

/// A live socket: bounded sender to the engine, bounded receiver from it. Dropping it detaches.
#[derive(Debug)]
pub struct LiveSession {
    pub session: u64,
    to_engine: mpsc::Sender<LiveEvent>,
    from_engine: mpsc::Receiver<Vec<u8>>,
    farewell: Option<mpsc::OwnedPermit<LiveEvent>>,
}

impl LiveSession {
    /// A session and the sender for its messages, which the engine keeps (drop it to detach the tab). A place
    /// for `Gone` is reserved in the queue at once, so that a full queue cannot swallow it.
    ///
    /// Errors when the queue is full or closed.
    pub fn new(
        session: u64,
        events: &mpsc::Sender<LiveEvent>,
    ) -> Result<(Self, mpsc::Sender<Vec<u8>>), Closed> {
        let farewell = events.clone().try_reserve_owned().map_err(|_| Closed)?;
        let (to_tab, from_engine) = mpsc::channel(TO_TAB_MAX_MESSAGES);
        let live = Self { session, to_engine: events.clone(), from_engine, farewell: Some(farewell) };
        Ok((live, to_tab))
    }

    /// Hands over one message of the tab; waits while the engine's queue is full, so that the socket is not
    /// read any further.
    pub async fn send(&self, message: Vec<u8>) -> Result<(), Closed> {
        let event = LiveEvent::Message { session: self.session, bytes: message };
        self.to_engine.send(event).await.map_err(|_| Closed)
    }

    /// The next message for the tab; `None` when the engine has detached this session.
    pub async fn next(&mut self) -> Option<Vec<u8>> {
        self.from_engine.recv().await
    }

    /// The next message, if one is there already: lets the socket write several in one go.
    pub fn try_next(&mut self) -> Option<Vec<u8>> {
        self.from_engine.try_recv().ok()
    }

    /// A second sender of the same session, for a task that only reads the socket.
    pub fn sender(&self) -> LiveSender {
        LiveSender { session: self.session, to_engine: self.to_engine.clone() }
    }
}

impl Drop for LiveSession {
    fn drop(&mut self) {
        if let Some(permit) = self.farewell.take() {
            permit.send(LiveEvent::Gone { session: self.session });
        }
    }
}

/// The sending half of a [`LiveSession`]. It does not keep the session attached.
#[derive(Debug, Clone)]
pub struct LiveSender {
    session: u64,
    to_engine: mpsc::Sender<LiveEvent>,
}

impl LiveSender {
    /// As [`LiveSession::send`].
    pub async fn send(&self, message: Vec<u8>) -> Result<(), Closed> {
        let event = LiveEvent::Message { session: self.session, bytes: message };
        self.to_engine.send(event).await.map_err(|_| Closed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_dropped_session_says_goodbye_even_through_a_full_queue() {
        let (events, mut queue) = mpsc::channel(2);
        let (live, _to_tab) = LiveSession::new(7, &events).expect("room");
        live.send(vec![1]).await.expect("room for one message beside the reserved place");
        drop(live);
        assert_eq!(queue.recv().await, Some(LiveEvent::Message { session: 7, bytes: vec![1] }));
        assert_eq!(queue.recv().await, Some(LiveEvent::Gone { session: 7 }));
    }

    #[tokio::test]
    async fn a_tab_hears_that_the_engine_has_detached_it() {
        let (events, _queue) = mpsc::channel(4);
        let (mut live, to_tab) = LiveSession::new(7, &events).expect("room");
        to_tab.send(vec![9]).await.expect("open");
        drop(to_tab);
        assert_eq!(live.next().await, Some(vec![9]));
        assert_eq!(live.next().await, None);
    }

    #[test]
    fn requests_survive_the_control_socket() {
        let request = Request::Invite {
            circle: "ab".into(),
            invitation: NewInvitation { role: None, hours: Some(3), note: None },
        };
        let text = serde_json::to_string(&request).expect("json");
        assert!(text.contains("\"request\":\"invite\""), "{text}");
        assert!(matches!(serde_json::from_str(&text), Ok(Request::Invite { .. })));
        let text = serde_json::to_string(&Request::Join(Join { link: "x".into() })).expect("json");
        assert!(matches!(serde_json::from_str(&text), Ok(Request::Join(_))));
    }
}
