//! Domain D1: a city about itself.

use super::{Field, Key, Scalar, date, flat, items, line, mixed, one_of, scalar, text};

const OFFICE: &[Field] = &[text("name"), line("parent"), line("area")];
const CONTACT: &[Field] = &[line("person_ref"), line("role")];
const TERM: &[Field] = &[line("office"), line("person_ref"), date("from"), date("to")];
const PLAN: &[Field] = &[text("title"), line("period"), line("url"), text("axes")];
const RELATED_CITY: &[Field] = &[line("ref"), date("date"), text("reason")];

pub(super) const FIELDS: &[Field] = &[
    text("legal_name"),
    scalar("country", Scalar::Country),
    line("subdivision"),
    one_of(
        "entity_type",
        &["municipality", "metropolitan", "province", "region", "association", "district", "supranational"],
    ),
    scalar("currency", Scalar::Currency),
    line("time_zone"),
    scalar("population", Scalar::Int(0, 1_000_000_000)),
    scalar("population_year", Scalar::Int(1800, 2200)),
    scalar("lat", Scalar::Number),
    scalar("lon", Scalar::Number),
    flat("languages", Key::Any, Scalar::Any),
    flat("names", Key::Any, Scalar::Line),
    flat("codes", Key::Any, Scalar::Line),
    date("next_election"),
    mixed("networks", &[text("name"), line("url"), date("since")]),
    items("offices", OFFICE),
    items("contacts", CONTACT),
    items("mayor_term", TERM),
    items("development_plan", PLAN),
    items("national_frameworks", PLAN),
    flat("coop_budget", Key::Any, Scalar::Money),
    items("predecessors", RELATED_CITY),
    items("successors", RELATED_CITY),
    one_of("country_checklist", &["ES", "BO", "CO", "SV", "CU", "EC", "PT", "generic"]),
    one_of("status", &["active", "superseded"]),
];
