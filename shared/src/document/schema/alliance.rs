//! Domain D3: the frame of an alliance.

use super::{Field, Key, Scalar, Sort, date, flat, items, line, mixed, object, one_of, scalar, text};

const OBJECTIVE: &[Field] = &[text("text")];
const AREA: &[Field] = &[
    line("theme"),
    text("description"),
    flat("sdg_targets", Key::Any, Scalar::Any),
    line("nua_pillar"),
    flat("needs", Key::Any, Scalar::Any),
];
const LINE_OF_WORK: &[Field] = &[line("area_id"), text("text"), flat("chosen_by", Key::City, Scalar::Any)];
const STAFF: &[Field] = &[
    line("person_ref"),
    scalar("city", Scalar::City),
    text("position"),
    scalar("dedication_pct", Scalar::Percent),
    date("from"),
    date("to"),
];
const STEP: &[Field] = &[text("note"), date("target_date"), line("owner")];
const STEPS: &[Field] = &[
    object("1", STEP),
    object("2", STEP),
    object("3", STEP),
    object("4", STEP),
    object("5", STEP),
    object("6", STEP),
    object("7", STEP),
];
const GOVERNANCE: &[Field] =
    &[one_of("decision_rule", &["unanimity", "two_thirds", "majority"]), line("secretariat")];

pub(super) const FIELDS: &[Field] = &[
    text("name"),
    mixed("focus_territories", &[text("name"), line("ref"), scalar("city", Scalar::City)]),
    date("horizon_start"),
    date("horizon_end"),
    items("objectives", OBJECTIVE),
    items("strategic_areas", AREA),
    items("lines_of_work", LINE_OF_WORK),
    flat("alignment", Key::CityField, Scalar::Line),
    items("staff", STAFF),
    object("steps", STEPS),
    object("governance", GOVERNANCE),
    items("related_initiatives", &[text("text"), line("url")]),
    flat("tags", Key::Any, Scalar::Any),
    one_of("status", &["draft", "constituting", "active", "under_review", "renewed", "closed", "suspended"]),
    Field { name: "sections", sort: Sort::Sections },
];
