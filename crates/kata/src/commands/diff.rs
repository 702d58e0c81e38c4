//! `cargo kata diff`: compares the learner's code with our solution.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal};

use similar::TextDiff;

use crate::learner::{Selection, StepStatus, status};
use crate::system::Cancellation;
use crate::system::files::Files;
use crate::term::say;
use crate::{CliError, Outcome, Repo, Side};

/// How many unchanged lines are shown around a difference.
const CONTEXT: usize = 3;

/// Prints the difference between the learner's code and our solution. Because it shows the
/// solution, it asks first, unless all tests of the step pass or `yes` is true. The exit code is 0.
///
/// # Errors
///
/// If it must ask and there is no terminal, or a file cannot be read.
pub fn run(repo: &Repo, step: &str, yes: bool) -> Result<Outcome, CliError> {
    let suite = Selection::step(repo, step, "diff")?;
    let step = suite.step.clone();
    let statuses = status::statuses(repo, vec![suite], &Cancellation::default())?;
    let is_green = statuses.iter().all(StepStatus::is_green);
    if !is_green && !yes && !agreed(&step.name)? {
        say::line("The difference is not shown.");
        return Ok(Outcome::SUCCESS);
    }
    let (yours, ours) = (
        repo.sources(&step, Side::Starter)?,
        repo.sources(&step, Side::Solution)?,
    );
    let shown = |side| say::quote(&repo.display_path(&repo.crate_of(&step, side).join("src")));
    say::command(&format!("diff -ru {} {}", shown(Side::Starter), shown(Side::Solution)));
    let lines = differences(&step.name, &yours, &ours);
    if lines.is_empty() {
        say::line("There is no difference.");
    }
    for line in lines {
        say::line(&line);
    }
    Ok(Outcome::SUCCESS)
}

/// Asks whether the solution may be shown.
fn agreed(name: &str) -> Result<bool, CliError> {
    let question = format!("The last tests of {name} were not all green, and the difference shows the solution.");
    if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
        return Err(format!("{question} There is no terminal to ask you on. Use --yes to see it.").into());
    }
    say::ask(&format!("{question} Show it?"))
}

/// Returns the lines of a unified diff, coloured. The lines of the learner begin with a minus,
/// those of our solution with a plus.
pub fn differences(step: &str, yours: &Files, ours: &Files) -> Vec<String> {
    let paths: BTreeSet<&String> = yours.keys().chain(ours.keys()).collect();
    let mut lines = Vec::new();
    for path in paths {
        let (left, right) = (yours.get(path), ours.get(path));
        if left == right {
            continue;
        }
        let name = |text: Option<&String>, name: String| text.map_or("/dev/null".to_owned(), |_| name);
        let diff = TextDiff::from_lines(left.map_or("", String::as_str), right.map_or("", String::as_str));
        let names = (
            name(left, format!("{step}/{path}")),
            name(right, format!("solutions/{step}/{path}")),
        );
        let mut unified = diff.unified_diff();
        let unified = unified.context_radius(CONTEXT).header(&names.0, &names.1).to_string();
        lines.extend(unified.lines().enumerate().map(|(place, line)| coloured(place, line)));
    }
    lines
}

fn coloured(place: usize, line: &str) -> String {
    let style = match line.as_bytes().first() {
        // The two lines that name the files.
        _ if place < 2 => say::STRONG,
        Some(b'-') => say::BAD,
        Some(b'+') => say::GOOD,
        Some(b'@') => say::COMMAND,
        _ => return line.to_owned(),
    };
    say::paint(style, line)
}
