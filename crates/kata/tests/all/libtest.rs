use kata::repo::libtest::{TestOutcome, by_group, is_complete, listed, read, tasks_reached};

const OUTPUT: &str = "
running 4 tests
test pushes ... FAILED
test refuses - should panic ... ok
test waits ... ignored, needs Ruby
test reads ... ok

failures:

---- pushes stdout ----
task 1.3: complete the job
Read: docs/step1-enqueue.md, task 1.4
test not_a_test ... but what it printed


failures:
    pushes

test result: FAILED. 2 passed; 1 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.03s
";

/// Catches: the output of a test that is read as the outcome of another one.
#[test]
fn reads_outcomes_and_output() {
    let tests = read(OUTPUT);
    assert_eq!(
        tests.keys().collect::<Vec<_>>(),
        ["pushes", "reads", "refuses", "waits"]
    );
    assert_eq!(tests["refuses"], TestOutcome::Ok);
    assert_eq!(tests["waits"], TestOutcome::Ignored);
    let TestOutcome::Failed(output) = &tests["pushes"] else {
        panic!("{:?}", tests["pushes"])
    };
    assert!(
        output.starts_with("task 1.3: complete the job\n") && !output.contains("failures:"),
        "{output}"
    );
}

/// The line that names the page to read names a task, too. Only the sentence of a todo counts.
#[test]
fn counts_only_todos_as_reached() {
    assert_eq!(
        tasks_reached(1, "task 1.3: complete the job\nRead: docs/step1-enqueue.md, task 1.4\n"),
        [3]
    );
    assert!(tasks_reached(2, "task 1.3: complete the job\n").is_empty());
}

/// A test may end the program, with any exit code. Catches: reading only the exit code, or only the
/// last line.
#[test]
fn detects_a_program_that_ended_early() {
    let passed = "test a ... ok\n\ntest result: ok. 1 passed; 0 failed\n";
    assert!(is_complete(passed, true));
    assert!(is_complete(OUTPUT, false));
    assert!(!is_complete(passed, false), "it aborted after its tests");
    assert!(!is_complete("test a ... ok\n", true), "a test called exit(0)");
    assert!(!is_complete("test a ... FAILED\n", false), "a test called abort()");
}

/// A group is the first part of a name; more parts belong to the test.
#[test]
fn splits_outcomes_by_group() {
    let output = "test step1::t3_push::pushes ... ok\ntest t1_decide::rejects ... FAILED\n\
                  test t1_decide::accepts ... ok\ntest bonus::draws ... ignored, needs time\ntest alone ... ok\n";
    let groups = by_group(&read(output));
    assert_eq!(
        groups.keys().collect::<Vec<_>>(),
        ["bonus", "main", "step1", "t1_decide"]
    );
    assert_eq!(groups["step1"]["t3_push::pushes"], TestOutcome::Ok);
    assert_eq!(groups["t1_decide"].keys().collect::<Vec<_>>(), ["accepts", "rejects"]);
    assert_eq!(groups["bonus"]["draws"], TestOutcome::Ignored);
}

/// Benchmarks, and the count of tests at the end, are not tests.
#[test]
fn reads_the_list_of_tests() {
    let list = "t1_decide::rejects: test\nt1_decide::speed: benchmark\n\n1 test, 1 benchmark\n";
    assert_eq!(listed(list).collect::<Vec<_>>(), ["t1_decide::rejects"]);
}
