//! Progress indicators for work that takes longer than a moment.

use std::time::Duration;

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

    /// Creates a spinner that is not shown.
    pub fn hidden() -> Spinner {
        Spinner(ProgressBar::hidden())
    }

    fn turning(bar: ProgressBar, message: &str) -> Spinner {
        bar.set_message(message.to_owned());
        // The template is a constant of ours, so it parses. If it did not, the default would do.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Spinner(bar)
    }

    /// Replaces the message.
    pub fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
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

/// Creates a progress bar for a known number of items, with a message and the elapsed time. Without
/// a terminal nothing is drawn.
pub fn bar(count: usize) -> ProgressBar {
    let bar = ProgressBar::new(count.try_into().unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg} {elapsed:.dim}") {
        bar.set_style(style);
    }
    bar.enable_steady_tick(Duration::from_millis(120));
    bar
}

impl Drop for Spinner {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
