//! The panic hook. It sees every panic of the process, including those that code catches.

use std::cell::RefCell;
use std::panic::{self, PanicHookInfo};
use std::sync::Once;
use std::{env, thread};

use crate::failure::{AbortReason, Todo, panic_text};
use crate::mark;
use crate::test_info::clean;
use crate::watch::{Watch, take_own_panic};

thread_local! {
    /// The last panic of this thread, as failures describe it.
    static LAST: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Installs the hook; later calls do nothing.
pub(crate) fn install() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |panic| on_panic(panic, &previous)));
    });
}

/// Takes the last panic of this thread; the next call returns `None`.
pub(crate) fn take_last() -> Option<String> {
    LAST.with_borrow_mut(Option::take)
}

fn on_panic(panic: &PanicHookInfo<'_>, previous: &dyn Fn(&PanicHookInfo<'_>)) {
    let text = panic_text(panic.payload());
    let place = panic.location().map_or("an unknown place".to_owned(), |at| {
        format!("{}:{}", clean(at.file()), at.line())
    });
    let own = take_own_panic();
    if let Some(todo) = Todo::of(&text, &place) {
        // The kit's own panic only repeats a todo that is already known.
        if !own && !abort(&todo) {
            eprintln!("{}", todo_message(&todo, None));
        }
    } else if own {
        eprintln!("{place}\n{text}");
    } else if env::var_os("RUST_BACKTRACE").is_some_and(|value| value != "0") {
        record_panic(&place, &text);
        previous(panic);
    } else {
        let description = record_panic(&place, &text);
        let tests = Watch::of_this_thread();
        if tests.is_empty() {
            eprintln!("{description}");
        }
        tests.iter().for_each(|watch| watch.note(description.clone()));
    }
}

/// Aborts the tests that this thread belongs to; returns false if there are none.
fn abort(todo: &Todo) -> bool {
    let mut concerned = Watch::of_this_thread();
    if concerned.is_empty() {
        // A thread that the code under test has started.
        concerned = mark::tests_of_this_thread();
    }
    concerned
        .iter()
        .for_each(|watch| watch.abort(AbortReason::Todo(todo.clone())));
    !concerned.is_empty()
}

/// Describes a panic, and keeps the description for [`take_last`].
fn record_panic(place: &str, text: &str) -> String {
    let thread = thread::current();
    let description = format!(
        "The thread {} panicked at {place}:\n{text}",
        thread.name().unwrap_or("without a name")
    );
    // A panic while the thread is torn down has no thread-locals any more.
    let _ = LAST.try_with(|last| *last.borrow_mut() = Some(description.clone()));
    description
}

/// Returns the message for a todo: its place, its text, and the page to read.
pub(crate) fn todo_message(todo: &Todo, read: Option<String>) -> String {
    let Todo { sentence, place, .. } = todo;
    let lines = format!("Not written yet, at {place}:\n{sentence}");
    read.map_or(lines.clone(), |read| format!("{lines}\n{read}"))
}
