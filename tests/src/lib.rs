//! Black-box suites: every test drives the release binary as separate processes, through what anybody can use
//! (commands, HTTP, the live socket, the protocol between nodes, files).
//!
//! [`cluster`] starts nodes and founds alliances, [`client`] speaks HTTP, [`live`] the socket of a browser tab,
//! [`wire`] the protocol between nodes as a stranger or a dishonest partner would, [`journal`] reads and damages
//! the files, [`random`] draws edits from a printed seed, [`rules`] reads the sources, [`proxy`] counts bytes.

pub mod canonical;
pub mod client;
pub mod cluster;
pub mod fixture;
pub mod journal;
pub mod live;
pub mod node;
pub mod proxy;
pub mod random;
pub mod rules;
pub mod wait;
pub mod wire;

pub use client::{Client, Refusal};
pub use cluster::{Cluster, Person};
pub use node::{Node, Output};
pub use wait::{wait_for, wait_until};

/// `ALIANZA_LONG=1` runs the full number of rounds.
pub fn long_run() -> bool {
    std::env::var("ALIANZA_LONG").is_ok_and(|value| value == "1")
}

/// Says loudly that a part could not run here, and has it counted as skipped.
pub fn skip(what: &str, why: &str) {
    println!("SKIPPED: {what}: {why}");
    eprintln!("SKIPPED: {what}: {why}");
    if let Some(path) = std::env::var_os("ALIANZA_SKIPS") {
        use std::io::Write;
        let file = std::fs::OpenOptions::new().create(true).append(true).open(path);
        if let Ok(mut file) = file {
            writeln!(file, "{what}: {why}").ok();
        }
    }
}
