//! Checks whether a Redis answers at an address, and which version it is.

use std::thread;
use std::time::{Duration, Instant};

use redis::{Client, Connection, RedisResult};

use super::error::NoRedis;
use super::options::LaunchOptions;
use super::version::{Version, product};

/// How long one attempt to connect may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);
/// How long one reply may take: longer than any `CLIENT PAUSE` of a test, so that only a server
/// that hangs reaches it.
const REPLY_TIMEOUT: Duration = Duration::from_secs(20);
/// How long a server may take from its start until it answers; it usually takes 25 ms.
const READY_TIMEOUT: Duration = Duration::from_secs(30);

/// Opens a connection on which each reply must arrive within twenty seconds.
pub(crate) fn connect(url: &str) -> RedisResult<Connection> {
    connect_within(url, CONNECT_TIMEOUT)
}

fn connect_within(url: &str, timeout: Duration) -> RedisResult<Connection> {
    let connection = Client::open(url)?.get_connection_with_timeout(timeout)?;
    connection.set_read_timeout(Some(REPLY_TIMEOUT))?;
    connection.set_write_timeout(Some(REPLY_TIMEOUT))?;
    Ok(connection)
}

/// Returns the text of `INFO server` once the server is ready for commands.
pub(super) fn info(url: &str) -> RedisResult<String> {
    info_within(url, CONNECT_TIMEOUT)
}

/// Like [`info`], but the connection must open within `timeout`.
pub(super) fn info_within(url: &str, timeout: Duration) -> RedisResult<String> {
    let mut connection = connect_within(url, timeout)?;
    // A server that still loads its data answers INFO but rejects PING.
    redis::cmd("PING").query::<redis::Value>(&mut connection)?;
    redis::cmd("INFO").arg("server").query(&mut connection)
}

/// Waits until a server that was just started answers, and returns its `INFO server`.
///
/// `failed` is called between attempts; it returns the reason if the server cannot start any more.
pub(super) fn wait(url: &str, mut failed: impl FnMut() -> Option<String>) -> Result<String, String> {
    let deadline = Instant::now() + READY_TIMEOUT;
    loop {
        let error = match info(url) {
            Ok(info) => return Ok(info),
            Err(error) => error,
        };
        if let Some(reason) = failed() {
            return Err(reason);
        }
        if Instant::now() > deadline {
            return Err(format!(
                "it did not answer at {url} within {} s: {error}",
                READY_TIMEOUT.as_secs()
            ));
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// Returns the server's own name if its version is new enough. `place` names the server in the
/// error.
pub(super) fn accept(info: &str, place: &str, options: &LaunchOptions) -> Result<String, NoRedis> {
    let product = product(info);
    match Version::of_info(info) {
        Some(version) if version >= options.min_version => Ok(product),
        _ => Err(NoRedis::TooOld {
            place: place.to_owned(),
            product,
            min_version: options.min_version,
        }),
    }
}
