//! Random secrets: session ids and API tokens. Only their hashes are kept.

use alianza_shared::id::hash;
use data_encoding::BASE64URL_NOPAD;

/// Hash of a secret: what is stored and looked up. Looking up by hash leaks nothing about the secret.
pub(super) type SecretHash = [u8; 32];

/// First characters of every API token, so that one is recognised where it should not be.
const TOKEN_PREFIX: &str = "alianza_";

/// Random bytes of the operating system.
pub(super) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).expect("without randomness of the operating system nothing here is safe");
    bytes
}

/// A session id of 256 bits, as the cookie carries it.
pub(super) fn session() -> String {
    BASE64URL_NOPAD.encode(&random::<32>())
}

/// An API token of 256 bits.
pub(super) fn token() -> String {
    format!("{TOKEN_PREFIX}{}", BASE64URL_NOPAD.encode(&random::<32>()))
}

/// What is kept of a session id. `None`: not one of ours by its form.
pub(super) fn session_hash(secret: &str) -> Option<SecretHash> {
    decode(secret).map(|bytes| hash("session", &[&bytes]))
}

/// What is kept of an API token. `None`: not one of ours by its form.
pub(super) fn token_hash(secret: &str) -> Option<SecretHash> {
    decode(secret.strip_prefix(TOKEN_PREFIX)?).map(|bytes| hash("token", &[&bytes]))
}

fn decode(text: &str) -> Option<[u8; 32]> {
    if text.len() != 43 {
        return None;
    }
    BASE64URL_NOPAD.decode(text.as_bytes()).ok()?.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S5: 256 bits, and neither kind of secret stands for the other.
    #[test]
    fn secrets_are_long_and_of_one_kind() {
        let (a, b) = (session(), token());
        assert_ne!(a, session());
        assert!(session_hash(&a).is_some() && token_hash(&b).is_some());
        assert!(session_hash(&b).is_none() && token_hash(&a).is_none());
        assert_ne!(session_hash(&a), token_hash(&format!("{TOKEN_PREFIX}{a}")));
        assert!(session_hash("").is_none() && session_hash(&"é".repeat(22)).is_none());
    }
}
