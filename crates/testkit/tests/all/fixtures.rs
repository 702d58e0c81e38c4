//! Gates, and servers in the background.

use std::sync::mpsc::{RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use crate::failing::{Outcome, in_child, kit};

/// Catches: a gate that opens without being asked, that counts threads that have continued, or
/// forgets them.
#[test]
fn a_gate_holds_threads_until_they_may_go_on() {
    let kit = testkit::kit!();
    let gate = kit.gate();
    let (gone, goes) = channel();
    for number in [1, 2, 3] {
        let (entrance, gone) = (gate.entrance(), gone.clone());
        thread::spawn(move || {
            entrance.enter(number);
            gone.send(number)
        });
        assert_eq!(gate.wait_for("each comes to the gate", number).last(), Some(&number));
    }
    assert_eq!(gate.inside(), 3);
    // A thread that must not continue has some time to do so.
    let early = goes.recv_timeout(Duration::from_millis(50));
    assert_eq!(early, Err(RecvTimeoutError::Timeout));
    gate.let_pass(1);
    let first = goes.recv().unwrap();
    kit.eventually("two are held", || gate.inside() == 2);
    assert_eq!(
        goes.recv_timeout(Duration::from_millis(50)),
        Err(RecvTimeoutError::Timeout)
    );
    gate.open();
    let mut all = [first, goes.recv().unwrap(), goes.recv().unwrap()];
    all.sort_unstable();
    assert_eq!(all, [1, 2, 3]);
    gate.entrance().enter(4);
    assert_eq!(gate.arrived(), [1, 2, 3, 4]);
    assert_eq!(gate.inside(), 0);
}

/// Catches: a thread that hangs because its test has failed.
#[test]
fn a_gate_that_is_dropped_is_open() {
    let kit = testkit::kit!();
    let gate = kit.gate();
    let entrance = gate.entrance();
    let held = kit.spawn(move || entrance.enter(()));
    gate.wait_for("the thread comes to the gate", 1);
    drop(gate);
    held.join("the thread goes on");
}

/// Catches: a wait that hides the arrivals.
#[test]
fn a_wait_at_a_gate_shows_the_arrivals() {
    let body = || {
        let kit = kit();
        let gate = kit.gate();
        let entrance = gate.entrance();
        let _held = kit.spawn(move || entrance.enter(7));
        gate.wait_for("both jobs begin", 2);
    };
    in_child(body, |Outcome { printed, took, .. }| {
        let expected =
            "both jobs begin\n  It did not become true within 5s.\n  expected: 2 at the gate\n       got: 1, [7]";
        assert!(printed.contains(expected), "{printed}");
        assert!(took >= testkit::DEFAULT_TIMEOUT, "{took:?}");
    });
}

/// Catches: a wait that continues although a todo was reached.
#[test]
fn a_todo_ends_the_wait_at_a_gate() {
    let body = || {
        let kit = kit();
        let gate = kit.gate::<()>();
        let _task = kit.spawn(|| todo!("task 1.3: come to the gate"));
        gate.wait_for("the job begins", 1);
    };
    in_child(body, |Outcome { printed, took, .. }| {
        assert!(printed.starts_with("Not written yet, at "), "{printed}");
        assert!(took < Duration::from_secs(8), "{took:?}");
    });
}

/// A server like those of the steps: it runs until something arrives on its channel.
fn serve(kit: &testkit::Kit, result: Result<(), String>) -> testkit::Running<Result<(), String>> {
    let (stop, stopped) = channel();
    let run = move || {
        stopped.recv().map_err(|error| error.to_string())?;
        result
    };
    // The server may have ended; then there is no receiver.
    let request = move || stop.send(()).unwrap_or_default();
    kit.serve(run, request)
}

/// Catches: a stop that is not requested, and one that does not wait.
#[test]
fn a_server_runs_until_it_is_asked_to_stop() {
    let kit = testkit::kit!();
    let running = serve(&kit, Ok(()));
    assert!(!running.is_finished());
    running.stop();
    let running = serve(&kit, Ok(()));
    running.request_stop();
    assert_eq!(running.join("run returns"), Ok(()));
}

/// Catches: a server that keeps running during later tests.
#[test]
fn a_server_that_is_dropped_stops() {
    let kit = testkit::kit!();
    let (ended, ends) = channel();
    let (stop, stopped) = channel();
    // Kept, because the server would end if nothing could stop it.
    let _held = stop.clone();
    let run = move || ended.send(stopped.recv());
    drop(kit.serve(run, move || stop.send(()).unwrap_or_default()));
    assert_eq!(ends.recv_timeout(Duration::from_secs(15)), Ok(Ok(())));
}

/// Catches: an error that is taken for a clean stop.
#[test]
fn a_server_that_fails_fails_its_test() {
    let body = || serve(&kit(), Err("out of luck".to_owned())).stop();
    in_child(body, |Outcome { printed, .. }| {
        let expected = "the server stops when it is asked to, and returns Ok(())\n  got: Err(\"out of luck\")";
        assert!(printed.contains(expected), "{printed}");
        assert!(
            printed.starts_with("crates/testkit/tests/all/fixtures.rs:"),
            "{printed}"
        );
    });
}
