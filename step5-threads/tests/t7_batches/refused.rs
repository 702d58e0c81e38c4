//! A sweep that Redis refuses.

use std::sync::Mutex;
use std::thread;
use std::time::Duration;

use sidepunch::{BoxError, Job, Worker};

use super::common::{config, quick_job, redis_connection};
use super::slow_job::{BLOCK, block_job};
use crate::server::{lines, push, sent, server};
use crate::support::worker;

worker!(Quick, "ScriptedWorker", (u64, Vec<String>));

/// Replaces the queue by a key of another type, and runs until there is a key `go`. It does nothing
/// if there is no job behind it.
struct Block(Mutex<redis::Connection>);

impl Worker for Block {
    const CLASS: &'static str = "BlockWorker";
    type Args = (u64,);

    fn perform(&self, (number,): Self::Args, _: &Job) -> Result<(), BoxError> {
        let mut redis = self.0.lock().map_err(|_| "poisoned")?;
        let behind: usize = redis::cmd("EVAL")
            .arg((BLOCK, 1, "queue:default", block_job(number)))
            .query(&mut *redis)?;
        while behind > 0 && !redis::cmd("EXISTS").arg("go").query::<bool>(&mut *redis)? {
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

/// The jobs behind a slow one do not go back to their queue, and an operator has only the log to
/// find out why. Catches: a refused sweep that nothing logs; a line for each attempt; an end that
/// is not logged.
#[test]
fn logs_a_refused_sweep_once() {
    if let Some(redis) = testkit::parent_redis_url() {
        tracing_subscriber::fmt()
            .with_writer(std::io::stderr)
            .with_ansi(false)
            .init();
        let block = Block(Mutex::new(redis_connection(&redis).expect("a Redis")));
        // The server runs until the test kills it.
        let ended = server(config(redis, 1)).register(Quick).register(block).run();
        unreachable!("no stop was requested: {ended:?}");
    }
    let kit = testkit::kit!();
    // On a busy machine a slow job may have no jobs behind it. Then there is another one, after
    // enough quick jobs for a large batch.
    for round in 0..20 {
        push(&kit, "default", (0..40).map(quick_job));
        push(&kit, "default", [block_job(round)]);
    }
    let program = kit.start_test(concat!(module_path!(), "::logs_a_refused_sweep_once"));
    let refusal = ["ERROR", "cannot sweep the batch of processor 0", "WRONGTYPE"];
    kit.eventually("the refused sweep is logged", || lines(&program, &refusal) > 0);
    let attempts = || sent(&kit, "\"running\"");
    let before = attempts();
    kit.eventually("it is repeated twice", || attempts() > before + 1);
    kit.assert_eq("it is logged once", lines(&program, &refusal), 1);
    kit.command(&["DEL", "queue:default"]);
    let end = ["INFO", "can sweep the batch of processor 0 again"];
    kit.eventually("its end is logged", || lines(&program, &end) == 1);
    kit.command(&["SET", "go", "1"]);
}
