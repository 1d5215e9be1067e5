//! Reads the sources and says where they break the import rules of the architecture (§4) and the sizes of §9.
//! Works on text, not on a syntax tree: comments, string literals and test modules are taken out first.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// Sources by path from the root of the workspace.
pub type Sources = BTreeMap<String, String>;

/// Lines beyond which a file fails; beyond [`FILE_LINES_WISHED`] it is only named.
pub const FILE_LINES_MAX: usize = 600;
pub const FILE_LINES_WISHED: usize = 400;
/// Lines beyond which a function fails; beyond [`FUNCTION_LINES_WISHED`] it is only named.
pub const FUNCTION_LINES_MAX: usize = 120;
pub const FUNCTION_LINES_WISHED: usize = 70;

/// Crates that the pure core may name.
const SHARED_DEPENDENCIES: [&str; 10] = [
    "automerge",
    "blake3",
    "data-encoding",
    "ed25519-dalek",
    "minicbor",
    "serde",
    "serde_json",
    "sha2",
    "thiserror",
    "utoipa",
];
/// What would give the core a file, a socket, a clock, randomness or an unordered map.
const SHARED_FORBIDDEN: [&str; 16] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "std::io::stdin",
    "SystemTime::now",
    "Instant::now",
    "HashMap",
    "HashSet",
    "tokio",
    "getrandom",
    "rand::",
    "OsRng",
    "fs::File",
    "thread_rng",
];
/// A dependency, and the only module that may name it.
const HOMES: [(&str, &str); 8] = [
    ("sled", "index"),
    ("libp2p", "network"),
    ("libp2p_stream", "network"),
    ("axum", "http"),
    ("rustls", "tls"),
    ("tokio_rustls", "tls"),
    ("rcgen", "tls"),
    ("x509_parser", "tls"),
];
/// Modules of the node that meet only in `engine` and `node`.
const LEAVES: [&str; 7] = ["journal", "index", "documents", "blobs", "network", "http", "export"];
/// Readings of the wall clock, allowed in `clock.rs` alone.
const CLOCKS: [&str; 4] =
    ["SystemTime::now", "Timestamp::now", "Zoned::now", "SystemTime::UNIX_EPOCH.elapsed"];

/// Something that breaks a rule, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    pub path: String,
    pub line: usize,
    pub text: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.text)
    }
}

/// All sources that the rules speak of: Rust and Cargo files of the workspace, TypeScript of the page.
///
/// # Errors
/// When a file cannot be read.
pub fn read_workspace(root: &Path) -> std::io::Result<Sources> {
    let mut sources = Sources::new();
    for folder in ["shared", "node", "web", "tests"] {
        collect(root, &root.join(folder), &mut sources)?;
    }
    Ok(sources)
}

fn collect(root: &Path, folder: &Path, into: &mut Sources) -> std::io::Result<()> {
    if !folder.is_dir() {
        return Ok(());
    }
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            if !matches!(name.as_str(), "node_modules" | "dist" | "target" | "screens" | "generated") {
                collect(root, &path, into)?;
            }
        } else if [".rs", ".ts", ".tsx", "Cargo.toml"].iter().any(|end| name.ends_with(end)) {
            let relative = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().into_owned();
            into.insert(relative, fs::read_to_string(&path)?);
        }
    }
    Ok(())
}

/// Every breach, by path and line.
pub fn check(sources: &Sources) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in sources {
        if path.ends_with("Cargo.toml") {
            check_manifest(path, text, &mut found);
            continue;
        }
        check_size(path, text, FILE_LINES_MAX, FUNCTION_LINES_MAX, &mut found);
        if path.ends_with(".rs") {
            let code = code_only(text);
            check_homes(path, &code, &mut found);
            check_shared(path, &code, &mut found);
            check_leaves(path, &code, &mut found);
            check_clock(path, &code, &mut found);
        }
    }
    found
}

/// Files and functions that are longer than wished, not yet too long.
pub fn longer_than_wished(sources: &Sources) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in sources.iter().filter(|(path, _)| !path.ends_with("Cargo.toml")) {
        check_size(path, text, FILE_LINES_WISHED, FUNCTION_LINES_WISHED, &mut found);
    }
    found
}

fn say(path: &str, line: usize, text: String, into: &mut Vec<Violation>) {
    into.push(Violation { path: path.to_owned(), line, text });
}

fn check_manifest(path: &str, text: &str, found: &mut Vec<Violation>) {
    if path != "shared/Cargo.toml" {
        return;
    }
    let mut in_dependencies = false;
    for (n, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            in_dependencies = line.trim() == "[dependencies]";
            continue;
        }
        let name = line.split(['.', '=', ' ']).next().unwrap_or_default();
        if in_dependencies
            && !name.is_empty()
            && !name.starts_with('#')
            && !SHARED_DEPENDENCIES.contains(&name)
        {
            say(path, n + 1, format!("the pure core may not depend on {name}"), found);
        }
    }
}

/// Module of the node that a source belongs to: `index` for `node/src/index.rs` and all below `node/src/index/`.
fn module(path: &str) -> Option<&str> {
    let rest = path.strip_prefix("node/src/")?;
    let end = rest.find(['/', '.'])?;
    Some(&rest[..end])
}

fn check_homes(path: &str, code: &str, found: &mut Vec<Violation>) {
    if path.starts_with("tests/") {
        return;
    }
    for (name, home) in HOMES {
        if module(path) == Some(home) {
            continue;
        }
        for (n, line) in code.lines().enumerate() {
            if has_word(line, name) {
                say(path, n + 1, format!("{name} is named only in node/src/{home}*"), found);
            }
        }
    }
}

fn check_shared(path: &str, code: &str, found: &mut Vec<Violation>) {
    if !path.starts_with("shared/src/") {
        return;
    }
    for (n, line) in code.lines().enumerate() {
        for name in SHARED_FORBIDDEN {
            if has_word(line, name) {
                say(path, n + 1, format!("the pure core may not use {name}"), found);
            }
        }
    }
}

fn check_leaves(path: &str, code: &str, found: &mut Vec<Violation>) {
    let Some(own) = module(path).filter(|own| LEAVES.contains(own)) else { return };
    for (n, line) in code.lines().enumerate() {
        for other in LEAVES.into_iter().filter(|other| *other != own) {
            let grouped = line.contains("use crate::{") && has_word(line, other);
            let own_file = path == format!("node/src/{own}.rs");
            let by_super = own_file && has_word(line, &format!("super::{other}"));
            if has_word(line, &format!("crate::{other}")) || grouped || by_super {
                say(path, n + 1, format!("{own} may not import {other}: they meet in the engine"), found);
            }
        }
    }
}

fn check_clock(path: &str, code: &str, found: &mut Vec<Violation>) {
    if !path.starts_with("node/src/") || module(path) == Some("clock") {
        return;
    }
    for (n, line) in code.lines().enumerate() {
        for clock in CLOCKS.into_iter().filter(|clock| line.contains(clock)) {
            say(path, n + 1, format!("{clock} belongs in clock.rs"), found);
        }
    }
}

fn check_size(path: &str, text: &str, file_max: usize, function_max: usize, found: &mut Vec<Violation>) {
    let lines: Vec<&str> = text.lines().collect();
    if lines.len() > file_max {
        say(path, 1, format!("{} lines, more than {file_max}", lines.len()), found);
    }
    if !path.ends_with(".rs") {
        return;
    }
    let mut n = 0;
    while n < lines.len() {
        let Some(name) = function_name(lines[n]) else {
            n += 1;
            continue;
        };
        let indent = &lines[n][..lines[n].len() - lines[n].trim_start().len()];
        let close = format!("{indent}}}");
        let end = (n..lines.len()).find(|&at| lines[at] == close || (at == n && lines[at].ends_with('}')));
        let length = end.map_or(0, |end| end - n + 1);
        if length > function_max {
            say(path, n + 1, format!("fn {name}: {length} lines, more than {function_max}"), found);
        }
        n += 1;
    }
}

/// Name of the function that a line begins.
fn function_name(line: &str) -> Option<&str> {
    let mut rest = line.trim_start();
    loop {
        let word = rest.split_whitespace().next()?;
        match word {
            "async" | "const" | "unsafe" => rest = rest[word.len()..].trim_start(),
            _ if word.starts_with("pub") => rest = rest[word.len()..].trim_start(),
            "fn" => {
                let name = rest[2..].trim_start();
                return Some(&name[..name.find(['(', '<']).unwrap_or(name.len())]);
            }
            _ => return None,
        }
    }
}

/// Does `name` stand in `line` with nothing of an identifier on either side?
fn has_word(line: &str, name: &str) -> bool {
    let part = |c: char| c.is_alphanumeric() || c == '_';
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + name.len()..].chars().next();
        !before.is_some_and(part) && (name.ends_with(':') || !after.is_some_and(part))
    })
}

/// The text without comments, string and character literals and the module of unit tests; lines stay in place.
pub fn code_only(text: &str) -> String {
    let upto = text.find("#[cfg(test)]\nmod tests").unwrap_or(text.len());
    let chars: Vec<char> = text[..upto].chars().collect();
    let mut out = String::with_capacity(upto);
    let mut n = 0;
    while n < chars.len() {
        let two = (chars[n], chars.get(n + 1).copied().unwrap_or(' '));
        let end = match two {
            ('/', '/') => end_of(&chars, n, |c, _| c == '\n'),
            ('/', '*') => end_of(&chars, n + 2, |c, next| c == '*' && next == '/') + 2,
            ('r', '"') => end_of(&chars, n + 2, |c, _| c == '"') + 1,
            ('r', '#') if chars.get(n + 2) == Some(&'"') => {
                end_of(&chars, n + 3, |c, next| c == '"' && next == '#') + 2
            }
            ('"', _) => end_of_string(&chars, n + 1) + 1,
            ('\'', '\\') => end_of(&chars, n + 3, |c, _| c == '\'') + 1,
            ('\'', _) if chars.get(n + 2) == Some(&'\'') => n + 3,
            _ => {
                out.push(chars[n]);
                n += 1;
                continue;
            }
        };
        let end = end.min(chars.len());
        out.extend(chars[n..end].iter().filter(|c| **c == '\n'));
        n = end;
    }
    out
}

fn end_of(chars: &[char], from: usize, stop: impl Fn(char, char) -> bool) -> usize {
    let next = |n: usize| chars.get(n + 1).copied().unwrap_or(' ');
    (from..chars.len()).find(|&n| stop(chars[n], next(n))).unwrap_or(chars.len())
}

fn end_of_string(chars: &[char], from: usize) -> usize {
    let mut n = from;
    while n < chars.len() && chars[n] != '"' {
        n += if chars[n] == '\\' { 2 } else { 1 };
    }
    n.min(chars.len())
}
