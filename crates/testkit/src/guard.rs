//! A small shell process that cleans up when this process is gone, however it ended.
//!
//! A destructor does not run after `kill -9`, Ctrl-C or an abort. But the kernel closes a pipe in
//! every case: the guard reads from one whose other end only this process holds, so end-of-file is
//! its signal to clean up.

use std::io::{self, BufRead, BufReader, Write};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::spawn::spawn;

/// A running guard. Dropping it makes it clean up, and waits until it has finished.
#[derive(Debug)]
pub(crate) struct Guard {
    child: Child,
    commands: Option<ChildStdin>,
    answers: BufReader<ChildStdout>,
}

impl Guard {
    /// Runs `script` by `sh`, with `args` as `$1`, `$2`…
    ///
    /// The script reads commands from its standard input, one a line; end-of-file means that this
    /// process is gone.
    ///
    /// # Errors
    ///
    /// If there is no `sh`, or no process can be started.
    pub(crate) fn start(script: &str, args: &[&str]) -> io::Result<Guard> {
        // A process group of its own that ignores the signals of a terminal: Ctrl-C must not end
        // the guard first.
        let mut command = Command::new("sh");
        command
            .args(["-c", &format!("trap '' INT TERM HUP\n{script}"), "kata-guard"])
            .args(args)
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null());
        let mut child = spawn(&mut command)?;
        let commands = child.stdin.take();
        let answers = child
            .stdout
            .take()
            .ok_or_else(|| io::Error::other("the guard has no standard output"))?;
        Ok(Guard {
            child,
            commands,
            answers: BufReader::new(answers),
        })
    }

    /// Sends one command and returns the line that the script answers.
    ///
    /// # Errors
    ///
    /// If the guard is gone.
    pub(crate) fn request(&mut self, command: &str) -> io::Result<String> {
        let commands = self.commands.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(commands, "{command}")?;
        let mut answer = String::new();
        if self.answers.read_line(&mut answer)? == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(answer.trim_end().to_owned())
    }

    /// Reports to the script that there is nothing to clean up.
    pub(crate) fn dismiss(&mut self) {
        if let Some(commands) = &mut self.commands {
            // If the guard is gone already, nothing is left to do.
            let _ = writeln!(commands, "dismissed");
        }
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        self.commands = None;
        // An error means that it is gone already, as intended.
        let _ = self.child.wait();
    }
}
