//! Who may do what. Roles are granted by a city to its own people (domain model §3.2).

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::document::kind::Kind;

/// What a person of a city is there for. A person can have several.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    NodeAdmin,
    CoopOfficer,
    SectorTech,
    FinanceOfficer,
    LegalOfficer,
    Secretary,
    AuthorisedSignatory,
    LocalActor,
    Evaluator,
    Observer,
    Facilitator,
}

impl Role {
    /// Every role, in the order in which people are shown them.
    pub const ALL: [Self; 11] = [
        Self::NodeAdmin,
        Self::CoopOfficer,
        Self::SectorTech,
        Self::FinanceOfficer,
        Self::LegalOfficer,
        Self::Secretary,
        Self::AuthorisedSignatory,
        Self::LocalActor,
        Self::Evaluator,
        Self::Observer,
        Self::Facilitator,
    ];

    /// The stable name, as stored and as used in the API.
    pub const fn code(self) -> &'static str {
        match self {
            Self::NodeAdmin => "node_admin",
            Self::CoopOfficer => "coop_officer",
            Self::SectorTech => "sector_tech",
            Self::FinanceOfficer => "finance_officer",
            Self::LegalOfficer => "legal_officer",
            Self::Secretary => "secretary",
            Self::AuthorisedSignatory => "authorised_signatory",
            Self::LocalActor => "local_actor",
            Self::Evaluator => "evaluator",
            Self::Observer => "observer",
            Self::Facilitator => "facilitator",
        }
    }

    /// The role of this code, if there is one.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }

    /// What a person reads.
    pub const fn label_es(self) -> &'static str {
        match self {
            Self::NodeAdmin => "Administración del servidor",
            Self::CoopOfficer => "Responsable de cooperación",
            Self::SectorTech => "Personal técnico",
            Self::FinanceOfficer => "Gestión económica / Intervención",
            Self::LegalOfficer => "Servicio jurídico",
            Self::Secretary => "Secretaría (fe pública)",
            Self::AuthorisedSignatory => "Autoridad firmante",
            Self::LocalActor => "Actor local (invitado)",
            Self::Evaluator => "Evaluación externa",
            Self::Observer => "Observador / red",
            Self::Facilitator => "Secretaría técnica",
        }
    }
}

impl std::fmt::Display for Role {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.code())
    }
}

/// May a person with these roles write documents of that kind of their own city and of its alliances? What the
/// city itself may is decided by governance ([`crate::sync::Core::may_write`]).
pub fn may_write(roles: &[Role], kind: Kind) -> bool {
    let allowed: &[Role] = match kind {
        Kind::Contribution => &[Role::CoopOfficer, Role::FinanceOfficer],
        Kind::CityProfile | Kind::Alliance => &[Role::CoopOfficer],
        // Administering a node is not a right to its contents.
        Kind::Programme | Kind::Section | Kind::Unknown(_) => {
            &[Role::CoopOfficer, Role::SectorTech, Role::FinanceOfficer, Role::LegalOfficer]
        }
    };
    roles.iter().any(|role| allowed.contains(role))
}

/// May they write documents of any kind at all?
pub fn may_write_something(roles: &[Role]) -> bool {
    Kind::ALL.into_iter().any(|kind| may_write(roles, kind))
}

/// May they found, join and leave alliances, invite and admit?
pub fn may_pair(roles: &[Role]) -> bool {
    roles.iter().any(|role| matches!(role, Role::CoopOfficer | Role::NodeAdmin))
}

/// May they make, change and close the accounts of this city's people?
pub fn may_manage_people(roles: &[Role]) -> bool {
    roles.contains(&Role::NodeAdmin)
}

impl Serialize for Role {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

impl<'de> Deserialize<'de> for Role {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let code = String::deserialize(deserializer)?;
        Self::parse(&code).ok_or_else(|| serde::de::Error::custom("unknown role"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S9: rights follow from this table and nothing else; who is not named may not.
    #[test]
    fn who_may_write_what() {
        for role in Role::ALL {
            let writes = |kind| may_write(&[role], kind);
            assert_eq!(writes(Kind::CityProfile), role == Role::CoopOfficer);
            assert_eq!(writes(Kind::Contribution), matches!(role, Role::CoopOfficer | Role::FinanceOfficer));
            let technical = matches!(role, Role::SectorTech | Role::FinanceOfficer | Role::LegalOfficer);
            assert_eq!(writes(Kind::Section), technical || role == Role::CoopOfficer);
            assert_eq!(may_write_something(&[role]), writes(Kind::Section));
            assert_eq!(may_manage_people(&[role]), role == Role::NodeAdmin);
        }
        assert!(!may_write_something(&[]) && !may_pair(&[]) && !may_manage_people(&[]));
    }

    #[test]
    fn every_role_is_found_by_its_code_and_no_other_text_is_a_role() {
        for role in Role::ALL {
            assert_eq!(Role::parse(role.code()), Some(role));
            let text = serde_json::to_string(&role).expect("a text");
            assert_eq!(serde_json::from_str::<Role>(&text).expect("a role"), role);
            assert!(!role.label_es().is_empty());
        }
        assert_eq!(Role::parse("root"), None);
        assert!(serde_json::from_str::<Role>("\"NODE_ADMIN\"").is_err());
    }
}
