//! Every wait has a deadline, and ends at once when something has panicked.

use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::failing::{in_child, in_children, kit};

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
    const SHORT: Duration = Duration::from_millis(100);
    const SENTENCE: &str = "the job is done";
    in_children(
        [
            ("a condition", || kit().eventually_in(SHORT, SENTENCE, || false)),
            ("a closure", || kit().within(SHORT, SENTENCE, thread::park)),
        ],
        |name, outcome| {
            let expected = "the job is done\n  It did not become true within 100ms.";
            assert!(outcome.printed.contains(expected), "{}", outcome.printed);
            assert!(outcome.took < Duration::from_secs(3), "{name}: {:?}", outcome.took);
        },
    );
}

/// A panic in a thread of the test ends every wait with the panic's own message, once, not with the
/// deadline.
#[test]
fn a_panic_ends_every_wait() {
    in_children(
        [
            ("while a task panics", || {
                let kit = kit();
                let _task = kit.spawn(|| panic!("boom"));
                kit.eventually("the job is done", || false);
            }),
            ("for a closure that panics", || {
                kit().within(Duration::from_secs(60), "the job is done", || panic!("boom"));
            }),
            ("for a task that panics", || {
                kit().spawn(|| panic!("boom")).join("the job is done");
            }),
        ],
        |name, outcome| {
            let printed = &outcome.printed;
            let thread = "The thread waits::a_panic_ends_every_wait panicked at crates/testkit/tests/all/waits.rs:";
            assert!(printed.contains(thread), "{printed}");
            assert_eq!(printed.matches("boom").count(), 1, "{printed}");
            assert!(printed.contains("It was waiting for: the job is done"), "{printed}");
            assert!(outcome.took < Duration::from_secs(4), "{name}: {:?}", outcome.took);
        },
    );
}

/// A panic that no wait has reported must not let the test pass.
#[test]
fn an_unreported_panic_fails_the_test() {
    let body = || {
        let kit = kit();
        let task = kit.spawn(|| panic!("boom"));
        while !task.is_finished() {
            thread::yield_now();
        }
    };
    in_child(body, |outcome| {
        assert!(!outcome.passed);
        assert_eq!(outcome.printed.matches("boom").count(), 1, "{}", outcome.printed);
    });
}

/// A job that panics on purpose, in a thread that catches it or that belongs to no test, ends
/// nothing.
#[test]
fn a_panic_on_purpose_ends_no_wait() {
    let body = || {
        let kit = kit();
        let caught = kit.spawn(|| std::panic::catch_unwind(|| panic!("boom")).is_err());
        assert!(caught.join("the closure catches its panic"));
        assert!(thread::spawn(|| panic!("boom")).join().is_err());
        kit.eventually("the test goes on", || true);
    };
    in_child(body, |outcome| assert!(outcome.passed, "{}", outcome.printed));
}
