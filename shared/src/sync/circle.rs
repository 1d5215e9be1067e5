//! A circle as this node holds it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use super::epoch::Epoch;
use super::input::{ItemVerdict, LocalItem, Location};
use crate::alliance::{Acts, CircleKind, State};
use crate::cbor::{self, Malformed, Reader};
use crate::feed::{Create, Item, Vector};
use crate::id::{ChangeHash, CircleId, City8, CityId, DocId, EntryHash, Nonce, Place, hash};
use crate::wire::SignedHeader;

/// How this node stands in a circle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Our Accept waits for admission.
    Joining,
    Active,
    Left,
    /// Known by name, nothing received yet.
    Expected,
}

/// What the core knows of a document without loading it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocMeta {
    pub create: Create,
    pub creator: CityId,
    /// The entry that creates it; none while it is pending.
    pub created: Option<Place>,
    /// Heads of sealed, effective changes, sorted.
    pub heads: Vec<ChangeHash>,
    /// Accepted items so far.
    pub items: u64,
    /// Last entry of each feed that touches it.
    pub latest: Vec<Place>,
    /// Entries with items of it that are held.
    pub held: Vec<Place>,
}

impl DocMeta {
    pub(super) fn advance(&mut self, new: &[(ChangeHash, Vec<ChangeHash>)], place: Place) {
        for (hash, deps) in new {
            self.heads.retain(|head| !deps.contains(head));
            if let Err(ix) = self.heads.binary_search(hash) {
                self.heads.insert(ix, *hash);
            }
        }
        match self.latest.iter_mut().find(|l| (l.city, l.epoch) == (place.city, place.epoch)) {
            Some(latest) => latest.seq = latest.seq.max(place.seq),
            None => self.latest.push(place),
        }
    }

    pub(super) fn encode(&self) -> Vec<u8> {
        cbor::encode(|e| {
            e.array(9)?.u16(self.create.kind)?;
            match &self.create.owner {
                None => e.null()?,
                Some(owner) => e.bytes(&owner.0)?,
            };
            e.bytes(&self.create.nonce.0)?;
            match &self.create.parent {
                None => e.null()?,
                Some(parent) => e.bytes(&parent.0)?,
            };
            e.bytes(&self.creator.0)?;
            match &self.created {
                None => e.null()?,
                Some(place) => e.array(3)?.bytes(&place.city.0)?.u32(place.epoch)?.u64(place.seq)?,
            };
            e.array(self.heads.len() as u64)?;
            for head in &self.heads {
                e.bytes(&head.0)?;
            }
            e.u64(self.items)?.array(self.latest.len() as u64)?;
            for place in &self.latest {
                e.array(3)?.bytes(&place.city.0)?.u32(place.epoch)?.u64(place.seq)?;
            }
            Ok(())
        })
    }

    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Malformed> {
        let mut r = Reader::new(bytes, "document row");
        r.array_of(9)?;
        let kind = r.u16()?;
        let owner = r.optional(|r| Ok(CityId(r.fixed()?)))?;
        let nonce = Nonce(r.fixed()?);
        let parent = r.optional(|r| Ok(DocId(r.fixed()?)))?;
        let creator = CityId(r.fixed()?);
        let created = r.optional(read_place)?;
        let heads_len = r.array(100_000)?;
        let heads =
            (0..heads_len).map(|_| Ok(ChangeHash(r.fixed()?))).collect::<Result<Vec<_>, Malformed>>()?;
        let items = r.u64()?;
        let latest_len = r.array(100_000)?;
        let latest = (0..latest_len).map(|_| read_place(&mut r)).collect::<Result<Vec<_>, _>>()?;
        r.end()?;
        let create = Create { kind, owner, nonce, parent };
        Ok(Self { create, creator, created, heads, items, latest, held: Vec::new() })
    }
}

fn read_place(r: &mut Reader<'_>) -> Result<Place, Malformed> {
    r.array_of(3)?;
    Ok(Place { city: City8(r.fixed()?), epoch: r.u32()?, seq: r.u64()? })
}

/// Local changes that were accepted together and are sealed together.
#[derive(Debug, Clone)]
pub(super) struct Group {
    pub(super) id: u64,
    pub(super) job: Option<u64>,
    pub(super) items: Vec<LocalItem>,
    /// The pending record is on disk.
    pub(super) durable: bool,
    pub(super) published: bool,
    pub(super) bytes: usize,
    pub(super) changes: usize,
}

/// An own entry on its way to disk.
#[derive(Debug, Clone)]
pub(super) struct Sealing {
    pub(super) place: Place,
    pub(super) record: Arc<Vec<u8>>,
    pub(super) header: Vec<u8>,
    pub(super) groups: Vec<Group>,
    /// Items as they lie in the entry.
    pub(super) items: Vec<LocalItem>,
    pub(super) is_act: bool,
}

#[derive(Debug)]
pub struct Circle {
    pub(super) id: CircleId,
    pub(super) acts: Acts,
    pub(super) state: Arc<State>,
    pub(super) feeds: BTreeMap<City8, CityId>,
    pub(super) epochs: BTreeMap<(City8, u32), Epoch>,
    /// Order and time of arrival: what is sent in this order needs nothing that comes later.
    pub(super) order: Vec<(Place, u64)>,
    /// Entries of others on their way to disk.
    pub(super) arriving: VecDeque<Place>,
    /// Headers that contradict ours, until ours has been read for the proof.
    pub(super) suspects: BTreeMap<Place, SignedHeader>,
    pub(super) documents: BTreeMap<DocId, DocMeta>,
    pub(super) groups: VecDeque<Group>,
    pub(super) sealing: VecDeque<Sealing>,
    /// Position of our feed in what `seen` has already said.
    pub(super) said: Vector,
    /// A member told its position for our feed since the start (I7)…
    pub(super) heard: bool,
    /// …and this is the furthest that any told.
    pub(super) own_known: u64,
    /// Members told us that we are admitted.
    pub(super) admitted_by: BTreeSet<CityId>,
    /// What each member has stored, as far as is known.
    pub(super) theirs: BTreeMap<CityId, Vector>,
    /// Entry being judged.
    pub(super) judging: Option<Place>,
    pub(super) may_judge: bool,
    /// Its items, and those of them that rights or existence already decided.
    pub(super) judging_items: Vec<Item>,
    pub(super) refused: Vec<(u32, ItemVerdict)>,
    pub(super) void_items: u64,
    pub(super) held_items: u64,
    pub(super) first_pending_ms: u64,
    pub(super) last_pending_ms: u64,
    /// Where a person of another city is present: (document, city, session) → last heard.
    pub(super) present: BTreeMap<(DocId, City8, u64), u64>,
    /// Records not judged yet that are kept in memory, in bytes.
    pub(super) memory_bytes: usize,
    pub(super) forks: u64,
    pub(super) damaged: u64,
}

impl Circle {
    pub(super) fn placeholder(id: CircleId) -> Self {
        Self {
            id,
            acts: Acts::default(),
            state: Arc::new(State::default()),
            feeds: BTreeMap::new(),
            epochs: BTreeMap::new(),
            order: Vec::new(),
            arriving: VecDeque::new(),
            suspects: BTreeMap::new(),
            documents: BTreeMap::new(),
            groups: VecDeque::new(),
            sealing: VecDeque::new(),
            said: Vector::default(),
            heard: false,
            own_known: 0,
            admitted_by: BTreeSet::new(),
            theirs: BTreeMap::new(),
            judging: None,
            may_judge: false,
            judging_items: Vec::new(),
            refused: Vec::new(),
            void_items: 0,
            held_items: 0,
            first_pending_ms: 0,
            last_pending_ms: 0,
            present: BTreeMap::new(),
            memory_bytes: 0,
            forks: 0,
            damaged: 0,
        }
    }

    pub fn id(&self) -> CircleId {
        self.id
    }

    /// Governance as it follows from all stored acts.
    pub fn state(&self) -> &State {
        &self.state
    }

    pub fn is_home(&self) -> bool {
        self.state.kind == Some(CircleKind::Home)
    }

    pub fn documents(&self) -> &BTreeMap<DocId, DocMeta> {
        &self.documents
    }

    pub fn standing(&self, me: &CityId) -> Standing {
        match self.state.members.get(me) {
            Some(member) if member.is_present() => Standing::Active,
            Some(_) => Standing::Left,
            None if self.feeds.contains_key(&me.city8()) => Standing::Joining,
            None if self.state.kind.is_some() => Standing::Active,
            None => Standing::Expected,
        }
    }

    /// What is stored of each feed.
    pub fn vector(&self) -> Vector {
        let mut vector = Vector::default();
        for (&(city, epoch), held) in &self.epochs {
            let stored = held.stored();
            if stored > 0 {
                vector.0.insert((city, epoch), (stored, held.tip8(stored)));
            }
        }
        vector
    }

    /// The city of a short form in this circle.
    pub fn city(&self, city8: &City8) -> Option<CityId> {
        self.feeds.get(city8).copied()
    }

    /// Records are damaged here, perhaps those that say who is a member. May this city be asked for them? It must
    /// have written here as a member (more than an answer to an invitation), and must not be known to have left.
    pub(super) fn may_mend(&self, city: &CityId) -> bool {
        let wrote = self.epochs.get(&(city.city8(), 0)).is_some_and(|feed| feed.entries.len() > 1);
        let left = self.state.members.get(city).is_some_and(|member| !member.is_present());
        self.damaged > 0 && wrote && !left
    }

    pub(super) fn may_judge(&self) -> bool {
        self.may_judge && self.judging.is_none()
    }

    pub(super) fn waiting(&self) -> u64 {
        self.epochs.values().map(|held| held.durable - held.judged + held.missing.len() as u64).sum()
    }

    /// Changes that are durable, or about to be, and not in an entry on disk.
    pub fn pending_changes(&self) -> u64 {
        let groups = self.groups.iter().map(|group| group.changes as u64).sum::<u64>();
        let sealing: usize = self.sealing.iter().flat_map(|s| &s.groups).map(|group| group.changes).sum();
        groups + sealing as u64
    }

    /// Pending items of a document, oldest first, for rebuilding it.
    pub fn pending_items(&self, doc: &DocId) -> Vec<LocalItem> {
        let sealing = self.sealing.iter().flat_map(|sealing| sealing.groups.iter());
        sealing
            .chain(self.groups.iter())
            .flat_map(|group| group.items.iter())
            .filter(|item| item.doc == *doc)
            .cloned()
            .collect()
    }

    /// H over sorted (document, sorted heads) of effective changes; zeros while it cannot be compared.
    pub fn state_root(&self) -> [u8; 16] {
        let mut root = [0; 16];
        if self.waiting() > 0 || self.held_items > 0 {
            return root;
        }
        let mut bytes = Vec::with_capacity(self.documents.len() * 48);
        for (doc, meta) in &self.documents {
            if meta.heads.is_empty() {
                continue;
            }
            bytes.extend_from_slice(&doc.0);
            bytes.extend_from_slice(&(meta.heads.len() as u32).to_be_bytes());
            for head in &meta.heads {
                bytes.extend_from_slice(&head.0);
            }
        }
        root.copy_from_slice(&hash("state", &[&bytes])[..16]);
        root
    }

    pub(super) fn location(&self, place: &Place) -> Option<Location> {
        self.epochs
            .get(&(place.city, place.epoch))
            .and_then(|held| held.entries.get(place.seq as usize))
            .and_then(|meta| meta.at)
    }

    pub(super) fn entry_hash(&self, place: &Place) -> Option<EntryHash> {
        self.epochs
            .get(&(place.city, place.epoch))
            .and_then(|held| held.entries.get(place.seq as usize))
            .map(|meta| meta.hash)
    }

    /// Is a person of another city present in this document?
    pub(super) fn is_live(&self, doc: &DocId, now_ms: u64) -> bool {
        let from = (*doc, City8([0; 8]), 0);
        let to = (*doc, City8([255; 8]), u64::MAX);
        self.present.range(from..=to).any(|(_, last)| now_ms < last + crate::limits::PRESENCE_TTL_MS)
    }
}
