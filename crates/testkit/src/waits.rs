//! Waits. Each has a deadline, and ends at once when its test is aborted.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::failure::{AbortReason, panic_text};
use crate::watch::Watch;
use crate::{Kit, hook};

/// The timeout of a wait that does not name another one: far more than right code needs on an idle
/// machine. On a busy one a wait lasts up to 25 s longer.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a condition is checked. Ten tests that each ask Redis this often take a seventh of a
/// processor.
const POLL_INTERVAL: Duration = Duration::from_millis(3);

/// A closure that runs in a thread of its own. If it panics, all waits of its test end. Made by
/// [`Kit::spawn`].
///
/// Dropping it does not end the thread.
#[derive(Debug)]
#[must_use = "the result of a task is lost unless it is joined"]
pub struct Task<T> {
    watch: Arc<Watch>,
    result: Receiver<T>,
    ended: Arc<AtomicBool>,
}

impl Kit {
    /// Waits until the condition holds, for at most [`DEFAULT_TIMEOUT`]. `sentence` says what
    /// should become true.
    ///
    /// # Panics
    ///
    /// If it does not become true in time; or at once, if a watched thread or program has panicked
    /// or reached a todo.
    #[track_caller]
    pub fn eventually(&self, sentence: &str, condition: impl FnMut() -> bool) {
        self.eventually_in(DEFAULT_TIMEOUT, sentence, condition);
    }

    /// Like [`eventually`](Kit::eventually), with another timeout.
    ///
    /// # Panics
    ///
    /// Like [`eventually`](Kit::eventually).
    #[track_caller]
    pub fn eventually_in(&self, timeout: Duration, sentence: &str, mut condition: impl FnMut() -> bool) {
        if let Err(waited) = self.watch.poll(timeout, || condition().then_some(())) {
            self.watch.fail_late(sentence, &waited, "");
        }
    }

    /// Waits until there is a value, for at most [`DEFAULT_TIMEOUT`], and returns it. `sentence`
    /// says what should become true.
    ///
    /// # Panics
    ///
    /// Like [`eventually`](Kit::eventually).
    #[track_caller]
    pub fn wait_for<T>(&self, sentence: &str, value: impl FnMut() -> Option<T>) -> T {
        match self.watch.poll(DEFAULT_TIMEOUT, value) {
            Ok(value) => value,
            Err(waited) => self.watch.fail_late(sentence, &waited, ""),
        }
    }

    /// Runs the closure in a thread and returns its result, which must arrive within this time.
    /// `sentence` says what should be true.
    ///
    /// # Panics
    ///
    /// If it takes longer (its thread then continues); or at once with its message, if it panics.
    #[track_caller]
    pub fn within<T: Send + 'static>(
        &self,
        time: Duration,
        sentence: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.spawn(work).wait(time, sentence)
    }

    /// Runs the closure in a background thread. If it panics, every wait of this test ends at once
    /// with its message.
    ///
    /// # Panics
    ///
    /// If no thread can be started.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Task<T> {
        let (send, result) = mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let (watch, has_ended) = (Arc::clone(&self.watch), Arc::clone(&ended));
        // Named like its test, because libtest and panic messages print the thread's name.
        let name = thread::current().name().unwrap_or("a test").to_owned();
        let run = move || {
            watch.adopt_thread();
            match catch_unwind(AssertUnwindSafe(work)) {
                // If the test has ended, there is no receiver; that is fine.
                Ok(value) => drop(send.send(value)),
                Err(payload) => {
                    let text = hook::take_last().unwrap_or_else(|| panic_text(payload.as_ref()));
                    watch.retract(&text);
                    watch.abort(AbortReason::Panic(text));
                }
            }
            has_ended.store(true, Ordering::SeqCst);
        };
        match thread::Builder::new().name(name).spawn(run) {
            Ok(_) => Task {
                watch: Arc::clone(&self.watch),
                result,
                ended,
            },
            Err(error) => self.fail(&format!("No thread could be started: {error}.")),
        }
    }
}

impl Watch {
    /// Calls `value` until it returns a value, and returns that.
    ///
    /// # Errors
    ///
    /// The length of the wait as text, if the test is aborted or the deadline has passed.
    pub(crate) fn poll<T>(&self, timeout: Duration, mut value: impl FnMut() -> Option<T>) -> Result<T, String> {
        let mut deadline = Deadline::after(timeout);
        loop {
            // The time is read before the check, so that one slow check is not the only one.
            let last = deadline.has_passed();
            if let Some(value) = value() {
                return Ok(value);
            }
            if self.abort_reason().is_some() || last {
                return Err(deadline.waited());
            }
            self.pause(POLL_INTERVAL);
        }
    }

    /// Fails the test because a condition did not become true within `waited`, or with the abort
    /// reason if there is one. `seen` are lines that show the last value.
    #[track_caller]
    pub(crate) fn fail_late(&self, sentence: &str, waited: &str, seen: &str) -> ! {
        if self.abort_reason().is_some() {
            self.fail(format!("{sentence}{seen}"));
        }
        self.fail(format!("{sentence}\n  It did not become true within {waited}.{seen}"))
    }
}

impl<T> Task<T> {
    /// Waits for the closure's result, for at most [`DEFAULT_TIMEOUT`]. `sentence` says what should
    /// be true.
    ///
    /// # Panics
    ///
    /// If it takes longer; or at once with its message, if the closure panicked.
    #[track_caller]
    pub fn join(self, sentence: &str) -> T {
        self.wait(DEFAULT_TIMEOUT, sentence)
    }

    #[track_caller]
    pub(crate) fn wait(&self, timeout: Duration, sentence: &str) -> T {
        let mut deadline = Deadline::after(timeout);
        loop {
            if let Ok(value) = self.result.recv_timeout(POLL_INTERVAL) {
                return value;
            }
            if self.watch.abort_reason().is_some() || deadline.has_passed() {
                self.watch.fail_late(sentence, &deadline.waited(), "");
            }
        }
    }

    #[track_caller]
    pub(crate) fn fail(&self, text: String) -> ! {
        self.watch.fail(text)
    }

    /// Returns true if the closure has ended, by returning or by a panic.
    pub fn is_finished(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}
