use std::process::Command;
use std::time::Duration;

use kata::repo::suite::task_of;
use kata::verify::red_map::starter;
use kata::verify::test_program::TestFile;

use testkit::{Kit, TestInfo};

use crate::{has, test_file};

fn file(name: &str, tests: &[(&str, &str)]) -> TestFile {
    let lines = tests.iter().map(|(test, output)| match *output {
        "" => format!("test {test} ... ok\n"),
        _ => format!("test {test} ... FAILED\n"),
    });
    let sections = tests
        .iter()
        .filter(|(_, output)| !output.is_empty())
        .map(|(test, output)| format!("---- {test} stdout ----\n{output}\n"));
    let text: String = lines.chain(sections).collect();
    test_file(name, tests.iter().all(|(_, output)| output.is_empty()), &text)
}

/// A correct red map: each task fails at its own todo or an earlier one, and the given code passes.
#[test]
fn accepts_a_sound_starter() {
    let files = [
        file("given_basics", &[("reads", "")]),
        file("t1_build", &[("builds", "task 1.1: build")]),
        file(
            "t2_push",
            &[("pushes", "task 1.1: build"), ("stamps", "task 1.2: push")],
        ),
        file("bonus", &[]),
    ];
    assert_eq!(starter(1, 2, &files), Vec::<String>::new());
}

/// If a task has two groups, it is enough that one of them ends at the todo of the task.
#[test]
fn accepts_two_groups_for_a_task() {
    let files = [
        file("t1_run", &[("runs", "task 2.1: run")]),
        file("t1_work", &[("works", "task 2.1: run")]),
    ];
    assert_eq!(starter(2, 1, &files), Vec::<String>::new());
}

/// Each possible problem of a red map, and the sentence that reports it.
#[test]
fn finds_each_problem() {
    let has = |files: &[TestFile], expected: &str| {
        let tasks = files.iter().filter_map(|file| task_of(&file.name)).max().unwrap();
        has(&starter(1, tasks, files).join("\n"), &[expected]);
    };
    let build = ("builds", "task 1.1: build");
    let sound = || file("t1_build", &[build]);
    has(
        &[file("t1_build", &[build, ("idle", "")])],
        "idle passes in the starter",
    );
    has(
        &[file("t1_build", &[build, ("other", "index out of bounds")])],
        "another reason",
    );
    has(
        &[sound(), file("t2_push", &[build])],
        "No test of task 1.2 ends at the todo",
    );
    has(
        &[file("t1_build", &[build, ("early", "task 1.2: p")])],
        "early needs task 1.2",
    );
    has(
        &[sound(), file("given_basics", &[("reads", "no such file")])],
        "reads does not belong to a task",
    );
    has(&[sound(), file("given_basics", &[])], "given_basics ran no test");
    has(
        &[file("t2_push", &[("pushes", "task 1.2: push")])],
        "Task 1.1 has no tests",
    );
    let late = "it runs\n  It did not become true within 5 s.\n\ntask 1.1: build";
    has(
        &[file("t1_build", &[("late", late)])],
        "t1_build: late waits until its deadline",
    );
}

/// A program that ends early has not shown the results of its other tests. Catches: checking only
/// the failed tests.
#[test]
fn reports_a_program_that_ended_early() {
    let mut broken = file("t1_build", &[("builds", "task 1.1: build")]);
    assert_eq!(starter(1, 1, std::slice::from_ref(&broken)), Vec::<String>::new());
    broken = file("given_basics", &[("reads", "")]);
    broken.ok = false;
    let problems = starter(1, 1, &[file("t1_build", &[("builds", "task 1.1: build")]), broken]);
    assert_eq!(problems.len(), 1, "{problems:?}");
    assert!(problems[0].starts_with("given_basics: "), "{problems:?}");
}

/// libtest prints its line for each test of the program. Catches: blaming another group.
#[test]
fn reports_a_test_that_runs_for_a_minute() {
    let failed = "test builds ... FAILED\n---- builds stdout ----\ntask 1.1: build\n";
    let slow = "test t1_build::builds has been running for over 60 seconds\n";
    let problems = |text: &str| starter(1, 1, &[test_file("t1_build", false, text)]);
    assert_eq!(
        problems(&format!("{slow}{failed}")),
        ["t1_build: builds runs for more than a minute in the starter."]
    );
    let other = slow.replace("t1_build", "t1_builder");
    assert_eq!(problems(&format!("{other}{failed}")), Vec::<String>::new());
}

/// Catches: a change of the kit's words after which `red_map` no longer recognizes a wait.
#[test]
fn recognizes_a_wait_of_the_test_kit() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "red_map::waits_in_vain", "--ignored"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout)
        .unwrap()
        .replace("red_map::waits_in_vain", "waits");
    let problems = starter(1, 1, &[test_file("t1_build", false, &text)]).join("\n");
    assert!(
        problems.contains("waits waits until its deadline"),
        "{problems}\n{text}"
    );
}

/// Waits for something that does not happen.
#[test]
#[ignore = "started by recognizes_a_wait_of_the_test_kit"]
fn waits_in_vain() {
    let kit = Kit::new(TestInfo {
        program: None,
        ..testkit::test_info!()
    });
    kit.eventually_in(Duration::from_millis(10), "this becomes true", || false);
}
