//! Orders of our own people about circles, and answers to those who want to join.

use super::circle::{Circle, Standing};
use super::effect::{Effect, Outbox, RecordKind};
use super::input::{ActOrder, Refusal};
use super::receive::Taken;
use super::{Core, Written};
use crate::alliance::act::CircleKind;
use crate::alliance::{Accept, Act, Card};
use crate::feed::header::{ENTRY_VERSION, verify};
use crate::feed::{Body, Entry, EntryKind, Header};
use crate::id::{CircleId, CityId, EntryHash};
use crate::limits::ACCEPTS_PER_INVITE_MAX;
use crate::wire::{JOIN_PROOF_DOMAIN, Join};

/// What the shell does with a question on the join protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JoinDecision {
    Answer(Join),
    /// Store this Accept first (`ActOrder::TakeAccept`), then answer `Waiting`.
    Take {
        circle: CircleId,
        entry: Vec<u8>,
    },
}

impl Core {
    pub(super) fn order(&mut self, now_ms: u64, job: u64, order: ActOrder, out: &mut Outbox) {
        if self.read_only {
            out.push(Effect::Refused { job, refusal: Refusal::ReadOnly });
            return;
        }
        let result = match order {
            ActOrder::Found(founding) => {
                self.found(now_ms, job, founding, out);
                Ok(())
            }
            ActOrder::Accept { circle, accept } => {
                self.accept(now_ms, job, circle, accept, out);
                Ok(())
            }
            ActOrder::Card(card) => {
                self.card_order(job, card, out);
                Ok(())
            }
            ActOrder::TakeAccept { circle, entry } => self.take_accept(now_ms, job, circle, &entry, out),
            ActOrder::Invite { circle, invite } => self.act(now_ms, job, circle, Act::Invite(invite), out),
            ActOrder::RevokeInvite { circle, invite } => self
                .invite_is_open(now_ms, &circle, &invite, false)
                .and_then(|()| self.act(now_ms, job, circle, Act::RevokeInvite { invite }, out)),
            ActOrder::Admit { circle, accept, verified } => self
                .accept_is_open(now_ms, &circle, &accept)
                .and_then(|()| self.act(now_ms, job, circle, Act::Admit { accept, verified }, out)),
            ActOrder::Leave { circle } => self.act(now_ms, job, circle, Act::Leave, out),
        };
        if let Err(refusal) = result {
            out.push(Effect::Refused { job, refusal });
        }
    }

    fn act(
        &mut self,
        now_ms: u64,
        job: u64,
        circle: CircleId,
        act: Act,
        out: &mut Outbox,
    ) -> Result<(), Refusal> {
        let held = self.circles.get(&circle).ok_or(Refusal::UnknownCircle)?;
        let role = held.state().role(&self.me).ok_or(Refusal::Forbidden)?;
        let right = matches!(act, Act::Leave) || role.may_invite();
        if held.state().unknown_act {
            return Err(Refusal::NewerProgram);
        }
        if !right || held.state().kind != Some(CircleKind::Alliance) {
            return Err(Refusal::Forbidden);
        }
        if !self.can_seal(&circle) {
            return Err(Refusal::NotCaughtUp);
        }
        let body = Body::whole(act.encode());
        let entry = self.next_entry(now_ms, circle, EntryKind::Act, &body);
        self.write_own(now_ms, circle, entry, &[], Vec::new(), Vec::new(), Some(job), out);
        Ok(())
    }

    fn found(&mut self, now_ms: u64, job: u64, founding: crate::alliance::Founding, out: &mut Outbox) {
        let is_home = founding.kind == CircleKind::Home;
        let body = Body::whole(Act::Create(founding).encode());
        let entry = Entry::sign(
            &self.key,
            self.first_header(now_ms, CircleId([0; 32]), 0, Vec::new(), &body),
            body.bytes,
        );
        let circle = entry.circle();
        if is_home {
            self.home = Some(circle);
        }
        self.write_own(now_ms, circle, entry, &[], Vec::new(), Vec::new(), Some(job), out);
    }

    fn accept(&mut self, now_ms: u64, job: u64, circle: CircleId, accept: Accept, out: &mut Outbox) {
        let (me, me8) = (self.me, self.me8);
        let held = self.circle_or_placeholder(circle);
        if held.standing(&me) == Standing::Joining {
            // Asked again: the same answer stands.
            let entry = held.entry_hash(&crate::id::Place { city: me8, epoch: 0, seq: 0 });
            out.push(Effect::Stored { job, entry });
            return;
        }
        let last = held.epochs.range((me8, 0)..=(me8, u32::MAX)).next_back().map(|(key, _)| key.1);
        let epoch = last.map_or(0, |last| last + 1);
        let gov = vec![accept.invite];
        let body = Body::whole(Act::Accept(accept).encode());
        let entry = Entry::sign(&self.key, self.first_header(now_ms, circle, epoch, gov, &body), body.bytes);
        self.write_own(now_ms, circle, entry, &[], Vec::new(), Vec::new(), Some(job), out);
    }

    fn first_header(
        &self,
        now_ms: u64,
        circle: CircleId,
        epoch: u32,
        gov: Vec<EntryHash>,
        body: &Body,
    ) -> Header {
        Header {
            v: ENTRY_VERSION,
            circle,
            author: self.me,
            key_ix: 0,
            epoch,
            seq: 0,
            prev: EntryHash([0; 32]),
            gov,
            seen: Vec::new(),
            time_ms: now_ms,
            kind: EntryKind::Act,
            body_len: body.bytes.len() as u32,
            body_hash: body.root,
        }
    }

    fn card_order(&mut self, job: u64, mut card: Card, out: &mut Outbox) {
        let last = self.cards.get(&self.me).map_or(0, |(known, _)| known.counter);
        card.counter = last + 1;
        card.city = self.me;
        let record = card.seal(&self.key);
        self.name.clone_from(&card.name);
        self.keep_card(card, record, out);
        out.push(Effect::Stored { job, entry: None });
    }

    fn take_accept(
        &mut self,
        now_ms: u64,
        job: u64,
        circle: CircleId,
        bytes: &[u8],
        out: &mut Outbox,
    ) -> Result<(), Refusal> {
        let entry = Entry::decode(bytes).map_err(|_| Refusal::Malformed)?;
        match self.take_entry(now_ms, circle, &entry, out) {
            Ok(Taken::New) => {
                let what = Written::Remote { circle, count: 1, job: Some(job) };
                self.append(circle, vec![(RecordKind::Entry, bytes.to_vec())], true, what, out);
                Ok(())
            }
            Ok(Taken::Known) => {
                out.push(Effect::Stored { job, entry: Some(entry.hash) });
                Ok(())
            }
            Ok(_) | Err(_) => Err(Refusal::AcceptInvalid),
        }
    }

    fn invite_is_open(
        &self,
        now_ms: u64,
        circle: &CircleId,
        invite: &EntryHash,
        expiry_counts: bool,
    ) -> Result<(), Refusal> {
        let held = self.circles.get(circle).ok_or(Refusal::UnknownCircle)?;
        let known = held.state().invites.get(invite).ok_or(Refusal::InvitationUnknown)?;
        if known.used.is_some() {
            Err(Refusal::InvitationUsed)
        } else if known.revoked {
            Err(Refusal::InvitationRevoked)
        } else if expiry_counts && now_ms > known.expires_ms {
            Err(Refusal::InvitationExpired)
        } else {
            Ok(())
        }
    }

    /// Expiry is judged here, by the admitting coordinator's clock, and nowhere else (I31).
    fn accept_is_open(&self, now_ms: u64, circle: &CircleId, accept: &EntryHash) -> Result<(), Refusal> {
        let held = self.circles.get(circle).ok_or(Refusal::UnknownCircle)?;
        let known = held.state().accepts.get(accept).ok_or(Refusal::AcceptUnknown)?;
        self.invite_is_open(now_ms, circle, &known.invite, true)
    }

    /// A question on `/alianza/join/1` from a key that the transport proved.
    pub fn join_question(&mut self, now_ms: u64, from: &CityId, ask: &Join) -> JoinDecision {
        let refused = |code| JoinDecision::Answer(Join::Refused { code });
        let Join::Ask { invite_pk, proof, accept } = ask else { return refused(Join::REFUSED_UNKNOWN) };
        let parties = [from.0.as_slice(), self.me.0.as_slice()].concat();
        if !verify(invite_pk, JOIN_PROOF_DOMAIN, &parties, proof) {
            return refused(Join::REFUSED_UNKNOWN);
        }
        let me = self.me;
        let found = self.circles.values().find_map(|held| {
            let invite = held.state().invites.iter().find(|(_, invite)| invite.invite_pk == *invite_pk)?;
            (held.standing(&me) == Standing::Active).then_some((held.id, *invite.0, invite.1.clone()))
        });
        let Some((circle, id, invite)) = found else { return refused(Join::REFUSED_UNKNOWN) };
        let held = &self.circles[&circle];
        let state = held.state();
        if state.role(from).is_some() {
            return JoinDecision::Answer(Join::Admitted);
        }
        if invite.used.is_some() {
            return refused(Join::REFUSED_USED);
        }
        if invite.revoked {
            return refused(Join::REFUSED_REVOKED);
        }
        if now_ms > invite.expires_ms {
            return refused(Join::REFUSED_EXPIRED);
        }
        let waiting: Vec<CityId> =
            state.accepts.values().filter(|accept| accept.invite == id).map(|accept| accept.city).collect();
        match accept {
            None => JoinDecision::Answer(Join::Offer {
                circle,
                invite: id.0,
                charter_hash: state.charter_hash,
                policy: state.policy,
                members: state.present().map(|(_, member)| member.name.clone()).collect(),
            }),
            Some(_) if waiting.contains(from) => JoinDecision::Answer(Join::Waiting),
            Some(_) if waiting.len() >= ACCEPTS_PER_INVITE_MAX => refused(Join::REFUSED_FULL),
            Some(entry) => match Entry::decode(entry) {
                Ok(decoded) if decoded.header.author == *from => {
                    JoinDecision::Take { circle, entry: entry.clone() }
                }
                _ => refused(Join::REFUSED_ACCEPT),
            },
        }
    }

    /// Our own Accept in a circle that we are joining, as an encoded entry's place, for asking again.
    pub fn joining(&self) -> impl Iterator<Item = &Circle> {
        let me = self.me;
        self.circles.values().filter(move |held| held.standing(&me) == Standing::Joining)
    }

    pub(super) fn admitted_by(&mut self, circle: CircleId, by: CityId, out: &mut Outbox) {
        let held = self.circle_or_placeholder(circle);
        if held.admitted_by.insert(by) {
            self.governance_changed(circle, out);
        }
    }
}
