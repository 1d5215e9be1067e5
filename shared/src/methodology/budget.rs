//! The budget of a programme: cells of the cities and of external funders laid together, totals, validations (PB…).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::{Context, Contribution, conflicts, error, items, label, text, warning};
use crate::api::{ConflictView, MessageView};
use crate::document::pointer;
use crate::document::spanish;
use crate::document::value::cell_parts;

/// One amount of a programme.
struct Cell<'a> {
    line: &'a str,
    /// `city8` or `ext:<id>`.
    financier: String,
    year: i32,
    mode: &'a str,
    minor: i64,
}

impl Cell<'_> {
    fn key(&self) -> String {
        format!("{}|{}|{}|{}", self.line, self.financier, self.year, self.mode)
    }
}

/// Cells of lines that are there, and of lines that are not: those wait for their line.
fn cells<'a>(programme: &'a Value, contributions: &'a [Contribution<'a>]) -> Vec<Cell<'a>> {
    let lines = items(programme, "budget_lines");
    let mut cells = Vec::new();
    for (line, item) in &lines {
        for (key, value) in item.get("cells").and_then(Value::as_object).into_iter().flatten() {
            let (Some((financier, year, mode)), Some(minor)) = (cell_parts(key), amount(value)) else {
                continue;
            };
            // A city's own cell does not live here: it would count twice.
            if financier.starts_with("ext:") {
                cells.push(Cell { line, financier: financier.to_owned(), year, mode, minor });
            }
        }
    }
    let known: BTreeSet<_> = lines.iter().map(|(line, _)| *line).collect();
    for contribution in contributions {
        for (key, value) in contribution.content.get("cells").and_then(Value::as_object).into_iter().flatten()
        {
            let (Some((line, year, mode)), Some(minor)) = (cell_parts(key), amount(value)) else { continue };
            if known.contains(line) {
                cells.push(Cell { line, financier: contribution.city.hex(), year, mode, minor });
            }
        }
    }
    cells
}

fn amount(value: &Value) -> Option<i64> {
    value.as_i64().filter(|minor| *minor >= 0)
}

/// What is computed from a programme and its contributions: `cells` by `line|financier|year|mode`, the conflicts of
/// the cities' cells under the same keys, totals in minor units, `provisional` while any amount is undecided, and
/// the progress of the activities in percent.
pub fn derived(
    programme: &Value,
    contributions: &[Contribution<'_>],
    own_conflicts: &[ConflictView],
) -> Value {
    let cells = cells(programme, contributions);
    let mut merged = Map::new();
    let mut totals = Totals::default();
    for cell in &cells {
        totals.add(cell);
        merged.insert(cell.key(), cell.minor.into());
    }
    let mut cell_conflicts = Map::new();
    for contribution in contributions {
        for conflict in contribution.conflicts {
            if let Some((line, rest)) =
                conflict.path.strip_prefix("/cells/").and_then(|key| key.split_once('|'))
            {
                let key = format!("{line}|{}|{rest}", contribution.city.hex());
                cell_conflicts.insert(key, json!(conflict.values));
            }
        }
    }
    let provisional =
        !cell_conflicts.is_empty() || own_conflicts.iter().any(|conflict| conflicts::is_cell(&conflict.path));
    json!({
        "cells": merged,
        "cell_conflicts": cell_conflicts,
        "totals": totals.view(),
        "provisional": provisional,
        "currency": text(programme, "default_currency"),
        "progress_pct": progress(programme),
    })
}

#[derive(Default)]
struct Totals<'a> {
    total: i128,
    cash: i128,
    in_kind: i128,
    by_line: BTreeMap<&'a str, i128>,
    by_financier: BTreeMap<&'a str, i128>,
    by_year: BTreeMap<i32, i128>,
}

impl<'a> Totals<'a> {
    fn add(&mut self, cell: &'a Cell<'a>) {
        let minor = i128::from(cell.minor);
        self.total += minor;
        *(if cell.mode == "cash" { &mut self.cash } else { &mut self.in_kind }) += minor;
        *self.by_line.entry(cell.line).or_default() += minor;
        *self.by_financier.entry(&cell.financier).or_default() += minor;
        *self.by_year.entry(cell.year).or_default() += minor;
    }

    fn view(&self) -> Value {
        fn sums<K: ToString>(sums: &BTreeMap<K, i128>) -> Value {
            sums.iter().map(|(key, sum)| (key.to_string(), whole(*sum))).collect::<Map<_, _>>().into()
        }
        let cities: BTreeMap<_, _> = self
            .by_financier
            .iter()
            .filter(|(who, _)| !who.starts_with("ext:"))
            .map(|(who, sum)| (*who, *sum))
            .collect();
        json!({
            "total": whole(self.total),
            "by_mode": {"cash": whole(self.cash), "in_kind": whole(self.in_kind)},
            "by_city": sums(&cities),
            "by_financier": sums(&self.by_financier),
            "by_year": sums(&self.by_year),
            "by_line": sums(&self.by_line),
        })
    }
}

/// Sums stay below what JSON numbers of 64 bits hold; should they not, the highest stands for them.
fn whole(sum: i128) -> Value {
    i64::try_from(sum).unwrap_or(i64::MAX).into()
}

/// Progress of the programme: that of its activities, each weighing its planned days (domain.md §3.6).
fn progress(programme: &Value) -> Value {
    let (mut done, mut days_of_all) = (0.0, 0.0);
    for (_, activity) in items(programme, "activities") {
        if text(activity, "status") == "cancelled" {
            continue;
        }
        let days = days(text(activity, "planned_start"), text(activity, "planned_end"));
        let percent = activity.get("progress_pct").and_then(Value::as_f64).unwrap_or(0.0).clamp(0.0, 100.0);
        done += percent * days;
        days_of_all += days;
    }
    if days_of_all == 0.0 { Value::Null } else { json!((done / days_of_all * 10.0).round() / 10.0) }
}

/// Days from one date to another, both included; one where they are not known.
fn days(from: &str, to: &str) -> f64 {
    use spanish::Date;
    fn number(date: Date) -> i64 {
        // Days since an arbitrary day, with March as first month so that the leap day is the last.
        let (year, month) =
            if date.month > 2 { (date.year, date.month - 3) } else { (date.year - 1, date.month + 9) };
        let year = i64::from(year);
        year * 365 + year / 4 - year / 100
            + year / 400
            + (i64::from(month) * 153 + 2) / 5
            + i64::from(date.day)
    }
    match (Date::parse(from), Date::parse(to)) {
        (Some(from), Some(to)) => (number(to) - number(from) + 1).max(1) as f64,
        _ => 1.0,
    }
}

pub(super) fn messages(content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    let currency = text(content, "default_currency");
    for (id, line) in items(content, "budget_lines") {
        let path = pointer::join(&["budget_lines", id]);
        let own = line.get("cells").and_then(Value::as_object).into_iter().flatten();
        for (key, value) in own {
            check_cell(content, &format!("{path}/cells"), key, value, currency, messages);
        }
        if text(line, "activity_id").is_empty() {
            let text = format!("La partida {} no está unida a ninguna actividad.", label(id, line));
            warning(messages, "PB05", path, text);
        }
    }
    let cells = cells(content, context.contributions);
    indirect_costs(content, &cells, messages);
    // A contribution that has not arrived counts as none: the warning goes when it comes.
    for (city, status) in super::programme::cities(content) {
        let gives = cells.iter().any(|cell| cell.financier == city.hex() && cell.minor > 0);
        if status == "accepted" && !gives {
            let text = format!(
                "{} no aporta recursos. La metodología se basa en la cofinanciación.",
                context.name(&city)
            );
            warning(messages, "PR10", "/partners".to_owned(), text);
        }
    }
}

/// PB04.
fn indirect_costs(content: &Value, cells: &[Cell<'_>], messages: &mut Vec<MessageView>) {
    let Some(limit) = content.get("indirect_limit_pct").and_then(Value::as_f64) else { return };
    let is_indirect = |line: &str| {
        content.pointer(&pointer::join(&["budget_lines", line, "direct"])) == Some(&Value::Bool(false))
    };
    let (mut direct, mut indirect) = (0i128, 0i128);
    for cell in cells {
        *(if is_indirect(cell.line) { &mut indirect } else { &mut direct }) += i128::from(cell.minor);
    }
    if direct == 0 {
        return;
    }
    let percent = indirect as f64 * 100.0 / direct as f64;
    if percent > limit {
        let text = format!(
            "Los costes indirectos son el {} % de los directos y superan el límite fijado ({} %).",
            spanish::number(percent),
            spanish::number(limit)
        );
        warning(messages, "PB04", "/indirect_limit_pct".to_owned(), text);
    }
}

/// Validations of a contribution by itself: its amounts and their years.
pub(super) fn own_messages(content: &Value, context: &Context<'_>, messages: &mut Vec<MessageView>) {
    let nothing = Value::Null;
    let programme = context.programme.unwrap_or(&nothing);
    let currency = text(programme, "default_currency");
    for (key, value) in content.get("cells").and_then(Value::as_object).into_iter().flatten() {
        check_cell(programme, "/cells", key, value, currency, messages);
    }
}

/// PB01 and PB03 for what editing would have refused and another program wrote.
fn check_cell(
    programme: &Value,
    parent: &str,
    key: &str,
    value: &Value,
    currency: &str,
    messages: &mut Vec<MessageView>,
) {
    let mut path = parent.to_owned();
    pointer::push(&mut path, key);
    if amount(value).is_none() {
        let decimals = spanish::decimals(if currency.is_empty() { "EUR" } else { currency });
        let text = format!(
            "La cantidad debe ser un número mayor o igual que cero, con {decimals} decimales como máximo."
        );
        error(messages, "PB01", path.clone(), text);
    }
    let Some((_, year, _)) = cell_parts(key) else { return };
    let bound = |field: &str| text(programme, field).get(..4).and_then(|year| year.parse::<i32>().ok());
    let early = bound("period_start").is_some_and(|first| year < first);
    let late = bound("period_end").is_some_and(|last| year > last);
    if early || late {
        error(messages, "PB03", path, format!("La anualidad {year} está fuera del periodo del programa."));
    }
}
