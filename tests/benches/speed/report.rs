//! The table and the JSON.

use serde_json::{Value, json};

use crate::machine::Rates;

/// Which rate of the machine a figure is measured against.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Against {
    /// Milliseconds, as a multiple of one synced append.
    Sync,
    /// Edits a second, as a part of raw automerge.
    Automerge,
    /// Milliseconds for this many signatures.
    Signatures(u64),
    Nothing,
}

/// What was asked of a figure.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Bar {
    AtMost(f64),
    AtLeast(f64),
    None,
}

#[derive(Debug, Clone)]
struct Row {
    bench: String,
    figure: String,
    unit: &'static str,
    /// One value for each run, sorted.
    values: Vec<f64>,
    bar: Bar,
    against: Against,
}

pub(crate) struct Report {
    rates: Rates,
    rows: Vec<Row>,
    failures: Vec<(String, String)>,
    notes: Vec<String>,
}

/// Middle value; of an even number the higher of the two in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// The value below which this part of the values lies.
pub(crate) fn percentile(values: &[f64], part: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = ((sorted.len() as f64) * part) as usize;
    sorted.get(at.min(sorted.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

impl Report {
    pub(crate) fn new(rates: Rates) -> Self {
        Self { rates, rows: Vec::new(), failures: Vec::new(), notes: Vec::new() }
    }

    pub(crate) fn add(
        &mut self,
        bench: &str,
        figure: &str,
        unit: &'static str,
        values: Vec<f64>,
        bar: Bar,
        against: Against,
    ) {
        if values.is_empty() {
            return;
        }
        let mut values = values;
        values.sort_by(f64::total_cmp);
        eprintln!("  {bench} {figure}: {} {unit}", shown(median(&values)));
        self.rows.push(Row {
            bench: bench.to_owned(),
            figure: figure.to_owned(),
            unit,
            values,
            bar,
            against,
        });
    }

    pub(crate) fn failed(&mut self, bench: &str, why: &str) {
        eprintln!("  {bench} FAILED: {why}");
        self.failures.push((bench.to_owned(), why.to_owned()));
    }

    pub(crate) fn note(&mut self, text: String) {
        self.notes.push(text);
    }

    /// The figure as a multiple of what the machine itself can do.
    fn ratio(&self, row: &Row) -> Option<(f64, String)> {
        let value = median(&row.values);
        Some(match row.against {
            Against::Sync => (value / self.rates.sync_ms, "× one synced append".to_owned()),
            Against::Automerge => (value / self.rates.automerge_per_s, "of raw automerge".to_owned()),
            Against::Signatures(count) => {
                let floor_ms = count as f64 * self.rates.verify_us / 1_000.0;
                (value / floor_ms, format!("× {count} signatures checked"))
            }
            Against::Nothing => return None,
        })
    }

    pub(crate) fn json(&self) -> Value {
        let rows: Vec<Value> = self
            .rows
            .iter()
            .map(|row| {
                let (bar, kind) = match row.bar {
                    Bar::AtMost(bar) => (Some(bar), "at_most"),
                    Bar::AtLeast(bar) => (Some(bar), "at_least"),
                    Bar::None => (None, "none"),
                };
                let ratio = self.ratio(row);
                json!({
                    "bench": row.bench, "figure": row.figure, "unit": row.unit, "median": median(&row.values),
                    "runs": row.values, "bar": bar, "bar_kind": kind, "met": met(row),
                    "ratio": ratio.as_ref().map(|one| one.0), "ratio_of": ratio.map(|one| one.1),
                })
            })
            .collect();
        let failures: Vec<Value> =
            self.failures.iter().map(|(bench, why)| json!({"bench": bench, "why": why})).collect();
        json!({"machine": self.rates.json(), "figures": rows, "failures": failures, "notes": self.notes})
    }

    pub(crate) fn print_machine(&self) {
        println!("machine: {}", self.rates);
    }

    pub(crate) fn print(&self) {
        println!(
            "\n{:<10} {:<46} {:>10} {:<5} {:>10} {:<5} against the machine",
            "bench", "figure", "median", "", "asked", ""
        );
        for row in &self.rows {
            let asked = match row.bar {
                Bar::AtMost(bar) => format!("≤ {}", shown(bar)),
                Bar::AtLeast(bar) => format!("≥ {}", shown(bar)),
                Bar::None => String::new(),
            };
            let verdict = match met(row) {
                Some(true) => "ok",
                Some(false) => "MISS",
                None => "",
            };
            let ratio =
                self.ratio(row).map(|(ratio, of)| format!("{} {of}", shown(ratio))).unwrap_or_default();
            println!(
                "{:<10} {:<46} {:>10} {:<5} {:>10} {:<5} {}",
                row.bench,
                row.figure,
                shown(median(&row.values)),
                row.unit,
                asked,
                verdict,
                ratio
            );
        }
        for (bench, why) in &self.failures {
            println!("{bench}: FAILED: {why}");
        }
        for note in &self.notes {
            println!("note: {note}");
        }
    }
}

fn met(row: &Row) -> Option<bool> {
    let value = median(&row.values);
    match row.bar {
        Bar::AtMost(bar) => Some(value <= bar),
        Bar::AtLeast(bar) => Some(value >= bar),
        Bar::None => None,
    }
}

fn shown(value: f64) -> String {
    if value.abs() >= 100.0 || value.fract() == 0.0 { format!("{value:.0}") } else { format!("{value:.2}") }
}
