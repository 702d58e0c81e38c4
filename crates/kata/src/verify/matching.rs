//! Whether a program said what a page shows, `[..]` standing for anything within a line, and a line `...` for any lines.

use snapbox::Data;
use snapbox::filter::NormalizeToExpected;

/// Whether `said` is what is `expected`.
pub fn matches(expected: &str, output: &str) -> bool {
    let (expected, output) = (lines(expected), lines(output));
    let output = NormalizeToExpected::new()
        .redact()
        .normalize(Data::text(output), &Data::text(expected.clone()));
    output.render().is_some_and(|output| output == expected)
}

/// Whether `said` begins with what is `expected`.
pub fn begins(expected: &str, output: &str) -> bool {
    matches(&format!("{}...\n", lines(expected)), output)
}

/// Whole lines, without the spaces at their ends that no reader sees.
fn lines(text: &str) -> String {
    text.trim_end()
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}
