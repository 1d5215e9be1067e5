//! What the kernel says of a process.

use std::fs;

use alianza_tests::Node;
use anyhow::{Context, Result};

/// `VmRSS` and `VmHWM`, megabytes.
pub(crate) fn memory_mb(node: &Node) -> Result<(f64, f64)> {
    let pid = node.pid().context("the node runs")?;
    let status = fs::read_to_string(format!("/proc/{pid}/status"))?;
    let field = |name: &str| -> Result<f64> {
        let line = status.lines().find(|line| line.starts_with(name)).with_context(|| name.to_owned())?;
        let kilobytes: f64 = line.split_whitespace().nth(1).context("a number")?.parse()?;
        Ok(kilobytes / 1_024.0)
    };
    Ok((field("VmRSS:")?, field("VmHWM:")?))
}

/// Processor time used so far, seconds.
pub(crate) fn cpu_s(node: &Node) -> Result<f64> {
    /// Of `/proc`, on every Linux that matters here.
    const TICKS_PER_S: f64 = 100.0;
    let pid = node.pid().context("the node runs")?;
    let stat = fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let rest = stat.rsplit_once(')').context("a name in brackets")?.1;
    let fields: Vec<&str> = rest.split_whitespace().collect();
    let ticks: f64 = fields[11].parse::<f64>()? + fields[12].parse::<f64>()?;
    Ok(ticks / TICKS_PER_S)
}
