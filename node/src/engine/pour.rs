//! When a partner pours in what we lack, storing goes before judging.

use std::time::Duration;

use tokio::time::Instant;

/// A frame of entries of this size is not somebody typing: a partner pours in what we lack, and storing it goes before
/// judging it. Until no such frame has come for a while…
const LARGE_BYTES: usize = 64 * 1024;
const PAUSE: Duration = Duration::from_millis(30);
/// …and no longer than this, so that nobody can keep us from judging.
const LONGEST: Duration = Duration::from_secs(10);

/// A partner pouring in what we lack.
#[derive(Default)]
pub(super) struct Pour {
    /// Since when, and the last large frame.
    run: Option<(Instant, Instant)>,
}

impl Pour {
    /// A frame of entries came.
    pub(super) fn frame(&mut self, now: Instant, bytes: usize) {
        if bytes >= LARGE_BYTES {
            let since = self.run.filter(|(_, last)| now - *last < PAUSE).map_or(now, |(since, _)| since);
            self.run = Some((since, now));
        }
    }

    /// Is judging to wait?
    pub(super) fn is_on(&self, now: Instant) -> bool {
        self.run.is_some_and(|(since, last)| now - last < PAUSE && now - since < LONGEST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn judging_waits_for_large_frames_and_never_for_long() {
        let start = Instant::now();
        let mut pour = Pour::default();
        pour.frame(start, LARGE_BYTES - 1);
        assert!(!pour.is_on(start), "somebody typing");
        pour.frame(start, LARGE_BYTES);
        assert!(pour.is_on(start));
        assert!(!pour.is_on(start + PAUSE), "a pause");
        let mut now = start + PAUSE;
        while now < start + PAUSE + LONGEST {
            pour.frame(now, LARGE_BYTES);
            now += PAUSE / 2;
        }
        assert!(!pour.is_on(now), "a partner that never stops does not keep us from judging");
    }
}
