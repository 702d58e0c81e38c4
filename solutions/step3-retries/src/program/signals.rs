//! Signal handling. It is part of the program, because a library must not take signals away from
//! the program that uses it.

use std::{io, thread};

use nix::sys::signal::{SigSet, Signal};
use sidepunch::Stop;
use tracing::info;

/// Requests a stop when TERM or INT (Ctrl-C) arrives; the running job is finished first. Call this
/// before you start other threads, because they inherit that these signals are blocked.
pub fn stop_on_signal(stop: Stop) -> io::Result<()> {
    let signals: SigSet = [Signal::SIGTERM, Signal::SIGINT].into_iter().collect();
    // A handler would interrupt any read, even the one that is just receiving a job, and the job
    // would be lost with the connection. So the signals are blocked, and one thread waits for them.
    signals.thread_block()?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        while let Ok(signal) = signals.wait() {
            stop.request();
            info!("{signal}: stopping after the running job");
        }
    })?;
    Ok(())
}
