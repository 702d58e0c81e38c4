//! An operating system that refuses a thread. Only Linux limits the address space.

#![cfg(target_os = "linux")]

use std::process::Command;
use std::time::Duration;

/// The process may have only 4 GB of address space, and each of the 200 threads needs 64 MB for its
/// stack. Catches: a panic instead of an error if the pool cannot be built; an error without its
/// reason.
#[test]
fn reports_that_a_thread_cannot_be_started() {
    let kit = testkit::kit!();
    let program = kit.command_for(&["work", "-c", "200"]);
    let mut limited = Command::new("sh");
    limited.args(["-c", "ulimit -v 4000000 && exec \"$0\" \"$@\""]);
    limited.arg(program.get_program()).args(program.get_args());
    limited.envs(program.get_envs().filter_map(|(name, value)| Some((name, value?))));
    // Large stacks, so that there is memory left for the error.
    limited.env("RUST_MIN_STACK", (64 << 20).to_string());
    let output = kit.within(Duration::from_secs(30), "the program ends", move || limited.output());
    let output = output.expect("a shell");
    let log = String::from_utf8_lossy(&output.stderr);
    kit.assert_eq(
        &format!("the exit code, with the log {log}"),
        output.status.code(),
        Some(1),
    );
    kit.assert(
        &format!("it says why, got {log}"),
        log.contains("error: cannot start a thread") && log.contains("os error"),
    );
}
