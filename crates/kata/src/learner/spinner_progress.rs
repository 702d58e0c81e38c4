//! Somebody who waits for cargo or for a test, and sees that something goes on.

use anstream::adapter::strip_str;

use crate::progress::Spinner;
use crate::run::Progress;

/// Waits with a spinner, until `enough` says that it is not wanted any more.
pub struct SpinnerProgress<'a> {
    spinner: Spinner,
    cancelled: &'a dyn Fn() -> bool,
}

impl<'a> SpinnerProgress<'a> {
    /// Waits for what the message says. The spinner vanishes when this is dropped.
    pub fn new(message: &str, cancelled: &'a dyn Fn() -> bool) -> SpinnerProgress<'a> {
        SpinnerProgress {
            spinner: Spinner::start(message),
            cancelled,
        }
    }
}

impl Progress for SpinnerProgress<'_> {
    fn on_line(&self, line: &str) {
        // `Compiling serde v1.0.0`; what is finished is soon said by others.
        let status = status(line).unwrap_or_default();
        let mut words = status.split_whitespace();
        if let (Some(verb), Some(name)) = (words.next().filter(|verb| verb.ends_with("ing")), words.next()) {
            self.spinner.say(&format!("{} {name}", verb.to_lowercase()));
        }
    }

    fn is_cancelled(&self) -> bool {
        (self.cancelled)()
    }
}

/// The line without its colours, if it is one by which cargo says what it does.
pub fn status(line: &str) -> Option<String> {
    const WORDS: &[&str] = &[
        "Blocking",
        "Checking",
        "Compiling",
        "Downloaded",
        "Downloading",
        "Finished",
        "Locking",
        "Updating",
    ];
    let plain = strip_str(line).to_string();
    // Cargo's own words stand to the right in a column of twelve; the compiler's begin at the left.
    let is_status = plain.starts_with(' ')
        && plain
            .split_whitespace()
            .next()
            .is_some_and(|word| WORDS.contains(&word));
    is_status.then_some(plain)
}
