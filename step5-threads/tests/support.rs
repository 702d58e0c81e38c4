//! What differs from step to step, for tests that later steps run, too.

use std::time::Duration;

use sidepunch::{Config, Order};

#[path = "../../step2-poller/tests/fixtures.rs"]
mod fixtures;

pub use fixtures::*;

#[path = "../../step1-enqueue/tests/refused.rs"]
mod refused;

pub use refused::refused;

/// The queue of the app's presses.
pub const PRESSES: &str = "queue:critical";

/// The arguments with which the program performs one job after the other.
pub const WORK: &[&str] = &["work", "-c", "1"];

/// The settings of a server that performs one job after the other.
pub fn config(redis: String, block: Duration) -> Config {
    Config {
        redis,
        concurrency: 1,
        reconnect: Duration::from_millis(200),
        block,
        ..Config::default()
    }
}

/// The queues that `-q` would name so, without asking `Order::parse`: that is another task.
pub fn order(specs: &[&str]) -> Order {
    let queue = |spec: &&str| match spec.rsplit_once(',') {
        Some((name, weight)) => (name.to_owned(), weight.parse().expect("a weight")),
        None => ((*spec).to_owned(), 1),
    };
    Order {
        queues: specs.iter().map(queue).collect(),
        weighted: specs.iter().any(|spec| spec.contains(',')),
    }
}

/// Defines a worker whose jobs are only enqueued: `worker!(Single, "SingleWorker", (u64,))`.
macro_rules! worker {
    ($name:ident, $class:literal, $args:ty) => {
        struct $name;

        impl sidepunch::Worker for $name {
            const CLASS: &'static str = $class;
            type Args = $args;

            fn perform(&self, _: Self::Args, _: &sidepunch::Job) -> Result<(), sidepunch::BoxError> {
                Ok(())
            }
        }
    };
}
pub(crate) use worker;
