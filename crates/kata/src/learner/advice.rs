//! The next thing to do.

use super::state::{State, StepStatus};
use crate::suite::{step_of, task_of};

/// What to do next: why, and one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// A sentence or two.
    pub words: String,
    /// What to type.
    pub command: String,
}

/// The step that a learner is at: the one that was tried last, while it is not green; then the next one that is not. Without
/// a trial the first one that was begun and not ended; else the first one. `None` when all is green.
pub fn current(steps: &[StepStatus]) -> Option<&StepStatus> {
    let last = steps.iter().filter(|step| step.at.is_some()).max_by_key(|step| step.at);
    let open = |step: &&StepStatus| !step.is_green();
    match last {
        Some(last) if !last.is_green() => Some(last),
        Some(last) => {
            let later = |step: &&StepStatus| step.suite.step.number > last.suite.step.number;
            steps
                .iter()
                .filter(later)
                .find(open)
                .or_else(|| steps.iter().find(open))
        }
        None => {
            let halfway = |step: &&StepStatus| step.is_begun() && !step.left.is_empty();
            steps.iter().find(halfway).or_else(|| steps.iter().find(open))
        }
    }
}

/// What to do next, as the steps stand.
pub fn next(steps: &[StepStatus]) -> Advice {
    let Some(step) = current(steps) else {
        return advice(
            "All of it is green: you own a background processor. Measure it against the others, and read \
             docs/what-next.md. Each chapter ends with a bonus.",
            "cargo kata bench",
        );
    };
    let (number, name) = (step.suite.step.number, &step.suite.step.name);
    let test = format!("cargo kata test {number}");
    let Some((group, state)) = step.first_open() else {
        return advice(&format!("{name} has no test."), &test);
    };
    let page = step
        .suite
        .task_of(group)
        .map_or_else(|| format!("docs/{name}.md"), |task| task.page.clone());
    let about = match step.suite.task_of(group) {
        Some(task) => format!("task {number}.{}, {} ({})", task.number, task.title, task.place),
        None if step_of(group).is_some() => format!("{group}, which tests the code of that step"),
        None => format!("{group}, which tests the given code"),
    };
    match state {
        State::NoBuild => advice(&format!("{name} does not build. See what the compiler says:"), &test),
        State::NoRedis => advice(
            "The tests found no Redis. See what this machine has, and what to do about it:",
            "cargo kata doctor",
        ),
        State::Red => advice(
            &format!("{about}. Its tests are red. See the first failure; {page} says what is wanted."),
            &test,
        ),
        State::Changed => advice(
            &format!("You have changed {name} since its tests ran. Run them:"),
            &test,
        ),
        _ if !step.is_begun() => first_of(steps, step, &test),
        _ if step.at.is_none() => advice(&format!("{name} is begun. See how far it is:"), &test),
        _ if task_of(group).is_some() => advice(&format!("{about}. Read it in {page}, then see its red:"), &test),
        _ => advice(&format!("{name} was not run to its end. Run it:"), &test),
    }
}

/// The advice before a step that nobody has touched: after the one before it, or at the very beginning.
fn first_of(steps: &[StepStatus], step: &StepStatus, test: &str) -> Advice {
    let (number, name) = (step.suite.step.number, &step.suite.step.name);
    let before = steps
        .iter()
        .rfind(|other| other.suite.step.number < number && other.is_green());
    let words = match before {
        Some(before) => format!(
            "Step {} is green. Compare with ours (cargo kata diff {}), then read docs/{name}.md and see its first red:",
            before.suite.step.number, before.suite.step.number
        ),
        None => format!(
            "Read docs/{name}.md up to the first task, then see the first red. \
             (cargo kata play runs the finished system.)"
        ),
    };
    advice(&words, test)
}

fn advice(words: &str, command: &str) -> Advice {
    Advice {
        words: words.to_owned(),
        command: command.to_owned(),
    }
}
