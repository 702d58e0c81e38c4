//! Marks the threads of a test, so that a panic in any of them can be assigned to its test.
//!
//! The code under test starts threads, for example in a pool, and nothing records which thread
//! started another. But a thread inherits the signal mask of its starter. So each test blocks its
//! own set of signals while it runs: a number in binary. These are signals that a test never
//! receives; a program that is started unblocks them again.

use std::sync::{Arc, Mutex, Weak};

use nix::sys::signal::{SigSet, Signal};

use crate::mutex::lock;
use crate::watch::Watch;

/// The binary digits, the lowest first.
const MARK_SIGNALS: [Signal; 7] = [
    Signal::SIGWINCH,
    Signal::SIGURG,
    Signal::SIGIO,
    Signal::SIGPROF,
    Signal::SIGXFSZ,
    Signal::SIGXCPU,
    Signal::SIGTTOU,
];
/// How many numbers there are. A thread without a mark has number 0.
const MARKS: usize = 1 << MARK_SIGNALS.len();

/// The tests of each number; a test may have several kits. `last` is the number that was assigned
/// last.
struct Marks {
    tests: [Vec<Weak<Watch>>; MARKS],
    last: usize,
}

static MARKS_IN_USE: Mutex<Marks> = Mutex::new(Marks {
    tests: [const { Vec::new() }; MARKS],
    last: 0,
});

/// Marks this thread, and the threads that it will start, as this test's. If more than 127 tests
/// run at once, the others get no mark.
pub(crate) fn mark_thread(watch: &Arc<Watch>) {
    let mut assigned = lock(&MARKS_IN_USE);
    let current = number();
    // A second kit of the same test.
    let same = current != 0
        && Watch::of_this_thread()
            .iter()
            .any(|other| is_of(&assigned.tests[current], other));
    let number = if same { current } else { next(&mut assigned) };
    if number != 0 {
        assigned.tests[number].push(Arc::downgrade(watch));
    }
    drop(assigned);
    let (marked, unmarked): (Vec<_>, Vec<_>) = MARK_SIGNALS
        .iter()
        .enumerate()
        .partition(|(digit, _)| number >> digit & 1 == 1);
    let set = |digits: Vec<(usize, &Signal)>| digits.into_iter().map(|(_, signal)| *signal).collect::<SigSet>();
    // This cannot fail for signals that exist.
    let _ = set(marked).thread_block();
    let _ = set(unmarked).thread_unblock();
}

/// Returns the kits of the test that started this thread; none if it has ended.
pub(crate) fn tests_of_this_thread() -> Vec<Arc<Watch>> {
    lock(&MARKS_IN_USE).tests[number()]
        .iter()
        .filter_map(Weak::upgrade)
        .collect()
}

/// Returns the signals that make up the marks.
pub(crate) fn digits() -> SigSet {
    MARK_SIGNALS.into_iter().collect()
}

/// Returns the number in this thread's mark.
fn number() -> usize {
    let Ok(blocked) = SigSet::thread_get_mask() else {
        return 0;
    };
    let digits = MARK_SIGNALS
        .iter()
        .enumerate()
        .filter(|(_, signal)| blocked.contains(**signal));
    digits.map(|(digit, _)| 1 << digit).sum()
}

/// Returns a number that no running test has, or 0 if all are used. Recently used numbers come
/// last, because threads that a test has left behind may still run.
fn next(assigned: &mut Marks) -> usize {
    let candidates = (1..MARKS).map(|step| (assigned.last + step - 1) % (MARKS - 1) + 1);
    let is_free = |number: &usize| assigned.tests[*number].iter().all(|test| test.strong_count() == 0);
    let Some(number) = candidates.into_iter().find(is_free) else {
        return 0;
    };
    assigned.tests[number].clear();
    assigned.last = number;
    number
}

fn is_of(tests: &[Weak<Watch>], watch: &Arc<Watch>) -> bool {
    tests.iter().any(|test| std::ptr::eq(test.as_ptr(), Arc::as_ptr(watch)))
}
