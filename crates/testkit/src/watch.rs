//! The failure state of a test, which all its waits check.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Condvar, Mutex, Weak};
use std::time::Duration;

use crate::failure::AbortReason;
use crate::mutex::lock;

/// The shared failure state of one test. Its kit, its background threads and the readers of its
/// programs' output share it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    abort_reason: Mutex<Option<AbortReason>>,
    changed: Condvar,
    /// Panics that the code under test caught, in order. They would be lost otherwise.
    notes: Mutex<Vec<String>>,
    /// Messages of panics that are part of the test.
    expected: Mutex<Vec<String>>,
}

thread_local! {
    /// The tests that this thread belongs to: the thread of the test itself, and those that its kit
    /// spawned.
    static TESTS_OF_THREAD: RefCell<Vec<Weak<Watch>>> = const { RefCell::new(Vec::new()) };
    /// True if the next panic of this thread is the kit's own way to end a test.
    static OWN_PANIC: Cell<bool> = const { Cell::new(false) };
}

impl Watch {
    /// Creates the state of a test, and adds this thread to it.
    pub(crate) fn begin() -> Arc<Watch> {
        let watch = Arc::new(Watch::default());
        watch.adopt_thread();
        watch
    }

    /// Adds this thread to the test: its panics count as the test's.
    pub(crate) fn adopt_thread(self: &Arc<Self>) {
        TESTS_OF_THREAD.with_borrow_mut(|here| {
            here.retain(|other| other.strong_count() > 0);
            here.push(Arc::downgrade(self));
        });
    }

    /// Returns the tests that this thread belongs to; none if it belongs to none.
    pub(crate) fn of_this_thread() -> Vec<Arc<Watch>> {
        // A panic during the thread's teardown cannot access thread-locals any more.
        TESTS_OF_THREAD
            .try_with(|here| here.borrow().iter().filter_map(Weak::upgrade).collect())
            .unwrap_or_default()
    }

    /// Aborts the test for this reason. The first reason stays, except that a todo replaces a
    /// panic, because it explains it.
    pub(crate) fn abort(&self, reason: AbortReason) {
        let mut current = lock(&self.abort_reason);
        match (&*current, &reason) {
            (None, _) | (Some(AbortReason::Panic(_)), AbortReason::Todo(_)) => *current = Some(reason),
            _ => {}
        }
        self.changed.notify_all();
    }

    pub(crate) fn abort_reason(&self) -> Option<AbortReason> {
        lock(&self.abort_reason).clone()
    }

    /// Waits this long, or until the test is aborted.
    pub(crate) fn pause(&self, time: Duration) {
        let current = lock(&self.abort_reason);
        drop(
            self.changed
                .wait_timeout_while(current, time, |current| current.is_none()),
        );
    }

    pub(crate) fn note(&self, text: String) {
        lock(&self.notes).push(text);
    }

    /// Removes a note that is reported in another way.
    pub(crate) fn retract(&self, text: &str) {
        let mut notes = lock(&self.notes);
        if let Some(place) = notes.iter().rposition(|note| note == text) {
            notes.remove(place);
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        lock(&self.notes).clone()
    }

    /// Declares a program's panic with this text as part of the test.
    pub(crate) fn expect(&self, text: &str) {
        lock(&self.expected).push(text.to_owned());
    }

    pub(crate) fn expects(&self, text: &str) -> bool {
        lock(&self.expected).iter().any(|expected| text.contains(expected))
    }

    /// Fails the test: with the abort reason if there is one, otherwise with this text.
    #[track_caller]
    pub(crate) fn fail(&self, text: String) -> ! {
        let text = match self.abort_reason() {
            Some(AbortReason::Todo(todo)) => todo.sentence,
            Some(AbortReason::Panic(reason)) => {
                format!("{reason}\nThat ended the test. It was waiting for: {text}")
            }
            None => text,
        };
        OWN_PANIC.set(true);
        panic!("{text}");
    }

    /// Fails the test if it is aborted.
    #[track_caller]
    pub(crate) fn check(&self) {
        match self.abort_reason() {
            None => {}
            Some(AbortReason::Todo(todo)) => self.fail(todo.sentence),
            Some(AbortReason::Panic(reason)) => {
                OWN_PANIC.set(true);
                panic!("{reason}");
            }
        }
    }
}

/// Returns true if the current panic is the kit's own; only the first call does.
pub(crate) fn take_own_panic() -> bool {
    OWN_PANIC.try_with(|ending| ending.replace(false)).unwrap_or(false)
}
