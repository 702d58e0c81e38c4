//! The kata's story: counters behind a slow JSON HTTP API, and a web page that does not wait for
//! it.
//!
//! - [`name`]: the rules for names of counters, which both sides follow.
//! - [`api`] (feature `api`): the API, as a library for tests and as the program `counters-api`.
//! - [`web`] (feature `web`): the web page. A click on a button enqueues a job, whose worker calls
//!   the API later. How a job is enqueued is an argument, so that each step's program serves the
//!   page with that step's own library.

#[cfg(feature = "api")]
pub mod api;
#[cfg(any(feature = "api", feature = "web"))]
mod json;
pub mod name;
#[cfg(any(feature = "api", feature = "web"))]
mod server;
#[cfg(feature = "web")]
pub mod web;
