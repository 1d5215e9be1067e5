//! Automerge runs here: what it panics about becomes a value, not the end of the process (protocol §4, G4).

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Once;

thread_local! {
    static INSIDE: Cell<bool> = const { Cell::new(false) };
}

static HOOK: Once = Once::new();

/// Runs `work`; `None` if it panicked. Such a panic is expected with hostile bytes, so it is not printed; panics
/// anywhere else go on to whatever hook was there before. What `work` touched must be thrown away on `None`.
pub(super) fn guarded<T>(work: impl FnOnce() -> T) -> Option<T> {
    HOOK.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            if !INSIDE.get() {
                before(info);
            }
        }));
    });
    let outer = INSIDE.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    INSIDE.set(outer);
    result.ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_inside_is_a_value_and_the_thread_goes_on() {
        assert_eq!(guarded(|| -> u8 { panic!("hostile") }), None);
        assert_eq!(guarded(|| 7), Some(7));
        assert!(!INSIDE.get());
    }
}
