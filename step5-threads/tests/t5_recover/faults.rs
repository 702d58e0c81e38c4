//! A recovery goes on beside a job, a list or a key that is broken.

use serde_json::json;

use super::common::{job, looks, process, recover_at};
use crate::server::{add_in_flight, job_with, keys_with};

/// Catches: a list that is read as text, or filtered by it, so that it stays in flight forever; a
/// job that is read before it is moved, and ends the recovery of those behind it if it is
/// malformed; a list with another name that ends the recovery.
#[test]
fn recovers_non_utf8_and_malformed_jobs_with_the_others() {
    let kit = testkit::kit!();
    let good = [job(1), job(2)];
    let jobs: [&[u8]; 6] = [
        good[0].as_bytes(),
        b"\xff\xfe",
        b"{\"class\":\"A\",\"args\":[\"\xff\"]}",
        b"not JSON",
        b"",
        good[1].as_bytes(),
    ];
    for payload in jobs {
        add_in_flight(&kit, "gone:1:abc", "0", "default", payload);
    }
    // A list without a queue in its name holds no jobs.
    kit.command(&["SADD", "sidepunch:lists:gone:1:abc", "not a list of ours"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[]);
    let running = recover_at(&kit, kit.url());
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    let mut queue = kit.payloads("queue:default");
    queue.reverse();
    kit.assert_eq(
        "all jobs are in their queue, in order, byte for byte",
        queue,
        jobs.to_vec(),
    );
    for payload in jobs {
        let crashes: Option<u64> = kit.query(&[b"HGET", b"sidepunch:crashes".as_slice(), payload]);
        kit.assert_eq(&format!("a crash is counted for {payload:?}"), crashes, Some(1));
    }
    running.stop();
}

/// Catches: a list that cannot be read, and that is taken for an empty one, so that its key is
/// deleted with the process; a key without a queue in its name that is read.
#[test]
fn keeps_a_process_with_a_list_that_cannot_be_read() {
    let kit = testkit::kit!();
    let list = "sidepunch:inflight:gone:1:abc:0:broken";
    // A name without a queue is not that of a list.
    for name in [list, "not a list of ours"] {
        kit.command(&["SADD", "sidepunch:lists:gone:1:abc", name]);
        kit.command(&["SET", name, "text"]);
    }
    process(&kit, "gone:1:abc", -1.0, "good", &[job(1)]);
    let running = recover_at(&kit, kit.url());
    kit.eventually("the job of the other list is in its queue", || {
        kit.list("queue:good") == vec![job(1)]
    });
    // The effects of one look are complete before the next one.
    let before = looks(&kit);
    kit.eventually("it looks twice more", || looks(&kit) > before + 1);
    kit.assert_eq("the list is still there", kit.query::<usize>(&["EXISTS", list]), 1);
    kit.command(&["DEL", list]);
    kit.eventually("once it is gone, nothing is left of the process", || {
        keys_with(&kit, "gone:").is_empty()
    });
    running.stop();
}

/// The process held jobs of many queues, and four of them are broken. Catches: a recovery that ends
/// at the first list that cannot be recovered; one that forgets the process although it still has
/// jobs.
#[test]
fn recovers_the_other_lists_of_a_process_when_a_queue_is_broken() {
    let kit = testkit::kit!();
    let names: Vec<String> = (0..16)
        .map(|number| format!("{}{number}", if number % 4 == 0 { "broken" } else { "good" }))
        .collect();
    let broken = |name: &&String| name.starts_with("broken");
    for name in names.iter().filter(broken) {
        kit.command(&["SET", &format!("queue:{name}"), "not a list"]);
    }
    for name in &names {
        for number in 0..2 {
            add_in_flight(&kit, "gone:1:abc", "0", name, &job(number));
        }
    }
    process(&kit, "gone:1:abc", -1.0, "good", &[]);
    let running = recover_at(&kit, kit.url());
    for name in names.iter().filter(|name| !broken(name)) {
        kit.eventually(&format!("the jobs of {name} are in their queue"), || {
            kit.list(&format!("queue:{name}")) == vec![job(1), job(0)]
        });
    }
    for name in names.iter().filter(broken) {
        kit.assert_eq(
            &format!("the jobs of {name} are in flight"),
            kit.list(&format!("sidepunch:inflight:gone:1:abc:0:{name}")).len(),
            2,
        );
        kit.command(&["DEL", &format!("queue:{name}")]);
    }
    kit.eventually("once they can be, they are recovered", || {
        keys_with(&kit, "gone:").is_empty()
    });
    running.stop();
}

/// Only Sidekiq's Web UI reads `queues`. There are so many jobs that a recovery which moves one at
/// each look takes too long. Catches: a recovery that fails at that key, before it moves a job or
/// afterwards.
#[test]
fn recovers_jobs_though_the_set_of_queues_is_broken() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queues", "not a set"]);
    let jobs: Vec<String> = (0..400).map(job).collect();
    process(&kit, "gone:1:abc", -1.0, "default", &jobs);
    let running = recover_at(&kit, kit.url());
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    let mut queue = kit.list("queue:default");
    queue.reverse();
    kit.assert_eq("all jobs are in their queue, in order", queue, jobs);
    running.stop();
}

/// Invariant 2. Catches: a script that, repeated, requeues a job which it has removed already, or
/// counts its crash again.
#[test]
fn recovers_a_job_once_when_the_reply_is_lost() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = recover_at(&kit, proxy.url());
    // Redis has to learn the scripts first.
    process(&kit, "gone:1:abc", -1.0, "other", &[job(1)]);
    kit.eventually("the first job is in its queue", || kit.list("queue:other").len() == 1);
    kit.eventually("its process is forgotten", || keys_with(&kit, "gone:").is_empty());
    let [lost, next] = [("lost", 2), ("next", 3)].map(|(mark, number)| job_with(number, &[], json!({ "mark": mark })));
    proxy.cut_after_request("\"lost\"");
    process(&kit, "gone:2:abc", -1.0, "default", &[lost.clone(), next.clone()]);
    kit.eventually("both jobs are recovered", || keys_with(&kit, "gone:").is_empty());
    kit.assert_eq("each once", kit.list("queue:default"), vec![next, lost.clone()]);
    let crashes: Option<u64> = kit.query(&["HGET", "sidepunch:crashes", &lost]);
    kit.assert_eq("one crash is counted", crashes, Some(1));
    running.stop();
}

/// A full Redis must be emptied, or it stays full. Catches: a recovery whose first write needs
/// memory; a lease that a full Redis does not renew; a name that is added to `queues` before the
/// job is removed, so that it is refused.
#[test]
fn recovers_jobs_in_a_full_redis() {
    let kit = testkit::kit!(own);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1), job(2)]);
    kit.command(&["CONFIG", "SET", "maxmemory", "1"]);
    let running = recover_at(&kit, kit.url());
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    kit.assert_eq(
        "both jobs are in their queue",
        kit.list("queue:default"),
        vec![job(2), job(1)],
    );
    let crashes: (Option<u64>, Option<u64>) = kit.query(&["HMGET", "sidepunch:crashes", &job(1), &job(2)]);
    kit.assert_eq("a crash is counted for each", crashes, (Some(1), Some(1)));
    let queues: Vec<String> = kit.query(&["SMEMBERS", "queues"]);
    kit.assert_eq("their queue is in `queues`", queues, vec!["default"]);
    running.stop();
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}

/// Catches: an expiry that is set by the first crash only, so that the counts vanish while
/// processes crash.
#[test]
fn remembers_crash_counts_for_72_hours_after_the_last_crash() {
    let kit = testkit::kit!();
    kit.command(&["HSET", "sidepunch:crashes", "another job", "1"]);
    kit.command(&["EXPIRE", "sidepunch:crashes", "1000"]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let running = recover_at(&kit, kit.url());
    kit.eventually("nothing is left of the process", || keys_with(&kit, "gone:").is_empty());
    let left: i64 = kit.query(&["TTL", "sidepunch:crashes"]);
    kit.assert(
        &format!("the counts expire in 72 hours (259,200 s), got {left}"),
        (259_100..=259_200).contains(&left),
    );
    running.stop();
}

/// The process holds nothing, and wakes while it is looked at. Catches: a process that is forgotten
/// although it has a lease again, so that its next job would be in a list of which no other process
/// knows.
#[test]
fn does_not_forget_a_process_that_is_back() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = recover_at(&kit, proxy.url());
    let index = "sidepunch:lists:back:1:abc";
    kit.command(&["SADD", index, "sidepunch:inflight:back:1:abc:0:default"]);
    proxy.freeze_after_request(index);
    process(&kit, "back:1:abc", -1.0, "default", &[]);
    kit.eventually("the process is looked at", || proxy.fired());
    let is_known = kit.keys().contains(&index.to_owned());
    process(&kit, "back:1:abc", 60.0, "default", &[]);
    proxy.thaw();
    // The next look begins when the first one is over.
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    kit.eventually("another one is recovered", || keys_with(&kit, "gone:").is_empty());
    // A recovery in one step has forgotten it before it was back.
    kit.assert("it is still known", kit.keys().contains(&index.to_owned()) || !is_known);
    kit.assert_eq(
        "its lease is there",
        kit.query::<usize>(&["ZCOUNT", "sidepunch:leases", "(1", "+inf"]),
        2,
    );
    running.stop();
}

/// Its lease was deleted meanwhile, so no later look would find it. Catches: a process without a
/// lease that is taken for one that lives.
#[test]
fn recovers_a_process_whose_lease_is_gone() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let running = recover_at(&kit, proxy.url());
    proxy.freeze_after_request("sidepunch:inflight:gone:1:abc:0:default");
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1), job(2)]);
    kit.eventually("its list is looked at", || proxy.fired());
    kit.command(&["ZREM", "sidepunch:leases", "gone:1:abc"]);
    proxy.thaw();
    kit.eventually("its jobs are in their queue", || {
        kit.list("queue:default") == vec![job(2), job(1)]
    });
    running.stop();
}
