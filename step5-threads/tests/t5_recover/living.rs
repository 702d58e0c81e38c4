//! A process that is alive, or may be alive, keeps its jobs.

use std::process::Command;
use std::time::{Duration, Instant};

use sidepunch::Config;
use testkit::Kit;

use super::common::{is_look, job, looks, process, run, run_with};
use crate::server::{add_in_flight, begins, card, identity, keys_with, quick, start};

/// Catches: code that recovers the jobs of a live process, that considers a process dead because
/// its lease is new, or that removes a process without jobs.
#[test]
fn leaves_live_processes_alone() {
    let kit = testkit::kit!();
    process(&kit, "alive:1:abc", 60.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    // It may check the crashed process first, so the effects of one sweep are certain only after
    // the next one.
    for number in 2..4 {
        process(&kit, "gone:1:abc", -1.0, "default", &[job(number)]);
        kit.assert_eq(
            "the job of the crashed process is performed",
            begins(&kit, &running.begun),
            number,
        );
        kit.eventually("the crashed process is removed", || keys_with(&kit, "gone:").is_empty());
    }
    kit.assert_eq(
        "the live process still has its job in flight",
        kit.list("sidepunch:inflight:alive:1:abc:0:default"),
        vec![job(1)],
    );
    let lease: Option<f64> = kit.query(&["ZSCORE", "sidepunch:leases", "alive:1:abc"]);
    kit.assert("it still has its lease", lease.is_some());
    running.stop();
}

/// After an outage all leases have expired, and the live processes have not renewed theirs yet.
/// Catches: a process that starts, and at once recovers the jobs that others perform.
#[test]
fn gives_expired_processes_time_to_renew() {
    let kit = testkit::kit!();
    process(&kit, "slow:1:abc", -1.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    // The first look, before the server starts, has no consequences. At the third one, those of the
    // second are certain.
    kit.eventually("the server has looked for crashed processes three times", || {
        looks(&kit) > 2
    });
    // The process renews its lease in time.
    process(&kit, "slow:1:abc", 60.0, "default", &[]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(2)]);
    kit.assert_eq("the crashed process is found", begins(&kit, &running.begun), 2);
    kit.assert_eq(
        "the other process still has its job in flight",
        kit.list("sidepunch:inflight:slow:1:abc:0:default").len(),
        1,
    );
    running.stop();
}

/// Catches: a process that recovers others before it has renewed its lease for a whole period.
#[test]
fn recovers_nothing_during_its_first_lease_period() {
    let kit = testkit::kit!();
    let lease = Duration::from_secs(2);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let start = Instant::now();
    let running = run_with(&kit, &["default"], lease);
    kit.assert_eq(
        "the job of the crashed process is performed",
        begins(&kit, &running.begun),
        1,
    );
    let passed = start.elapsed();
    kit.assert(
        &format!("not before {lease:?} have passed, but after {passed:?}"),
        passed > lease,
    );
    running.stop();
}

/// All processes of a machine may be suspended together, and one of them wakes first. Catches: a
/// process that considers its lease uninterrupted, because it could renew it again.
#[test]
fn does_not_recover_others_after_being_suspended() {
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let lease = Duration::from_secs(1);
    let program = kit.start(&["work", "-c", "1", "--lease", "1"]);
    kit.eventually_in(10 * lease, "it recovers the jobs of the crashed process", || {
        keys_with(&kit, "gone:1:abc").is_empty()
    });
    let signal = |name: &str| {
        let pid = program.pid().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        kit.assert("the signal is sent", sent.is_ok_and(|status| status.success()));
    };
    signal("-STOP");
    kit.eventually_in(10 * lease, "its lease has expired", || {
        let time: (f64, f64) = kit.query(&["TIME"]);
        kit.query::<usize>(&["ZCOUNT", "sidepunch:leases", "-inf", &time.0.to_string()]) == 1
    });
    process(&kit, "frozen:1:abc", -1.0, "default", &[job(2)]);
    let before = kit.commands().len();
    signal("-CONT");
    assert_untouched_until_the_second_look(&kit, before);
}

/// Asserts that a server which looks for crashed processes after this many commands does not touch
/// the jobs of frozen:1:abc at its first look.
fn assert_untouched_until_the_second_look(kit: &Kit, before: usize) {
    // The effects of its first look are complete before the second one.
    let commands = kit.wait_for("it has looked for crashed processes twice", || {
        let commands = kit.commands().split_off(before);
        let second = (0..commands.len()).filter(|&place| is_look(&commands[place])).nth(1);
        second.map(|place| commands[..place].to_vec())
    });
    let list = "sidepunch:inflight:frozen:1:abc:0:default";
    let touched: Vec<_> = commands.iter().filter(|command| command.contains(list)).collect();
    kit.assert_eq(
        "the jobs of the other process are not touched",
        touched,
        Vec::<&String>::new(),
    );
}

/// Runs a server with this lease, sets Redis's clock forward by `jump`, and asserts that the server
/// does not recover a process whose lease has ended meanwhile before its second look.
pub fn assert_recovers_nothing_after_a_jump(lease: Duration, jump: Duration) {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let config = Config {
        concurrency: 1,
        lease,
        ..quick(proxy.url())
    };
    let running = start(&kit, config);
    kit.eventually_in(10 * lease, "it recovers the jobs of the crashed process", || {
        keys_with(&kit, "gone:1:abc").is_empty()
    });
    proxy.advance_clock(jump);
    let before = kit.commands().len();
    process(&kit, "frozen:1:abc", -1.0, "default", &[job(2)]);
    assert_untouched_until_the_second_look(&kit, before);
    running.stop();
}

/// After a failover to a server whose clock is ahead, all leases have expired. A machine that was
/// suspended sees the same if its own clock stood still. Catches: a process that measures the time
/// between two renewals only by its own clock.
#[test]
fn does_not_recover_others_after_the_clock_of_redis_has_jumped() {
    assert_recovers_nothing_after_a_jump(Duration::from_secs(1), Duration::from_secs(60));
}

/// The recovery of many jobs takes some time. Catches: a lease that is checked once, before all
/// jobs are requeued.
#[test]
fn stops_recovering_when_the_process_returns() {
    let kit = testkit::kit!();
    let jobs: Vec<String> = (0..1_000).map(job).collect();
    let payloads: Vec<&[u8]> = jobs.iter().map(String::as_bytes).collect();
    let list = "sidepunch:inflight:slow:1:abc:0:other";
    kit.lpush(list, &payloads);
    kit.command(&["SADD", "sidepunch:lists:slow:1:abc", list]);
    process(&kit, "slow:1:abc", -1.0, "other", &[]);
    let running = run(&kit, &["default"]);
    let back = r"
        if redis.call('LLEN', KEYS[1]) == 0 then return nil end
        redis.call('ZADD', KEYS[3], redis.call('TIME')[1] + 60, ARGV[1])
        return redis.call('LLEN', KEYS[2])";
    let keys = [
        "queue:other",
        "sidepunch:inflight:slow:1:abc:0:other",
        "sidepunch:leases",
    ];
    let eval = ["EVAL", back, "3", keys[0], keys[1], keys[2], "slow:1:abc"];
    let left: usize = kit.wait_for("its jobs are being requeued", || kit.query(&eval));
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1_000)]);
    kit.assert_eq("another crashed process is found", begins(&kit, &running.begun), 1_000);
    // None, if a list is requeued as a whole.
    kit.assert_eq(
        "the jobs that were in flight when it returned are still in flight",
        kit.list(keys[1]).len(),
        left,
    );
    running.stop();
}

/// If Redis refuses writes, as a master without replicas does, all leases expire. Catches: a
/// process that recovers others as soon as Redis accepts writes again.
#[test]
fn does_not_recover_others_after_refused_renewals() {
    let kit = testkit::kit!(own);
    let lease = Duration::from_secs(1);
    let running = run_with(&kit, &["default"], lease);
    let ends = || {
        kit.query::<Vec<(String, f64)>>(&["ZRANGE", "sidepunch:leases", "0", "-1", "WITHSCORES"])
            .remove(0)
            .1
    };
    let now = || kit.query::<(f64, f64)>(&["TIME"]).0;
    kit.eventually("the process has a lease", || card(&kit, "sidepunch:leases") == 1);
    let before = ends();
    kit.eventually("it has run for longer than a lease", || ends() > before + 1.0);
    process(&kit, "gone:1:abc", -1.0, "other", &[job(2)]);
    kit.eventually("it recovers the jobs of a process that crashed", || {
        keys_with(&kit, "gone:").is_empty()
    });
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    kit.eventually("its lease has expired, because Redis refused the renewals", || {
        ends() < now() - 1.0
    });
    // The lease of another process has expired, too, and it has no time to renew it yet.
    let before = kit.commands().len();
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    process(&kit, "frozen:1:abc", -1.0, "default", &[job(1)]);
    assert_untouched_until_the_second_look(&kit, before);
    running.stop();
}

/// Catches: a server that requeues its own jobs, because it has renewed its lease too late.
#[test]
fn does_not_recover_itself() {
    let kit = testkit::kit!();
    let running = run(&kit, &["default"]);
    let own = identity(&kit);
    add_in_flight(&kit, &own, "9", "default", &job(1));
    // Several sweeps, and at each one its lease has expired: it renews the lease, but not fast
    // enough.
    for number in 2..5 {
        process(&kit, &format!("gone:{number}:abc"), -1.0, "default", &[job(number)]);
        let performed = kit.wait_for("a job of the crashed process is performed", || {
            (0..100).for_each(|_| process(&kit, &own, -2.0, "default", &[]));
            running.begun.try_recv().ok()
        });
        kit.assert_eq("it is the job of the crashed process", performed, number);
    }
    kit.assert_eq(
        "its own job is still in flight",
        kit.list(&format!("sidepunch:inflight:{own}:9:default")).len(),
        1,
    );
    running.stop();
}

/// A process recovers 1,000 jobs on a slow network, which takes more than 20 s. Catches: a renewal
/// that waits until the recovery can take the next list of crashed processes.
#[test]
fn renews_its_lease_while_the_recovery_is_busy() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let list = "sidepunch:inflight:gone:1:abc:0:other";
    let jobs: Vec<String> = (0..1_000).map(job).collect();
    kit.lpush(list, &jobs.iter().map(String::as_bytes).collect::<Vec<_>>());
    kit.command(&["SADD", "sidepunch:lists:gone:1:abc", list]);
    process(&kit, "gone:1:abc", -1.0, "other", &[]);
    let config = Config {
        concurrency: 1,
        lease: Duration::from_secs(1),
        ..quick(proxy.url())
    };
    proxy.delay(Duration::from_millis(20));
    let running = start(&kit, config);
    let reads = |command: &String| command.starts_with("LRANGE") && command.contains(list);
    kit.eventually("the recovery has begun", || kit.commands().iter().any(reads));
    let before = looks(&kit);
    kit.eventually("the lease is renewed five times", || looks(&kit) > before + 4);
    kit.assert("the recovery is still busy", !kit.list(list).is_empty());
    proxy.delay(Duration::ZERO);
    kit.eventually("all jobs are in their queue", || kit.list("queue:other").len() == 1_000);
    running.stop();
}
