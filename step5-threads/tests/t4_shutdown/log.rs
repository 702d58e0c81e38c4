//! What a stop logs.

use std::net::TcpListener;

use testkit::Kit;

use crate::server::{add_in_flight, identity};

/// Runs the program, with or without a running job, and adds two jobs of another list to it, one of
/// which cannot be requeued. Stops it, and returns its warnings.
fn warnings(kit: &Kit, is_running: bool) -> Vec<String> {
    // An API that never replies, so that a job that calls it does not end.
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    api.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    let program = kit.start(&["work", "-c", "1", "-t", "0.2", "--api", &url]);
    let mut calls = Vec::new();
    if is_running {
        kit.lpush(
            "queue:default",
            &[br#"{"class":"UpdateCounterWorker","args":["hits","incr"]}"#],
        );
        calls.push(kit.wait_for("the job begins", || api.accept().ok()));
    }
    let own = identity(kit);
    kit.command(&["SET", "queue:broken", "not a list"]);
    for queue in ["broken", "good"] {
        add_in_flight(kit, &own, "9", queue, "a job");
    }
    program.terminate();
    let status = program.wait("the program ends");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
    kit.assert_eq(
        "Sidekiq's pages do not show the process any more",
        kit.query::<usize>(&["SCARD", "processes"]),
        0,
    );
    kit.assert_eq(
        "the job of the good queue is in it",
        kit.list("queue:good"),
        vec!["a job"],
    );
    let log = program.stderr();
    let warnings = log.lines().filter_map(|line| line.split_once("WARN"));
    warnings.map(|(_, message)| message.to_owned()).collect()
}

/// The job that cannot be requeued stays in flight, and only the log says so. Catches: a shutdown
/// that forgets an error because it tries the other lists; a warning about no running job; a
/// process that stays in `processes` after an error.
#[test]
fn logs_a_list_that_cannot_be_requeued() {
    let kit = testkit::kit!();
    let warnings = warnings(&kit, false);
    kit.assert(
        &format!("there is one warning, with the error of Redis, got {warnings:?}"),
        warnings.len() == 1 && warnings[0].contains("WRONGTYPE"),
    );
}

/// Catches: an error that is returned before the running jobs are logged; a warning that counts all
/// jobs in flight, and not only those that were running.
#[test]
fn logs_the_running_jobs_although_a_list_cannot_be_requeued() {
    let kit = testkit::kit!();
    let warnings = warnings(&kit, true);
    let of_one = |message: &String| message.split(|c: char| !c.is_alphanumeric()).any(|word| word == "1");
    kit.assert(
        &format!("there is a warning about 1 running job, then one with the error of Redis, got {warnings:?}"),
        warnings.len() == 2 && of_one(&warnings[0]) && warnings[1].contains("WRONGTYPE"),
    );
}
