//! Running the step's program.

use std::ffi::OsStr;
use std::process::{Command, Output};
use std::time::Duration;

use crate::output::Record;
use crate::{Kit, Program};

/// How long a program that is run to its end may take.
const RUN: Duration = Duration::from_secs(30);
/// What the machine's own surroundings must not decide: environment variables that begin like this are taken out.
const CLEANED: [&str; 6] = ["REDIS", "COUNTERS", "KATA", "NO_COLOR", "RUST_LOG", "RUST_BACKTRACE"];

impl Kit {
    /// Runs the step's program to its end, with `REDIS_URL` naming this test's database, and returns what it said.
    /// What it said to standard error is in the transcript, too.
    ///
    /// # Panics
    ///
    /// If it does not end within thirty seconds, panics, or cannot be started.
    #[track_caller]
    pub fn run(&self, args: &[impl AsRef<OsStr>]) -> Output {
        self.start(args).run_to_end(RUN)
    }

    /// Returns the command that [`run`](Kit::run) runs, for a test that changes it first. The kit does not stop this program,
    /// and the transcript does not show its output.
    ///
    /// # Panics
    ///
    /// If the package has no program.
    #[track_caller]
    pub fn command_for(&self, args: &[impl AsRef<OsStr>]) -> Command {
        let Some(program) = self.about.program else {
            self.fail(&format!(
                "The package {0} has no program named {0} to run.",
                self.about.package
            ));
        };
        let mut command = Command::new(program);
        command.args(args);
        for (name, _) in std::env::vars_os() {
            if CLEANED.iter().any(|prefix| name.to_string_lossy().starts_with(prefix)) {
                command.env_remove(name);
            }
        }
        command.env("REDIS_URL", self.url());
        command
    }

    /// Starts the step's program in the background, with `REDIS_URL` naming this test's database.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start(&self, args: &[impl AsRef<OsStr>]) -> Program {
        self.start_with(args, true)
    }

    /// Like [`start`](Kit::start), but nobody reads its standard error: whatever it writes there is refused with `EPIPE`, as to
    /// a log collector that has died.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start_unread(&self, args: &[impl AsRef<OsStr>]) -> Program {
        self.start_with(args, false)
    }

    #[track_caller]
    fn start_with(&self, args: &[impl AsRef<OsStr>], read: bool) -> Program {
        let record = Record::new(self.title(args));
        self.remember(&record);
        match Program::start(self.command_for(args), record, &self.watch, read) {
            Ok(program) => program,
            Err(error) => self.fail(&format!("{} could not be started: {error}.", self.title(args))),
        }
    }

    /// A program may panic with a message that contains this text: that is part of the test.
    pub fn expect_panic(&self, text: &str) {
        self.watch.expect(text);
    }

    fn title(&self, args: &[impl AsRef<OsStr>]) -> String {
        let words = args.iter().map(|arg| arg.as_ref().to_string_lossy().into_owned());
        let words: Vec<String> = std::iter::once(self.about.package.to_owned()).chain(words).collect();
        // A heading is one line, and not a long one; a payload among the arguments may be both.
        let words = words.join(" ").replace(char::is_control, " ");
        match words.char_indices().nth(100) {
            Some((end, _)) => format!("`{}…`", &words[..end]),
            None => format!("`{words}`"),
        }
    }
}
