//! The heartbeat and the lease.

use std::thread;
use std::time::Duration;

use redis::Commands;
use sidepunch::Config;
use testkit::Kit;

use super::common::{lease_holder, push, run};
use crate::server::{identity, quick, start};

fn lease_end(kit: &Kit, identity: &str) -> f64 {
    kit.query::<Option<f64>>(&["ZSCORE", "sidepunch:leases", identity])
        .unwrap_or_default()
}

/// An operator who watches Sidekiq's Web UI does not want to wait for ten seconds. Catches: an
/// option that is not read.
#[test]
fn beats_at_the_given_interval() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "-c", "1", "--heartbeat", "0.2"]);
    // The first heartbeat is over, so only a later one can read the signal.
    let identity = identity(&kit);
    kit.command(&["LPUSH", &format!("{identity}-signals"), "TSTP"]);
    kit.eventually("the next heartbeat reads the signal", || {
        program.stderr().contains("received TSTP")
    });
}

/// Catches: a pause of a whole interval after a signal, so that the Web UI does not show its effect
/// and a second signal has to wait.
#[test]
fn handles_a_second_signal_at_once() {
    let kit = testkit::kit!();
    // A heartbeat that is refused is tried again after a fifth of a lease, and not after 30 s.
    kit.command(&["SET", "processes", "x"]);
    let config = Config {
        heartbeat: Duration::from_secs(30),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    redis::pipe()
        .atomic()
        .del("processes")
        .lpush(format!("{}-signals", lease_holder(&kit)), &["TSTP", "TERM"])
        .exec(&mut kit.redis())
        .expect("two signals");
    let ended = running.server.join("after TSTP and TERM the process stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
}

/// Catches: a limit that is left out.
#[test]
fn work_rejects_values_out_of_range() {
    let kit = testkit::kit!();
    for (option, value, range) in [
        ("-c", "0", "from 1 to 10000"),
        ("-c", "10001", "from 1 to 10000"),
        ("-c", "many", "from 1 to 10000"),
        ("--heartbeat", "0.05", "from 0.1 to 30"),
        ("--heartbeat", "31", "from 0.1 to 30"),
        ("--heartbeat", "NaN", "from 0.1 to 30"),
    ] {
        let output = kit.run(&["work", option, value]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        kit.assert_eq(
            &format!("the exit code of work {option} {value}"),
            output.status.code(),
            Some(2),
        );
        kit.assert(
            &format!("the message contains the value and the range: {stderr}"),
            stderr.contains(value) && stderr.contains(range),
        );
    }
}

/// Catches: a program whose option is ignored.
#[test]
fn work_takes_a_lease_of_the_given_duration() {
    let kit = testkit::kit!();
    let _program = kit.start(&["work", "-c", "1", "--lease", "100"]);
    let holder = lease_holder(&kit);
    let (now, _): (f64, f64) = kit.query(&["TIME"]);
    let end = lease_end(&kit, &holder);
    kit.assert(
        &format!("its lease lasts for 100 s from about {now}, got {end}"),
        (now + 80.0..=now + 101.0).contains(&end),
    );
}

/// A wait moves a job to an in-flight list, so it must end before the lease expires. Catches: a
/// limit that is left out, or taken from another setting.
#[test]
fn limits_waits_to_half_a_lease() {
    let kit = testkit::kit!();
    let config = Config {
        redis: kit.url(),
        lease: Duration::from_secs(1),
        block: Duration::from_secs(60),
        ..Config::default()
    };
    let running = start(&kit, config);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let commands = kit.commands();
    let waits = commands
        .iter()
        .filter(|command| command.starts_with("BRPOP") || command.starts_with("BLMOVE"));
    let times: Vec<&str> = waits.filter_map(|wait| wait.split(' ').next_back()).collect();
    kit.assert(
        &format!("no wait is longer than 0.5 s, got {times:?}"),
        !times.is_empty() && times.iter().all(|time| *time == "\"0.5\""),
    );
    running.stop();
}

/// A firewall drops a connection: no data arrives, and neither side gets an error. Catches: a
/// renewal that waits for its reply as long as other commands do, or that keeps the connection.
#[test]
fn renews_the_lease_despite_a_dead_connection() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    // A length that does not occur elsewhere, by which the proxy recognizes a renewal.
    let lease = Duration::from_millis(3_217);
    let running = start(
        &kit,
        Config {
            redis: proxy.url(),
            // Its thread performs a job, so that neither a fetch nor a wait renews the lease.
            concurrency: 1,
            lease,
            heartbeat: Duration::from_millis(100),
            ..Config::default()
        },
    );
    let identity = identity(&kit);
    push(&kit);
    kit.eventually("the job begins", || running.begun.try_recv().is_ok());
    proxy.swallow_after_request("3.217");
    kit.eventually("the connection is lost during a renewal", || proxy.fired());
    let end = lease_end(&kit, &identity);
    kit.eventually_in(2 * lease, "its lease is renewed", || {
        let (now, lease_end) = (kit.query::<(f64, f64)>(&["TIME"]).0, lease_end(&kit, &identity));
        kit.assert("it never expires", lease_end > now);
        lease_end > end + lease.as_secs_f64()
    });
    running.gate.open();
    running.stop();
}

/// A process that has no lease yet cannot lose it, so its first renewal has more time. Catches: a
/// first renewal with the short timeout of all others.
#[test]
fn tolerates_a_slow_redis_at_startup() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    proxy.freeze_after_request("sidepunch:leases");
    let running = start(
        &kit,
        Config {
            redis: proxy.url(),
            lease: Duration::from_millis(500),
            ..Config::default()
        },
    );
    kit.eventually("it renews its lease", || proxy.fired());
    // Longer than a lease, and shorter than the timeout of a command.
    thread::sleep(Duration::from_secs(1));
    proxy.thaw();
    identity(&kit);
    running.stop();
}

/// Catches: a failed heartbeat that is repeated only when the next one is due, so that Sidekiq's
/// Web UI does not show the process until then.
#[test]
fn repeats_a_failed_heartbeat() {
    let kit = testkit::kit!();
    // Not a set, so a heartbeat cannot add to it.
    kit.command(&["SET", "processes", "no set"]);
    let running = start(
        &kit,
        Config {
            redis: kit.url(),
            lease: Duration::from_millis(500),
            heartbeat: Duration::from_secs(30),
            ..Config::default()
        },
    );
    kit.eventually("it has tried a heartbeat", || {
        kit.commands()
            .iter()
            .any(|command| command.starts_with("lua: ") && command.contains("\"processes\""))
    });
    kit.command(&["DEL", "processes"]);
    identity(&kit);
    running.stop();
}

/// Catches: a new connection for each command.
#[test]
fn reuses_the_connection_of_the_heartbeat() {
    let kit = testkit::kit!(own);
    let running = run(&kit);
    let identity = identity(&kit);
    let connections = || {
        let stats: String = kit.query(&["INFO", "stats"]);
        let total = stats
            .lines()
            .find_map(|line| line.strip_prefix("total_connections_received:"));
        total.and_then(|total| total.parse().ok()).unwrap_or(0)
    };
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let (end, before) = (lease_end(&kit, &identity), connections());
    kit.eventually("it has sent ten heartbeats", || lease_end(&kit, &identity) > end + 1.0);
    // Threads that fetch for the first time open one connection each.
    let opened = connections() - before;
    kit.assert(
        &format!("three commands for each heartbeat use the same connection, got {opened} new connections"),
        opened < 20,
    );
    running.stop();
}

/// Returns settings of a server that waits for jobs, and looks for due ones, every 50 ms.
fn with_short_intervals(redis: String) -> Config {
    Config {
        redis,
        lease: Duration::from_millis(500),
        block: Duration::from_millis(50),
        poll: Duration::from_millis(50),
        ..Config::default()
    }
}

/// Returns how many waits for a job a server has sent. Until task 5.3 is done, it sends BRPOP.
fn waits(kit: &Kit) -> usize {
    let commands = kit.commands().into_iter();
    commands
        .filter(|command| command.starts_with("BLMOVE") || command.starts_with("BRPOP"))
        .count()
}

/// Returns how often a server has looked for scheduled jobs that are due.
fn looks(kit: &Kit) -> usize {
    let commands = kit.commands().into_iter();
    commands
        .filter(|command| command.starts_with("ZRANGEBYSCORE \"schedule\""))
        .count()
}

/// A thousand idle processes must not ask for due jobs a thousand times in each interval. Catches:
/// a process that looks at each interval, however many there are; one that counts them at its start
/// only, so that the last process of a fleet hardly looks.
#[test]
fn looks_for_due_jobs_less_often_in_a_large_fleet() {
    let kit = testkit::kit!();
    let fleet: Vec<(u64, String)> = (0..1_000)
        .map(|number| (9_999_999_999, format!("other:{number}")))
        .collect();
    let added: usize = kit
        .redis()
        .zadd_multiple("sidepunch:leases", &fleet)
        .expect("Redis is there");
    kit.assert_eq("a thousand processes have a lease", added, 1_000);
    let running = start(&kit, with_short_intervals(kit.url()));
    kit.eventually("it has waited for 2 s, in waits of 50 ms", || waits(&kit) >= 40);
    let rare = looks(&kit);
    kit.assert(&format!("it has hardly ever looked, got {rare} looks"), rare < 10);
    kit.command(&["ZREMRANGEBYSCORE", "sidepunch:leases", "9999999999", "9999999999"]);
    kit.eventually("as the only process, it looks at each interval", || {
        looks(&kit) >= rare + 10
    });
    running.stop();
}

/// Catches: processes that take turns already if there are two, so that a due job waits for several
/// intervals.
#[test]
fn looks_for_due_jobs_at_each_interval_in_a_small_fleet() {
    let kit = testkit::kit!();
    for number in 0..4 {
        kit.command(&["ZADD", "sidepunch:leases", "9999999999", &format!("other:{number}")]);
    }
    let running = start(&kit, with_short_intervals(kit.url()));
    kit.eventually("it has waited for 3 s, in waits of 50 ms", || waits(&kit) >= 60);
    let (looks, waits) = (looks(&kit), waits(&kit));
    kit.assert(
        &format!("it looks about as often as it waits, got {looks} looks and {waits} waits"),
        2 * looks > waits,
    );
    running.stop();
}
