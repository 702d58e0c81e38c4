//! What a process is called in Redis.

use nix::unistd::gethostname;

/// `hostname:pid:nonce`, the nonce 12 hex digits: a process id comes back, and so does a hostname.
pub fn identity() -> String {
    let nonce = rand::random::<u64>() >> 16;
    format!("{}:{}:{nonce:012x}", hostname(), std::process::id())
}

/// This machine's name, or `localhost` if it has none that is text.
pub fn hostname() -> String {
    let name = gethostname().ok().and_then(|name| name.into_string().ok());
    name.unwrap_or_else(|| "localhost".to_owned())
}
