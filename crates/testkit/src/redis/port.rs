//! Free ports that stay reserved while the server behind them is stopped.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use redis::{ConnectionAddr, IntoConnectionInfo};

use crate::mutex::lock;

/// Below the ranges from which Linux (32768–60999) and macOS (49152–65535) take the ports of
/// outgoing connections. A port from those ranges could be given to any client as soon as its
/// server is stopped.
const PORTS: std::ops::Range<u16> = 20_000..32_000;

/// The ports that this process has used. None is used twice: if a test closes one for a moment, its
/// program must not find the proxy of another test there, which leads to the same Redis.
static USED: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());

/// Returns a port of 127.0.0.1 that is free now.
///
/// Another process may take it before the caller listens on it; then the caller must ask for
/// another.
///
/// # Errors
///
/// If a hundred ports in a row, chosen at random, were taken.
pub fn free_port() -> io::Result<u16> {
    Ok(listen_anywhere()?.local_addr()?.port())
}

/// Listens on a free port of 127.0.0.1 that this process has not used yet.
///
/// # Errors
///
/// If a hundred ports in a row, chosen at random, were taken.
pub(crate) fn listen_anywhere() -> io::Result<TcpListener> {
    let mut last = None;
    for _ in 0..100 {
        // A random number without another crate: each `RandomState` has new keys.
        let random = RandomState::new().hash_one(()) % u64::from(PORTS.end - PORTS.start);
        let port = PORTS.start + u16::try_from(random).unwrap_or(0);
        if !lock(&USED).insert(port) {
            continue;
        }
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Ok(listener) => return Ok(listener),
            Err(error) => last = Some(error),
        }
    }
    Err(last.unwrap_or_else(|| io::Error::other("no port was tried")))
}

/// Listens on the port of a Redis, or of a [`Proxy`](crate::Proxy), that has just closed it.
///
/// # Panics
///
/// If the address has no host and port, or the port is still taken after five seconds.
#[track_caller]
pub fn listen_in_place_of(url: &str) -> TcpListener {
    let Ok((_, port)) = host_and_port(url) else {
        panic!("`{url}` has no host and port.");
    };
    listen_again(port).unwrap_or_else(|error| panic!("Port {port} is still taken: {error}."))
}

/// Returns the host and the port of a Redis.
///
/// # Errors
///
/// If the address is malformed, or not one of plain TCP.
pub fn host_and_port(url: &str) -> io::Result<(String, u16)> {
    let info = url.into_connection_info().map_err(io::Error::other)?;
    match info.addr() {
        ConnectionAddr::Tcp(host, port) => Ok((host.clone(), *port)),
        _ => Err(io::Error::other("only plain TCP is supported")),
    }
}

/// Listens on a port that this process has just closed.
///
/// When another thread starts a program, the child holds a copy of the open sockets until it has
/// executed that program; so the port may still be taken for some milliseconds.
///
/// # Errors
///
/// If it is still taken after five seconds, that is, by another program.
pub(crate) fn listen_again(port: u16) -> io::Result<TcpListener> {
    let deadline = Instant::now() + Duration::from_secs(5);
    loop {
        match TcpListener::bind((Ipv4Addr::LOCALHOST, port)) {
            Err(error) if error.kind() == io::ErrorKind::AddrInUse && Instant::now() < deadline => thread::yield_now(),
            listener => return listener,
        }
    }
}
