//! What is known of the changes of one loaded document: enough to judge the next one without asking Automerge.
//!
//! About 250 bytes for a change. Nodes are numbered in the order in which they were accepted, so a dependency
//! always has a lower number than what depends on it.

use std::collections::{BTreeSet, BinaryHeap, HashMap, HashSet};

use alianza_shared::document::gate::OpId;
use alianza_shared::id::{ChangeHash, City8, PersonRef, Place};

/// Where a change came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Origin {
    /// Entry that carries it; `None` while it is pending.
    pub place: Option<Place>,
    pub city: City8,
    pub by: PersonRef,
}

/// What the graph needs of a change that is added to it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    pub(super) hash: ChangeHash,
    pub(super) deps: &'a [ChangeHash],
    pub(super) actor: [u8; 16],
    pub(super) seq: u64,
    pub(super) start_op: u64,
    pub(super) max_op: u64,
}

#[derive(Debug, Clone)]
struct Node {
    hash: ChangeHash,
    start_op: u32,
    max_op: u32,
    actor: u32,
    origin: u32,
    /// Where its dependencies begin in `deps`; they end where those of the next begin.
    deps_at: u32,
    /// How many changes depend on it: a head has none.
    children: u32,
}

#[derive(Debug, Default)]
pub(super) struct Graph {
    numbers: HashMap<ChangeHash, u32>,
    nodes: Vec<Node>,
    deps: Vec<u32>,
    heads: BTreeSet<u32>,
    actors: HashMap<[u8; 16], u32>,
    /// Their identifiers, by index.
    actor_ids: Vec<[u8; 16]>,
    /// Changes of each actor, the change of sequence number n at n − 1.
    by_actor: Vec<Vec<u32>>,
    origins: Vec<Origin>,
    pending: usize,
    window: Window,
}

/// What is outside the closure of some dependencies, kept for the next change of the same hand: a city that comes
/// back after weeks brings a chain of changes, all beside the same work of the others.
#[derive(Debug, Default)]
struct Window {
    deps: Vec<u32>,
    outside: HashSet<u32>,
}

impl Graph {
    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// Changes that are not sealed yet.
    pub(super) fn pending(&self) -> usize {
        self.pending
    }

    pub(super) fn number(&self, hash: &ChangeHash) -> Option<u32> {
        self.numbers.get(hash).copied()
    }

    pub(super) fn contains(&self, hash: &ChangeHash) -> bool {
        self.numbers.contains_key(hash)
    }

    pub(super) fn hash(&self, number: u32) -> ChangeHash {
        self.nodes[number as usize].hash
    }

    pub(super) fn max_op(&self, number: u32) -> u64 {
        u64::from(self.nodes[number as usize].max_op)
    }

    pub(super) fn operations(&self, number: u32) -> u64 {
        let node = &self.nodes[number as usize];
        u64::from(node.max_op) + 1 - u64::from(node.start_op)
    }

    pub(super) fn origin(&self, number: u32) -> &Origin {
        &self.origins[self.nodes[number as usize].origin as usize]
    }

    pub(super) fn actor(&self, number: u32) -> &[u8; 16] {
        &self.actor_ids[self.nodes[number as usize].actor as usize]
    }

    pub(super) fn deps(&self, number: u32) -> &[u32] {
        let start = self.nodes[number as usize].deps_at as usize;
        let end = self.nodes.get(number as usize + 1).map_or(self.deps.len(), |next| next.deps_at as usize);
        &self.deps[start..end]
    }

    /// Heads, sorted by hash.
    pub(super) fn heads(&self) -> Vec<ChangeHash> {
        let mut heads: Vec<_> = self.heads.iter().map(|number| self.hash(*number)).collect();
        heads.sort_unstable();
        heads
    }

    /// Heads of the sealed part, sorted by hash. Pending changes depend on sealed ones, never the reverse.
    pub(super) fn sealed_heads(&self) -> Vec<ChangeHash> {
        if self.pending == 0 {
            return self.heads();
        }
        let mut heads: BTreeSet<u32> = BTreeSet::new();
        for number in 0..self.nodes.len() as u32 {
            if self.origin(number).place.is_some() {
                for dep in self.deps(number) {
                    heads.remove(dep);
                }
                heads.insert(number);
            }
        }
        let mut heads: Vec<_> = heads.into_iter().map(|number| self.hash(number)).collect();
        heads.sort_unstable();
        heads
    }

    pub(super) fn is_at(&self, deps: &[u32]) -> bool {
        deps.len() == self.heads.len() && deps.iter().all(|dep| self.heads.contains(dep))
    }

    /// Last sequence number of an actor and the change that has it; 0 for an unknown one.
    pub(super) fn last_of(&self, actor: &[u8; 16]) -> (u64, Option<u32>) {
        let changes = self.actors.get(actor).map_or(&[][..], |index| &self.by_actor[*index as usize]);
        (changes.len() as u64, changes.last().copied())
    }

    pub(super) fn add_origin(&mut self, origin: Origin) -> u32 {
        if self.origins.last() != Some(&origin) {
            self.origins.push(origin);
        }
        (self.origins.len() - 1) as u32
    }

    /// Adds a change whose dependencies are all here and which is the next of its actor; `None` if not so.
    pub(super) fn add(&mut self, change: Change<'_>, origin: u32) -> Option<u32> {
        let deps: Vec<u32> = change.deps.iter().map(|dep| self.number(dep)).collect::<Option<_>>()?;
        let actors = self.by_actor.len() as u32;
        let actor = *self.actors.entry(change.actor).or_insert(actors);
        if actor == actors {
            self.by_actor.push(Vec::new());
            self.actor_ids.push(change.actor);
        }
        let of_actor = &mut self.by_actor[actor as usize];
        if of_actor.len() as u64 + 1 != change.seq || self.numbers.contains_key(&change.hash) {
            return None;
        }
        let number = self.nodes.len() as u32;
        of_actor.push(number);
        self.numbers.insert(change.hash, number);
        self.nodes.push(Node {
            hash: change.hash,
            start_op: u32::try_from(change.start_op).ok()?,
            max_op: u32::try_from(change.max_op).ok()?,
            actor,
            origin,
            deps_at: self.deps.len() as u32,
            children: 0,
        });
        if self.window.deps == deps {
            self.window.deps = vec![number];
        } else {
            self.window.outside.insert(number);
        }
        for dep in deps {
            self.deps.push(dep);
            self.nodes[dep as usize].children += 1;
            self.heads.remove(&dep);
        }
        self.heads.insert(number);
        self.pending += usize::from(self.origins[origin as usize].place.is_none());
        Some(number)
    }

    /// Takes the last changes out again, until `len` are left.
    pub(super) fn truncate(&mut self, len: usize) {
        if self.nodes.len() > len {
            self.window = Window::default();
        }
        while self.nodes.len() > len {
            let number = (self.nodes.len() - 1) as u32;
            let pending = self.origin(number).place.is_none();
            let Some(node) = self.nodes.pop() else { return };
            self.numbers.remove(&node.hash);
            self.by_actor[node.actor as usize].pop();
            self.heads.remove(&number);
            for dep in self.deps.split_off(node.deps_at as usize) {
                let parent = &mut self.nodes[dep as usize];
                parent.children -= 1;
                if parent.children == 0 {
                    self.heads.insert(dep);
                }
            }
            self.pending -= usize::from(pending);
        }
    }

    /// These changes, pending until now, are in the entry at `place`; answers whether any of them was pending.
    pub(super) fn seal(&mut self, hashes: &[ChangeHash], place: Place) -> bool {
        let before = self.pending;
        for hash in hashes {
            let Some(number) = self.number(hash) else { continue };
            let origin = self.origin(number).clone();
            if origin.place.is_none() {
                let sealed = self.add_origin(Origin { place: Some(place), ..origin });
                self.nodes[number as usize].origin = sealed;
                self.pending -= 1;
            }
        }
        self.pending < before
    }

    /// The changes that are **not** in the closure of `deps`: what a change with these dependencies does not know
    /// of. Costs what was written concurrently, not what exists, and next to nothing for the next of a chain.
    pub(super) fn outside(&mut self, deps: &[u32]) -> &HashSet<u32> {
        let kept = !self.window.deps.is_empty() && self.window.deps == deps;
        if !kept {
            let outside = if self.is_at(deps) { HashSet::new() } else { self.find_outside(deps) };
            self.window = Window { deps: deps.to_vec(), outside };
        }
        &self.window.outside
    }

    pub(super) fn find_outside(&self, deps: &[u32]) -> HashSet<u32> {
        let mut outside = HashSet::new();
        // Highest number first: when a change is taken, all that depends on it has been taken before.
        let mut queue: BinaryHeap<u32> = self.heads.iter().chain(deps).copied().collect();
        let mut inside: HashSet<u32> = deps.iter().copied().collect();
        let mut unknown = self.heads.iter().filter(|head| !inside.contains(head)).count();
        let mut queued: HashSet<u32> = queue.iter().copied().collect();
        let mut last = None;
        while unknown > 0 {
            let Some(number) = queue.pop() else { break };
            if last == Some(number) {
                continue;
            }
            last = Some(number);
            let known = inside.contains(&number);
            if !known {
                unknown -= 1;
                outside.insert(number);
            }
            for dep in self.deps(number) {
                let new = queued.insert(*dep);
                if known {
                    // It was counted as unknown if something outside had named it first.
                    if inside.insert(*dep) && !new {
                        unknown -= 1;
                    }
                } else if new {
                    unknown += 1;
                }
                if new {
                    queue.push(*dep);
                }
            }
        }
        outside
    }

    /// The change that holds this operation.
    pub(super) fn holder(&self, (counter, actor): &OpId) -> Option<u32> {
        let changes = &self.by_actor[*self.actors.get(actor)? as usize];
        let counter = u32::try_from(*counter).ok()?;
        let at = changes.partition_point(|number| self.nodes[*number as usize].max_op < counter);
        let number = *changes.get(at)?;
        (self.nodes[number as usize].start_op <= counter).then_some(number)
    }

    /// Estimate of the memory that this takes, in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.nodes.len() * 250 + self.deps.len() * 4 + self.origins.len() * 40 + self.by_actor.len() * 112
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hash(byte: u8) -> ChangeHash {
        ChangeHash([byte; 32])
    }

    fn graph(edges: &[(u8, &[u8])]) -> Graph {
        let mut graph = Graph::default();
        let origin = graph.add_origin(Origin { place: None, city: City8([0; 8]), by: PersonRef::NODE });
        for (change, deps) in edges {
            let deps: Vec<_> = deps.iter().map(|dep| hash(*dep)).collect();
            let change = Change {
                hash: hash(*change),
                deps: &deps,
                actor: [*change; 16],
                seq: 1,
                start_op: u64::from(*change),
                max_op: u64::from(*change),
            };
            graph.add(change, origin).expect("edges are in order");
        }
        graph
    }

    #[test]
    fn heads_and_what_is_outside_follow_the_dependencies() {
        //  1 ── 2 ── 4 ── 6
        //   └── 3 ── 5 ──┘    7 on 3
        let mut graph =
            graph(&[(1, &[]), (2, &[1]), (3, &[1]), (4, &[2]), (5, &[3]), (6, &[4, 5]), (7, &[3])]);
        assert_eq!(graph.heads(), vec![hash(6), hash(7)]);
        let mut outside = |deps: &[u8]| {
            let deps: Vec<_> = deps.iter().map(|dep| graph.number(&hash(*dep)).expect("known")).collect();
            let mut outside: Vec<_> = graph.outside(&deps).iter().map(|number| number + 1).collect();
            outside.sort_unstable();
            outside
        };
        assert_eq!(outside(&[6, 7]), Vec::<u32>::new());
        assert_eq!(outside(&[6]), vec![7]);
        assert_eq!(outside(&[7]), vec![2, 4, 5, 6]);
        assert_eq!(outside(&[4]), vec![3, 5, 6, 7]);
        assert_eq!(outside(&[2, 3]), vec![4, 5, 6, 7]);
        assert_eq!(outside(&[]), vec![1, 2, 3, 4, 5, 6, 7]);
    }

    #[test]
    fn what_is_taken_out_leaves_no_trace() {
        let mut graph = graph(&[(1, &[]), (2, &[1]), (3, &[1]), (4, &[2, 3])]);
        graph.truncate(2);
        assert_eq!(graph.heads(), vec![hash(2)]);
        assert_eq!(graph.pending(), 2);
        assert_eq!(graph.last_of(&[4; 16]), (0, None));
        assert!(graph.holder(&(4, [4; 16])).is_none());
        assert_eq!(graph.holder(&(2, [2; 16])), Some(1));
        graph.seal(&[hash(1), hash(2)], Place { city: City8([0; 8]), epoch: 0, seq: 3 });
        assert_eq!(graph.pending(), 0);
    }

    use proptest::prelude::*;

    proptest! {
        /// What is kept for the next of a chain is what would be found anew.
        #[test]
        fn outside_is_all_but_the_closure(choices in proptest::collection::vec((any::<u8>(), any::<u8>()), 1..60)) {
            let mut graph = graph(&[(0, &[])]);
            let origin = 0;
            let mut closures: Vec<HashSet<u32>> = vec![HashSet::from([0])];
            for (first, second) in choices {
                let len = graph.len() as u32;
                // Often on the change before, so that chains form.
                let one = if first < 160 { len - 1 } else { u32::from(first) % len };
                let mut deps = vec![one];
                if second > 200 && !closures[one as usize].contains(&(u32::from(second) % len)) {
                    deps.push(u32::from(second) % len);
                }
                let mut closure: HashSet<u32> =
                    deps.iter().flat_map(|dep| closures[*dep as usize].clone()).collect();
                let expected: HashSet<u32> = (0..len).filter(|number| !closure.contains(number)).collect();
                prop_assert_eq!(graph.outside(&deps), &expected);
                closure.insert(len);
                closures.push(closure);
                let hashes: Vec<_> = deps.iter().map(|dep| graph.hash(*dep)).collect();
                let change = Change {
                    hash: hash(len as u8),
                    deps: &hashes,
                    actor: [len as u8; 16],
                    seq: 1,
                    start_op: u64::from(len),
                    max_op: u64::from(len),
                };
                prop_assert!(graph.add(change, origin).is_some());
            }
        }
    }
}
