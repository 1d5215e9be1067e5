//! Joining an alliance: asking with an invitation, waiting to be admitted; and answering those who ask us.

use std::collections::BTreeMap;

use alianza_shared::alliance::act::{ACCEPT_PROOF_DOMAIN, accept_proof_bytes};
use alianza_shared::alliance::{Accept, Invitation};
use alianza_shared::api::ApiError;
use alianza_shared::feed::header::sign;
use alianza_shared::id::{CircleId, CityId, EntryHash, Place};
use alianza_shared::sync::acts::JoinDecision;
use alianza_shared::sync::{ActOrder, Input, RecordKind, Standing};
use alianza_shared::wire::{JOIN_PROOF_DOMAIN, Join};
use tokio::sync::oneshot;

use super::handle::Response;
use super::source::record_ref;
use super::{Job, Running};
use crate::clock;
use crate::index::Key;
use crate::journal::{Append, JournalName};
use crate::network::Command;

/// First and longest wait before an invitation is tried again.
const RETRY_FIRST_MS: u64 = 500;
const RETRY_MAX_MS: u64 = 30_000;

/// An invitation that we are answering.
pub(super) struct Joining {
    invitation: Invitation,
    /// The Invite act, told by a member that checked our proof.
    invite: Option<(EntryHash, [u8; 32])>,
    next_ms: u64,
    wait_ms: u64,
    asking: bool,
    refused: Option<&'static str>,
    answer: Option<oneshot::Sender<Result<Response, ApiError>>>,
}

impl Joining {
    pub(super) fn new(invitation: Invitation) -> Self {
        Self {
            invitation,
            invite: None,
            next_ms: 0,
            wait_ms: RETRY_FIRST_MS,
            asking: false,
            refused: None,
            answer: None,
        }
    }
}

impl Running {
    /// Addresses of partners: from their cards, or from the invitation while there is no card.
    pub(super) fn partner_addresses(&self) -> BTreeMap<CityId, Vec<String>> {
        let mut partners = self.core.partners();
        for joining in self.joining.values() {
            if let Some(addresses) = partners.get_mut(&joining.invitation.inviter)
                && addresses.is_empty()
            {
                addresses.clone_from(&joining.invitation.addresses);
            }
        }
        partners
    }

    /// What the invitation to a circle calls it.
    pub(super) fn joining_name(&self, circle: &CircleId) -> Option<String> {
        self.joining.get(circle).map(|joining| joining.invitation.name.clone())
    }

    pub(super) fn join(&mut self, link: &str, answer: oneshot::Sender<Result<Response, ApiError>>) {
        let Ok(invitation) = Invitation::parse(link) else {
            let error = ApiError::new(400, "join.link", "Eso no es una invitación, o le falta una parte.")
                .next("Copie el enlace entero, desde «alianza://» hasta el final, y péguelo de nuevo.");
            let _ = answer.send(Err(error));
            return;
        };
        let circle = invitation.circle;
        let member =
            self.core.circle(&circle).is_some_and(|held| held.state().role(&self.core.me()).is_some());
        if member || invitation.inviter == self.core.me() {
            let error = ApiError::new(409, "join.member", "Su ciudad ya pertenece a esa alianza.");
            let _ = answer.send(Err(error));
            return;
        }
        if self.network.is_none() {
            let error =
                ApiError::new(409, "join.offline", "El nodo está parado y no puede contestar la invitación.")
                    .next("Arránquelo con «alianza serve» y repita la orden.");
            let _ = answer.send(Err(error));
            return;
        }
        self.remember_joining(circle, link);
        let mut joining = Joining::new(invitation);
        joining.answer = Some(answer);
        self.joining.insert(circle, joining);
        self.join_tick(clock::now_ms());
    }

    /// So that it goes on after a restart. Its own record: nothing waits for it.
    fn remember_joining(&mut self, circle: CircleId, link: &str) {
        let payload = link.as_bytes().to_vec();
        let key = super::effects::meta_key(&circle, RecordKind::Joining, &payload);
        self.unflushed.put(&key, payload.clone());
        if let Some(writer) = &self.writer {
            let records = vec![(RecordKind::Joining.code(), payload)];
            writer.append(Append {
                name: JournalName::Circle(circle.0),
                records,
                token: u64::MAX,
                sync: true,
            });
        }
    }

    pub(super) fn join_tick(&mut self, now_ms: u64) {
        let due: Vec<CircleId> = self
            .joining
            .iter()
            .filter(|(_, joining)| !joining.asking && joining.refused.is_none() && now_ms >= joining.next_ms)
            .map(|(circle, _)| *circle)
            .collect();
        for circle in due {
            if self.core.circle(&circle).is_some_and(|held| held.state().role(&self.core.me()).is_some()) {
                self.joined(circle);
                continue;
            }
            self.ask_to_join(circle);
        }
    }

    fn joined(&mut self, circle: CircleId) {
        let has_card = self
            .joining
            .get(&circle)
            .is_some_and(|joining| self.core.card(&joining.invitation.inviter).is_some());
        if let Some(joining) = self.joining.get_mut(&circle) {
            joining.next_ms = clock::now_ms() + RETRY_FIRST_MS;
        }
        if has_card {
            self.joining.remove(&circle);
            self.unflushed.delete(&Key::Meta { name: format!("joining/{circle}") });
        }
    }

    fn ask_to_join(&mut self, circle: CircleId) {
        let me = self.core.me();
        let accept = self.own_accept(&circle);
        let Some(joining) = self.joining.get_mut(&circle) else { return };
        let key = joining.invitation.key();
        let invite_pk = CityId(key.verifying_key().to_bytes());
        let parties = [me.0.as_slice(), joining.invitation.inviter.0.as_slice()].concat();
        let proof = sign(&key, JOIN_PROOF_DOMAIN, &parties);
        joining.asking = true;
        let frame = Join::Ask { invite_pk, proof, accept }.encode();
        let request = self.next_join_request;
        self.next_join_request += 1;
        self.join_requests.insert(request, circle);
        if let Some(network) = &self.network {
            network.command(Command::Ask {
                request,
                key: joining.invitation.inviter.0,
                addresses: joining.invitation.addresses.clone(),
                frame,
            });
        }
    }

    /// Our Accept as an encoded entry, once it is on disk.
    fn own_accept(&self, circle: &CircleId) -> Option<Vec<u8>> {
        let held = self.core.circle(circle)?;
        if held.standing(&self.core.me()) != Standing::Joining {
            return None;
        }
        let place = Place { city: self.core.me8(), epoch: 0, seq: 0 };
        let at = self.core.location_of(circle, &place)?;
        self.journals.read(JournalName::Circle(circle.0), record_ref(at)).ok().map(|(_, record)| record)
    }

    pub(super) fn join_answered(&mut self, request: u64, result: Result<Vec<u8>, String>) {
        let Some(circle) = self.join_requests.remove(&request) else { return };
        let now_ms = clock::now_ms();
        let Some(joining) = self.joining.get_mut(&circle) else { return };
        joining.asking = false;
        joining.next_ms = now_ms + joining.wait_ms;
        joining.wait_ms = (joining.wait_ms * 2).min(RETRY_MAX_MS);
        let answer = result.map(|bytes| Join::decode(&bytes));
        match answer {
            Ok(Ok(Join::Offer { circle: offered, invite, charter_hash, .. })) if offered == circle => {
                joining.wait_ms = RETRY_FIRST_MS;
                joining.invite = Some((EntryHash(invite), charter_hash));
                self.write_accept(circle);
            }
            Ok(Ok(Join::Waiting)) => {
                joining.wait_ms = joining.wait_ms.min(2_000);
                tracing::info!(%circle, "the answer to the invitation is there; a person has to admit this city");
                self.join_reply(circle);
            }
            Ok(Ok(Join::Admitted)) => {
                let by = joining.invitation.inviter;
                joining.wait_ms = RETRY_FIRST_MS;
                joining.next_ms = now_ms + RETRY_FIRST_MS;
                tracing::info!(%circle, "admitted");
                self.handle(Input::Admitted { circle, by });
                self.join_reply(circle);
                if let Some(network) = &self.network {
                    network.command(Command::DialNow { key: by.0 });
                }
            }
            Ok(Ok(Join::Refused { code })) => self.join_refused(circle, code),
            Ok(_) => {
                tracing::warn!(%circle, "the answer to our question is malformed");
            }
            Err(error) => {
                tracing::info!(%circle, %error, "the city that invites cannot be reached; trying again");
                self.join_unreached(circle);
            }
        }
    }

    fn write_accept(&mut self, circle: CircleId) {
        let (Some(home), me) = (self.core.home(), self.core.me()) else { return };
        let Some(joining) = self.joining.get(&circle) else { return };
        let Some((invite, charter_hash)) = joining.invite else { return };
        let proof = sign(&joining.invitation.key(), ACCEPT_PROOF_DOMAIN, &accept_proof_bytes(&circle, &me));
        let accept = Accept {
            invite,
            proof,
            city_name: self.config.city.clone(),
            card_hash: [0; 32],
            charter_hash,
            home,
            recovery_hash: [0; 32],
        };
        let job = self.job(Job::Accepted { circle });
        self.handle(Input::Order { job, order: ActOrder::Accept { circle, accept } });
    }

    pub(super) fn accept_stored(&mut self, circle: CircleId) {
        if let Some(joining) = self.joining.get_mut(&circle) {
            joining.next_ms = 0;
        }
        self.join_tick(clock::now_ms());
    }

    /// The person who pasted the link hears how it stands.
    fn join_reply(&mut self, circle: CircleId) {
        let answer = self.joining.get_mut(&circle).and_then(|joining| joining.answer.take());
        if let Some(answer) = answer {
            let _ = answer.send(self.circle_response(Some(circle)));
        }
    }

    fn join_unreached(&mut self, circle: CircleId) {
        let Some(joining) = self.joining.get_mut(&circle) else { return };
        if let Some(answer) = joining.answer.take() {
            let error = ApiError::new(
                202,
                "join.unreached",
                "La ciudad que invita no contesta. La invitación queda guardada y se seguirá intentando.",
            )
            .next("No hace falta repetirlo. Si pasa un día, compruebe con esa ciudad que su nodo está en marcha.");
            let _ = answer.send(Err(error));
        }
    }

    fn join_refused(&mut self, circle: CircleId, code: u8) {
        let (word, sentence) = match code {
            Join::REFUSED_EXPIRED => ("join.expired", "La invitación ha caducado."),
            Join::REFUSED_USED => ("join.used", "Otra ciudad ya ha usado esta invitación."),
            Join::REFUSED_REVOKED => ("join.revoked", "La ciudad que invita ha retirado esta invitación."),
            Join::REFUSED_FULL => ("join.full", "Esta invitación ya tiene demasiadas respuestas en espera."),
            _ => ("join.refused", "La ciudad que invita no reconoce esta invitación."),
        };
        tracing::warn!(%circle, code = word, "the invitation is refused");
        self.unflushed.delete(&Key::Meta { name: format!("joining/{circle}") });
        let Some(joining) = self.joining.remove(&circle) else { return };
        if let Some(answer) = joining.answer {
            let error = ApiError::new(409, word, sentence).next("Pida a esa ciudad una invitación nueva.");
            let _ = answer.send(Err(error));
        }
    }

    // ---- the other side ---------------------------------------------------------------------------------

    pub(super) fn question(&mut self, question: u64, from: CityId, address: &str, frame: &[u8]) {
        let decision = match Join::decode(frame) {
            Ok(ask) => self.core.join_question(clock::now_ms(), &from, &ask),
            Err(_) => JoinDecision::Answer(Join::Refused { code: Join::REFUSED_UNKNOWN }),
        };
        match decision {
            JoinDecision::Answer(answer) => {
                if let Join::Refused { code } = &answer {
                    tracing::warn!(
                        key = %from, %address, code,
                        "refused: a question about joining without a valid invitation; nothing was told"
                    );
                }
                self.answer_question(question, &answer);
            }
            JoinDecision::Take { circle, entry } => {
                let job = self.job(Job::Question { question });
                self.handle(Input::Order { job, order: ActOrder::TakeAccept { circle, entry } });
            }
        }
    }

    fn answer_question(&self, question: u64, answer: &Join) {
        if let Some(network) = &self.network {
            network.command(Command::Answer { question, frame: answer.encode() });
        }
    }

    pub(super) fn answer_waiting(&mut self, question: u64) {
        self.answer_question(question, &Join::Waiting);
        self.dirty_topics.insert("alliances");
    }

    pub(super) fn answer_refused(&mut self, question: u64) {
        tracing::warn!("refused: an answer to an invitation that does not hold");
        self.answer_question(question, &Join::Refused { code: Join::REFUSED_ACCEPT });
    }
}
