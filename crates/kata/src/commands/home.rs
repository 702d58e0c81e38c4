//! `cargo kata` alone: what there is, and the next thing to do.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::ExitCode;

use crate::{Repo, Stop, Twin, say};

/// The commands that there are, and what each does.
const COMMANDS: &[(&str, &str)] = &[
    (
        "cargo kata play",
        "run the finished system: page, slow API, Redis, worker",
    ),
    ("cargo kata play N", "run your step N (with --solution, ours)"),
    ("cargo kata doctor", "is everything here that the kata needs?"),
    ("cargo kata redis", "run a Redis on port 6379; with a command, send it"),
    (
        "cargo kata verify",
        "for maintainers: prove that the exercises are sound",
    ),
];

/// Prints the commands, the steps with what is left to do in each, and the next thing to do.
///
/// # Errors
///
/// If the steps' folders cannot be read.
pub fn run(repo: &Repo) -> Result<ExitCode, Stop> {
    say::line(&say::paint(
        say::STRONG,
        "Sidepunch kata: rebuild Sidekiq, background jobs on Redis, step by step.",
    ));
    say::line("");
    for (command, does) in COMMANDS {
        say::line(&format!(
            "  {}  {does}",
            say::paint(say::COMMAND, &format!("{command:<18}"))
        ));
    }
    say::line("");
    let mut next = None;
    for step in repo.steps(Twin::Yours)? {
        let left = todos(&repo.crate_of(&step, Twin::Yours).join("src"))?;
        let state = match left.len() {
            0 => "no todo left".to_owned(),
            1 => "1 task left".to_owned(),
            count => format!("{count} tasks left"),
        };
        say::line(&format!("  {:<20}  {:<14}  docs/{}.md", step.name, state, step.name));
        if next.is_none()
            && let Some(task) = left.first()
        {
            next = Some((step, task.clone()));
        }
    }
    say::line("");
    match next {
        Some((step, task)) => {
            say::line(&format!("Next: task {task}. Read docs/{}.md, and run", step.name));
            say::command(&format!("cargo test -p {}", step.name));
        }
        None => {
            say::line("Next: no todo is left. See that everything is green, and compare with ours:");
            say::command("cargo test --workspace");
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The tasks whose `todo!("task N.M: …")` still stands somewhere in the folder, in order.
///
/// # Errors
///
/// If a file cannot be read.
pub fn todos(folder: &Path) -> Result<BTreeSet<String>, Stop> {
    let mut tasks = BTreeSet::new();
    for entry in fs::read_dir(folder).map_err(|error| Stop::path("read", folder, &error))? {
        let path = entry.map_err(|error| Stop::path("read", folder, &error))?.path();
        if path.is_dir() {
            tasks.extend(todos(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let text = fs::read_to_string(&path).map_err(|error| Stop::path("read", &path, &error))?;
            tasks.extend(text.split("todo!(").skip(1).filter_map(task));
        }
    }
    Ok(tasks)
}

/// The `N.M` that follows in `"task N.M: …"`.
fn task(after: &str) -> Option<String> {
    let number = after.trim_start().strip_prefix('"')?.strip_prefix("task ")?;
    let end = number
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(number.len());
    let number = number[..end].trim_end_matches('.');
    number.contains('.').then(|| number.to_owned())
}
