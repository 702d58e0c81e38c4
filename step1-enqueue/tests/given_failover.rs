//! Given: a Redis that becomes a replica while the connections to it stay open.

use sidepunch::{Connections, Error};
use testkit::Kit;

/// The errors of a server that cannot do its work, now or for good.
const OUTAGES: [&str; 7] = [
    "READONLY You can't write against a read only replica.",
    "MASTERDOWN Link with MASTER is down.",
    "LOADING Redis is loading the dataset in memory",
    "NOREPLICAS Not enough good replicas to write.",
    "MISCONF Redis is configured to save RDB snapshots, but cannot.",
    "UNBLOCKED force unblock from blocking operation",
    // Redis 6, if a command in a script is rejected.
    "ERR Error running script (call to f_0): @user_script:1: @user_script: 1: -READONLY You can't write.",
];

/// A script that returns its argument as an error.
const REFUSE: &str = "return redis.error_reply(ARGV[1])";

/// A managed Redis behind a name fails over like this. Catches: a connection that goes back to the
/// pool after `READONLY`, so that each write fails until the program is restarted; a write that is
/// not repeated although the replica has written nothing; a read that is answered by the old
/// server, because its other connections stay in the pool.
#[test]
fn leaves_a_server_that_has_become_a_replica() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let connections = Connections::new(&servers.url()).expect("a URL of a Redis");
    // Both servers may have the same port, each in a container of its own. But a run id is unique.
    let run_id = || {
        let info: Result<String, _> =
            connections.with_connection(|connection| redis::cmd("INFO").arg("server").query(connection));
        let info = info.unwrap_or_else(|error| kit.fail(&format!("Redis answers: {error}")));
        let run_id = info.lines().find_map(|line| line.strip_prefix("run_id:"));
        run_id.unwrap_or_default().to_owned()
    };
    let both = || connections.with_connection(|_| Ok([run_id(), run_id()]));
    // A command within a command, so that the pool contains two connections.
    kit.assert("Redis answers", both().is_ok());
    for _ in 0..2 {
        let old = run_id();
        servers.fail_over();
        let written = connections.with_connection(|connection| redis::cmd("INCR").arg("a").exec(connection));
        kit.assert(&format!("the first write succeeds, got {written:?}"), written.is_ok());
        let now = both();
        kit.assert(
            &format!("no connection to the old server, whose run id is {old}, is left: {now:?}"),
            now.is_ok_and(|now| !now.contains(&old)),
        );
    }
    kit.assert_eq("each write was executed once", servers.query::<u64>(&["GET", "a"]), 2);
}

/// Returns the number that Redis gave to the connection.
fn id(kit: &Kit, connections: &Connections) -> u64 {
    let id = connections.with_connection(|connection| redis::cmd("CLIENT").arg("ID").query(connection));
    id.unwrap_or_else(|error| kit.fail(&format!("Redis answers: {error}")))
}

/// Sends a script that returns this error, alone or in a pipeline. Returns the error, and whether
/// the next command had a new connection.
fn refuse(kit: &Kit, connections: &Connections, error: &str, in_pipeline: bool) -> (Error, bool) {
    let before = id(kit, connections);
    let mut refuse = redis::cmd("EVAL");
    refuse.arg(REFUSE).arg(0).arg(error);
    let mut commands = redis::pipe();
    commands.cmd("PING").add_command(refuse.clone()).cmd("PING");
    let refused = connections.with_connection(|connection| match in_pipeline {
        true => commands.exec(connection),
        false => refuse.exec(connection),
    });
    match refused {
        Err(error @ Error::Refused { .. }) => (error, id(kit, connections) != before),
        other => kit.fail(&format!("Redis refuses the command, got {other:?}")),
    }
}

/// Catches: a connection that is kept after one of these errors; a look at the first reply of a
/// pipeline only.
#[test]
fn closes_a_connection_to_the_wrong_server() {
    let kit = testkit::kit!();
    let connections = Connections::new(&kit.url()).expect("a URL of a Redis");
    for error in OUTAGES {
        for in_pipeline in [false, true] {
            let (refused, is_new) = refuse(&kit, &connections, error, in_pipeline);
            kit.assert(
                &format!("the error contains its reason, got {refused}"),
                refused
                    .to_string()
                    .contains(error.split_once(' ').unwrap_or_default().1),
            );
            kit.assert(
                &format!("after {error:?}, the next command has a new connection"),
                is_new,
            );
        }
    }
}

/// Catches: a new connection for each error, which costs Redis more than the command.
#[test]
fn keeps_a_connection_after_another_error() {
    let kit = testkit::kit!();
    let connections = Connections::new(&kit.url()).expect("a URL of a Redis");
    for error in [
        "WRONGTYPE no list",
        "OOM command not allowed",
        "NOPERM no right",
        "ERR a text with READONLY in it",
    ] {
        for in_pipeline in [false, true] {
            let (_, is_new) = refuse(&kit, &connections, error, in_pipeline);
            kit.assert(&format!("the connection is kept after {error:?}"), !is_new);
        }
    }
}

/// As in the test before, but with commands in a transaction, which Redis rejects one by one.
/// Catches: a look at the error of `EXEC` only.
#[test]
fn closes_a_connection_whose_transaction_was_rejected() {
    let kit = testkit::kit!(own);
    let connections = Connections::new(&kit.url()).expect("a URL of a Redis");
    let before = id(&kit, &connections);
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "1"]);
    let set = connections.with_connection(|connection| redis::pipe().atomic().set("a", 1).exec(connection));
    kit.command(&["CONFIG", "SET", "min-replicas-to-write", "0"]);
    kit.assert(
        &format!("Redis rejects the transaction, got {set:?}"),
        matches!(set, Err(Error::Refused { .. })),
    );
    kit.assert("the next command has a new connection", id(&kit, &connections) > before);
}
