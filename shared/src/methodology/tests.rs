use serde_json::json;

use super::*;
use crate::api::ConflictValue;

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

fn no_profile(_: &City8) -> Option<Value> {
    None
}

fn no_section(_: &str) -> Option<String> {
    None
}

fn context<'a>() -> Context<'a> {
    Context {
        now_ms: NOW_MS,
        city_name: &name,
        members: &[PALENCIA, TARIJA],
        profile: &no_profile,
        section: &no_section,
        conflicts: &[],
        contributions: &[],
        programme: None,
    }
}

fn conflict(path: &str, values: &[(Value, City8)]) -> ConflictView {
    let values = values.iter().map(|(value, city)| ConflictValue {
        value: value.clone(),
        city: city.hex(),
        person_ref: "00".repeat(8),
        time_ms: NOW_MS,
    });
    ConflictView { path: path.to_owned(), values: values.collect() }
}

fn programme() -> Value {
    json!({
        "code": "bo-sanea-2025",
        "lead_city": TARIJA.hex(),
        "partners": {format!("{PALENCIA}/role"): "partner", format!("{PALENCIA}/status"): "accepted"},
        "period_start": "2025-02-01",
        "period_end": "2026-12-31",
        "default_currency": "EUR",
        "dac_sectors": {"14022": 60, "14015": 25, "15114": 15},
        "general_objective": "Agua",
        "specific_objectives": {"OE": {"text": "Plan", "code": "OE"}},
        "results": {"R1": {"text": "Plan Director", "code": "R1", "so_id": "OE"}},
        "indicators": {"I1": {"level_id": "R1", "code": "I-R1.1", "text": "x", "baseline_value": 0, "verification_source": "Actas"}},
        "activities": {
            "a": {"result_id": "R1", "code": "A1.1", "text": "Inventario", "lead_city": TARIJA.hex(), "planned_start": "2025-02-01", "planned_end": "2025-07-31", "progress_pct": 50},
            "b": {"result_id": "R1", "code": "A1.2", "text": "Modelo", "lead_city": PALENCIA.hex(), "planned_start": "2025-08-01", "planned_end": "2025-08-31", "depends_on": {"a": true}},
            "x": {"deleted": true},
        },
        "budget_lines": {
            "B01": {"code": "B01", "title": "Viajes", "activity_id": "a", "direct": true, "cells": {"ext:fons|2025|cash": 100_000}},
            "B02": {"code": "B02", "title": "Gestión", "activity_id": "b", "direct": false, "cells": {}},
            "B09": {"code": "B09", "title": "Quitada", "deleted": true, "cells": {"ext:fons|2025|cash": 999}},
        },
        "financiers": {"fons": {"name": "Fons Català"}},
        "monitoring_plan": {"m": {"text": "Semestral"}},
        "indirect_limit_pct": 10,
    })
}

fn of(code: &str, messages: &[MessageView]) -> Vec<String> {
    messages.iter().filter(|message| message.code == code).map(|message| message.text.clone()).collect()
}

fn with(mut content: Value, path: &str, value: Value) -> Value {
    *content.pointer_mut(path).unwrap_or_else(|| panic!("{path} is not there")) = value;
    content
}

fn give() -> (Value, Value) {
    (
        json!({"cells": {"B01|2025|cash": 600_000, "B01|2026|in_kind": 50_000, "B09|2025|cash": 7}}),
        json!({"cells": {"B02|2025|cash": 50_000}}),
    )
}

#[test]
fn a_sound_programme_has_no_messages() {
    let (palencia, tarija) = give();
    let contributions = [
        Contribution { city: PALENCIA, content: &palencia, conflicts: &[] },
        Contribution { city: TARIJA, content: &tarija, conflicts: &[] },
    ];
    let context = Context { contributions: &contributions, ..context() };
    assert_eq!(messages(Kind::Programme, &programme(), &context), vec![]);
}

#[test]
fn totals_lay_the_cells_of_all_together() {
    let (palencia, tarija) = give();
    let contributions = [
        Contribution { city: PALENCIA, content: &palencia, conflicts: &[] },
        Contribution { city: TARIJA, content: &tarija, conflicts: &[] },
    ];
    let derived = derived(&programme(), &contributions, &[]);
    let p = PALENCIA.hex();
    assert_eq!(derived["cells"][format!("B01|{p}|2025|cash")], 600_000);
    assert_eq!(derived["cells"]["B01|ext:fons|2025|cash"], 100_000);
    assert_eq!(
        derived["cells"].as_object().map(serde_json::Map::len),
        Some(4),
        "not those of lines taken out"
    );
    let totals = &derived["totals"];
    assert_eq!(totals["total"], 800_000);
    assert_eq!(totals["by_mode"], json!({"cash": 750_000, "in_kind": 50_000}));
    assert_eq!(totals["by_city"], json!({p.clone(): 650_000, TARIJA.hex(): 50_000}));
    assert_eq!(totals["by_financier"]["ext:fons"], 100_000);
    assert_eq!(totals["by_year"], json!({"2025": 750_000, "2026": 50_000}));
    assert_eq!(totals["by_line"], json!({"B01": 750_000, "B02": 50_000}));
    assert_eq!(derived["provisional"], false);
    // 181 days at 50 %, 31 at 0 %.
    assert_eq!(derived["progress_pct"], 42.7);
}

#[test]
fn undecided_amounts_make_the_total_provisional_and_are_told() {
    let (palencia, _) = give();
    let theirs =
        [conflict("/cells/B01|2025|cash", &[(json!(600_000), PALENCIA), (json!(500_000), PALENCIA)])];
    let contributions = [Contribution { city: PALENCIA, content: &palencia, conflicts: &theirs }];
    let own = [
        conflict(
            "/budget_lines/B01/cells/ext:fons|2025|cash",
            &[(json!(1_200_000), PALENCIA), (json!(1_000_000), TARIJA)],
        ),
        conflict(
            "/activities/a/planned_end",
            &[(json!("2025-07-31"), TARIJA), (json!("2025-08-15"), PALENCIA)],
        ),
        conflict("/activities/a/pos", &[(json!("1"), TARIJA), (json!("2"), PALENCIA)]),
        conflict(
            "/activities/x/planned_end",
            &[(json!("2025-07-31"), TARIJA), (json!("2025-08-15"), PALENCIA)],
        ),
    ];
    let context = Context { contributions: &contributions, conflicts: &own, ..context() };
    let messages = messages(Kind::Programme, &programme(), &context);
    assert_eq!(
        of("PR07", &messages),
        ["Hay 3 datos con más de un valor a la vez. Decida cada uno antes de aprobar."]
    );
    assert_eq!(
        of("SY09", &messages),
        [
            "Dos valores a la vez en B01, Fons Català, 2025, efectivo: 12.000,00 € (Palencia) y 10.000,00 € (Tarija). Se usa 12.000,00 € hasta que alguien decida.",
            "Dos valores a la vez en fin previsto de A1.1: 31/07/2025 (Tarija) y 15/08/2025 (Palencia). Se usa 31/07/2025 hasta que alguien decida.",
            "Dos valores a la vez en B01, Palencia, 2025, efectivo: 6.000,00 € (Palencia) y 5.000,00 € (Palencia). Se usa 6.000,00 € hasta que alguien decida.",
        ]
    );
    let view = derived(&programme(), &contributions, &own);
    assert_eq!(view["provisional"], true);
    let key = format!("B01|{PALENCIA}|2025|cash");
    assert_eq!(view["cell_conflicts"][key].as_array().map(Vec::len), Some(2));
    // A date alone leaves the amounts as they are.
    assert_eq!(derived(&programme(), &[], &own[1..2])["provisional"], false);
}

#[test]
fn each_validation_of_a_programme_has_its_words() {
    let ask = |content: Value| messages(Kind::Programme, &content, &context());
    let cases = [
        (
            "PR02",
            with(programme(), "/dac_sectors/14022", json!(59.5)),
            "Los porcentajes de sectores suman 99,5 %. Deben sumar 100 %.",
        ),
        (
            "PR03",
            with(programme(), "/indicators/I1/level_id", json!("OE")),
            "El resultado R1 no tiene ningún indicador.",
        ),
        (
            "PR04",
            with(programme(), "/indicators/I1/verification_source", json!(" ")),
            "El indicador I-R1.1 no tiene fuente de verificación.",
        ),
        (
            "PR05",
            with(programme(), "/activities/a/result_id", json!("R9")),
            "La actividad A1.1 no está unida a ningún resultado.",
        ),
        (
            "PR06",
            with(programme(), "/indicators/I1/baseline_value", Value::Null),
            "El indicador I-R1.1 no tiene línea de base.",
        ),
        ("PR10", programme(), "Palencia no aporta recursos. La metodología se basa en la cofinanciación."),
        (
            "AC01",
            with(programme(), "/activities/a/text", json!("")),
            "La actividad necesita un título y una ciudad responsable.",
        ),
        (
            "AC02",
            with(programme(), "/activities/a/planned_end", json!("2025-01-01")),
            "La actividad A1.1 termina antes de empezar.",
        ),
        (
            "AC03",
            with(programme(), "/activities/b/planned_end", json!("2027-01-01")),
            "La actividad A1.2 queda fuera del periodo del programa (01/02/2025 – 31/12/2026).",
        ),
        (
            "AC04",
            with(programme(), "/activities/b/planned_start", json!("2025-07-01")),
            "La actividad A1.2 depende de A1.1, que termina después.",
        ),
        (
            "AC05",
            with(programme(), "/activities/a/progress_pct", json!(101)),
            "El avance debe estar entre 0 y 100.",
        ),
        (
            "PB01",
            with(programme(), "/budget_lines/B01/cells", json!({"ext:fons|2025|cash": -1})),
            "La cantidad debe ser un número mayor o igual que cero, con 2 decimales como máximo.",
        ),
        (
            "PB03",
            with(programme(), "/budget_lines/B01/cells", json!({"ext:fons|2027|cash": 1})),
            "La anualidad 2027 está fuera del periodo del programa.",
        ),
        (
            "PB04",
            with(programme(), "/budget_lines/B02/cells", json!({"ext:fons|2025|cash": 12_500})),
            "Los costes indirectos son el 12,5 % de los directos y superan el límite fijado (10 %).",
        ),
        (
            "PB05",
            with(programme(), "/budget_lines/B01/activity_id", json!("")),
            "La partida B01 no está unida a ninguna actividad.",
        ),
    ];
    for (code, content, words) in cases {
        assert_eq!(of(code, &ask(content)).first().map(String::as_str), Some(words), "{code}");
    }
    let invited = with(programme(), "/partners", json!({format!("{PALENCIA}/status"): "invited"}));
    assert_eq!(of("PR08", &ask(invited)), ["Todavía no han aceptado participar: Palencia."]);
    let sections = |field: &str| Some(if field == "context" { String::new() } else { "x".to_owned() });
    let context = Context { section: &sections, ..context() };
    let empty = with(with(programme(), "/results", json!({})), "/period_end", Value::Null);
    assert_eq!(
        of("PR01", &messages(Kind::Programme, &empty, &context)),
        ["Faltan componentes básicos del programa operativo: contexto, resultados esperados y plazos."]
    );
}

#[test]
fn each_validation_of_an_alliance_has_its_words() {
    let election = |city: &City8| (*city == TARIJA).then(|| json!({"next_election": "2031-03-01"}));
    let context = Context { profile: &election, ..context() };
    let content = json!({
        "horizon_start": "2025-01-01",
        "horizon_end": "2030-12-31",
        "staff": {"s": {"city": TARIJA.hex(), "person_ref": "0011223344556677"}},
        "alignment": {format!("{TARIJA}/plan_ref"): "PTDI"},
        "strategic_areas": {},
    });
    let found = messages(Kind::Alliance, &content, &context);
    assert_eq!(
        of("AL04", &found),
        [
            "El horizonte de la alianza (31/12/2030) termina antes de las próximas elecciones de Tarija. La metodología pide ir más allá del ciclo electoral."
        ]
    );
    assert_eq!(of("AL05", &found), ["Palencia no ha asignado personal técnico a la alianza."]);
    assert_eq!(
        of("AL06", &found),
        ["Palencia no ha indicado su alineación con el Plan de Desarrollo Municipal."]
    );
    assert_eq!(of("AL07", &found), ["Defina al menos un ámbito estratégico de actuación."]);
    let alone = Context { members: &[TARIJA], ..context };
    let reversed = with(content, "/horizon_end", json!("2020-01-01"));
    let found = messages(Kind::Alliance, &reversed, &alone);
    assert_eq!(of("AL01", &found), ["La alianza necesita al menos dos ciudades miembros."]);
    assert_eq!(of("AL03", &found), ["La fecha de fin de la alianza es anterior a la de inicio."]);
}

#[test]
fn documents_of_any_shape_are_read_without_failing() {
    let shapes = [
        json!(null),
        json!([1, 2]),
        json!({"activities": [], "budget_lines": {"a": 1, "b": {"cells": [1]}}, "partners": {"x": 1}, "dac_sectors": "x"}),
        json!({"activities": {"a": {"pos": 7, "planned_start": 1}}, "lead_city": 5, "indirect_limit_pct": "x"}),
    ];
    for content in shapes {
        for kind in Kind::ALL {
            let contributions = [Contribution { city: TARIJA, content: &content, conflicts: &[] }];
            let context = Context { contributions: &contributions, programme: Some(&content), ..context() };
            messages(kind, &content, &context);
            derived(&content, &contributions, &[]);
        }
    }
}
