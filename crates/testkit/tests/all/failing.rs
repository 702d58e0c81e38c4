//! Runs a test that must fail in a process of its own, and returns its output.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::io::{self, Write};
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};
use std::{env, thread};

use testkit::redis::in_path;
use testkit::{Kit, TestInfo};

/// The result of a test.
pub struct Outcome {
    /// Whether it passed.
    pub passed: bool,
    /// The output that libtest shows below its name.
    pub printed: String,
    /// Its standard error.
    pub stderr: String,
    /// How long it took from the moment when it had its first [`kit`]. The start of a Redis does
    /// not count.
    pub took: Duration,
}

/// Returns a kit like those of step 1, task 3; its program is `program.sh`.
#[track_caller]
pub fn kit() -> Kit {
    let kit = Kit::new(about());
    if env::var_os(PRINT_READY).is_some() {
        // Not with `eprintln`, which libtest would show.
        let _ = writeln!(io::stderr(), "{READY}{}", now().as_millis());
    }
    kit
}

/// Set for a test that must print, on standard error, [`READY`] and the time when it has a kit.
const PRINT_READY: &str = "TESTKIT_PRINT_READY";
const READY: &str = "ready at ";

fn now() -> Duration {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap()
}

/// Returns the package and file of a test of step 1, task 3.
pub fn about() -> TestInfo {
    TestInfo {
        package: "step1-enqueue",
        version: env!("CARGO_PKG_VERSION"),
        manifest_dir: env!("CARGO_MANIFEST_DIR"),
        file: "step1-enqueue/tests/t3_push.rs",
        program: Some(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/program.sh")),
    }
}

/// Names, to a child process, the body that it runs.
const BODY: &str = "TESTKIT_BODY";

/// Runs `body` in a process of its own, as the only test there, and passes the result to `check`.
///
/// The child process runs the same test, in which only `body` is called. So a test has no other
/// statement than this call.
pub fn in_child(body: impl FnOnce(), check: impl FnOnce(Outcome)) {
    in_changed_child(|_| (), body, check);
}

/// Like [`in_child`], with a changed environment.
pub fn in_changed_child(change: impl FnOnce(&mut Command), body: impl FnOnce(), check: impl FnOnce(Outcome)) {
    match env::var_os(BODY) {
        Some(_) => body(),
        None => {
            let mut command = child("");
            change(&mut command);
            check(run_command(command));
        }
    }
}

/// Like [`in_child`], for each of several bodies, which have names.
pub fn in_children<const N: usize>(bodies: [(&str, fn()); N], check: impl Fn(&str, Outcome)) {
    match env::var(BODY) {
        Ok(wanted) => bodies
            .into_iter()
            .filter(|(name, _)| *name == wanted)
            .for_each(|(_, body)| body()),
        Err(_) => bodies
            .into_iter()
            .for_each(|(name, _)| check(name, run_command(child(name)))),
    }
}

/// Returns the command that runs this test again, with one of its bodies.
fn child(body: &str) -> Command {
    let test = thread::current().name().unwrap_or_default().to_owned();
    let mut command = test_command(&[&test]);
    command.arg("--test-threads=1").env(BODY, body);
    // The end of a container may take seconds, which would count as time of the test.
    if in_path("redis-server").or_else(|| in_path("valkey-server")).is_some() {
        command.env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    }
    command
}

/// Returns the command that runs one ignored test of this program without a backtrace, as a learner
/// would.
pub fn command(test: &str) -> Command {
    let mut command = commands(&[test]);
    command.arg("--test-threads=1");
    command
}

/// Like [`command`], for several tests; the caller decides how many run at once.
pub fn commands(tests: &[&str]) -> Command {
    let mut command = test_command(tests);
    command.arg("--ignored");
    command
}

fn test_command(tests: &[&str]) -> Command {
    let mut command = Command::new(env::current_exe().unwrap());
    command.arg("--exact").args(tests);
    command.env_remove("RUST_BACKTRACE").env(PRINT_READY, "1");
    // A deadline must be met even on a busy machine.
    command.env("KATA_STRICT_WAITS", "1");
    command
}

/// Returns true if this machine has a server for private servers; otherwise prints that the test is
/// skipped.
pub fn has_a_server() -> bool {
    let has = in_path("redis-server").or_else(|| in_path("valkey-server")).is_some();
    or_skipped(has, "redis-server or valkey-server in PATH")
}

/// Returns true if Docker already has the image of the tests' Redis; otherwise prints that the test
/// is skipped.
pub fn has_a_docker_image() -> bool {
    let image = env::var("KATA_REDIS_IMAGE").unwrap_or("redis:7-alpine".to_owned());
    let inspect = Command::new("docker").args(["image", "inspect", &image]).output();
    let has = inspect.is_ok_and(|output| output.status.success());
    or_skipped(has, &format!("Docker with its program, and the image {image}"))
}

/// Prints that the test is skipped, unless it has what it needs.
pub fn or_skipped(has: bool, what: &str) -> bool {
    if !has {
        let test = thread::current().name().unwrap_or("a test").to_owned();
        let _ = writeln!(io::stderr(), "testkit: SKIPPED: {test} needs {what}");
    }
    has
}

/// Returns true if a process runs. A zombie does not run.
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
/// If something remains after this time.
#[track_caller]
pub fn eventually_gone(timeout: Duration, remains: impl Fn() -> Vec<String>) {
    let deadline = Instant::now() + timeout;
    loop {
        // The time is read before the check, so that one slow check is not the only one.
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

/// Runs a modified [`command`].
pub fn run_command(mut command: Command) -> Outcome {
    let begun = now();
    let output = command.output().unwrap();
    let stdout = String::from_utf8(output.stdout).unwrap();
    assert!(stdout.contains("running 1 test"), "there is no such test:\n{stdout}");
    let printed = stdout.split_once(" stdout ----\n").map_or("", |(_, rest)| rest);
    let printed = printed
        .split_once("\n\nfailures:")
        .map_or(printed, |(printed, _)| printed);
    let stderr = String::from_utf8(output.stderr).unwrap();
    let ready = stderr.lines().find_map(|line| line.strip_prefix(READY)?.parse().ok());
    Outcome {
        passed: output.status.success(),
        printed: printed.trim_end().to_owned(),
        took: now() - ready.map_or(begun, Duration::from_millis),
        stderr,
    }
}
