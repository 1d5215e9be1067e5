//! What is written to the local log about people: the accounts themselves and the audit trail are the same records.
//!
//! JSON, one record each, version 1. Every record names the hash of the one before it, so that a record that was
//! changed or taken out shows (S25).

use alianza_shared::id::hash;
use data_encoding::HEXLOWER;
use serde::{Deserialize, Serialize};

/// Version of the records written here.
const RECORD_VERSION: u32 = 1;

/// One thing that happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    PersonCreated {
        user: String,
        name: String,
        office: String,
        roles: Vec<String>,
        /// Hex of 8 random bytes.
        person_ref: String,
        phc: String,
    },
    PersonChanged {
        user: String,
        name: String,
        office: String,
    },
    RolesSet {
        user: String,
        roles: Vec<String>,
    },
    PersonDisabled {
        user: String,
    },
    PersonEnabled {
        user: String,
    },
    /// Ends every session of the person.
    PasswordSet {
        user: String,
        phc: String,
    },
    /// The same password, hashed anew at today's cost.
    PasswordRehashed {
        user: String,
        phc: String,
    },
    TokenIssued {
        user: String,
        /// Hex of the first 8 bytes of the hash: names it in lists.
        id: String,
        name: String,
        /// Hex of the hash of the secret.
        secret_hash: String,
    },
    TokenRevoked {
        user: String,
        id: String,
    },
    SignedIn {
        user: String,
        /// Hex of the hash of the session id.
        session: String,
        source: String,
    },
    /// The session was used; written at most every few minutes.
    SessionSeen {
        session: String,
    },
    SessionEnded {
        user: String,
        session: String,
    },
    SignInFailed {
        /// Absent when there is no such user: people type passwords into the wrong field.
        #[serde(skip_serializing_if = "Option::is_none", default)]
        user: Option<String>,
        source: String,
        /// Further failures since the last record of this kind that were not written one by one.
        #[serde(skip_serializing_if = "is_zero", default)]
        more: u64,
    },
    /// Something of another part that belongs in the audit trail: an invitation, an export, a new configuration.
    Audit {
        what: String,
        detail: String,
    },
    /// Written by a newer version; kept, not understood.
    #[serde(other)]
    Unknown,
}

fn is_zero(value: &u64) -> bool {
    *value == 0
}

/// An event with its circumstances.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    pub v: u32,
    /// 0, 1, 2…
    pub n: u64,
    /// Hex of 16 bytes of the hash of the previous record; zeros in the first.
    pub prev: String,
    /// Milliseconds since 1970 UTC.
    pub at_ms: u64,
    /// User name, or `operator` for commands on the machine.
    pub by: String,
    #[serde(flatten)]
    pub event: Event,
}

/// Where the next record is linked to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Link {
    pub(super) n: u64,
    pub(super) prev: String,
}

impl Default for Link {
    fn default() -> Self {
        Self { n: 0, prev: HEXLOWER.encode(&[0; 16]) }
    }
}

impl Link {
    /// The link after a record of these bytes.
    pub(super) fn after(n: u64, bytes: &[u8]) -> Self {
        Self { n: n + 1, prev: HEXLOWER.encode(&hash("account record", &[bytes])[..16]) }
    }
}

impl Record {
    pub(super) fn new(link: &Link, at_ms: u64, by: &str, event: Event) -> Self {
        Self { v: RECORD_VERSION, n: link.n, prev: link.prev.clone(), at_ms, by: by.to_owned(), event }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("texts and numbers always have a JSON form")
    }

    /// Reads one record. `None` when it is not one.
    pub fn decode(bytes: &[u8]) -> Option<Self> {
        serde_json::from_slice(bytes).ok()
    }
}

/// A place where the audit trail is not what was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ChainBreak {
    #[error("account record {at} cannot be read")]
    Unreadable { at: usize },
    #[error(
        "account record {at} (number {n}) does not follow the one before it: something was changed or is missing"
    )]
    NotLinked { at: usize, n: u64 },
}

/// Checks that the records, oldest first, are complete and unchanged. Returns every break.
pub fn verify(records: &[Vec<u8>]) -> Vec<ChainBreak> {
    let mut breaks = Vec::new();
    let mut link = Link::default();
    for (at, bytes) in records.iter().enumerate() {
        let Some(record) = Record::decode(bytes) else {
            breaks.push(ChainBreak::Unreadable { at });
            continue;
        };
        if (record.n, &record.prev) != (link.n, &link.prev) {
            breaks.push(ChainBreak::NotLinked { at, n: record.n });
        }
        link = Link::after(record.n, bytes);
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    fn three() -> Vec<Vec<u8>> {
        let mut link = Link::default();
        (0..3)
            .map(|n| {
                let event = Event::Audit { what: "export".into(), detail: format!("número {n}\r\n") };
                let bytes = Record::new(&link, n, "operator", event).encode();
                link = Link::after(link.n, &bytes);
                bytes
            })
            .collect()
    }

    /// S25: flip one byte, and the trail says where.
    #[test]
    fn a_changed_or_missing_record_is_named() {
        let records = three();
        assert_eq!(verify(&records), []);
        let mut changed = records.clone();
        let at = changed[1].iter().position(|byte| *byte == b'1').expect("a digit");
        changed[1][at] = b'2';
        assert!(!verify(&changed).is_empty());
        let missing = [records[0].clone(), records[2].clone()];
        assert_eq!(verify(&missing), [ChainBreak::NotLinked { at: 1, n: 2 }]);
        let unreadable = [b"x".to_vec()];
        assert_eq!(verify(&unreadable), [ChainBreak::Unreadable { at: 0 }]);
    }

    /// S25: a record is one line whatever is written into it.
    #[test]
    fn control_characters_cannot_start_a_new_line() {
        for record in three() {
            assert!(record.iter().all(|byte| *byte >= 0x20), "control characters are escaped");
        }
    }

    /// Architecture §10: what a newer version wrote is passed over, not a reason to stop.
    #[test]
    fn an_event_of_a_newer_version_is_unknown_not_wrong() {
        let bytes =
            br#"{"v":1,"n":0,"prev":"00","at_ms":1,"by":"operator","event":"key_added","user":"marta"}"#;
        assert_eq!(Record::decode(bytes).expect("a record").event, Event::Unknown);
    }
}
