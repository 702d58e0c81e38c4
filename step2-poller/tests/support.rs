//! The differences between the steps, for tests that later steps run as well.

use std::time::Duration;

use sidepunch::{Config, Error, Fetch};

#[path = "fixtures.rs"]
mod fixtures;

pub use fixtures::*;

/// The queue of the app's clicks.
pub const CLICKS: &str = "queue:default";

/// The arguments with which the program performs one job after the other.
pub const WORK: &[&str] = &["work"];

/// Returns the settings of a server that performs one job after the other.
pub fn config(redis: String, block: Duration) -> Config {
    Config { redis, block }
}

/// Calls `retrieve` once, and returns the payload.
pub fn retrieve(fetch: &mut Fetch) -> Result<Option<Vec<u8>>, Error> {
    fetch.retrieve()
}
