//! Addresses: which ports are free, and how an address is shown.

use std::net::{Ipv4Addr, TcpListener};

use crate::CliError;

/// This port of 127.0.0.1 if nobody listens on it, else one that is free now.
///
/// # Errors
///
/// If there is no free port.
pub fn port_or_free(port: u16) -> Result<u16, CliError> {
    if is_free(port) {
        return Ok(port);
    }
    testkit::redis::free_port().map_err(|error| format!("Port {port} is taken, and no other is free: {error}.").into())
}

/// Whether nobody listens on this port of 127.0.0.1.
pub fn is_free(port: u16) -> bool {
    TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// Refuses what is no address of a Redis.
///
/// # Errors
///
/// If it is none; its sentence shows one.
pub fn validate(url: &str) -> Result<(), CliError> {
    let refused = |error| {
        let shown = masked(url);
        CliError::arguments(format!(
            "{shown} is no address of a Redis, which looks like redis://127.0.0.1:6379/0: {error}."
        ))
    };
    redis::Client::open(url).map(drop).map_err(refused)
}

/// An address without its password, to be shown.
pub fn masked(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://***@{host}"),
        _ => url.to_owned(),
    }
}
