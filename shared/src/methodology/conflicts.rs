//! Several values at one place (SY09, and the count of PR07).

use serde_json::Value;

use super::{Context, label, text, warning};
use crate::api::{ConflictView, MessageView};
use crate::document::kind::Kind;
use crate::document::pointer;
use crate::document::spanish;
use crate::document::value::cell_parts;

/// A field that people do not decide about.
fn is_technical(path: &str) -> bool {
    path.ends_with("/pos") || path == "/v"
}

/// The path leads to an amount.
pub(super) fn is_cell(path: &str) -> bool {
    path.starts_with("/cells/") || (path.starts_with("/budget_lines/") && path.contains("/cells/"))
}

/// Data of a programme and its contributions with more than one value (PR07). What was taken out does not count.
pub(super) fn undecided(content: &Value, context: &Context<'_>) -> usize {
    let own = context.conflicts.iter().filter(|conflict| counts(content, &conflict.path)).count();
    let theirs = context.contributions.iter().flat_map(|contribution| contribution.conflicts);
    own + theirs.filter(|conflict| !is_technical(&conflict.path)).count()
}

fn counts(content: &Value, path: &str) -> bool {
    let keys = pointer::parse(path).unwrap_or_default();
    let removed = match keys.as_slice() {
        [collection, id, field, ..] if field != "deleted" => {
            content.pointer(&pointer::join(&[collection, id, "deleted"])) == Some(&Value::Bool(true))
        }
        _ => false,
    };
    !is_technical(path) && !removed
}

pub(super) fn messages(kind: Kind, content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    let currency_of = |programme: &Value| match text(programme, "default_currency") {
        "" => "EUR".to_owned(),
        currency => currency.to_owned(),
    };
    let currency = match kind {
        Kind::Contribution => context.programme.map_or_else(|| "EUR".to_owned(), currency_of),
        _ => currency_of(content),
    };
    for conflict in context.conflicts.iter().filter(|conflict| counts(content, &conflict.path)) {
        let field = field_name(content, context, &conflict.path, None);
        let text = sentence(conflict, &field, &currency, context);
        warning(messages, "SY09", conflict.path.clone(), text);
    }
    if kind == Kind::Programme {
        for contribution in context.contributions {
            let theirs = contribution.conflicts.iter().filter(|conflict| !is_technical(&conflict.path));
            for conflict in theirs {
                let whose = contribution.city.hex();
                let field = field_name(content, context, &conflict.path, Some(&whose));
                let text = sentence(conflict, &field, &currency, context);
                warning(messages, "SY09", derived_path(conflict, &whose), text);
            }
        }
    }
}

/// Where the page shows a city's cell within its programme.
fn derived_path(conflict: &ConflictView, city8: &str) -> Option<String> {
    let (line, rest) = conflict.path.strip_prefix("/cells/")?.split_once('|')?;
    Some(format!("/derived/cells/{line}|{city8}|{rest}"))
}

fn sentence(conflict: &ConflictView, field: &str, currency: &str, context: &Context<'_>) -> String {
    let is_amount = is_cell(&conflict.path) || conflict.path.ends_with("/amount");
    let show = |value: &Value| show(value, is_amount.then_some(currency), context);
    let values: Vec<_> = conflict
        .values
        .iter()
        .map(|one| match context.name_of(&one.city) {
            city if city.is_empty() => show(&one.value),
            city => format!("{} ({city})", show(&one.value)),
        })
        .collect();
    let used = conflict.values.first().map_or_else(String::new, |one| show(&one.value));
    let count = match values.len() {
        2 => "Dos",
        3 => "Tres",
        4 => "Cuatro",
        _ => "Varios",
    };
    let values = spanish::list(&values);
    format!("{count} valores a la vez en {field}: {values}. Se usa {used} hasta que alguien decida.")
}

fn show(value: &Value, currency: Option<&str>, context: &Context<'_>) -> String {
    match value {
        Value::Number(number) => match (currency, number.as_i64()) {
            (Some(currency), Some(minor)) => spanish::money(i128::from(minor), currency),
            _ => number.as_f64().map_or_else(|| number.to_string(), spanish::number),
        },
        Value::String(text) if text.parse::<crate::id::City8>().is_ok() => context.name_of(text),
        Value::String(text) => spanish::date(text),
        Value::Bool(true) => "sí".to_owned(),
        Value::Bool(false) => "no".to_owned(),
        Value::Null => "nada".to_owned(),
        Value::Array(_) | Value::Object(_) => "otro contenido".to_owned(),
    }
}

/// A field as people call it: `fin previsto de A1.1`, `Viajes, Palencia, 2025, efectivo`.
fn field_name(content: &Value, context: &Context<'_>, path: &str, city8: Option<&str>) -> String {
    let keys = pointer::parse(path).unwrap_or_default();
    let keys: Vec<_> = keys.iter().map(String::as_str).collect();
    let item = |collection: &str, id: &str| {
        content
            .pointer(&pointer::join(&[collection, id]))
            .map_or_else(|| id.to_owned(), |item| label(id, item))
    };
    match keys.as_slice() {
        ["budget_lines", line, "cells", cell] => match cell_parts(cell) {
            Some((who, year, mode)) => {
                let funder = who.strip_prefix("ext:").map_or_else(
                    || context.name_of(who),
                    |id| {
                        let name = text(
                            content.pointer(&pointer::join(&["financiers", id])).unwrap_or(&Value::Null),
                            "name",
                        );
                        if name.is_empty() { id.to_owned() } else { name.to_owned() }
                    },
                );
                format!("{}, {funder}, {year}, {}", item("budget_lines", line), mode_name(mode))
            }
            None => (*cell).to_owned(),
        },
        ["cells", cell] => match cell_parts(cell) {
            Some((line, year, mode)) => {
                let whose = city8.map(|city| format!("{}, ", context.name_of(city))).unwrap_or_default();
                let source = if city8.is_some() { Some(content) } else { context.programme };
                let line = source
                    .and_then(|programme| programme.pointer(&pointer::join(&["budget_lines", line])))
                    .map_or_else(|| line.to_owned(), |item| label(line, item));
                format!("{line}, {whose}{year}, {}", mode_name(mode))
            }
            None => (*cell).to_owned(),
        },
        [collection, id, field] => format!("{} de {}", plain(field), item(collection, id)),
        [field, key] => format!("{} ({key})", plain(field)),
        [field] => plain(field).to_owned(),
        _ => path.trim_start_matches('/').to_owned(),
    }
}

fn mode_name(mode: &str) -> &str {
    if mode == "cash" { "efectivo" } else { "valorizado" }
}

/// Names of the fields on which people most often meet.
fn plain(field: &str) -> &str {
    match field {
        "planned_start" => "inicio previsto",
        "planned_end" => "fin previsto",
        "actual_start" => "inicio real",
        "actual_end" => "fin real",
        "period_start" => "inicio del programa",
        "period_end" => "fin del programa",
        "horizon_start" => "inicio de la alianza",
        "horizon_end" => "fin de la alianza",
        "target_date" => "fecha prevista",
        "progress_pct" => "avance",
        "lead_city" => "ciudad responsable",
        "default_currency" => "moneda",
        "indirect_limit_pct" => "límite de costes indirectos",
        "status" => "estado",
        "code" => "código",
        "kind" => "tipo",
        "result_id" => "resultado",
        "activity_id" => "actividad",
        "category" => "categoría",
        "amount" => "importe",
        "state" => "estado",
        "prob" => "probabilidad",
        "impact" => "impacto",
        "dac_sectors" => "sectores",
        "partners" => "ciudades socias",
        "next_election" => "próximas elecciones",
        "population" => "población",
        other => other,
    }
}
