//! Shared by the tests: an HTTP client, a page with its services, deadlines.

pub mod events;
pub mod http;
pub mod recounts;
pub mod site;

use std::time::Duration;

/// The jid that every click gets, unless enqueuing fails.
pub const JID: &str = "0123456789abcdef01234567";

/// The deadline of every wait.
pub const DEADLINE: Duration = Duration::from_secs(10);
