//! However a test program ends, no process and no directory of a private server is left, and no
//! program of a test.

use std::io::{BufRead, BufReader, Lines};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use crate::failing::{command, eventually_gone, has_a_server, is_alive, kit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::low_level::emulate_default_handler;

/// The processes that a test has started.
struct Started {
    redis: i32,
    program: i32,
    directory: String,
    /// The rest of its output, held open because its process could not write otherwise.
    _rest: Lines<BufReader<ChildStdout>>,
}

impl Started {
    /// Reads what the child has started from its output.
    fn read(child: &mut Child) -> Started {
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines
            .by_ref()
            .find_map(|line| Some(line.unwrap().split_once("STARTED ")?.1.to_owned()))
            .unwrap();
        let words: Vec<&str> = line.split(' ').collect();
        let number = |word: &str| word.parse().unwrap();
        Started {
            redis: number(words[0]),
            program: number(words[1]),
            directory: words[2].to_owned(),
            _rest: lines,
        }
    }

    /// Returns the processes and directories that still exist.
    fn remains(&self) -> Vec<String> {
        let process = |name: &str, pid| is_alive(pid).then(|| format!("{name} {pid}"));
        let directory = Path::new(&self.directory).exists().then(|| self.directory.clone());
        [
            process("redis-server", self.redis),
            process("program", self.program),
            directory,
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Returns the command that runs one of the tests below with a private server, even if Docker runs.
fn private(test: &str) -> Command {
    let mut command = command(test);
    command
        .arg("--nocapture")
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock")
        .env_remove("KATA_REDIS_URL");
    command.stdout(Stdio::piped()).stderr(Stdio::null());
    command
}

/// Starts a Redis and a program, and prints their ids.
fn start() -> (testkit::Kit, testkit::Program) {
    let kit = kit();
    let program = kit.start(&["deaf"]);
    kit.eventually("the program is ready", || program.stdout() == "ready\n");
    let info: String = kit.query(&["INFO", "server"]);
    let redis = info.lines().find_map(|line| line.strip_prefix("process_id:")).unwrap();
    let directory: Vec<String> = kit.query(&["CONFIG", "GET", "dir"]);
    println!("STARTED {redis} {} {}", program.pid(), directory[1]);
    (kit, program)
}

/// How long the guards may take to clean up after the process is gone; they usually take a few
/// milliseconds.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A test passes, fails or panics: when the process has ended, its programs are gone, and soon the
/// server, too.
#[test]
fn nothing_is_left_by_a_test_that_ends() {
    if !has_a_server() {
        return;
    }
    for (test, code) in [
        ("leftovers::passes", 0),
        ("leftovers::fails", 101),
        ("leftovers::panics", 101),
    ] {
        let mut child = private(test).spawn().unwrap();
        let started = Started::read(&mut child);
        assert_eq!(child.wait().unwrap().code(), Some(code), "{test}");
        assert!(!is_alive(started.program), "{test}");
        eventually_gone(TIMEOUT, || started.remains());
    }
}

#[test]
#[ignore = "run by another test"]
fn passes() {
    start();
}

#[test]
#[ignore = "fails on purpose"]
fn fails() {
    let (kit, _program) = start();
    kit.fail("this is on purpose");
}

#[test]
#[ignore = "fails on purpose"]
fn panics() {
    let _started = start();
    panic!("this is on purpose");
}

/// Ctrl-C, a closed terminal, and `kill -9`: no destructor runs.
#[test]
fn nothing_is_left_by_a_test_that_is_killed() {
    if !has_a_server() {
        return;
    }
    for (signal, whole_group) in [
        (Signal::SIGINT, false),
        (Signal::SIGTERM, false),
        (Signal::SIGHUP, false),
        (Signal::SIGKILL, false),
        // Ctrl-C in a terminal reaches the guard, too, which must survive it to clean up.
        (Signal::SIGINT, true),
    ] {
        let mut command = private("leftovers::waits");
        if whole_group {
            command.process_group(0);
        }
        let mut child = command.spawn().unwrap();
        let started = Started::read(&mut child);
        assert_eq!(started.remains().len(), 3, "all of it is there before");
        let pid = i32::try_from(child.id()).unwrap();
        kill(Pid::from_raw(if whole_group { -pid } else { pid }), signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(signal as i32));
        eventually_gone(TIMEOUT, || started.remains());
    }
}

#[test]
#[ignore = "run by another test"]
fn waits() {
    // The parent process may ignore some of these signals, as `nohup` does, and this process would
    // inherit that.
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).unwrap();
    let _started = start();
    for signal in signals.forever() {
        emulate_default_handler(signal).unwrap();
    }
}
