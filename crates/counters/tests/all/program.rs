//! The program `counters-api`.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};

use signal_hook::consts::{SIGINT, SIGTERM};

use crate::support::http::{get, put};
use crate::support::{Directory, eventually};

/// The program, killed if a test leaves it running.
struct Program {
    child: Child,
    stdout: BufReader<ChildStdout>,
}

impl Program {
    fn start(args: &[&str]) -> Program {
        let mut command = Command::new(env!("CARGO_BIN_EXE_counters-api"));
        let mut child = command
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let stdout = BufReader::new(child.stdout.take().unwrap());
        Program { child, stdout }
    }

    /// Waits for its first line and returns the URL in it.
    fn url(&mut self) -> String {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        let url = line
            .strip_prefix("counters-api listening on ")
            .unwrap_or_else(|| panic!("{line:?}"));
        url.trim_end().to_owned()
    }

    fn signal(&self, signal: i32) {
        let pid = self.child.id().to_string();
        assert!(
            Command::new("kill")
                .args([format!("-{signal}"), pid])
                .status()
                .unwrap()
                .success()
        );
    }

    fn wait(&mut self) -> ExitStatus {
        let mut status = None;
        eventually("the program ends", || {
            status = self.child.try_wait().unwrap();
            status.is_some()
        });
        status.unwrap()
    }

    /// Returns its exit code and its standard error.
    fn fail(args: &[&str]) -> (Option<i32>, String) {
        let mut program = Program::start(args);
        let code = program.wait().code();
        let mut printed = String::new();
        program
            .child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut printed)
            .unwrap();
        (code, printed)
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// It prints its real address, serves, exits with 0 on either signal, and finds its data again.
#[test]
fn starts_stops_and_keeps_its_data() {
    let directory = Directory::new();
    let file = directory.file("data");
    let args = [
        "--listen",
        "127.0.0.1:0",
        "--latency",
        "0ms",
        "--data",
        file.to_str().unwrap(),
    ];
    for (signal, value) in [(SIGTERM, 1), (SIGINT, 2)] {
        let mut program = Program::start(&args);
        let url = format!("{}/counters/hits", program.url());
        put(&url);
        assert_eq!(put(&format!("{url}/incr")).json()["value"], value);
        program.signal(signal);
        assert_eq!(program.wait().code(), Some(0));
    }
}

/// A killed program loses nothing that it has confirmed.
#[test]
fn keeps_its_data_after_a_kill() {
    let directory = Directory::new();
    let file = directory.file("data");
    let args = [
        "--listen",
        "127.0.0.1:0",
        "--latency",
        "0s",
        "--data",
        file.to_str().unwrap(),
    ];
    let mut program = Program::start(&args);
    let url = format!("{}/counters/hits", program.url());
    put(&url);
    put(&format!("{url}/incr"));
    program.child.kill().unwrap();
    program.wait();
    let mut program = Program::start(&args);
    assert_eq!(get(&format!("{}/counters/hits", program.url())).json()["value"], 1);
}

/// A running call is answered before the program ends.
#[test]
fn a_stop_waits_for_calls_under_way() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--latency", "500ms"]);
    let mut call = call_under_way(&program.url());
    program.signal(SIGTERM);
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert_eq!(program.wait().code(), Some(0));
}

/// A user who presses Ctrl-C twice does not want to wait.
#[test]
fn a_second_signal_ends_it_at_once() {
    let mut program = Program::start(&["--listen", "127.0.0.1:0", "--latency", "1h"]);
    let url = program.url();
    let _call = call_under_way(&url);
    program.signal(SIGINT);
    let address = url.trim_start_matches("http://");
    eventually("no more calls are taken", || TcpStream::connect(address).is_err());
    assert!(
        program.child.try_wait().unwrap().is_none(),
        "the first signal lets the call finish"
    );
    program.signal(SIGINT);
    assert_eq!(program.wait().code(), Some(128 + SIGINT));
}

/// Starts a call that the program is working on: it sends "Continue" when it reads the body, and
/// then takes its latency.
fn call_under_way(url: &str) -> TcpStream {
    let mut call = TcpStream::connect(url.trim_start_matches("http://")).unwrap();
    let head = "PUT /counters/hits HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n";
    write!(call, "{head}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n").unwrap();
    let mut printed = [0; "HTTP/1.1 100 Continue\r\n\r\n".len()];
    call.read_exact(&mut printed).unwrap();
    assert!(printed.starts_with(b"HTTP/1.1 100"));
    call.write_all(b"{}").unwrap();
    call
}

/// Settings that cannot be served are named, with what to do.
#[test]
fn names_invalid_settings() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let (code, printed) = Program::fail(&["--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(
        printed.contains(&address) && printed.contains("another port"),
        "{printed}"
    );

    let directory = Directory::new();
    let file = directory.file("letter.txt");
    fs::write(&file, "no database, ".repeat(10_000)).unwrap();
    let file = file.to_str().unwrap();
    let (code, printed) = Program::fail(&["--listen", "127.0.0.1:0", "--data", file]);
    assert_eq!(code, Some(1));
    assert!(printed.contains(file) && printed.contains("another file"), "{printed}");
    assert_eq!(fs::read_to_string(file).unwrap().len(), 130_000, "the file was changed");

    let (code, printed) = Program::fail(&["--listen", "127.0.0.1:0", "--fail-rate", "2"]);
    assert_eq!(code, Some(1));
    assert!(printed.contains("not 2"), "{printed}");

    for args in [["--latency", "soon"], ["--listen", "here"], ["--fail-rate", "often"]] {
        let (code, printed) = Program::fail(&args);
        assert_eq!(code, Some(2), "{printed}");
        assert!(printed.contains(args[1]), "{printed}");
    }
}

/// Two programs on one file would overwrite each other's changes.
#[test]
fn a_data_file_is_for_one_program() {
    let directory = Directory::new();
    let file = directory.file("data");
    let args = ["--listen", "127.0.0.1:0", "--data", file.to_str().unwrap()];
    let mut first = Program::start(&args);
    first.url();
    let (code, printed) = Program::fail(&args);
    assert_eq!(code, Some(1));
    assert!(printed.contains("already open"), "{printed}");
}
