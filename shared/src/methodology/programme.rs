//! Validations of a programme and its activities (PR…, AC…). PR09 waits for agreements, PR11 for comparing
//! programmes, PR12 and PR13 for approvals.

use std::collections::BTreeMap;

use serde_json::Value;

use super::{Context, conflicts, error, is_blank, items, label, text, warning};
use crate::api::MessageView;
use crate::document::pointer;
use crate::document::spanish::{self, Date};
use crate::id::City8;

/// An hour zone is at most 14 hours ahead of UTC.
const AHEAD_MS: u64 = 14 * 3_600_000;

pub(super) fn messages(content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    components(content, context, messages);
    sectors(content, messages);
    log_frame(content, messages);
    activities(content, context, messages);
    partners(content, context, messages);
    let undecided = conflicts::undecided(content, context);
    if undecided > 0 {
        let text = if undecided == 1 {
            "Hay 1 datos con más de un valor a la vez. Decida cada uno antes de aprobar.".to_owned()
        } else {
            format!("Hay {undecided} datos con más de un valor a la vez. Decida cada uno antes de aprobar.")
        };
        error(messages, "PR07", None, text);
    }
}

/// PR01: the components that the methodology asks of an operative programme.
fn components(content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    // A section that has not arrived is not held against the programme.
    let has_section = |field: &str| (context.section)(field).is_none_or(|body| !body.trim().is_empty());
    let has = |collection: &str| !items(content, collection).is_empty();
    let has_flat =
        |field: &str| content.get(field).and_then(Value::as_object).is_some_and(|flat| !flat.is_empty());
    let components = [
        ("contexto", has_section("context")),
        ("justificación", has_section("justification")),
        ("objetivos", !is_blank(content, "general_objective") && has("specific_objectives")),
        ("resultados esperados", has("results")),
        ("actividades", has("activities")),
        ("recursos", has("budget_lines")),
        ("plazos", !is_blank(content, "period_start") && !is_blank(content, "period_end")),
        ("seguimiento", has("indicators") && has_flat("monitoring_plan")),
    ];
    let missing: Vec<_> = components.iter().filter(|(_, there)| !there).map(|(name, _)| *name).collect();
    if !missing.is_empty() {
        let text = format!("Faltan componentes básicos del programa operativo: {}.", spanish::list(&missing));
        error(messages, "PR01", None, text);
    }
}

/// PR02.
fn sectors(content: &Value, messages: &mut Vec<MessageView>) {
    let sectors = content.get("dac_sectors").and_then(Value::as_object);
    // The sum of nothing is −0 in floating point.
    let sum = 0.0 + sectors.into_iter().flatten().filter_map(|(_, percent)| percent.as_f64()).sum::<f64>();
    // Hundredths are enough: three sectors of 33,33 do not add up, and the message says so.
    if (sum - 100.0).abs() >= 0.005 {
        let text =
            format!("Los porcentajes de sectores suman {} %. Deben sumar 100 %.", spanish::number(sum));
        error(messages, "PR02", "/dac_sectors".to_owned(), text);
    }
}

/// PR03, PR04, PR06.
fn log_frame(content: &Value, messages: &mut Vec<MessageView>) {
    let indicators = items(content, "indicators");
    for (id, result) in items(content, "results") {
        if !indicators.iter().any(|(_, indicator)| text(indicator, "level_id") == id) {
            let text = format!("El resultado {} no tiene ningún indicador.", label(id, result));
            error(messages, "PR03", pointer::join(&["results", id]), text);
        }
    }
    for (id, indicator) in &indicators {
        let path = pointer::join(&["indicators", id]);
        if is_blank(indicator, "verification_source") {
            let text = format!("El indicador {} no tiene fuente de verificación.", label(id, indicator));
            error(messages, "PR04", path.clone(), text);
        }
        if matches!(indicator.get("baseline_value"), None | Some(Value::Null)) {
            let text = format!("El indicador {} no tiene línea de base.", label(id, indicator));
            warning(messages, "PR06", path, text);
        }
    }
}

/// PR05, AC01 to AC06: merging can leave what editing would refuse.
fn activities(content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    let results: Vec<_> = items(content, "results").into_iter().map(|(id, _)| id).collect();
    let activities = items(content, "activities");
    let by_id: BTreeMap<_, _> = activities.iter().copied().collect();
    let (from, to) = (text(content, "period_start"), text(content, "period_end"));
    let today = Date::of_ms(context.now_ms.saturating_add(AHEAD_MS));
    for (id, activity) in &activities {
        let name = label(id, activity);
        let path = pointer::join(&["activities", id]);
        if !results.contains(&text(activity, "result_id")) {
            let text = format!("La actividad {name} no está unida a ningún resultado.");
            error(messages, "PR05", path.clone(), text);
        }
        if is_blank(activity, "text") || is_blank(activity, "lead_city") {
            let text = "La actividad necesita un título y una ciudad responsable.";
            error(messages, "AC01", path.clone(), text);
        }
        let (start, end) = (text(activity, "planned_start"), text(activity, "planned_end"));
        let (began, ended) = (text(activity, "actual_start"), text(activity, "actual_end"));
        let reversed = |start: &str, end: &str| !start.is_empty() && !end.is_empty() && end < start;
        if reversed(start, end) || reversed(began, ended) {
            let text = format!("La actividad {name} termina antes de empezar.");
            warning(messages, "AC02", path.clone(), text);
        }
        let before = |date: &str, bound: &str| !date.is_empty() && !bound.is_empty() && date < bound;
        if before(start, from) || before(to, start) || before(end, from) || before(to, end) {
            let text = format!(
                "La actividad {name} queda fuera del periodo del programa ({} – {}).",
                spanish::date(from),
                spanish::date(to)
            );
            warning(messages, "AC03", path.clone(), text);
        }
        let depends_on = activity.get("depends_on").and_then(Value::as_object);
        for other in depends_on.into_iter().flatten().filter(|(_, on)| **on != Value::Bool(false)) {
            let Some(earlier) = by_id.get(other.0.as_str()) else { continue };
            if before(start, text(earlier, "planned_end")) {
                let other = label(other.0, earlier);
                let text = format!("La actividad {name} depende de {other}, que termina después.");
                warning(messages, "AC04", path.clone(), text);
            }
        }
        let progress = activity.get("progress_pct").filter(|progress| !progress.is_null());
        if progress.is_some_and(|value| value.as_f64().is_none_or(|done| !(0.0..=100.0).contains(&done))) {
            error(messages, "AC05", path.clone(), "El avance debe estar entre 0 y 100.");
        }
        if [began, ended].iter().any(|date| Date::parse(date).is_some_and(|date| date > today)) {
            error(messages, "AC06", path, "La fecha real no puede ser futura.");
        }
    }
}

/// PR08.
fn partners(content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    let waiting: Vec<_> =
        cities(content).into_iter().filter(|(_, status)| status == "invited").map(|(city, _)| city).collect();
    if !waiting.is_empty() {
        let text = format!("Todavía no han aceptado participar: {}.", context.names(&waiting));
        error(messages, "PR08", "/partners".to_owned(), text);
    }
}

/// The cities of a programme with their standing, by id. A city without one has not answered.
pub(super) fn cities(content: &Value) -> BTreeMap<City8, String> {
    let mut cities = BTreeMap::new();
    for (key, value) in content.get("partners").and_then(Value::as_object).into_iter().flatten() {
        let Some((city, field)) = key.split_once('/') else { continue };
        let Ok(city) = city.parse::<City8>() else { continue };
        let status = cities.entry(city).or_insert_with(|| "invited".to_owned());
        if field == "status" {
            *status = value.as_str().unwrap_or_default().to_owned();
        }
    }
    // The city that leads a programme has nothing to answer.
    if let Ok(lead) = text(content, "lead_city").parse::<City8>() {
        let status = cities.entry(lead).or_default();
        if status.is_empty() || status == "invited" {
            *status = "accepted".to_owned();
        }
    }
    cities
}
