//! Tests the page in a real browser: Chromium, controlled over WebDriver by its own `chromedriver`.
//!
//! The tests need both (Debian: `apt-get install chromium chromium-driver`) and print SKIPPED
//! without them. They are a crate of their own, so that learners need not build the WebDriver
//! client.

mod browser;
mod driver;
mod extra_command;
mod play;

pub use browser::{Browser, Display};
pub use play::{Play, root};
