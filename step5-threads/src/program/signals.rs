//! Signal handling. It is part of the program, because a library must not take signals away from
//! the program that uses it.

use std::{io, process, thread};

use nix::sys::signal::{SigSet, Signal};
use sidepunch::Stop;
use tracing::info;

/// Handles TSTP (quiet), and TERM and INT (Ctrl-C: stop). A second INT ends the process at once,
/// and other processes recover its jobs. Call this before you start other threads, because they
/// inherit that these signals are blocked.
pub fn stop_on_signal(stop: Stop) -> io::Result<()> {
    let signals: SigSet = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGTSTP].into_iter().collect();
    // A handler would interrupt any read, even the one that is just receiving a job, and the job
    // would be lost with the connection. So the signals are blocked, and one thread waits for them.
    signals.thread_block()?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        while let Ok(signal) = signals.wait() {
            match signal {
                Signal::SIGTSTP => {
                    stop.quiet();
                    info!("{signal}: quiet, no new jobs");
                }
                Signal::SIGINT if stop.is_requested() => process::exit(130),
                _ => {
                    stop.request();
                    info!("{signal}: stopping after the running jobs");
                }
            }
        }
    })?;
    Ok(())
}
