//! Answers: what the core and the documents hold, as people and programs read it.

use std::collections::BTreeMap;

use alianza_shared::alliance::{CircleKind, CityRole, Invitation};
use alianza_shared::api::{
    AcceptView, ApiError, CardPerson, CircleStatus, CityView, ConflictView, DocumentSummary, DocumentView,
    HistoryView, InvitationView, MemberStatus, MessageView, PatchResult, StatusView,
};
use alianza_shared::document::kind::Kind;
use alianza_shared::id::{ChangeHash, CircleId, City8, CityId, DocId, EntryHash};
use alianza_shared::methodology::{self, Context, Contribution};
use alianza_shared::sync::{CircleFigures, DocMeta, Refusal, Standing};
use alianza_shared::wire::PROTOCOL;
use data_encoding::HEXLOWER;
use serde_json::Value;

use super::Running;
use super::effects::kind_of;
use super::handle::{Caller, Response};
use super::requests::parse;
use super::source::source;
use crate::clock;
use crate::documents::DocumentsError;

pub(super) fn not_found() -> ApiError {
    ApiError::new(404, "not_found", "Eso no está en este nodo.").next("Compruebe el identificador.")
}

pub(super) fn owned(city: &str) -> ApiError {
    ApiError::new(
        403,
        "PB02",
        format!("Solo {city} puede fijar su aportación. Puede enviarle una propuesta."),
    )
}

pub(super) fn role_forbidden() -> ApiError {
    ApiError::new(403, "forbidden", "Su papel en la ciudad no permite hacer esto.")
        .next("Pídalo a la persona responsable de cooperación o a quien administra el nodo.")
}

pub(super) fn unavailable(error: DocumentsError) -> ApiError {
    tracing::error!(%error, "a document cannot be used");
    ApiError::new(500, "document.unavailable", "El documento no se puede leer en este momento.")
        .next("Avise a quien administra el nodo: «alianza verify» dice qué registro falta.")
}

/// Homes, and circles of which nothing has come yet, are shown apart from alliances.
fn is_home(figures: &CircleFigures) -> bool {
    figures.kind == CircleKind::Home || figures.standing == Standing::Expected
}

/// What the core refused, as a sentence.
pub(super) fn refusal(refusal: Refusal) -> ApiError {
    let error = |status, code: &str, message: &str| ApiError::new(status, code, message);
    match refusal {
        Refusal::ReadOnly => {
            error(507, "read_only", "El nodo no puede guardar en su disco y está en modo de solo lectura.")
                .next("Conserve lo escrito en la página y avise a quien administra el nodo.")
        }
        Refusal::UnknownCircle | Refusal::UnknownDocument => not_found(),
        Refusal::Forbidden => {
            error(403, "forbidden", "Su ciudad no tiene permiso para hacer esto en esta alianza.")
        }
        Refusal::NewerProgram => error(409, "upgrade", "Otra ciudad usa una versión más nueva del programa.")
            .next("Actualice el programa para poder escribir en esta alianza."),
        Refusal::InvitationUnknown => error(404, "invite.unknown", "Esa invitación no existe."),
        Refusal::InvitationExpired => error(409, "invite.expired", "La invitación ha caducado.")
            .next("Cree una nueva y envíela otra vez."),
        Refusal::InvitationUsed => error(409, "invite.used", "Esa invitación ya se ha usado."),
        Refusal::InvitationRevoked => error(409, "invite.revoked", "Esa invitación se retiró."),
        Refusal::AcceptUnknown => {
            error(404, "admit.unknown", "Ninguna ciudad espera ser admitida con esa respuesta.")
        }
        Refusal::AcceptInvalid => {
            error(409, "admit.invalid", "Esa respuesta no corresponde a ninguna invitación viva.")
        }
        Refusal::TooManyAccepts => {
            error(409, "admit.full", "Esta invitación ya tiene demasiadas respuestas en espera.")
        }
        Refusal::NotCaughtUp => error(
            409,
            "not_caught_up",
            "Este nodo acaba de arrancar y todavía no ha hablado con ninguna otra ciudad de la alianza.",
        )
        .next("Espere a que conecte con una de ellas y repita la orden."),
        Refusal::Malformed => error(400, "bad_request", "La orden no está bien formada."),
    }
}

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
    pub(super) fn status(&self) -> StatusView {
        let figures = self.all_figures();
        let (homes, alliances): (Vec<_>, Vec<_>) = figures.iter().partition(|figures| is_home(figures));
        let damaged: u64 = figures.iter().map(|figures| figures.damaged).sum();
        StatusView {
            city: self.own_city(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            protocol: PROTOCOL,
            journal_bytes: self.journals.total_bytes().unwrap_or(0),
            read_only: self.core.is_read_only(),
            reached_from_outside: self.core.reached_from_outside(),
            listening: self.listening.clone(),
            alliances: alliances.into_iter().map(|figures| self.circle_status(figures)).collect(),
            homes: homes.into_iter().map(|figures| self.circle_status(figures)).collect(),
            damaged: if damaged > 0 { self.damaged.clone() } else { Vec::new() },
        }
    }

    fn own_city(&self) -> CityView {
        let me = self.core.me();
        self.city_view(&me)
    }

    fn city_view(&self, city: &CityId) -> CityView {
        let card = self.core.card(city);
        let people = card.map(|card| card.people.as_slice()).unwrap_or_default();
        let people = people.iter().map(|person| CardPerson {
            person_ref: person.person_ref.hex(),
            name: person.name.clone(),
            office: person.office.clone(),
        });
        CityView {
            city_id: city.hex(),
            city8: city.city8().hex(),
            name: self.name_of(city),
            country: card.map(|card| card.country.clone()).unwrap_or_default(),
            home: card.map(|card| card.home.hex()),
            people: people.collect(),
        }
    }

    pub(super) fn cities(&self) -> Vec<CityView> {
        let mut cities: Vec<CityId> = vec![self.core.me()];
        let members = self.core.circles().flat_map(|circle| circle.state().members.keys().copied());
        cities.extend(members.chain(self.core.cards().map(|card| card.city)));
        cities.sort_unstable();
        cities.dedup();
        cities.iter().map(|city| self.city_view(city)).collect()
    }

    /// Names by short form, for messages.
    pub(super) fn city_names(&self) -> BTreeMap<City8, String> {
        let members = self.core.circles().flat_map(|circle| circle.state().members.keys().copied());
        let mut names: BTreeMap<City8, String> =
            members.map(|city| (city.city8(), self.name_of(&city))).collect();
        names.insert(self.core.me8(), self.config.city.clone());
        names
    }

    fn all_figures(&self) -> Vec<CircleFigures> {
        self.core.circles().filter_map(|circle| self.core.figures(&circle.id())).collect()
    }

    pub(super) fn alliances(&self) -> Vec<CircleStatus> {
        let figures = self.all_figures();
        figures
            .iter()
            .filter(|figures| !is_home(figures))
            .map(|figures| self.circle_status(figures))
            .collect()
    }

    fn circle_status(&self, figures: &CircleFigures) -> CircleStatus {
        let joining = self.joining_name(&figures.id);
        let me = self.core.me();
        let members = figures.members.iter().map(|member| MemberStatus {
            city_id: member.city.hex(),
            city: member.name.clone(),
            role: member.role.word().to_owned(),
            is_self: member.city == me,
            connected: member.connected,
            address: member.address.clone(),
            last_contact_ms: member.last_contact_ms,
            entries_they_lack: member.entries_they_lack,
            entries_we_lack: member.entries_we_lack,
            traffic: self
                .links
                .values()
                .find(|live| live.city == member.city)
                .map(|live| live.traffic.clone())
                .unwrap_or_default(),
        });
        CircleStatus {
            id: figures.id.hex(),
            kind: figures.kind.word().to_owned(),
            name: if figures.name.is_empty() { joining.unwrap_or_default() } else { figures.name.clone() },
            standing: match figures.standing {
                Standing::Joining => "joining",
                Standing::Active => "active",
                Standing::Left => "left",
                Standing::Expected => "expected",
            }
            .to_owned(),
            members: members.collect(),
            documents: figures.documents,
            entries: figures.entries,
            pending: figures.pending,
            waiting: figures.waiting,
            held: figures.held,
            void: figures.void,
            vector_digest: HEXLOWER.encode(&figures.vector_digest),
            state_root: HEXLOWER.encode(&figures.state_root),
            forks: figures.forks,
        }
    }

    pub(super) fn circle_response(&self, circle: Option<CircleId>) -> Result<Response, ApiError> {
        let circle = circle.ok_or_else(not_found)?;
        if let Some(figures) = self.core.figures(&circle) {
            return Ok(Response::Alliance(Box::new(self.circle_status(&figures))));
        }
        let name = self.joining_name(&circle).ok_or_else(not_found)?;
        Ok(Response::Alliance(Box::new(CircleStatus {
            id: circle.hex(),
            kind: "alliance".to_owned(),
            name,
            standing: "joining".to_owned(),
            members: Vec::new(),
            documents: 0,
            entries: 0,
            pending: 0,
            waiting: 0,
            held: 0,
            void: 0,
            vector_digest: String::new(),
            state_root: HEXLOWER.encode(&[0; 16]),
            forks: 0,
        })))
    }

    pub(super) fn invitations(&self, circle: &CircleId) -> Result<Response, ApiError> {
        let state = self.core.circle(circle).ok_or_else(not_found)?.state();
        let ids = state.invites.keys();
        Ok(Response::Invitations(ids.filter_map(|id| self.invitation_view(circle, id, None)).collect()))
    }

    fn invitation_view(
        &self,
        circle: &CircleId,
        id: &EntryHash,
        link: Option<String>,
    ) -> Option<InvitationView> {
        let state = self.core.circle(circle)?.state();
        let invite = state.invites.get(id)?;
        let open = state
            .accepts
            .iter()
            .filter(|(_, accept)| accept.invite == *id && state.role(&accept.city).is_none());
        let accepts: Vec<AcceptView> = open
            .map(|(id, accept)| AcceptView {
                id: id.hex(),
                city_id: accept.city.hex(),
                city: accept.name.clone(),
            })
            .collect();
        let word = if invite.used.is_some() {
            "used"
        } else if invite.revoked {
            "revoked"
        } else if clock::now_ms() > invite.expires_ms {
            "expired"
        } else if accepts.is_empty() {
            "live"
        } else {
            "accepted"
        };
        Some(InvitationView {
            id: id.hex(),
            role: invite.role.word().to_owned(),
            note: invite.note.clone(),
            expires_ms: invite.expires_ms,
            state: word.to_owned(),
            link,
            accepts: if invite.used.is_some() || invite.revoked { Vec::new() } else { accepts },
        })
    }

    pub(super) fn invitation_response(
        &self,
        circle: &CircleId,
        entry: Option<EntryHash>,
        link: &Invitation,
    ) -> Result<Response, ApiError> {
        let id = entry.ok_or_else(not_found)?;
        let view = self.invitation_view(circle, &id, Some(link.link())).ok_or_else(not_found)?;
        Ok(Response::Invitation(Box::new(view)))
    }

    // ---- documents --------------------------------------------------------------------------------------

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

    fn city_of(&self, city8: &City8) -> Option<CityId> {
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
