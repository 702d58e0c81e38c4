//! The identity of a process in Redis.

use nix::unistd::gethostname;

/// Returns a new identity `hostname:pid:nonce`, with 12 hex digits as the nonce, because process
/// ids and hostnames are reused.
pub fn identity() -> String {
    let nonce = rand::random::<u64>() >> 16;
    format!("{}:{}:{nonce:012x}", hostname(), std::process::id())
}

/// Returns the name of this machine, or `localhost` if the name is not valid UTF-8.
pub fn hostname() -> String {
    let name = gethostname().ok().and_then(|name| name.into_string().ok());
    name.unwrap_or_else(|| "localhost".to_owned())
}
