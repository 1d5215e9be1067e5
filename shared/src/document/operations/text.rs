//! Edits of texts: where two texts differ, and how to write that in pieces.

/// Take the text `delete` out at `index`, in UTF-16 units, and put `insert` in. Several are carried out one after
/// the other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Splice {
    pub(super) index: usize,
    pub(super) delete: String,
    pub(super) insert: String,
}

/// Edits beyond this are written as one replacement.
const DIFFERENCES_MAX: usize = 256;
/// Characters of one piece: several fit into a change.
const PIECE_CHARS: usize = 2_000;

/// The smallest edits that make `old` into `new`.
pub(super) fn difference(old: &str, new: &str) -> Vec<Splice> {
    let old: Vec<char> = old.chars().collect();
    let new: Vec<char> = new.chars().collect();
    let prefix = old.iter().zip(&new).take_while(|(a, b)| a == b).count();
    let suffix =
        old[prefix..].iter().rev().zip(new[prefix..].iter().rev()).take_while(|(a, b)| a == b).count();
    let before = width(&old[..prefix]);
    let old = &old[prefix..old.len() - suffix];
    let new = &new[prefix..new.len() - suffix];
    if old.is_empty() && new.is_empty() {
        return Vec::new();
    }
    let keep = if old.is_empty() || new.is_empty() { None } else { kept(old, new) };
    splices(old, new, before, &keep.unwrap_or_default())
}

/// Splices from the pairs of positions that stay.
fn splices(old: &[char], new: &[char], before: usize, keep: &[(usize, usize)]) -> Vec<Splice> {
    let mut splices = Vec::new();
    let (mut from_old, mut from_new, mut index) = (0, 0, before);
    for (at_old, at_new) in keep.iter().copied().chain([(old.len(), new.len())]) {
        if at_old > from_old || at_new > from_new {
            let insert: String = new[from_new..at_new].iter().collect();
            let inserted = width(&new[from_new..at_new]);
            let delete = old[from_old..at_old].iter().collect();
            splices.push(Splice { index, delete, insert });
            index += inserted;
        }
        if at_old < old.len() {
            index += old[at_old].len_utf16();
        }
        (from_old, from_new) = (at_old + 1, at_new + 1);
    }
    splices
}

/// Myers' shortest edit script; `None` when it would be long.
fn kept(old: &[char], new: &[char]) -> Option<Vec<(usize, usize)>> {
    let (n, m) = (old.len() as isize, new.len() as isize);
    let bound = DIFFERENCES_MAX as isize;
    let at = |k: isize| (k + bound + 1) as usize;
    let mut furthest = vec![0isize; 2 * DIFFERENCES_MAX + 3];
    let mut trace = Vec::new();
    for d in 0..=bound {
        trace.push(furthest.clone());
        for k in (-d..=d).step_by(2) {
            let down = k == -d || (k != d && furthest[at(k - 1)] < furthest[at(k + 1)]);
            let mut x = if down { furthest[at(k + 1)] } else { furthest[at(k - 1)] + 1 };
            let mut y = x - k;
            while x < n && y < m && old[x as usize] == new[y as usize] {
                x += 1;
                y += 1;
            }
            furthest[at(k)] = x;
            if x >= n && y >= m {
                return Some(walk_back(&trace, n, m, at));
            }
        }
    }
    None
}

fn walk_back(trace: &[Vec<isize>], n: isize, m: isize, at: impl Fn(isize) -> usize) -> Vec<(usize, usize)> {
    let (mut x, mut y) = (n, m);
    let mut keep = Vec::new();
    for (d, furthest) in trace.iter().enumerate().rev() {
        let d = d as isize;
        let k = x - y;
        let down = k == -d || (k != d && furthest[at(k - 1)] < furthest[at(k + 1)]);
        let previous = if down { k + 1 } else { k - 1 };
        let before_x = furthest[at(previous)];
        let before_y = before_x - previous;
        while x > before_x && y > before_y && x > 0 && y > 0 {
            x -= 1;
            y -= 1;
            keep.push((x as usize, y as usize));
        }
        if d > 0 {
            (x, y) = (before_x, before_y);
        }
    }
    keep.reverse();
    keep
}

fn width(characters: &[char]) -> usize {
    characters.iter().map(|character| character.len_utf16()).sum()
}

/// Byte range of UTF-16 units in a text; `None` beyond its end or within a character.
pub(super) fn byte_range(text: &str, index: u64, units: u64) -> Option<std::ops::Range<usize>> {
    let end = index.checked_add(units)?;
    let mut start_byte = None;
    let mut unit = 0u64;
    for (byte, character) in
        text.char_indices().map(|(byte, char)| (byte, char.len_utf16())).chain([(text.len(), 0)])
    {
        if unit == index {
            start_byte = start_byte.or(Some(byte));
        }
        if unit == end {
            return Some(start_byte?..byte);
        }
        unit += character as u64;
    }
    None
}

impl Splice {
    /// Characters that it writes or takes out: operations of a change.
    pub(super) fn operations(&self) -> usize {
        self.delete.chars().count() + self.insert.chars().count()
    }

    /// UTF-16 units that it takes out.
    pub(super) fn delete_units(&self) -> isize {
        self.delete.encode_utf16().count() as isize
    }

    /// The same edit in pieces that fit into a change each. Insertion goes first, so that no reader sees a hole.
    pub(super) fn pieces(self) -> Vec<Self> {
        if self.operations() <= PIECE_CHARS {
            return vec![self];
        }
        let mut pieces = Vec::new();
        let mut index = self.index;
        let characters: Vec<char> = self.insert.chars().collect();
        for part in characters.chunks(PIECE_CHARS) {
            pieces.push(Self { index, delete: String::new(), insert: part.iter().collect() });
            index += width(part);
        }
        let characters: Vec<char> = self.delete.chars().collect();
        for part in characters.chunks(PIECE_CHARS) {
            pieces.push(Self { index, delete: part.iter().collect(), insert: String::new() });
        }
        pieces
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn carry_out(old: &str, splices: &[Splice]) -> String {
        let mut units: Vec<u16> = old.encode_utf16().collect();
        for splice in splices {
            units.splice(
                splice.index..splice.index + splice.delete_units() as usize,
                splice.insert.encode_utf16(),
            );
        }
        String::from_utf16(&units).expect("whole characters")
    }

    #[test]
    fn the_edit_is_small_and_counts_utf16_units() {
        let splices = difference("Hola 😀 mundo cruel", "Hola 😀 gran mundo");
        assert_eq!(carry_out("Hola 😀 mundo cruel", &splices), "Hola 😀 gran mundo");
        assert!(splices.iter().map(Splice::operations).sum::<usize>() <= 11, "{splices:?}");
        let splices = difference("a😀b", "a😀😀b");
        assert_eq!(splices, vec![Splice { index: 3, delete: String::new(), insert: "😀".to_owned() }]);
        assert!(difference("x", "x").is_empty());
    }

    #[test]
    fn ranges_fall_between_characters() {
        assert_eq!(byte_range("a😀b", 1, 2), Some(1..5));
        assert_eq!(byte_range("a😀b", 4, 0), Some(6..6));
        assert_eq!(byte_range("a😀b", 2, 1), None, "within the emoji");
        assert_eq!(byte_range("a😀b", 1, 1), None);
        assert_eq!(byte_range("a😀b", 3, 2), None, "beyond the end");
        assert_eq!(byte_range("", 0, 0), Some(0..0));
        assert_eq!(byte_range("a", u64::MAX, 2), None);
    }

    #[test]
    fn pieces_never_cut_a_character() {
        let old = format!("a{}", "😀".repeat(5_000));
        let splice = Splice { index: 0, delete: old.clone(), insert: "é😀".repeat(3_000) };
        let new = splice.insert.clone();
        let pieces = splice.pieces();
        assert!(pieces.iter().all(|piece| piece.operations() <= PIECE_CHARS));
        assert_eq!(carry_out(&format!("{old}z"), &pieces), format!("{new}z"));
    }

    proptest! {
        #[test]
        fn any_text_becomes_any_other(old in "[ab😀é ]{0,60}", new in "[ab😀é ]{0,60}") {
            let splices = difference(&old, &new);
            prop_assert_eq!(carry_out(&old, &splices), new);
        }
    }
}
