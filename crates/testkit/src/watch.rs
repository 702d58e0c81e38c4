//! What a test's waits keep an eye on: has anything happened that makes waiting pointless?

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::failure::{AbortReason, Todo};
use crate::mark;

/// The eye of one test. Its kit, its background threads and the readers of its programs' output share it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    abort_reason: Mutex<Option<AbortReason>>,
    changed: Condvar,
    /// What nobody may hear of otherwise, in order: panics that the code under test caught.
    notes: Mutex<Vec<String>>,
    /// Texts of panics that belong to the test.
    expected: Mutex<Vec<String>>,
}

thread_local! {
    /// The tests that this thread belongs to: their own thread, and those that they spawned through the kit.
    static TESTS_OF_THREAD: RefCell<Vec<Weak<Watch>>> = const { RefCell::new(Vec::new()) };
    /// Whether the panic that comes next is the kit's own way to end a test.
    static OWN_PANIC: Cell<bool> = const { Cell::new(false) };
}

/// What a mutex holds, also after a panic: a test's failure must not hide behind a poisoned lock.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Watch {
    /// A new one, to which this thread belongs.
    pub(crate) fn begin() -> Arc<Watch> {
        let watch = Arc::new(Watch::default());
        mark::mark_thread(&watch);
        watch.adopt_thread();
        watch
    }

    /// From now on a panic of this thread is this test's.
    pub(crate) fn adopt_thread(self: &Arc<Self>) {
        TESTS_OF_THREAD.with_borrow_mut(|here| {
            here.retain(|other| other.strong_count() > 0);
            here.push(Arc::downgrade(self));
        });
    }

    /// The tests that this thread belongs to; none if it is nobody's.
    pub(crate) fn of_this_thread() -> Vec<Arc<Watch>> {
        // A panic while the thread is torn down has no thread-locals any more.
        TESTS_OF_THREAD
            .try_with(|here| here.borrow().iter().filter_map(Weak::upgrade).collect())
            .unwrap_or_default()
    }

    /// Ends the test, for this reason. The first reason stays, but for a todo, which explains all others.
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

    /// The todo that the code came to, if it came to one.
    pub(crate) fn todo(&self) -> Option<Todo> {
        match self.abort_reason() {
            Some(AbortReason::Todo(todo)) => Some(todo),
            _ => None,
        }
    }

    /// The panic that ended the test, if that was not a todo.
    pub(crate) fn unreported_panic(&self) -> Option<String> {
        match self.abort_reason() {
            Some(AbortReason::Panic(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Waits this long, or until there is a current.
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

    /// Takes a note back that is told in another way.
    pub(crate) fn retract(&self, text: &str) {
        let mut notes = lock(&self.notes);
        if let Some(place) = notes.iter().rposition(|note| note == text) {
            notes.remove(place);
        }
    }

    pub(crate) fn notes(&self) -> Vec<String> {
        lock(&self.notes).clone()
    }

    /// From now on a program's panic with this text is part of the test.
    pub(crate) fn expect(&self, text: &str) {
        lock(&self.expected).push(text.to_owned());
    }

    pub(crate) fn expects(&self, text: &str) -> bool {
        lock(&self.expected).iter().any(|expected| text.contains(expected))
    }

    /// Ends the test here: for the verdict's reason if there is one, else with this text.
    #[track_caller]
    pub(crate) fn fail(&self, text: String) -> ! {
        let text = match self.abort_reason() {
            Some(AbortReason::Todo(todo)) => todo.sentence,
            Some(AbortReason::Panic(reason)) => {
                format!("{reason}\nThat ended the test. Should be true, and is not (yet): {text}")
            }
            None => text,
        };
        OWN_PANIC.set(true);
        panic!("{text}");
    }

    /// Ends the test here if there is a current.
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

/// Whether the panic under way is the kit's own; says so once.
pub(crate) fn take_own_panic() -> bool {
    OWN_PANIC.try_with(|ending| ending.replace(false)).unwrap_or(false)
}
