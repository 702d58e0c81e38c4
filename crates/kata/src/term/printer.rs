//! Prints lines in a thread of its own, so that a reader that does not read blocks only that
//! thread.

use std::io::Write;
use std::sync::mpsc::{self, SyncSender};
use std::thread;
use std::time::Duration;

/// How many lines may wait to be printed. More are dropped, because the reader does not read.
const MAX_WAITING: usize = 10_000;

/// Where a line is printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    /// Standard output.
    Out,
    /// Standard error.
    Err,
}

enum Request {
    Line(Stream, String),
    /// Sends when all lines before it are printed.
    Finish(SyncSender<()>),
}

/// Prints lines in the order of the calls.
#[derive(Debug)]
pub struct Printer(SyncSender<Request>);

impl Printer {
    /// Starts the thread. A line that cannot be written is not an error.
    pub fn start(mut out: impl Write + Send + 'static, mut err: impl Write + Send + 'static) -> Printer {
        let (sender, requests) = mpsc::sync_channel(MAX_WAITING);
        thread::spawn(move || {
            for request in requests {
                match request {
                    Request::Line(Stream::Out, text) => drop(writeln!(out, "{text}")),
                    Request::Line(Stream::Err, text) => drop(writeln!(err, "{text}")),
                    Request::Finish(printed) => drop(printed.try_send(())),
                }
            }
        });
        Printer(sender)
    }

    /// Prints a line, and does not wait for that. The line is dropped if too many others wait.
    pub fn line(&self, stream: Stream, text: &str) {
        let _ = self.0.try_send(Request::Line(stream, text.to_owned()));
    }

    /// Waits until the lines so far are printed, but not longer than `timeout`.
    pub fn finish(&self, timeout: Duration) {
        let (sender, printed) = mpsc::sync_channel(1);
        if self.0.try_send(Request::Finish(sender)).is_ok() {
            let _ = printed.recv_timeout(timeout);
        }
    }
}
