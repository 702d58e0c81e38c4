//! `cargo kata hint`: prints the hints of a task, one after the other.

use crate::learner::{Selection, State, advice, status};
use crate::repo::hints::{self, Hints};
use crate::repo::suite::{Suite, Task};
use crate::system::Cancellation;
use crate::term::say;
use crate::{CliError, Outcome, Repo};

/// Prints the next hint of a task and its number. After the last hint, it prints that one again.
/// Without a task it uses the one that the map points at. With `number` it prints that hint.
///
/// # Errors
///
/// If there is no such task or hint.
pub fn run(repo: &Repo, task: Option<&str>, number: Option<usize>) -> Result<Outcome, CliError> {
    let (suite, task) = resolve(repo, task)?;
    let name = format!("{}.{}", suite.step.number, task.number);
    let all = Hints::of(repo, &suite.step)?;
    let all = all.task(task.number);
    let seen = hints::shown_count(repo, &suite, task.number);
    let number = number.unwrap_or((seen + 1).min(all.len()));
    let hint = number.checked_sub(1).and_then(|place| all.get(place));
    let Some(hint) = hint else {
        return Err(CliError::arguments(format!(
            "There is no hint {number}. The number of hints for task {name} is {}.",
            all.len()
        )));
    };
    let stored = hints::set_shown_count(repo, &suite, task.number, seen.max(number));
    let heading = format!("Task {name}, {}: hint {number} of {}", task.title, all.len());
    say::line(&say::paint(say::STRONG, &heading));
    say::line("");
    for line in say::wrapped(hint) {
        say::line(&line);
    }
    say::line("");
    if let Err(error) = &stored {
        say::note(&format!("The number of shown hints cannot be stored. {}", error.text));
    }
    if number < all.len() {
        // A number that was not stored must be given.
        let next = stored.map_or(format!(" {}", number + 1), |()| String::new());
        say::line(&format!("For the next hint: cargo kata hint {name}{next}"));
    } else {
        say::line(&format!(
            "This is the last hint. The task is explained in docs/{}.md. To see our solution: cargo kata diff {}",
            suite.step.name, suite.step.number
        ));
    }
    Ok(Outcome::SUCCESS)
}

/// Returns the task that the learner has named, or the one that the map points at.
fn resolve(repo: &Repo, task: Option<&str>) -> Result<(Suite, Task), CliError> {
    if let Some(task) = task {
        let Selection { suite, task: number } = Selection::read(repo, task, None)?;
        let Some(task) = number.and_then(|number| suite.task(number)).cloned() else {
            let (step, last) = (suite.step.number, suite.tasks.len());
            return Err(CliError::arguments(format!(
                "Which task of {}? Give {step}.1 to {step}.{last}.",
                suite.step.name
            )));
        };
        return Ok((suite, task));
    }
    let statuses = status::statuses(repo, Suite::all(repo)?, &Cancellation::default())?;
    let at = advice::current(&statuses)
        .ok_or("All steps are green. Name the task that you want a hint for, such as 3.2.")?;
    let mut open = at.groups.iter().filter(|(_, state)| *state != State::Green);
    let task = open.find_map(|(group, _)| at.suite.task_of(group));
    let task = task.ok_or("All tasks of this step are green. Name a task, such as 3.2.")?;
    Ok((at.suite.clone(), task.clone()))
}
