//! The connection on which the web page sends requests to `cargo kata play`: a socket without a
//! name. Its other end is the standard input of the page's process.
//!
//! A request is a line that names an action on one of our child processes, such as `kill jobs`.
//! The reply is `ok PID`, or the reason why not.

use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::sync::mpsc::{self, Receiver};
use std::thread;

/// The environment variable that marks the standard input of a program as the control socket.
pub const VARIABLE: &str = "KATA_STAGE";

/// Our end of the socket.
#[derive(Debug)]
pub struct ControlSocket {
    requests: Receiver<String>,
    replies: UnixStream,
}

impl ControlSocket {
    /// Creates a socket, and returns the other end as the standard input of a program.
    ///
    /// # Errors
    ///
    /// If the system cannot create a socket.
    pub fn open() -> io::Result<(ControlSocket, Stdio)> {
        let (own_end, other_end) = UnixStream::pair()?;
        let replies = own_end.try_clone()?;
        let (sender, requests) = mpsc::channel();
        // The thread ends with the other program.
        thread::spawn(move || {
            let lines = BufReader::new(own_end).lines();
            lines.map_while(Result::ok).try_for_each(|line| sender.send(line))
        });
        Ok((ControlSocket { requests, replies }, OwnedFd::from(other_end).into()))
    }

    /// Returns the next request, if there is one.
    pub fn next_request(&self) -> Option<String> {
        self.requests.try_recv().ok()
    }

    /// Sends the reply to a request.
    pub fn reply(&self, text: &str) {
        // An error means that the other program has ended, which is noticed elsewhere.
        let _ = writeln!(&self.replies, "{text}");
    }
}
