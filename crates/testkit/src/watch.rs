//! What a test's waits keep an eye on: has anything happened that makes waiting pointless?

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crate::failure::{Todo, Verdict};
use crate::mark;

/// The eye of one test. Its kit, its background threads and the readers of its programs' output share it.
#[derive(Debug, Default)]
pub(crate) struct Watch {
    verdict: Mutex<Option<Verdict>>,
    changed: Condvar,
    /// What nobody may hear of otherwise, in order: panics that the code under test caught.
    notes: Mutex<Vec<String>>,
    /// Texts of panics that belong to the test.
    expected: Mutex<Vec<String>>,
}

thread_local! {
    /// The tests that this thread belongs to: their own thread, and those that they spawned through the kit.
    static HERE: RefCell<Vec<Weak<Watch>>> = const { RefCell::new(Vec::new()) };
    /// Whether the panic that comes next is the kit's own way to end a test.
    static ENDING: Cell<bool> = const { Cell::new(false) };
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
        HERE.with_borrow_mut(|here| {
            here.retain(|other| other.strong_count() > 0);
            here.push(Arc::downgrade(self));
        });
    }

    /// The tests that this thread belongs to; none if it is nobody's.
    pub(crate) fn of_this_thread() -> Vec<Arc<Watch>> {
        // A panic while the thread is torn down has no thread-locals any more.
        HERE.try_with(|here| here.borrow().iter().filter_map(Weak::upgrade).collect())
            .unwrap_or_default()
    }

    /// Ends the test, for this reason. The first reason stays, but for a todo, which explains all others.
    pub(crate) fn condemn(&self, reason: Verdict) {
        let mut verdict = lock(&self.verdict);
        match (&*verdict, &reason) {
            (None, _) | (Some(Verdict::Panic(_)), Verdict::Todo(_)) => *verdict = Some(reason),
            _ => {}
        }
        self.changed.notify_all();
    }

    pub(crate) fn verdict(&self) -> Option<Verdict> {
        lock(&self.verdict).clone()
    }

    /// The todo that the code came to, if it came to one.
    pub(crate) fn todo(&self) -> Option<Todo> {
        match self.verdict() {
            Some(Verdict::Todo(todo)) => Some(todo),
            _ => None,
        }
    }

    /// The panic that ended the test, if that was not a todo.
    pub(crate) fn unheard(&self) -> Option<String> {
        match self.verdict() {
            Some(Verdict::Panic(reason)) => Some(reason),
            _ => None,
        }
    }

    /// Waits this long, or until there is a verdict.
    pub(crate) fn pause(&self, time: Duration) {
        let verdict = lock(&self.verdict);
        drop(
            self.changed
                .wait_timeout_while(verdict, time, |verdict| verdict.is_none()),
        );
    }

    pub(crate) fn note(&self, text: String) {
        lock(&self.notes).push(text);
    }

    /// Takes a note back that is told in another way.
    pub(crate) fn unnote(&self, text: &str) {
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
        let text = match self.verdict() {
            Some(Verdict::Todo(todo)) => todo.sentence,
            Some(Verdict::Panic(reason)) => {
                format!("{reason}\nThat ended the test. Should be true, and is not (yet): {text}")
            }
            None => text,
        };
        ENDING.set(true);
        panic!("{text}");
    }

    /// Ends the test here if there is a verdict.
    #[track_caller]
    pub(crate) fn check(&self) {
        match self.verdict() {
            None => {}
            Some(Verdict::Todo(todo)) => self.fail(todo.sentence),
            Some(Verdict::Panic(reason)) => {
                ENDING.set(true);
                panic!("{reason}");
            }
        }
    }
}

/// Whether the panic under way is the kit's own; says so once.
pub(crate) fn take_ending() -> bool {
    ENDING.try_with(|ending| ending.replace(false)).unwrap_or(false)
}
