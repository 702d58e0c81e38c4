//! What becomes of a malformed message in the loop.

use testkit::epoch_seconds;

use super::super::given_malformed::{VALUES, expect_wrapped};
use super::scripted_worker::{members, obey, server};
use crate::support::{process_all, push};

/// Sidekiq's page of dead jobs fails on such a value until a person deletes it. Catches: a value
/// that is kept as it is; an argument that is not the raw text; a field that is missing.
#[test]
fn wraps_json_values_that_are_not_objects() {
    let kit = testkit::kit!();
    let (server, obeyed) = server(&kit);
    for value in VALUES {
        kit.lpush("queue:default", &[value.as_bytes()]);
    }
    push(&kit, &obey("return"));
    kit.assert_eq(
        "`process_one` returns Ok(true) for each message",
        process_all(&kit, server),
        VALUES.len() + 1,
    );
    kit.assert_eq("the good job was performed", obeyed.try_iter().count(), 1);
    kit.assert_eq("none is retried", members(&kit, "retry").len(), 0);
    expect_wrapped(&kit, &VALUES, "default");
    let scores: Vec<(String, f64)> = kit.query(&["ZRANGE", "dead", "0", "-1", "WITHSCORES"]);
    kit.assert(
        "the scores are the time, in seconds",
        scores.iter().all(|(_, at)| (at - epoch_seconds()).abs() < 60.0),
    );
}
