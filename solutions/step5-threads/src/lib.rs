//! Step 5 of the Sidepunch kata: many jobs at once, and a crash loses none of them.
//!
//! A job is the name of a class and an array of arguments. [`Job`] is this message, [`Client`]
//! pushes it onto a list in Redis, and [`Worker`] is the code for one class. [`Server`] performs as
//! many jobs at once as it has threads, and [`Registry`] finds the worker for a class.
//! [`retry::decide`] decides what happens to a failed job, and [`SortedSets`] keeps the jobs that
//! wait for their time. [`Order`] decides which queue is tried first, and [`Queue`] inspects one.
//! New in this step: while a job is being performed, it is in a list of its process, and other
//! processes requeue it if that process crashes. [`Stats`] counts the work of all processes. The
//! chapter begins with `docs/step5-threads.md`.
//!
//! Where to start reading: `server/processor.rs` is the loop of one processor, and
//! `in_flight/README.md` explains what happens to the jobs that it holds. Then read how jobs come
//! to idle processors (`server/waiter.rs`), how a batch is freed from a slow job
//! (`in_flight/sweeper.rs`), how a process shows that it is alive (`process/lease.rs`), and how the
//! jobs of a crashed process are requeued (`process/recovery.rs`).
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
pub use in_flight::{BATCH_BUDGET, Fetched, InFlight, Outcome, RunningJobs, UnitOfWork, next_batch_size};
pub use job::Job;
pub use order::Order;
pub use perform::{BoxError, Decision, Failure, Registry, Retry, retry};
pub use scheduler::SortedSets;
pub use server::Server;
pub use stop::Stop;
pub use wire::{Connections, keys};
pub use worker::Worker;
