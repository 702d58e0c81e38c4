//! Every wait has a deadline, and ends at once when something has panicked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::failing::{kit, run};

/// A condition that becomes true ends the wait at once; a value is returned.
#[test]
fn a_wait_ends_when_its_condition_holds() {
    let kit = testkit::kit!();
    let begun = Instant::now();
    let looks = AtomicU32::new(0);
    kit.eventually("it has been checked three times", || {
        looks.fetch_add(1, Ordering::SeqCst) == 2
    });
    assert_eq!(
        kit.wait_for("there is a value", || (looks.fetch_add(1, Ordering::SeqCst) > 5)
            .then_some(7)),
        7
    );
    assert_eq!(kit.within(Duration::from_secs(5), "a thread returns", || 8), 8);
    let task = kit.spawn(|| 9);
    kit.eventually("the task has ended", || task.is_finished());
    assert_eq!(task.join("the task has returned"), 9);
    assert!(begun.elapsed() < testkit::DEFAULT_TIMEOUT, "{:?}", begun.elapsed());
}

/// The deadline is met, and the sentence says what did not become true.
#[test]
fn a_wait_ends_at_its_deadline() {
    for (test, limit) in [
        ("waits::waits_for_a_condition", "100ms"),
        ("waits::waits_for_a_closure", "100ms"),
        ("waits::waits_for_a_task", "100ms"),
    ] {
        let outcome = run(test);
        let expected = format!("the job is done\n  It did not become true within {limit}.");
        assert!(outcome.printed.contains(&expected), "{}", outcome.printed);
        assert!(outcome.took < Duration::from_secs(3), "{test}: {:?}", outcome.took);
    }
}

const SHORT: Duration = Duration::from_millis(100);

#[test]
#[ignore = "fails on purpose"]
fn waits_for_a_condition() {
    kit().eventually_in(SHORT, "the job is done", || false);
}

#[test]
#[ignore = "fails on purpose"]
fn waits_for_a_closure() {
    kit().within(SHORT, "the job is done", thread::park);
}

#[test]
#[ignore = "fails on purpose"]
fn waits_for_a_task() {
    kit().spawn(thread::park).join_in(SHORT, "the job is done");
}

/// Catches: a failure that hides how far the code came, and a value that is checked only once. The
/// default timeout is five seconds.
#[test]
fn a_wait_for_a_value_shows_the_last_one() {
    let kit = testkit::kit!();
    let looks = AtomicU32::new(0);
    kit.eventually_eq(
        "it has been checked three times",
        || looks.fetch_add(1, Ordering::SeqCst),
        2,
    );
    let outcome = run("waits::waits_for_a_value");
    let expected = "two jobs wait
  It did not become true within 5s.
  expected: [b\"one\", b\"two\"]
       got: [b\"one\"]
Redis holds:";
    assert!(outcome.printed.contains(expected), "{}", outcome.printed);
    assert!(outcome.took >= testkit::DEFAULT_TIMEOUT, "{:?}", outcome.took);
}

#[test]
#[ignore = "fails on purpose"]
fn waits_for_a_value() {
    let kit = kit();
    kit.push("default", "one");
    kit.eventually_eq("two jobs wait", || kit.payloads("queue:default"), vec![b"one", b"two"]);
}

/// A panic in a thread of the test ends every wait with the panic's own message, once, not with the
/// deadline.
#[test]
fn a_panic_ends_every_wait() {
    for test in [
        "waits::waits_while_a_task_panics",
        "waits::waits_for_a_closure_that_panics",
        "waits::joins_a_task_that_panics",
    ] {
        let outcome = run(test);
        let printed = &outcome.printed;
        assert!(
            printed.contains(&format!(
                "The thread {test} panicked at crates/testkit/tests/all/waits.rs:"
            )),
            "{printed}"
        );
        assert_eq!(printed.matches("boom").count(), 1, "{printed}");
        assert!(printed.contains("It was waiting for: the job is done"), "{printed}");
        assert!(outcome.took < Duration::from_secs(4), "{test}: {:?}", outcome.took);
    }
}

#[test]
#[ignore = "fails on purpose"]
fn waits_while_a_task_panics() {
    let kit = kit();
    let _task = kit.spawn(|| panic!("boom"));
    kit.eventually("the job is done", || false);
}

#[test]
#[ignore = "fails on purpose"]
fn waits_for_a_closure_that_panics() {
    kit().within(Duration::from_secs(60), "the job is done", || panic!("boom"));
}

#[test]
#[ignore = "fails on purpose"]
fn joins_a_task_that_panics() {
    kit().spawn(|| panic!("boom")).join("the job is done");
}

/// A panic that no wait has reported must not let the test pass.
#[test]
fn an_unreported_panic_fails_the_test() {
    let outcome = run("waits::does_not_wait_for_a_task_that_panics");
    assert!(!outcome.passed);
    assert_eq!(outcome.printed.matches("boom").count(), 1, "{}", outcome.printed);
}

#[test]
#[ignore = "fails on purpose"]
fn does_not_wait_for_a_task_that_panics() {
    let kit = kit();
    let task = kit.spawn(|| panic!("boom"));
    while !task.is_finished() {
        thread::yield_now();
    }
}

/// A job that panics on purpose, in a thread that catches it or that belongs to no test, ends
/// nothing.
#[test]
fn a_panic_on_purpose_ends_no_wait() {
    let outcome = run("waits::goes_on_after_panics_on_purpose");
    assert!(outcome.passed, "{}", outcome.printed);
}

#[test]
#[ignore = "panics on purpose"]
fn goes_on_after_panics_on_purpose() {
    let kit = kit();
    let caught = kit.spawn(|| std::panic::catch_unwind(|| panic!("boom")).is_err());
    assert!(caught.join("the closure catches its panic"));
    assert!(thread::spawn(|| panic!("boom")).join().is_err());
    kit.eventually("the test goes on", || true);
}
