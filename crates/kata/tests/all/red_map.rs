use kata::suite::task_of;
use kata::verify::red_map::starter;
use kata::verify::test_file::TestFile;

use crate::test_file;

fn file(name: &str, tests: &[(&str, &str)]) -> TestFile {
    let lines = tests.iter().map(|(test, said)| match *said {
        "" => format!("test {test} ... ok\n"),
        _ => format!("test {test} ... FAILED\n"),
    });
    let sections = tests
        .iter()
        .filter(|(_, said)| !said.is_empty())
        .map(|(test, said)| format!("---- {test} stdout ----\n{said}\n"));
    let text: String = lines.chain(sections).collect();
    test_file(name, tests.iter().all(|(_, said)| said.is_empty()), &text)
}

/// A red map as it should be: each task fails by its own todo or one before it, what is given passes.
#[test]
fn a_sound_starter_has_no_fault() {
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

/// Two files of one task: it is enough that one of them ends at that task's todo.
#[test]
fn a_task_may_have_two_files() {
    let files = [
        file("t1_run", &[("runs", "task 2.1: run")]),
        file("t1_work", &[("works", "task 2.1: run")]),
    ];
    assert_eq!(starter(2, 1, &files), Vec::<String>::new());
}

/// Each way in which a red map can be unsound, and the sentence that says so.
#[test]
fn each_fault_is_found() {
    let sound = || file("t1_build", &[("builds", "task 1.1: build")]);
    let cases = [
        (
            vec![file("t1_build", &[("builds", "task 1.1: build"), ("idle", "")])],
            "idle passes in the starter",
        ),
        (
            vec![file(
                "t1_build",
                &[("builds", "task 1.1: build"), ("other", "index out of bounds")],
            )],
            "another reason",
        ),
        (
            vec![sound(), file("t2_push", &[("pushes", "task 1.1: build")])],
            "No test of task 1.2 ends at the todo",
        ),
        (
            vec![file("t1_build", &[("a", "task 1.1: b"), ("early", "task 1.2: p")])],
            "early needs task 1.2",
        ),
        (
            vec![sound(), file("given_basics", &[("reads", "no such file")])],
            "reads belongs to no task",
        ),
        (vec![sound(), file("given_basics", &[])], "given_basics ran no test"),
        (
            vec![file("t2_push", &[("pushes", "task 1.2: push")])],
            "Task 1.1 has no tests",
        ),
    ];
    for (files, expected) in cases {
        let tasks = files.iter().filter_map(|file| task_of(&file.name)).max().unwrap();
        let faults = starter(1, tasks, &files).join("\n");
        assert!(faults.contains(expected), "{expected:?} is missing in:\n{faults}");
    }
}

/// A program that breaks off has not proved what its other tests would do. Catches: looking at
/// failed tests only.
#[test]
fn a_program_that_broke_off_is_a_fault() {
    let mut broken = file("t1_build", &[("builds", "task 1.1: build")]);
    assert_eq!(starter(1, 1, std::slice::from_ref(&broken)), Vec::<String>::new());
    broken = file("given_basics", &[("reads", "")]);
    broken.ok = false;
    let faults = starter(1, 1, &[file("t1_build", &[("builds", "task 1.1: build")]), broken]);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(faults[0].starts_with("given_basics: "), "{faults:?}");
}
