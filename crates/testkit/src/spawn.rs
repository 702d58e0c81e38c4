//! Starting programs without disturbing the code under test.
//!
//! Nobody here handles `SIGCHLD`, and a signal that is ignored should disturb nobody. But if a program ends while the
//! thread it belongs to is just starting another, with all its signals blocked, Linux does not see that this one is
//! ignored: it interrupts some other thread with it, and a read with a timeout, as those of the code under test are, ends
//! with `EINTR`. So the threads of a test block it, and programs are started from threads that do not: a program
//! inherits what its thread blocks, and a shell that never hears of its children waits for ever.

use std::process::{Child, Command, Output, Stdio};
use std::time::{Duration, Instant};
use std::{io, thread};

use nix::sys::signal::{SigSet, Signal};

use crate::mark;

/// How often a program that should end soon is looked at.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Keeps `SIGCHLD` from this thread, and from those that it will start.
pub(crate) fn shield() {
    // It cannot fail for a signal that exists; and unshielded, a test is as right as before.
    let _ = child_signal().thread_block();
}

/// Starts a program, from a thread of its own.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    let spawn = || {
        child_signal().thread_unblock()?;
        mark::digits().thread_unblock()?;
        command.spawn()
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("kata-spawn".to_owned());
        let spawned = thread.spawn_scoped(scope, spawn)?.join();
        spawned.unwrap_or_else(|_| Err(io::Error::other("the thread that should start it panicked")))
    })
}

/// Runs a program to its end and returns its output. What it writes must fit into a pipe (64 KiB).
///
/// # Errors
///
/// If it cannot be started, or has not ended within `limit`; then it is killed.
pub(crate) fn output(command: &mut Command, limit: Duration) -> io::Result<Output> {
    command.stdin(Stdio::null());
    let mut child = spawn(command.stdout(Stdio::piped()).stderr(Stdio::piped()))?;
    let deadline = Instant::now() + limit;
    while child.try_wait()?.is_none() {
        if Instant::now() >= deadline {
            child.kill()?;
            child.wait()?;
            return Err(io::Error::other(format!("it did not answer within {limit:?}")));
        }
        thread::sleep(POLL_INTERVAL);
    }
    child.wait_with_output()
}

fn child_signal() -> SigSet {
    [Signal::SIGCHLD].into_iter().collect()
}
