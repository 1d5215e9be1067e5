//! Edits drawn from a seed that is printed, so that a failing run can be repeated.

use std::collections::BTreeMap;

use alianza_shared::api::{DocumentView, Operation};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde_json::{Value, json};

use crate::client::{add, remove, set, splice};

/// Seed of this run: `ALIANZA_SEED`, else drawn; printed either way.
pub fn seed(test: &str) -> u64 {
    let given = std::env::var("ALIANZA_SEED").ok().and_then(|text| text.parse().ok());
    let seed = given.unwrap_or_else(rand::random);
    println!(
        "{test}: seed {seed}; repeat with ALIANZA_SEED={seed} cargo nextest run -p alianza-tests {test}"
    );
    seed
}

pub fn generator(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}

const WORDS: [&str; 12] = [
    "cuenca",
    "saneamiento",
    "Guadalquivir",
    "drenaje",
    "participación",
    "vertidos",
    "ñandú",
    "tasa",
    "red",
    "árbol",
    "😀",
    "línea",
];

/// A few words, some with characters outside the first plane.
pub fn words(random: &mut StdRng) -> String {
    let count = random.random_range(1..6);
    let chosen: Vec<&str> = (0..count).filter_map(|_| WORDS.choose(random).copied()).collect();
    chosen.join(" ")
}

/// Length in UTF-16 units, which is what the API counts in.
pub fn utf16_len(text: &str) -> u64 {
    text.encode_utf16().count() as u64
}

/// An index at which `text` can be cut without halving a character, in UTF-16 units.
fn boundary(random: &mut StdRng, text: &str) -> u64 {
    let chars: Vec<char> = text.chars().collect();
    let upto = random.random_range(0..=chars.len());
    chars[..upto].iter().map(|c| c.len_utf16() as u64).sum()
}

/// One to three operations on a programme as it is now, as a person of `city8` would do them.
pub fn programme_edit(random: &mut StdRng, view: &DocumentView, city8: &str) -> Vec<Operation> {
    let count = random.random_range(1..4);
    (0..count).map(|_| programme_operation(random, &view.content, city8)).collect()
}

fn programme_operation(random: &mut StdRng, content: &Value, city8: &str) -> Operation {
    match random.random_range(0..12) {
        0 => set("/general_objective", json!(words(random))),
        1 => text_edit(random, content, "/general_objective"),
        2 => text_edit(random, content, "/visibility_plan"),
        3 => add("/risks", json!({"text": words(random), "prob": random.random_range(1..6), "impact": 3})),
        4 => add("/activities", activity(random, city8)),
        5 => item_edit(random, content, "/activities", "/text"),
        6 => on_item(random, content, "/activities", |random, path| {
            let day = random.random_range(1..28);
            set(&format!("{path}/planned_end"), json!(format!("2027-11-{day:02}")))
        }),
        7 => on_item(random, content, "/activities", |random, path| {
            set(&format!("{path}/progress_pct"), json!(random.random_range(0..=100)))
        }),
        8 => on_item(random, content, "/risks", |_, path| remove(path)),
        9 => item_edit(random, content, "/risks", "/mitigation"),
        10 => on_item(random, content, "/budget_lines", |random, path| {
            let cents = random.random_range(0..5_000_000);
            match external_funder(content) {
                Some(id) => set(&format!("{path}/cells/ext:{id}|2026|cash"), json!(cents)),
                None => set(&format!("{path}/category"), json!("personal")),
            }
        }),
        _ => set("/code", json!(format!("P-{}", random.random_range(0..1_000)))),
    }
}

/// A whole activity.
pub fn activity(random: &mut StdRng, city8: &str) -> Value {
    json!({
        "text": words(random), "code": format!("A{}", random.random_range(1..99)), "kind": "activity",
        "planned_start": "2026-03-01", "planned_end": "2026-09-30", "lead_city": city8,
        "status": "planned", "progress_pct": 0,
    })
}

/// Id of an external funder of the programme.
pub fn external_funder(content: &Value) -> Option<String> {
    live_items(content, "/financiers").into_iter().next()
}

fn text_edit(random: &mut StdRng, content: &Value, path: &str) -> Operation {
    let text = content.pointer(path).and_then(Value::as_str).unwrap_or_default();
    let (a, b) = (boundary(random, text), boundary(random, text));
    let (from, to) = (a.min(b), a.max(b));
    let delete = if random.random_bool(0.3) { to - from } else { 0 };
    splice(path, from, delete, &format!("{} ", words(random)))
}

fn item_edit(random: &mut StdRng, content: &Value, collection: &str, field: &str) -> Operation {
    on_item(random, content, collection, |random, path| text_edit(random, content, &format!("{path}{field}")))
}

/// An operation on some item of a collection; without items, a change of the objective.
fn on_item<F>(random: &mut StdRng, content: &Value, collection: &str, operation: F) -> Operation
where
    F: FnOnce(&mut StdRng, &str) -> Operation,
{
    let items = live_items(content, collection);
    match items.choose(random) {
        Some(id) => operation(random, &format!("{collection}/{id}")),
        None => set("/general_objective", json!(words(random))),
    }
}

/// Ids of the items of a collection that are not marked as removed.
pub fn live_items(content: &Value, collection: &str) -> Vec<String> {
    let empty = serde_json::Map::new();
    let items = content.pointer(collection).and_then(Value::as_object).unwrap_or(&empty);
    let mut live = BTreeMap::new();
    for (id, item) in items {
        if item.get("deleted") != Some(&Value::Bool(true)) {
            live.insert(id.clone(), ());
        }
    }
    live.into_keys().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_draws_the_same_edits() {
        let view = DocumentView {
            id: String::new(),
            circle: String::new(),
            kind: "programme".to_owned(),
            owner: None,
            heads: Vec::new(),
            writable: true,
            content: json!({"general_objective": "agua 😀 limpia", "risks": {"r1": {"text": "a"}}}),
            conflicts: Vec::new(),
            messages: Vec::new(),
            derived: Value::Null,
            received_by: Vec::new(),
            lacking: Vec::new(),
        };
        let draw = |seed| {
            let mut random = generator(seed);
            (0..50).map(|_| programme_edit(&mut random, &view, "00")).collect::<Vec<_>>()
        };
        assert_eq!(draw(7), draw(7));
        assert_ne!(draw(7), draw(8));
    }

    #[test]
    fn splices_never_halve_a_character() {
        let mut random = generator(1);
        let text = "a😀b";
        for _ in 0..100 {
            assert!([0, 1, 3, 4].contains(&boundary(&mut random, text)));
        }
    }
}
