//! Requests of the page, of programs and of commands.

use alianza_shared::alliance::act::CityRole;
use alianza_shared::alliance::invitation::invite_key;
use alianza_shared::alliance::{CircleKind, Founding, Invitation, Invite};
use alianza_shared::api::{ApiError, NewInvitation};
use alianza_shared::id::{CircleId, CityId, EntryHash, hash};
use alianza_shared::limits::{INVITE_DEFAULT_MS, INVITE_MAX_MS};
use alianza_shared::sync::{ActOrder, Input};
use tokio::sync::oneshot;

use super::handle::{Caller, Request, Response};
use super::refusals::not_found;
use super::together::Page;
use super::{Job, Poll, Running, Then};
use crate::clock;

pub(super) type Answer = oneshot::Sender<Result<Response, ApiError>>;

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
            Request::Timeline { id, parts, before, limit, minutes_east } => parse(&id).and_then(|doc| {
                self.timeline(&doc, &Page { parts, before: before.as_deref(), limit, minutes_east })
            }),
            Request::News { id, seen } => parse(&id).and_then(|doc| self.news(caller, &doc, &seen)),
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

    pub(super) fn answer_job(&mut self, answer: Answer, then: Then) -> u64 {
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

    pub(super) fn founding(&self, kind: CircleKind, name: &str) -> Founding {
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
}

/// An identifier from outside.
pub(super) fn parse<T: std::str::FromStr>(text: &str) -> Result<T, ApiError> {
    text.trim().parse().map_err(|_| not_found())
}
