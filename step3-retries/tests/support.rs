//! What differs from step to step, for tests that later steps run, too.

use std::time::Duration;

use sidepunch::{Config, Error, Fetch};

#[path = "../../step2-poller/tests/fixtures.rs"]
mod fixtures;

pub use fixtures::*;

/// The queue of the app's presses.
pub const PRESSES: &str = "queue:default";

/// The arguments with which the program performs one job after the other.
pub const WORK: &[&str] = &["work"];

/// The settings of a server that performs one job after the other.
pub fn config(redis: String, block: Duration) -> Config {
    Config {
        redis,
        block,
        ..Config::default()
    }
}

/// One call of `retrieve`: the payload.
pub fn retrieve(fetch: &mut Fetch) -> Result<Option<Vec<u8>>, Error> {
    fetch.retrieve()
}
