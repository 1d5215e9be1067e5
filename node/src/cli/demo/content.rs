//! What the demonstration writes: the two files of `deploy/demo`, cut into the part that each city's node writes.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result};
use serde::Deserialize;
use serde_json::{Map, Value};

const CITIES: &str = include_str!("../../../../deploy/demo/cities.json");
const PROGRAMME: &str = include_str!("../../../../deploy/demo/programme.json");

/// A person of a city; all are invented.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Person {
    pub(super) user: String,
    pub(super) name: String,
    pub(super) office: String,
    pub(super) roles: Vec<String>,
}

/// A city and what its own documents say.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct City {
    pub(super) slug: String,
    pub(super) name: String,
    pub(super) country: String,
    pub(super) profile: Map<String, Value>,
    pub(super) people: Vec<Person>,
}

#[derive(Debug, Clone, Deserialize)]
struct CitiesFile {
    cities: Vec<City>,
    alliance: Map<String, Value>,
}

#[derive(Debug, Clone, Deserialize)]
struct ProgrammeFile {
    programme: Map<String, Value>,
    contributions: BTreeMap<String, Contribution>,
}

/// What a city gives: cells `line|year|mode` in minor units.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct Contribution {
    pub(super) cells: Map<String, Value>,
    pub(super) note: String,
}

/// The demonstration for its first `n` cities.
#[derive(Debug, Clone)]
pub(super) struct Content {
    pub(super) cities: Vec<City>,
    present: BTreeSet<String>,
    alliance: Map<String, Value>,
    programme: Map<String, Value>,
    contributions: BTreeMap<String, Contribution>,
}

/// An item of a collection, under the temporary key by which others refer to it.
#[derive(Debug, Clone)]
pub(super) struct Item {
    pub(super) collection: String,
    pub(super) key: String,
    pub(super) value: Map<String, Value>,
}

/// What one city writes into a shared document.
#[derive(Debug, Clone, Default)]
pub(super) struct Part {
    /// Values and maps of values at the top of the document.
    pub(super) fields: Map<String, Value>,
    pub(super) items: Vec<Item>,
    /// Narratives: name of the field, text.
    pub(super) sections: Vec<(String, String)>,
}

/// Fields that say which city an item is about, hence whose node writes it.
pub(super) const CITY_FIELDS: [&str; 6] = ["by", "lead_city", "responsible_city", "owner", "by_city", "city"];
/// Fields that hold the key of another item.
pub(super) const ITEM_FIELDS: [&str; 6] =
    ["so_id", "level_id", "result_id", "activity_id", "line", "area_id"];
/// Maps whose keys are cities.
pub(super) const CITY_KEYED: [&str; 2] = ["support_cities", "chosen_by"];
/// Maps whose keys are `city/field`.
pub(super) const CITY_FIELD_KEYED: [&str; 2] = ["partners", "alignment"];
/// Maps of objects that exist with the document and are written value by value.
const SKELETONS: [&str; 2] = ["steps", "governance"];

impl Content {
    /// The first `cities` cities (2 to 6) and what remains of the documents when the others take no part.
    pub(super) fn load(cities: usize) -> Result<Self> {
        let file: CitiesFile = serde_json::from_str(CITIES).context("deploy/demo/cities.json")?;
        let programme: ProgrammeFile =
            serde_json::from_str(PROGRAMME).context("deploy/demo/programme.json")?;
        let mut content = Self {
            cities: file.cities.into_iter().take(cities).collect(),
            present: BTreeSet::new(),
            alliance: file.alliance,
            programme: programme.programme,
            contributions: programme.contributions,
        };
        let present: BTreeSet<String> = content.cities.iter().map(|city| city.slug.clone()).collect();
        content.contributions.retain(|slug, _| present.contains(slug));
        prune(&mut content.alliance, &present, &BTreeMap::new());
        prune(&mut content.programme, &present, &content.contributions);
        let lines = keys_of(&content.programme, "budget_lines");
        for contribution in content.contributions.values_mut() {
            contribution.cells.retain(|cell, _| lines.contains(cell.split('|').next().unwrap_or_default()));
        }
        content.present = present;
        Ok(content)
    }

    /// The city that founds the alliance and leads the programme.
    pub(super) fn lead(&self) -> &str {
        self.cities.first().map_or("", |city| city.slug.as_str())
    }

    pub(super) fn contribution(&self, slug: &str) -> Option<&Contribution> {
        self.contributions.get(slug)
    }

    /// Title, code and lead city: what the programme is created with.
    pub(super) fn programme_start(&self) -> Map<String, Value> {
        ["code", "title", "lead_city"]
            .iter()
            .filter_map(|key| Some(((*key).to_owned(), self.programme.get(*key)?.clone())))
            .collect()
    }

    pub(super) fn programme_part(&self, slug: &str) -> Part {
        self.part(&self.programme, slug, self.lead())
    }

    pub(super) fn alliance_part(&self, slug: &str) -> Part {
        self.part(&self.alliance, slug, self.lead())
    }

    /// The whole of the city's own profile.
    pub(super) fn profile_part(&self, slug: &str) -> Part {
        let Some(city) = self.cities.iter().find(|city| city.slug == slug) else { return Part::default() };
        self.part(&city.profile, slug, slug)
    }

    /// What the city writes; the lead city also writes the texts of cities that take no part.
    fn part(&self, document: &Map<String, Value>, slug: &str, lead: &str) -> Part {
        let mut part = Part::default();
        let writers = document.get("field_by").and_then(Value::as_object);
        let present = |by: Option<&Value>| {
            let by = by.and_then(Value::as_str).unwrap_or(lead);
            (if self.present.contains(by) { by } else { lead }) == slug
        };
        for (name, value) in document {
            match name.as_str() {
                "by" | "field_by" => {}
                "sections" => {
                    let mine = entries(value).filter(|(_, section)| present(section.get("by")));
                    let text =
                        |section: &Value| section.get("body").and_then(Value::as_str).map(str::to_owned);
                    part.sections = mine.filter_map(|(name, it)| Some((name.clone(), text(it)?))).collect();
                }
                "alignment" => {
                    let own = entries(value).filter(|(key, _)| key.split('/').next() == Some(slug));
                    let own: Map<String, Value> =
                        own.map(|(key, value)| (key.clone(), value.clone())).collect();
                    if !own.is_empty() {
                        part.fields.insert(name.clone(), Value::Object(own));
                    }
                }
                _ if is_collection(name, value) => {
                    part.items.extend(entries(value).enumerate().filter_map(|(at, (key, item))| {
                        let mut value = item.as_object().filter(|item| writer(item, lead) == slug)?.clone();
                        value.remove("by");
                        value.insert("pos".into(), place(at).into());
                        Some(Item { collection: name.clone(), key: key.clone(), value })
                    }));
                }
                _ => {
                    if present(writers.and_then(|map| map.get(name))) {
                        part.fields.insert(name.clone(), value.clone());
                    }
                }
            }
        }
        part.items.sort_by_key(|item| rank(&item.collection));
        part
    }
}

/// Collections of the lead city that refer to items of other cities: written when those exist.
pub(super) const LATE: [&str; 3] = ["lines_of_work", "budget_lines", "cell_proposals"];

/// Which collections come first, so that an item is made before those that refer to it.
fn rank(collection: &str) -> usize {
    const FIRST: [&str; 4] = ["specific_objectives", "results", "strategic_areas", "financiers"];
    match FIRST.iter().position(|name| *name == collection) {
        Some(at) => at,
        None => FIRST.len() + LATE.iter().position(|name| *name == collection).map_or(0, |at| at + 1),
    }
}

/// The place of the n-th item, so that the order of the file holds although several cities write it.
fn place(at: usize) -> String {
    const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    // No place ends in 0; no collection of the demonstration has more items than there are digits.
    let digit = DIGITS.get(at + 1).copied().unwrap_or(b'z');
    format!("00{}", char::from(digit))
}

fn entries(value: &Value) -> impl Iterator<Item = (&String, &Value)> {
    value.as_object().into_iter().flatten()
}

fn is_collection(key: &str, value: &Value) -> bool {
    let objects = |map: &Map<String, Value>| map.values().all(Value::is_object);
    !SKELETONS.contains(&key) && value.as_object().is_some_and(|map| !map.is_empty() && objects(map))
}

fn keys_of(document: &Map<String, Value>, collection: &str) -> BTreeSet<String> {
    document
        .get(collection)
        .and_then(Value::as_object)
        .map(|map| map.keys().cloned().collect())
        .unwrap_or_default()
}

/// The city whose node writes an item: `by`, else the city that the item is about, else the person's city.
fn writer<'a>(item: &'a Map<String, Value>, lead: &'a str) -> &'a str {
    let person = item.get("person_ref").and_then(Value::as_str).and_then(|text| text.split('/').next());
    CITY_FIELDS.iter().find_map(|field| item.get(*field).and_then(Value::as_str)).or(person).unwrap_or(lead)
}

/// Takes out what belongs to cities that take no part, and then what refers to something taken out.
fn prune(
    document: &mut Map<String, Value>,
    present: &BTreeSet<String>,
    given: &BTreeMap<String, Contribution>,
) {
    let paid: BTreeSet<&str> =
        given.values().flat_map(|one| one.cells.keys()).filter_map(|cell| cell.split('|').next()).collect();
    let mut gone = BTreeSet::new();
    // Lines refer to activities and proposals to lines: one pass more than the longest chain of references.
    for _ in 0..4 {
        for (name, value) in document.iter_mut() {
            if name == "sections" || !is_collection(name, value) {
                continue;
            }
            let Some(items) = value.as_object_mut() else { continue };
            items.retain(|key, item| {
                let Some(item) = item.as_object_mut() else { return true };
                let unpaid = name == "budget_lines"
                    && !paid.contains(key.as_str())
                    && item.get("cells").and_then(Value::as_object).is_none_or(Map::is_empty);
                let keep = !unpaid && stays(item, present, &gone);
                if !keep {
                    gone.insert(key.clone());
                }
                keep
            });
        }
    }
    for name in CITY_FIELD_KEYED {
        if let Some(map) = document.get_mut(name).and_then(Value::as_object_mut) {
            map.retain(|key, _| key.split('/').next().is_some_and(|slug| present.contains(slug)));
        }
    }
}

/// Whether an item stays; the cities and items that are gone leave its own maps.
fn stays(item: &mut Map<String, Value>, present: &BTreeSet<String>, gone: &BTreeSet<String>) -> bool {
    let city_gone =
        CITY_FIELDS.iter().filter_map(|f| item.get(*f)?.as_str()).any(|slug| !present.contains(slug));
    let item_gone = ITEM_FIELDS.iter().filter_map(|f| item.get(*f)?.as_str()).any(|key| gone.contains(key));
    let of_city =
        |text: &str, mark: char| text.split_once(mark).is_some_and(|(slug, _)| !present.contains(slug));
    let person_gone = item.get("person_ref").and_then(Value::as_str).is_some_and(|text| of_city(text, '/'));
    let cell_gone = item.get("cell").and_then(Value::as_str).is_some_and(|text| of_city(text, '|'));
    for name in CITY_KEYED {
        if let Some(map) = item.get_mut(name).and_then(Value::as_object_mut) {
            map.retain(|slug, _| present.contains(slug));
        }
    }
    if let Some(map) = item.get_mut("depends_on").and_then(Value::as_object_mut) {
        map.retain(|key, _| !gone.contains(key));
    }
    !(city_gone || item_gone || person_gone || cell_gone)
}

#[cfg(test)]
mod tests;
