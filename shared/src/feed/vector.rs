//! What a node has stored of each feed of a circle, and how two such states compare.

use std::collections::BTreeMap;

use crate::cbor::{Malformed, Reader, Written};
use crate::id::{City8, hash};
use crate::limits::MEMBERS_MAX;

/// Highest contiguous stored position of one feed, and its tip.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Line {
    pub city: City8,
    pub epoch: u32,
    /// Entries stored: the highest stored seq plus one. Never zero in a message.
    pub count: u64,
    pub tip8: [u8; 8],
}

impl Line {
    pub fn write(&self, e: &mut minicbor::Encoder<&mut Vec<u8>>) -> Written {
        e.array(4)?.bytes(&self.city.0)?.u32(self.epoch)?.u64(self.count)?.bytes(&self.tip8)?;
        Ok(())
    }

    pub fn read(r: &mut Reader<'_>) -> Result<Self, Malformed> {
        r.array_of(4)?;
        Ok(Self { city: City8(r.fixed()?), epoch: r.u32()?, count: r.u64()?, tip8: r.fixed()? })
    }
}

/// Read sorted lines without duplicates.
pub fn read_lines(r: &mut Reader<'_>) -> Result<Vec<Line>, Malformed> {
    let len = r.array(4 * MEMBERS_MAX as u64)?;
    let mut lines = Vec::new();
    for _ in 0..len {
        lines.push(Line::read(r)?);
    }
    if lines.windows(2).all(|pair| (pair[0].city, pair[0].epoch) < (pair[1].city, pair[1].epoch)) {
        Ok(lines)
    } else {
        Err(r.fail())
    }
}

/// Positions per (city, epoch).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Vector(pub BTreeMap<(City8, u32), (u64, [u8; 8])>);

impl Vector {
    pub fn from_lines(lines: &[Line]) -> Self {
        Self(lines.iter().map(|line| ((line.city, line.epoch), (line.count, line.tip8))).collect())
    }

    pub fn lines(&self) -> Vec<Line> {
        self.0.iter().map(|(&(city, epoch), &(count, tip8))| Line { city, epoch, count, tip8 }).collect()
    }

    /// Entries of that feed that the holder has.
    pub fn count(&self, city: City8, epoch: u32) -> u64 {
        self.0.get(&(city, epoch)).map_or(0, |line| line.0)
    }

    /// Take over a line that is further than ours.
    pub fn raise(&mut self, line: &Line) {
        let entry = self.0.entry((line.city, line.epoch)).or_insert((0, [0; 8]));
        if line.count > entry.0 {
            *entry = (line.count, line.tip8);
        }
    }

    /// Entries that `self` has and `other` lacks.
    pub fn ahead_of(&self, other: &Self) -> u64 {
        self.0.iter().map(|(&(city, epoch), line)| line.0.saturating_sub(other.count(city, epoch))).sum()
    }

    /// `H("vector", sorted lines ‖ extra)[..8]`; `extra` is the card counter in home circles.
    pub fn digest8(&self, extra: u64) -> [u8; 8] {
        let mut bytes = Vec::with_capacity(28 * self.0.len() + 8);
        for (&(city, epoch), &(count, tip8)) in &self.0 {
            bytes.extend_from_slice(&city.0);
            bytes.extend_from_slice(&epoch.to_be_bytes());
            bytes.extend_from_slice(&count.to_be_bytes());
            bytes.extend_from_slice(&tip8);
        }
        bytes.extend_from_slice(&extra.to_be_bytes());
        let full = hash("vector", &[&bytes]);
        let mut short = [0; 8];
        short.copy_from_slice(&full[..8]);
        short
    }
}
