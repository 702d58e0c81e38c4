//! Finds the next thing to do.

use super::{State, StepStatus};
use crate::repo::suite::{step_of, task_of};

/// What to do next: the reason, and one command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    /// One or two sentences.
    pub words: String,
    /// The command to type.
    pub command: String,
}

/// Returns the step that the learner is working on, or `None` if all steps are green:
///
/// 1. the step that was tried last, if it is not green; otherwise the next step that is not green;
///
/// 2. if no step was ever tried, the first one that has been begun but not finished;
///
/// 3. otherwise the first one that is not green.
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

/// Returns what to do next.
pub fn next(steps: &[StepStatus]) -> Advice {
    let Some(step) = current(steps) else {
        return advice(
            "All steps are green: you have built a background processor. Measure it against the others, and read \
             docs/what-next.md. Each chapter ends with a bonus.",
            "cargo kata bench",
        );
    };
    let (number, name) = (step.suite.step.number, &step.suite.step.name);
    let test = format!("cargo kata test {number}");
    let Some((group, state)) = step.first_open() else {
        return advice(&format!("{name} does not have any tests."), &test);
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
        State::NoBuild => advice(
            &format!("{name} does not compile. See the messages of the compiler:"),
            &test,
        ),
        State::NoRedis => advice(
            "The tests found no Redis. Find out what is missing on this machine:",
            "cargo kata doctor",
        ),
        State::Red => advice(
            &format!("{about}. Its tests are red. See the first failure; {page} explains the task."),
            &test,
        ),
        State::Changed => advice(
            &format!("You have changed {name} since its tests ran. Run them again:"),
            &test,
        ),
        _ if !step.is_begun() => first_of(steps, step, &test),
        _ if step.at.is_none() => advice(&format!("You have begun {name}. See how far you are:"), &test),
        _ if task_of(group).is_some() => advice(
            &format!("{about}. Read about it in {page}, then see its tests fail:"),
            &test,
        ),
        _ => advice(&format!("Not all tests of {name} have run. Run them:"), &test),
    }
}

/// Returns the advice for a step that has not been begun. It depends on whether an earlier step is
/// green.
fn first_of(steps: &[StepStatus], step: &StepStatus, test: &str) -> Advice {
    let (number, name) = (step.suite.step.number, &step.suite.step.name);
    let before = steps
        .iter()
        .rfind(|other| other.suite.step.number < number && other.is_green());
    let words = match before {
        Some(before) => format!(
            "Step {} is green. Compare your code with ours (cargo kata diff {}). \
             Then read docs/{name}.md and see its first test fail:",
            before.suite.step.number, before.suite.step.number
        ),
        None => format!(
            "Read docs/{name}.md up to the first task, then see its first test fail. \
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
