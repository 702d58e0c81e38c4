//! Shows a spinner while cargo or a test runs.

use anstream::adapter::strip_str;

use crate::system::run::Progress;
use crate::term::progress::Spinner;

/// Shows a spinner, and cancels the command as soon as `cancelled` returns true.
pub struct SpinnerProgress<'a> {
    spinner: Spinner,
    cancelled: &'a dyn Fn() -> bool,
}

impl<'a> SpinnerProgress<'a> {
    /// Starts a spinner with a message. It disappears when this is dropped.
    pub fn new(message: &str, cancelled: &'a dyn Fn() -> bool) -> SpinnerProgress<'a> {
        SpinnerProgress {
            spinner: Spinner::start(message),
            cancelled,
        }
    }
}

impl Progress for SpinnerProgress<'_> {
    fn on_line(&self, line: &str) {
        // For example `Compiling serde v1.0.0`. Lines such as `Finished` are not shown.
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

/// Returns the line without colours, if it is a status line of cargo.
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
    // Cargo aligns its words on the right of a column of twelve characters. The lines of the
    // compiler begin on the left.
    let is_status = plain.starts_with(' ')
        && plain
            .split_whitespace()
            .next()
            .is_some_and(|word| WORDS.contains(&word));
    is_status.then_some(plain)
}
