//! Given: the request to stop.

use std::time::Duration;

use sidepunch::Stop;

/// A loop that waits must see the request at once, and a loop that asks later must see it, too.
#[test]
fn wakes_waiting_threads_on_a_stop_request() {
    let kit = testkit::kit!();
    let stop = Stop::default();
    kit.assert(
        "no stop has been requested yet",
        !stop.is_requested() && !stop.wait(Duration::from_millis(1)),
    );
    let waiting = stop.clone();
    let task = kit.spawn(move || waiting.wait(Duration::from_secs(3_600)));
    stop.request();
    kit.assert(
        "the wait ends with true",
        task.join("the wait of an hour ends when a stop is requested"),
    );
    kit.assert(
        "the request stays, for every clone",
        stop.is_requested() && stop.clone().wait(Duration::ZERO),
    );
}
