//! The map: all steps, their tasks, and how each stands.

use anstyle::Style;

use super::advice::{current, next};
use super::state::{State, StepStatus};
use crate::say;
use crate::suite::step_of;

/// The map's lines. The step that the learner is at is shown task by task, the others in a line each; with `whole` all are
/// shown task by task.
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

/// A step in one line: its name, its tasks, and what that means.
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
        say::paint(say::BAD, "does not build")
    } else if step.at.is_none() && step.is_begun() {
        format!("{} of {all} todos left", step.left.len())
    } else if step.at.is_none() {
        say::paint(say::QUIET, "not begun")
    } else {
        format!("{done} of {all} tasks green")
    };
    let pointer = if here { ">" } else { " " };
    let name = say::paint(say::STRONG, &format!("{:<15}", step.suite.step.name));
    // At most six tasks a step; colours have no width.
    let gap = " ".repeat(2 * (6 - all.min(6)));
    format!("{pointer} {name} {}{gap}  {words}", marks.join(" "))
}

/// A group of tests in one line: how it stands, its task, its name, what it is about.
fn row(step: &StepStatus, group: &str, state: State) -> String {
    let (style, word) = label(state);
    let word = say::paint(style, &format!("{word:<8}"));
    let (number, title) = match (step.suite.task_of(group), step_of(group)) {
        (Some(task), _) => (
            format!("{}.{}", step.suite.step.number, task.number),
            task.title.clone(),
        ),
        (None, Some(number)) => (String::new(), format!("what step {number} does")),
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
