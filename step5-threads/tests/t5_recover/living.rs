//! A process that lives, or may live, keeps its jobs.

use std::process::Command;
use std::time::Duration;

use sidepunch::Config;

use super::common::{is_look, job, looks, process, run, run_with};
use crate::server::{begins, card, hold, identity, keys_with, quick, server};

/// Kills: to take from the living, to take it for dead when its lease is young, to forget one that holds nothing yet.
#[test]
fn leaves_live_processes_alone() {
    let kit = testkit::kit!();
    process(&kit, "alive:1:abc", 60.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    // It may look at the dead first, so what it does at one look is known at the next.
    for number in 2..4 {
        process(&kit, "gone:1:abc", -1.0, "default", &[job(number)]);
        kit.assert_eq("the job of the dead is performed", begins(&kit, &running.begun), number);
        kit.eventually("the dead is forgotten", || keys_with(&kit, "gone:").is_empty());
    }
    kit.assert_eq(
        "the one that lives holds what it held",
        kit.list("sidepunch:inflight:alive:1:abc:0:default"),
        vec![job(1)],
    );
    let lease: Option<f64> = kit.query(&["ZSCORE", "sidepunch:leases", "alive:1:abc"]);
    kit.assert("and has its lease", lease.is_some());
    running.stop();
}

/// After an outage all leases have run out, and those who live have not yet said so. Kills: a process that starts, looks,
/// and takes away what others are at.
#[test]
fn gives_expired_processes_time_to_renew() {
    let kit = testkit::kit!();
    process(&kit, "slow:1:abc", -1.0, "default", &[job(1)]);
    let running = run(&kit, &["default"]);
    // At the second look it is known what came of the first.
    kit.eventually("the server has looked for the dead twice", || looks(&kit) > 1);
    // It says that it lives, in time.
    process(&kit, "slow:1:abc", 60.0, "default", &[]);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(2)]);
    kit.assert_eq("the dead is found", begins(&kit, &running.begun), 2);
    kit.assert_eq(
        "the other one is left alone",
        kit.list("sidepunch:inflight:slow:1:abc:0:default").len(),
        1,
    );
    running.stop();
}

/// All processes of a machine may be frozen, and one wakes first. Kills: to think that one was well all the time, because the
/// lease could be renewed again.
#[test]
fn does_not_recover_others_after_being_suspended() {
    // The step's program has no option for its lease, and with that of 5 s the test would take twice as long.
    let lease = Duration::from_secs(2);
    if let Some(redis) = testkit::parent_redis_url() {
        let config = Config {
            concurrency: 1,
            lease,
            ..quick(redis)
        };
        // It runs until the test ends it.
        let ended = server(config).run();
        unreachable!("nobody has asked it to stop: {ended:?}");
    }
    let kit = testkit::kit!();
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let program = kit.start_test(concat!(
        module_path!(),
        "::does_not_recover_others_after_being_suspended"
    ));
    kit.eventually_in(5 * lease, "it recovers what the dead has left", || {
        keys_with(&kit, "gone:1:abc").is_empty()
    });
    let signal = |name: &str| {
        let pid = program.pid().to_string();
        let sent = Command::new("kill").args([name, &pid]).status();
        kit.assert("the signal is sent", sent.is_ok_and(|status| status.success()));
    };
    signal("-STOP");
    kit.eventually_in(5 * lease, "its lease has run out", || {
        let time: (f64, f64) = kit.query(&["TIME"]);
        kit.query::<usize>(&["ZCOUNT", "sidepunch:leases", "-inf", &time.0.to_string()]) == 1
    });
    process(&kit, "frozen:1:abc", -1.0, "default", &[job(2)]);
    let before = kit.commands().len();
    signal("-CONT");
    // All that comes of its first look is done before the second one.
    let commands = kit.wait_for("it has looked for the dead twice", || {
        let commands = kit.commands().split_off(before);
        let second = (0..commands.len()).filter(|&place| is_look(&commands[place])).nth(1);
        second.map(|place| commands[..place].to_vec())
    });
    let list = "sidepunch:inflight:frozen:1:abc:0:default";
    let taken: Vec<_> = commands.iter().filter(|command| command.contains(list)).collect();
    kit.assert_eq("the other one has had time to wake", taken, Vec::<&String>::new());
}

/// Between the look and the last of many jobs, time goes by. Kills: a lease that is looked at once, and then all is taken.
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
    let left: usize = kit.wait_for("its jobs are being given back", || kit.query(&eval));
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1_000)]);
    kit.assert_eq("the next of the dead is found", begins(&kit, &running.begun), 1_000);
    // None, if a list is given back as a whole.
    kit.assert_eq(
        "it still holds what it held when it came back",
        kit.list(keys[1]).len(),
        left,
    );
    running.stop();
}

/// A Redis that refuses writes, as a master without replicas does, looks as if all had died. Kills: to believe it as soon as it
/// takes writes again.
#[test]
fn does_not_recover_others_after_refused_renewals() {
    let kit = testkit::kit!(own);
    let lease = Duration::from_secs(2);
    let running = run_with(&kit, &["default"], lease);
    let ends = || {
        kit.query::<Vec<(String, f64)>>(&["ZRANGE", "sidepunch:leases", "0", "-1", "WITHSCORES"])
            .remove(0)
            .1
    };
    let now = || kit.query::<(f64, f64)>(&["TIME"]).0;
    kit.eventually("the process lives", || card(&kit, "sidepunch:leases") == 1);
    let before = ends();
    kit.eventually("it has lived for longer than a lease", || ends() > before + 2.0);
    process(&kit, "gone:1:abc", -1.0, "other", &[job(2)]);
    kit.eventually("it recovers the jobs of a process that crashed", || {
        keys_with(&kit, "gone:").is_empty()
    });
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    kit.eventually("its lease has run out, and it was not its fault", || {
        ends() < now() - 1.0
    });
    // The other one's as well, that has no time to renew it yet.
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    process(&kit, "alive:1:abc", -1.0, "default", &[job(1)]);
    let before = looks(&kit);
    kit.eventually("the server has looked for the dead twice", || looks(&kit) > before + 1);
    let held = kit.list("sidepunch:inflight:alive:1:abc:0:default");
    kit.assert_eq("the other one has had time to say that it lives", held, vec![job(1)]);
    running.stop();
}

/// Kills: a server that takes its own jobs away, since it was late itself.
#[test]
fn does_not_recover_itself() {
    let kit = testkit::kit!();
    let running = run(&kit, &["default"]);
    let own = identity(&kit);
    hold(&kit, &own, "9", "default", &job(1));
    // Several looks, and at each it is late: it renews its lease, but not fast enough.
    for number in 2..5 {
        process(&kit, &format!("gone:{number}:abc"), -1.0, "default", &[job(number)]);
        let told = kit.wait_for("a job of the dead process is performed", || {
            (0..100).for_each(|_| process(&kit, &own, -2.0, "default", &[]));
            running.begun.try_recv().ok()
        });
        kit.assert_eq("it is the one that the dead held", told, number);
    }
    kit.assert_eq(
        "its own are where they were",
        kit.list(&format!("sidepunch:inflight:{own}:9:default")).len(),
        1,
    );
    running.stop();
}
