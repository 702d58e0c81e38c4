//! The signals of Sidekiq's Web UI, and those of the operating system.

use std::net::{TcpListener, TcpStream};

use testkit::{Kit, Program};

use super::common::{field, lease_holder, push, run};
use crate::server::{card, identity, lines};

/// Starts the program with one processor and a job that runs until its call of the API ends. The API
/// never replies, so the call ends when the connection is dropped.
fn start_with_a_long_job(kit: &Kit) -> (Program, TcpStream) {
    let api = TcpListener::bind("127.0.0.1:0").expect("a free port");
    api.set_nonblocking(true).expect("a socket");
    let url = format!("http://{}", api.local_addr().expect("an address"));
    let program = kit.start(&["work", "-c", "1", "--api", &url]);
    kit.lpush(
        "queue:default",
        &[br#"{"class":"UpdateCounterWorker","args":["hits","incr"]}"#],
    );
    let (call, _) = kit.wait_for("a long job begins", || api.accept().ok());
    (program, call)
}

/// The buttons "Quiet" and "Stop" of Sidekiq's Web UI.
#[test]
fn handles_signals_from_the_web_ui() {
    let kit = testkit::kit!();
    let running = run(&kit);
    let identity = identity(&kit);
    let signals = format!("{identity}-signals");
    kit.command(&["LPUSH", &signals, "TSTP"]);
    kit.eventually("after TSTP it reports that it is quiet", || {
        field(&kit, &identity, "quiet") == "true"
    });
    let (quiet, _): (u64, u64) = kit.query(&["TIME"]);
    kit.eventually("it goes on with its heartbeats", || {
        field(&kit, &identity, "beat").parse().unwrap_or(0.0) > quiet as f64 + 2.0
    });
    push(&kit);
    kit.command(&["LPUSH", &signals, "TERM"]);
    let ended = running.server.join("after TERM the process stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    kit.assert_eq(
        "while it was quiet, it started no job",
        kit.list("queue:default").len(),
        1,
    );
    kit.assert("the signal is removed", !kit.keys().contains(&signals));
}

/// Catches: a signal that is not read, or a process that does not deregister, because a full Redis
/// refuses a write in the same script.
#[test]
fn handles_signals_and_deregisters_when_redis_is_full() {
    let kit = testkit::kit!(own);
    let running = run(&kit);
    let signals = format!("{}-signals", identity(&kit));
    // Atomically, otherwise the process would handle the signal before.
    redis::pipe()
        .atomic()
        .lpush(&signals, "TERM")
        .cmd("CONFIG")
        .arg(&["SET", "maxmemory", "1"])
        .exec(&mut kit.redis())
        .expect("a full Redis");
    let ended = running.server.join("after TERM the process stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
    let left: (usize, usize) = (card(&kit, "sidepunch:leases"), kit.query(&["SCARD", "processes"]));
    kit.assert_eq("the process has deregistered", left, (0, 0));
    kit.command(&["CONFIG", "SET", "maxmemory", "0"]);
}

/// Catches: a signal that is lost, because the heartbeat of the same round trip is refused.
#[test]
fn handles_signals_although_the_heartbeat_is_refused() {
    let kit = testkit::kit!();
    kit.command(&["SET", "processes", "x"]);
    let running = run(&kit);
    kit.command(&["LPUSH", &format!("{}-signals", lease_holder(&kit)), "TERM"]);
    let ended = running.server.join("after TERM the process stops");
    kit.assert(&format!("run returns Ok(()), got {ended:?}"), ended.is_ok());
}

/// A deploy sends TSTP first, minutes before TERM. If you cannot wait, you press Ctrl-C twice,
/// which sends INT twice.
#[test]
fn handles_unix_signals() {
    let kit = testkit::kit!();
    let program = kit.start(&["work", "-c", "1"]);
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    kit.assert_eq(
        "-c is the number of threads",
        field(&kit, &identity(&kit), "concurrency"),
        "1".to_owned(),
    );
    let pid = program.pid().to_string();
    let signal = std::process::Command::new("kill").args(["-TSTP", &pid]).status();
    kit.assert("the signal is sent", signal.is_ok_and(|status| status.success()));
    kit.eventually("the log reports that it is quiet", || {
        program.stderr().contains("quiet, no new jobs")
    });
    kit.eventually("it no longer waits for jobs", || kit.blocked() == 0);
    push(&kit);
    program.interrupt();
    kit.assert_eq("it ends with exit code 0", program.wait("INT stops it").code(), Some(0));
    kit.assert_eq("the job is in its queue", kit.list("queue:default").len(), 1);

    kit.command(&["DEL", "queue:default"]);
    let (program, _call) = start_with_a_long_job(&kit);
    program.interrupt();
    kit.eventually("it is stopping", || program.stderr().contains("stopping"));
    program.interrupt();
    kit.assert_eq(
        "a second INT ends it at once",
        program.wait("it ends").code(),
        Some(130),
    );
}

/// Sidekiq's API can also send `TTIN`, and any program can write to the list. Catches: a process
/// that stops after any signal; a signal that stays in the list.
#[test]
fn ignores_other_signals_from_sidekiqs_api() {
    let kit = testkit::kit!();
    let running = run(&kit);
    let identity = identity(&kit);
    let signals = format!("{identity}-signals");
    kit.command(&["LPUSH", &signals, "TTIN"]);
    kit.eventually("the signal is removed", || !kit.keys().contains(&signals));
    kit.command(&["LPUSH", &signals, "TTIN"]);
    kit.eventually("the next one, too", || !kit.keys().contains(&signals));
    push(&kit);
    kit.eventually("it still starts jobs", || running.begun.try_recv().is_ok());
    kit.assert_eq("it is not quiet", field(&kit, &identity, "quiet"), "false".to_owned());
    running.gate.open();
    running.stop();
}

/// Only a second INT comes from a person who does not want to wait. Catches: a program that a second
/// TERM ends at once, although its job is still running.
#[test]
fn a_second_term_waits_for_the_running_job() {
    let kit = testkit::kit!();
    let (program, call) = start_with_a_long_job(&kit);
    for times in 1..=2 {
        program.terminate();
        kit.eventually("the log says that it is stopping", || {
            lines(&program, &["TERM: stopping"]) == times
        });
    }
    kit.assert("it waits for its job", program.is_running());
    drop(call);
    kit.assert_eq(
        "it ends with exit code 0",
        program.wait("its job has ended").code(),
        Some(0),
    );
    kit.assert_eq("the job that failed is retried", card(&kit, "retry"), 1);
}
