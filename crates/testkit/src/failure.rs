//! The reasons that end a test early: a task that is not done yet, or a panic in another thread.

use std::any::Any;

/// Why a test must end at once.
#[derive(Clone, Debug)]
pub(crate) enum AbortReason {
    /// The code reached a todo.
    Todo(Todo),
    /// A thread or a program panicked. The text contains its name, the place and the message.
    Panic(String),
}

/// A todo that the code reached: a panic whose message begins with `task N.M`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Todo {
    /// `N.M`.
    pub task: String,
    /// The message, from `task N.M` on; of a long one, the beginning and the end.
    pub sentence: String,
    /// Its place in the source, as `file:line`.
    pub place: String,
}

impl Todo {
    /// Returns the todo that panicked with this message at this place, if it is one.
    pub(crate) fn of(text: &str, place: &str) -> Option<Todo> {
        let text = text.trim_start();
        let sentence = text.strip_prefix("not yet implemented: ").unwrap_or(text);
        let task = sentence.strip_prefix("task ")?;
        let end = task
            .find(|c: char| c != '.' && !c.is_ascii_digit())
            .unwrap_or(task.len());
        let task = &task[..end].trim_end_matches('.');
        let (step, number) = task.split_once('.')?;
        let numbers = [step, number].iter().all(|n| n.parse::<u32>().is_ok());
        numbers.then(|| Todo {
            task: task.to_string(),
            sentence: shortened(sentence.trim_end()),
            place: place.to_owned(),
        })
    }
}

/// How many characters of a todo's message are shown, and how many of them are its end, which names
/// the page.
const WIDTH: usize = 300;
const END: usize = 100;

/// Cuts the middle of a long message: a todo may print its arguments, for example a job.
fn shortened(message: &str) -> String {
    let count = message.chars().count();
    if count <= WIDTH {
        return message.to_owned();
    }
    let start = message.chars().take(WIDTH - END - 1);
    let end = message.chars().skip(count - END);
    start.chain(['…']).chain(end).collect()
}

/// Returns the message of a panic.
pub(crate) fn panic_text(payload: &(dyn Any + Send)) -> String {
    match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => (*text).to_owned(),
        (None, Some(text)) => text.clone(),
        (None, None) => "(a panic without a message)".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Both a `todo!` and a plain panic name a task.
    #[test]
    fn finds_the_task_of_a_todo() {
        for text in ["not yet implemented: task 3.12: decide", "task 3.12: decide"] {
            let todo = Todo::of(text, "src/job.rs:7").unwrap();
            assert_eq!(
                (todo.task.as_str(), todo.sentence.as_str()),
                ("3.12", "task 3.12: decide")
            );
        }
    }

    /// A job may fail with a similar message on purpose: only `task N.M` marks a todo.
    #[test]
    fn ignores_other_panics() {
        for text in [
            "boom",
            "task 3: boom",
            "task a.b",
            "task 3.",
            "task 1.x",
            "my task 1.2",
            "not yet implemented",
            "",
        ] {
            assert_eq!(Todo::of(text, ""), None, "{text:?}");
        }
    }
}
