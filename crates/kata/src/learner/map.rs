//! The map: all steps, their tasks, and the state of each.

use anstyle::Style;

use super::advice::{current, next};
use super::{State, StepStatus};
use crate::repo::suite::step_of;
use crate::term::say;

/// Returns the lines of the map. The current step is shown with its tasks, the others in one line
/// each. With `whole`, all are shown with their tasks.
pub fn render(steps: &[StepStatus], whole: bool) -> Vec<String> {
    let at = current(steps).map(|step| step.suite.step.number);
    let mut lines = vec![
        say::paint(
            say::STRONG,
            "Sidepunch kata: rebuild Sidekiq, background jobs on Redis, in five steps.",
        ),
        say::paint(say::QUIET, "cargo kata --help lists the commands."),
        String::new(),
    ];
    for step in steps {
        let here = at == Some(step.suite.step.number);
        lines.push(heading(step, here));
        if here || whole {
            lines.extend(step.groups.iter().map(|(group, state)| row(step, group, *state)));
        }
    }
    let advice = next(steps);
    lines.push(String::new());
    lines.extend(say::wrapped(&format!("Next: {}", advice.words)));
    lines.push(say::paint(say::COMMAND, &format!("  $ {}", advice.command)));
    lines
}

/// Formats a step in one line: its name, a mark for each task, and a summary.
fn heading(step: &StepStatus, here: bool) -> String {
    let tasks = step.suite.tasks.iter().map(|task| mark(step.of_task(task.number)));
    let marks: Vec<_> = tasks.collect();
    let done = step
        .suite
        .tasks
        .iter()
        .filter(|task| step.of_task(task.number) == State::Green)
        .count();
    let all = step.suite.tasks.len();
    let words = if step.is_green() {
        say::paint(say::GOOD, "green")
    } else if step.groups.iter().any(|(_, state)| *state == State::NoBuild) {
        say::paint(say::BAD, "does not compile")
    } else if step.at.is_none() && step.is_begun() {
        format!("{} of {all} todos are left", step.left.len())
    } else if step.at.is_none() {
        say::paint(say::QUIET, "not begun")
    } else {
        format!("{done} of {all} tasks green")
    };
    let pointer = if here { ">" } else { " " };
    let name = say::paint(say::STRONG, &format!("{:<15}", step.suite.step.name));
    // The column is as wide as six tasks. Colours have no width.
    let gap = " ".repeat(2 * (6 - all.min(6)));
    format!("{pointer} {name} {}{gap}  {words}", marks.join(" "))
}

/// Formats a group of tests in one line: its state, task, name and title.
fn row(step: &StepStatus, group: &str, state: State) -> String {
    let (style, word) = label(state);
    let word = say::paint(style, &format!("{word:<8}"));
    let (number, title) = match (step.suite.task_of(group), step_of(group)) {
        (Some(task), _) => (
            format!("{}.{}", step.suite.step.number, task.number),
            task.title.clone(),
        ),
        (None, Some(number)) => (String::new(), format!("the behaviour of step {number}")),
        (None, None) => (String::new(), "the given code".to_owned()),
    };
    format!("    {} {word} {number:<3} {group:<17} {title}", mark(state))
}

fn mark(state: State) -> String {
    let (style, _) = label(state);
    let mark = match state {
        State::Green => "✓",
        State::Red | State::NoBuild => "✗",
        State::NotRun | State::Changed => "·",
        State::NoRedis => "!",
    };
    say::paint(style, mark)
}

fn label(state: State) -> (Style, &'static str) {
    match state {
        State::Green => (say::GOOD, "green"),
        State::Red => (say::BAD, "red"),
        State::NotRun => (say::QUIET, "not run"),
        State::Changed => (say::WARN, "not run"),
        State::NoBuild => (say::BAD, "no build"),
        State::NoRedis => (say::WARN, "no Redis"),
    }
}
