//! What must hold between fields when an edit is done (domain.md §3.9, level E at editing).
//!
//! Only what the edit touched is looked at: a document that merging has left with reversed dates can still be
//! edited elsewhere.

use std::collections::BTreeSet;

use automerge::ObjId;
use automerge::transaction::Transactable;
use serde_json::Value;

use super::Plan;
use super::place::{child, child_str, child_text};
use crate::api::ApiError;
use crate::document::kind::Kind;
use crate::document::pointer;
use crate::document::value::{cell_parts, only_the_city};

/// What an edit wrote, as far as it matters in the end.
#[derive(Debug, Default)]
pub(super) struct Touched {
    /// Activities with other dates.
    dates: BTreeSet<String>,
    /// Activities with another title or city, or new.
    essentials: BTreeSet<String>,
    /// Path and key of cells.
    cells: Vec<(String, String)>,
    horizon: bool,
    period: bool,
}

impl Touched {
    pub(super) fn note(&mut self, path: &str) {
        let Ok(keys) = pointer::parse(path) else { return };
        match keys.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
            ["horizon_start" | "horizon_end"] => self.horizon = true,
            ["period_start" | "period_end"] => self.period = true,
            ["activities", id, "planned_start" | "planned_end" | "actual_start" | "actual_end"] => {
                self.dates.insert((*id).to_owned());
            }
            ["activities", id, "text" | "lead_city"] => {
                self.essentials.insert((*id).to_owned());
            }
            _ => {}
        }
    }

    pub(super) fn made(&mut self, path: &str) {
        if let Ok(keys) = pointer::parse(path)
            && let [collection, id] = keys.as_slice()
            && collection == "activities"
        {
            self.essentials.insert(id.clone());
        }
    }

    pub(super) fn cell(&mut self, path: &str, key: &str) {
        self.cells.push((path.to_owned(), key.to_owned()));
    }
}

impl Plan<'_> {
    pub(super) fn check(&self, tx: &impl Transactable) -> Result<(), ApiError> {
        let root = &automerge::ROOT;
        let reversed = |object: &ObjId, start: &str, end: &str| match (
            child_str(tx, object, start),
            child_str(tx, object, end),
        ) {
            (Some(start), Some(end)) => end < start,
            _ => false,
        };
        if self.touched.horizon && reversed(root, "horizon_start", "horizon_end") {
            let message = "La fecha de fin de la alianza es anterior a la de inicio.";
            return Err(ApiError::new(422, "AL03", message).at("/horizon_end"));
        }
        if self.touched.period && reversed(root, "period_start", "period_end") {
            let message = "La fecha de fin del programa es anterior a la de inicio.";
            return Err(ApiError::new(422, "period.reversed", message).at("/period_end"));
        }
        if let Some(activities) = child(tx, root, "activities")? {
            for id in &self.touched.essentials {
                self.check_essentials(tx, &activities, id)?;
            }
            for id in &self.touched.dates {
                let Some(activity) = child(tx, &activities, id)? else { continue };
                if reversed(&activity, "planned_start", "planned_end")
                    || reversed(&activity, "actual_start", "actual_end")
                {
                    let code = child_str(tx, &activity, "code").unwrap_or_else(|| id.clone());
                    let message = format!("La actividad {code} termina antes de empezar.");
                    return Err(ApiError::new(422, "AC02", message).at(pointer::join(&["activities", id])));
                }
            }
        }
        self.check_cells(tx)
    }

    fn check_essentials(&self, tx: &impl Transactable, activities: &ObjId, id: &str) -> Result<(), ApiError> {
        let Some(activity) = child(tx, activities, id)? else { return Ok(()) };
        let title = child_text(tx, &activity, "text")?.map(|text| self.text(tx, &text)).unwrap_or_default();
        let city = child_str(tx, &activity, "lead_city").unwrap_or_default();
        if title.trim().is_empty() || city.is_empty() {
            let message = "La actividad necesita un título y una ciudad responsable.";
            return Err(ApiError::new(422, "AC01", message).at(pointer::join(&["activities", id])));
        }
        Ok(())
    }

    fn check_cells(&self, tx: &impl Transactable) -> Result<(), ApiError> {
        if self.touched.cells.is_empty() {
            return Ok(());
        }
        let root = &automerge::ROOT;
        let own = self.context.kind == Kind::Contribution;
        if own && child_str(tx, root, "city").is_some_and(|city| city != self.context.city.hex()) {
            let owner = child_str(tx, root, "city").and_then(|city| city.parse().ok());
            let name = owner.and_then(|city| (self.context.city_name)(&city));
            return Err(only_the_city(name.as_deref()));
        }
        let of_programme = |name: &str| {
            if own {
                Some(self.context.programme?.get(name)?.as_str()?.to_owned())
            } else {
                child_str(tx, root, name)
            }
        };
        let year = |date: Option<String>| date.and_then(|date| date.get(..4)?.parse::<i32>().ok());
        let (first, last) = (year(of_programme("period_start")), year(of_programme("period_end")));
        for (path, key) in &self.touched.cells {
            let Some((who, cell_year, _)) = cell_parts(key) else { continue };
            if first.is_some_and(|first| cell_year < first) || last.is_some_and(|last| cell_year > last) {
                let message = format!("La anualidad {cell_year} está fuera del periodo del programa.");
                return Err(ApiError::new(422, "PB03", message).at(path));
            }
            if own {
                let lines = self.context.programme.and_then(|programme| programme.get("budget_lines"));
                if lines.is_some_and(|lines| lines.get(who).is_none_or(Value::is_null)) {
                    return Err(ApiError::new(
                        422,
                        "line.not_found",
                        "Esa partida no existe en el programa.",
                    )
                    .at(path));
                }
            } else {
                let financier = who.strip_prefix("ext:").unwrap_or(who);
                let known = match child(tx, root, "financiers")? {
                    Some(financiers) => child(tx, &financiers, financier)?.is_some(),
                    None => false,
                };
                if !known {
                    let message = "Ese financiador externo no existe en el programa.";
                    return Err(ApiError::new(422, "financier.not_found", message).at(path));
                }
            }
        }
        Ok(())
    }
}
