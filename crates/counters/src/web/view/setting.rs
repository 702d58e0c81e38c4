//! What the page offers: it depends on the program that serves it.

use std::env;

use maud::{Markup, html};

/// The step, and what the page offers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setting {
    /// The step of the kata whose program serves the page; none for another program.
    pub step: Option<u8>,
    /// Whether `cargo kata play` runs it, which can kill the process and start a new one.
    pub play: bool,
    /// Whether there is a button for recounts.
    pub recounts: bool,
}

impl Setting {
    /// Returns true if the program has the feature that `step` brings; also if there is no step.
    pub fn has(self, step: u8) -> bool {
        self.step.is_none_or(|here| here >= step)
    }

    /// Draws an empty place: the step that brings its feature, or that it is empty.
    pub fn empty(self, step: u8, brings: &str, nothing: &str) -> Markup {
        let future = !self.has(step);
        html! { p .empty .future[future] { @if future { "Step " (step) " brings " (brings) "." } @else { (nothing) } } }
    }
}

/// Returns the number in the program's own name, such as `step3-retries`: each step's program
/// contains this page and is named after its step. `None` for another program.
pub fn step() -> Option<u8> {
    let program = env::current_exe().ok()?;
    parse(program.file_name()?.to_str()?)
}

fn parse(name: &str) -> Option<u8> {
    let (number, _) = name.strip_prefix("step")?.split_once('-')?;
    number.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn reads_the_step_from_the_programs_name() {
        assert_eq!(parse("step3-retries"), Some(3));
        for name in ["all-0123456789abcdef", "steps", "step-3", "stepx-y", "counters-api"] {
            assert_eq!(parse(name), None, "{name}");
        }
    }
}
