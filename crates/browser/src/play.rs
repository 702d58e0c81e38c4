//! `cargo kata play`, run as a user runs it.

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;

/// How long the build of the programs may take.
const BUILD_TIMEOUT: Duration = Duration::from_secs(900);

/// How long the stop of all programs may take.
const STOP_TIMEOUT: Duration = Duration::from_secs(30);

/// A running app. Dropping it sends Ctrl-C.
#[derive(Debug)]
pub struct Play {
    child: Child,
    lines: Receiver<String>,
    /// The page's address.
    pub page: String,
    /// The API's address.
    pub api: String,
    /// Redis's address.
    pub redis: String,
}

impl Play {
    /// Starts our solution of a step, or the finished system if no step is given.
    ///
    /// # Panics
    ///
    /// If it does not start; the message shows its output.
    pub fn start(step: Option<u8>) -> Play {
        let mut command = Command::new(program());
        command.arg("play").current_dir(root()).env_remove("REDIS_URL");
        if let Some(step) = step {
            command.args([&step.to_string(), "--solution"]);
        }
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("cargo kata play starts");
        let output = BufReader::new(child.stdout.take().expect("its output"));
        let (sender, lines) = mpsc::channel();
        // Read to the end even without a receiver, because the program must not block on a full
        // pipe.
        thread::spawn(move || {
            for line in output.lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        let mut play = Play {
            child,
            lines,
            page: String::new(),
            api: String::new(),
            redis: String::new(),
        };
        play.wait_for_addresses();
        play
    }

    fn wait_for_addresses(&mut self) {
        let (end, mut printed) = (Instant::now() + BUILD_TIMEOUT, Vec::new());
        while self.redis.is_empty() {
            match self.lines.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(line) => {
                    match line.split_whitespace().collect::<Vec<_>>()[..] {
                        ["page", url] => self.page = url.to_owned(),
                        ["API", url] => self.api = url.to_owned(),
                        ["Redis", url] if !self.page.is_empty() => self.redis = url.to_owned(),
                        _ => {}
                    }
                    printed.push(line);
                }
                Err(error) => panic!("cargo kata play does not start ({error}):\n{}", printed.join("\n")),
            }
        }
    }

    /// Stops it with Ctrl-C and waits until all of its programs have ended. Returns true if it
    /// succeeded.
    pub fn stop(&mut self) -> bool {
        let _ = kill(Pid::from_raw(self.child.id().cast_signed()), Signal::SIGINT);
        let end = Instant::now() + STOP_TIMEOUT;
        // Its output ends when it ends.
        while self.lines.recv_timeout(end.saturating_duration_since(Instant::now()))
            != Err(RecvTimeoutError::Disconnected)
        {
            if Instant::now() > end {
                let _ = self.child.kill();
                break;
            }
        }
        self.child.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for Play {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.stop();
        }
    }
}

/// Returns the repository's folder.
pub fn root() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
}

/// Returns the program behind `cargo kata`; builds it if necessary.
fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match kata::system::cargo::build(root(), "kata", "kata") {
        Ok(program) => program,
        Err(error) => panic!("{error}"),
    })
}
