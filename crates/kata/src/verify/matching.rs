//! Whether a program said what a page shows, `[..]` standing for anything within a line, and a line `...` for any lines.

use snapbox::Data;
use snapbox::filter::NormalizeToExpected;

/// Whether `said` is what is `expected`.
pub fn matches(expected: &str, said: &str) -> bool {
    let (expected, said) = (lines(expected), lines(said));
    let said = NormalizeToExpected::new()
        .redact()
        .normalize(Data::text(said), &Data::text(expected.clone()));
    said.render().is_some_and(|said| said == expected)
}

/// Whether `said` begins with what is `expected`.
pub fn begins(expected: &str, said: &str) -> bool {
    matches(&format!("{}...\n", lines(expected)), said)
}

/// Whole lines, without the spaces at their ends that no reader sees.
fn lines(text: &str) -> String {
    text.trim_end()
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}
