//! Starts programs without disturbing the code under test.
//!
//! The kit does not handle `SIGCHLD`, and an ignored signal should have no effect. But there is a
//! race on Linux: if a program ends while its thread is starting another one, with all signals
//! blocked, the kernel does not see that the signal is ignored and delivers it to another thread.
//! There it interrupts a read with a timeout, which the code under test uses, with `EINTR`.
//!
//! So the threads of a test block `SIGCHLD`, and programs are started from threads that do not
//! block it: a program inherits the signal mask, and a shell that never receives `SIGCHLD` waits
//! without end.

use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Once};
use std::time::{Duration, Instant};
use std::{fs, io, thread};

use nix::sys::signal::{SigSet, Signal};
use signal_hook::consts::{SIGHUP, SIGINT};

use crate::mark;

/// How often the state of a program that should end soon is checked.
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Blocks `SIGCHLD` for this thread and for the threads that it will start.
pub(crate) fn shield() {
    // This cannot fail for a signal that exists; without it, a test is only less robust.
    let _ = child_signal().thread_block();
}

/// Lets each program that is started from now on begin with the default action for `SIGHUP` and
/// `SIGINT`, even if the tests were started by `nohup` or in the background of a script. A program
/// inherits an ignored signal, but not a handler.
fn restore_signals() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
        for signal in [SIGHUP, SIGINT] {
            if ignored.unwrap_or(0) & 1 << (signal - 1) != 0 {
                // A flag that is never read: for this process, the signal has no effect, as before.
                let _ = signal_hook::flag::register(signal, Arc::default());
            }
        }
    });
}

/// Starts a program from a thread of its own.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    restore_signals();
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

/// Runs a program to its end and returns its output, which must fit into a pipe (64 KiB).
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
