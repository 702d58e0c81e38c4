//! Tries the page in a real browser: Chromium, driven over WebDriver by its own `chromedriver`.
//!
//! The tests need both (Debian: `apt-get install chromium chromium-driver`) and say SKIPPED without them. They stand in a
//! crate of their own, so that nobody who learns has to build what drives a browser.

mod browser;
mod driver;
mod found;
mod more;
mod play;

pub use browser::{Browser, Look};
pub use play::{Play, root};
