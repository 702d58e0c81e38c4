//! Progress indicators for work that takes longer than a moment.

use std::time::Duration;

use anstream::adapter::strip_str;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use super::say;

/// A line with a spinner. It disappears when this is dropped. Without a terminal nothing is drawn.
#[derive(Debug)]
pub struct Spinner(ProgressBar);

impl Spinner {
    /// Starts a spinner with a message.
    pub fn start(message: &str) -> Spinner {
        Spinner::turning(ProgressBar::new_spinner(), message)
    }

    /// Starts a progress bar for a known number of items instead of a spinner.
    pub fn bar(count: usize) -> Spinner {
        let bar = ProgressBar::new(count.try_into().unwrap_or(u64::MAX));
        Spinner(in_style(bar, "{bar:30} {pos}/{len} {msg} {elapsed:.dim}"))
    }

    /// Moves the bar by one item.
    pub fn inc(&self) {
        self.0.inc(1);
    }

    fn turning(bar: ProgressBar, message: &str) -> Spinner {
        bar.set_message(message.to_owned());
        Spinner(in_style(bar, "{spinner} {msg} {elapsed:.dim}"))
    }

    /// Replaces the message.
    pub fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }

    /// Replaces the message if a command has printed a line that says what cargo does, such as
    /// `Compiling serde v1.0.0`. Lines such as `Finished` are not shown.
    pub fn on_line(&self, line: &str) {
        let status = cargo_status(line).unwrap_or_default();
        let mut words = status.split_whitespace();
        if let (Some(verb), Some(name)) = (words.next().filter(|verb| verb.ends_with("ing")), words.next()) {
            self.say(&format!("{} {name}", verb.to_lowercase()));
        }
    }
}

impl Default for Spinner {
    /// Creates a spinner that is not shown.
    fn default() -> Spinner {
        Spinner(ProgressBar::hidden())
    }
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// Several spinners, each on its own line, and lines that are printed above them.
#[derive(Clone, Debug, Default)]
pub struct Spinners(MultiProgress);

impl Spinners {
    /// Starts another spinner.
    pub fn spinner(&self, message: &str) -> Spinner {
        Spinner::turning(self.0.add(ProgressBar::new_spinner()), message)
    }

    /// Prints a line on standard error, above the spinners.
    pub fn note(&self, text: &str) {
        self.0.suspend(|| say::note(text));
    }
}

fn in_style(bar: ProgressBar, template: &str) -> ProgressBar {
    // The templates are constants of ours, so they parse. If one did not, the default would do.
    if let Ok(style) = ProgressStyle::with_template(template) {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

/// Returns the line without colours, if it is a status line of cargo.
pub fn cargo_status(line: &str) -> Option<String> {
    const WORDS: &str = "Blocking Checking Compiling Downloaded Downloading Finished Locking Updating";
    let plain = strip_str(line).to_string();
    let first = plain.split_whitespace().next()?;
    // Cargo aligns its words on the right of a column of twelve characters. The lines of the
    // compiler begin on the left.
    let is_status = plain.starts_with(' ') && WORDS.split(' ').any(|word| word == first);
    is_status.then_some(plain)
}
