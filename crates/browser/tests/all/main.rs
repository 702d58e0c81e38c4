//! Tests the page in a real browser. Each test prints SKIPPED if none is installed.

mod act;
mod kill;
mod outage;
mod pictures;
mod press;
mod read;
mod scene;
mod steps;
mod strangers;

/// Starts a browser with these settings, or returns early from the test.
#[macro_export]
macro_rules! browser {
    ($look:expr) => {
        match ::browser::Browser::open($look) {
            Some(browser) => browser,
            None => return,
        }
    };
    () => {
        $crate::browser!(::browser::Display::DEFAULT)
    };
}
