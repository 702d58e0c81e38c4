//! The program `counters-api`.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};

use testkit::{Kit, Program, Signal, TestInfo};

use crate::support::http::put;

/// Returns a kit whose program is `counters-api`.
fn kit() -> Kit {
    Kit::new(TestInfo {
        program: Some(env!("CARGO_BIN_EXE_counters-api")),
        ..testkit::test_info!()
    })
}

/// Returns the URL in the first line of the program.
fn url(kit: &Kit, program: &Program) -> String {
    kit.wait_for("the program prints its address", || {
        let printed = program.stdout();
        let url = printed.strip_suffix('\n')?.strip_prefix("counters-api listening on ")?;
        Some(url.to_owned())
    })
}

/// Runs the program to its end; returns its exit code and its standard error.
fn fail(args: &[&str]) -> (Option<i32>, String) {
    let output = kit().run(args);
    (output.status.code(), String::from_utf8(output.stderr).unwrap())
}

/// It prints its real address, serves, and exits with 0 on either signal.
#[test]
fn starts_and_stops() {
    let kit = kit();
    for signal in [Signal::SIGTERM, Signal::SIGINT] {
        let program = kit.start(&["--listen", "127.0.0.1:0", "--latency", "0ms"]);
        let url = format!("{}/counters/hits", url(&kit, &program));
        put(&url);
        assert_eq!(put(&format!("{url}/incr")).json()["value"], 1);
        program.signal(signal);
        assert!(program.wait("the program ends at a signal").success());
    }
}

/// A running call is answered before the program ends.
#[test]
fn a_stop_waits_for_calls_under_way() {
    let kit = kit();
    let program = kit.start(&["--listen", "127.0.0.1:0", "--latency", "500ms"]);
    let mut call = call_under_way(&url(&kit, &program));
    program.terminate();
    let mut answer = String::new();
    call.read_to_string(&mut answer).unwrap();
    assert!(answer.starts_with("HTTP/1.1 201"), "{answer}");
    assert!(program.wait("the program ends after the call").success());
}

/// A user who presses Ctrl-C twice does not want to wait.
#[test]
fn a_second_signal_ends_it_at_once() {
    let kit = kit();
    let program = kit.start(&["--listen", "127.0.0.1:0", "--latency", "1h"]);
    let url = url(&kit, &program);
    let _call = call_under_way(&url);
    program.interrupt();
    let address = url.trim_start_matches("http://");
    kit.eventually("no more calls are taken", || TcpStream::connect(address).is_err());
    assert!(program.is_running(), "the first signal lets the call finish");
    program.interrupt();
    let status = program.wait("the second signal ends the program");
    assert_eq!(status.code(), Some(128 + Signal::SIGINT as i32));
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
    let (code, printed) = fail(&["--listen", &address]);
    assert_eq!(code, Some(1));
    assert!(
        printed.contains(&address) && printed.contains("another port"),
        "{printed}"
    );

    let (code, printed) = fail(&["--listen", "127.0.0.1:0", "--fail-rate", "2"]);
    assert_eq!(code, Some(1));
    assert!(printed.contains("not 2"), "{printed}");

    for args in [["--latency", "soon"], ["--listen", "here"], ["--fail-rate", "often"]] {
        let (code, printed) = fail(&args);
        assert_eq!(code, Some(2), "{printed}");
        assert!(printed.contains(args[1]), "{printed}");
    }
}
