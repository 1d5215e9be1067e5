//! Documents as people and programs read them: content, conflicts, totals, messages, history.

use std::collections::BTreeMap;

use alianza_shared::alliance::CityRole;
use alianza_shared::api::{
    ApiError, ConflictView, DocumentSummary, DocumentView, HistoryView, MessageView, PatchResult,
};
use alianza_shared::document::kind::Kind;
use alianza_shared::id::{ChangeHash, CircleId, City8, CityId, DocId};
use alianza_shared::methodology::{self, Context, Contribution};
use alianza_shared::sync::DocMeta;
use serde_json::Value;

use super::Running;
use super::effects::kind_of;
use super::handle::{Caller, Response};
use super::refusals::{not_found, unavailable};
use super::requests::parse;
use super::source::source;
use crate::clock;

/// Documents that belong to the one being judged.
#[derive(Default)]
struct Parts {
    contributions: Vec<(City8, Value, Vec<ConflictView>)>,
    sections: BTreeMap<String, String>,
    members: Vec<City8>,
    profiles: BTreeMap<City8, Value>,
    programme: Option<Value>,
}

impl Running {
    fn meta(&self, circle: &CircleId, doc: &DocId) -> Option<&DocMeta> {
        self.core.circle(circle)?.documents().get(doc)
    }

    pub(super) fn kind_of_document(&self, circle: &CircleId, doc: &DocId) -> Kind {
        self.meta(circle, doc).map_or(Kind::Unknown(0), |meta| kind_of(&meta.create))
    }

    /// The contribution of this city to a programme.
    pub(super) fn own_contribution(&self, programme: &DocId) -> Option<DocId> {
        let me = self.core.me();
        self.contributions(programme).into_iter().find(|(owner, _)| *owner == me).map(|(_, doc)| doc)
    }

    /// Contributions to a programme: of each city the one that was created first by id, so that all agree.
    fn contributions(&self, programme: &DocId) -> Vec<(CityId, DocId)> {
        let mut found: BTreeMap<CityId, DocId> = BTreeMap::new();
        for doc in self.parts.get(programme).into_iter().flatten() {
            let Some(circle) = self.circle_of(doc) else { continue };
            let Some(meta) = self.meta(&circle, doc) else { continue };
            if let (Kind::Contribution, Some(owner)) = (kind_of(&meta.create), meta.create.owner) {
                found.entry(owner).or_insert(*doc);
            }
        }
        found.into_iter().collect()
    }

    pub(super) fn parent_content(&mut self, circle: &CircleId, doc: &DocId) -> Option<Value> {
        let parent = self.meta(circle, doc)?.create.parent?;
        let source = source!(self, *circle);
        self.documents.content(&source, &parent).ok().flatten().map(|(content, _)| content)
    }

    pub(super) fn document_list(
        &mut self,
        circle: Option<&str>,
        kind: Option<&str>,
    ) -> Result<Response, ApiError> {
        let wanted: Option<CircleId> = circle.map(parse).transpose()?;
        let kind: Option<Kind> = match kind {
            None => None,
            Some(kind) => Some(kind.parse().map_err(|_| {
                ApiError::new(400, "document.kind", "Esa clase de documento no existe.").at("/kind")
            })?),
        };
        let docs: Vec<(CircleId, DocId, DocMeta)> = self
            .core
            .circles()
            .filter(|circle| wanted.is_none_or(|wanted| wanted == circle.id()))
            .flat_map(|circle| circle.documents().iter().map(|(doc, meta)| (circle.id(), *doc, meta.clone())))
            .filter(|(_, _, meta)| kind.is_none_or(|kind| kind_of(&meta.create) == kind))
            .collect();
        let summaries =
            docs.into_iter().map(|(circle, doc, meta)| self.summary(circle, doc, &meta)).collect();
        Ok(Response::Documents(summaries))
    }

    fn summary(&mut self, circle: CircleId, doc: DocId, meta: &DocMeta) -> DocumentSummary {
        let title = self.title(circle, doc, meta);
        DocumentSummary {
            id: doc.hex(),
            circle: circle.hex(),
            kind: kind_of(&meta.create).to_string(),
            owner: meta.create.owner.map(|owner| owner.hex()),
            title,
            heads: meta.heads.iter().map(ChangeHash::hex).collect(),
            parent: meta.create.parent.map(|parent| parent.hex()),
        }
    }

    /// What lists show; kept until the document changes.
    fn title(&mut self, circle: CircleId, doc: DocId, meta: &DocMeta) -> String {
        let kind = kind_of(&meta.create);
        if matches!(kind, Kind::Section | Kind::Contribution | Kind::Unknown(_)) {
            return String::new();
        }
        if let Some((heads, title)) = self.titles.get(&doc)
            && *heads == meta.heads
            && !heads.is_empty()
        {
            return title.clone();
        }
        let source = source!(self, circle);
        let Ok(Some((content, _))) = self.documents.content(&source, &doc) else { return String::new() };
        let title = alianza_shared::document::template::title(kind, &content);
        self.titles.insert(doc, (meta.heads.clone(), title.clone()));
        title
    }

    pub(super) fn document_response(
        &mut self,
        doc: &DocId,
        caller: Option<&Caller>,
    ) -> Result<Response, ApiError> {
        let circle = self.circle_of(doc).ok_or_else(not_found)?;
        let meta = self.meta(&circle, doc).cloned().ok_or_else(not_found)?;
        let kind = kind_of(&meta.create);
        let source = source!(self, circle);
        let (content, conflicts) =
            self.documents.content(&source, doc).map_err(unavailable)?.ok_or_else(not_found)?;
        let heads = self.documents.heads(&source, doc).map_err(unavailable)?.unwrap_or_default();
        let (derived, messages) = self.computed(&circle, doc, kind, &content, &conflicts)?;
        let (have, lack) = self.core.delivery(&circle, doc);
        let city = |city8: &City8| self.city_of(city8).map_or_else(|| city8.hex(), |city| city.hex());
        let writable = match caller {
            Some(caller) => self.may_person_write(&caller.roles, caller.local_admin, &circle, doc).is_ok(),
            None => true,
        };
        let sealed = self.core.is_sealed(&circle, doc);
        Ok(Response::Document(Box::new(DocumentView {
            id: doc.hex(),
            circle: circle.hex(),
            kind: kind.to_string(),
            owner: meta.create.owner.map(|owner| owner.hex()),
            heads: heads.iter().map(ChangeHash::hex).collect(),
            writable,
            content,
            conflicts,
            messages,
            derived,
            received_by: if sealed { have.iter().map(&city).collect() } else { Vec::new() },
            lacking: if sealed {
                lack.iter().map(&city).collect()
            } else {
                have.iter().chain(&lack).map(&city).collect()
            },
        })))
    }

    /// Totals and messages of the methodology.
    fn computed(
        &mut self,
        circle: &CircleId,
        doc: &DocId,
        kind: Kind,
        content: &Value,
        conflicts: &[ConflictView],
    ) -> Result<(Value, Vec<MessageView>), ApiError> {
        if kind == Kind::Section {
            let source = source!(self, *circle);
            let blocks = self.documents.blocks(&source, doc, "body").unwrap_or_default();
            return Ok((serde_json::json!({ "blocks": blocks }), Vec::new()));
        }
        if !matches!(kind, Kind::Programme | Kind::Alliance | Kind::Contribution) {
            return Ok((Value::Null, Vec::new()));
        }
        let parts = self.gather(circle, doc, kind)?;
        let names = self.city_names();
        let name = |city: &City8| names.get(city).cloned();
        let profile = |city: &City8| parts.profiles.get(city).cloned();
        let section = |field: &str| parts.sections.get(field).cloned();
        let contributions: Vec<Contribution<'_>> = parts
            .contributions
            .iter()
            .map(|(city, content, conflicts)| Contribution { city: *city, content, conflicts })
            .collect();
        let context = Context {
            now_ms: clock::now_ms(),
            city_name: &name,
            members: &parts.members,
            profile: &profile,
            section: &section,
            conflicts,
            contributions: &contributions,
            programme: parts.programme.as_ref(),
        };
        let messages = methodology::messages(kind, content, &context);
        let derived = match kind {
            Kind::Programme => methodology::derived(content, &contributions, conflicts),
            _ => Value::Null,
        };
        Ok((derived, messages))
    }

    /// What else must be read to judge a document.
    fn gather(&mut self, circle: &CircleId, doc: &DocId, kind: Kind) -> Result<Parts, ApiError> {
        let mut parts = Parts::default();
        if kind == Kind::Contribution {
            parts.programme = self.parent_content(circle, doc);
        }
        let source = source!(self, *circle);
        if kind == Kind::Programme {
            for (city, of) in self.contributions(doc) {
                let found = self.documents.content(&source, &of).map_err(unavailable)?;
                if let Some((content, conflicts)) = found {
                    parts.contributions.push((city.city8(), content, conflicts));
                }
            }
        }
        for part in self.parts.get(doc).into_iter().flatten() {
            if self.meta(circle, part).is_some_and(|meta| kind_of(&meta.create) == Kind::Section)
                && let Some((content, _)) = self.documents.content(&source, part).map_err(unavailable)?
                && let (Some(field), Some(body)) = (content["field"].as_str(), content["body"].as_str())
            {
                parts.sections.insert(field.to_owned(), body.to_owned());
            }
        }
        let members: Vec<(CityId, Option<CircleId>)> =
            self.core.circle(circle).map_or_else(Vec::new, |held| {
                let full = |role| matches!(role, CityRole::Coordinator | CityRole::Partner);
                let present = held.state().present().filter(|(_, member)| full(member.role));
                present.map(|(city, member)| (*city, member.home)).collect()
            });
        for (city, home) in members {
            parts.members.push(city.city8());
            if kind == Kind::Alliance
                && let Some(home) = home
                && let Some(profile) = self.profile_of(&home)
            {
                parts.profiles.insert(city.city8(), profile);
            }
        }
        Ok(parts)
    }

    fn profile_of(&mut self, home: &CircleId) -> Option<Value> {
        let held = self.core.circle(home)?;
        let found = held.documents().iter().find(|(_, meta)| kind_of(&meta.create) == Kind::CityProfile);
        let doc = *found?.0;
        let source = source!(self, *home);
        self.documents.content(&source, &doc).ok().flatten().map(|(content, _)| content)
    }

    pub(super) fn city_of(&self, city8: &City8) -> Option<CityId> {
        self.core.circles().find_map(|circle| circle.city(city8))
    }

    pub(super) fn patched_response(&mut self, doc: &DocId, added: Vec<String>) -> Result<Response, ApiError> {
        let circle = self.circle_of(doc).ok_or_else(not_found)?;
        let kind = self.kind_of_document(&circle, doc);
        let source = source!(self, circle);
        let heads = self.documents.heads(&source, doc).map_err(unavailable)?.unwrap_or_default();
        // The warnings of a programme are worth reading after each change; of a text there are none.
        let messages = if matches!(kind, Kind::Programme | Kind::Alliance) {
            let found = self.documents.content(&source, doc).map_err(unavailable)?;
            let (content, conflicts) = found.ok_or_else(not_found)?;
            self.computed(&circle, doc, kind, &content, &conflicts)?.1
        } else {
            Vec::new()
        };
        Ok(Response::Patched(PatchResult {
            heads: heads.iter().map(ChangeHash::hex).collect(),
            added,
            messages,
        }))
    }

    pub(super) fn history(&mut self, doc: &DocId) -> Result<Response, ApiError> {
        let circle = self.circle_of(doc).ok_or_else(not_found)?;
        let source = source!(self, circle);
        let mut items = self.documents.history(&source, doc).map_err(unavailable)?.ok_or_else(not_found)?;
        for item in &mut items {
            if let Ok(city8) = item.city.parse::<City8>() {
                item.city = self.city_of(&city8).map_or_else(|| city8.hex(), |city| city.hex());
            }
        }
        Ok(Response::History(HistoryView { items }))
    }
}
