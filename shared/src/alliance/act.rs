//! The acts of governance and their one accepted form.

use crate::cbor::{self, Malformed, Reader};
use crate::id::{CircleId, CityId, EntryHash};

/// Longest name or note in an act.
const TEXT_MAX_BYTES: usize = 200;

/// What a circle is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CircleKind {
    /// Written by its members, by role.
    Alliance,
    /// Written by one city, held by every city that shares an alliance with it.
    Home,
    /// One city's drafts; nobody else holds it.
    Private,
}

impl CircleKind {
    fn code(self) -> u8 {
        match self {
            Self::Alliance => 1,
            Self::Home => 2,
            Self::Private => 3,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [Self::Alliance, Self::Home, Self::Private].into_iter().find(|kind| kind.code() == code)
    }

    /// The word used in the API.
    pub fn word(self) -> &'static str {
        match self {
            Self::Alliance => "alliance",
            Self::Home => "home",
            Self::Private => "private",
        }
    }
}

/// Rights of a city in an alliance (protocol §5.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CityRole {
    Coordinator,
    Partner,
    Associate,
    Facilitator,
    Observer,
}

impl CityRole {
    const ALL: [(Self, u8, &'static str); 5] = [
        (Self::Coordinator, 1, "coordinator"),
        (Self::Partner, 2, "partner"),
        (Self::Associate, 3, "associate"),
        (Self::Facilitator, 4, "facilitator"),
        (Self::Observer, 5, "observer"),
    ];

    pub fn code(self) -> u8 {
        Self::ALL.iter().find(|row| row.0 == self).map_or(0, |row| row.1)
    }

    pub fn from_code(code: u8) -> Option<Self> {
        Self::ALL.iter().find(|row| row.1 == code).map(|row| row.0)
    }

    pub fn word(self) -> &'static str {
        Self::ALL.iter().find(|row| row.0 == self).map_or("", |row| row.2)
    }

    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.iter().find(|row| row.2 == word).map(|row| row.0)
    }

    pub fn may_invite(self) -> bool {
        self == Self::Coordinator
    }

    pub fn may_edit(self) -> bool {
        self != Self::Observer
    }
}

/// The founding act of a circle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Founding {
    pub kind: CircleKind,
    pub name: String,
    /// The municipality, not a person.
    pub city_name: String,
    pub card_hash: [u8; 32],
    pub charter_hash: [u8; 32],
    /// Version of the decision rules: 1 is the table of protocol §5.2.
    pub policy: u8,
    /// The founder's home circle; none in a home circle itself.
    pub home: Option<CircleId>,
    /// Hash of the offline recovery key; zeros while none exists.
    pub recovery_hash: [u8; 32],
    pub nonce: [u8; 16],
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invite {
    /// Public half of the key that the invitation's secret makes.
    pub invite_pk: CityId,
    pub role: CityRole,
    pub expires_ms: u64,
    pub note: String,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accept {
    pub invite: EntryHash,
    /// By the invitation's key over circle ‖ city.
    pub proof: [u8; 64],
    pub city_name: String,
    pub card_hash: [u8; 32],
    pub charter_hash: [u8; 32],
    pub home: CircleId,
    pub recovery_hash: [u8; 32],
}

/// One act of governance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    Create(Founding),
    Invite(Invite),
    RevokeInvite {
        invite: EntryHash,
    },
    Accept(Accept),
    /// `verified`: 0 not, 1 by voice, 2 in person.
    Admit {
        accept: EntryHash,
        verified: u8,
    },
    Leave,
    /// An act of a newer program: stored and passed on; the circle becomes read-only here.
    Unknown {
        code: u8,
    },
}

impl Act {
    pub fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| {
            match self {
                Self::Create(f) => {
                    e.array(10)?.u8(1)?.u8(f.kind.code())?.str(&f.name)?.str(&f.city_name)?;
                    e.bytes(&f.card_hash)?.bytes(&f.charter_hash)?.u8(f.policy)?;
                    match &f.home {
                        None => e.null()?,
                        Some(home) => e.bytes(&home.0)?,
                    };
                    e.bytes(&f.recovery_hash)?.bytes(&f.nonce)?;
                }
                Self::Invite(i) => {
                    e.array(5)?.u8(2)?.bytes(&i.invite_pk.0)?.u8(i.role.code())?;
                    e.u64(i.expires_ms)?.str(&i.note)?;
                }
                Self::RevokeInvite { invite } => {
                    e.array(2)?.u8(3)?.bytes(&invite.0)?;
                }
                Self::Accept(a) => {
                    e.array(8)?.u8(4)?.bytes(&a.invite.0)?.bytes(&a.proof)?.str(&a.city_name)?;
                    e.bytes(&a.card_hash)?.bytes(&a.charter_hash)?.bytes(&a.home.0)?;
                    e.bytes(&a.recovery_hash)?;
                }
                Self::Admit { accept, verified } => {
                    e.array(3)?.u8(5)?.bytes(&accept.0)?.u8(*verified)?;
                }
                Self::Leave => {
                    e.array(1)?.u8(6)?;
                }
                Self::Unknown { code } => {
                    e.array(1)?.u8(*code)?;
                }
            }
            Ok(())
        })
    }

    /// The one accepted form of a known act; any form of an unknown one.
    pub fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes, "act");
        let len = r.array(32)?;
        let code = r.u8()?;
        let act = match (code, len) {
            (1, 10) => Self::Create(Founding {
                kind: CircleKind::from_code(r.u8()?).ok_or(Malformed("act"))?,
                name: r.text(TEXT_MAX_BYTES)?,
                city_name: r.text(TEXT_MAX_BYTES)?,
                card_hash: r.fixed()?,
                charter_hash: r.fixed()?,
                policy: r.u8()?,
                home: r.optional(|r| Ok(CircleId(r.fixed()?)))?,
                recovery_hash: r.fixed()?,
                nonce: r.fixed()?,
            }),
            (2, 5) => Self::Invite(Invite {
                invite_pk: CityId(r.fixed()?),
                role: CityRole::from_code(r.u8()?).ok_or(Malformed("act"))?,
                expires_ms: r.u64()?,
                note: r.text(TEXT_MAX_BYTES)?,
            }),
            (3, 2) => Self::RevokeInvite { invite: EntryHash(r.fixed()?) },
            (4, 8) => Self::Accept(Accept {
                invite: EntryHash(r.fixed()?),
                proof: r.fixed()?,
                city_name: r.text(TEXT_MAX_BYTES)?,
                card_hash: r.fixed()?,
                charter_hash: r.fixed()?,
                home: CircleId(r.fixed()?),
                recovery_hash: r.fixed()?,
            }),
            (5, 3) => Self::Admit { accept: EntryHash(r.fixed()?), verified: r.u8()? },
            (6, 1) => Self::Leave,
            (1..=6, _) => return Err(Malformed("act")),
            _ => return Ok(Self::Unknown { code }),
        };
        r.end()?;
        cbor::canonical(bytes, &act.encode(), "act")?;
        Ok(act)
    }
}

/// What the proof in an Accept is over.
pub fn accept_proof_bytes(circle: &CircleId, city: &CityId) -> Vec<u8> {
    [circle.0.as_slice(), city.0.as_slice()].concat()
}

/// Domain of the proof in an Accept.
pub const ACCEPT_PROOF_DOMAIN: &[u8] = b"alianza v1 accept\0";

#[cfg(test)]
mod tests {
    use super::*;

    /// I1 for acts; unknown acts survive.
    #[test]
    fn acts_have_one_form() {
        let acts = [
            Act::Invite(Invite {
                invite_pk: CityId([1; 32]),
                role: CityRole::Partner,
                expires_ms: 5,
                note: "año".into(),
            }),
            Act::RevokeInvite { invite: EntryHash([2; 32]) },
            Act::Admit { accept: EntryHash([3; 32]), verified: 1 },
            Act::Leave,
        ];
        for act in acts {
            let bytes = act.encode();
            assert_eq!(Act::decode(&bytes), Ok(act));
            let mut long = bytes.clone();
            long.push(0);
            assert!(Act::decode(&long).is_err());
        }
        assert_eq!(Act::decode(&[0x82, 0x18, 0x63, 0x01]), Ok(Act::Unknown { code: 0x63 }));
    }
}
