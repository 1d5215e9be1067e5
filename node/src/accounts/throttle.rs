//! Slows down guessing, per account and per source; never locks anybody out for good (S4).

use std::collections::HashMap;
use std::net::IpAddr;

/// Failures that cost nothing.
const ACCOUNT_FREE_FAILURES: u32 = 5;
const SOURCE_FREE_FAILURES: u32 = 20;
/// Longest wait between two tries.
const ACCOUNT_WAIT_MAX_MS: u64 = 60_000;
const SOURCE_WAIT_MAX_MS: u64 = 60_000;
/// After this long without a failure everything is forgotten.
const FORGET_AFTER_MS: u64 = 30 * 60_000;
/// Names and sources remembered at once.
const BUCKETS_MAX: usize = 10_000;

/// Where a request comes from: an IPv4 address, or the /64 of an IPv6 address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Source(IpAddr);

impl Source {
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V6(v6) if !v6.is_loopback() => {
                let [a, b, c, d, ..] = v6.segments();
                Self(IpAddr::from([a, b, c, d, 0, 0, 0, 0]))
            }
            other => Self(other),
        }
    }
}

impl std::fmt::Display for Source {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.0 {
            IpAddr::V6(v6) if !v6.is_loopback() => write!(f, "{v6}/64"),
            other => write!(f, "{other}"),
        }
    }
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    failures: u32,
    last_ms: u64,
}

impl Bucket {
    /// Milliseconds until the next try is allowed.
    fn wait_ms(&self, now_ms: u64, free: u32, max_ms: u64) -> u64 {
        let Some(excess) = self.failures.checked_sub(free) else { return 0 };
        let delay_ms = 1_000_u64.checked_shl(excess.min(32)).unwrap_or(max_ms).min(max_ms);
        delay_ms.saturating_sub(now_ms.saturating_sub(self.last_ms))
    }

    fn fail(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.last_ms) > FORGET_AFTER_MS {
            self.failures = 0;
        }
        self.failures = self.failures.saturating_add(1);
        self.last_ms = now_ms;
    }
}

/// Counts of failures; lives in memory only.
#[derive(Debug, Default)]
pub(super) struct Throttle {
    accounts: HashMap<String, Bucket>,
    sources: HashMap<Source, Bucket>,
    latest_ms: u64,
}

impl Throttle {
    /// Asks for one try and counts it as failed at once, so that many tries at the same time gain nothing.
    ///
    /// Errors with the milliseconds to wait; a refused try costs nothing and prolongs nothing.
    pub(super) fn begin(&mut self, user: &str, source: Source, now_ms: u64) -> Result<(), u64> {
        if now_ms < self.latest_ms {
            // The clock was put back: waits count from now, so that nobody is kept out.
            for bucket in self.accounts.values_mut().chain(self.sources.values_mut()) {
                bucket.last_ms = bucket.last_ms.min(now_ms);
            }
        }
        self.latest_ms = now_ms;
        make_room(&mut self.accounts);
        make_room(&mut self.sources);
        let account = self.accounts.get(user).copied().unwrap_or_default();
        let origin = self.sources.get(&source).copied().unwrap_or_default();
        let wait_ms = account
            .wait_ms(now_ms, ACCOUNT_FREE_FAILURES, ACCOUNT_WAIT_MAX_MS)
            .max(origin.wait_ms(now_ms, SOURCE_FREE_FAILURES, SOURCE_WAIT_MAX_MS));
        if wait_ms > 0 {
            return Err(wait_ms);
        }
        self.accounts.entry(user.to_owned()).or_default().fail(now_ms);
        self.sources.entry(source).or_default().fail(now_ms);
        Ok(())
    }

    /// The try was right: the account is clean again, the source gets back this one try only.
    pub(super) fn succeed(&mut self, user: &str, source: Source) {
        self.accounts.remove(user);
        if let Some(bucket) = self.sources.get_mut(&source) {
            bucket.failures = bucket.failures.saturating_sub(1);
        }
    }
}

/// Forgets the longest quiet ones when full.
fn make_room<K: Clone + Eq + std::hash::Hash>(buckets: &mut HashMap<K, Bucket>) {
    if buckets.len() < BUCKETS_MAX {
        return;
    }
    let mut times: Vec<u64> = buckets.values().map(|bucket| bucket.last_ms).collect();
    let (_, oldest_kept_ms, _) = times.select_nth_unstable(BUCKETS_MAX / 4);
    let oldest_kept_ms = *oldest_kept_ms;
    buckets.retain(|_, bucket| bucket.last_ms > oldest_kept_ms);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Source {
        Source::of(text.parse().expect("an address"))
    }

    /// S4: 1,000 tries a second apart or at once: at most 20 hashes a minute for one account.
    #[test]
    fn an_account_is_tried_at_most_twenty_times_a_minute() {
        let mut throttle = Throttle::default();
        let mut hashes = 0;
        for n in 0..1_000_u32 {
            let from = Source::of(IpAddr::from([10, 0, (n / 256) as u8, (n % 256) as u8]));
            hashes += u32::from(throttle.begin("marta", from, 60 * u64::from(n)).is_ok());
        }
        assert!(hashes <= 20, "{hashes} hashes in a minute");
    }

    #[test]
    fn one_source_cannot_try_many_accounts() {
        let mut throttle = Throttle::default();
        let tried = (0..1_000_u64)
            .filter(|n| throttle.begin(&format!("user{n}"), source("2001:db8::1"), 60 * n).is_ok())
            .count();
        assert!(tried <= 30, "{tried}");
        assert!(throttle.begin("otra", source("2001:db8::ffff:1:2"), 60_000).is_err(), "the same /64");
        assert!(throttle.begin("otra", source("2001:db8:0:1::1"), 60_000).is_ok(), "another /64");
        assert_eq!(source("::ffff:10.1.2.3"), source("10.1.2.3"));
    }

    #[test]
    fn nobody_is_locked_out_for_good() {
        let mut throttle = Throttle::default();
        let mut now_ms = 5_000_000;
        let mut longest_ms = 0;
        for _ in 0..10_000 {
            if let Err(wait_ms) = throttle.begin("marta", source("10.0.0.1"), now_ms) {
                longest_ms = longest_ms.max(wait_ms);
                now_ms += wait_ms;
                assert_eq!(
                    throttle.begin("marta", source("10.0.0.1"), now_ms),
                    Ok(()),
                    "after the wait it is open"
                );
            }
        }
        assert_eq!(longest_ms, ACCOUNT_WAIT_MAX_MS);
        // The clock is put back by years: still no more than the longest wait.
        let wait_ms = throttle.begin("marta", source("10.0.0.1"), 1_000).expect_err("still throttled");
        assert!(wait_ms <= ACCOUNT_WAIT_MAX_MS);
        assert_eq!(throttle.begin("marta", source("10.0.0.1"), 1_000 + wait_ms), Ok(()));
    }

    #[test]
    fn the_right_password_clears_the_account_but_not_the_source() {
        let mut throttle = Throttle::default();
        for _ in 0..ACCOUNT_FREE_FAILURES {
            assert!(throttle.begin("marta", source("10.0.0.1"), 0).is_ok());
        }
        assert!(throttle.begin("marta", source("10.0.0.1"), 0).is_err());
        throttle.succeed("marta", source("10.0.0.1"));
        assert!(throttle.begin("marta", source("10.0.0.1"), 0).is_ok());
        for n in 0..SOURCE_FREE_FAILURES {
            let _ = throttle.begin(&format!("u{n}"), source("10.0.0.1"), 0);
        }
        assert!(throttle.begin("nueva", source("10.0.0.1"), 0).is_err());
    }

    #[test]
    fn memory_is_bounded() {
        let mut throttle = Throttle::default();
        for n in 0..3 * BUCKETS_MAX as u64 {
            let from = Source::of(IpAddr::from([(n >> 24) as u8, (n >> 16) as u8, (n >> 8) as u8, n as u8]));
            let _ = throttle.begin(&format!("user{n}"), from, n);
        }
        assert!(throttle.accounts.len() <= BUCKETS_MAX && throttle.sources.len() <= BUCKETS_MAX);
    }
}
