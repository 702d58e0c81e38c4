//! Runs a test that is meant to fail, in a process of its own, and returns what its reader sees.
//!
//! Such a test is `#[ignore]`d, so that it runs only when it is asked for by name.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use std::{env, thread};

use testkit::{Kit, TestInfo};

/// How a test went.
pub struct Outcome {
    /// Whether it passed.
    pub passed: bool,
    /// What libtest shows under its name.
    pub said: String,
    /// All that was written to standard error.
    pub stderr: String,
    /// How long it took, from the moment when it had its first [`kit`]; a Redis takes what it takes to start.
    pub took: Duration,
}

/// A kit as the tests of step 1, task 3 have it; its program is `program.sh`.
#[track_caller]
pub fn kit() -> Kit {
    let kit = Kit::new(about());
    if env::var_os(TELL).is_some() {
        // Not by `eprintln`, which libtest would show.
        let _ = writeln!(io::stderr(), "{READY}{}", now().as_millis());
    }
    kit
}

/// Set for a test that is to say when it has a kit, on standard error, by [`READY`] and the time.
const TELL: &str = "TESTKIT_TELL_READY";
const READY: &str = "ready at ";

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// Where a test of step 1, task 3 stands.
pub fn about() -> TestInfo {
    TestInfo {
        package: "step1-enqueue",
        version: env!("CARGO_PKG_VERSION"),
        manifest_dir: env!("CARGO_MANIFEST_DIR"),
        file: "step1-enqueue/tests/t3_push.rs",
        program: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/program.sh")),
    }
}

/// The command that runs one ignored test of this test binary, as a learner would: without a backtrace.
pub fn command(test: &str) -> Command {
    let mut command = commands(&[test]);
    command.arg("--test-threads=1");
    command
}

/// Like [`command`], for several tests; how many at once is up to the caller.
pub fn commands(tests: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--exact", "--ignored"]).args(tests);
    command.env_remove("RUST_BACKTRACE").env(TELL, "1");
    // A deadline must be met, however busy the machine is.
    command.env("KATA_STRICT_WAITS", "1");
    command
}

/// Whether this machine has a server to test private servers with; says so if it has none.
pub fn has_a_server() -> bool {
    let has = in_path("redis-server").or_else(|| in_path("valkey-server")).is_some();
    or_skipped(has, "redis-server or valkey-server in PATH")
}

/// Whether Docker has the image of the tests' Redis here already; says so if it has not.
pub fn has_a_docker_image() -> bool {
    let image = env::var("KATA_REDIS_IMAGE").unwrap_or("redis:7-alpine".to_owned());
    let inspect = Command::new("docker").args(["image", "inspect", &image]).output();
    let has = inspect.is_ok_and(|output| output.status.success());
    or_skipped(has, &format!("Docker with its program, and the image {image}"))
}

fn or_skipped(has: bool, what: &str) -> bool {
    if !has {
        let test = thread::current().name().unwrap_or("a test").to_owned();
        let _ = writeln!(io::stderr(), "testkit: SKIPPED: {test} needs {what}");
    }
    has
}

/// Where this program is, if `PATH` has it.
pub fn in_path(program: &str) -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|directory| directory.join(program))
        .find(|path| path.is_file())
}

/// Whether a process runs. A zombie does not.
pub fn is_alive(pid: i32) -> bool {
    let output = Command::new("ps")
        .args(["-o", "stat=", "-p", &pid.to_string()])
        .output()
        .unwrap();
    let state = String::from_utf8(output.stdout).unwrap();
    !state.trim().is_empty() && !state.trim().starts_with('Z')
}

/// Waits until nothing remains.
///
/// # Panics
///
/// If something does after this time.
#[track_caller]
pub fn eventually_gone(patience: Duration, remains: impl Fn() -> Vec<String>) {
    let deadline = Instant::now() + patience;
    loop {
        // The time is read first, so that a slow look is not the last one by itself.
        let late = Instant::now() >= deadline;
        let left = remains();
        if left.is_empty() {
            return;
        }
        assert!(!late, "left behind: {left:?}");
        thread::sleep(Duration::from_millis(5));
    }
}

/// Runs one ignored test of this test binary.
pub fn run(test: &str) -> Outcome {
    run_command(command(test))
}

/// Runs a [`command`] that was refined.
pub fn run_command(mut command: Command) -> Outcome {
    let begun = now();
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("running 1 test"), "there is no such test:\n{stdout}");
    let said = stdout.split_once(" stdout ----\n").map_or("", |(_, rest)| rest);
    let said = said.split_once("\n\nfailures:").map_or(said, |(said, _)| said);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let ready = stderr.lines().find_map(|line| line.strip_prefix(READY)?.parse().ok());
    Outcome {
        passed: output.status.success(),
        said: said.trim_end().to_owned(),
        took: now() - ready.map_or(begun, Duration::from_millis),
        stderr,
    }
}
