//! Identifiers. Each is a newtype that can only be made from bytes of the right length: parse, don't validate.

use std::fmt;

use data_encoding::HEXLOWER;

/// BLAKE3-256 with the derivation context `"alianza v1 <thing>"` (protocol §2).
pub fn hash(thing: &str, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = blake3::Hasher::new_derive_key(&format!("alianza v1 {thing}"));
    for part in parts {
        hasher.update(part);
    }
    *hasher.finalize().as_bytes()
}

/// A text that is not the hexadecimal form of the identifier it should be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a {what}: {len_bytes} bytes of lower-case hexadecimal expected")]
pub struct IdError {
    what: &'static str,
    len_bytes: usize,
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $len:literal, $what:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub [u8; $len]);

        impl $name {
            /// Length in bytes.
            pub const LEN_BYTES: usize = $len;

            /// From a slice of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                bytes.try_into().ok().map(Self)
            }

            /// The raw bytes.
            pub fn as_bytes(&self) -> &[u8; $len] {
                &self.0
            }

            /// Lower-case hexadecimal, the form used in the API and in commands.
            pub fn hex(&self) -> String {
                HEXLOWER.encode(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = IdError;
            fn from_str(text: &str) -> Result<Self, IdError> {
                let error = IdError { what: $what, len_bytes: $len };
                if text.len() != 2 * $len {
                    return Err(error);
                }
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| error.clone())?;
                Self::from_slice(&bytes).ok_or(error)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.hex())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let hex = self.hex();
                write!(f, "{}({})", stringify!($name), &hex[..hex.len().min(12)])
            }
        }
    };
}

id!(
    /// A city: its first ed25519 public key, for life.
    CityId, 32, "city id"
);
id!(
    /// The short form of a city, first bytes of every actor id it owns.
    City8, 8, "short city id"
);
id!(
    /// A circle: the hash of the header of its founding entry.
    CircleId, 32, "circle id"
);
id!(
    /// A document.
    DocId, 16, "document id"
);
id!(
    /// An entry of a feed; for entries of kind Act also the act's name.
    EntryHash, 32, "entry hash"
);
id!(
    /// An Automerge change.
    ChangeHash, 32, "change hash"
);
id!(
    /// A person of a city, opaque: the name lives only in the city card.
    PersonRef, 8, "person reference"
);
id!(
    /// What a document id is made from, minted where the document is created.
    Nonce, 16, "nonce"
);

impl CityId {
    /// The short form: `H("city", city_id)[..8]`.
    pub fn city8(&self) -> City8 {
        let full = hash("city", &[&self.0]);
        let mut short = [0; 8];
        short.copy_from_slice(&full[..8]);
        City8(short)
    }
}

impl DocId {
    /// `H("doc", circle ‖ city_id ‖ nonce)[..16]`: only that city can create it, so it cannot be squatted.
    pub fn derive(circle: &CircleId, city: &CityId, nonce: &Nonce) -> Self {
        let full = hash("doc", &[&circle.0, &city.0, &nonce.0]);
        let mut short = [0; 16];
        short.copy_from_slice(&full[..16]);
        Self(short)
    }
}

impl PersonRef {
    /// Nobody: work of the node itself, such as creating a contribution.
    pub const NODE: Self = Self([0; 8]);
}

/// A place in the feeds of one circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    pub city: City8,
    pub epoch: u32,
    pub seq: u64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}/{}", self.city, self.epoch, self.seq)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_parse_only_their_own_form() {
        let id = DocId([7; 16]);
        assert_eq!(id.hex().parse::<DocId>(), Ok(id));
        assert!("07".parse::<DocId>().is_err());
        assert!(id.hex().to_uppercase().parse::<DocId>().is_ok(), "digits only: no letters to fold");
        assert!("0A".repeat(16).parse::<DocId>().is_err());
    }
}
