//! Step 4 of the Sidepunch kata: several queues, so that urgent jobs do not wait behind others.
//!
//! A job is the name of a class and an array of arguments. [`Job`] is this message, [`Client`]
//! pushes it onto a list in Redis, and [`Worker`] is the code for one class. [`Server`] fetches one
//! job after the other, and [`Registry`] finds the worker for its class. [`retry::decide`] decides
//! what happens to a failed job, and [`SortedSets`] keeps the jobs that wait for their time. New in
//! this step: [`Order`] decides which queue is tried first, and [`Queue`] inspects one. The chapter
//! is `docs/step4-queues.md`.
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

mod api;
mod client;
mod config;
mod error;
mod job;
mod order;
mod perform;
mod scheduler;
mod server;
mod stop;
mod wire;
mod worker;

pub use api::Queue;
pub use client::Client;
pub use config::Config;
pub use error::Error;
pub use job::Job;
pub use order::Order;
pub use perform::{BoxError, Decision, Failure, Registry, Retry, retry};
pub use scheduler::SortedSets;
pub use server::{Fetch, Fetched, RunningJobs, Server};
pub use stop::Stop;
pub use wire::{Connections, keys};
pub use worker::Worker;
