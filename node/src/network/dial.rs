//! When to dial a partner: exponential back-off with full jitter, quick after a break, patient with a partner
//! that keeps failing. Pure: time and chance come from outside.

use std::time::Duration;

use tokio::time::Instant;

const FIRST_RETRY: Duration = Duration::from_secs(1);
const LONGEST_RETRY: Duration = Duration::from_secs(300);
/// After a break the first retry comes within this range, so that both sides rarely dial at once.
const QUICK_RETRY_MS: (u64, u64) = (100, 500);
/// A link that lasted this long proves that all is well.
const STABLE: Duration = Duration::from_secs(60);
/// Short links in a row that are still retried quickly.
const QUICK_MAX: u32 = 3;
/// What a violation of the protocol counts for.
const FAULT_FAILURES: u32 = 4;

/// Chance from the operating system.
pub(super) fn chance() -> u64 {
    // Without randomness dialling still works; it only loses its jitter.
    getrandom::u64().unwrap_or(u64::MAX / 2)
}

/// The back-off of one partner.
#[derive(Debug)]
pub(super) struct Schedule {
    failures: u32,
    short_links: u32,
    next: Instant,
    last: Option<Instant>,
}

impl Schedule {
    pub(super) fn new(now: Instant) -> Self {
        Self { failures: 0, short_links: 0, next: now, last: None }
    }

    /// When the next attempt is due, provided that there is no link.
    pub(super) fn next(&self) -> Instant {
        self.next
    }

    pub(super) fn attempted(&mut self, now: Instant) {
        self.last = Some(now);
    }

    pub(super) fn failed(&mut self, now: Instant, chance: u64) {
        let longest = FIRST_RETRY.saturating_mul(1 << self.failures.min(16)).min(LONGEST_RETRY);
        self.failures = self.failures.saturating_add(1);
        self.next = now + between(Duration::ZERO, longest, chance).max(FIRST_RETRY / 4);
    }

    /// A link that was up for `lasted` ended; `fault`: because the partner broke the protocol.
    pub(super) fn ended(&mut self, lasted: Duration, fault: bool, now: Instant, chance: u64) {
        if lasted >= STABLE && !fault {
            self.failures = 0;
            self.short_links = 0;
        } else {
            self.short_links = self.short_links.saturating_add(1);
        }
        if fault {
            self.failures = self.failures.saturating_add(FAULT_FAILURES);
            self.failed(now, chance);
        } else if self.short_links > QUICK_MAX {
            self.failed(now, chance);
        } else {
            self.failures = 0;
            let (low, high) = QUICK_RETRY_MS;
            self.next = now + between(Duration::from_millis(low), Duration::from_millis(high), chance);
        }
    }

    /// Forget the back-off.
    pub(super) fn now(&mut self, now: Instant) {
        *self = Self { last: self.last, ..Self::new(now) };
    }

    /// Something new is known about where the partner is, from a source that proves nothing: try soon, but not
    /// more often than every few seconds.
    pub(super) fn nudge(&mut self, now: Instant) {
        let earliest = self.last.map_or(now, |last| (last + 5 * FIRST_RETRY).max(now));
        self.next = self.next.min(earliest);
    }
}

fn between(low: Duration, high: Duration, chance: u64) -> Duration {
    let part = (chance >> 11) as f64 / (1u64 << 53) as f64;
    low + (high - low).mul_f64(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATEST: u64 = u64::MAX;

    #[test]
    fn retries_grow_to_five_minutes_and_not_beyond() {
        let now = Instant::now();
        let mut schedule = Schedule::new(now);
        assert!(schedule.next() <= now, "a new partner is dialled at once");
        let mut waits = Vec::new();
        for _ in 0..40 {
            schedule.failed(now, LATEST);
            waits.push((schedule.next() - now).as_secs_f64().round() as u64);
        }
        assert_eq!(waits[..10], [1, 2, 4, 8, 16, 32, 64, 128, 256, 300]);
        assert!(waits[10..].iter().all(|wait| *wait == 300));
        schedule.failed(now, 0);
        assert!(schedule.next() - now < FIRST_RETRY, "full jitter");
        schedule.now(now);
        assert_eq!(schedule.next(), now);
    }

    #[test]
    fn a_broken_link_is_retried_quickly_but_a_flapping_one_is_not() {
        let now = Instant::now();
        let mut schedule = Schedule::new(now);
        for chance in [0, LATEST] {
            schedule.ended(STABLE, false, now, chance);
            let wait = schedule.next() - now;
            assert!(wait >= Duration::from_millis(100) && wait <= Duration::from_millis(500), "{wait:?}");
        }
        for _ in 0..QUICK_MAX {
            schedule.ended(Duration::ZERO, false, now, LATEST);
            assert!(schedule.next() - now <= Duration::from_millis(500));
        }
        for _ in 0..12 {
            schedule.ended(Duration::ZERO, false, now, LATEST);
        }
        assert!(schedule.next() - now > Duration::from_secs(200));
    }

    #[test]
    fn a_violation_is_not_retried_quickly() {
        let now = Instant::now();
        let mut schedule = Schedule::new(now);
        schedule.ended(10 * STABLE, true, now, LATEST);
        assert!(schedule.next() - now >= Duration::from_secs(15));
    }

    #[test]
    fn nudges_do_not_make_a_storm() {
        let now = Instant::now();
        let mut schedule = Schedule::new(now);
        schedule.attempted(now);
        for _ in 0..12 {
            schedule.failed(now, LATEST);
        }
        schedule.nudge(now);
        assert_eq!(schedule.next(), now + 5 * FIRST_RETRY);
    }
}
