//! The differences between the steps, for tests that later steps run as well.

#[path = "refused.rs"]
mod refused;

pub use refused::refused;

/// The queue of the app's clicks.
pub const CLICKS: &str = "queue:default";

/// Defines a worker whose jobs are only enqueued: `worker!(Single, "SingleWorker", (u64,))`.
macro_rules! worker {
    ($name:ident, $class:literal, $args:ty) => {
        struct $name;

        impl sidepunch::Worker for $name {
            const CLASS: &'static str = $class;
            type Args = $args;
        }
    };
}
pub(crate) use worker;
