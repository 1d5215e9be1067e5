//! The import rules of the architecture (§4) and the sizes of its §9, read from the sources. Each rule is shown
//! to bite by a planted breach.

use std::path::Path;

use alianza_tests::rules::{Sources, check, longer_than_wished, read_workspace};

fn workspace() -> Sources {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("tests/ lies in the workspace");
    read_workspace(root).expect("the sources can be read")
}

/// Breaches of the workspace with one more file in it, beyond those it has without.
fn planted(path: &str, text: &str) -> Vec<String> {
    let mut sources = Sources::new();
    sources.insert(path.to_owned(), text.to_owned());
    check(&sources).iter().map(ToString::to_string).collect()
}

#[test]
fn the_sources_keep_the_rules() {
    let sources = workspace();
    assert!(sources.contains_key("shared/Cargo.toml") && sources.contains_key("node/src/main.rs"));
    for one in longer_than_wished(&sources) {
        println!("longer than wished: {one}");
    }
    let found: Vec<String> = check(&sources).iter().map(ToString::to_string).collect();
    assert!(found.is_empty(), "\n{}", found.join("\n"));
}

#[test]
fn no_source_names_a_place_of_one_machine() {
    let folder = ["/wo", "rk/"].concat();
    for (path, text) in workspace() {
        for (n, line) in text.lines().enumerate() {
            assert!(!line.contains(&folder), "{path}:{}: {line}", n + 1);
        }
    }
}

#[test]
fn each_dependency_has_one_home() {
    for (name, home, stranger) in
        [("sled", "index", "engine"), ("libp2p", "network", "node"), ("axum", "http", "accounts")]
    {
        let text = format!("use {name}::Thing;\n");
        assert_eq!(planted(&format!("node/src/{home}.rs"), &text), Vec::<String>::new());
        assert_eq!(planted(&format!("node/src/{home}/part.rs"), &text), Vec::<String>::new());
        assert_eq!(planted(&format!("node/src/{stranger}.rs"), &text).len(), 1, "{name} in {stranger}");
        assert_eq!(planted("shared/src/feed.rs", &text).len(), 1, "{name} in shared");
    }
    assert_eq!(planted("node/src/engine.rs", "fn f() { libp2p_stream::open(); }\n").len(), 1);
}

#[test]
fn words_in_comments_and_strings_are_not_imports() {
    let text = "// sled is an index\n/* libp2p\naxum */ fn f() { let a = \"sled\"; let b = r#\"axum\"#; }\n";
    assert_eq!(planted("node/src/engine.rs", text), Vec::<String>::new());
    let text = "fn f() {\n    let quote = '\"';\n    sled::open();\n}\n";
    assert_eq!(planted("node/src/engine.rs", text).len(), 1, "a quote as a character opens no string");
}

#[test]
fn the_core_is_pure() {
    for line in [
        "use std::fs;",
        "use std::net::TcpStream;",
        "let now = std::time::SystemTime::now();",
        "let now = Instant::now();",
        "use std::collections::HashMap;",
        "let dice = rand::random::<u8>();",
        "use std::env;",
    ] {
        assert!(!planted("shared/src/sync.rs", line).is_empty(), "{line}");
        assert!(planted("node/src/journal.rs", "use std::fs;").is_empty(), "the node may");
    }
    let manifest = "[package]\nname = \"x\"\n[dependencies]\nserde.workspace = true\ntokio = \"1\"\n";
    assert_eq!(planted("shared/Cargo.toml", manifest).len(), 1);
    let manifest = "[dependencies]\nserde.workspace = true\n[dev-dependencies]\nproptest.workspace = true\n";
    assert_eq!(planted("shared/Cargo.toml", manifest), Vec::<String>::new());
}

#[test]
fn leaf_modules_do_not_import_one_another() {
    assert_eq!(planted("node/src/journal.rs", "use crate::index::Index;\n").len(), 1);
    assert_eq!(planted("node/src/http/live.rs", "let d = crate::documents::Documents::new();\n").len(), 1);
    assert_eq!(planted("node/src/network.rs", "use crate::{config, journal};\n").len(), 1);
    assert_eq!(planted("node/src/index.rs", "use super::journal::Journal;\n").len(), 1);
    assert_eq!(planted("node/src/journal/segment.rs", "use crate::journal::Record;\n"), Vec::<String>::new());
    assert_eq!(planted("node/src/engine.rs", "use crate::index::Index;\n"), Vec::<String>::new());
}

#[test]
fn the_wall_clock_is_read_in_one_place() {
    let text = "fn f() { let t = std::time::SystemTime::now(); }\n";
    assert_eq!(planted("node/src/engine.rs", text).len(), 1);
    assert_eq!(planted("node/src/clock.rs", text), Vec::<String>::new());
    let text = format!("fn g() {{}}\n#[cfg(test)]\nmod tests {{\n{text}}}\n");
    assert_eq!(planted("node/src/engine.rs", &text), Vec::<String>::new(), "unit tests may");
}

#[test]
fn files_and_functions_have_an_end() {
    let file = "// a line\n".repeat(601);
    assert_eq!(planted("node/src/engine.rs", &file).len(), 1);
    assert_eq!(planted("node/src/engine.rs", &"// a line\n".repeat(600)), Vec::<String>::new());
    let function = format!("pub async fn long() {{\n{}}}\n", "    step();\n".repeat(130));
    let found = planted("node/src/engine.rs", &function);
    assert!(found.len() == 1 && found[0].contains("fn long: 132 lines"), "{found:?}");
    let function = format!("fn short() {{\n{}}}\n", "    step();\n".repeat(100));
    assert_eq!(planted("node/src/engine.rs", &function), Vec::<String>::new());
}
