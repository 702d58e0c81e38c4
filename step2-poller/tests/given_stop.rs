//! Given: the request to stop.

use std::sync::mpsc::channel;
use std::time::Duration;

use sidepunch::Stop;

/// Loops that wait must see the request at once, and a loop that asks later must see it, too.
/// Catches: a request that wakes only one of them.
#[test]
fn wakes_waiting_threads_on_a_stop_request() {
    let kit = testkit::kit!();
    let stop = Stop::default();
    kit.assert(
        "no stop has been requested yet",
        !stop.is_requested() && !stop.wait(Duration::from_millis(1)),
    );
    let (begin, begun) = channel();
    let wait = |_| {
        let (waiting, begin) = (stop.clone(), begin.clone());
        kit.spawn(move || {
            let _ = begin.send(());
            waiting.wait(Duration::from_secs(3_600))
        })
    };
    let tasks: Vec<_> = (0..8).map(wait).collect();
    kit.assert_eq("eight threads begin to wait", begun.iter().take(8).count(), 8);
    stop.request();
    for task in tasks {
        kit.assert(
            "the wait ends with true",
            task.join("the wait of an hour ends when a stop is requested"),
        );
    }
    kit.assert(
        "the request stays, for every clone",
        stop.is_requested() && stop.clone().wait(Duration::ZERO),
    );
}
