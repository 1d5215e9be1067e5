//! Token buckets: how much a partner or an address may do per second.

use std::time::Duration;

use tokio::time::Instant;

/// Refills steadily up to its burst; whoever takes more than there is waits.
#[derive(Debug, Clone)]
pub(super) struct Bucket {
    level: f64,
    burst: f64,
    per_second: f64,
    at: Instant,
}

impl Bucket {
    pub(super) fn new(burst: f64, per_second: f64, now: Instant) -> Self {
        Self { level: burst, burst, per_second, at: now }
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.level = (self.level + passed * self.per_second).min(self.burst);
        self.at = now;
    }

    /// Takes one if there is one.
    pub(super) fn take(&mut self, now: Instant) -> bool {
        self.refill(now);
        let there = self.level >= 1.0;
        if there {
            self.level -= 1.0;
        }
        there
    }

    /// Takes `amount` in any case and says how long to wait until the bucket is out of debt.
    pub(super) fn spend(&mut self, amount: usize, now: Instant) -> Duration {
        self.refill(now);
        self.level -= amount as f64;
        if self.level >= 0.0 {
            Duration::ZERO
        } else {
            Duration::from_secs_f64(-self.level / self.per_second)
        }
    }

    /// Nothing was taken for so long that the bucket need not be remembered.
    pub(super) fn is_full(&mut self, now: Instant) -> bool {
        self.refill(now);
        self.level >= self.burst
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_gives_its_burst_then_its_rate() {
        let start = Instant::now();
        let mut bucket = Bucket::new(2.0, 1.0, start);
        assert!(bucket.take(start) && bucket.take(start));
        assert!(!bucket.take(start));
        assert!(bucket.take(start + Duration::from_secs(1)));
        assert!(bucket.is_full(start + Duration::from_secs(10)));
    }

    #[test]
    fn spending_beyond_the_level_costs_time_in_proportion_t13() {
        let start = Instant::now();
        let mut bucket = Bucket::new(100.0, 50.0, start);
        assert_eq!(bucket.spend(100, start), Duration::ZERO);
        assert_eq!(bucket.spend(100, start), Duration::from_secs(2));
    }
}
