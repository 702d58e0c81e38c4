//! How a stop moves the jobs of a list.

use super::common::{change_while_stopping, stop_with};

/// A late call of a processor may still acknowledge one of the jobs. Catches: a script that ends at
/// a job that is gone.
#[test]
fn requeues_the_other_jobs_when_one_is_gone() {
    requeues_the_others("second", &["third", "first"]);
}

/// Catches: a name that is added to `queues` only if the last job of the list was moved.
#[test]
fn adds_the_queue_although_the_last_job_is_gone() {
    requeues_the_others("first", &["third", "second"]);
    requeues_the_others("third", &["second", "first"]);
}

fn requeues_the_others(gone: &str, others: &[&str]) {
    let kit = testkit::kit!();
    change_while_stopping(&kit, &[b"first", b"second", b"third"], |own| {
        kit.command(&["LREM", &format!("sidepunch:inflight:{own}:9:other"), "1", gone]);
    });
    let mut queue = kit.list("queue:other");
    queue.retain(|job| job != gone);
    kit.assert_eq("the other jobs are in their queue", queue, others.to_vec());
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert(
        &format!("the queue is in `queues`: {queues:?}"),
        queues.contains(&"other".to_owned()),
    );
}

/// A thread may hold a thousand jobs, and Redis may be far away. Catches: a round trip for each job.
#[test]
fn requeues_all_jobs_of_a_list_at_once() {
    let kit = testkit::kit!();
    let jobs: Vec<String> = (0..1_000).map(|number| format!("job {number}")).collect();
    let payloads: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    stop_with(&kit, kit.url(), &[("9", "other", &payloads)], || ());
    kit.assert_eq("all jobs are in their queue", kit.list("queue:other").len(), 1_000);
    let commands = kit.commands();
    let is_call = |command: &&String| command.starts_with("EVAL") && command.contains(":9:other");
    let calls = commands.iter().filter(is_call).count();
    // A script that Redis does not know is sent twice.
    kit.assert(&format!("one script moves them, got {calls} calls"), calls <= 2);
}

/// Catches: a list without a queue in its name, whose values are taken for jobs of `default`.
#[test]
fn leaves_a_list_without_a_queue_alone() {
    let kit = testkit::kit!();
    // `stop_with` adds its name to the set of lists.
    let fill = || kit.lpush("not a list of ours", &[b"no job"]);
    stop_with(&kit, kit.url(), &[], fill);
    kit.assert_eq("it is unchanged", kit.list("not a list of ours"), vec!["no job"]);
    kit.assert_eq("one job is requeued", kit.list("queue:default").len(), 1);
}

/// Catches: a name that is added to `queues` although no job of the list was moved, because all are
/// gone.
#[test]
fn adds_no_queue_if_all_jobs_of_its_list_are_gone() {
    let kit = testkit::kit!();
    change_while_stopping(&kit, &[b"first"], |own| {
        kit.command(&["LREM", &format!("sidepunch:inflight:{own}:9:other"), "1", "first"]);
    });
    // A script that moves a whole list has moved the job before.
    let is_moved = kit.list("queue:other").len() == 1;
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert(
        &format!("the queue is not in `queues`: {queues:?}"),
        is_moved || !queues.contains(&"other".to_owned()),
    );
}

/// Two equal payloads are two jobs, with another one between them. Catches: equal jobs that are
/// moved together, so that the order changes.
#[test]
fn keeps_the_places_of_equal_jobs() {
    let kit = testkit::kit!();
    stop_with(&kit, kit.url(), &[("9", "other", &[b"x", b"y", b"x"])], || ());
    kit.assert_eq(
        "they are in their queue as they were",
        kit.list("queue:other"),
        vec!["x", "y", "x"],
    );
}
