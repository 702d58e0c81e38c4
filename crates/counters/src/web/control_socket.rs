//! The private socket to `cargo kata play`, if it has started this program: our standard input, a socket that nobody else has.
//!
//! We ask by name for what `play` may do to its own children, `kill worker`, a socket each; it answers `ok PID` or a reason.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Set by `play`, to say that our standard input is the socket.
const VARIABLE: &str = "KATA_STAGE";

/// How long `play` may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The socket, until an answer fails to come. Questions are asked one at a time.
pub struct ControlSocket(Mutex<Option<BufReader<UnixStream>>>);

impl ControlSocket {
    /// The socket, if there is one.
    pub fn open() -> Option<ControlSocket> {
        if env::var_os(VARIABLE)? != "stdin" {
            return None;
        }
        let socket = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
        // Fails if somebody has set the variable, and our standard input is no socket.
        socket.set_read_timeout(Some(TIMEOUT)).ok()?;
        Some(ControlSocket(Mutex::new(Some(BufReader::new(socket)))))
    }

    /// Asks for something, and waits for the answer.
    ///
    /// # Errors
    /// Why it was not done. An answer that does not come in time ends the socket: it might come later, and would then be taken
    /// for the next command's.
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
