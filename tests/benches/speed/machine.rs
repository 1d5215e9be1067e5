//! What this machine can do at all: the floor under every figure.

use std::fs::OpenOptions;
use std::io::Write;
use std::time::Instant;

use alianza_shared::id::CityId;
use anyhow::Result;
use automerge::transaction::Transactable;
use automerge::{AutoCommit, ObjType, ROOT};
use ed25519_dalek::{Signer, SigningKey};
use serde_json::{Value, json};

use crate::report::median;

/// Rates of this machine, alone.
#[derive(Debug, Clone)]
pub(crate) struct Rates {
    /// One append of 500 bytes with `fdatasync`, milliseconds.
    pub(crate) sync_ms: f64,
    /// One strict ed25519 verification over 300 bytes, microseconds.
    pub(crate) verify_us: f64,
    /// One-character changes that raw automerge makes in one second.
    pub(crate) automerge_per_s: f64,
    /// One-character changes of another that raw automerge applies in one second, one at a time.
    pub(crate) automerge_apply_per_s: f64,
}

impl Rates {
    pub(crate) fn json(&self) -> Value {
        json!({
            "fdatasync_500_b_ms": self.sync_ms, "ed25519_verify_us": self.verify_us,
            "automerge_changes_per_s": self.automerge_per_s,
            "automerge_applied_per_s": self.automerge_apply_per_s,
        })
    }
}

impl std::fmt::Display for Rates {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "fdatasync of a 500 B append {:.3} ms; ed25519 verification {:.1} µs; raw automerge {:.0} one-character \
             changes/s made, {:.0} applied one by one",
            self.sync_ms, self.verify_us, self.automerge_per_s, self.automerge_apply_per_s
        )
    }
}

pub(crate) fn measure() -> Result<Rates> {
    let (automerge_per_s, automerge_apply_per_s) = automerge_rates()?;
    Ok(Rates { sync_ms: sync_ms()?, verify_us: verify_us(), automerge_per_s, automerge_apply_per_s })
}

fn sync_ms() -> Result<f64> {
    let folder = tempfile::tempdir()?;
    let mut file = OpenOptions::new().create(true).append(true).open(folder.path().join("log"))?;
    let record = [0xA5; 500];
    let mut times = Vec::new();
    for _ in 0..400 {
        let start = Instant::now();
        file.write_all(&record)?;
        file.sync_data()?;
        times.push(start.elapsed().as_secs_f64() * 1_000.0);
    }
    Ok(median(&times))
}

fn verify_us() -> f64 {
    let key = SigningKey::from_bytes(&[5; 32]);
    let message = [7; 300];
    let signature = key.sign(&message).to_bytes();
    let city = CityId(key.verifying_key().to_bytes());
    let mut times = Vec::new();
    for _ in 0..2_000 {
        let start = Instant::now();
        let valid = alianza_shared::feed::header::verify(&city, &message[..50], &message[50..], &signature);
        times.push(start.elapsed().as_secs_f64() * 1e6);
        assert!(valid, "the signature is good");
    }
    median(&times)
}

fn automerge_rates() -> Result<(f64, f64)> {
    const CHANGES: usize = 10_000;
    let mut doc = AutoCommit::new();
    let text = doc.put_object(ROOT, "text", ObjType::Text)?;
    let mut reader = doc.fork();
    let mut changes = Vec::with_capacity(CHANGES);
    let start = Instant::now();
    for at in 0..CHANGES {
        doc.splice_text(&text, at, 0, "a")?;
        doc.commit();
        changes.push(doc.get_last_local_change().expect("a commit leaves a change"));
    }
    let made = CHANGES as f64 / start.elapsed().as_secs_f64();
    let start = Instant::now();
    for change in changes {
        reader.apply_changes([change])?;
    }
    Ok((made, CHANGES as f64 / start.elapsed().as_secs_f64()))
}
