//! Step 4 of the Sidepunch kata: several queues, so that what is urgent need not wait.
//!
//! A job is the name of a class and an array of arguments. [`Job`] is that message, [`Client`] pushes it onto a list in
//! Redis, and [`Worker`] is the code for one class. [`Server`] fetches one job after the other, [`Registry`] finds the
//! worker for its class, [`retry::judge`] decides what becomes of one that failed, [`SortedSets`] keep those that wait for
//! their time. New in this step: [`Order`] says which queue is asked first, [`Queue`] looks into one. The chapter is
//! `docs/step4-queues.md`.
//!
//! ```no_run
//! use step4_queues::{BoxError, Client, Config, Job, Server, Worker};
//!
//! struct GreetWorker;
//!
//! impl Worker for GreetWorker {
//!     const CLASS: &'static str = "GreetWorker";
//!     type Args = (String,);
//!
//!     fn perform(&self, (name,): Self::Args, _job: &Job) -> Result<(), BoxError> {
//!         println!("Hello, {name}.");
//!         Ok(())
//!     }
//! }
//!
//! let client = Client::connect("redis://127.0.0.1:6379/0")?;
//! GreetWorker::perform_async(&client, ("Ada".into(),))?;
//! Server::new(Config::default())?.register(GreetWorker).run()?; // until stopped
//! # Ok::<(), step4_queues::Error>(())
//! ```

mod client;
mod clock;
mod config;
pub mod connection;
mod error;
mod failure;
mod fetch;
mod job;
pub mod keys;
mod order;
mod queue;
mod registry;
pub mod retry;
mod scheduler;
mod server;
mod sorted_sets;
mod stop;
mod worker;

pub use client::Client;
pub use config::Config;
pub use error::Error;
pub use failure::{BoxError, Failure};
pub use fetch::{Fetch, Fetched};
pub use job::Job;
pub use order::Order;
pub use queue::Queue;
pub use registry::Registry;
pub use retry::{Retry, Verdict};
pub use server::Server;
pub use sorted_sets::SortedSets;
pub use stop::Stop;
pub use worker::Worker;
