//! Who belongs to a circle and what was decided, as it follows from a set of acts.

use std::collections::BTreeMap;

use super::act::{ACCEPT_PROOF_DOMAIN, Accept, Act, CircleKind, CityRole, accept_proof_bytes};
use super::acts::ActNode;
use crate::feed::header::verify;
use crate::id::{CircleId, City8, CityId, EntryHash, Place};
use crate::limits::MEMBERS_MAX;

/// A city that was admitted, present or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub role: CityRole,
    pub name: String,
    pub home: Option<CircleId>,
    /// Its founding or accepting entry: where this epoch of its feed begins.
    pub entry: EntryHash,
    pub epoch: u32,
    /// Last entry that counts; set when it left.
    pub cut: Option<Place>,
}

impl Member {
    pub fn is_present(&self) -> bool {
        self.cut.is_none()
    }
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InviteState {
    pub invite_pk: CityId,
    pub role: CityRole,
    pub expires_ms: u64,
    pub note: String,
    pub by: CityId,
    pub revoked: bool,
    /// The Accept that was admitted, and by which act.
    pub used: Option<(EntryHash, EntryHash)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AcceptState {
    pub city: CityId,
    pub name: String,
    pub invite: EntryHash,
    pub home: CircleId,
    pub epoch: u32,
}

/// Governance of a circle.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct State {
    pub kind: Option<CircleKind>,
    pub name: String,
    pub founder: Option<CityId>,
    pub charter_hash: [u8; 32],
    pub policy: u8,
    pub members: BTreeMap<CityId, Member>,
    pub invites: BTreeMap<EntryHash, InviteState>,
    pub accepts: BTreeMap<EntryHash, AcceptState>,
    /// An act of a newer program is among them: the circle is read-only here.
    pub unknown_act: bool,
}

impl State {
    /// The role of a city that belongs to the circle now.
    pub fn role(&self, city: &CityId) -> Option<CityRole> {
        self.members.get(city).filter(|member| member.is_present()).map(|member| member.role)
    }

    /// Cities that belong to the circle now.
    pub fn present(&self) -> impl Iterator<Item = (&CityId, &Member)> {
        self.members.iter().filter(|(_, member)| member.is_present())
    }

    /// Was this short form ever taken? Nobody is admitted under one that was.
    fn city8_is_taken(&self, city8: &City8, by_other_than: &CityId) -> bool {
        self.members.keys().any(|city| city != by_other_than && city.city8() == *city8)
    }

    /// May this act take effect, judged by this state, which is that of its own past?
    pub(super) fn allows(&self, circle: &CircleId, node: &ActNode) -> bool {
        let role = self.role(&node.author);
        match &node.act {
            Act::Create(_) => self.founder.is_none() && node.place.seq == 0 && node.gov.is_empty(),
            Act::Invite(invite) => {
                self.kind == Some(CircleKind::Alliance)
                    && role.is_some_and(CityRole::may_invite)
                    && !self.invites.values().any(|known| known.invite_pk == invite.invite_pk)
            }
            Act::RevokeInvite { invite } => {
                role.is_some_and(CityRole::may_invite)
                    && self.invites.get(invite).is_some_and(|known| known.used.is_none())
            }
            Act::Accept(accept) => self.allows_accept(circle, &node.author, node.place, accept),
            Act::Admit { accept, .. } => {
                let invite = self.accepts.get(accept).and_then(|accept| self.invites.get(&accept.invite));
                role.is_some_and(CityRole::may_invite)
                    && self.members.len() < MEMBERS_MAX
                    && invite.is_some_and(|invite| invite.used.is_none() && !invite.revoked)
            }
            Act::Leave => role.is_some(),
            Act::Unknown { .. } => role.is_some(),
        }
    }

    /// Does this Accept answer a known invitation with its proof? (I23)
    pub fn allows_accept(&self, circle: &CircleId, city: &CityId, place: Place, accept: &Accept) -> bool {
        let Some(invite) = self.invites.get(&accept.invite) else { return false };
        place.seq == 0
            && self.role(city).is_none()
            && self.members.get(city).is_none_or(|member| member.epoch < place.epoch)
            && !self.city8_is_taken(&place.city, city)
            && verify(
                &invite.invite_pk,
                ACCEPT_PROOF_DOMAIN,
                &accept_proof_bytes(circle, city),
                &accept.proof,
            )
    }

    /// Take over an act that is allowed. `precedes` tells whether an earlier applied act is in its past.
    pub(super) fn apply(&mut self, node: &ActNode, precedes: impl Fn(&EntryHash) -> bool) {
        match &node.act {
            Act::Create(founding) => {
                self.kind = Some(founding.kind);
                self.name.clone_from(&founding.name);
                self.founder = Some(node.author);
                self.charter_hash = founding.charter_hash;
                self.policy = founding.policy;
                self.join(node.author, CityRole::Coordinator, &founding.city_name, founding.home, node);
            }
            Act::Invite(invite) => {
                let state = InviteState {
                    invite_pk: invite.invite_pk,
                    role: invite.role,
                    expires_ms: invite.expires_ms,
                    note: invite.note.clone(),
                    by: node.author,
                    revoked: false,
                    used: None,
                };
                self.invites.insert(node.hash, state);
            }
            Act::RevokeInvite { invite } => {
                if let Some(invite) = self.invites.get_mut(invite) {
                    invite.revoked = true;
                }
            }
            Act::Accept(accept) => {
                let state = AcceptState {
                    city: node.author,
                    name: accept.city_name.clone(),
                    invite: accept.invite,
                    home: accept.home,
                    epoch: node.place.epoch,
                };
                self.accepts.insert(node.hash, state);
            }
            Act::Admit { accept, .. } => self.admit(accept, node, precedes),
            Act::Leave => {
                if let Some(member) = self.members.get_mut(&node.author) {
                    member.cut = Some(node.place);
                }
            }
            Act::Unknown { .. } => self.unknown_act = true,
        }
    }

    /// Of two Admits for one invitation the causally first stands, then the lower Accept (I31).
    fn admit(&mut self, accept: &EntryHash, node: &ActNode, precedes: impl Fn(&EntryHash) -> bool) {
        let Some(known) = self.accepts.get(accept).cloned() else { return };
        let Some(invite) = self.invites.get(&known.invite) else { return };
        let role = invite.role;
        if let Some((other_accept, other_admit)) = invite.used {
            if precedes(&other_admit) || other_accept <= *accept {
                return;
            }
            if let Some(loser) = self.accepts.get(&other_accept)
                && self.members.get(&loser.city).is_some_and(|member| member.entry == other_accept)
            {
                self.members.remove(&loser.city);
            }
        }
        if let Some(invite) = self.invites.get_mut(&known.invite) {
            invite.used = Some((*accept, node.hash));
        }
        let member = Member {
            role,
            name: known.name.clone(),
            home: Some(known.home),
            entry: *accept,
            epoch: known.epoch,
            cut: None,
        };
        self.members.insert(known.city, member);
    }

    fn join(&mut self, city: CityId, role: CityRole, name: &str, home: Option<CircleId>, node: &ActNode) {
        let member = Member {
            role,
            name: name.to_owned(),
            home,
            entry: node.hash,
            epoch: node.place.epoch,
            cut: None,
        };
        self.members.insert(city, member);
    }
}
