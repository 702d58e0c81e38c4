//! Waits. Each has a deadline, and ends at once when waiting has become pointless.

use std::fmt::Debug;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver};
use std::thread;
use std::time::Duration;

use crate::deadline::Deadline;
use crate::failure::{AbortReason, panic_text};
use crate::shown::compared;
use crate::watch::Watch;
use crate::{Kit, hook};

/// How long a wait lasts unless told otherwise: far beyond what right code needs on an idle machine. On a busy one a wait
/// lasts up to 25 s longer.
pub const DEFAULT_TIMEOUT: Duration = Duration::from_secs(5);
/// How often a condition is looked at. Ten tests that each ask Redis this often take a seventh of a processor.
const POLL_INTERVAL: Duration = Duration::from_millis(3);

/// A closure that runs in a thread of its own, watched by all waits of its test. Made by [`Kit::spawn`].
///
/// Dropping it leaves the thread alone.
#[derive(Debug)]
#[must_use = "nobody hears of what a task returns unless it is joined"]
pub struct Task<T> {
    watch: Arc<Watch>,
    result: Receiver<T>,
    ended: Arc<AtomicBool>,
}

impl Kit {
    /// Waits until the condition holds, for [`DEFAULT_TIMEOUT`] at most. `sentence` says what should come true.
    ///
    /// # Panics
    ///
    /// If it does not come true in time; or at once, if a watched thread or program has panicked, or a todo was
    /// reached.
    #[track_caller]
    pub fn eventually(&self, sentence: &str, condition: impl FnMut() -> bool) {
        self.eventually_in(DEFAULT_TIMEOUT, sentence, condition);
    }

    /// Like [`eventually`](Kit::eventually), with a deadline of its own.
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

    /// Waits until the value is what is expected, for [`DEFAULT_TIMEOUT`] at most. `sentence` says what should come true. A
    /// failure shows the value that was seen last.
    ///
    /// ```no_run
    /// # let kit = testkit::kit!();
    /// kit.eventually_eq("three jobs are counted", || kit.number("stat:processed"), 3);
    /// ```
    ///
    /// # Panics
    ///
    /// Like [`eventually`](Kit::eventually).
    #[track_caller]
    pub fn eventually_eq<G: PartialEq<E> + Debug, E: Debug>(
        &self,
        sentence: &str,
        mut value: impl FnMut() -> G,
        expected: E,
    ) {
        let mut last = None;
        let holds = self.watch.poll(DEFAULT_TIMEOUT, || {
            let got = last.insert(value());
            (*got == expected).then_some(())
        });
        if let Err(waited) = holds {
            let seen = last.map_or(String::new(), |got| compared(&expected, &got));
            self.watch.fail_late(sentence, &waited, &seen);
        }
    }

    /// Waits until there is a value, for [`DEFAULT_TIMEOUT`] at most, and returns it. `sentence` says what should come true.
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

    /// Runs the closure in a thread, and returns what it returns, within this time. `sentence` says what should
    /// be true.
    ///
    /// # Panics
    ///
    /// If it takes longer (the thread is left behind); or at once with its message, if it panics.
    #[track_caller]
    pub fn within<T: Send + 'static>(
        &self,
        time: Duration,
        sentence: &str,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> T {
        self.spawn(work).join_in(time, sentence)
    }

    /// Runs the closure in a background thread. If it panics, every wait of this test ends at once, with its message.
    ///
    /// # Panics
    ///
    /// If no thread can be started.
    #[track_caller]
    pub fn spawn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Task<T> {
        let (send, result) = mpsc::channel();
        let ended = Arc::new(AtomicBool::new(false));
        let (watch, has_ended) = (Arc::clone(&self.watch), Arc::clone(&ended));
        // Named like its test, so that whatever prints a thread's name prints the test's.
        let name = thread::current().name().unwrap_or("a test").to_owned();
        let run = move || {
            watch.adopt_thread();
            match catch_unwind(AssertUnwindSafe(work)) {
                // Nobody receives it if the test has ended; so be it.
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
    /// Looks again and again until there is a value, and returns it.
    ///
    /// # Errors
    ///
    /// How long it has looked, in words, if there is a verdict, or no time left.
    pub(crate) fn poll<T>(&self, timeout: Duration, mut value: impl FnMut() -> Option<T>) -> Result<T, String> {
        let mut deadline = Deadline::after(timeout);
        loop {
            // The time is read before looking, so that a slow look is not the last one by itself.
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

    /// Ends the test here because this did not come true while it `waited`: for the verdict's reason if there is one. `seen` are lines that
    /// say what was seen last.
    #[track_caller]
    pub(crate) fn fail_late(&self, sentence: &str, waited: &str, seen: &str) -> ! {
        if self.abort_reason().is_some() {
            self.fail(format!("{sentence}{seen}"));
        }
        self.fail(format!("{sentence}\n  It did not come true within {waited}.{seen}"))
    }
}

impl<T> Task<T> {
    /// What the closure returns, within [`DEFAULT_TIMEOUT`]. `sentence` says what should be true.
    ///
    /// # Panics
    ///
    /// If it takes longer; or at once with its message, if the closure panicked.
    #[track_caller]
    pub fn join(self, sentence: &str) -> T {
        self.join_in(DEFAULT_TIMEOUT, sentence)
    }

    /// Like [`join`](Task::join), with a deadline of its own.
    ///
    /// # Panics
    ///
    /// Like [`join`](Task::join).
    #[track_caller]
    pub fn join_in(self, timeout: Duration, sentence: &str) -> T {
        self.wait(timeout, sentence)
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

    /// Whether the closure has ended, by returning or by a panic.
    pub fn is_finished(&self) -> bool {
        self.ended.load(Ordering::SeqCst)
    }
}
