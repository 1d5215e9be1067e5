//! Documents made and edited by request: through the gate, as one batch, answered once durable.

use alianza_shared::access;
use alianza_shared::api::{ApiError, NewDocument, PatchDocument};
use alianza_shared::document::kind::Kind;
use alianza_shared::document::operations::EditContext;
use alianza_shared::document::template::{Creation, split_sections, template};
use alianza_shared::feed::Create;
use alianza_shared::id::{CircleId, DocId, Nonce, PersonRef};
use alianza_shared::sync::{Input, LocalItem};
use serde_json::{Value, json};

use super::handle::Caller;
use super::refusals::{not_found, role_forbidden};
use super::requests::{Answer, parse};
use super::source::source;
use super::{Job, Running, Then};
use crate::clock;
use crate::documents::{EditJob, Judge, Origin, Verdict};

impl Running {
    pub(super) fn create_document(&mut self, caller: &Caller, new: &NewDocument, answer: Answer) {
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
        roles: &[access::Role],
        local_admin: bool,
        new: &NewDocument,
    ) -> Result<(CircleId, DocId, Vec<LocalItem>), ApiError> {
        let circle: CircleId = parse(&new.circle)?;
        let kind: Kind = new.kind.parse().map_err(|_| {
            ApiError::new(400, "document.kind", "Esa clase de documento no existe.").at("/kind")
        })?;
        if !local_admin && !access::may_write(roles, kind) {
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
        self.core.may_write(&circle, &doc, Some(&create)).map_err(super::refusals::refusal)?;
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

    pub(super) fn patch(
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
            let heads = self
                .documents
                .heads(&source, &doc)
                .map_err(super::refusals::unavailable)?
                .unwrap_or_default();
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
        let me8 = self.core.me8().hex();
        let source = source!(self, circle);
        let status = format!("{me8}/status");
        let accepted =
            self.documents.text(&source, &doc, &["partners", &status]).as_deref() == Some("accepted");
        let leads = self.documents.text(&source, &doc, &["lead_city"]).as_deref() == Some(me8.as_str());
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
