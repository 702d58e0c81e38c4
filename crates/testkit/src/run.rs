//! Runs the step's program.

use std::ffi::OsStr;
use std::io;
use std::process::{Command, Output};
use std::time::Duration;

use crate::output::Record;
use crate::program::Log;
use crate::{Kit, Program};

/// How long a program that must end by itself may take.
const RUN_TIMEOUT: Duration = Duration::from_secs(30);
/// The variable that names the Redis of the test that started this process.
const PARENT_VARIABLE: &str = "KATA_REDIS_OF_PARENT";
/// Prefixes of the environment variables that are removed, so that the machine's settings do not
/// change the result.
const REMOVED_VARIABLES: [&str; 6] = ["REDIS", "COUNTERS", "KATA", "NO_COLOR", "RUST_LOG", "RUST_BACKTRACE"];

impl Kit {
    /// Runs the step's program to its end, with `REDIS_URL` naming this test's database, and
    /// returns its output. Its standard error is in the transcript, too.
    ///
    /// # Panics
    ///
    /// If it does not end within thirty seconds, panics, or cannot be started.
    #[track_caller]
    pub fn run(&self, args: &[impl AsRef<OsStr>]) -> Output {
        self.start(args).run_to_end(RUN_TIMEOUT)
    }

    /// Returns the command that [`run`](Kit::run) runs, for a test that changes it first. The kit
    /// does not stop this program, and the transcript does not show its output.
    ///
    /// # Panics
    ///
    /// If the package has no program.
    #[track_caller]
    pub fn command_for(&self, args: &[impl AsRef<OsStr>]) -> Command {
        let Some(program) = self.info.program else {
            self.fail(&format!(
                "The package {0} has no program named {0} to run.",
                self.info.package
            ));
        };
        let mut command = clean_command(program);
        command.args(args).env("REDIS_URL", self.url());
        command
    }

    /// Starts the step's program in the background, with `REDIS_URL` naming this test's database.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start(&self, args: &[impl AsRef<OsStr>]) -> Program {
        self.start_with(args, Log::Read)
    }

    /// Like [`start`](Kit::start), but its standard error is closed: every write to it fails with
    /// `EPIPE`, as if a log collector had crashed.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start_unread(&self, args: &[impl AsRef<OsStr>]) -> Program {
        self.start_with(args, Log::Closed)
    }

    /// Like [`start`](Kit::start), but its standard error is a pipe that is never read: once it is
    /// full, a write blocks, as if a log collector hung.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start_with_stuck_log(&self, args: &[impl AsRef<OsStr>]) -> Program {
        self.start_with(args, Log::Stuck)
    }

    /// Starts this test program again, in the background, to run one of its tests. There,
    /// [`parent_redis_url`] returns the address of this test's database. Use it for code that needs
    /// a process of its own, or settings for which the step's program has no option. `name` is the
    /// path of the test, such as `concat!(module_path!(), "::rejects_a_job")`.
    ///
    /// # Panics
    ///
    /// If it cannot be started.
    #[track_caller]
    pub fn start_test(&self, name: &str) -> Program {
        let title = format!("the test {name} in a process of its own");
        // The test program's own names do not include its crate.
        let (_, path) = name.split_once("::").unwrap_or(("", name));
        let program = std::env::current_exe().map(|program| {
            let mut command = clean_command(program);
            command
                .args([path, "--exact", "--nocapture"])
                .env(PARENT_VARIABLE, self.url());
            command
        });
        self.start_command(program, title, Log::Read)
    }

    #[track_caller]
    fn start_with(&self, args: &[impl AsRef<OsStr>], log: Log) -> Program {
        self.start_command(Ok(self.command_for(args)), self.title(args), log)
    }

    #[track_caller]
    fn start_command(&self, command: io::Result<Command>, title: String, log: Log) -> Program {
        let record = Record::new(title.clone());
        self.add_record(&record);
        match command.and_then(|command| Program::start(command, record, &self.watch, log)) {
            Ok(program) => program,
            Err(error) => self.fail(&format!("{title} could not be started: {error}.")),
        }
    }

    /// Allows a program to panic with a message that contains this text, because the panic is part
    /// of the test.
    pub fn expect_panic(&self, text: &str) {
        self.watch.expect(text);
    }

    fn title(&self, args: &[impl AsRef<OsStr>]) -> String {
        let words = args.iter().map(|arg| arg.as_ref().to_string_lossy().into_owned());
        let words: Vec<String> = std::iter::once(self.info.package.to_owned()).chain(words).collect();
        // A heading is one short line; a payload among the arguments may be long and have several
        // lines.
        let words = words.join(" ").replace(char::is_control, " ");
        match words.char_indices().nth(100) {
            Some((end, _)) => format!("`{}…`", &words[..end]),
            None => format!("`{words}`"),
        }
    }
}

/// Returns the address of the database of the test that started this process with
/// [`start_test`](Kit::start_test); `None` in other processes.
pub fn parent_redis_url() -> Option<String> {
    std::env::var(PARENT_VARIABLE).ok()
}

/// Returns a command without the environment variables of [`REMOVED_VARIABLES`].
fn clean_command(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        if REMOVED_VARIABLES
            .iter()
            .any(|prefix| name.to_string_lossy().starts_with(prefix))
        {
            command.env_remove(name);
        }
    }
    command
}
