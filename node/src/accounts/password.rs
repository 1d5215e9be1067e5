//! Passwords: what is accepted, how it is hashed, and how one is made up (S1).

use std::collections::HashSet;
use std::sync::OnceLock;

use alianza_shared::api::ApiError;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

/// Shortest accepted password, in characters.
pub const PASSWORD_MIN_CHARS: usize = 12;
/// Longest accepted password, in characters.
pub const PASSWORD_MAX_CHARS: usize = 128;

/// The most frequent passwords of public leaks, most frequent first, then Spanish ones of our own. Taken from the
/// frequency lists of zxcvbn 4.5.0 (MIT licence): the first 10,000, and of the rest those of 12 characters or more.
const COMMON: &str = include_str!("common.txt");
/// Words anybody would try first on a node of this programme.
const CONTEXT: [&str; 12] = [
    "alianza",
    "ayuntamiento",
    "ajuntament",
    "concello",
    "alcaldia",
    "municipio",
    "municipal",
    "ciudades",
    "ciudad",
    "nodo",
    "programa",
    "cooperacion",
];
const ROWS: [&str; 5] = ["01234567890", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// What one hash costs. Never below the floor of S1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HashCost {
    memory_kib: u32,
    passes: u32,
    lanes: u32,
}

impl HashCost {
    /// The least that is accepted: 19 MiB, two passes.
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2, lanes: 1 };

    /// Clamped to the floor from below and to 1 GiB, 16 passes and 4 lanes from above.
    pub fn new(memory_kib: u32, passes: u32, lanes: u32) -> Self {
        Self {
            memory_kib: memory_kib.clamp(Self::FLOOR.memory_kib, 1 << 20),
            passes: passes.clamp(Self::FLOOR.passes, 16),
            lanes: lanes.clamp(1, 4),
        }
    }

    fn argon2(self) -> Argon2<'static> {
        let params =
            Params::new(self.memory_kib, self.passes, self.lanes, None).expect("within argon2's own bounds");
        Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
    }

    /// A hash that no password fits and that costs as much to try: for users that do not exist (S4).
    pub(super) fn dummy(self) -> String {
        let noise = data_encoding::BASE64_NOPAD.encode(&super::secret::random::<48>());
        // 16 and 32 bytes; the last character of each part has spare bits, which must be zero: A.
        let (salt, hash) = (&noise[..21], &noise[21..63]);
        let Self { memory_kib, passes, lanes } = self;
        format!("$argon2id$v=19$m={memory_kib},t={passes},p={lanes}${salt}A${hash}A")
    }

    /// Whether a stored hash was made with exactly this cost; if not, it is made anew at the next sign-in.
    pub(super) fn made(self, phc: &str) -> bool {
        let Ok(hash) = PasswordHash::new(phc) else { return false };
        let Ok(params) = Params::try_from(&hash) else { return false };
        hash.algorithm.as_str() == "argon2id"
            && params.m_cost() == self.memory_kib
            && params.t_cost() == self.passes
            && params.p_cost() == self.lanes
    }
}

impl Default for HashCost {
    /// 64 MiB, three passes, one lane.
    fn default() -> Self {
        Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 }
    }
}

/// The PHC string of a password, with a fresh salt. Takes a tenth of a second and the memory of `cost`.
pub(super) fn hash(password: &str, cost: HashCost) -> Result<String, ApiError> {
    let made: Result<PasswordHash, _> = cost.argon2().hash_password(password.as_bytes());
    made.map(|phc| phc.to_string()).map_err(|error| {
        tracing::error!(%error, "a password could not be hashed");
        ApiError::new(500, "internal", "No se ha podido guardar la contraseña.")
    })
}

/// Whether the password belongs to the stored hash. Costs what the stored hash says.
pub(super) fn verify(password: &str, phc: &str) -> bool {
    let Ok(parsed) = PasswordHash::new(phc) else {
        tracing::error!("a stored password hash cannot be read");
        return false;
    };
    HashCost::FLOOR.argon2().verify_password(password.as_bytes(), &parsed).is_ok()
}

/// Refuses what would be guessed first. `context`: names of this city and of this person.
///
/// Errors with `password.short`, `password.long` or `password.common`.
pub fn check(password: &str, context: &[&str]) -> Result<(), ApiError> {
    let refuse = |code: &str, message: String| Err(ApiError::new(422, code, message).at("/password"));
    let chars = password.chars().count();
    if chars < PASSWORD_MIN_CHARS {
        return refuse(
            "password.short",
            format!("La contraseña debe tener al menos {PASSWORD_MIN_CHARS} caracteres. Mejor 15 o más."),
        );
    }
    if chars > PASSWORD_MAX_CHARS {
        return refuse(
            "password.long",
            format!("La contraseña no puede tener más de {PASSWORD_MAX_CHARS} caracteres."),
        );
    }
    if guessable(password, context) {
        return refuse(
            "password.common",
            "Esta contraseña es de las que se adivinan primero. Use varias palabras sin relación entre sí y sin \
             los nombres de la ciudad o de la persona."
                .to_owned(),
        );
    }
    Ok(())
}

fn common() -> &'static HashSet<&'static str> {
    static SET: OnceLock<HashSet<&'static str>> = OnceLock::new();
    SET.get_or_init(|| COMMON.lines().collect())
}

fn guessable(password: &str, context: &[&str]) -> bool {
    let folded = fold(password);
    let core = folded.trim_matches(|c: char| !c.is_alphabetic());
    if common().contains(folded.as_str()) || common().contains(core) {
        return true;
    }
    if folded.chars().collect::<HashSet<_>>().len() < 5 || is_repetition(&folded) {
        return true;
    }
    let mut rest = folded.clone();
    let words =
        context.iter().flat_map(|text| words(text)).chain(CONTEXT.iter().map(|word| (*word).to_owned()));
    let mut words: Vec<String> = words.collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in &words {
        rest = rest.replace(word.as_str(), " ");
    }
    if rest != folded && is_little(&rest) {
        return true;
    }
    rest = without_runs(&rest);
    rest != folded && is_little(&rest)
}

/// What is left after the obvious parts went: too few characters, or a common password itself.
fn is_little(rest: &str) -> bool {
    let kept: String = rest.chars().filter(|c| c.is_alphanumeric()).collect();
    let letters = kept.trim_matches(|c: char| !c.is_alphabetic());
    let digits_only = letters.is_empty() && kept.chars().count() <= 8;
    kept.chars().count() < 4 || digits_only || common().contains(kept.as_str()) || common().contains(letters)
}

/// Words of a name of four letters or more, folded.
fn words(text: &str) -> Vec<String> {
    fold(text)
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| word.len() >= 4)
        .map(str::to_owned)
        .collect()
}

/// Lower case, without the accents of our languages and with the usual letters for digits inside words.
fn fold(text: &str) -> String {
    let lower = text.trim().to_lowercase();
    let plain: String = lower
        .chars()
        .map(|c| match c {
            'á' | 'à' | 'â' | 'ã' | '@' => 'a',
            'é' | 'è' | 'ê' => 'e',
            'í' | 'ï' => 'i',
            'ó' | 'ò' | 'ô' | 'õ' => 'o',
            'ú' | 'ü' => 'u',
            'ç' => 'c',
            other => other,
        })
        .collect();
    let chars: Vec<char> = plain.chars().collect();
    let letter = |at: Option<usize>| at.and_then(|at| chars.get(at)).is_some_and(|c| c.is_alphabetic());
    chars
        .iter()
        .enumerate()
        .map(|(at, c)| {
            let inside = letter(at.checked_sub(1)) && letter(at.checked_add(1));
            match c {
                '0' if inside => 'o',
                '1' if inside => 'i',
                '3' if inside => 'e',
                '4' if inside => 'a',
                '5' | '$' if inside => 's',
                other => *other,
            }
        })
        .collect()
}

/// The same few characters over and over.
fn is_repetition(text: &str) -> bool {
    let chars: Vec<char> = text.chars().collect();
    (1..=chars.len() / 2)
        .any(|unit| chars.iter().enumerate().all(|(at, c)| *c == chars[at % unit]) && unit <= 8)
}

/// Takes out runs of four or more neighbours of the alphabet, the digits or the keyboard, in both directions.
fn without_runs(text: &str) -> String {
    let neighbours = |a: char, b: char| {
        ROWS.iter().any(|row| {
            let pair: [String; 2] = [format!("{a}{b}"), format!("{b}{a}")];
            a == b || pair.iter().any(|pair| row.contains(pair.as_str()))
        })
    };
    let chars: Vec<char> = text.chars().collect();
    let mut kept = String::new();
    let mut start = 0;
    while start < chars.len() {
        let mut end = start + 1;
        while end < chars.len() && neighbours(chars[end - 1], chars[end]) {
            end += 1;
        }
        if end - start < 4 {
            kept.extend(&chars[start..end]);
        }
        start = end;
    }
    kept
}

/// A password of 100 random bits in five groups, without characters that are read wrongly from paper.
pub fn random_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let noise = super::secret::random::<20>();
    let mut password = String::new();
    for (at, byte) in noise.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            password.push('-');
        }
        password.push(char::from(LETTERS[usize::from(byte & 31)]));
    }
    password
}

#[cfg(test)]
mod tests {
    use super::*;

    /// S1: what is stored is argon2id at or above the floor.
    #[test]
    fn hashes_are_never_cheaper_than_the_floor() {
        let phc = hash("caballo grapa correcto", HashCost::new(8, 1, 1)).expect("hashed");
        let parsed = PasswordHash::new(&phc).expect("PHC");
        let params = Params::try_from(&parsed).expect("params");
        assert_eq!(parsed.algorithm.as_str(), "argon2id");
        assert!(params.m_cost() >= 19 * 1024 && params.t_cost() >= 2);
        assert!(verify("caballo grapa correcto", &phc));
        assert!(!verify("caballo grapa correct0", &phc));
        assert!(HashCost::FLOOR.made(&phc) && !HashCost::default().made(&phc));
        assert_eq!(HashCost::default(), HashCost::new(64 * 1024, 3, 1));
    }

    /// S4: the hash of nobody is a real one, so that trying it takes as long.
    #[test]
    fn the_dummy_hash_is_a_hash_like_any_other() {
        for _ in 0..50 {
            let dummy = HashCost::FLOOR.dummy();
            assert!(HashCost::FLOOR.made(&dummy), "{dummy}");
            let parsed = PasswordHash::new(&dummy).expect("PHC");
            assert_eq!(parsed.hash.expect("a hash").len(), 32);
            assert_eq!(parsed.salt.expect("a salt").len(), 16);
        }
        assert!(!verify("whatever it is", &HashCost::FLOOR.dummy()));
    }

    /// S1: length, common passwords, context words.
    #[test]
    fn what_is_guessed_first_is_refused() {
        let context = ["Palencia", "marta.ruiz", "Marta Ruiz Peña"];
        for bad in [
            "corta",
            "contraseña1",
            "qwerty123456",
            "Password2026!",
            "P4ssw0rd!!!!",
            "123456789012",
            "aaaaaaaaaaaa",
            "abcabcabcabc",
            "abcdefghijkl",
            "qwertyuiop12",
            "Palencia2026",
            "AyuntamientoPalencia",
            "MartaRuizPalencia1",
            "ayuntamiento-palencia-2026",
            "alianza-palencia",
            "correcthorsebatterystaple",
        ] {
            assert!(check(bad, &context).is_err(), "{bad} was accepted");
        }
        for good in [
            "una mesa verde sin patas",
            "puente-tarija-lluvia",
            "ñandú ñoño ártico",
            "x7Kq-93mv-Lw2p",
            "palencia tiene tres puentes",
            "我的密码很长很安全真的很长啊",
        ] {
            assert_eq!(check(good, &context), Ok(()), "{good} was refused");
        }
        assert!(check(&"una mesa ".repeat(15), &context).is_err(), "128 characters at most");
    }

    #[test]
    fn made_up_passwords_pass_and_differ() {
        let passwords: HashSet<String> = (0..200).map(|_| random_password()).collect();
        assert_eq!(passwords.len(), 200);
        for password in passwords {
            assert_eq!(password.len(), 24);
            assert_eq!(check(&password, &["Palencia"]), Ok(()), "{password}");
        }
    }
}
