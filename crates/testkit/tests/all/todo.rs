//! A todo that the code reaches, in any thread or program, ends the test at once with three lines.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::failing::{Outcome, in_child, in_children, kit};

const THREE_LINES: [&str; 2] = [
    "task 1.3: push the job, see docs/step1-enqueue.md",
    "Read: docs/step1-enqueue.md, task 1.3",
];

/// Checks the three lines, and that the test does not wait for a deadline.
#[track_caller]
fn assert_three_lines(outcome: &Outcome, place: &str) {
    let lines: Vec<&str> = outcome.printed.lines().collect();
    assert!(
        lines[0].starts_with(&format!("Not written yet, at {place}")),
        "{}",
        outcome.printed
    );
    assert_eq!(lines[1..], THREE_LINES, "{}", outcome.printed);
    assert!(!outcome.passed);
    assert!(outcome.took < Duration::from_secs(4), "{:?}", outcome.took);
}

/// Checks a todo of this file that `body` reaches.
fn assert_reached_here(body: impl FnOnce()) {
    in_child(body, |outcome| {
        assert_three_lines(&outcome, "crates/testkit/tests/all/todo.rs:")
    });
}

fn reach() {
    todo!("task 1.3: push the job, see docs/step1-enqueue.md");
}

/// The first failure that a learner sees.
#[test]
fn in_the_test_itself() {
    assert_reached_here(|| {
        let kit = kit();
        kit.command(&["SET", "much", "to tell"]);
        reach();
    });
}

/// Catches: a todo whose arguments fill screens, and one whose page is cut off.
#[test]
fn with_a_long_argument() {
    let body = || {
        let _kit = kit();
        todo!("task 1.3: push {}, see docs/step1-enqueue.md", "é".repeat(10_000));
    };
    in_child(body, |Outcome { printed, .. }| {
        let sentence = printed.lines().nth(1).unwrap_or_default();
        assert!(sentence.starts_with("task 1.3: push éé"), "{printed}");
        assert!(sentence.ends_with("éé, see docs/step1-enqueue.md"), "{printed}");
        assert!(sentence.chars().count() <= 300, "{printed}");
    });
}

/// A loop that runs in the background.
#[test]
fn in_a_background_thread() {
    assert_reached_here(|| {
        let kit = kit();
        let _task = kit.spawn(reach);
        kit.eventually("the job is done", || false);
    });
}

/// A pool that catches panics would hide the todo, and the test would wait for its deadline.
#[test]
fn in_a_pool_that_catches_panics() {
    assert_reached_here(|| {
        let kit = kit();
        thread::spawn(|| catch_unwind(reach));
        kit.eventually("the job is done", || false);
    });
}

/// An assertion that fails only because of a todo would point at the wrong place.
#[test]
fn before_an_assertion_fails() {
    assert_reached_here(|| {
        let kit = kit();
        let _ = catch_unwind(reach);
        kit.assert_eq("the job is in its queue", kit.list("queue:default"), vec!["{}"]);
    });
}

/// A program that runs to its end, and one in the background that keeps running.
#[test]
fn in_the_program() {
    const SAID: &str = "not yet implemented: task 1.3: push the job, see docs/step1-enqueue.md";
    let to_its_end = || drop(kit().run(&["panic", SAID]));
    let in_the_background = || {
        let kit = kit();
        let _program = kit.start(&["panic", SAID, "stay"]);
        kit.eventually("the job is done", || false);
    };
    in_children(
        [("to its end", to_its_end), ("in the background", in_the_background)],
        |_, outcome| assert_three_lines(&outcome, "src/main.rs:7:"),
    );
}

/// A test that passes without its todo passes with it: a later task's todo in the background fails
/// no test by itself.
#[test]
fn a_todo_without_a_wait_fails_nothing() {
    let body = || {
        let kit = kit();
        let _ = catch_unwind(reach);
        kit.assert("what is tested holds", true);
    };
    in_child(body, |outcome| assert!(outcome.passed, "{}", outcome.printed));
}

/// Many tests run at once in a program. Catches: a todo that ends the tests beside its own, which
/// would then fail at random.
#[test]
fn of_one_test_ends_no_other() {
    in_children(
        [
            ("in a pool beside another test", in_a_pool_beside_another_test),
            ("by a thread whose test has ended", by_a_thread_whose_test_has_ended),
            ("without a kit beside a test", || assert!(beside(reach).is_err())),
        ],
        |name, outcome| {
            assert!(outcome.passed, "{name}: {}", outcome.printed);
            assert!(outcome.took < Duration::from_secs(8), "{name}: {:?}", outcome.took);
        },
    );
}

/// Runs a test beside another one that waits until the first has ended; returns the result of the
/// first.
fn beside(test: impl FnOnce() + Send + 'static) -> thread::Result<()> {
    let (end, ends) = channel();
    let (ready, is_ready) = channel();
    let other = thread::spawn(move || {
        let kit = kit();
        ready.send(()).unwrap();
        let ended = || ends.try_recv() == Ok(());
        kit.eventually("the test beside this one has ended", ended);
    });
    is_ready.recv().unwrap();
    let result = thread::spawn(test).join();
    end.send(()).unwrap();
    other.join().expect("the test beside it passes");
    result
}

fn in_a_pool_beside_another_test() {
    let result = beside(|| {
        let (kit, other) = (kit(), kit());
        // A thread that was started by a thread of the test.
        thread::spawn(|| thread::spawn(|| catch_unwind(reach)));
        let waits = || catch_unwind(AssertUnwindSafe(|| other.eventually("the job is done", || false)));
        assert!(waits().is_err());
        kit.eventually("the job is done", || false);
    });
    assert!(result.is_err(), "the test that reached the todo fails");
}

fn by_a_thread_whose_test_has_ended() {
    let (kit_ends, go_on) = channel();
    let (pool_ends, pool_goes_on) = channel();
    let kit = kit();
    let task = kit.spawn(move || {
        go_on.recv().unwrap();
        reach();
    });
    let pool = thread::spawn(move || {
        pool_goes_on.recv().unwrap();
        reach();
    });
    drop(kit);
    let result = beside(move || {
        kit_ends.send(()).unwrap();
        pool_ends.send(()).unwrap();
        assert!(pool.join().is_err());
        while !task.is_finished() {
            thread::yield_now();
        }
    });
    assert!(result.is_ok());
}
