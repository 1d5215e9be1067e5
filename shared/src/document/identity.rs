//! Ids of new items and their places in a collection.

use std::fmt::Write as _;

use crate::id::hash;

/// A UUIDv7 from a time and a seed; `index` tells apart those made at one time from one seed.
pub fn uuid_v7(now_ms: u64, seed: &[u8; 32], index: u64) -> String {
    let random = hash("item", &[seed, &index.to_be_bytes()]);
    let mut bytes = [0u8; 16];
    bytes[..6].copy_from_slice(&now_ms.to_be_bytes()[2..]);
    bytes[6..].copy_from_slice(&random[..10]);
    // Items made in one call keep their order: the 12 bits behind the time count.
    bytes[6] = 0x70 | ((index >> 8) as u8 & 0x0f);
    bytes[7] = index as u8;
    bytes[8] = 0x80 | (bytes[8] & 0x3f);
    let mut text = String::with_capacity(36);
    for (at, byte) in bytes.iter().enumerate() {
        if [4, 6, 8, 10].contains(&at) {
            text.push('-');
        }
        let _ = write!(text, "{byte:02x}");
    }
    text
}

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

fn digit(byte: u8) -> usize {
    DIGITS.iter().position(|digit| *digit == byte).unwrap_or(0)
}

/// A place between two others (either may be missing): a text that sorts between them by its bytes.
///
/// Places of this alphabet never end in `0`, so there is always one between two different ones. What was written
/// elsewhere with other letters is treated as if it were not there.
pub fn between(before: Option<&str>, after: Option<&str>) -> String {
    fn valid(text: &&str) -> bool {
        !text.is_empty() && text.bytes().all(|byte| DIGITS.contains(&byte)) && !text.ends_with('0')
    }
    let before = before.filter(valid).unwrap_or("");
    let after = after.filter(valid).filter(|after| *after > before);
    if after.is_none()
        && let Some(next) = next_of(before)
    {
        return next;
    }
    let mut place = String::new();
    let mut bounded = after.map(str::as_bytes);
    let mut at = 0;
    loop {
        let low = before.as_bytes().get(at).map_or(0, |byte| digit(*byte));
        let high = match bounded {
            Some(after) => after.get(at).map_or(0, |byte| digit(*byte)),
            None => DIGITS.len(),
        };
        let middle = (low + high) / 2;
        if middle > low && middle < high {
            place.push(char::from(DIGITS[middle]));
            return place;
        }
        place.push(char::from(DIGITS[low]));
        if low < high {
            // Already below `after`: from here on only `before` counts.
            bounded = None;
        }
        at += 1;
    }
}

/// At the end of a collection, the first three digits count up, so that places stay short.
fn next_of(before: &str) -> Option<String> {
    let base = DIGITS.len();
    let mut number = 0;
    for at in 0..3 {
        number = number * base + before.as_bytes().get(at).map_or(0, |byte| digit(*byte));
    }
    number += 1;
    if number % base == 0 {
        number += 1;
    }
    if number >= base * base * base {
        return None;
    }
    Some(
        [number / base / base, number / base % base, number % base]
            .map(|digit| char::from(DIGITS[digit]))
            .iter()
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_uuids_of_version_seven_in_order() {
        let ids: Vec<_> = (0..600).map(|index| uuid_v7(1_700_000_000_000, &[7; 32], index)).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[0].len(), 36);
        assert_eq!(&ids[0][..8], "018bcfe5");
        assert_eq!(ids[0].as_bytes()[14], b'7');
        assert!(b"89ab".contains(&ids[0].as_bytes()[19]));
        assert_ne!(ids[0], uuid_v7(1_700_000_000_000, &[8; 32], 0));
    }

    #[test]
    fn there_is_always_a_place_between_two() {
        let first = between(None, None);
        let mut places = vec![first];
        for _ in 0..500 {
            let last = places.last().expect("one").clone();
            places.push(between(Some(&last), None));
        }
        assert!(places.is_sorted());
        assert!(places.iter().all(|place| place.len() <= 4), "appending stays short: {:?}", places.last());
        // Always into the same gap, from both sides.
        let (mut low, mut high) = (places[3].clone(), places[4].clone());
        for turn in 0..200 {
            let middle = between(Some(&low), Some(&high));
            assert!(low < middle && middle < high, "{low} < {middle} < {high}");
            assert!(!middle.ends_with('0'));
            if turn % 3 == 0 { low = middle } else { high = middle }
        }
        let before_first = between(None, Some(&places[0]));
        assert!(before_first < places[0]);
        let mut first = before_first;
        for _ in 0..100 {
            let next = between(None, Some(&first));
            assert!(next < first);
            first = next;
        }
        assert!(between(Some("ñ"), None) > String::new());
    }
}
