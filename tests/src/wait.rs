//! A condition with a timeout, never a sleep.

use std::future::Future;
use std::time::{Duration, Instant};

/// How often a condition is looked at.
const POLL_MS: u64 = 40;

/// Looks at `condition` until it gives `Ok`, and returns that. `Err` carries the state seen, in words; the last
/// one is in the error when `timeout` has passed.
pub async fn wait_for<T, F, W>(what: &str, timeout: Duration, mut condition: F) -> anyhow::Result<T>
where
    F: FnMut() -> W,
    W: Future<Output = Result<T, String>>,
{
    let start = Instant::now();
    loop {
        let last = match tokio::time::timeout(timeout, condition()).await {
            Ok(Ok(value)) => return Ok(value),
            Ok(Err(state)) => state,
            Err(_) => "the condition itself did not answer".to_owned(),
        };
        if start.elapsed() >= timeout {
            anyhow::bail!("not within {timeout:?}: {what}\n  last seen: {last}");
        }
        tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
    }
}

/// [`wait_for`] that fails the test.
///
/// # Panics
/// When the condition does not hold within `timeout`, with the last state seen.
pub async fn wait_until<T, F, W>(what: &str, timeout: Duration, condition: F) -> T
where
    F: FnMut() -> W,
    W: Future<Output = Result<T, String>>,
{
    match wait_for(what, timeout, condition).await {
        Ok(value) => value,
        Err(error) => panic!("{error}"),
    }
}
