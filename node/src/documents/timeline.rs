//! The history of a document in groups, from what is known of its changes: no change is decoded for it.
//!
//! Changes come in the order in which this node accepted them, which is causal: a group is a stretch of that order,
//! and the heads at its ends are versions of the document. Times are shown, and say where a group is cut; they order
//! nothing inside a document.

use std::collections::{BTreeMap, BTreeSet};

use alianza_shared::api::HistoryHand;
use alianza_shared::id::{ChangeHash, City8, DocId, PersonRef};
use data_encoding::HEXLOWER;

use super::graph::Graph;
use super::loaded::Loaded;
use super::{Documents, DocumentsError, Source, ours};

/// Silence of one person after which a new group begins.
const SILENCE_MS: u64 = 30 * 60_000;
/// People who write together answer each other within this time…
const TURN_MS: u64 = 60_000;
/// …and take at least this many turns: fewer are told one by one.
const TURNS_MIN: usize = 8;
const DAY_MS: i64 = 86_400_000;

/// Who wrote.
pub type Hand = (City8, PersonRef);

/// A group as a stretch of changes, by their numbers in the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    first: u32,
    last: u32,
    pub from_ms: u64,
    pub to_ms: u64,
}

/// What the page shows of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub id: ChangeHash,
    pub hands: Vec<HistoryHand>,
    pub changes: u64,
    pub before: Vec<ChangeHash>,
    pub after: Vec<ChangeHash>,
}

impl Documents {
    /// The groups of a document, the oldest first. `minutes_east`: where the reader's day begins.
    pub fn stretches(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
        minutes_east: i32,
    ) -> Result<Option<Vec<Stretch>>, DocumentsError> {
        self.with(source, doc, |loaded| {
            let times = loaded.times();
            joined(runs(&loaded.graph, &times, minutes_east), minutes_east)
        })
    }

    /// Which of the groups holds a change: where a page of the history ended.
    pub fn stretch_of(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
        stretches: &[Stretch],
        change: &ChangeHash,
    ) -> Option<usize> {
        let number = self.with(source, doc, |loaded| loaded.graph.number(change)).ok()???;
        stretches.iter().position(|one| (one.first..=one.last).contains(&number))
    }

    /// The details of these groups, in their order. They must be of this document as it is now.
    pub fn told(
        &mut self,
        source: &dyn Source,
        doc: &DocId,
        stretches: &[Stretch],
    ) -> Result<Option<Vec<Told>>, DocumentsError> {
        self.with(source, doc, |loaded| {
            let graph = &loaded.graph;
            let mut ends: BTreeSet<u32> = stretches.iter().map(|one| one.last + 1).collect();
            ends.extend(stretches.iter().map(|one| one.first));
            let versions = versions(graph, &ends);
            let version = |at: u32| versions.get(&at).cloned().unwrap_or_default();
            stretches
                .iter()
                .map(|one| Told {
                    id: graph.hash(one.first),
                    hands: hands(graph, one.first..=one.last),
                    changes: u64::from(one.last - one.first) + 1,
                    before: version(one.first),
                    after: version(one.last + 1),
                })
                .collect()
        })
    }
}

impl Loaded {
    /// The time of each change, in milliseconds, by its number.
    fn times(&self) -> Vec<u64> {
        let mut times = vec![0; self.graph.len()];
        for meta in self.doc.get_changes_meta(&[]) {
            if let Some(number) = self.graph.number(&ours(meta.hash)) {
                times[number as usize] = super::read::shown_ms(meta.timestamp);
            }
        }
        times
    }
}

/// Stretches of one person each.
fn runs(graph: &Graph, times: &[u64], minutes_east: i32) -> Vec<(Stretch, Hand)> {
    let mut runs: Vec<(Stretch, Hand)> = Vec::new();
    let mut last_ms = 0;
    for number in 0..graph.len() as u32 {
        let time = times[number as usize];
        let origin = graph.origin(number);
        let hand = (origin.city, origin.by);
        match runs.last_mut() {
            Some((run, of))
                if *of == hand
                    && time.abs_diff(last_ms) < SILENCE_MS
                    && day(time, minutes_east) == day(run.to_ms, minutes_east) =>
            {
                run.last = number;
                run.from_ms = run.from_ms.min(time);
                run.to_ms = run.to_ms.max(time);
            }
            _ => runs.push((Stretch { first: number, last: number, from_ms: time, to_ms: time }, hand)),
        }
        last_ms = time;
    }
    runs
}

/// Turns of several people within seconds become one group: told one by one they would be hundreds of lines.
fn joined(runs: Vec<(Stretch, Hand)>, minutes_east: i32) -> Vec<Stretch> {
    let mut groups = Vec::new();
    let mut at = 0;
    while at < runs.len() {
        let mut end = at + 1;
        while end < runs.len() {
            let (before, next) = (&runs[end - 1].0, &runs[end].0);
            let near = next.from_ms.abs_diff(before.to_ms) <= TURN_MS;
            if !near || day(next.to_ms, minutes_east) != day(before.to_ms, minutes_east) {
                break;
            }
            end += 1;
        }
        if end - at >= TURNS_MIN {
            let all = runs[at..end].iter().map(|(run, _)| *run);
            groups.extend(all.reduce(|a, b| Stretch {
                first: a.first,
                last: b.last,
                from_ms: a.from_ms.min(b.from_ms),
                to_ms: a.to_ms.max(b.to_ms),
            }));
        } else {
            groups.extend(runs[at..end].iter().map(|(run, _)| *run));
        }
        at = end;
    }
    groups
}

fn day(ms: u64, minutes_east: i32) -> i64 {
    (i64::try_from(ms).unwrap_or(i64::MAX / 2) + i64::from(minutes_east) * 60_000).div_euclid(DAY_MS)
}

/// The heads of the first n changes, for each n that is asked for.
fn versions(graph: &Graph, asked: &BTreeSet<u32>) -> BTreeMap<u32, Vec<ChangeHash>> {
    let mut found = BTreeMap::new();
    let mut heads: BTreeSet<u32> = BTreeSet::new();
    let mut asked = asked.iter().copied().peekable();
    for number in 0..=graph.len() as u32 {
        if asked.next_if_eq(&number).is_some() {
            let mut hashes: Vec<_> = heads.iter().map(|head| graph.hash(*head)).collect();
            hashes.sort_unstable();
            found.insert(number, hashes);
        }
        if number as usize == graph.len() || asked.peek().is_none() {
            break;
        }
        for dep in graph.deps(number) {
            heads.remove(dep);
        }
        heads.insert(number);
    }
    found
}

/// Who made these changes; whoever made most of them first.
fn hands(graph: &Graph, numbers: std::ops::RangeInclusive<u32>) -> Vec<HistoryHand> {
    let mut found: BTreeMap<Hand, (u64, BTreeSet<[u8; 16]>)> = BTreeMap::new();
    for number in numbers {
        let origin = graph.origin(number);
        let (changes, actors) = found.entry((origin.city, origin.by)).or_default();
        *changes += 1;
        actors.insert(*graph.actor(number));
    }
    let mut hands: Vec<_> = found
        .into_iter()
        .map(|((city, by), (changes, actors))| HistoryHand {
            city: city.hex(),
            person_ref: by.hex(),
            changes,
            actors: actors.iter().map(|actor| HEXLOWER.encode(actor)).collect(),
        })
        .collect();
    hands.sort_by_key(|hand| std::cmp::Reverse(hand.changes));
    hands
}
