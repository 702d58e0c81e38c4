//! What is printed, and its colours: none where the output is no terminal, or where `NO_COLOR` is set.
//!
//! A line that nobody can read any more (a closed pipe) is not an error: what runs goes on, and ends in order.

use std::io::Write;

use anstyle::{AnsiColor, Style};

/// A command that is run, or to be run.
pub const COMMAND: Style = AnsiColor::Cyan.on_default();
/// What is well.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// What is not.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// What deserves a look.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub const STRONG: Style = Style::new().bold();
/// What need not be read.
pub const QUIET: Style = Style::new().dimmed();

/// One line on standard output.
pub fn line(text: &str) {
    let _ = writeln!(anstream::stdout(), "{text}");
}

/// One line on standard error.
pub fn note(text: &str) {
    let _ = writeln!(anstream::stderr(), "{text}");
}

/// The plain command that is run next, so that readers can run it themselves.
pub fn command(text: &str) {
    line(&paint(COMMAND, &format!("$ {text}")));
}

/// Why nothing more is done.
pub fn error(text: &str) {
    note(&format!("{} {text}", paint(BAD, "error:")));
}

/// The text in a colour.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// A word as a shell would need it: quoted if it holds anything but plain characters.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// How many columns a text may take: the terminal's, but no more than 100, and 80 where there is no terminal.
pub fn width() -> usize {
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| columns);
    columns.map_or(80, |columns| usize::from(columns).clamp(40, 100))
}

/// A text in lines that fit.
pub fn wrapped(text: &str) -> Vec<String> {
    textwrap::wrap(text, width())
        .into_iter()
        .map(std::borrow::Cow::into_owned)
        .collect()
}
