//! Compares the output of a program with a page. `[..]` matches any text within a line, and a line
//! `...` matches any lines.

use snapbox::Data;
use snapbox::filter::NormalizeToExpected;

/// Returns true if `output` matches `expected`.
pub fn matches(expected: &str, output: &str) -> bool {
    let (expected, output) = (lines(expected), lines(output));
    let output = NormalizeToExpected::new()
        .redact()
        .normalize(Data::text(output), &Data::text(expected.clone()));
    output.render().is_some_and(|output| output == expected)
}

/// Returns true if the beginning of `output` matches `expected`.
pub fn begins(expected: &str, output: &str) -> bool {
    matches(&format!("{}...\n", lines(expected)), output)
}

/// Returns whole lines, without the spaces at their ends, which readers do not see.
fn lines(text: &str) -> String {
    text.trim_end()
        .lines()
        .map(|line| format!("{}\n", line.trim_end()))
        .collect()
}
