//! The signals of the program `work`.

use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::json;
use testkit::{Program, Signal};

use crate::support::{JID, WORK, lines, push, work};

/// Returns a job with this jid that takes so long.
fn slow(milliseconds: u64, jid: &str) -> serde_json::Value {
    json!({"class": "SlowWorker", "args": [milliseconds], "jid": jid})
}

/// Other versions of Sidekiq, and the tools around them, send these signals. Catches: the default
/// action, which ends the process (USR1, USR2) or suspends it (TTIN, TTOU) in the middle of a job.
#[test]
fn goes_on_after_a_signal_that_it_does_not_use() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    let signals = [
        (Signal::SIGUSR1, "SIGUSR1 is ignored"),
        (Signal::SIGUSR2, "SIGUSR2 is ignored"),
        (Signal::SIGTTOU, "SIGTTOU is ignored"),
        (Signal::SIGTTIN, "idle"),
    ];
    for (number, (signal, line)) in signals.into_iter().enumerate() {
        program.signal(signal);
        kit.eventually(&format!("{signal} leaves the line {line:?}"), || {
            program.stderr().contains(line)
        });
        let jid = format!("{number:024x}");
        push(&kit, &slow(1, &jid));
        kit.eventually(&format!("after {signal}, the next job is performed"), || {
            lines(&program, &jid).iter().any(|line| line.contains("done"))
        });
    }
    program.terminate();
    let status = program.wait("it still stops");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
}

/// A person wants to know why a process does not fetch. Catches: a line without the job; a job that
/// is shown although it has ended.
#[test]
fn logs_the_running_job_on_ttin() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    push(&kit, &slow(1_500, JID));
    let running = || lines(&program, JID).into_iter().find(|line| line.contains("running"));
    let line = kit.wait_for("the log shows the running job", || {
        program.signal(Signal::SIGTTIN);
        running()
    });
    kit.assert(
        &format!("the line contains the class, the jid and the elapsed time: {line}"),
        ["SlowWorker", JID, "elapsed"].iter().all(|part| line.contains(part)),
    );
    kit.eventually("the job ends", || {
        lines(&program, JID).iter().any(|line| line.contains("done"))
    });
    let shown = |program: &Program| (lines(program, JID).len(), program.stderr().matches("idle").count());
    // The signals so far may be handled late.
    program.signal(Signal::SIGTTOU);
    kit.eventually("they have been handled", || program.stderr().contains("SIGTTOU"));
    let before = shown(&program);
    program.signal(Signal::SIGTTIN);
    kit.eventually("afterwards the process is idle", || shown(&program).1 > before.1);
    kit.assert_eq("the job is not shown again", shown(&program).0, before.0);
}

/// Starts the program as `nohup` does. It is killed when the input of the shell ends, at the latest
/// with this process.
const NOHUP: &str = r#"
trap "" HUP
"$0" "$@" </dev/null >/dev/null 2>&1 &
echo $!
read -r _
kill -9 $!"#;

/// Catches: a HUP that is handled although the process was told to ignore it.
#[test]
fn goes_on_after_hup_if_started_by_nohup() {
    let kit = testkit::kit!();
    // A program whose log can be read, to show that `work` waits for jobs at all.
    work(&kit, &[]).terminate();
    kit.eventually("it stops", || kit.blocked() == 0);
    let work = kit.command_for(WORK);
    let mut shell = Command::new("sh");
    shell.args(["-c", NOHUP]).arg(work.get_program()).args(work.get_args());
    shell.envs(work.get_envs().filter_map(|(name, value)| Some((name, value?))));
    let mut shell = shell
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a shell");
    let (input, mut pid) = (shell.stdin.take(), String::new());
    let output = shell
        .stdout
        .take()
        .map(|output| BufReader::new(output).read_line(&mut pid));
    kit.assert(
        &format!("the shell has started it: {output:?}"),
        output.is_some_and(|read| read.is_ok()),
    );
    kit.eventually("it waits for jobs", || kit.blocked() > 0);
    let sent = Command::new("kill").args(["-HUP", pid.trim()]).status();
    kit.assert("the signal is sent", sent.is_ok_and(|status| status.success()));
    for _ in 0..2 {
        push(&kit, &slow(1, JID));
        kit.eventually("the next job is fetched", || kit.list("queue:default").is_empty());
        kit.eventually("and it waits for more", || kit.blocked() > 0);
    }
    drop(input);
    kit.assert("the shell has killed it", shell.wait().is_ok());
}

/// A log collector may hang. Catches: a line that waits for it forever, so that no job is
/// performed any more, and the process does not end before it is killed; a signal that cannot be
/// answered, and after which no other is received.
#[test]
fn performs_jobs_and_stops_although_its_log_is_full() {
    let kit = testkit::kit!();
    // A program whose log can be read, to show that `work` performs jobs at all.
    let read = work(&kit, &[]);
    read.terminate();
    read.wait("the program ends after TERM");
    // A pipe usually holds 64 KiB; each job has a line of about 100 bytes.
    for number in 0..2_000 {
        push(&kit, &slow(0, &format!("{number:024x}")));
    }
    let program = kit.start_with_stuck_log(WORK);
    kit.eventually_in(Duration::from_secs(20), "all jobs are performed", || {
        kit.list("queue:default").is_empty()
    });
    program.signal(Signal::SIGTTIN);
    program.signal(Signal::SIGUSR1);
    program.terminate();
    let status = program.wait("the program ends after TERM");
    kit.assert_eq("it ends with exit code 0", status.code(), Some(0));
}
