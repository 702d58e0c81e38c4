//! Step 2 of the Sidepunch kata: a process that performs jobs until it is stopped.
//!
//! A job is the name of a class and an array of arguments. [`Job`] is this message, [`Client`]
//! pushes it onto a list in Redis, and [`Worker`] is the code for one class. New in this step:
//! [`Server`] fetches one job after the other, [`Registry`] finds the worker for its class, and
//! [`Stop`] ends the loop. The chapter is `docs/step2-poller.md`.
//!
//! ```no_run
//! use step2_poller::{BoxError, Client, Config, Job, Server, Worker};
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
//! # Ok::<(), step2_poller::Error>(())
//! ```

mod client;
mod config;
mod error;
mod job;
mod perform;
mod server;
mod stop;
mod wire;
mod worker;

pub use client::Client;
pub use config::Config;
pub use error::Error;
pub use job::Job;
pub use perform::{BoxError, Failure, Registry};
pub use server::{Fetch, RunningJobs, Server};
pub use stop::Stop;
pub use wire::{Connections, keys};
pub use worker::Worker;
