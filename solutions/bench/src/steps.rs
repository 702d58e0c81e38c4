//! The solutions, each with the same three workers.

/// Defines a function for one step that performs jobs until the process ends. `$config` creates its
/// configuration.
macro_rules! step {
    ($name:ident, $krate:ident, $config:expr) => {
        /// Performs jobs until the process ends.
        pub fn $name(url: &str, queues: &[&str], tally: Tally) -> Result<(), String> {
            use $krate::{BoxError, Config, Job, Server, Worker};

            struct Noop(Tally);

            impl Worker for Noop {
                const CLASS: &'static str = "NoopWorker";
                type Args = (u64, String);

                fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
                    self.0.noop_done();
                    Ok(())
                }
            }

            struct Stamp(Tally);

            impl Worker for Stamp {
                const CLASS: &'static str = "StampWorker";
                type Args = (u64,);

                fn perform(&self, (enqueued_at,): Self::Args, _: &Job) -> Result<(), BoxError> {
                    self.0.done_since(enqueued_at);
                    Ok(())
                }
            }

            struct Sleep(Tally);

            impl Worker for Sleep {
                const CLASS: &'static str = "SleepWorker";
                type Args = (u64,);

                fn perform(&self, (milliseconds,): Self::Args, _: &Job) -> Result<(), BoxError> {
                    std::thread::sleep(Duration::from_millis(milliseconds));
                    self.0.done();
                    Ok(())
                }
            }

            let config: fn(String, &[&str]) -> Config = $config;
            let server = Server::new(config(url.to_owned(), queues)).map_err(|error| error.to_string())?;
            let server = server
                .register(Noop(tally.clone()))
                .register(Stamp(tally.clone()));
            let ended = server.register(Sleep(tally)).run();
            ended.map_err(|error| error.to_string())
        }
    };
}

use std::time::Duration;

use crate::load::THREADS;
use crate::tally::Tally;

step!(step2, step2_poller, |redis, _| Config {
    redis,
    ..Config::default()
});
step!(step4, step4_queues, |redis, queues| Config {
    redis,
    queues: step4_queues::Order::parse(queues).unwrap_or_default(),
    ..Config::default()
});
step!(step5, step5_threads, |redis, queues| Config {
    redis,
    queues: step5_threads::Order::parse(queues).unwrap_or_default(),
    concurrency: THREADS,
    ..Config::default()
});
