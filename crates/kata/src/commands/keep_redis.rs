//! `keep-redis`, a hidden command: the process behind a
//! [`crate::system::redis_process::RedisProcess`].
//!
//! It prints `ready URL` and a line that describes the Redis; or `nowhere` or `refused`, and then
//! the reason. It ends when its standard input ends.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use testkit::redis::{LaunchOptions, NoRedis, Sources, host_and_port, launch};

use crate::{CliError, Outcome};

/// How often it checks that Redis still listens.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);
/// After this many failed checks in a row, Redis counts as ended. One would not be enough, because
/// a restart takes a moment.
const MAX_MISSES: u32 = 3;

/// Finds or starts a Redis, and keeps it until standard input ends.
///
/// # Errors
///
/// If standard output is closed.
pub fn run(port: Option<u16>) -> Result<Outcome, CliError> {
    let sources = Sources {
        given: port.is_none(),
        docker: true,
        private: true,
    };
    let options = LaunchOptions {
        port,
        sources,
        ..LaunchOptions::default()
    };
    let launched = match launch(&options) {
        Ok(launched) => launched,
        Err(refused) => {
            let is_nowhere = matches!(refused, NoRedis::Nowhere { .. });
            let kind = if is_nowhere { "nowhere" } else { "refused" };
            answer(&format!("{kind}\n{refused}"))?;
            return Ok(Outcome::FAILURE);
        }
    };
    answer(&format!("ready {}\n{launched}", with_database(&launched.url)))?;
    let (end, ended) = mpsc::channel::<()>();
    thread::spawn(move || {
        // A byte, the end or an error: in each case the process at the other end does not need the
        // Redis any more.
        let _ = io::stdin().read(&mut [0]);
        drop(end);
    });
    let mut misses = 0;
    while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(CHECK_INTERVAL) {
        misses = if listens(&launched.url) { 0 } else { misses + 1 };
        if misses == MAX_MISSES {
            answer(&format!(
                "The server at {} does not accept connections any more.",
                lookout::masked(&launched.url)
            ))?;
            return Ok(Outcome::FAILURE);
        }
    }
    Ok(Outcome::SUCCESS)
}

fn answer(text: &str) -> Result<(), CliError> {
    let mut out = io::stdout().lock();
    writeln!(out, "{text}")
        .and_then(|()| out.flush())
        .map_err(|error| format!("Standard output cannot be written: {error}.").into())
}

/// Adds the database to an address that does not name one, as in the default of the programs.
fn with_database(url: &str) -> String {
    let path = url.split_once("://").map_or(url, |(_, rest)| rest);
    if path.contains('/') {
        url.to_owned()
    } else {
        format!("{url}/0")
    }
}

/// Returns true if a server accepts connections there. Sends nothing, so that the `MONITOR` of a
/// reader does not show it.
fn listens(url: &str) -> bool {
    let Ok(mut addresses) = host_and_port(url).and_then(|at| at.to_socket_addrs()) else {
        return true;
    };
    addresses.any(|address| match TcpStream::connect_timeout(&address, CHECK_INTERVAL) {
        Ok(_) => true,
        // A Redis that is suspended on purpose does not answer in time, and has not ended.
        Err(error) => error.kind() == io::ErrorKind::TimedOut,
    })
}
