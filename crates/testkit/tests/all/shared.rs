//! All tests of a program share one Redis. It lives until the process ends, however it ends, and
//! then nothing of it is left.

use std::collections::HashSet;
use std::fs;
use std::io::{BufRead, BufReader, ErrorKind};
use std::os::unix::fs::symlink;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::failing::{commands, eventually_gone, has_a_docker_image, has_a_server, is_alive, kit};
use nix::sys::signal::{Signal, kill};
use nix::unistd::Pid;
use testkit::redis::in_path;

const SERIES: [&str; 3] = ["shared::first", "shared::second", "shared::third"];
/// How long the guard may take to stop a server; Docker needs about half a second to remove a
/// container.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The servers of a program that ran tests, and what is left of them.
struct Ran {
    /// The program's process id, which is part of its containers' names.
    program: u32,
    /// Each server's run id, process id and directory.
    servers: HashSet<(String, i32, String)>,
}

impl Ran {
    /// Runs the tests of [`SERIES`], each of which prints its server.
    fn of(mut command: Command) -> Ran {
        command.arg("--nocapture").env_remove("KATA_REDIS_URL");
        let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let program = child.id();
        let output = child.wait_with_output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let printed: Vec<_> = text.lines().filter_map(|line| line.split_once("SERVER ")).collect();
        let error = String::from_utf8_lossy(&output.stderr);
        assert_eq!(printed.len(), SERIES.len(), "{text}\n{error}");
        let server = |line: &str| {
            let words: Vec<&str> = line.split(' ').collect();
            (words[0].to_owned(), words[1].parse().unwrap(), words[2].to_owned())
        };
        Ran {
            program,
            servers: printed.into_iter().map(|(_, line)| server(line)).collect(),
        }
    }

    fn processes_and_directories(&self) -> Vec<String> {
        let left = |(_, pid, directory): &(String, i32, String)| {
            let process = is_alive(*pid).then(|| format!("redis-server {pid}"));
            let directory = Path::new(directory).exists().then(|| directory.clone());
            process.into_iter().chain(directory).collect::<Vec<_>>()
        };
        self.servers.iter().flat_map(left).collect()
    }

    fn containers(&self) -> Vec<String> {
        let filter = format!("name=kata-redis-{}-", self.program);
        let output = Command::new("docker")
            .args(["ps", "--all", "--format", "{{.Names}}", "--filter", &filter])
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
        let names = String::from_utf8(output.stdout).unwrap();
        names.lines().map(str::to_owned).collect()
    }
}

/// Catches: a server for each test, which costs each of them the time of its start.
#[test]
fn tests_in_series_share_one_private_server() {
    if !has_a_server() {
        return;
    }
    for threads in ["--test-threads=1", "--test-threads=3"] {
        let mut command = commands(&SERIES);
        command.arg(threads).env("DOCKER_HOST", "unix:///nowhere/docker.sock");
        let ran = Ran::of(command);
        assert_eq!(ran.servers.len(), 1, "{threads}: {:?}", ran.servers);
        eventually_gone(TIMEOUT, || ran.processes_and_directories());
    }
}

/// Catches: a container for each test, and one that outlives the process.
#[test]
fn tests_in_series_share_one_container() {
    if !has_a_docker_image() {
        return;
    }
    let mut command = commands(&SERIES);
    command.arg("--test-threads=1");
    let ran = Ran::of(command);
    assert_eq!(ran.servers.len(), 1, "{:?}", ran.servers);
    eventually_gone(TIMEOUT, || ran.containers());
}

/// Ctrl-C and `kill -9`: no destructor runs.
#[test]
fn the_container_of_a_killed_process_is_removed() {
    if !has_a_docker_image() {
        return;
    }
    for signal in [Signal::SIGINT, Signal::SIGKILL] {
        let mut command = commands(&["shared::waits"]);
        command.arg("--nocapture").env_remove("KATA_REDIS_URL");
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
        let ran = Ran {
            program: child.id(),
            servers: HashSet::new(),
        };
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        assert!(lines.any(|line| line.unwrap().contains("SERVER ")));
        assert_eq!(ran.containers().len(), 1, "it is there before");
        kill(Pid::from_raw(i32::try_from(child.id()).unwrap()), signal).unwrap();
        assert_eq!(child.wait().unwrap().signal(), Some(signal as i32));
        eventually_gone(TIMEOUT, || ran.containers());
    }
}

#[test]
#[ignore = "run by another test"]
fn waits() {
    print_server();
    loop {
        thread::park();
    }
}

/// Without a `docker` program only a destructor can remove a container, so the container must not
/// live until the process ends.
#[test]
fn without_a_docker_program_no_container_is_left_either() {
    if !has_a_docker_image() {
        return;
    }
    // The guard is a shell, which must be found.
    let only_sh = Path::new(env!("CARGO_TARGET_TMPDIR")).join("only-sh");
    fs::create_dir_all(&only_sh).unwrap();
    match symlink(in_path("sh").unwrap(), only_sh.join("sh")) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => panic!("{error}"),
        _ => {}
    }
    let mut command = commands(&SERIES);
    command.arg("--test-threads=1").env("PATH", only_sh);
    let ran = Ran::of(command);
    assert_eq!(ran.containers(), [""; 0]);
    assert_eq!(ran.servers.len(), SERIES.len(), "{:?}", ran.servers);
}

/// Prints the server of this test.
fn print_server() {
    let kit = kit();
    let info: String = kit.query(&["INFO", "server"]);
    let field = |name: &str| info.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    let directory: Vec<String> = kit.query(&["CONFIG", "GET", "dir"]);
    println!("SERVER {} {} {}", field("run_id:"), field("process_id:"), directory[1]);
}

#[test]
#[ignore = "run by other tests"]
fn first() {
    print_server();
}

#[test]
#[ignore = "run by other tests"]
fn second() {
    print_server();
}

#[test]
#[ignore = "run by other tests"]
fn third() {
    print_server();
}
