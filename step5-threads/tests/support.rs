//! The differences between the steps, for tests that later steps run as well.

use std::time::Duration;

use sidepunch::Config;

#[path = "../../step2-poller/tests/fixtures.rs"]
mod fixtures;

pub use fixtures::*;

#[path = "../../step4-queues/tests/order.rs"]
mod order;

pub use order::order;

/// The queue of the app's clicks.
pub const CLICKS: &str = "queue:critical";

/// The arguments with which the program performs one job after the other.
pub const WORK: &[&str] = &["work", "-c", "1"];

/// Returns the settings of a server that performs one job after the other.
pub fn config(redis: String, block: Duration) -> Config {
    Config {
        redis,
        concurrency: 1,
        reconnect: Duration::from_millis(200),
        block,
        ..Config::default()
    }
}
