//! What tabs send: documents they open, changes they make, where their people are.

use alianza_shared::access::{self, Role};
use alianza_shared::document::gate;
use alianza_shared::id::{CircleId, DocId, PersonRef};
use alianza_shared::live::{LIVE_VERSION, LiveError, LiveIn, LiveOut};
use alianza_shared::sync::{Input, LocalItem};

use super::effects::kind_of;
use super::handle::LiveEvent;
use super::source::source;
use super::{Job, Running};
use crate::clock;
use crate::documents::{AcceptedChange, Judge, Origin, Verdict};

/// Changes of consecutive messages of one tab that are judged, written and synced together.
const TOGETHER_MAX_CHANGES: usize = 256;
const TOGETHER_MAX_BYTES: usize = 192 * 1024;

/// Consecutive changes of one tab to one document.
struct Together {
    session: u64,
    doc: DocId,
    references: Vec<(u64, usize)>,
    changes: Vec<Vec<u8>>,
    bytes: usize,
}

impl Running {
    pub(super) fn live_events(&mut self, events: Vec<LiveEvent>) {
        let mut together: Option<Together> = None;
        for event in events {
            let (session, bytes) = match event {
                LiveEvent::Message { session, bytes } => (session, bytes),
                LiveEvent::Gone { session } => {
                    self.changes(together.take());
                    self.detach(session);
                    continue;
                }
            };
            match LiveIn::decode(&bytes) {
                Ok(LiveIn::Changes { reference, doc, changes }) => {
                    let size: usize = changes.iter().map(Vec::len).sum();
                    let joins = together.as_ref().is_some_and(|t| {
                        t.session == session
                            && t.doc == doc
                            && t.changes.len() + changes.len() <= TOGETHER_MAX_CHANGES
                            && t.bytes + size <= TOGETHER_MAX_BYTES
                    });
                    if !joins {
                        self.changes(together.take());
                    }
                    let t = together.get_or_insert_with(|| Together {
                        session,
                        doc,
                        references: Vec::new(),
                        changes: Vec::new(),
                        bytes: 0,
                    });
                    t.references.push((reference, changes.len()));
                    t.changes.extend(changes);
                    t.bytes += size;
                }
                Ok(message) => {
                    self.changes(together.take());
                    self.live_message(session, message);
                }
                Err(error) => {
                    self.changes(together.take());
                    let (reference, doc) = LiveIn::reference(&bytes).unzip();
                    let sentence = match error {
                        LiveError::Malformed { .. } | LiveError::UnknownType(_) | LiveError::NotCanonical => {
                            "El nodo no entiende este mensaje de la página."
                        }
                        _ => gate::Refusal::sentence(gate::Refusal::SIZE.code),
                    };
                    self.refuse(session, reference, doc, error.code(), sentence);
                }
            }
        }
        self.changes(together);
    }

    fn live_message(&mut self, session: u64, message: LiveIn) {
        let Some(tab) = self.tabs.get_mut(&session) else { return };
        let person = tab.person;
        match message {
            LiveIn::Hello { version } => {
                tab.hello = true;
                let welcome = LiveOut::Welcome {
                    version: version.min(LIVE_VERSION),
                    city: self.core.me(),
                    city8: self.core.me8(),
                    person,
                    session,
                    incarnation: self.incarnation,
                };
                self.tell(session, &welcome);
            }
            LiveIn::Open { doc, heads, presence } => self.open_document(session, doc, &heads, presence),
            LiveIn::Close { doc } => {
                let open = tab.open.remove(&doc);
                if let Some(watchers) = self.watchers.get_mut(&doc) {
                    watchers.remove(&session);
                    if watchers.is_empty() {
                        self.watchers.remove(&doc);
                    }
                }
                if open.is_some_and(|open| open.presence) {
                    self.presence_ends(doc, session, person);
                }
            }
            LiveIn::Presence { doc, payload } => self.presence_of_ours(session, person, doc, payload),
            LiveIn::Ping => self.tell(session, &LiveOut::Pong),
            // Taken together with its neighbours before it comes here.
            LiveIn::Changes { .. } => {}
        }
    }

    fn open_document(
        &mut self,
        session: u64,
        doc: DocId,
        heads: &[alianza_shared::id::ChangeHash],
        presence: bool,
    ) {
        let Some(circle) = self.circle_of(&doc) else {
            self.refuse(session, None, Some(doc), "SY04", "Documento pendiente de sincronizar.");
            return;
        };
        let source = source!(self, circle);
        let caught = match self.documents.catch_up(&source, &doc, heads) {
            Ok(Some(caught)) => caught,
            Ok(None) => {
                self.refuse(session, None, Some(doc), "SY04", "Documento pendiente de sincronizar.");
                return;
            }
            Err(error) => {
                tracing::error!(%doc, %error, "a document cannot be opened");
                let sentence =
                    "El documento no se puede leer en este momento. Avise a quien administra el nodo.";
                self.refuse(session, None, Some(doc), "document.unavailable", sentence);
                return;
            }
        };
        let Some(meta) = self.core.circle(&circle).and_then(|held| held.documents().get(&doc)) else {
            return;
        };
        let (kind, owner) = (kind_of(&meta.create), meta.create.owner);
        let Some(tab) = self.tabs.get(&session) else { return };
        let writable = self.may_person_write(&tab.roles, tab.local_admin, &circle, &doc).is_ok();
        let opened = LiveOut::Opened {
            doc,
            circle,
            kind: kind.to_string(),
            owner,
            writable,
            snapshot: caught.snapshot,
            changes: caught.changes,
            heads: caught.heads,
        };
        let person = tab.person;
        if let Some(tab) = self.tabs.get_mut(&session) {
            tab.open.insert(doc, super::tabs::OpenDocument { presence, ..Default::default() });
        }
        self.watchers.entry(doc).or_default().insert(session);
        self.tell(session, &opened);
        self.tell_delivery(doc);
        let here: Vec<_> = self
            .present
            .range(
                (doc, alianza_shared::id::City8([0; 8]), 0)
                    ..=(doc, alianza_shared::id::City8([255; 8]), u64::MAX),
            )
            .filter(|((_, city, of), _)| *city != self.core.me8() || *of != session)
            .map(|((_, city, of), (person, payload))| (*city, *of, *person, payload.clone()))
            .collect();
        for (city8, of, person, payload) in here {
            let presence = LiveOut::Presence { doc, city8, person, session: of, payload: Some(payload) };
            self.tell(session, &presence);
        }
        if presence {
            self.presence_of_ours(session, person, doc, Vec::new());
        }
    }

    fn presence_of_ours(&mut self, session: u64, person: PersonRef, doc: DocId, payload: Vec<u8>) {
        let Some(circle) = self.circle_of(&doc) else { return };
        let Some(open) = self.tabs.get_mut(&session).and_then(|tab| tab.open.get_mut(&doc)) else { return };
        open.presence = true;
        let me8 = self.core.me8();
        self.present.insert((doc, me8, session), (person, payload.clone()));
        self.tell_presence(doc, me8, person, session, Some(payload.clone()), Some(session));
        self.handle(Input::Present { circle, doc, person, session, payload: Some(payload) });
    }

    /// Tell partners again who of ours is where.
    pub(super) fn repeat_presence(&mut self) {
        self.last_presence_ms = clock::now_ms();
        let me8 = self.core.me8();
        let ours: Vec<_> = self
            .present
            .iter()
            .filter(|((_, city, _), _)| *city == me8)
            .map(|((doc, _, session), (person, payload))| (*doc, *session, *person, payload.clone()))
            .collect();
        for (doc, session, person, payload) in ours {
            if let Some(circle) = self.circle_of(&doc) {
                self.handle(Input::Present { circle, doc, person, session, payload: Some(payload) });
            }
        }
    }

    pub(super) fn presence_ends(&mut self, doc: DocId, session: u64, person: PersonRef) {
        let me8 = self.core.me8();
        self.present.remove(&(doc, me8, session));
        self.tell_presence(doc, me8, person, session, None, Some(session));
        if let Some(circle) = self.circle_of(&doc) {
            self.handle(Input::Present { circle, doc, person, session, payload: None });
        }
    }

    /// May this person write that document? The error is a code and a sentence.
    pub(super) fn may_person_write(
        &self,
        roles: &[Role],
        local_admin: bool,
        circle: &CircleId,
        doc: &DocId,
    ) -> Result<(), alianza_shared::api::ApiError> {
        let held = self.core.circle(circle).and_then(|held| held.documents().get(doc));
        let Some(meta) = held else { return Err(super::refusals::not_found()) };
        self.core.may_write(circle, doc, None).map_err(|refusal| match (refusal, meta.create.owner) {
            (alianza_shared::sync::Refusal::Forbidden, Some(owner)) => {
                super::refusals::owned(&self.name_of(&owner))
            }
            (refusal, _) => super::refusals::refusal(refusal),
        })?;
        if local_admin || access::may_write(roles, kind_of(&meta.create)) {
            Ok(())
        } else {
            Err(super::refusals::role_forbidden())
        }
    }

    /// Judge and write changes of a tab; if they do not pass together, each message is judged alone.
    fn changes(&mut self, together: Option<Together>) {
        let Some(together) = together else { return };
        let several = together.references.len() > 1;
        let Together { session, doc, references, changes, .. } = together;
        match self.local_changes(session, doc, &changes) {
            Ok(accepted) => {
                let references = references.into_iter().map(|(reference, _)| reference).collect();
                self.take_changes(session, doc, references, changes, accepted);
            }
            Err(_) if several => {
                let mut rest = changes.into_iter();
                for (reference, count) in references {
                    let changes: Vec<Vec<u8>> = rest.by_ref().take(count).collect();
                    match self.local_changes(session, doc, &changes) {
                        Ok(accepted) => self.take_changes(session, doc, vec![reference], changes, accepted),
                        Err((code, message)) => {
                            self.refuse(session, Some(reference), Some(doc), &code, &message)
                        }
                    }
                }
            }
            Err((code, message)) => {
                for (reference, _) in references {
                    self.refuse(session, Some(reference), Some(doc), &code, &message);
                }
            }
        }
    }

    fn local_changes(
        &mut self,
        session: u64,
        doc: DocId,
        changes: &[Vec<u8>],
    ) -> Result<Vec<AcceptedChange>, (String, String)> {
        let Some(tab) = self.tabs.get(&session) else { return Err(Default::default()) };
        let Some(circle) = self.circle_of(&doc) else {
            return Err(("not_found".into(), "Ese documento no está en este nodo.".into()));
        };
        self.may_person_write(&tab.roles, tab.local_admin, &circle, &doc)
            .map_err(|error| (error.code, error.message))?;
        let (person, me8) = (tab.person, self.core.me8());
        for change in changes {
            let Ok(checked) = gate::check(change) else { continue };
            let owner = *self.actor_people.entry(checked.actor).or_insert(person);
            if owner != person {
                let code = "gate.G3.actor";
                return Err((code.into(), gate::Refusal::sentence(code).into()));
            }
        }
        let everything = |_: &alianza_shared::id::Place| true;
        let job = Judge {
            doc,
            is_create: false,
            author: me8,
            origin: Origin { place: None, city: me8, by: person },
            past: &everything,
            local: true,
            changes,
        };
        let source = source!(self, circle);
        match self.documents.judge(&source, &job) {
            Ok(Verdict::Accepted { changes }) => Ok(changes),
            Ok(Verdict::Void { code } | Verdict::Held { code }) => {
                Err((code.to_owned(), gate::Refusal::sentence(code).to_owned()))
            }
            Err(error) => {
                tracing::error!(%doc, %error, "a document cannot be used");
                let sentence =
                    "El documento no se puede leer en este momento. Avise a quien administra el nodo.";
                Err(("document.unavailable".into(), sentence.into()))
            }
        }
    }

    fn take_changes(
        &mut self,
        session: u64,
        doc: DocId,
        references: Vec<u64>,
        changes: Vec<Vec<u8>>,
        accepted: Vec<AcceptedChange>,
    ) {
        let (Some(circle), Some(tab)) = (self.circle_of(&doc), self.tabs.get(&session)) else { return };
        let by = tab.person;
        let (mut new, mut hashes) = (Vec::new(), Vec::new());
        for (change, accepted) in changes.into_iter().zip(accepted) {
            if accepted.new {
                new.push(change);
                hashes.push((accepted.hash, accepted.deps));
            }
        }
        if new.is_empty() {
            // Sent again after a reconnection: stored as soon as what is in flight is.
            for reference in references {
                self.barriers.push((circle, session, reference));
            }
            self.settle_barriers();
            return;
        }
        let item = LocalItem { doc, create: None, by, changes: new, hashes };
        let job = self.job(Job::Tab { session, references, doc });
        self.handle(Input::Local { job, circle, items: vec![item] });
        self.after_local_edit(circle, doc);
    }

    pub(super) fn settle_barriers(&mut self) {
        if self.barriers.is_empty() {
            return;
        }
        let (settled, waiting): (Vec<_>, Vec<_>) = std::mem::take(&mut self.barriers)
            .into_iter()
            .partition(|(circle, ..)| self.core.is_settled(circle));
        self.barriers = waiting;
        for (_, session, reference) in settled {
            self.tell(session, &LiveOut::Stored { reference });
        }
    }

    /// The node's actor for a person: fresh for this start, bound to that person.
    pub(super) fn node_actor(&mut self, person: PersonRef) -> [u8; 16] {
        let me8 = self.core.me8();
        let actor = *self.node_actors.entry(person).or_insert_with(|| {
            let mut actor = [0; 16];
            actor[..8].copy_from_slice(&me8.0);
            actor[8..].copy_from_slice(&clock::random::<8>());
            actor
        });
        self.actor_people.insert(actor, person);
        actor
    }
}
