//! The results of the checks, as a table.

use std::time::{Duration, Instant};

use super::{Check, parallel};
use crate::CliError;
use crate::term::progress::{Spinner, Spinners};
use crate::term::say;

/// The width of the column `what` while the rows are printed one by one. The final table uses the
/// width that it needs.
const WIDTH: usize = 24;

/// The result of one part of a check.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Verdict {
    /// The problems, each as a text for a maintainer. If there are none, the part has passed.
    pub problems: Vec<String>,
    /// Information that is not a problem.
    pub notes: Vec<String>,
}

impl From<Vec<String>> for Verdict {
    /// Creates a verdict with these problems.
    fn from(problems: Vec<String>) -> Verdict {
        let notes = Vec::new();
        Verdict { problems, notes }
    }
}

/// One line of the table.
#[derive(Clone, Debug)]
pub struct Row {
    /// The check.
    pub check: Check,
    /// The part of the check, such as a step.
    pub what: String,
    /// Its result.
    pub verdict: Verdict,
    /// How long it took.
    pub took: Duration,
}

/// The rows so far. By default it only collects them, and prints nothing.
#[derive(Clone, Debug, Default)]
pub struct Report {
    rows: Vec<Row>,
    spinners: Option<Spinners>,
}

impl Report {
    /// Creates a report that also shows the progress, and prints each row as soon as it is known.
    pub fn verbose() -> Report {
        Report {
            spinners: Some(Spinners::default()),
            ..Report::default()
        }
    }

    /// Runs one part of a check and adds its row. An error becomes a problem of the row.
    pub fn row<V: Into<Verdict>>(
        &mut self,
        check: Check,
        what: &str,
        prove: impl FnOnce(&Spinner) -> Result<V, CliError>,
    ) {
        let spinners = self.spinners.as_ref();
        let spinner = spinners.map(|spinners| spinners.spinner(&format!("{}: {what}", check.name())));
        let begun = Instant::now();
        let verdict = prove(&spinner.unwrap_or_default());
        let row = Row {
            check,
            what: what.to_owned(),
            verdict: verdict.map_or_else(|error| vec![error.text].into(), Into::into),
            took: begun.elapsed(),
        };
        if let Some(spinners) = spinners {
            spinners.note(&line(&row, WIDTH));
        }
        self.rows.push(row);
    }

    /// Adds the rows of each item, in the order of the items. As many run in parallel as there are
    /// cores: while the tests of one wait, another one is built.
    pub fn each<T: Sync>(&mut self, items: &[T], rows: impl Fn(&T, &mut Report) + Sync) {
        // The last step takes longest, so it begins first.
        let items: Vec<&T> = items.iter().rev().collect();
        let results = parallel::parallel_map(&items, parallel::cores(), |item| {
            let spinners = self.spinners.clone();
            let mut report = Report {
                spinners,
                ..Report::default()
            };
            rows(item, &mut report);
            report.rows
        });
        self.rows.extend(results.into_iter().rev().flatten());
    }

    /// Returns true if a check has found a problem.
    pub fn failed(&self) -> bool {
        self.rows.iter().any(|row| !row.verdict.problems.is_empty())
    }

    /// Returns the table, and below it each note and each problem, with the command that repeats
    /// its check.
    pub fn render(&self) -> String {
        let widths = self.rows.iter().map(|row| row.what.chars().count());
        let width = widths.max().unwrap_or(0).max(4);
        let head = format!("{:<12} {:<width$} {:<7} {:>8}", "check", "what", "verdict", "seconds");
        let mut text = say::paint(say::STRONG, &head);
        for row in &self.rows {
            text.push_str(&format!("\n{}", line(row, width)));
        }
        for row in &self.rows {
            let of = format!("{}, {}", row.check.name(), row.what);
            for note in &row.verdict.notes {
                text.push_str(&format!("\n\n{} {of}: {note}", say::paint(say::WARN, "note")));
            }
            for problem in &row.verdict.problems {
                text.push_str(&format!("\n\n{} {of}\n{problem}", say::paint(say::BAD, "problem")));
            }
            if !row.verdict.problems.is_empty() {
                let again = format!("cargo kata verify --only {}", row.check.name());
                text.push_str(&format!("\nRepeat with: {}", say::paint(say::COMMAND, &again)));
            }
        }
        text
    }
}

fn line(row: &Row, width: usize) -> String {
    let (style, verdict) = if row.verdict.problems.is_empty() {
        (say::GOOD, "ok")
    } else {
        (say::BAD, "FAILED")
    };
    let (check, seconds) = (row.check.name(), row.took.as_secs_f64());
    format!(
        "{check:<12} {:<width$} {style}{verdict:<7}{style:#} {seconds:>8.1}",
        row.what
    )
}
