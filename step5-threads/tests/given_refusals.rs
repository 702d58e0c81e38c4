//! Given: the log of what Redis refuses in the background.

use std::time::Duration;

use sidepunch::{Client, Error};

use crate::server::{keys_with, lines, sent};

/// How long a process waits before it considers others dead, and some more.
const STABLE: Duration = Duration::from_secs(30);

/// A job of a crashed process stays in flight, and an operator has only the log to find out why.
/// Catches: a refusal that is logged at the level `debug`; a line for each attempt; a line without
/// the reason; an end that is not logged.
#[test]
fn logs_a_refused_recovery_and_a_refused_heartbeat_once() {
    let kit = testkit::kit!();
    let lists = "sidepunch:lists:gone:1:abc";
    kit.command(&["SET", lists, "no set"]);
    kit.command(&["ZADD", "sidepunch:leases", "1", "gone:1:abc"]);
    kit.command(&["SET", "processes", "no set"]);
    let program = kit.start(&["work", "-c", "1", "-q", "other", "--heartbeat", "0.2", "--lease", "0.5"]);
    let heartbeat = ["ERROR", "cannot publish the heartbeat", "WRONGTYPE"];
    let recovery = ["ERROR", "cannot recover the jobs of gone:1:abc", "WRONGTYPE"];
    kit.eventually("the refused heartbeat is logged", || lines(&program, &heartbeat) > 0);
    kit.eventually_in(STABLE, "the refused recovery is logged", || {
        lines(&program, &recovery) > 0
    });
    // Both are tried again.
    let before = [sent(&kit, lists), sent(&kit, "-signals")];
    kit.eventually("both have been tried twice since", || {
        sent(&kit, lists) > before[0] + 1 && sent(&kit, "-signals") > before[1] + 1
    });
    kit.assert_eq("each refusal is logged once", lines(&program, &["ERROR"]), 2);
    kit.command(&["DEL", lists, "processes"]);
    for text in [
        "can publish the heartbeat again",
        "can recover the jobs of gone:1:abc again",
    ] {
        kit.eventually("the end is logged, too", || lines(&program, &["INFO", text]) == 1);
    }
    kit.assert_eq("the crashed process is forgotten", keys_with(&kit, "gone").len(), 0);
    kit.command(&["SET", "processes", "no set"]);
    kit.eventually("a second refusal is logged again", || lines(&program, &heartbeat) == 2);
    kit.command(&["DEL", "processes"]);
}

/// Catches: a refused renewal that nothing logs, until other processes perform the jobs of this
/// one.
#[test]
fn logs_a_refused_renewal_of_the_lease_once() {
    let kit = testkit::kit!(own);
    kit.command(&["ACL", "SETUSER", "worker", "on", ">secret", "allkeys", "+@all"]);
    let url = kit.url().replace("redis://", "redis://worker:secret@");
    let program = kit.start(&["--redis", &url, "work", "-c", "1", "--lease", "0.5"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    kit.command(&["ACL", "SETUSER", "worker", "-zrangebyscore"]);
    let renewal = ["ERROR", "cannot renew the lease", "can't run this command"];
    kit.eventually("the refused renewal is logged", || lines(&program, &renewal) > 0);
    let before = sent(&kit, "sidepunch:leases");
    kit.eventually("it has been tried twice since", || {
        sent(&kit, "sidepunch:leases") > before + 1
    });
    kit.assert_eq("it is logged once", lines(&program, &renewal), 1);
    kit.command(&["ACL", "SETUSER", "worker", "+zrangebyscore"]);
    kit.eventually("its end is logged", || {
        lines(&program, &["INFO", "can renew the lease again"]) == 1
    });
    let log = program.stderr();
    kit.assert(
        &format!("the log does not contain the password: {log}"),
        !log.contains("secret"),
    );
}

/// The processors log an outage. Catches: a second line by a thread in the background.
#[test]
fn leaves_the_log_of_an_outage_to_the_processors() {
    let kit = testkit::kit!(own);
    let program = kit.start(&["work", "-c", "1", "--heartbeat", "0.2", "--lease", "0.5"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    // There is no leader at this address.
    kit.command(&["REPLICAOF", "127.0.0.1", "1"]);
    kit.eventually("the outage is logged", || lines(&program, &["ERROR", "retrying"]) == 1);
    // A replica refuses the heartbeat before MONITOR sees it, but it is tried more often.
    let renewal = r#" "1" "sidepunch:leases" "#;
    let before = sent(&kit, renewal);
    kit.eventually("the renewal of the lease has been tried three times since", || {
        sent(&kit, renewal) > before + 2
    });
    kit.assert_eq("there is one line", lines(&program, &["ERROR"]), 1);
    kit.command(&["REPLICAOF", "NO", "ONE"]);
    kit.eventually("its end is logged", || lines(&program, &["Redis is back"]) == 1);
}

/// Catches: a refused command that is shown as a key of another type.
#[test]
fn stats_returns_the_error_of_a_refused_command() {
    let kit = testkit::kit!(own);
    kit.command(&["ACL", "SETUSER", "viewer", "on", ">secret", "allkeys", "+@all", "-get"]);
    let url = kit.url().replace("redis://", "redis://viewer:secret@");
    let client = Client::connect(&url).expect("a URL of a Redis");
    let stats = client.stats();
    kit.assert(
        &format!("it is Error::Refused, got {stats:?}"),
        matches!(stats, Err(Error::Refused { .. })),
    );
}

/// An operator who has repaired the first problem must learn of the second one. Catches: a log line
/// for the first reason only.
#[test]
fn logs_each_reason_of_a_refused_heartbeat() {
    let kit = testkit::kit!(own);
    kit.command(&["ACL", "SETUSER", "worker", "on", ">secret", "allkeys", "+@all"]);
    kit.command(&["SET", "processes", "no set"]);
    let url = kit.url().replace("redis://", "redis://worker:secret@");
    let program = kit.start(&["--redis", &url, "work", "-c", "1", "--heartbeat", "0.2"]);
    let logged = |reason: &str| lines(&program, &["ERROR", "cannot publish the heartbeat", reason]);
    kit.eventually("the first reason is logged", || logged("WRONGTYPE") == 1);
    kit.command(&["ACL", "SETUSER", "worker", "-srem"]);
    kit.eventually("so is the second one", || logged("can't run this command") == 1);
}
