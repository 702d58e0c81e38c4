//! The threads that support the processors.

use std::thread::JoinHandle;

use super::start;
use crate::{Error, Stop};

/// The threads that support the processors. They are stopped after the processors, except the
/// scheduler, which ends when the server is asked to stop.
#[derive(Default)]
pub struct Services {
    stop: Stop,
    pub threads: Vec<JoinHandle<()>>,
}

impl Services {
    /// Starts a service in a new thread. The argument of `run` asks it to stop.
    ///
    /// # Errors
    /// [`Error::Thread`] if the system cannot start another thread.
    pub fn start(&mut self, name: &str, run: impl FnOnce(&Stop) + Send + 'static) -> Result<(), Error> {
        let stop = self.stop.clone();
        self.threads.push(start(name, move || run(&stop))?);
        Ok(())
    }

    /// Stops all services, and waits until they have ended.
    pub fn stop(self) {
        self.stop.request();
        // If a thread panicked, the panic was printed.
        self.threads.into_iter().for_each(|thread| drop(thread.join()));
    }
}
