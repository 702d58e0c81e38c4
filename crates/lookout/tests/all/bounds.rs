use testkit::Kit;

use super::{inspector, job};

/// Returns the commands of one snapshot on an open connection.
fn commands(kit: &Kit) -> Vec<String> {
    let mut inspector = inspector(kit);
    inspector.snapshot().unwrap();
    let before = kit.commands().len();
    inspector.snapshot().unwrap();
    kit.commands().split_off(before)
}

fn fill(kit: &Kit, jobs: usize) {
    kit.command(&["SADD", "queues", "default"]);
    let payloads: Vec<String> = (0..jobs).map(job).collect();
    for (number, payload) in payloads.iter().enumerate() {
        if number < 1_000 {
            kit.command(&["ZADD", "retry", &number.to_string(), payload]);
        }
    }
    for part in payloads.chunks(10_000) {
        let part: Vec<&[u8]> = part.iter().map(String::as_bytes).collect();
        kit.lpush("queue:default", &part);
    }
}

/// The commands are the same however many jobs wait. Catches: `LRANGE 0 -1`, `ZRANGE 0 -1`, `KEYS`,
/// one round trip a job.
#[test]
fn a_hundred_thousand_jobs_cost_no_more_than_a_hundred() {
    let (few, many) = (testkit::kit!(), testkit::kit!());
    fill(&few, 100);
    fill(&many, 100_000);
    let asked = commands(&many);
    many.assert_eq("the same commands are sent", asked.clone(), commands(&few));
    for question in &asked {
        let whole = question.contains("\"0\" \"-1\"") || question.starts_with("KEYS");
        many.assert(&format!("no command reads all of something: {question}"), !whole);
    }
    let seen = inspector(&many).snapshot().unwrap();
    many.assert_eq("all are counted", (seen.waiting(), seen.retry.count), (100_000, 1_000));
    let jobs = seen.queues[0].head.len() + seen.queues[0].tail.len() + seen.retry.members.len();
    many.assert_eq("a few are seen", jobs, 24);
}

/// A thousand queues, leases and lists. Catches: reading the jobs of each of them.
#[test]
fn reads_only_a_part_of_very_many_entries() {
    let kit = testkit::kit!();
    for number in 0..1_000 {
        let identity = format!("host:{number}:abc");
        kit.command(&["SADD", "queues", &format!("q{number:04}")]);
        kit.command(&["SADD", "processes", &identity]);
        kit.command(&["ZADD", "sidepunch:leases", "99999999999", &identity]);
        let list = format!("sidepunch:inflight:{identity}:0:default");
        kit.lpush(&list, &[job(number).as_bytes()]);
        kit.command(&["SADD", &format!("sidepunch:lists:{identity}"), &list]);
        kit.lpush(&format!("queue:q{number:04}"), &[job(number).as_bytes()]);
    }
    let mut inspector = inspector(&kit);
    let seen = inspector.snapshot().unwrap();
    kit.assert_eq("all jobs are counted", seen.waiting(), 1_000);
    let looked_into = seen.queues.iter().filter(|queue| queue.next().is_some()).count();
    kit.assert_eq("the first queues are looked into", looked_into, 20);
    kit.assert("some processes are seen", (1..=32).contains(&seen.processes.len()));
    let before = kit.commands().len();
    inspector.snapshot().unwrap();
    let asked = kit.commands().len() - before;
    // The lengths of the queues take a thousand.
    kit.assert(&format!("it sends few commands, got {asked}"), asked < 2_000);
}
