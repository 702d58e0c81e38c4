//! Commands in a terminal, and one that is gone.

use std::fs::File;
use std::io::Read;
use std::process::{Command, Stdio};
use std::time::Duration;

use wait_timeout::ChildExt;

/// The window of a terminal may be closed while SIGHUP is ignored. Catches: a program that then
/// reads its keys again and again, and never ends.
#[test]
fn ends_when_the_terminal_is_gone() {
    let size = nix::pty::Winsize {
        ws_row: 30,
        ws_col: 100,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    let pty = nix::pty::openpty(&size, None).unwrap();
    // Unlike the files of `openpty`, their copies are not inherited by programs that tests start.
    let [terminal, window] = [&pty.slave, &pty.master].map(|file| file.try_clone().unwrap());
    drop(pty);
    let stdio = || Stdio::from(terminal.try_clone().unwrap());
    let mut child = Command::new(env!("CARGO_BIN_EXE_kata"))
        .args(["top", "--redis", "redis://127.0.0.1:9/0"])
        .env("TERM", "xterm")
        .stdin(stdio())
        .stdout(stdio())
        .stderr(stdio())
        .spawn()
        .unwrap();
    drop(terminal);
    let mut window = File::from(window);
    let mut seen = Vec::new();
    while !String::from_utf8_lossy(&seen).contains("quit") {
        let mut part = [0; 4096];
        let length = window.read(&mut part).unwrap();
        seen.extend_from_slice(&part[..length]);
    }
    drop(window);
    let ended = child.wait_timeout(Duration::from_secs(10)).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(ended.is_some(), "it runs on");
}
