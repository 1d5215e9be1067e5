//! The graph of acts of one circle, closed under `gov` parents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::act::Act;
use super::state::State;
use crate::id::{CircleId, CityId, EntryHash, Place};

/// An act where it stands in its author's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActNode {
    pub hash: EntryHash,
    pub author: CityId,
    pub place: Place,
    /// The acts its author had seen, as heads.
    pub gov: Vec<EntryHash>,
    pub act: Act,
}

/// All stored acts. An act counts once all its ancestors are stored.
#[derive(Debug, Default)]
pub struct Acts {
    nodes: BTreeMap<EntryHash, Arc<ActNode>>,
    /// Longest path from the founding act; present only for acts whose past is whole.
    depth: BTreeMap<EntryHash, u32>,
    heads: BTreeSet<EntryHash>,
    states: BTreeMap<Vec<EntryHash>, Arc<State>>,
}

impl Acts {
    /// Add an act; acts that waited for it are added with it.
    pub fn insert(&mut self, node: ActNode) {
        let hash = node.hash;
        // An act that others cite already (its record was damaged and has come back) changes what follows from them.
        if self.nodes.values().any(|known| known.gov.contains(&hash)) {
            self.states.clear();
        }
        if self.nodes.insert(hash, Arc::new(node)).is_some() {
            return;
        }
        let mut progress = true;
        while progress {
            progress = false;
            let ready: Vec<Arc<ActNode>> = self
                .nodes
                .values()
                .filter(|node| !self.depth.contains_key(&node.hash))
                .filter(|node| self.knows(&node.gov) && (!node.gov.is_empty() || is_root(node)))
                .cloned()
                .collect();
            for node in ready {
                let depth = node.gov.iter().filter_map(|act| self.depth.get(act)).max().map_or(0, |d| d + 1);
                self.depth.insert(node.hash, depth);
                for parent in &node.gov {
                    self.heads.remove(parent);
                }
                self.heads.insert(node.hash);
                progress = true;
            }
        }
    }

    /// Are all of these stored with their whole past?
    pub fn knows(&self, acts: &[EntryHash]) -> bool {
        acts.iter().all(|act| self.depth.contains_key(act))
    }

    pub fn node(&self, act: &EntryHash) -> Option<&Arc<ActNode>> {
        self.nodes.get(act)
    }

    /// Acts that no other act names, sorted: what a new header cites.
    pub fn heads(&self) -> Vec<EntryHash> {
        self.heads.iter().copied().collect()
    }

    /// The act and everything before it.
    pub fn closure(&self, heads: &[EntryHash]) -> BTreeSet<EntryHash> {
        let mut seen = BTreeSet::new();
        let mut stack: Vec<EntryHash> = heads.to_vec();
        while let Some(act) = stack.pop() {
            if let Some(node) = self.nodes.get(&act)
                && seen.insert(act)
            {
                stack.extend_from_slice(&node.gov);
            }
        }
        seen
    }

    /// Does a header citing `later` know everything that one citing `earlier` knew? (I3)
    pub fn covers(&self, later: &[EntryHash], earlier: &[EntryHash]) -> bool {
        if later == earlier {
            return true;
        }
        let past = self.closure(later);
        earlier.iter().all(|act| past.contains(act))
    }

    /// Governance as it follows from all stored acts.
    pub fn present(&mut self, circle: &CircleId) -> Arc<State> {
        let heads = self.heads();
        self.state_at(circle, &heads)
    }

    /// Governance as it follows from exactly these acts and their past.
    pub fn state_at(&mut self, circle: &CircleId, heads: &[EntryHash]) -> Arc<State> {
        let mut key = heads.to_vec();
        key.sort_unstable();
        if let Some(state) = self.states.get(&key) {
            return state.clone();
        }
        let mut order: Vec<EntryHash> = self.closure(&key).into_iter().collect();
        order.sort_by_key(|act| (self.depth.get(act).copied().unwrap_or(u32::MAX), *act));
        let mut state = State::default();
        for act in order {
            let Some(node) = self.nodes.get(&act).cloned() else { continue };
            // Each act is judged by its own past alone, so arrival order cannot matter (I22).
            let before = if node.gov.is_empty() {
                Arc::new(State::default())
            } else {
                self.state_at(circle, &node.gov.clone())
            };
            if before.allows(circle, &node) {
                let concurrent_winner = |earlier: &EntryHash| self.covers(&node.gov, &[*earlier]);
                state.apply(&node, concurrent_winner);
            }
        }
        let state = Arc::new(state);
        self.states.insert(key, state.clone());
        state
    }
}

fn is_root(node: &ActNode) -> bool {
    matches!(node.act, Act::Create(_)) && node.place.seq == 0
}
