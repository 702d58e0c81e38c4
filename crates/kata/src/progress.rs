//! A sign of life for what takes longer than a moment.

use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::say;

/// A line that turns while something goes on; it vanishes when dropped. Where there is no terminal nothing is drawn.
#[derive(Debug)]
pub struct Spinner(ProgressBar);

impl Spinner {
    /// Starts one that says what goes on.
    pub fn start(message: &str) -> Spinner {
        Spinner::turning(ProgressBar::new_spinner(), message)
    }

    /// One that is never seen.
    pub fn hidden() -> Spinner {
        Spinner(ProgressBar::hidden())
    }

    fn turning(bar: ProgressBar, message: &str) -> Spinner {
        bar.set_message(message.to_owned());
        // The template is a constant of ours; should it not parse, the default one is as good.
        if let Ok(style) = ProgressStyle::with_template("{spinner} {msg} {elapsed:.dim}") {
            bar.set_style(style);
        }
        bar.enable_steady_tick(Duration::from_millis(120));
        Spinner(bar)
    }

    /// Says something else from now on.
    pub fn say(&self, message: &str) {
        self.0.set_message(message.to_owned());
    }
}

/// Where several spinners turn at once, a line each, and lines are said above them.
#[derive(Clone, Debug, Default)]
pub struct Spinners(MultiProgress);

impl Spinners {
    /// Starts one more spinner.
    pub fn spinner(&self, message: &str) -> Spinner {
        Spinner::turning(self.0.add(ProgressBar::new_spinner()), message)
    }

    /// One line on standard error, above the spinners.
    pub fn note(&self, text: &str) {
        self.0.suspend(|| say::note(text));
    }
}

/// A bar for a known number of things, with a message and the time that it took so far. Where there is no terminal nothing is
/// drawn.
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
