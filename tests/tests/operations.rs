//! OPERATIONS.md and the program say the same: every warning and error of the log, every code of the HTTP interface
//! and every message of a command stands in its tables, and what stands there exists.

use std::collections::BTreeSet;
use std::path::Path;

use alianza_tests::rules::read_workspace;

fn document() -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace");
    std::fs::read_to_string(root.join("node/docs/OPERATIONS.md")).expect("it is there")
}

/// Sources of the program without their tests, strings over several lines put together.
fn sources() -> Vec<(String, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace");
    let all = read_workspace(root).expect("the sources can be read");
    let ours = all.into_iter().filter(|(path, _)| {
        let code = path.starts_with("node/src/") || path.starts_with("shared/src/");
        code && path.ends_with(".rs") && !path.contains("/tests") && !path.contains("/demo")
    });
    ours.map(|(path, text)| {
        let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        (path, joined(text))
    })
    .collect()
}

/// `"one \⏎   two"` → `"one two"`.
fn joined(text: &str) -> String {
    let mut parts = text.split("\\\n");
    let mut joined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        joined.push_str(part.trim_start());
    }
    joined
}

/// First cells of the table below a heading.
fn rows(document: &str, heading: &str) -> Vec<String> {
    let (_, section) = document.split_once(heading).unwrap_or_else(|| panic!("{heading}"));
    let section = section.split("\n#").next().unwrap_or_default();
    let cells = section.lines().filter_map(|line| line.strip_prefix("| ")?.split(" | ").next());
    let cells: Vec<String> =
        cells.filter(|cell| !cell.starts_with("---")).skip(1).map(str::to_owned).collect();
    assert!(cells.len() > 5, "{heading}: {cells:?}");
    cells
}

/// The last string of every call of `name` in a text.
fn last_strings(text: &str, name: &str) -> Vec<String> {
    text.split(name).skip(1).filter_map(last_string).collect()
}

/// The last string before the parenthesis closes that was open at the beginning.
fn last_string(call: &str) -> Option<String> {
    let (mut depth, mut begun, mut last) = (0, None, None);
    for (at, c) in call.char_indices() {
        match (c, begun) {
            ('"', Some(from)) => {
                last = Some(call[from..at].to_owned());
                begun = None;
            }
            ('"', None) => begun = Some(at + 1),
            ('(', None) => depth += 1,
            (')', None) if depth == 0 => return last,
            (')', None) => depth -= 1,
            _ => {}
        }
    }
    None
}

#[test]
fn every_warning_and_error_of_the_log_is_explained() {
    let table: BTreeSet<String> = rows(&document(), "### En los registros").into_iter().collect();
    let mut logged = BTreeSet::new();
    for (path, text) in sources() {
        for level in ["tracing::warn!(", "tracing::error!("] {
            for sentence in last_strings(&text, level) {
                assert!(
                    table.contains(&sentence),
                    "{path} logs {sentence:?}, which OPERATIONS.md does not explain"
                );
                logged.insert(sentence);
            }
        }
    }
    let gone: Vec<_> = table.difference(&logged).collect();
    assert!(gone.is_empty(), "OPERATIONS.md explains what nothing logs: {gone:#?}");
}

/// Codes between backquotes in the first cells.
fn codes(document: &str) -> BTreeSet<String> {
    let rows = rows(document, "### En la interfaz HTTP");
    rows.iter()
        .flat_map(|row| row.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .collect()
}

#[test]
fn every_code_of_the_interface_is_explained() {
    let explained = codes(&document());
    let mut used = BTreeSet::new();
    for (path, text) in sources() {
        for made in ["ApiError::new(", " error("] {
            for call in text.split(made).skip(1) {
                // status, then the code.
                let Some((status, rest)) = call.split_once(',') else { continue };
                let code = rest.trim_start().strip_prefix('"').and_then(|rest| rest.split('"').next());
                let Some(code) = code.filter(|_| status.trim().parse::<u16>().is_ok()) else { continue };
                if code.chars().next().is_some_and(char::is_lowercase) {
                    assert!(
                        explained.contains(code),
                        "{path} answers {code}, which OPERATIONS.md does not explain"
                    );
                    used.insert(code.to_owned());
                }
            }
        }
    }
    assert!(used.len() > 40, "{used:?}");
    let all: String = sources().into_iter().map(|(_, text)| text).collect();
    for code in explained.iter().filter(|code| !code.starts_with("gate.")) {
        assert!(all.contains(&format!("\"{code}\"")), "OPERATIONS.md explains {code}, which nothing answers");
    }
}

#[test]
fn every_message_of_a_command_exists() {
    let all: String = sources().into_iter().map(|(_, text)| text).collect();
    for row in rows(&document(), "### Al arrancar y en las órdenes") {
        // `/ip4/…/tcp/N` is written with the same sign that stands for what changes.
        let row = row.replace("/…/", "/\u{1}/");
        for part in row.split('…').map(|part| part.trim_matches([' ', ',', ':', ';'])) {
            let part = part.replace('\u{1}', "…");
            assert!(all.contains(&part), "no source says {part:?}");
        }
    }
}
