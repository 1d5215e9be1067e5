//! What the demonstration sends, carried out on real documents of this version: nothing is refused.

use std::collections::BTreeMap;

use alianza_shared::api::Operation;
use alianza_shared::document::hydrate::hydrate;
use alianza_shared::document::kind::Kind;
use alianza_shared::document::operations::{EditContext, run};
use alianza_shared::document::template::{Creation, template};
use alianza_shared::id::{City8, DocId};
use alianza_shared::methodology;
use automerge::{ActorId, Automerge, TextEncoding};
use serde_json::{Map, Value, json};

use super::content::{Content, LATE, Part};
use super::names::Names;

/// 2026-11-23, when the content was written: its actual dates have come.
const NOW_MS: u64 = 1_795_392_000_000;

/// A document that one replica edits in the name of several cities; the gate is tested elsewhere.
struct Desk {
    kind: Kind,
    doc: Automerge,
    programme: Option<Value>,
    calls: u8,
}

fn city8(content: &Content, slug: &str) -> City8 {
    let at = content.cities.iter().position(|city| city.slug == slug).expect("takes part");
    City8([at as u8 + 1; 8])
}

fn no_name(_: &City8) -> Option<String> {
    None
}

impl Desk {
    fn new(kind: Kind, city: City8, fields: &Value, programme: Option<Value>) -> Self {
        let context =
            EditContext { kind, city, now_ms: NOW_MS, seed: [9; 32], city_name: &no_name, programme: None };
        let sections: Vec<_> = kind.sections().iter().map(|field| (*field, DocId([7; 16]))).collect();
        let (parent, of) = (None, Some(DocId([3; 16])));
        let creation =
            Creation { context: &context, actor: [1; 16], sections: &sections, parent, programme: of };
        let mut doc = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
        doc.set_actor(ActorId::from(&[1; 16][..]));
        for change in template(fields, &creation).expect("is created") {
            doc.apply_changes([automerge::Change::try_from(&change[..]).expect("a change")])
                .expect("applies");
        }
        Self { kind, doc, programme, calls: 0 }
    }

    fn send(&mut self, city: City8, operations: Vec<Value>) -> Vec<String> {
        let parsed: Vec<Operation> =
            operations.iter().map(|it| serde_json::from_value(it.clone()).expect("an operation")).collect();
        self.calls += 1;
        let context = EditContext {
            kind: self.kind,
            city,
            now_ms: NOW_MS,
            seed: [self.calls; 32],
            city_name: &no_name,
            programme: self.programme.as_ref(),
        };
        match run(&mut self.doc, &parsed, &context) {
            Ok(done) => done.added,
            Err(failed) => panic!("{:?}: {:?}", failed.error, operations),
        }
    }

    /// As `writing` does it: values, then items in groups, then the maps inside them.
    fn write(&mut self, city: City8, part: &Part, names: &mut Names) {
        self.send(city, names.set("", &part.fields));
        for item in &part.items {
            let added = self.send(city, vec![names.add(item).expect("what it refers to exists")]);
            names.items.insert(item.key.clone(), added[0].clone());
        }
    }

    fn content(&self) -> Value {
        hydrate(&self.doc)
    }
}

fn names(content: &Content) -> Names {
    let mut names = Names::default();
    for city in &content.cities {
        names.cities.insert(city.slug.clone(), city8(content, &city.slug).hex());
        for person in &city.people {
            names.people.insert(format!("{}/{}", city.slug, person.user), "0011223344556677".into());
        }
    }
    names
}

/// Items of the lead city that hang from those of others come last.
fn in_order(content: &Content, part_of: fn(&Content, &str) -> Part) -> Vec<(City8, Part)> {
    let mut late = Part::default();
    let mut parts = Vec::new();
    for city in &content.cities {
        let mut part = part_of(content, &city.slug);
        let (lines, rest) = part.items.into_iter().partition(|item| LATE.contains(&item.collection.as_str()));
        part.items = rest;
        late.items.extend::<Vec<_>>(lines);
        parts.push((city8(content, &city.slug), part));
    }
    parts.push((city8(content, content.lead()), late));
    parts
}

#[test]
fn every_part_is_accepted_by_the_documents_of_this_version() {
    for n in [2, 6] {
        let content = Content::load(n).expect("loads");
        let mut names = names(&content);
        let lead = city8(&content, content.lead());
        for city in &content.cities {
            let mine = city8(&content, &city.slug);
            let mut profile = Desk::new(Kind::CityProfile, mine, &json!({}), None);
            profile.write(mine, &content.profile_part(&city.slug), &mut names.clone());
            assert_eq!(profile.content()["country"], city.country.as_str());
        }
        let mut alliance = Desk::new(Kind::Alliance, lead, &json!({}), None);
        let mut programme =
            Desk::new(Kind::Programme, lead, &Value::Object(content_start(&content, lead)), None);
        for (desk, part_of) in [
            (&mut alliance, Content::alliance_part as fn(&Content, &str) -> Part),
            (&mut programme, Content::programme_part),
        ] {
            for (city, part) in in_order(&content, part_of) {
                desk.write(city, &part, &mut names);
            }
            for city in &content.cities {
                for item in part_of(&content, &city.slug).items {
                    desk.send(city8(&content, &city.slug), names.inside(&item));
                }
            }
        }
        let whole = programme.content();
        let count = |name: &str| whole[name].as_object().map_or(0, Map::len);
        if n == 6 {
            assert_eq!((count("activities"), count("results"), count("risks")), (12, 4, 6));
        }
        let mut by_code: BTreeMap<&str, &str> = BTreeMap::new();
        for activity in whole["activities"].as_object().expect("activities").values() {
            by_code.insert(activity["code"].as_str().expect("code"), activity["pos"].as_str().expect("pos"));
        }
        let places: Vec<&&str> = by_code.values().collect();
        assert!(places.windows(2).all(|two| two[0] < two[1]), "in the order of their codes: {by_code:?}");
        let mut given = Vec::new();
        for city in &content.cities {
            let mine = city8(&content, &city.slug);
            let gift = content.contribution(&city.slug).expect("gives");
            let mut own = Desk::new(Kind::Contribution, mine, &json!({}), Some(whole.clone()));
            let fields = json!({ "cells": gift.cells, "note": gift.note });
            own.send(mine, names.set("", fields.as_object().expect("an object")));
            assert_eq!(own.content()["cells"].as_object().map_or(0, Map::len), gift.cells.len());
            given.push((mine, own.content()));
            let accept = format!("/partners/{}~1status", mine.hex());
            programme.send(mine, vec![json!({ "op": "set", "path": accept, "value": "accepted" })]);
        }
        assert_eq!(warnings(&programme.content(), &given), ["PB05", "PB05"], "only for what is transversal");
    }
}

/// Codes of what the methodology has to say about the finished programme.
fn warnings(programme: &Value, given: &[(City8, Value)]) -> Vec<String> {
    let members: Vec<City8> = given.iter().map(|(city, _)| *city).collect();
    let contributions: Vec<_> = given
        .iter()
        .map(|(city, content)| methodology::Contribution { city: *city, content, conflicts: &[] })
        .collect();
    let context = methodology::Context {
        now_ms: NOW_MS,
        city_name: &no_name,
        members: &members,
        profile: &|_| None,
        section: &|_| Some("FICTICIO.".to_owned()),
        conflicts: &[],
        contributions: &contributions,
        programme: None,
    };
    methodology::messages(Kind::Programme, programme, &context)
        .into_iter()
        .map(|message| message.code)
        .collect()
}

fn content_start(content: &Content, lead: City8) -> Map<String, Value> {
    let mut fields = content.programme_start();
    fields.insert("lead_city".into(), lead.hex().into());
    fields
}
