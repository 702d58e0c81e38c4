//! The differences between the steps, for tests that later steps run as well.

use std::time::Duration;

use sidepunch::{Config, Error, Fetch};

#[path = "../../step2-poller/tests/fixtures.rs"]
mod fixtures;

pub use fixtures::*;

#[path = "order.rs"]
mod order;

pub use order::order;

/// The queue of the app's clicks.
pub const CLICKS: &str = "queue:critical";

/// The arguments with which the program performs one job after the other.
pub const WORK: &[&str] = &["work"];

/// Returns the settings of a server that performs one job after the other.
pub fn config(redis: String, block: Duration) -> Config {
    Config {
        redis,
        block,
        ..Config::default()
    }
}

/// Calls `retrieve` once, and returns the payload without the queue that it came from.
pub fn retrieve(fetch: &mut Fetch) -> Result<Option<Vec<u8>>, Error> {
    Ok(fetch.retrieve()?.map(|fetched| fetched.payload))
}
