//! Our own city: its home circle, its profile, its card.

use alianza_shared::alliance::card::Person;
use alianza_shared::alliance::{Card, CircleKind};
use alianza_shared::api::CardPerson;
use alianza_shared::document::kind::Kind;
use alianza_shared::id::PersonRef;
use alianza_shared::sync::{ActOrder, Input};
use serde_json::json;

use super::{Job, Running};

impl Running {
    /// What a node does at its first start: its home circle, its card, its profile.
    pub(super) fn started(&mut self) {
        if self.core.home().is_none() {
            let name = self.config.city.clone();
            let founding = self.founding(CircleKind::Home, &name);
            let job = self.job(Job::Nothing);
            self.handle(Input::Order { job, order: ActOrder::Found(founding) });
        }
        self.refresh_card(None);
        self.ensure_profile();
        self.dirty_circles.clear();
    }

    fn ensure_profile(&mut self) {
        let Some(home) = self.core.home() else { return };
        let has = self.core.circle(&home).is_some_and(|held| {
            held.documents().values().any(|meta| meta.create.kind == Kind::CityProfile.code())
        });
        // Documents are made by a node that can seal; before that it would only wait.
        if has {
            return;
        }
        let fields = json!({ "legal_name": self.config.city, "country": self.config.country });
        match self.make_document(home, Kind::CityProfile, None, PersonRef::NODE, &fields) {
            Ok((circle, _, items)) => {
                let job = self.job(Job::Nothing);
                self.handle(Input::Local { job, circle, items });
            }
            Err(error) => tracing::error!(%error, "the city profile cannot be made"),
        }
    }

    /// Where partners reach us.
    pub(super) fn own_addresses(&self) -> Vec<String> {
        let mut addresses = self.config.announce.clone();
        if addresses.is_empty() {
            let concrete = |address: &&String| !address.contains("/0.0.0.0/") && !address.contains("/::/");
            addresses = self.listening.iter().filter(concrete).cloned().collect();
        }
        if addresses.is_empty() {
            addresses.clone_from(&self.config.listen);
        }
        addresses.truncate(8);
        addresses
    }

    /// A new card if name, addresses or people are no longer those of the last one.
    pub(super) fn refresh_card(&mut self, people: Option<Vec<CardPerson>>) {
        let Some(home) = self.core.home() else { return };
        let me = self.core.me();
        let last = self.core.card(&me).cloned();
        let people = match people {
            Some(people) => people
                .into_iter()
                .filter_map(|person| {
                    let person_ref = person.person_ref.parse().ok()?;
                    Some(Person { person_ref, name: person.name, office: person.office })
                })
                .collect(),
            None => last.as_ref().map(|card| card.people.clone()).unwrap_or_default(),
        };
        let addresses = if self.network.is_some() {
            self.own_addresses()
        } else {
            last.as_ref().map_or_else(|| self.own_addresses(), |card| card.addresses.clone())
        };
        let card = Card {
            city: me,
            counter: last.as_ref().map_or(0, |card| card.counter),
            name: self.config.city.clone(),
            country: self.config.country.clone(),
            home,
            addresses,
            people,
        };
        if last.as_ref() != Some(&card) {
            let job = self.job(Job::Nothing);
            self.handle(Input::Order { job, order: ActOrder::Card(card) });
        }
    }
}
