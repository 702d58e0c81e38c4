//! The step's program, running in the background.

use std::io;
use std::process::{Child, ChildStderr, Command, ExitStatus, Output, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

use crate::DEFAULT_TIMEOUT;
use crate::guard::Guard;
use crate::mutex::lock;
use crate::output::{Record, abort_on_panic_exit};
use crate::spawn::spawn;
use crate::watch::Watch;

/// How long the threads that read a program's output may take to reach its end after the program
/// has ended.
const DRAIN_TIMEOUT: Duration = Duration::from_secs(3);

/// A program that runs in the background. Dropping it kills it and waits until it is gone.
///
/// If it panics, all waits of its test end at once with its message.
#[derive(Debug)]
pub struct Program {
    child: Mutex<Child>,
    pid: u32,
    record: Arc<Record>,
    watch: Arc<Watch>,
    readers: Mutex<Vec<JoinHandle<()>>>,
    /// A standard error that is open, but not read.
    _stuck: Option<ChildStderr>,
    /// Kills the program if this process is killed. Dropped after the program is reaped.
    guard: Option<Guard>,
}

/// What happens to the standard error of a program.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Log {
    /// The record keeps it.
    Read,
    /// It is closed.
    Closed,
    /// It is open, but not read.
    Stuck,
}

impl Program {
    pub(crate) fn start(
        mut command: Command,
        record: Arc<Record>,
        watch: &Arc<Watch>,
        log: Log,
    ) -> io::Result<Program> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = spawn(&mut command)?;
        let pid = child.id();
        let guard = Guard::start(r#"read -r _ || kill -9 "$1""#, &[&pid.to_string()]);
        let readers = child.stdout.take().map(|out| record.read_stdout(out)).into_iter();
        let stderr = child.stderr.take().filter(|_| log != Log::Closed);
        let (read, stuck) = if log == Log::Read {
            (stderr, None)
        } else {
            (None, stderr)
        };
        let readers = readers.chain(read.map(|err| record.read_stderr(err, Arc::clone(watch))));
        let readers = Mutex::new(readers.collect());
        let child = Mutex::new(child);
        let mut program = Program {
            child,
            pid,
            record,
            watch: Arc::clone(watch),
            readers,
            _stuck: stuck,
            guard: None,
        };
        program.guard = Some(guard?);
        Ok(program)
    }

    /// Returns its process id.
    pub fn pid(&self) -> u32 {
        self.pid
    }

    /// Sends `SIGTERM`. Does nothing if it has ended.
    pub fn terminate(&self) {
        self.signal(Signal::SIGTERM);
    }

    /// Sends `SIGINT`, as Ctrl-C does. Does nothing if it has ended.
    pub fn interrupt(&self) {
        self.signal(Signal::SIGINT);
    }

    /// Sends `SIGKILL`. Does nothing if it has ended.
    pub fn kill(&self) {
        self.signal(Signal::SIGKILL);
    }

    /// Sends a signal. Does nothing if it has ended.
    pub fn signal(&self, signal: Signal) {
        let mut child = lock(&self.child);
        // Once it is reaped, its id may belong to another process.
        if let (Ok(None), Ok(pid)) = (child.try_wait(), i32::try_from(self.pid)) {
            // If it ends at this moment, the result is the same.
            let _ = kill(Pid::from_raw(pid), signal);
        }
    }

    /// Returns true if it still runs.
    pub fn is_running(&self) -> bool {
        matches!(lock(&self.child).try_wait(), Ok(None))
    }

    /// Returns its standard output so far; all of it once [`wait`](Program::wait) has returned.
    pub fn stdout(&self) -> String {
        self.record.stdout()
    }

    /// Returns its standard error so far; all of it once [`wait`](Program::wait) has returned.
    pub fn stderr(&self) -> String {
        self.record.stderr()
    }

    /// Waits until it has ended, for at most [`DEFAULT_TIMEOUT`]. `sentence` says what should be
    /// true.
    ///
    /// # Panics
    ///
    /// If it does not end in time, or panicked.
    #[track_caller]
    pub fn wait(&self, sentence: &str) -> ExitStatus {
        self.wait_in(DEFAULT_TIMEOUT, sentence)
    }

    /// Waits until it has ended; returns its status and all its output.
    #[track_caller]
    pub(crate) fn run_to_end(self, timeout: Duration) -> Output {
        let status = self.wait_in(timeout, &format!("{} should end by itself.", self.record.title));
        self.record.output(status)
    }

    /// Like [`wait`](Program::wait), with another timeout.
    ///
    /// # Panics
    ///
    /// Like [`wait`](Program::wait).
    #[track_caller]
    pub fn wait_in(&self, timeout: Duration, sentence: &str) -> ExitStatus {
        let title = &self.record.title;
        match self.watch.poll(timeout, || lock(&self.child).try_wait().transpose()) {
            Ok(Ok(status)) => {
                self.drain();
                *lock(&self.record.end) = Some(status.to_string());
                abort_on_panic_exit(&self.watch, &self.record, status);
                self.watch.check();
                status
            }
            Ok(Err(error)) => self.watch.fail(format!("{sentence}\n  {title}: {error}")),
            Err(_) if self.watch.abort_reason().is_some() => self.watch.fail(sentence.to_owned()),
            Err(waited) => self
                .watch
                .fail(format!("{sentence}\n  {title} was still running after {waited}.")),
        }
    }

    /// Waits for the rest of the output of a program that has ended.
    fn drain(&self) {
        let deadline = Instant::now() + DRAIN_TIMEOUT;
        for reader in lock(&self.readers).drain(..) {
            // A child of the program may hold its output open for longer; that output does not
            // belong to the program.
            while !reader.is_finished() && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        self.kill();
        // An error means that it was reaped already.
        let _ = lock(&self.child).wait();
        self.drain();
        if let Some(mut guard) = self.guard.take() {
            guard.dismiss();
        }
    }
}
