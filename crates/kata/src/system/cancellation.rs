//! Ctrl-C and similar signals, which a command can ask for instead of being killed by them.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::CliError;

/// The exit code of a command that was ended by Ctrl-C, as in shells.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Stores whether a signal has asked this process to end.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// Catches SIGINT, SIGTERM and SIGHUP from now on. The first signal does not end this process:
    /// the code that runs something must check for it and stop in order. The second one ends the
    /// process at once.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught.
    pub fn catch() -> Result<Interrupt, CliError> {
        let requested = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // The order matters: the first signal finds the flag unset, and only sets it.
            flag::register_conditional_shutdown(signal, EXIT_INTERRUPTED.into(), Arc::clone(&requested))
                .and_then(|_| flag::register(signal, Arc::clone(&requested)))
                .map_err(|error| format!("Ctrl-C cannot be caught: {error}."))?;
        }
        Ok(Interrupt(requested))
    }

    /// Returns true if a signal has asked this process to end.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
