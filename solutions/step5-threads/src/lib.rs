//! Step 5 of the Sidepunch kata: many jobs at once, and a crash loses none.
//!
//! A job is the name of a class and an array of arguments. [`Job`] is that message, [`Client`] pushes it onto a list in
//! Redis, and [`Worker`] is the code for one class. [`Server`] performs jobs, as many at once as it has threads; [`Registry`]
//! finds the worker for a class, [`retry::judge`] decides what becomes of a job that failed, [`SortedSets`] keep those that
//! wait for their time, [`Order`] says which queue is asked first, [`Queue`] looks into one. New in this step: while a job is
//! worked on, it is in a list of its process, and other processes requeue it if that process crashes. [`Stats`] counts what all
//! processes have done. The chapter begins with `docs/step5-threads.md`.
//!
//! Where to begin: `server/processor.rs` is the story of one processor, `in_flight/README.md` of the jobs that it holds. Then
//! `server/waiter.rs` brings jobs to idle processors, `in_flight/sweeper.rs` frees jobs that were fetched together with a slow
//! one, `process/lease.rs` says that the process lives, and `process/recovery.rs` requeues the jobs of one that does not.
//!
//! ```no_run
//! use step5_threads::{BoxError, Client, Config, Job, Server, Worker};
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
//! # Ok::<(), step5_threads::Error>(())
//! ```

mod api;
mod client;
mod config;
mod error;
mod in_flight;
mod job;
mod order;
mod perform;
mod process;
mod scheduler;
mod server;
mod stop;
mod wire;
mod worker;

pub use api::{Queue, Stats};
pub use client::Client;
pub use config::Config;
pub use error::Error;
pub use in_flight::{BUDGET, Fetched, InFlight, Outcome, UnitOfWork, next_size};
pub use job::Job;
pub use order::Order;
pub use perform::{BoxError, Failure, Registry, Retry, Verdict, retry};
pub use scheduler::SortedSets;
pub use server::Server;
pub use stop::Stop;
pub use wire::{Connections, keys};
pub use worker::Worker;
