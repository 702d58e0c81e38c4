//! Fixtures of the tests of batches.

use serde_json::json;
use sidepunch::Config;
use testkit::Kit;

use crate::server::{job_with, quick, start};
use crate::support::{RunningServer, order};

/// Returns settings of a server whose threads fetch up to 64 jobs at once.
pub fn config(redis: String, concurrency: usize) -> Config {
    Config {
        concurrency,
        batch: 64,
        ..quick(redis)
    }
}

pub fn run(kit: &Kit, redis: String, queues: &[&str], concurrency: usize) -> RunningServer {
    let config = Config {
        queues: order(queues),
        ..config(redis, concurrency)
    };
    start(kit, config)
}

/// Returns a job that is not retried.
pub fn once(number: u64, script: &[&str]) -> String {
    job_with(number, script, json!({"retry": 0}))
}

/// Returns a job that sends its number and returns.
pub fn quick_job(number: u64) -> String {
    once(number, &[])
}

pub fn redis_connection(url: &str) -> redis::RedisResult<redis::Connection> {
    redis::Client::open(url)?.get_connection()
}
