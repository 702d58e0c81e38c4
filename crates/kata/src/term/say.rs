//! Prints text, in colours if the output is a terminal and `NO_COLOR` is not set.
//!
//! A line that cannot be written (because a pipe is closed) is not an error: the command continues
//! and ends in order.

use std::io::{self, Write};
use std::sync::OnceLock;
use std::time::Duration;

use super::printer::{Printer, Stream};
use crate::CliError;

use anstyle::{AnsiColor, Style};

/// A command that is run, or that the reader should run.
pub const COMMAND: Style = AnsiColor::Cyan.on_default();
/// A success.
pub const GOOD: Style = AnsiColor::Green.on_default();
/// A failure.
pub const BAD: Style = AnsiColor::Red.on_default().bold();
/// A warning.
pub const WARN: Style = AnsiColor::Yellow.on_default();
/// A heading.
pub const STRONG: Style = Style::new().bold();
/// Text that is less important.
pub const QUIET: Style = Style::new().dimmed();

/// The printer that [`print_in_background`] has started.
static PRINTER: OnceLock<Printer> = OnceLock::new();

/// How long the last lines may take to be printed.
const FINISH_TIMEOUT: Duration = Duration::from_secs(1);

/// Prints all lines in a thread from now on. Then a reader that does not read (a pipe that is full)
/// cannot block the code that prints, for example while it stops programs.
pub fn print_in_background() {
    PRINTER.get_or_init(|| Printer::start(anstream::stdout(), anstream::stderr()));
}

/// Waits until the lines so far are printed in the background, for at most a second.
pub fn finish() {
    if let Some(printer) = PRINTER.get() {
        printer.finish(FINISH_TIMEOUT);
    }
}

/// Prints a line on standard output.
pub fn line(text: &str) {
    match PRINTER.get() {
        Some(printer) => printer.line(Stream::Out, text),
        None => drop(writeln!(anstream::stdout(), "{text}")),
    }
}

/// Prints a line on standard error.
pub fn note(text: &str) {
    match PRINTER.get() {
        Some(printer) => printer.line(Stream::Err, text),
        None => drop(writeln!(anstream::stderr(), "{text}")),
    }
}

/// Prints the command that runs next, so that readers can run it themselves.
pub fn command(text: &str) {
    line(&paint(COMMAND, &format!("$ {text}")));
}

/// Prints the error that ends the program.
pub fn error(text: &str) {
    note(&format!("{} {text}", paint(BAD, "error:")));
}

/// Returns the text in a colour.
pub fn paint(style: Style, text: &str) -> String {
    format!("{style}{text}{style:#}")
}

/// Quotes a word for a shell, if it contains anything but plain characters.
pub fn quote(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@%+,".contains(c);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

/// Returns the width of a text in columns: that of the terminal, but between 40 and 100, and 80
/// without a terminal.
pub fn width() -> usize {
    let columns = console::Term::stdout().size_checked().map(|(_, columns)| columns);
    columns.map_or(80, |columns| usize::from(columns).clamp(40, 100))
}

/// Splits a text into lines of that width.
pub fn wrapped(text: &str) -> Vec<String> {
    textwrap::wrap(text, width()).into_iter().map(Into::into).collect()
}

/// Returns the last lines of a text.
pub fn last_lines(text: &str, count: usize) -> String {
    let lines: Vec<_> = text.trim_end().lines().collect();
    lines[lines.len().saturating_sub(count)..].join("\n")
}

/// Asks a question that the reader answers with yes or no, on standard error. Returns true for yes.
///
/// # Errors
///
/// If the answer cannot be read.
pub fn ask(question: &str) -> Result<bool, CliError> {
    let _ = write!(anstream::stderr(), "{question} [y/N] ");
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| format!("Your answer cannot be read: {error}."))?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
