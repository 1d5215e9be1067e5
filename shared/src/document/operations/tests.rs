use automerge::{ActorId, Automerge, ReadDoc as _, TextEncoding};
use serde_json::{Value, json};

use super::*;
use crate::document::gate;
use crate::document::hydrate::hydrate;
use crate::document::template::{Creation, template};
use crate::id::DocId;

const PALENCIA: City8 = City8([1; 8]);
const TARIJA: City8 = City8([2; 8]);
/// 2025-06-15.
const NOW_MS: u64 = 1_749_945_600_000;

fn name(city: &City8) -> Option<String> {
    match *city {
        PALENCIA => Some("Palencia".to_owned()),
        TARIJA => Some("Tarija".to_owned()),
        _ => None,
    }
}

fn context(kind: Kind) -> EditContext<'static> {
    EditContext { kind, city: PALENCIA, now_ms: NOW_MS, seed: [7; 32], city_name: &name, programme: None }
}

fn create(kind: Kind, fields: Value) -> Result<Automerge, ApiError> {
    create_in(&context(kind), fields)
}

fn create_in(context: &EditContext<'_>, fields: Value) -> Result<Automerge, ApiError> {
    let sections: Vec<_> = context
        .kind
        .sections()
        .iter()
        .enumerate()
        .map(|(at, field)| (*field, DocId([at as u8; 16])))
        .collect();
    let changes = template(
        &fields,
        &Creation {
            context,
            actor: [1; 16],
            sections: &sections,
            parent: Some((DocId([8; 16]), "context")),
            programme: Some(DocId([9; 16])),
        },
    )?;
    let mut doc = Automerge::new_with_encoding(TextEncoding::Utf16CodeUnit);
    doc.set_actor(ActorId::from(&[1; 16][..]));
    for change in changes {
        gate::check(&change).expect("our own changes pass the gate");
        doc.apply_changes([automerge::Change::try_from(&change[..]).expect("a change")]).expect("applies");
    }
    Ok(doc)
}

fn set(path: &str, value: Value) -> Operation {
    Operation::Set { path: path.to_owned(), value }
}

fn add(path: &str, value: Value) -> Operation {
    Operation::Add { path: path.to_owned(), value }
}

fn edit(doc: &mut Automerge, operations: &[Operation]) -> Result<Run, ApiError> {
    edit_in(doc, &context(Kind::Programme), operations)
}

fn edit_in(
    doc: &mut Automerge,
    context: &EditContext<'_>,
    operations: &[Operation],
) -> Result<Run, ApiError> {
    let before = doc.get_heads();
    let result = run(doc, operations, context);
    match &result {
        Ok(run) => {
            for hash in &run.changes {
                let change = doc.get_change_by_hash(hash).expect("committed");
                gate::check(change.raw_bytes()).expect("our own changes pass the gate");
            }
        }
        Err(failed) => {
            assert!(!failed.committed);
            assert_eq!(doc.get_heads(), before, "all or nothing");
        }
    }
    result.map_err(|failed| failed.error)
}

fn refusal(doc: &mut Automerge, operation: Operation) -> (String, String) {
    let error = edit(doc, &[operation]).expect_err("refused");
    (error.code, error.message)
}

fn programme() -> Automerge {
    create(
        Kind::Programme,
        json!({
            "code": "bo-sanea-2025",
            "title": {"es": "Plan Director de saneamiento"},
            "period_start": "2025-02-01",
            "period_end": "2026-12-31",
            "default_currency": "EUR",
            "dac_sectors": {"14022": 60, "14015": 40},
            "financiers": {"fons": {"name": "Fons Català", "status": "requested"}},
            "budget_lines": {"B01": {"code": "B01", "title": "Viajes", "cells": {"ext:fons|2025|cash": 600_000}}},
            "activities": [{"text": "Inventario", "code": "A1.1", "lead_city": TARIJA.hex(), "planned_start": "2025-02-01"}],
        }),
    )
    .expect("a valid programme")
}

#[test]
fn a_new_document_has_every_container_of_its_kind() {
    for kind in Kind::ALL {
        let doc = create(kind, json!({})).expect("an empty document");
        let content = hydrate(&doc);
        assert_eq!(content["kind"], kind.to_string());
        assert_eq!(content["v"], 1);
        for field in crate::document::schema::fields(kind).expect("known") {
            use crate::document::schema::Sort;
            let value = &content[field.name];
            match &field.sort {
                Sort::Text => assert!(value.is_string(), "{kind} {}", field.name),
                Sort::Scalar(_) => {
                    assert!(value.is_null() || field.name == "status", "{kind} {}", field.name)
                }
                Sort::Frozen => assert!(value.is_string(), "{kind} {}", field.name),
                _ => assert!(value.is_object(), "{kind} {}", field.name),
            }
        }
        assert_eq!(doc.get_changes(&[]).len(), 1, "one change makes them all");
    }
}

#[test]
fn a_template_is_the_same_for_the_same_arguments() {
    let fields = json!({"name": "Alianza Bolivia", "objectives": [{"text": "Uno"}, {"text": "Dos"}]});
    let heads = |fields: &Value| create(Kind::Alliance, fields.clone()).expect("valid").get_heads();
    assert_eq!(heads(&fields), heads(&fields));
}

#[test]
fn fields_are_laid_over_the_template() {
    let doc = programme();
    let content = hydrate(&doc);
    assert_eq!(content["title"], json!({"es": "Plan Director de saneamiento", "en": ""}));
    assert_eq!(content["budget_lines"]["B01"]["cells"]["ext:fons|2025|cash"], 600_000);
    let activities = content["activities"].as_object().expect("a collection");
    let (id, activity) = activities.iter().next().expect("one");
    assert_eq!(id.len(), 36, "an array makes items with ids of their own");
    assert_eq!(activity["pos"], "001");
    assert_eq!(activity["depends_on"], json!({}));
    // Enumerations are scalars, texts are texts: the page relies on it.
    let (value, _) = doc.get(automerge::ROOT, "status").expect("reads").expect("is there");
    assert!(matches!(value, automerge::Value::Scalar(_)));
    let error = create(Kind::Programme, json!({"titel": "x"})).expect_err("unknown");
    assert_eq!((error.code.as_str(), error.path.as_deref()), ("field.unknown", Some("/titel")));
    let error =
        create(Kind::Programme, json!({"activities": [{"text": "x", "lead_city": TARIJA.hex(), "foo": 1}]}));
    let error = error.expect_err("unknown");
    assert!(error.path.expect("a path").ends_with("/foo"));
}

#[test]
fn texts_change_by_the_smallest_edit_and_in_utf16_units() {
    let mut doc = programme();
    edit(&mut doc, &[set("/general_objective", json!("Hola 😀 mundo"))]).expect("set");
    let mut other = doc.fork();
    let splice = Operation::Splice {
        path: "/general_objective".to_owned(),
        index: 8,
        delete: 5,
        insert: "Tarija".to_owned(),
    };
    edit(&mut doc, &[splice]).expect("splice");
    assert_eq!(hydrate(&doc)["general_objective"], "Hola 😀 Tarija");
    // Another replica writes at the front by `set`: both survive the merge.
    edit(&mut other, &[set("/general_objective", json!("¡Hola 😀 mundo"))]).expect("set");
    doc.merge(&mut other).expect("merges");
    assert_eq!(hydrate(&doc)["general_objective"], "¡Hola 😀 Tarija");
    for (index, delete) in [(8u64, 1u64), (6, 1), (7, 0), (100, 0), (0, 100)] {
        let splice =
            Operation::Splice { path: "/general_objective".to_owned(), index, delete, insert: String::new() };
        let inside = edit(&mut doc, &[splice]);
        assert_eq!(inside.is_ok(), index == 8, "{index}+{delete}: {inside:?}");
        if index == 7 {
            assert_eq!(inside.expect_err("in the emoji").code, "text.position");
        }
    }
    // Several operations on one text see one another.
    let operations = [
        set("/visibility_plan", json!("abc")),
        Operation::Splice {
            path: "/visibility_plan".to_owned(),
            index: 3,
            delete: 0,
            insert: "😀d".to_owned(),
        },
        Operation::Splice { path: "/visibility_plan".to_owned(), index: 0, delete: 1, insert: String::new() },
    ];
    edit(&mut doc, &operations).expect("in order");
    assert_eq!(hydrate(&doc)["visibility_plan"], "bc😀d");
    assert_eq!(
        refusal(
            &mut doc,
            Operation::Splice { path: "/code".to_owned(), index: 0, delete: 0, insert: "x".to_owned() }
        )
        .0,
        "value.text"
    );
}

#[test]
fn a_long_text_becomes_several_changes() {
    let mut doc = programme();
    let long = "El agua 💧 de Tarija. ".repeat(1_500);
    let run = edit(&mut doc, &[set("/visibility_plan", json!(long)), set("/code", json!("x"))]).expect("set");
    assert!(run.changes.len() > 1);
    assert_eq!(hydrate(&doc)["visibility_plan"], json!(long));
    edit(&mut doc, &[set("/visibility_plan", json!("corto"))]).expect("set");
    assert_eq!(hydrate(&doc)["visibility_plan"], "corto");
    assert_eq!(
        edit(&mut doc, &[set("/visibility_plan", json!("a".repeat(500_000)))]).expect_err("too long").code,
        "too_large"
    );
    let doc = create(Kind::Section, json!({"body": long})).expect("a long section");
    assert_eq!(hydrate(&doc)["body"], json!(long));
}

#[test]
fn items_come_and_go_softly() {
    let mut doc = programme();
    let run = edit(
        &mut doc,
        &[
            add("/risks", json!({"text": "Sequía", "prob": 3, "impact": 4})),
            add("/risks", json!({"text": "Elecciones", "pos": "000V"})),
        ],
    )
    .expect("added");
    let [first, second] = run.added.as_slice() else { panic!("two ids") };
    let content = hydrate(&doc);
    assert_eq!(content["risks"][first]["text"], "Sequía");
    assert_eq!(content["risks"][second]["pos"], "000V");
    edit(&mut doc, &[Operation::Remove { path: format!("/risks/{first}") }]).expect("removed");
    assert_eq!(hydrate(&doc)["risks"][first]["deleted"], true);
    assert_eq!(hydrate(&doc)["risks"][first]["text"], "Sequía", "it can be recovered");
    edit(&mut doc, &[set(&format!("/risks/{first}/deleted"), json!(false))]).expect("recovered");
    edit(&mut doc, &[Operation::Remove { path: "/budget_lines/B01/cells/ext:fons|2025|cash".to_owned() }])
        .expect("cell");
    assert_eq!(hydrate(&doc)["budget_lines"]["B01"]["cells"], json!({}));
    assert_eq!(refusal(&mut doc, Operation::Remove { path: "/risks/none".to_owned() }).0, "item.not_found");
    assert_eq!(refusal(&mut doc, Operation::Remove { path: "/risks".to_owned() }).0, "field.remove");
    assert_eq!(
        refusal(&mut doc, Operation::Remove { path: "/general_objective".to_owned() }).0,
        "field.remove"
    );
}

#[test]
fn what_is_not_in_the_tables_is_refused() {
    let mut doc = programme();
    for (path, value, code) in [
        ("/unknown", json!(1), "field.unknown"),
        ("/activities/x/foo", json!(1), "item.not_found"),
        ("/code/deeper", json!(1), "field.unknown"),
        ("/kind", json!("alliance"), "field.frozen"),
        ("/sections/context", json!("x"), "field.frozen"),
        ("code", json!("x"), "path.form"),
        ("", json!({}), "path.form"),
        ("/period_start", json!("2025-02-30"), "value.date"),
        ("/period_start", json!(2025), "value.date"),
        ("/default_currency", json!("euro"), "value.currency"),
        ("/status", json!("done"), "value.one_of"),
        ("/lead_city", json!("Tarija"), "value.city"),
        ("/dac_sectors/14022", json!(101), "value.percent"),
        ("/title/es", json!(5), "value.text"),
        ("/partners/tarija", json!("lead"), "value.key"),
        ("/risks", json!("x"), "value.object"),
        ("/risks/a b", json!({}), "value.key"),
    ] {
        assert_eq!(refusal(&mut doc, set(path, value)).0, code, "{path}");
    }
    assert_eq!(refusal(&mut doc, add("/code", json!({}))).0, "field.collection");
    let mut unknown = create(Kind::Section, json!({})).expect("any document");
    let error = edit_in(&mut unknown, &context(Kind::Unknown(77)), &[]).expect_err("a later kind");
    assert_eq!(error.code, "kind.unknown");
}

#[test]
fn messages_are_those_of_the_methodology() {
    let mut doc = programme();
    let activity =
        hydrate(&doc)["activities"].as_object().and_then(|all| all.keys().next().cloned()).expect("one");
    let cell = |value| set("/budget_lines/B01/cells/ext:fons|2026|in_kind", value);
    let amount = "La cantidad debe ser un número mayor o igual que cero, con 2 decimales como máximo.";
    assert_eq!(refusal(&mut doc, cell(json!(-1))), ("PB01".to_owned(), amount.to_owned()));
    assert_eq!(refusal(&mut doc, cell(json!(10.5))).0, "PB01");
    assert_eq!(refusal(&mut doc, cell(json!("10"))).0, "PB01");
    let own = set(&format!("/budget_lines/B01/cells/{}|2025|cash", TARIJA.hex()), json!(1));
    let only = "Solo Tarija puede fijar su aportación. Puede enviarle una propuesta.";
    assert_eq!(refusal(&mut doc, own), ("PB02".to_owned(), only.to_owned()));
    let year = set("/budget_lines/B01/cells/ext:fons|2031|cash", json!(1));
    assert_eq!(
        refusal(&mut doc, year),
        ("PB03".to_owned(), "La anualidad 2031 está fuera del periodo del programa.".to_owned())
    );
    assert_eq!(
        refusal(&mut doc, set("/budget_lines/B01/cells/ext:nadie|2025|cash", json!(1))).0,
        "financier.not_found"
    );
    let end = set(&format!("/activities/{activity}/planned_end"), json!("2025-01-31"));
    assert_eq!(
        refusal(&mut doc, end),
        ("AC02".to_owned(), "La actividad A1.1 termina antes de empezar.".to_owned())
    );
    let progress = set(&format!("/activities/{activity}/progress_pct"), json!(101));
    assert_eq!(
        refusal(&mut doc, progress),
        ("AC05".to_owned(), "El avance debe estar entre 0 y 100.".to_owned())
    );
    let actual = set(&format!("/activities/{activity}/actual_start"), json!("2025-06-17"));
    assert_eq!(
        refusal(&mut doc, actual),
        ("AC06".to_owned(), "La fecha real no puede ser futura.".to_owned())
    );
    let untitled = "La actividad necesita un título y una ciudad responsable.";
    assert_eq!(
        refusal(&mut doc, add("/activities", json!({"text": "x"}))),
        ("AC01".to_owned(), untitled.to_owned())
    );
    assert_eq!(refusal(&mut doc, set(&format!("/activities/{activity}/text"), json!(" "))).0, "AC01");
    assert_eq!(refusal(&mut doc, set("/period_end", json!("2024-01-01"))).0, "period.reversed");
    // Both dates at once are judged together.
    let both = [
        set(&format!("/activities/{activity}/planned_start"), json!("2026-03-01")),
        set(&format!("/activities/{activity}/planned_end"), json!("2026-04-01")),
    ];
    edit(&mut doc, &both).expect("in order");
    let mut alliance = create(Kind::Alliance, json!({"horizon_start": "2025-01-01"})).expect("valid");
    let error = edit_in(&mut alliance, &context(Kind::Alliance), &[set("/horizon_end", json!("2024-01-01"))]);
    assert_eq!(error.expect_err("reversed").code, "AL03");
}

#[test]
fn a_contribution_is_judged_by_its_programme() {
    let content = hydrate(&programme());
    let own = EditContext { programme: Some(&content), ..context(Kind::Contribution) };
    let mut doc = create_in(&own, json!({"cells": {"B01|2025|cash": 600_000}})).expect("valid");
    assert_eq!(hydrate(&doc)["city"], PALENCIA.hex());
    let code = |doc: &mut Automerge, context: &EditContext<'_>, key: &str| {
        edit_in(doc, context, &[set(&format!("/cells/{key}"), json!(1))]).map_err(|error| error.code)
    };
    assert!(code(&mut doc, &own, "B01|2026|in_kind").is_ok());
    assert_eq!(code(&mut doc, &own, "B09|2025|cash").expect_err("no line"), "line.not_found");
    assert_eq!(code(&mut doc, &own, "B01|2027|cash").expect_err("a year"), "PB03");
    assert_eq!(code(&mut doc, &own, "B01|25|cash").expect_err("a form"), "value.cell");
    assert_eq!(code(&mut doc, &own, "B01|2025|gold").expect_err("a mode"), "value.cell");
    let other = EditContext { city: TARIJA, programme: Some(&content), ..context(Kind::Contribution) };
    assert_eq!(code(&mut doc, &other, "B01|2025|cash").expect_err("not theirs"), "PB02");
}

#[test]
fn writing_what_stands_there_writes_nothing() {
    let mut doc = programme();
    let run = edit(
        &mut doc,
        &[set("/code", json!("bo-sanea-2025")), set("/title/es", json!("Plan Director de saneamiento"))],
    );
    assert!(run.expect("set").changes.is_empty());
    // But where two values stand, it decides.
    let mut other = doc.fork();
    edit(&mut doc, &[set("/code", json!("a"))]).expect("set");
    edit(&mut other, &[set("/code", json!("b"))]).expect("set");
    doc.merge(&mut other).expect("merges");
    assert_eq!(crate::document::hydrate::concurrent(&doc).len(), 1);
    let winner = hydrate(&doc)["code"].clone();
    edit(&mut doc, &[set("/code", winner)]).expect("decided");
    assert!(crate::document::hydrate::concurrent(&doc).is_empty());
}
