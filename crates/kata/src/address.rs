//! Addresses: free ports, and how the address of a Redis is printed.

use std::net::{Ipv4Addr, TcpListener};

use crate::CliError;

/// Returns this port if it is free on 127.0.0.1, otherwise another free port.
///
/// # Errors
///
/// If there is no free port.
pub fn port_or_free(port: u16) -> Result<u16, CliError> {
    if is_free(port) {
        return Ok(port);
    }
    testkit::redis::free_port()
        .map_err(|error| format!("Port {port} is in use, and there is no free port: {error}.").into())
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
        let shown = masked(url);
        CliError::arguments(format!(
            "{shown} is not an address of a Redis: {error}. An address looks like this: redis://127.0.0.1:6379/0"
        ))
    };
    redis::Client::open(url).map(drop).map_err(refused)
}

/// Returns an address with `***` in place of the user and password, so that it can be printed.
pub fn masked(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => url.to_owned(),
    }
}
