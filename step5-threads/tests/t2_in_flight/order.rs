//! How many jobs a fetch takes, and in which order; `InFlight`, called by hand.

use testkit::Kit;

use super::common::{endless, push_endless};
use crate::server::{ME, in_flight_lists_of, quick};
use crate::support::order;

/// Fetches up to `want` jobs in this thread, from the queue `default`. Returns their payloads.
#[track_caller]
fn fetch(kit: &Kit, thread: usize, want: usize) -> Vec<String> {
    let fetched = in_flight_lists_of(ME, thread, &quick(kit.url())).acknowledge_and_fetch(&[], want);
    match fetched {
        Ok(fetched) => fetched
            .jobs
            .iter()
            .map(|job| String::from_utf8_lossy(&job.payload).into_owned())
            .collect(),
        Err(error) => kit.fail(&format!("Redis is there, got {error}")),
    }
}

/// Catches: jobs that enter the in-flight list at its tail, or one by one from the last one, so
/// that they are requeued in another order; a reply with the newest job first; more jobs than asked
/// for.
#[test]
fn fetches_the_oldest_jobs_in_order() {
    let kit = testkit::kit!();
    let jobs = |numbers: &[u64]| -> Vec<String> { numbers.iter().map(|number| endless(*number, "default")).collect() };
    (1..6).for_each(|number| push_endless(&kit, number, "default"));
    kit.assert_eq("it returns the three oldest", fetch(&kit, 0, 3), jobs(&[1, 2, 3]));
    let list = |thread: usize| kit.list(&format!("sidepunch:inflight:{ME}:{thread}:default"));
    kit.assert_eq(
        "the one that was popped last is at the head of the in-flight list",
        list(0),
        jobs(&[3, 2, 1]),
    );
    kit.assert_eq(
        "the others are in their queue",
        kit.list("queue:default"),
        jobs(&[5, 4]),
    );
    kit.assert_eq(
        "a fetch of ten returns the two that are left",
        fetch(&kit, 1, 10),
        jobs(&[4, 5]),
    );
    kit.assert_eq("they are in flight", list(1), jobs(&[5, 4]));
    kit.assert_eq("the next one finds no job", fetch(&kit, 2, 10), jobs(&[]));
    kit.assert_eq("and has nothing in flight", list(2), jobs(&[]));
}

/// A payload is a sequence of bytes. Catches: a script that fetches a job as text.
#[test]
fn fetches_jobs_byte_for_byte() {
    let kit = testkit::kit!();
    let payloads: [&[u8]; 3] = [b"not \xff text", b"", b"{\"args\": [1e2]}\n"];
    kit.lpush("queue:default", &payloads);
    let fetched = in_flight_lists_of(ME, 0, &quick(kit.url())).acknowledge_and_fetch(&[], 3);
    let sentence = format!("all jobs are returned as they were, got {fetched:?}");
    let fetched = fetched.map_or_else(|_| Vec::new(), |fetched| fetched.jobs);
    let fetched: Vec<&[u8]> = fetched.iter().map(|job| job.payload.as_slice()).collect();
    kit.assert_eq(&sentence, fetched, payloads.to_vec());
    let mut list = kit.payloads(&format!("sidepunch:inflight:{ME}:0:default"));
    list.reverse();
    kit.assert_eq("they are in flight as they were", list, payloads.to_vec());
}

/// Catches: an error that ends the call, so that the other queues wait; a queue that cannot be
/// popped and is taken for an empty one, so that its error is never logged.
#[test]
fn returns_the_error_of_a_queue_and_fetches_from_the_others() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "not a list"]);
    push_endless(&kit, 1, "default");
    let config = sidepunch::Config {
        queues: order(&["empty", "broken", "default"]),
        ..quick(kit.url())
    };
    let fetched = in_flight_lists_of(ME, 0, &config).acknowledge_and_fetch(&[], 2);
    let (jobs, refused) = fetched.map_or_else(
        |error| (0, Some(format!("the call failed: {error}"))),
        |fetched| (fetched.jobs.len(), fetched.refused),
    );
    kit.assert_eq(
        &format!("the job of the other queue is fetched, and the error is {refused:?}"),
        jobs,
        1,
    );
    kit.assert(
        &format!("`refused` is the error of Redis, got {refused:?}"),
        refused.is_some_and(|error| error.contains("WRONGTYPE")),
    );
}

/// The given quarantine reads the crash count of each job. Catches: an error of a queue that is
/// taken for a job there, so that the call fails as long as there is a crash count.
#[test]
fn fetches_beside_a_broken_queue_while_there_are_crash_counts() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:broken", "not a list"]);
    kit.command(&["HSET", "sidepunch:crashes", "another job", "1"]);
    push_endless(&kit, 1, "default");
    let config = sidepunch::Config {
        queues: order(&["broken", "default"]),
        ..quick(kit.url())
    };
    let fetched = in_flight_lists_of(ME, 0, &config).acknowledge_and_fetch(&[], 2);
    let jobs = fetched.as_ref().map_or(0, |fetched| fetched.jobs.len());
    kit.assert_eq(&format!("the other queue's job is fetched, got {fetched:?}"), jobs, 1);
}
