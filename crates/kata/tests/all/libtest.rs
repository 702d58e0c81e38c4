use kata::libtest::{Outcome, read, tasks_reached};

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

/// What each test said is kept with it; what it printed is not taken for another test's outcome.
#[test]
fn outcomes_and_words_are_read() {
    let tests = read(OUTPUT);
    assert_eq!(
        tests.keys().collect::<Vec<_>>(),
        ["pushes", "reads", "refuses", "waits"]
    );
    assert_eq!(tests["refuses"], Outcome::Ok);
    assert_eq!(tests["waits"], Outcome::Ignored);
    let Outcome::Failed(said) = &tests["pushes"] else {
        panic!("{:?}", tests["pushes"])
    };
    assert!(
        said.starts_with("task 1.3: complete the job\n") && !said.contains("failures:"),
        "{said}"
    );
}

/// The line that says where to read names a task, too; only the todo's own sentence counts.
#[test]
fn only_a_todo_counts_as_reached() {
    assert_eq!(
        tasks_reached(1, "task 1.3: complete the job\nRead: docs/step1-enqueue.md, task 1.4\n"),
        [3]
    );
    assert!(tasks_reached(2, "task 1.3: complete the job\n").is_empty());
}
