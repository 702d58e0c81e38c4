use testkit::Kit;

use super::{job, lookout};

/// What Redis is asked in one look, once all connections are open.
fn questions(kit: &Kit) -> Vec<String> {
    let mut lookout = lookout(kit);
    lookout.look().unwrap();
    let before = kit.commands().len();
    lookout.look().unwrap();
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

/// However much waits, Redis does the same. Kills: `LRANGE 0 -1`, `ZRANGE 0 -1`, `KEYS`, one round trip a job.
#[test]
fn a_hundred_thousand_jobs_cost_no_more_than_a_hundred() {
    let (few, many) = (testkit::kit!(), testkit::kit!());
    fill(&few, 100);
    fill(&many, 100_000);
    let asked = questions(&many);
    many.assert_eq("the same questions are asked", asked.clone(), questions(&few));
    for question in &asked {
        let whole = question.contains("\"0\" \"-1\"") || question.starts_with("KEYS");
        many.assert(&format!("no question is for all of something: {question}"), !whole);
    }
    let seen = lookout(&many).look().unwrap();
    many.assert_eq("all are counted", (seen.waiting(), seen.retry.count), (100_000, 1_000));
    let jobs = seen.queues[0].head.len() + seen.queues[0].tail.len() + seen.retry.members.len();
    many.assert_eq("a few are seen", jobs, 24);
}

/// A thousand queues, leases and lists. Kills: a look into each of them.
#[test]
fn a_great_many_of_everything_is_seen_in_part() {
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
    let mut lookout = lookout(&kit);
    // Each look searches a thousand keys for lists.
    let seen = (0..5).map(|_| lookout.look().unwrap()).last().unwrap();
    kit.assert_eq("all jobs are counted", seen.waiting(), 1_000);
    let looked_into = seen.queues.iter().filter(|queue| queue.next().is_some()).count();
    kit.assert_eq("the first queues are looked into", looked_into, 20);
    kit.assert("some processes are seen", (1..=32).contains(&seen.processes.len()));
    let before = kit.commands().len();
    lookout.look().unwrap();
    let asked = kit.commands().len() - before;
    // A thousand for the lengths of the queues.
    kit.assert(&format!("it asks for little, got {asked} commands"), asked < 2_000);
}
