//! The state of a group of tests.

use serde::{Deserialize, Serialize};

/// The state of a group of tests, or the result of running several.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// All its tests pass.
    Green,
    /// At least one of its tests fails.
    Red,
    /// It has never run.
    NotRun,
    /// It has run, and the code has changed since.
    Changed,
    /// The step or its test program does not compile.
    NoBuild,
    /// It found no Redis.
    NoRedis,
}
