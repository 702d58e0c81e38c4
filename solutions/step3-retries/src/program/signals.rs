//! Signal handling. It is part of the program, because a library must not take signals away from
//! the program that uses it.

use std::{fs, io, thread};

use nix::sys::signal::{SigSet, Signal};
use sidepunch::{RunningJobs, Stop};
use tracing::{info, warn};

/// The signals, for `work --help`.
pub const HELP: &str = "\
Signals:
  TERM, INT, HUP    stop after the running job
  TTIN              log what the process is doing
  TTOU, USR1, USR2  ignored";

/// Handles the signals of [`HELP`]; INT is Ctrl-C, and HUP is sent by a terminal that is closed.
/// Call this before you start other threads, because they inherit that these signals are blocked.
pub fn handle(stop: Stop, running: RunningJobs) -> io::Result<()> {
    // By default, each of them would end or suspend the process in the middle of a job.
    let mut signals: SigSet = [
        Signal::SIGTERM,
        Signal::SIGINT,
        Signal::SIGTTIN,
        Signal::SIGTTOU,
        Signal::SIGUSR1,
        Signal::SIGUSR2,
    ]
    .into_iter()
    .collect();
    if !ignores_hangup() {
        signals.add(Signal::SIGHUP);
    }
    // A handler would interrupt any read, even the one that is just receiving a job, and the job
    // would be lost with the connection. So the signals are blocked, and one thread waits for them.
    signals.thread_block()?;
    thread::Builder::new().name("signals".into()).spawn(move || {
        while let Ok(signal) = signals.wait() {
            match signal {
                Signal::SIGTTIN => running.log(),
                Signal::SIGTTOU | Signal::SIGUSR1 | Signal::SIGUSR2 => warn!("{signal} is ignored"),
                _ => {
                    stop.request();
                    info!("{signal}: stopping after the running job");
                }
            }
        }
    })?;
    Ok(())
}

/// Returns true if the process was started by `nohup`, so that it must survive the end of its
/// terminal. On Linux, such a signal arrives nevertheless while it is blocked.
fn ignores_hangup() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    ignored.unwrap_or_default() & (1 << (Signal::SIGHUP as u32 - 1)) != 0
}
