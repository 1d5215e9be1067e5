//! Figures of a circle, for people and for comparing nodes.

use std::collections::BTreeMap;

use super::circle::Standing;
use super::{Core, EntrySource, Location};
use crate::alliance::{CircleKind, CityRole};
use crate::feed::EntryKind;
use crate::id::{CircleId, City8, CityId, DocId, Place};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberFigures {
    pub city: CityId,
    pub name: String,
    pub role: CityRole,
    pub connected: bool,
    pub address: Option<String>,
    pub last_contact_ms: Option<u64>,
    pub entries_they_lack: u64,
    pub entries_we_lack: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CircleFigures {
    pub id: CircleId,
    pub kind: CircleKind,
    pub name: String,
    pub standing: Standing,
    pub members: Vec<MemberFigures>,
    pub documents: u64,
    pub entries: u64,
    pub pending: u64,
    pub waiting: u64,
    pub held: u64,
    pub void: u64,
    pub vector_digest: [u8; 8],
    pub state_root: [u8; 16],
    pub forks: u64,
    pub damaged: u64,
}

impl Core {
    pub fn reached_from_outside(&self) -> bool {
        self.reached_from_outside
    }

    pub fn figures(&self, circle: &CircleId) -> Option<CircleFigures> {
        let held = self.circles.get(circle)?;
        let state = held.state();
        let vector = held.vector();
        let members = state.present().map(|(city, member)| {
            let link = self.links.values().find(|link| link.city == *city);
            let theirs = held.theirs.get(city).cloned().unwrap_or_default();
            let is_self = *city == self.me;
            MemberFigures {
                city: *city,
                name: self.card(city).map_or_else(|| member.name.clone(), |card| card.name.clone()),
                role: member.role,
                connected: is_self || link.is_some(),
                address: link.map(|link| link.address.clone()),
                last_contact_ms: self.last_contact_ms.get(city).copied(),
                entries_they_lack: if is_self { 0 } else { vector.ahead_of(&theirs) },
                entries_we_lack: if is_self { 0 } else { theirs.ahead_of(&vector) },
            }
        });
        Some(CircleFigures {
            id: *circle,
            kind: state.kind.unwrap_or(CircleKind::Alliance),
            name: state.name.clone(),
            standing: held.standing(&self.me),
            members: members.collect(),
            documents: held.documents.values().filter(|meta| !meta.heads.is_empty()).count() as u64,
            entries: held.epochs.values().map(|feed| feed.durable).sum(),
            pending: held.pending_changes(),
            waiting: held.waiting(),
            held: held.held_items,
            void: held.void_items,
            vector_digest: vector.digest8(0),
            state_root: held.state_root(),
            forks: held.forks,
            damaged: held.damaged,
        })
    }

    /// Cities with which we hold circles, and where they can be reached.
    pub fn partners(&self) -> BTreeMap<CityId, Vec<String>> {
        let mut partners: BTreeMap<CityId, Vec<String>> = BTreeMap::new();
        for held in self.circles.values() {
            let state = held.state();
            let belong = state.members.contains_key(&self.me) && state.kind == Some(CircleKind::Alliance);
            let cities = state.present().map(|(city, _)| *city).filter(|_| belong);
            // Where records are damaged, those who signed any of it: they can send them again.
            let signers = held.feeds.values().copied().filter(|city| held.may_mend(city));
            let cities = cities.chain(signers).chain(held.admitted_by.iter().copied());
            for city in cities.filter(|city| *city != self.me) {
                let addresses = self.card(&city).map(|card| card.addresses.clone()).unwrap_or_default();
                partners.insert(city, addresses);
            }
        }
        partners
    }

    /// Who holds everything of a document that is sealed here: (have, lack), this city left out.
    pub fn delivery(&self, circle: &CircleId, doc: &DocId) -> (Vec<City8>, Vec<City8>) {
        let Some(held) = self.circles.get(circle) else { return Default::default() };
        let Some(meta) = held.documents.get(doc) else { return Default::default() };
        let cities: Vec<CityId> = if held.is_home() {
            self.partners().into_keys().collect()
        } else {
            held.state().present().map(|(city, _)| *city).filter(|city| *city != self.me).collect()
        };
        let has = |city: &CityId| {
            let city8 = city.city8();
            held.theirs.get(city).is_some_and(|theirs| {
                meta.latest
                    .iter()
                    .all(|place| place.city == city8 || theirs.count(place.city, place.epoch) > place.seq)
            })
        };
        let (have, lack): (Vec<CityId>, Vec<CityId>) = cities.into_iter().partition(has);
        (have.iter().map(CityId::city8).collect(), lack.iter().map(CityId::city8).collect())
    }

    /// Where the record of an entry lies, if it is on disk and whole.
    pub fn location_of(&self, circle: &CircleId, place: &Place) -> Option<Location> {
        self.circles.get(circle)?.location(place)
    }

    /// Entries with documents' changes that are stored and will be judged after `place`, in the order of its feed: what
    /// a shell may prepare meanwhile. Which comes next can change; nothing may depend on it.
    pub fn following(&self, circle: &CircleId, place: &Place) -> impl Iterator<Item = (Place, EntrySource)> {
        let held = self.circles.get(circle);
        let feed = held.and_then(|held| held.epochs.get(&(place.city, place.epoch)));
        let rest = feed
            .into_iter()
            .flat_map(|feed| feed.unjudged.range(place.seq + 1..feed.durable.max(place.seq + 1)));
        let place = *place;
        rest.filter(|(_, (header, _))| header.kind == EntryKind::Edit).filter_map(
            move |(seq, (_, record))| {
                let place = Place { seq: *seq, ..place };
                let source = match record {
                    Some(record) => EntrySource::Memory(record.clone()),
                    None => EntrySource::Stored(held?.location(&place)?),
                };
                Some((place, source))
            },
        )
    }

    /// Is nothing of this circle on its way to disk that someone waits for?
    pub fn is_settled(&self, circle: &CircleId) -> bool {
        self.circles
            .get(circle)
            .is_none_or(|held| held.sealing.is_empty() && held.groups.iter().all(|group| group.durable))
    }

    /// Is every change of that document in an entry on disk?
    pub fn is_sealed(&self, circle: &CircleId, doc: &DocId) -> bool {
        self.circles.get(circle).is_some_and(|held| held.pending_items(doc).is_empty())
    }
}
