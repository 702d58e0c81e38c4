//! Tasks 1.2 and 1.3: the program and a Redis that refuses a job, and the time in a job.

use sidepunch::{Client, Job};

/// Catches: the advice to start Redis, although it runs and refuses the command.
#[test]
fn gives_no_advice_to_start_a_redis_that_refuses() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let output = kit.run(&["enqueue", "AnyWorker", "[]"]);
    kit.assert_eq("the exit code is 1", output.status.code(), Some(1));
    let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
    kit.assert(
        &format!("the message contains the error of Redis, and no advice: {stderr}"),
        stderr.contains("WRONGTYPE") && !stderr.contains("Start Redis"),
    );
}

/// Workers and latencies are measured in milliseconds. Catches: a time that is rounded to
/// milliseconds.
#[test]
fn writes_times_with_microseconds() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    for _ in 0..20 {
        client.push(Job::new("A", &[0; 0]).expect("a job")).expect("pushed");
    }
    let times = kit.json_list("queue:default").into_iter();
    let times: Vec<f64> = times.filter_map(|job| job["enqueued_at"].as_f64()).collect();
    let is_rounded = |time: &f64| ((time * 1e3).round() - time * 1e3).abs() < 1e-3;
    kit.assert(
        &format!("at least one of 20 times is between two milliseconds: {times:?}"),
        times.len() == 20 && !times.iter().all(is_rounded),
    );
}
