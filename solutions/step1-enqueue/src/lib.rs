//! Step 1 of the Sidepunch kata: enqueue background jobs, as Sidekiq does.
//!
//! A job is the name of a class and an array of arguments. [`Job`] is this message, [`Client`]
//! pushes it onto a list in Redis, and [`Worker`] connects a class name with the types of its
//! arguments, so that the compiler checks them. In this step no process performs the jobs yet; that
//! is step 2. The chapter is `docs/step1-enqueue.md`.
//!
//! ```no_run
//! use step1_enqueue::{Client, Worker};
//!
//! struct UpdateCounterWorker;
//!
//! impl Worker for UpdateCounterWorker {
//!     const CLASS: &'static str = "UpdateCounterWorker";
//!     type Args = (String, String);
//! }
//!
//! let client = Client::connect("redis://127.0.0.1:6379/0")?;
//! let jid = UpdateCounterWorker::perform_async(&client, ("hits".into(), "incr".into()))?;
//! println!("enqueued {jid}");
//! # Ok::<(), step1_enqueue::Error>(())
//! ```

mod client;
mod error;
mod job;
mod wire;
mod worker;

pub use client::Client;
pub use error::Error;
pub use job::Job;
pub use wire::{Connections, keys};
pub use worker::Worker;
