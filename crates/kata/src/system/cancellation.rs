//! The request to end early, by Ctrl-C or by another part of this program.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::flag;

use crate::CliError;
use crate::outcome::EXIT_CANCELLED;
use crate::term::progress::Spinner;

/// Passed to whatever takes longer than a moment: it must check for a request to end early, and can
/// show its progress. Clones share the request, and not the progress.
#[derive(Debug, Default)]
pub struct Cancellation {
    requested: Arc<AtomicBool>,
    /// The request of the token that this one was derived from.
    above: Arc<AtomicBool>,
    /// Shows the progress.
    pub spinner: Spinner,
}

impl Cancellation {
    /// Catches SIGINT, SIGTERM and SIGHUP from now on. The first signal does not end this process,
    /// but cancels the token. The second one ends the process at once.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught.
    pub fn at_first_signal() -> Result<Cancellation, CliError> {
        Cancellation::at_signals(true)
    }

    /// Catches the same signals, each of which only cancels the token.
    ///
    /// # Errors
    ///
    /// If signals cannot be caught.
    pub fn at_each_signal() -> Result<Cancellation, CliError> {
        Cancellation::at_signals(false)
    }

    fn at_signals(second_ends: bool) -> Result<Cancellation, CliError> {
        let token = Cancellation::default();
        for signal in [SIGINT, SIGTERM, SIGHUP] {
            let request = || Arc::clone(&token.requested);
            // The order matters: the first signal finds the flag unset, and only sets it.
            let caught = if second_ends {
                flag::register_conditional_shutdown(signal, EXIT_CANCELLED.into(), request()).map(drop)
            } else {
                Ok(())
            };
            caught
                .and_then(|()| flag::register(signal, request()))
                .map_err(|error| format!("Ctrl-C cannot be caught: {error}."))?;
        }
        Ok(token)
    }

    /// Derives a token that is also cancelled with this one.
    pub fn child(&self) -> Cancellation {
        Cancellation {
            above: Arc::clone(&self.requested),
            ..Cancellation::default()
        }
    }

    /// Returns the same token with a spinner, which disappears when the returned token is dropped.
    pub fn show(&self, message: &str) -> Cancellation {
        Cancellation {
            spinner: Spinner::start(message),
            ..self.clone()
        }
    }

    /// Requests to end early.
    pub fn cancel(&self) {
        self.requested.store(true, Ordering::Relaxed);
    }

    /// Returns true if it is requested to end early.
    pub fn is_cancelled(&self) -> bool {
        self.requested.load(Ordering::Relaxed) || self.above.load(Ordering::Relaxed)
    }

    /// Removes the request. Returns true if there was one; that of the token above does not count.
    pub fn take(&self) -> bool {
        self.requested.swap(false, Ordering::Relaxed)
    }

    /// Waits this long, and removes the request. Returns true if there was one.
    pub fn take_after(&self, time: Duration) -> bool {
        thread::sleep(time);
        self.take()
    }
}

impl Clone for Cancellation {
    fn clone(&self) -> Cancellation {
        Cancellation {
            requested: Arc::clone(&self.requested),
            above: Arc::clone(&self.above),
            spinner: Spinner::default(),
        }
    }
}
