//! Starting programs without disturbing the code under test.
//!
//! Nobody here handles `SIGCHLD`, and a signal that is ignored should disturb nobody. But if a program ends while the
//! thread it belongs to is just starting another, with all its signals blocked, Linux does not see that this one is
//! ignored: it interrupts some other thread with it, and a read with a timeout, as those of the code under test are, ends
//! with `EINTR`. So the threads of a test block it, and programs are started from threads that do not: a program
//! inherits what its thread blocks, and a shell that never hears of its children waits for ever.

use std::process::{Child, Command};
use std::{io, thread};

use nix::sys::signal::{SigSet, Signal};

/// Keeps `SIGCHLD` from this thread, and from those that it will start.
pub(crate) fn shield() {
    // It cannot fail for a signal that exists; and unshielded, a test is as right as before.
    let _ = child_signal().thread_block();
}

/// Starts a program, from a thread of its own.
pub(crate) fn spawn(command: &mut Command) -> io::Result<Child> {
    let spawn = || {
        child_signal().thread_unblock()?;
        command.spawn()
    };
    thread::scope(|scope| {
        let thread = thread::Builder::new().name("kata-spawn".to_owned());
        let spawned = thread.spawn_scoped(scope, spawn)?.join();
        spawned.unwrap_or_else(|_| Err(io::Error::other("the thread that should start it panicked")))
    })
}

fn child_signal() -> SigSet {
    [Signal::SIGCHLD].into_iter().collect()
}
