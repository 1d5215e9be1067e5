//! The past of an entry: everything before it, as one position per feed.

use crate::id::{City8, Place};

/// Closure of `prev`, `gov` and `seen` of an entry. The author's own earlier entries of the same epoch are
/// implied by the entry's seq and not listed, so that entries in a row share one past.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Past {
    /// (city, epoch, entries of it), sorted.
    lines: Vec<(City8, u32, u64)>,
    own: Option<(City8, u32, u64)>,
}

impl Past {
    /// Is the entry at that place before the one whose past this is?
    pub fn contains(&self, place: &Place) -> bool {
        if let Some((city, epoch, count)) = self.own
            && city == place.city
            && epoch == place.epoch
            && place.seq < count
        {
            return true;
        }
        self.count(place.city, place.epoch) > place.seq
    }

    fn count(&self, city: City8, epoch: u32) -> u64 {
        self.lines
            .binary_search_by_key(&(city, epoch), |line| (line.0, line.1))
            .map_or(0, |ix| self.lines[ix].2)
    }

    /// Include an entry and everything of its feed before it.
    pub fn include(&mut self, place: &Place) {
        self.raise(place.city, place.epoch, place.seq + 1);
    }

    /// Include another past.
    pub fn join(&mut self, other: &Self) {
        for &(city, epoch, count) in other.lines.iter().chain(other.own.iter()) {
            self.raise(city, epoch, count);
        }
    }

    fn raise(&mut self, city: City8, epoch: u32, count: u64) {
        match self.lines.binary_search_by_key(&(city, epoch), |line| (line.0, line.1)) {
            Ok(ix) => self.lines[ix].2 = self.lines[ix].2.max(count),
            Err(ix) => self.lines.insert(ix, (city, epoch, count)),
        }
    }

    /// The same past, seen from an entry at this place.
    pub fn at(&self, place: &Place) -> Self {
        Self { lines: self.lines.clone(), own: Some((place.city, place.epoch, place.seq)) }
    }
}
