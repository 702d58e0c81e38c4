//! Fixtures of the tests of a fetch.

use std::sync::mpsc::Receiver;
use std::time::Duration;

use serde_json::json;
use sidepunch::Config;
use testkit::{Kit, Proxy};

use crate::server::{job_with, push, quick, start};
use crate::support::order;

/// Runs a server whose jobs do not end, and that is not asked to stop, because acknowledging and
/// stopping are later tasks. Returns the numbers of the jobs that have begun.
///
/// The server outlives its test. It reaches Redis only through a proxy, which the test drops, so
/// that it cannot write into the database of the next test.
pub fn run(kit: &Kit, proxy: &Proxy, queues: &[&str], concurrency: usize) -> Receiver<u64> {
    run_at(kit, proxy.url(), queues, concurrency)
}

/// Like [`run`], with the URL of a proxy.
pub fn run_at(kit: &Kit, redis: String, queues: &[&str], concurrency: usize) -> Receiver<u64> {
    let config = Config {
        queues: order(queues),
        concurrency,
        ..quick(redis)
    };
    run_with(kit, config)
}

/// Like [`run`], with one thread. Its wait ends with a job or with its connection, not by a
/// timeout.
pub fn run_with_long_wait(kit: &Kit, proxy: &Proxy) -> Receiver<u64> {
    let config = Config {
        concurrency: 1,
        block: Duration::from_secs(30),
        lease: Duration::from_secs(60),
        ..quick(proxy.url())
    };
    run_with(kit, config)
}

fn run_with(kit: &Kit, config: Config) -> Receiver<u64> {
    let running = start(kit, Config { batch: 1, ..config });
    // Dropping it would ask the server to stop.
    std::mem::forget(running.server);
    running.begun
}

/// Returns a job that does not end, whose payload names this queue.
pub fn endless(number: u64, queue: &str) -> String {
    job_with(number, &["hang"], json!({"queue": queue, "odd": 1e2}))
}

/// Pushes such a job onto the queue that it names.
pub fn push_endless(kit: &Kit, number: u64, queue: &str) {
    push(kit, queue, [endless(number, queue)]);
}
