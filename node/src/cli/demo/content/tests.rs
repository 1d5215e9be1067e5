use super::*;

const RATE_MINOR: i64 = 22_500;

/// Line, city or `ext:…`, year, mode, minor units.
type Cell = (String, String, String, String, i64);

fn whole() -> Value {
    serde_json::from_str(PROGRAMME).expect("the file is JSON")
}

fn object<'a>(value: &'a Value, path: &str) -> &'a Map<String, Value> {
    value.pointer(path).and_then(Value::as_object).unwrap_or_else(|| panic!("{path} is missing"))
}

fn text<'a>(value: &'a Value, path: &str) -> &'a str {
    value.pointer(path).and_then(Value::as_str).unwrap_or_default()
}

/// Every cell of contributions and of external funders.
fn cells(file: &Value) -> Vec<Cell> {
    let mut all = Vec::new();
    for (city, contribution) in object(file, "/contributions") {
        for (key, amount) in object(contribution, "/cells") {
            let parts: Vec<&str> = key.split('|').collect();
            let amount = amount.as_i64().expect("an integer");
            all.push((parts[0].into(), city.clone(), parts[1].into(), parts[2].into(), amount));
        }
    }
    for (line, value) in object(file, "/programme/budget_lines") {
        for (key, amount) in object(value, "/cells") {
            let parts: Vec<&str> = key.split('|').collect();
            let amount = amount.as_i64().expect("an integer");
            all.push((line.clone(), parts[0].into(), parts[1].into(), parts[2].into(), amount));
        }
    }
    all
}

#[test]
fn totals_are_those_that_the_files_state() {
    let file = whole();
    let sum = |keep: &dyn Fn(&Cell) -> bool| -> i64 {
        cells(&file).iter().filter(|cell| keep(cell)).map(|cell| cell.4).sum()
    };
    let external = |cell: &Cell| cell.1.starts_with("ext:");
    println!("cities {:>12}", sum(&|cell| !external(cell)));
    for (city, stated) in object(&file, "/totals/by_city") {
        println!("  {city:24} {:>12}", sum(&|cell| &cell.1 == city));
        assert_eq!(Some(sum(&|cell| &cell.1 == city)), stated.as_i64(), "{city}");
    }
    for (year, stated) in object(&file, "/totals/by_year") {
        assert_eq!(Some(sum(&|cell| !external(cell) && &cell.2 == year)), stated.as_i64(), "{year}");
    }
    for (mode, stated) in object(&file, "/totals/by_mode") {
        assert_eq!(Some(sum(&|cell| !external(cell) && &cell.3 == mode)), stated.as_i64(), "{mode}");
    }
    println!("external {:>10}\nall {:>15}", sum(&external), sum(&|_| true));
    assert_eq!(file["totals"]["cities"], sum(&|cell| !external(cell)));
    assert_eq!(file["totals"]["external"], sum(&external));
    assert_eq!(file["totals"]["all"], sum(&|_| true));
    assert_eq!(sum(&|cell| !external(cell)), 18_950_000, "what the source file states");
}

#[test]
fn cells_lie_in_years_in_which_their_activity_runs() {
    let file = whole();
    for (line, owner, year, mode, amount) in cells(&file) {
        let line = &file["programme"]["budget_lines"][line.as_str()];
        assert!(line.is_object(), "{owner} pays a line that is not there");
        let (from, to) = match line.get("activity_id").and_then(Value::as_str) {
            Some(key) => {
                let activity = &file["programme"]["activities"][key];
                (text(activity, "/planned_start"), text(activity, "/planned_end"))
            }
            None => (text(&file, "/programme/period_start"), text(&file, "/programme/period_end")),
        };
        assert!(&from[..4] <= year.as_str() && year.as_str() <= &to[..4], "{line} {owner} {year}");
        assert!(amount > 0 && (mode == "cash" || mode == "in_kind"));
        let funder = owner.strip_prefix("ext:");
        assert!(funder.is_none_or(|key| file["programme"]["financiers"][key].is_object()), "{owner}");
    }
}

#[test]
fn a_day_of_work_costs_the_same_everywhere() {
    let file = whole();
    assert_eq!(file["in_kind_day_rate_minor"], RATE_MINOR);
    let mut spanish_days = 0;
    for (key, line) in object(&file, "/programme/budget_lines") {
        if line["category"] != "personal" {
            continue;
        }
        let title = text(line, "/title");
        let inside = &title[title.rfind('(').expect("days in brackets") + 1..];
        let days: i64 =
            inside.split(|c: char| !c.is_ascii_digit()).filter_map(|n| n.parse::<i64>().ok()).sum();
        let given: i64 = cells(&file).iter().filter(|cell| &cell.0 == key).map(|cell| cell.4).sum();
        assert_eq!(days * RATE_MINOR, given, "{title}");
        spanish_days += if key.starts_with("B02") { days } else { 0 };
    }
    assert_eq!(spanish_days, 180);
    for entry in file["ledger"].as_array().expect("a list") {
        if let Some(days) = entry.get("person_days").and_then(Value::as_i64) {
            assert_eq!(entry["amount_minor"], days * RATE_MINOR);
        }
    }
}

#[test]
fn the_log_frame_is_whole() {
    let file = whole();
    let programme = &file["programme"];
    assert_eq!(object(programme, "/dac_sectors").values().filter_map(Value::as_i64).sum::<i64>(), 100);
    for (code, result) in object(programme, "/results") {
        assert!(object(programme, "/specific_objectives").contains_key(text(result, "/so_id")));
        let own: Vec<_> =
            object(programme, "/indicators").values().filter(|it| text(it, "/level_id") == code).collect();
        assert!(!own.is_empty(), "PR03 {code}");
    }
    for (code, indicator) in object(programme, "/indicators") {
        assert!(!text(indicator, "/verification_source").is_empty(), "PR04 {code}");
        assert!(indicator["baseline_value"].is_i64() && indicator["baseline_year"].is_i64(), "PR06 {code}");
        assert!(!text(indicator, "/responsible_city").is_empty(), "{code}");
        assert!(!object(indicator, "/targets").is_empty(), "{code}");
    }
    let period = (text(programme, "/period_start"), text(programme, "/period_end"));
    for (code, activity) in object(programme, "/activities") {
        let (from, to) = (text(activity, "/planned_start"), text(activity, "/planned_end"));
        assert!(period.0 <= from && from <= to && to <= period.1, "AC02, AC03 {code}");
        assert!(object(programme, "/results").contains_key(text(activity, "/result_id")), "PR05 {code}");
        for other in activity.get("depends_on").and_then(Value::as_object).into_iter().flatten() {
            assert!(text(&programme["activities"][other.0], "/planned_end") <= from, "AC04 {code}");
        }
    }
    for field in [
        "fx",
        "beneficiaries",
        "alignment",
        "needs",
        "synergies",
        "non_duplication",
        "preconditions",
        "financiers",
        "cell_proposals",
        "management_split",
        "staff",
        "risks",
        "monitoring_plan",
        "locations",
    ] {
        assert!(!object(programme, &format!("/{field}")).is_empty(), "{field}");
    }
    for field in ["context", "justification", "sustainability", "gender"] {
        assert!(text(programme, &format!("/sections/{field}/body")).starts_with("FICTICIO."), "{field}");
    }
    assert!(text(programme, "/title/es").contains("FICTICIO"));
    assert!(text(programme, "/visibility_plan").starts_with("FICTICIO."));
}

#[test]
fn every_number_of_cities_leaves_a_programme_without_loose_ends() {
    for n in 2..=6 {
        let content = Content::load(n).expect("loads");
        assert_eq!(content.cities.len(), n);
        let mut keys = BTreeSet::new();
        let mut items = Vec::new();
        let mut narratives = 0;
        let mut fields = BTreeSet::new();
        for city in &content.cities {
            let part = content.programme_part(&city.slug);
            narratives += part.sections.len();
            assert!(part.fields.contains_key("alignment"), "{} says how it fits", city.slug);
            assert!(part.items.iter().any(|item| item.collection == "activities"), "{} leads", city.slug);
            assert!(content.contribution(&city.slug).is_some_and(|it| !it.cells.is_empty()), "PR10");
            fields.extend(part.fields.keys().cloned());
            for item in &part.items {
                assert!(keys.insert(item.key.clone()), "{} twice", item.key);
            }
            items.extend(part.items);
            let contribution = content.contribution(&city.slug).expect("each city gives something");
            assert!(contribution.note.starts_with("FICTICIO."));
        }
        assert_eq!(narratives, 4, "with {n} cities");
        assert!(fields.contains("visibility_plan") && fields.contains("general_objective"));
        for item in &items {
            for field in ITEM_FIELDS {
                if let Some(key) = item.value.get(field).and_then(Value::as_str) {
                    assert!(keys.contains(key), "{} of {} refers to {key} with {n} cities", field, item.key);
                }
            }
            if item.collection == "results" {
                let measured =
                    |it: &&Item| it.value.get("level_id").and_then(Value::as_str) == Some(&item.key);
                assert!(items.iter().any(|it| measured(&it)), "PR03 {} with {n} cities", item.key);
            }
        }
        for city in &content.cities {
            for cell in content.contribution(&city.slug).expect("checked above").cells.keys() {
                assert!(keys.contains(cell.split('|').next().expect("a line")), "{cell} with {n} cities");
            }
        }
    }
}

#[test]
fn the_whole_is_what_six_cities_write() {
    let file = whole();
    let content = Content::load(6).expect("loads");
    let written: usize =
        content.cities.iter().map(|city| content.programme_part(&city.slug).items.len()).sum();
    let there: usize = object(&file, "/programme")
        .iter()
        .filter(|(name, value)| name.as_str() != "sections" && is_collection(name, value))
        .map(|(_, value)| value.as_object().map_or(0, Map::len))
        .sum();
    assert_eq!(written, there);
    assert_eq!(object(&file, "/programme/activities").len(), 12);
}
