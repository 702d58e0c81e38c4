//! The private line to `cargo kata play`, if it has started this program: our standard input, a socket that nobody else has.
//!
//! We ask by name for what `play` may do to its own children, `kill worker`, a line each; it answers `ok PID` or a reason.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Set by `play`, to say that our standard input is the line.
const VARIABLE: &str = "KATA_STAGE";

/// How long `play` may take to answer.
const TIMEOUT: Duration = Duration::from_secs(5);

/// The line. Questions are asked one at a time.
pub struct Stage(Mutex<BufReader<UnixStream>>);

impl Stage {
    /// The line, if there is one.
    pub fn open() -> Option<Stage> {
        if env::var_os(VARIABLE)? != "stdin" {
            return None;
        }
        let line = UnixStream::from(io::stdin().as_fd().try_clone_to_owned().ok()?);
        // Fails if somebody has set the variable, and our standard input is no socket.
        line.set_read_timeout(Some(TIMEOUT)).ok()?;
        Some(Stage(Mutex::new(BufReader::new(line))))
    }

    /// Asks for something, and waits for the answer.
    ///
    /// # Errors
    /// Why it was not done.
    pub fn ask(&self, question: &str) -> Result<String, String> {
        let mut line = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut answer = String::new();
        let asked = writeln!(line.get_mut(), "{question}").and_then(|()| line.read_line(&mut answer));
        match (asked, answer.trim_end().strip_prefix("ok ")) {
            (Ok(_), Some(done)) => Ok(done.to_owned()),
            (Ok(0), None) => Err("cargo kata play is gone".to_owned()),
            (Ok(_), None) => Err(answer.trim_end().to_owned()),
            (Err(error), _) => Err(format!("cargo kata play does not answer ({error})")),
        }
    }
}
