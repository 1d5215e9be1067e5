//! The closed list of document kinds. A kind that a later version brings is kept and passed on as its number.

use std::fmt;
use std::str::FromStr;

/// What a document is. The code is what `create` carries in an entry; the name is what the API says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// A city about itself, in its home circle.
    CityProfile,
    /// The frame of an alliance.
    Alliance,
    /// An operative programme.
    Programme,
    /// One narrative of another document.
    Section,
    /// What one city puts into a programme; owned by that city.
    Contribution,
    /// Of a later version: stored, passed on, shown as such.
    Unknown(u16),
}

impl Kind {
    pub const ALL: [Self; 5] =
        [Self::CityProfile, Self::Alliance, Self::Programme, Self::Section, Self::Contribution];

    /// The number in an entry.
    pub fn code(self) -> u16 {
        match self {
            Self::CityProfile => 1,
            Self::Alliance => 2,
            Self::Programme => 3,
            Self::Section => 4,
            Self::Contribution => 5,
            Self::Unknown(code) => code,
        }
    }

    pub fn from_code(code: u16) -> Self {
        Self::ALL.into_iter().find(|kind| kind.code() == code).unwrap_or(Self::Unknown(code))
    }

    /// The name of a known kind in the API.
    pub fn name(self) -> Option<&'static str> {
        match self {
            Self::CityProfile => Some("city_profile"),
            Self::Alliance => Some("alliance"),
            Self::Programme => Some("programme"),
            Self::Section => Some("section"),
            Self::Contribution => Some("contribution"),
            Self::Unknown(_) => None,
        }
    }

    /// Fields that are documents of their own ([`Kind::Section`]), created together with this one.
    pub fn sections(self) -> &'static [&'static str] {
        match self {
            Self::Alliance => &["common_strategy"],
            Self::Programme => &["context", "justification", "sustainability", "gender"],
            Self::CityProfile | Self::Section | Self::Contribution | Self::Unknown(_) => &[],
        }
    }

    /// Only the owner's feed may change it, and its `create` names the owner.
    pub fn has_owner(self) -> bool {
        matches!(self, Self::CityProfile | Self::Contribution)
    }

    /// Made by the node itself, never from a tab or the API.
    pub fn is_made_by_node(self) -> bool {
        matches!(self, Self::Section | Self::Contribution)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.write_str(name),
            None => write!(f, "unknown:{}", self.code()),
        }
    }
}

/// Not the name of a known kind.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown document kind")]
pub struct KindError;

impl FromStr for Kind {
    type Err = KindError;
    fn from_str(name: &str) -> Result<Self, KindError> {
        Self::ALL.into_iter().find(|kind| kind.name() == Some(name)).ok_or(KindError)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_of_a_later_version_keeps_its_number() {
        for kind in Kind::ALL {
            assert_eq!(Kind::from_code(kind.code()), kind);
            assert_eq!(kind.to_string().parse(), Ok(kind));
        }
        assert_eq!(Kind::from_code(999).code(), 999);
        assert!("unknown:999".parse::<Kind>().is_err());
    }
}
