//! The calls that the API has received, kept for tests of its clients.

/// How many calls are kept: enough for a test, and a bound for a long-running program.
pub const MAX_CALLS: usize = 1_000;

/// A PUT that was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    /// The path as it was sent, percent-encoded: `/counters/hits/incr`.
    pub path: String,
    /// The `Idempotency-Key` header, if there was one that is text.
    pub key: Option<String>,
}
