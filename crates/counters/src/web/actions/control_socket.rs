//! The control socket to `cargo kata play`, if that has started this program: the standard input of
//! this program, a socket that no other program has.
//!
//! Over it, this program requests actions on the child processes of `play`, such as `kill jobs`,
//! one a line. `play` replies with `ok PID` or with the reason why not.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Set by `play` if the standard input is the control socket.
const VARIABLE: &str = "KATA_STAGE";

/// How long `play` may take to reply.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The socket; none after a reply did not arrive. Commands are sent one at a time.
pub struct ControlSocket(Mutex<Option<BufReader<UnixStream>>>);

impl ControlSocket {
    /// Opens the socket; `None` if this program was not started by `play`.
    pub fn open() -> Option<ControlSocket> {
        if env::var_os(VARIABLE)? != "stdin" {
            return None;
        }
        let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
        // Fails if another program has set the variable, and the standard input is not a socket.
        socket.set_read_timeout(Some(TIMEOUT)).ok()?;
        Some(ControlSocket(Mutex::new(Some(BufReader::new(socket)))))
    }

    /// Sends a command and waits for the reply.
    ///
    /// # Errors
    /// The reason why it was not done. If a reply does not arrive in time, the socket is closed,
    /// because a late reply would be taken for the reply to the next command.
    pub fn request(&self, command: &str) -> Result<String, String> {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut socket = guard
            .take()
            .ok_or("cargo kata play did not answer the last time; start it again")?;
        let mut answer = String::new();
        writeln!(socket.get_mut(), "{command}")
            .and_then(|()| socket.read_line(&mut answer))
            .map_err(|error| format!("cargo kata play does not answer ({error})"))?;
        if answer.is_empty() {
            return Err("cargo kata play is gone".to_owned());
        }
        *guard = Some(socket);
        let answer = answer.trim_end();
        answer
            .strip_prefix("ok ")
            .map(str::to_owned)
            .ok_or_else(|| answer.to_owned())
    }
}
