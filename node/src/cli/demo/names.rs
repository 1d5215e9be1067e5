//! From the readable keys of the demonstration's files to the identifiers that the nodes gave.

use std::collections::BTreeMap;

use anyhow::{Context as _, Result};
use serde_json::{Map, Value, json};

use super::content::{CITY_FIELD_KEYED, CITY_FIELDS, CITY_KEYED, ITEM_FIELDS, Item};

/// What is known so far.
#[derive(Debug, Clone, Default)]
pub(super) struct Names {
    /// Slug of a city → its short id.
    pub(super) cities: BTreeMap<String, String>,
    /// Key of an item (`A1.1`) → its id.
    pub(super) items: BTreeMap<String, String>,
    /// `slug/user` → opaque reference.
    pub(super) people: BTreeMap<String, String>,
}

impl Names {
    /// A value with its references replaced; nothing when it refers to a city or person that takes no part.
    fn value(&self, field: &str, value: &Value) -> Option<Value> {
        let Some(text) = value.as_str() else { return Some(value.clone()) };
        let found = if CITY_FIELDS.contains(&field) {
            self.cities.get(text)?.clone()
        } else if ITEM_FIELDS.contains(&field) {
            self.items.get(text)?.clone()
        } else if field == "person_ref" {
            self.people.get(text)?.clone()
        } else if field == "cell" {
            self.head(text, '|', &self.cities)?
        } else {
            text.to_owned()
        };
        Some(Value::String(found))
    }

    /// The key of a value inside the map `field`.
    fn key(&self, field: &str, key: &str) -> Option<String> {
        if CITY_KEYED.contains(&field) {
            return self.cities.get(key).cloned();
        }
        match field {
            "depends_on" => self.items.get(key).cloned(),
            "cells" => match key.strip_prefix("ext:") {
                Some(funder) => Some(format!("ext:{}", self.head(funder, '|', &self.items)?)),
                None => self.head(key, '|', &self.items),
            },
            _ if CITY_FIELD_KEYED.contains(&field) => self.head(key, '/', &self.cities),
            _ => Some(key.to_owned()),
        }
    }

    /// Replaces what stands before the first `mark`.
    fn head(&self, text: &str, mark: char, map: &BTreeMap<String, String>) -> Option<String> {
        let (head, rest) = text.split_once(mark)?;
        Some(format!("{}{mark}{rest}", map.get(head)?))
    }

    /// The operations that write `fields` below `path`, value by value.
    pub(super) fn set(&self, path: &str, fields: &Map<String, Value>) -> Vec<Value> {
        self.set_inside(path, "", fields)
    }

    fn set_inside(&self, path: &str, inside: &str, fields: &Map<String, Value>) -> Vec<Value> {
        let mut operations = Vec::new();
        for (name, value) in fields {
            let Some(key) = self.key(inside, name) else { continue };
            let path = format!("{path}/{}", escape(&key));
            if let Some(map) = value.as_object() {
                operations.extend(self.set_inside(&path, name, map));
            } else if let Some(value) = self.value(name, value) {
                operations.push(json!({ "op": "set", "path": path, "value": value }));
            }
        }
        operations
    }

    /// The operation that makes an item with its plain values. Maps inside it follow once it has an id.
    ///
    /// # Errors
    /// It refers to something that has no identifier yet.
    pub(super) fn add(&self, item: &Item) -> Result<Value> {
        let mut value = Map::new();
        for (name, plain) in item.value.iter().filter(|(_, value)| !value.is_object()) {
            let found = self.value(name, plain);
            let found =
                found.with_context(|| format!("{} se refiere a {plain}, que aún no existe", item.key))?;
            value.insert(name.clone(), found);
        }
        Ok(json!({ "op": "add", "path": format!("/{}", item.collection), "value": value }))
    }

    /// The operations for the maps inside an item that exists.
    pub(super) fn inside(&self, item: &Item) -> Vec<Value> {
        let Some(id) = self.items.get(&item.key) else { return Vec::new() };
        let base = format!("/{}/{id}", item.collection);
        let mut operations = Vec::new();
        for (name, value) in &item.value {
            let Some(map) = value.as_object() else { continue };
            let path = format!("{base}/{name}");
            if !map.is_empty() && map.values().all(Value::is_object) {
                operations
                    .extend(map.values().map(|value| json!({ "op": "add", "path": path, "value": value })));
            } else {
                operations.extend(self.set_inside(&path, name, map));
            }
        }
        operations
    }
}

/// One segment of a JSON Pointer.
pub(super) fn escape(key: &str) -> String {
    key.replace('~', "~0").replace('/', "~1")
}

#[cfg(test)]
mod tests {
    use super::super::content::Content;
    use super::*;

    fn names(content: &Content) -> Names {
        let mut names = Names::default();
        for city in &content.cities {
            names.cities.insert(city.slug.clone(), format!("c8-{}", city.slug));
            for person in &city.people {
                names.people.insert(format!("{}/{}", city.slug, person.user), format!("ref-{}", person.user));
            }
            for part in [content.programme_part(&city.slug), content.alliance_part(&city.slug)] {
                names.items.extend(
                    part.items.into_iter().map(|item| (item.key.clone(), format!("id-{}", item.key))),
                );
            }
        }
        names
    }

    #[test]
    fn nothing_that_is_sent_still_has_a_readable_key() {
        for n in 2..=6 {
            let content = Content::load(n).expect("loads");
            let names = names(&content);
            for city in &content.cities {
                for part in [content.programme_part(&city.slug), content.alliance_part(&city.slug)] {
                    for item in &part.items {
                        let sent = names.add(item).expect("all is known");
                        for (field, value) in &item.value {
                            if !value.is_object() {
                                assert!(
                                    sent["value"].get(field).is_some(),
                                    "{field} of {} with {n}",
                                    item.key
                                );
                            }
                        }
                        for operation in names.inside(item) {
                            let path = operation["path"].as_str().expect("a path");
                            for slug in content.cities.iter().map(|city| city.slug.as_str()) {
                                assert!(!path.split('/').any(|part| part == slug), "{path}");
                            }
                        }
                    }
                }
                let given = content.contribution(&city.slug).expect("gives");
                let cells = names.set_inside("/cells", "cells", &given.cells);
                assert_eq!(cells.len(), given.cells.len());
                assert!(
                    cells
                        .iter()
                        .all(|it| it["path"].as_str().is_some_and(|path| path.starts_with("/cells/id-")))
                );
            }
        }
    }

    #[test]
    fn keys_of_flat_maps_are_escaped_and_name_the_city_by_its_id() {
        let content = Content::load(2).expect("loads");
        let names = names(&content);
        let part = content.programme_part("tarija");
        let operations = names.set("", &part.fields);
        let at = |path: &str| operations.iter().find(|it| it["path"] == path).map(|it| it["value"].clone());
        assert_eq!(at("/partners/c8-palencia~1status"), Some("invited".into()));
        assert_eq!(at("/fx/BOB~1rate"), Some("7.50".into()));
        assert_eq!(at("/lead_city"), Some("c8-tarija".into()));
        assert_eq!(at("/partners/c8-jaen~1role"), None);
    }

    #[test]
    fn a_step_whose_owner_takes_no_part_has_none() {
        let content = Content::load(2).expect("loads");
        let operations = names(&content).set("", &content.alliance_part("tarija").fields);
        let owners: Vec<_> = operations
            .iter()
            .filter(|it| it["path"].as_str().is_some_and(|p| p.ends_with("/owner")))
            .collect();
        assert_eq!(owners.len(), 3, "steps 1, 2 and 3 belong to Tarija and Palencia");
        assert!(operations.iter().any(|it| it["path"] == "/steps/7/note"));
    }
}
