//! The red map: in a starter, the tests of each task fail at the todo of that task or of an earlier
//! one. The ladder: with the tasks 1 to K done, the tests of these tasks pass.

use super::parallel::parallel_map;
use super::test_program::{TestFile, TestProgram};
use super::tree::Tree;
use super::{Check, Report, Scope};
use crate::repo::libtest::{self, TestOutcome, tasks_reached};
use crate::repo::patches;
use crate::repo::suite::{step_of, task_of};
use crate::term::say;
use crate::{CliError, Step};

/// What the test kit reports if the condition of a wait has not become true by its deadline.
const WAITED: &str = "It did not become true within";

/// What libtest reports of a test that runs for a minute. A test that ends at its todo does not
/// wait, so even a busy machine does not slow it down to a minute.
const RAN_FOR_A_MINUTE: &str = " has been running for over 60 seconds";

/// Adds a row for the red map and one for the ladder of each step.
pub fn prove(scope: &Scope, report: &mut Report) {
    report.each(&scope.steps, |step, report| {
        report.row(Check::RedMap, &format!("{}, starter", step.name), |spinner| {
            let tree = Tree::prepare(scope, step)?;
            let tasks = patches::of(&scope.repo, step)?.len();
            spinner.say(&format!("red map of {}", step.name));
            // As it was built for its lints, so that it is not built twice.
            let program = tree.build_with_lints(step)?;
            let files = one_by_one(&program)?;
            Ok(starter(step.number, tasks, &files))
        });
        report.row(Check::RedMap, &format!("{}, ladder", step.name), |spinner| {
            let tree = Tree::prepare(scope, step)?;
            let mut problems = Vec::new();
            let tasks = patches::of(&scope.repo, step)?;
            // With all tasks done it is our solution, which another check tests.
            for task in &tasks[..tasks.len() - 1] {
                spinner.say(&format!("{}: tasks 1 to {} done", step.name, task.number));
                tree.put(step, task.number)?;
                problems.extend(rung(&tree, step, task.number)?);
            }
            Ok(problems)
        });
    });
}

/// Runs the groups that do not belong to a task in one call, and each group of a task in its own
/// call, as `cargo kata test` does. The test kit cannot know which test has started a thread of the
/// step's code. So a todo on such a thread ends all tests of the program that may have started it.
fn one_by_one(program: &TestProgram) -> Result<Vec<TestFile>, CliError> {
    let is_of_task = |group: &&String| task_of(group).is_some();
    let tasks: Vec<_> = program.groups().iter().filter(is_of_task).cloned().collect();
    let mut calls = vec![None];
    calls.extend(tasks.iter().map(Some));
    // The first call takes as long as the others together, and all mostly wait, so two run side by
    // side.
    let files = parallel_map(&calls, 2, |call| match call {
        None => program.run_without(&tasks),
        Some(task) => program.run_groups(std::slice::from_ref(*task)),
    });
    Ok(files.into_iter().collect::<Result<Vec<_>, _>>()?.concat())
}

/// Checks the results of a starter's groups of tests. `tasks` is the number of tasks. Returns a
/// text for each problem.
pub fn starter(step: u8, tasks: usize, files: &[TestFile]) -> Vec<String> {
    let mut problems = Vec::new();
    for task in 1..=tasks {
        let of_task: Vec<_> = files.iter().filter(|file| task_of(&file.name) == Some(task)).collect();
        if of_task.is_empty() {
            problems.push(format!("Task {step}.{task} has no tests in a module t{task}_…."));
        }
        let mut own = false;
        for file in of_task {
            own |= red(step, task, file, &mut problems);
            problems.extend(waiting(file));
        }
        if !own {
            problems.push(format!("No test of task {step}.{task} ends at the todo of that task."));
        }
    }
    for file in files {
        if file.broke_off() {
            problems.push(format!("{}: {}", file.name, tail(&file.text)));
        }
        // All tests of other groups, such as the bonus, are ignored.
        let must_run =
            task_of(&file.name).is_some() || file.name.starts_with("given_") || step_of(&file.name).is_some();
        if must_run && file.tests.values().all(|outcome| *outcome == TestOutcome::Ignored) {
            problems.push(format!("{} ran no test. It printed:\n{}", file.name, tail(&file.text)));
        }
        if task_of(&file.name).is_none() {
            problems.extend(green(file, "does not belong to a task, so it must pass in the starter"));
        }
    }
    problems
}

/// Checks that each test fails at a todo of this task or an earlier one. Returns true if one of
/// them ends at the todo of this task.
fn red(step: u8, task: usize, file: &TestFile, problems: &mut Vec<String>) -> bool {
    let mut own = false;
    for (name, outcome) in &file.tests {
        match outcome {
            TestOutcome::Ok => problems.push(format!(
                "{}: {name} passes in the starter, so it tests nothing of task {step}.{task}.",
                file.name
            )),
            TestOutcome::Ignored => {}
            TestOutcome::Failed(output) => {
                let reached = tasks_reached(step, output);
                own |= reached.iter().any(|number| usize::from(*number) == task);
                let later = reached.iter().find(|number| usize::from(**number) > task);
                if reached.is_empty() {
                    let (group, output) = (&file.name, head(output));
                    problems.push(format!(
                        "{group}: {name} fails for another reason than a todo:\n{output}"
                    ));
                } else if let Some(later) = later {
                    let group = &file.name;
                    problems.push(format!("{group}: {name} needs task {step}.{later}, which comes later."));
                }
            }
        }
    }
    own
}

/// Reports the tests of a task that wait for something that does not happen, because a learner
/// would wait with them. Such a test does not notice the todo, or notices it only at its deadline.
fn waiting(file: &TestFile) -> Vec<String> {
    let of_group = |test: &str| Some(test.strip_prefix(&file.name)?.strip_prefix("::")?.to_owned());
    let hanging = file.text.lines().filter_map(|line| {
        let test = line.strip_prefix("test ")?.strip_suffix(RAN_FOR_A_MINUTE)?;
        Some(format!(
            "{}: {} runs for more than a minute in the starter.",
            file.name,
            of_group(test)?
        ))
    });
    let late = libtest::failures(&file.tests).filter(|(_, output)| output.contains(WAITED));
    let late = late.map(|(name, output)| {
        format!(
            "{}: {name} waits until its deadline in the starter:\n{}",
            file.name,
            head(output)
        )
    });
    hanging.chain(late).collect()
}

/// Checks that each test passes. `why` is the end of the sentence for a failed one.
fn green(file: &TestFile, why: &str) -> Vec<String> {
    let failed = libtest::failures(&file.tests);
    failed
        .map(|(name, output)| format!("{}: {name} {why}:\n{}", file.name, head(output)))
        .collect()
}

/// Checks one rung of the ladder: the tasks 1 to `done` are done.
fn rung(tree: &Tree, step: &Step, done: u8) -> Result<Vec<String>, CliError> {
    let program = tree.build(step)?;
    let is_done = |group: &&String| task_of(group).is_some_and(|task| task <= usize::from(done));
    let groups: Vec<_> = program.groups().iter().filter(is_done).cloned().collect();
    let why = format!("must pass with the tasks 1 to {done} done");
    let mut problems = Vec::new();
    for file in program.run_groups(&groups)? {
        if file.tests.is_empty() || file.broke_off() {
            problems.push(format!(
                "{} ran no test, or ended early, with the tasks 1 to {done} done:\n{}",
                file.name,
                tail(&file.text)
            ));
        }
        problems.extend(green(&file, &why));
    }
    Ok(problems)
}

/// Returns the first lines of what a failed test has printed, indented. They say what it found.
fn head(output: &str) -> String {
    let lines: Vec<_> = output.lines().take(15).collect();
    format!("    {}", lines.join("\n    "))
}

/// Returns the last lines of a text, indented.
fn tail(text: &str) -> String {
    format!("    {}", say::last_lines(text, 15).replace('\n', "\n    "))
}
