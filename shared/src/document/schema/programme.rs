//! Domain D6: an operative programme.

use super::{Field, Key, Scalar, Sort, date, flat, items, line, mixed, one_of, scalar, text};

const BENEFICIARY: &[Field] = &[
    text("group"),
    scalar("women", Scalar::Int(0, 1_000_000_000)),
    scalar("men", Scalar::Int(0, 1_000_000_000)),
    scalar("other", Scalar::Int(0, 1_000_000_000)),
    scalar("indirect", Scalar::Int(0, 1_000_000_000)),
];
const NEED: &[Field] = &[text("text"), line("ref"), scalar("city", Scalar::City), line("theme")];
const SYNERGY: &[Field] = &[
    text("text"),
    line("ref"),
    one_of("kind", &["complements", "follows", "overlaps_resolved"]),
    text("note"),
];
const LOCATION: &[Field] =
    &[text("name"), scalar("lat", Scalar::Number), scalar("lon", Scalar::Number), line("geonames")];
const SPECIFIC_OBJECTIVE: &[Field] = &[text("text"), text("assumptions")];
const RESULT: &[Field] =
    &[line("so_id"), text("text"), line("iati_type"), line("product_type"), text("assumptions")];
const PRECONDITION: &[Field] = &[text("text")];
const INDICATOR: &[Field] = &[
    line("level_id"),
    text("text"),
    line("measure"),
    line("unit"),
    scalar("ascending", Scalar::Bool),
    scalar("baseline_value", Scalar::Any),
    scalar("baseline_year", Scalar::Int(1900, 2200)),
    text("baseline_comment"),
    flat("targets", Key::Any, Scalar::Any),
    flat("disaggregation", Key::Any, Scalar::Any),
    line("sdg_indicator"),
    text("verification_source"),
    scalar("responsible_city", Scalar::City),
    line("frequency"),
];
const DELIVERABLE: &[Field] = &[text("text"), line("type"), date("due")];
const ACTIVITY: &[Field] = &[
    line("result_id"),
    text("text"),
    one_of("kind", &["activity", "mission", "exchange", "study", "training", "works", "event", "management"]),
    date("planned_start"),
    date("planned_end"),
    scalar("actual_start", Scalar::PastDate),
    scalar("actual_end", Scalar::PastDate),
    scalar("lead_city", Scalar::City),
    flat("support_cities", Key::City, Scalar::Any),
    flat("actors", Key::Any, Scalar::Any),
    mixed("deliverables", DELIVERABLE),
    flat("depends_on", Key::Any, Scalar::Any),
    scalar("milestone", Scalar::Any),
    one_of("status", &["planned", "ongoing", "done", "delayed", "cancelled"]),
    scalar("progress_pct", Scalar::Progress),
    line("language"),
];
const BUDGET_LINE: &[Field] = &[
    text("title"),
    line("category"),
    line("activity_id"),
    scalar("direct", Scalar::Bool),
    text("note"),
    flat("cells", Key::ExternalCell, Scalar::Money),
];
const FINANCIER: &[Field] =
    &[text("name"), line("type"), one_of("status", &["planned", "requested", "granted"])];
const PROPOSAL: &[Field] = &[
    line("line"),
    line("cell"),
    scalar("amount", Scalar::Money),
    scalar("by_city", Scalar::City),
    line("note"),
    one_of("state", &["open", "accepted", "rejected", "withdrawn"]),
];
const FUNCTION: &[Field] = &[text("function"), scalar("city", Scalar::City)];
const STAFF: &[Field] = &[
    line("person_ref"),
    scalar("city", Scalar::City),
    text("position"),
    scalar("dedication_pct", Scalar::Percent),
    date("from"),
    date("to"),
];
const RISK: &[Field] = &[
    text("text"),
    scalar("prob", Scalar::Int(1, 5)),
    scalar("impact", Scalar::Int(1, 5)),
    text("mitigation"),
    line("owner"),
];
const MONITORING: &[Field] =
    &[text("text"), line("space_ref"), line("frequency"), scalar("responsible_city", Scalar::City)];
/// Made with the document, so that texts by language are never created twice.
const LANGUAGES: &[&str] = &["es", "en"];

pub(super) const FIELDS: &[Field] = &[
    line("code"),
    Field { name: "title", sort: Sort::Texts(LANGUAGES) },
    scalar("lead_city", Scalar::City),
    flat("partners", Key::CityField, Scalar::Line),
    date("period_start"),
    date("period_end"),
    scalar("default_currency", Scalar::Currency),
    flat("fx", Key::Any, Scalar::Any),
    flat("dac_sectors", Key::Any, Scalar::Percent),
    flat("sdg_targets", Key::Any, Scalar::Any),
    flat("policy_markers", Key::Any, Scalar::Any),
    flat("nua_pillar", Key::Any, Scalar::Any),
    mixed("locations", LOCATION),
    items("beneficiaries", BENEFICIARY),
    flat("alignment", Key::CityField, Scalar::Line),
    mixed("needs", NEED),
    mixed("synergies", SYNERGY),
    flat("non_duplication", Key::Any, Scalar::Any),
    text("general_objective"),
    items("specific_objectives", SPECIFIC_OBJECTIVE),
    items("results", RESULT),
    items("preconditions", PRECONDITION),
    items("indicators", INDICATOR),
    items("activities", ACTIVITY),
    items("budget_lines", BUDGET_LINE),
    items("financiers", FINANCIER),
    items("cell_proposals", PROPOSAL),
    items("management_split", FUNCTION),
    items("staff", STAFF),
    items("risks", RISK),
    text("visibility_plan"),
    mixed("monitoring_plan", MONITORING),
    flat("baselines", Key::Any, Scalar::Any),
    scalar("indirect_limit_pct", Scalar::Percent),
    one_of(
        "status",
        &["draft", "in_review", "agreed", "in_execution", "finalising", "closed", "suspended", "cancelled"],
    ),
    Field { name: "sections", sort: Sort::Sections },
];
