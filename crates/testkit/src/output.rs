//! The output of a program, kept for the test and the transcript, and searched for panics.

use std::io::{BufRead, BufReader, Read};
use std::process::{ExitStatus, Output};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use crate::failure::{AbortReason, Todo};
use crate::mutex::lock;
use crate::watch::Watch;

/// The output of one program of a test so far.
#[derive(Debug, Default)]
pub(crate) struct Record {
    /// Its name and arguments.
    pub(crate) title: String,
    stdout: Mutex<Vec<u8>>,
    stderr: Mutex<Vec<u8>>,
    /// Its exit status as text, once it has ended.
    pub(crate) end: Mutex<Option<String>>,
}

impl Record {
    pub(crate) fn new(title: String) -> Arc<Record> {
        Arc::new(Record {
            title,
            ..Record::default()
        })
    }

    pub(crate) fn stdout(&self) -> String {
        String::from_utf8_lossy(&lock(&self.stdout)).into_owned()
    }

    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&lock(&self.stderr)).into_owned()
    }

    /// Returns all output of a program that has ended with this status.
    pub(crate) fn output(&self, status: ExitStatus) -> Output {
        Output {
            status,
            stdout: lock(&self.stdout).clone(),
            stderr: lock(&self.stderr).clone(),
        }
    }

    /// Reads standard output to its end, in a thread.
    pub(crate) fn read_stdout(self: &Arc<Self>, from: impl Read + Send + 'static) -> JoinHandle<()> {
        let record = Arc::clone(self);
        collect(from, move |line| lock(&record.stdout).extend_from_slice(line))
    }

    /// Reads standard error to its end, in a thread that reports panics to the watch.
    pub(crate) fn read_stderr(self: &Arc<Self>, from: impl Read + Send + 'static, watch: Arc<Watch>) -> JoinHandle<()> {
        let record = Arc::clone(self);
        let mut panics = Panics::default();
        collect(from, move |line| {
            lock(&record.stderr).extend_from_slice(line);
            if let Some(reason) = panics.line(&String::from_utf8_lossy(line), &record.title) {
                report(&watch, reason);
            }
        })
    }
}

/// Aborts the test if a program ended with status 101. A program that panicked does so, even if it
/// printed nothing.
pub(crate) fn abort_on_panic_exit(watch: &Watch, record: &Record, status: ExitStatus) {
    if status.code() == Some(101) && !watch.expects(&record.stderr()) {
        watch.abort(AbortReason::Panic(format!(
            "{} panicked: its exit code is 101",
            record.title
        )));
    }
}

fn report(watch: &Watch, reason: AbortReason) {
    match &reason {
        AbortReason::Panic(text) if watch.expects(text) => {}
        _ => watch.abort(reason),
    }
}

fn collect(from: impl Read + Send + 'static, mut take: impl FnMut(&[u8]) + Send + 'static) -> JoinHandle<()> {
    thread::spawn(move || {
        let mut from = BufReader::new(from);
        let mut line = Vec::new();
        while let Ok(1..) = from.read_until(b'\n', &mut line) {
            take(&line);
            line.clear();
        }
    })
}

/// Finds panics in a program's standard error, line by line:
/// `thread 'main' panicked at src/main.rs:3:5:`, and the message on the next line. A step's program
/// prints both on one line while it performs jobs.
#[derive(Debug, Default)]
struct Panics {
    place: Option<String>,
}

impl Panics {
    fn line(&mut self, line: &str, title: &str) -> Option<AbortReason> {
        let mut line = line.trim_end();
        let mut place = self.place.take();
        if let Some((_, at)) = line.split_once(" panicked at ") {
            let (at, message) = at.split_once(": ").unwrap_or((at, ""));
            // file:line:column: → file:line
            let at = at.trim_end_matches(':');
            let at = at.rsplit_once(':').map_or(at, |(at, _)| at).to_owned();
            if message.is_empty() {
                self.place = Some(at);
                return None;
            }
            (place, line) = (Some(at), message);
        }
        // A log line may quote the todo, too; then it is at the end, after time and level.
        let quoted = line.rfind("not yet implemented: task ").map(|at| &line[at..]);
        let at = place.clone().unwrap_or_else(|| title.to_owned());
        if let Some(todo) = quoted.or(Some(line)).and_then(|text| Todo::of(text, &at)) {
            return Some(AbortReason::Todo(todo));
        }
        if let Some(place) = place {
            return Some(AbortReason::Panic(format!("{title} panicked at {place}:\n{line}")));
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reasons(lines: &[&str]) -> Vec<String> {
        let mut panics = Panics::default();
        let found = lines.iter().filter_map(|line| panics.line(line, "`step1-enqueue web`"));
        found
            .map(|reason| match reason {
                AbortReason::Todo(todo) => format!("{} at {}", todo.sentence, todo.place),
                AbortReason::Panic(text) => text,
            })
            .collect()
    }

    /// A step's program prints a panic on one line, and others on two. The lines after it are not a
    /// second panic.
    #[test]
    fn finds_a_panic_once() {
        let printed = ["thread 'w' panicked at src/job.rs:3:9: not yet implemented: task 1.2: give it a jid"];
        assert_eq!(reasons(&printed), ["task 1.2: give it a jid at src/job.rs:3"]);
        for printed in [
            &["thread 'w' panicked at src/job.rs:3:9: boom: 1", "12:00 INFO done"][..],
            &["thread 'w' panicked at src/job.rs:3:9:", "boom: 1", "note: run it"],
        ] {
            assert_eq!(
                reasons(printed),
                ["`step1-enqueue web` panicked at src/job.rs:3:\nboom: 1"]
            );
        }
    }

    /// A program may catch a todo and log it.
    #[test]
    fn finds_a_logged_todo() {
        let printed = ["12:00 ERROR job 7 panicked: not yet implemented: task 3.2: decide"];
        assert_eq!(reasons(&printed), ["task 3.2: decide at `step1-enqueue web`"]);
    }
}
