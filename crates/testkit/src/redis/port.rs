//! A port to listen on that stays ours while the server behind it is stopped.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::thread;
use std::time::{Duration, Instant};

/// Below the ranges from which Linux (32768–60999) and macOS (49152–65535) take the ports of outgoing connections:
/// from those, a port would be given to any client as soon as the server that holds it is stopped.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// A port of 127.0.0.1 that nobody listens on now.
///
/// Another process may take it before the caller does; whoever listens on it must be ready to ask again.
///
/// # Errors
///
/// If a hundred ports in a row, chosen at random, were taken.
pub fn free_port() -> io::Result<u16> {
    Ok(listen_anywhere()?.local_addr()?.port())
}

/// Listens on a free port of 127.0.0.1.
///
/// # Errors
///
/// If a hundred ports in a row, chosen at random, were taken.
pub(crate) fn listen_anywhere() -> io::Result<TcpListener> {
    let mut last = None;
    for _ in 0..100 {
        // A random number without a crate for it: each `RandomState` is keyed anew.
        let random = RandomState::new().hash_one(()) % u64::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(random).unwrap_or(0);
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other("no port was tried")))
}

/// Listens on a port that was ours a moment ago.
///
/// A program that another thread is just starting holds a copy of what was open here, until it has become that
/// program: for some milliseconds the port is still taken.
///
/// # Errors
///
/// If it is still taken after five seconds, so by another program.
pub(crate) fn listen_again(port: u16) -> io::Result<TcpListener> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => thread::yield_now(),
            listener => return listener,
        }
    }
}
