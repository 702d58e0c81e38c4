//! Addresses: free ports, and how the address of a Redis is printed.

use std::env;
use std::fs::File;
use std::net::{Ipv4Addr, TcpListener};

use nix::errno::Errno;
use nix::fcntl::{Flock, FlockArg};
use nix::unistd::Uid;

use crate::CliError;

/// A port of 127.0.0.1 for a program that will listen on it. Until this value is dropped, no other
/// `cargo kata` of this user chooses the same port. A check alone would not be enough, because it
/// takes a moment until the program listens.
#[derive(Debug)]
pub struct ReservedPort {
    number: u16,
    /// The locked file. Closing it releases the lock, also if this process is killed.
    _lock: Option<Flock<File>>,
}

impl ReservedPort {
    /// Returns this port if it is free, otherwise another free port.
    ///
    /// # Errors
    ///
    /// If there is no free port.
    pub fn near(port: u16) -> Result<ReservedPort, CliError> {
        if is_free(port)
            && let Ok(lock) = lock(port)
        {
            return Ok(ReservedPort {
                number: port,
                _lock: lock,
            });
        }
        let number = testkit::redis::free_port()
            .map_err(|error| format!("Port {port} is in use, and there is no free port: {error}."))?;
        Ok(ReservedPort { number, _lock: None })
    }

    /// Returns its number.
    pub fn number(&self) -> u16 {
        self.number
    }
}

/// Locks the file of a port, which is never removed. Returns no lock if there cannot be one.
///
/// # Errors
///
/// If another process has locked it.
fn lock(port: u16) -> Result<Option<Flock<File>>, ()> {
    let path = env::temp_dir().join(format!("kata-{}-port-{port}", Uid::effective()));
    let Ok(file) = File::options().create(true).append(true).open(path) else {
        return Ok(None);
    };
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Ok(lock) => Ok(Some(lock)),
        Err((_, Errno::EWOULDBLOCK)) => Err(()),
        Err(_) => Ok(None),
    }
}

/// Returns true if no program listens on this port of 127.0.0.1.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Checks that a text is the address of a Redis.
///
/// # Errors
///
/// If it is not; the message shows an example of an address.
pub fn validate(url: &str) -> Result<(), CliError> {
    let refused = |error| {
        let shown = lookout::masked(url);
        CliError::arguments(format!(
            "{shown} is not an address of a Redis: {error}. An address looks like this: redis://127.0.0.1:6379/0"
        ))
    };
    redis::Client::open(url).map(drop).map_err(refused)
}
