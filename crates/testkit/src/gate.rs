//! A gate: a place in the code under test where a test holds threads until it lets them continue.

use std::fmt::Debug;
use std::sync::{Arc, Condvar, Mutex, PoisonError};

use crate::mutex::lock;
use crate::shown::{cut, shown};
use crate::watch::Watch;
use crate::{DEFAULT_TIMEOUT, Kit};

/// Holds threads of the code under test, for example those that perform jobs, until the test lets
/// them continue. Made by [`Kit::gate`].
///
/// The code under test gets the gate's [`entrance`](Gate::entrance). Dropping the gate opens it, so
/// that no thread hangs when the test fails. If its threads must never continue, leak the gate with
/// [`std::mem::forget`].
///
/// ```no_run
/// # let kit = testkit::kit!();
/// let gate = kit.gate();
/// let entrance = gate.entrance();
/// let job = kit.spawn(move || entrance.enter(7));
/// kit.assert_eq("the job has its number", gate.wait_for("the job begins", 1), vec![7]);
/// gate.open();
/// job.join("the job ends");
/// ```
#[derive(Debug)]
pub struct Gate<T = ()> {
    state: Arc<State<T>>,
    watch: Arc<Watch>,
}

/// The side of a gate that the code under test calls. Made by [`Gate::entrance`].
#[derive(Debug)]
pub struct Entrance<T = ()>(Arc<State<T>>);

#[derive(Debug)]
struct State<T> {
    visitors: Mutex<Visitors<T>>,
    changed: Condvar,
}

#[derive(Debug)]
struct Visitors<T> {
    /// All arrivals, in order.
    arrived: Vec<T>,
    left: usize,
    /// How many may leave in total.
    may_leave: usize,
}

impl Kit {
    /// Creates a closed gate; see [`Gate`].
    pub fn gate<T>(&self) -> Gate<T> {
        let visitors = Visitors {
            arrived: Vec::new(),
            left: 0,
            may_leave: 0,
        };
        Gate {
            state: Arc::new(State {
                visitors: Mutex::new(visitors),
                changed: Condvar::new(),
            }),
            watch: Arc::clone(&self.watch),
        }
    }
}

impl<T> Entrance<T> {
    /// Arrives at the gate under this name; blocks until the test lets it continue.
    pub fn enter(&self, visitor: T) {
        let mut visitors = lock(&self.0.visitors);
        visitors.arrived.push(visitor);
        let waited = self
            .0
            .changed
            .wait_while(visitors, |visitors| visitors.left >= visitors.may_leave);
        waited.unwrap_or_else(PoisonError::into_inner).left += 1;
    }
}

impl<T> Clone for Entrance<T> {
    fn clone(&self) -> Self {
        Entrance(Arc::clone(&self.0))
    }
}

impl<T> Gate<T> {
    /// Returns the entrance for the code under test.
    pub fn entrance(&self) -> Entrance<T> {
        Entrance(Arc::clone(&self.state))
    }

    /// Returns how many threads the gate holds now.
    pub fn inside(&self) -> usize {
        let visitors = lock(&self.state.visitors);
        visitors.arrived.len() - visitors.left
    }

    /// Lets this many threads continue: first any of those that the gate holds, then the next ones
    /// to arrive.
    pub fn let_pass(&self, count: usize) {
        let mut visitors = lock(&self.state.visitors);
        visitors.may_leave = visitors.may_leave.saturating_add(count);
        self.state.changed.notify_all();
    }

    /// Lets all threads continue, now and from now on.
    pub fn open(&self) {
        self.let_pass(usize::MAX);
    }
}

impl<T: Clone> Gate<T> {
    /// Returns all arrivals so far, in order, including threads that have continued.
    pub fn arrived(&self) -> Vec<T> {
        lock(&self.state.visitors).arrived.clone()
    }
}

impl<T: Clone + Debug> Gate<T> {
    /// Waits until this many have arrived in total, for at most [`DEFAULT_TIMEOUT`], and returns
    /// them in order. `sentence` says what should become true.
    ///
    /// # Panics
    ///
    /// Like [`eventually`](Kit::eventually); the failure shows the arrivals.
    #[track_caller]
    pub fn wait_for(&self, sentence: &str, count: usize) -> Vec<T> {
        let all = || Some(self.arrived()).filter(|arrived| arrived.len() >= count);
        match self.watch.poll(DEFAULT_TIMEOUT, all) {
            Ok(arrived) => arrived,
            Err(waited) => {
                let arrived = self.arrived();
                let seen = format!(
                    "\n  expected: {count} at the gate\n       got: {}, {}",
                    arrived.len(),
                    cut(&shown(&arrived), 0)
                );
                self.watch.fail_late(sentence, &waited, &seen)
            }
        }
    }
}

impl<T> Drop for Gate<T> {
    fn drop(&mut self) {
        self.open();
    }
}
