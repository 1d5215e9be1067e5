//! Status, alliances and invitations, as people and programs read them.

use std::collections::BTreeMap;

use alianza_shared::alliance::{CircleKind, Invitation};
use alianza_shared::api::{
    AcceptView, ApiError, CardPerson, CircleStatus, CityView, InvitationView, MemberStatus, StatusView,
};
use alianza_shared::id::{CircleId, City8, CityId, EntryHash};
use alianza_shared::sync::{CircleFigures, Standing};
use alianza_shared::wire::PROTOCOL;
use data_encoding::HEXLOWER;

use super::Running;
use super::handle::Response;
use super::refusals::{denied, not_found};
use crate::clock;

/// Homes, and circles of which nothing has come yet, are shown apart from alliances.
fn is_home(figures: &CircleFigures) -> bool {
    figures.kind == CircleKind::Home || figures.standing == Standing::Expected
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
            read_only_why: self.room.why().map(str::to_owned),
            reached_from_outside: self.core.reached_from_outside(),
            listening: self.listening.clone(),
            alliances: alliances.into_iter().map(|figures| self.circle_status(figures)).collect(),
            homes: homes.into_iter().map(|figures| self.circle_status(figures)).collect(),
            damaged: if damaged > 0 { self.damaged.clone() } else { Vec::new() },
            certificate: None,
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
            denied: self.denied.get(&member.city).map(|code| denied(*code).to_owned()),
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
}
