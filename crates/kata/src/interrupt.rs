//! Ctrl-C, and signals like it, asked for instead of suffered.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::CliError;

/// The exit code of a command that Ctrl-C has ended, as shells have it.
pub const EXIT_INTERRUPTED: u8 = 130;

/// Whether somebody has asked this process to end.
#[derive(Clone, Debug)]
pub struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on Ctrl-C, TERM and HUP do not end this process: whoever runs something asks here, and ends it in order.
    /// The second one ends the process at once.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught.
    pub fn catch() -> Result<Interrupt, CliError> {
        let requested = Arc::new(AtomicBool::new(false));
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            // In this order: the first signal finds the flag down, and raises it.
            flag::register_conditional_shutdown(signal, EXIT_INTERRUPTED.into(), Arc::clone(&requested))
                .and_then(|_| flag::register(signal, Arc::clone(&requested)))
                .map_err(|error| format!("Ctrl-C cannot be caught: {error}."))?;
        }
        Ok(Interrupt(requested))
    }

    /// Whether it was asked for.
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}
