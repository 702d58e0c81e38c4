//! The page in a real browser. Each test says SKIPPED where there is none.

mod act;
mod kill;
mod outage;
mod pictures;
mod press;
mod read;
mod scene;
mod steps;
mod strangers;

/// A browser that looks so, or an early return from the test.
#[macro_export]
macro_rules! browser {
    ($look:expr) => {
        match ::browser::Browser::open($look) {
            Some(browser) => browser,
            None => return,
        }
    };
    () => {
        $crate::browser!(::browser::Look::USUAL)
    };
}
