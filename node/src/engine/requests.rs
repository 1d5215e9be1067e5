//! Requests of the page, of programs and of commands.

use alianza_shared::alliance::act::CityRole;
use alianza_shared::alliance::card::Person;
use alianza_shared::alliance::invitation::invite_key;
use alianza_shared::alliance::{Card, CircleKind, Founding, Invitation, Invite};
use alianza_shared::api::{ApiError, CardPerson, NewDocument, NewInvitation, PatchDocument};
use alianza_shared::document::kind::Kind;
use alianza_shared::document::operations::EditContext;
use alianza_shared::document::template::{Creation, split_sections, template};
use alianza_shared::feed::Create;
use alianza_shared::id::{CircleId, CityId, DocId, EntryHash, Nonce, PersonRef, hash};
use alianza_shared::limits::{INVITE_DEFAULT_MS, INVITE_MAX_MS};
use alianza_shared::sync::{ActOrder, Input, LocalItem};
use serde_json::{Value, json};
use tokio::sync::oneshot;

use super::handle::{Caller, Request, Response};
use super::source::source;
use super::views::{not_found, role_forbidden};
use super::{Job, Poll, Running, Then, role_may_edit};
use crate::clock;
use crate::documents::{EditJob, Judge, Origin, Verdict};

type Answer = oneshot::Sender<Result<Response, ApiError>>;

/// Changes of documents that one long poll waits for at most.
const POLL_MAX_MS: u64 = 30_000;
const POLLS_MAX: usize = 512;

impl Running {
    pub(super) fn request(&mut self, caller: &Caller, request: Request, answer: Answer) {
        let result = match request {
            Request::Status => Ok(Response::Status(Box::new(self.status()))),
            Request::Cities => Ok(Response::Cities(self.cities())),
            Request::Alliances => Ok(Response::Alliances(self.alliances())),
            Request::Alliance { circle } => {
                parse(&circle).and_then(|circle| self.circle_response(Some(circle)))
            }
            Request::Invitations { circle } => parse(&circle).and_then(|circle| self.invitations(&circle)),
            Request::Documents { circle, kind } => self.document_list(circle.as_deref(), kind.as_deref()),
            Request::Document { id } => parse(&id).and_then(|doc| self.document_response(&doc, Some(caller))),
            Request::History { id } => parse(&id).and_then(|doc| self.history(&doc)),
            Request::Changes { since, wait_ms } => return self.poll(since, wait_ms, answer),
            Request::Join(join) => return self.join(&join.link, answer),
            Request::CreateAlliance(new) => return self.create_alliance(&new.name, answer),
            Request::Leave { circle } => {
                return self.order(&circle, Then::Circle, |circle| ActOrder::Leave { circle }, answer);
            }
            Request::RevokeInvite { circle, id } => {
                return match parse::<EntryHash>(&id) {
                    Ok(invite) => self.order(
                        &circle,
                        |_| Then::Done,
                        |circle| ActOrder::RevokeInvite { circle, invite },
                        answer,
                    ),
                    Err(error) => drop(answer.send(Err(error))),
                };
            }
            Request::Invite { circle, invitation } => return self.invite(&circle, &invitation, answer),
            Request::Admit { circle, admit } => return self.admit(&circle, &admit.accept, answer),
            Request::CreateDocument(new) => return self.create_document(caller, &new, answer),
            Request::Patch { id, if_heads, patch } => {
                return self.patch(caller, &id, if_heads, &patch, answer);
            }
            Request::SetDirectory { people } => {
                self.refresh_card(Some(people));
                Ok(Response::Done)
            }
        };
        let _ = answer.send(result);
    }

    fn answer_job(&mut self, answer: Answer, then: Then) -> u64 {
        self.job(Job::Answer { answer, then })
    }

    fn order(
        &mut self,
        circle: &str,
        then: impl FnOnce(Option<CircleId>) -> Then,
        order: impl FnOnce(CircleId) -> ActOrder,
        answer: Answer,
    ) {
        match parse::<CircleId>(circle) {
            Ok(circle) => {
                let job = self.answer_job(answer, then(Some(circle)));
                self.handle(Input::Order { job, order: order(circle) });
            }
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    fn create_alliance(&mut self, name: &str, answer: Answer) {
        let name = name.trim();
        if name.is_empty() || name.len() > 200 {
            let error = ApiError::new(
                400,
                "alliance.name",
                "Escriba el nombre de la alianza (200 letras como mucho).",
            );
            let _ = answer.send(Err(error.at("/name")));
            return;
        }
        let founding = self.founding(CircleKind::Alliance, name);
        let job = self.answer_job(answer, Then::Circle(None));
        self.handle(Input::Order { job, order: ActOrder::Found(founding) });
    }

    fn founding(&self, kind: CircleKind, name: &str) -> Founding {
        Founding {
            kind,
            name: name.to_owned(),
            city_name: self.config.city.clone(),
            card_hash: [0; 32],
            // The charter of this version: the methodology's principles as the program applies them.
            charter_hash: hash("charter", &[b"1"]),
            policy: 1,
            home: self.core.home(),
            recovery_hash: [0; 32],
            nonce: clock::random(),
        }
    }

    /// The circle that this founding entry made.
    pub(super) fn founded(&self, entry: &EntryHash) -> Option<CircleId> {
        let me = self.core.me();
        self.core
            .circles()
            .find(|held| held.state().members.get(&me).is_some_and(|member| member.entry == *entry))
            .map(alianza_shared::sync::Circle::id)
    }

    fn invite(&mut self, circle: &str, new: &NewInvitation, answer: Answer) {
        let circle = match parse::<CircleId>(circle) {
            Ok(circle) => circle,
            Err(error) => return drop(answer.send(Err(error))),
        };
        let Some(role) = new.role.as_deref().map_or(Some(CityRole::Partner), CityRole::from_word) else {
            let error = ApiError::new(400, "invite.role", "Ese papel no existe.")
                .next("Elija coordinator, partner, associate, facilitator u observer.");
            return drop(answer.send(Err(error.at("/role"))));
        };
        let valid_ms =
            new.hours.map_or(INVITE_DEFAULT_MS, |hours| hours.saturating_mul(3_600_000)).min(INVITE_MAX_MS);
        let secret = clock::random::<16>();
        let note = new.note.clone().unwrap_or_default();
        if note.len() > 200 {
            let error = ApiError::new(400, "invite.note", "La nota puede tener 200 letras como mucho.");
            return drop(answer.send(Err(error.at("/note"))));
        }
        let name = self.core.circle(&circle).map(|held| held.state().name.clone()).unwrap_or_default();
        let expires_ms = clock::now_ms() + valid_ms;
        let invite = Invite {
            invite_pk: CityId(invite_key(&secret).verifying_key().to_bytes()),
            role,
            expires_ms,
            note,
        };
        let link = Invitation {
            circle,
            inviter: self.core.me(),
            addresses: self.own_addresses().into_iter().take(3).collect(),
            secret,
            role,
            expires_ms,
            name,
        };
        let job = self.answer_job(answer, Then::Invitation { circle, link: Box::new(link) });
        self.handle(Input::Order { job, order: ActOrder::Invite { circle, invite } });
    }

    /// Admit by the id of the answer, or by the name of the city that sent it if only one has that name.
    fn admit(&mut self, circle: &str, accept: &str, answer: Answer) {
        let found = parse::<CircleId>(circle).and_then(|circle| {
            let state = self.core.circle(&circle).ok_or_else(not_found)?.state();
            let open = state.accepts.iter().filter(|(_, known)| state.role(&known.city).is_none());
            let matching: Vec<EntryHash> = open
                .filter(|(id, known)| {
                    id.hex() == accept || known.name == accept || known.city.hex() == accept
                })
                .map(|(id, _)| *id)
                .collect();
            match matching.as_slice() {
                [one] => Ok((circle, *one)),
                [] => Err(ApiError::new(
                    404,
                    "admit.unknown",
                    "Ninguna ciudad con ese nombre espera ser admitida.",
                )
                .next("Mire las respuestas en espera con «alianza invite list».")),
                _ => Err(ApiError::new(
                    409,
                    "admit.several",
                    "Varias ciudades con ese nombre esperan ser admitidas.",
                )
                .next("Use el identificador de la respuesta en lugar del nombre.")),
            }
        });
        match found {
            Ok((circle, accept)) => {
                let job = self.answer_job(answer, Then::Circle(Some(circle)));
                self.handle(Input::Order { job, order: ActOrder::Admit { circle, accept, verified: 0 } });
            }
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    fn poll(&mut self, since: u64, wait_ms: u64, answer: Answer) {
        if since != self.cursor || wait_ms == 0 || self.polls.len() >= POLLS_MAX {
            let _ = answer.send(Ok(Response::Changes(self.changes_since(since))));
            return;
        }
        let until_ms = clock::now_ms() + wait_ms.min(POLL_MAX_MS);
        self.polls.push(Poll { since, until_ms, answer });
    }

    // ---- documents --------------------------------------------------------------------------------------

    fn create_document(&mut self, caller: &Caller, new: &NewDocument, answer: Answer) {
        match self.new_document(caller.person, &caller.roles, caller.local_admin, new) {
            Ok((circle, doc, items)) => {
                let job = self.answer_job(answer, Then::Document(doc));
                self.handle(Input::Local { job, circle, items });
                self.after_local_edit(circle, doc);
            }
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    fn new_document(
        &mut self,
        person: PersonRef,
        roles: &[alianza_shared::access::Role],
        local_admin: bool,
        new: &NewDocument,
    ) -> Result<(CircleId, DocId, Vec<LocalItem>), ApiError> {
        let circle: CircleId = parse(&new.circle)?;
        let kind: Kind = new.kind.parse().map_err(|_| {
            ApiError::new(400, "document.kind", "Esa clase de documento no existe.").at("/kind")
        })?;
        if !local_admin && !role_may_edit(roles, kind) {
            return Err(role_forbidden());
        }
        let parent = match kind {
            Kind::Section => parent_of(&new.fields, "parent")?,
            Kind::Contribution => parent_of(&new.fields, "programme")?,
            _ => None,
        };
        self.make_document(circle, kind, parent, person, &new.fields)
    }

    /// A document and its sections, through the gate, as one batch that is never split.
    pub(super) fn make_document(
        &mut self,
        circle: CircleId,
        kind: Kind,
        parent: Option<DocId>,
        person: PersonRef,
        fields: &Value,
    ) -> Result<(CircleId, DocId, Vec<LocalItem>), ApiError> {
        let me = self.core.me();
        let mint = |parent: Option<DocId>, owned: bool, kind: Kind| {
            let nonce = Nonce(clock::random());
            let doc = DocId::derive(&circle, &me, &nonce);
            (doc, Create { kind: kind.code(), owner: owned.then_some(me), nonce, parent })
        };
        let owned =
            kind.has_owner() || self.core.circle(&circle).is_some_and(alianza_shared::sync::Circle::is_home);
        let (doc, create) = mint(parent, owned, kind);
        let mut sections: Vec<(&'static str, DocId, Create)> = Vec::new();
        for field in kind.sections() {
            let (section, create) = mint(Some(doc), owned, Kind::Section);
            sections.push((field, section, create));
        }
        self.core.may_write(&circle, &doc, Some(&create)).map_err(super::views::refusal)?;
        let actor = self.node_actor(person);
        let now_ms = clock::now_ms();
        let mut fields = fields.clone();
        let texts = split_sections(kind, &mut fields)?;
        let ids: Vec<(&'static str, DocId)> = sections.iter().map(|(field, id, _)| (*field, *id)).collect();
        let names = self.city_names();
        let name = |city: &alianza_shared::id::City8| names.get(city).cloned();
        let parent_content = parent.and_then(|parent| {
            let source = source!(self, circle);
            self.documents.content(&source, &parent).ok().flatten().map(|(content, _)| content)
        });
        let edit = |kind: Kind, city| EditContext {
            kind,
            city,
            now_ms,
            seed: clock::random(),
            city_name: &name,
            programme: parent_content.as_ref(),
        };
        let city = self.core.me8();
        let context = edit(kind, city);
        let creation = Creation {
            context: &context,
            actor,
            sections: &ids,
            parent: parent.filter(|_| kind == Kind::Section).map(|parent| (parent, field_of(&fields))),
            programme: parent.filter(|_| kind == Kind::Contribution),
        };
        let changes = template(&own_fields(kind, &fields), &creation)?;
        let mut items = vec![self.created(circle, doc, create, person, changes)?];
        for (field, section, create) in sections {
            let text = texts.iter().find(|(of, _)| *of == field).map_or("", |(_, text)| text.as_str());
            let context = edit(Kind::Section, city);
            let creation = Creation {
                context: &context,
                actor,
                sections: &[],
                parent: Some((doc, field)),
                programme: None,
            };
            let changes = template(&json!({ "body": text }), &creation)?;
            items.push(self.created(circle, section, create, person, changes)?);
        }
        Ok((circle, doc, items))
    }

    fn created(
        &mut self,
        circle: CircleId,
        doc: DocId,
        create: Create,
        by: PersonRef,
        changes: Vec<Vec<u8>>,
    ) -> Result<LocalItem, ApiError> {
        let me8 = self.core.me8();
        let everything = |_: &alianza_shared::id::Place| true;
        let job = Judge {
            doc,
            is_create: true,
            author: me8,
            origin: Origin { place: None, city: me8, by },
            past: &everything,
            local: true,
            changes: &changes,
        };
        let source = source!(self, circle);
        match self.documents.judge(&source, &job) {
            Ok(Verdict::Accepted { changes: accepted }) => {
                let hashes = accepted.into_iter().map(|change| (change.hash, change.deps)).collect();
                Ok(LocalItem { doc, create: Some(create), by, changes, hashes })
            }
            Ok(Verdict::Void { code } | Verdict::Held { code }) => {
                tracing::error!(code, "a document made here does not pass the gate");
                Err(ApiError::new(422, code, alianza_shared::document::gate::Refusal::sentence(code)))
            }
            Err(error) => {
                tracing::error!(%error, "a document cannot be made");
                Err(ApiError::new(
                    500,
                    "document.unavailable",
                    "El documento no se puede crear en este momento.",
                ))
            }
        }
    }

    fn patch(
        &mut self,
        caller: &Caller,
        id: &str,
        if_heads: Option<Vec<String>>,
        patch: &PatchDocument,
        answer: Answer,
    ) {
        match self.edited(caller, id, if_heads, patch) {
            Ok((circle, doc, item, added)) => {
                let Some(item) = item else {
                    let _ = answer.send(self.patched_response(&doc, added));
                    return;
                };
                let job = self.answer_job(answer, Then::Patched { doc, added });
                self.handle(Input::Local { job, circle, items: vec![item] });
                self.after_local_edit(circle, doc);
            }
            Err(error) => drop(answer.send(Err(error))),
        }
    }

    fn edited(
        &mut self,
        caller: &Caller,
        id: &str,
        if_heads: Option<Vec<String>>,
        patch: &PatchDocument,
    ) -> Result<(CircleId, DocId, Option<LocalItem>, Vec<String>), ApiError> {
        let doc: DocId = parse(id)?;
        let circle = self.circle_of(&doc).ok_or_else(not_found)?;
        self.may_person_write(&caller.roles, caller.local_admin, &circle, &doc)?;
        if let Some(wanted) = if_heads {
            let source = source!(self, circle);
            let heads =
                self.documents.heads(&source, &doc).map_err(super::views::unavailable)?.unwrap_or_default();
            let mut heads: Vec<String> = heads.iter().map(alianza_shared::id::ChangeHash::hex).collect();
            let mut wanted: Vec<String> = wanted.into_iter().map(|head| head.trim().to_owned()).collect();
            heads.sort();
            wanted.sort();
            if heads != wanted {
                return Err(ApiError::new(
                    412,
                    "heads.changed",
                    "El documento ha cambiado desde que usted lo leyó.",
                )
                .next("Léalo de nuevo y repita el cambio sobre lo que hay ahora."));
            }
        }
        let kind = self.kind_of_document(&circle, &doc);
        let programme = match kind {
            Kind::Contribution => self.parent_content(&circle, &doc),
            _ => None,
        };
        let actor = self.node_actor(caller.person);
        let names = self.city_names();
        let name = |city: &alianza_shared::id::City8| names.get(city).cloned();
        let context = EditContext {
            kind,
            city: self.core.me8(),
            now_ms: clock::now_ms(),
            seed: clock::random(),
            city_name: &name,
            programme: programme.as_ref(),
        };
        let job = EditJob { doc, actor, by: caller.person, operations: &patch.operations, context: &context };
        let source = source!(self, circle);
        let edited = self.documents.edit(&source, &job)?;
        if edited.changes.is_empty() {
            return Ok((circle, doc, None, edited.added));
        }
        let hashes = edited.accepted.into_iter().map(|change| (change.hash, change.deps)).collect();
        let item = LocalItem { doc, create: None, by: caller.person, changes: edited.changes, hashes };
        Ok((circle, doc, Some(item), edited.added))
    }

    /// A city that accepts to take part in a programme gets its contribution, made by its own node and never by
    /// a tab, so that there is one.
    pub(super) fn after_local_edit(&mut self, circle: CircleId, doc: DocId) {
        if self.kind_of_document(&circle, &doc) != Kind::Programme || self.own_contribution(&doc).is_some() {
            return;
        }
        let source = source!(self, circle);
        let Ok(Some((content, _))) = self.documents.content(&source, &doc) else { return };
        let me8 = self.core.me8().hex();
        let accepted = content["partners"][format!("{me8}/status")] == "accepted";
        let leads = content["lead_city"] == me8.as_str();
        if !accepted && !leads {
            return;
        }
        let fields = json!({ "programme": doc.hex(), "city": me8 });
        match self.make_document(circle, Kind::Contribution, Some(doc), PersonRef::NODE, &fields) {
            Ok((circle, _, items)) => {
                let job = self.job(Job::Nothing);
                self.handle(Input::Local { job, circle, items });
            }
            Err(error) => tracing::error!(%error, "this city's contribution cannot be made"),
        }
    }

    // ---- our own city -----------------------------------------------------------------------------------

    /// What a node does at its first start: its home circle, its card, its profile.
    pub(super) fn started(&mut self) {
        if self.core.home().is_none() {
            let name = self.config.city.clone();
            let founding = self.founding(CircleKind::Home, &name);
            let job = self.job(Job::Nothing);
            self.handle(Input::Order { job, order: ActOrder::Found(founding) });
        }
        self.refresh_card(None);
        self.ensure_profile();
        self.dirty_circles.clear();
    }

    fn ensure_profile(&mut self) {
        let Some(home) = self.core.home() else { return };
        let has = self.core.circle(&home).is_some_and(|held| {
            held.documents().values().any(|meta| meta.create.kind == Kind::CityProfile.code())
        });
        // Documents are made by a node that can seal; before that it would only wait.
        if has {
            return;
        }
        let fields = json!({ "legal_name": self.config.city, "country": self.config.country });
        match self.make_document(home, Kind::CityProfile, None, PersonRef::NODE, &fields) {
            Ok((circle, _, items)) => {
                let job = self.job(Job::Nothing);
                self.handle(Input::Local { job, circle, items });
            }
            Err(error) => tracing::error!(%error, "the city profile cannot be made"),
        }
    }

    /// Where partners reach us.
    pub(super) fn own_addresses(&self) -> Vec<String> {
        let mut addresses = self.config.announce.clone();
        if addresses.is_empty() {
            let concrete = |address: &&String| !address.contains("/0.0.0.0/") && !address.contains("/::/");
            addresses = self.listening.iter().filter(concrete).cloned().collect();
        }
        if addresses.is_empty() {
            addresses.clone_from(&self.config.listen);
        }
        addresses.truncate(8);
        addresses
    }

    /// A new card if name, addresses or people are no longer those of the last one.
    pub(super) fn refresh_card(&mut self, people: Option<Vec<CardPerson>>) {
        let Some(home) = self.core.home() else { return };
        let me = self.core.me();
        let last = self.core.card(&me).cloned();
        let people = match people {
            Some(people) => people
                .into_iter()
                .filter_map(|person| {
                    let person_ref = person.person_ref.parse().ok()?;
                    Some(Person { person_ref, name: person.name, office: person.office })
                })
                .collect(),
            None => last.as_ref().map(|card| card.people.clone()).unwrap_or_default(),
        };
        let addresses = if self.network.is_some() {
            self.own_addresses()
        } else {
            last.as_ref().map_or_else(|| self.own_addresses(), |card| card.addresses.clone())
        };
        let card = Card {
            city: me,
            counter: last.as_ref().map_or(0, |card| card.counter),
            name: self.config.city.clone(),
            country: self.config.country.clone(),
            home,
            addresses,
            people,
        };
        if last.as_ref() != Some(&card) {
            let job = self.job(Job::Nothing);
            self.handle(Input::Order { job, order: ActOrder::Card(card) });
        }
    }
}

/// An identifier from outside.
pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T, ApiError> {
    text.trim().parse().map_err(|_| not_found())
}

fn parent_of(fields: &Value, name: &str) -> Result<Option<DocId>, ApiError> {
    match fields.get(name).and_then(Value::as_str) {
        Some(text) => Ok(Some(parse(text)?)),
        None => Ok(None),
    }
}

/// Which field of its parent a section is.
fn field_of(fields: &Value) -> &str {
    fields.get("field").and_then(Value::as_str).unwrap_or("text")
}

/// Fields that say what a document belongs to are not written as fields.
fn own_fields(kind: Kind, fields: &Value) -> Value {
    let mut fields = fields.clone();
    if let Some(object) = fields.as_object_mut() {
        let given: &[&str] = match kind {
            Kind::Section => &["parent", "field"],
            Kind::Contribution => &["programme", "city"],
            _ => &[],
        };
        for name in given {
            object.remove(*name);
        }
    }
    fields
}
