//! Signals belong to the program: a library that caught them would take them from its host.

use std::{io, process, thread};

use nix::sys::signal::{SigSet, Signal};
use sidepunch::Stop;
use tracing::info;

/// Obeys TSTP (be quiet), TERM and INT (Ctrl-C: stop). A second INT ends the process at once: what it held, others will find.
/// Must be called before other threads are started: they inherit that these signals are not for them.
pub fn stop_on_signal(stop: Stop) -> io::Result<()> {
    let signals: SigSet = [Signal::SIGTERM, Signal::SIGINT, Signal::SIGTSTP].into_iter().collect();
    // A handler would interrupt whatever read is under way, even the one that is just receiving a job, and the
    // connection would be given up with the job in it. So the signals are blocked, and one thread waits for them.
    signals.thread_block()?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        while let Ok(signal) = signals.wait() {
            match signal {
                Signal::SIGTSTP => {
                    stop.quiet();
                    info!("{signal}: no other job is begun");
                }
                Signal::SIGINT if stop.is_requested() => process::exit(130),
                _ => {
                    stop.request();
                    info!("{signal}: stopping after the jobs at hand");
                }
            }
        }
    })?;
    Ok(())
}
