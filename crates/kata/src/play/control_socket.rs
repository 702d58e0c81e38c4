//! The page's private line to us: a socket without a name, whose other end is the page's standard input.
//!
//! The page asks by name for what we may do to our own children, a line each, such as `kill worker`. We answer `ok PID`, or
//! why not.

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// Tells a program that its standard input is the line.
pub const VARIABLE: &str = "KATA_STAGE";

/// Our end.
#[derive(Debug)]
pub struct ControlSocket {
    requests: Receiver<String>,
    replies: UnixStream,
}

impl ControlSocket {
    /// A line, and what becomes the other program's standard input.
    ///
    /// # Errors
    ///
    /// If the system has no socket left.
    pub fn open() -> io::Result<(ControlSocket, Stdio)> {
        let (own_end, other_end) = UnixStream::pair()?;
        let replies = own_end.try_clone()?;
        let (sender, requests) = mpsc::channel();
        // Ends with the other program.
        thread::spawn(move || {
            let lines = BufReader::new(own_end).lines();
            lines.map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok((ControlSocket { requests, replies }, OwnedFd::from(other_end).into()))
    }

    /// What was asked last, if anything.
    pub fn next_request(&self) -> Option<String> {
        self.requests.try_recv().ok()
    }

    /// Answers it.
    pub fn reply(&self, text: &str) {
        // If nobody listens any more, the other program has ended, which is seen elsewhere.
        let _ = writeln!(&self.replies, "{text}");
    }
}
