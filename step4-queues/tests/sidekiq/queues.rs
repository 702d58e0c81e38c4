//! Sidekiq's API on our queues, and our API on Sidekiq's.

use serde_json::{Value, json};
use sidepunch::{BoxError, Client, Job, Worker};

use crate::step3::sidekiq::ruby::ruby;

struct Urgent;

impl Worker for Urgent {
    const CLASS: &'static str = "UrgentWorker";
    const QUEUE: &'static str = "critical";
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        Ok(())
    }
}

/// Catches: data that Sidekiq reads differently.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn lets_sidekiqs_api_read_and_change_queues() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    let jids = Urgent::perform_bulk(&client, [(1,), (2,), (3,)]).expect("pushed");
    let script = format!(
        r#"
        queue = Sidekiq::Queue.new("critical")
        seen = {{
          names: Sidekiq::Queue.all.map(&:name), size: queue.size, latency: queue.latency,
          jobs: queue.map {{ |job| [job.jid, job.klass, job.args, job.queue] }},
        }}
        queue.find_job("{}").delete
        puts JSON.generate(seen)
        "#,
        jids[1]
    );
    let seen = ruby(&kit, &script);
    kit.assert_eq("its name", seen["names"].clone(), json!(["critical"]));
    kit.assert_eq("its size", seen["size"].clone(), json!(3));
    let latency = seen["latency"].as_f64().unwrap_or(-1.0);
    kit.assert(&format!("its latency: {latency}"), (0.0..60.0).contains(&latency));
    let jobs = seen["jobs"].as_array().cloned().unwrap_or_default();
    let expected: Vec<Value> = jids
        .iter()
        .zip([1, 2, 3])
        .rev()
        .map(|(jid, number)| json!([jid, "UrgentWorker", [number], "critical"]))
        .collect();
    kit.assert_eq("its jobs, newest first", jobs, expected);
    let left = client.queue("critical").peek(10).expect("Redis is there");
    kit.assert_eq("a job that Sidekiq deleted is gone", left.len(), 2);
    ruby(&kit, r#"Sidekiq::Queue.new("critical").clear; puts "{}""#);
    kit.assert_eq(
        "a queue that Sidekiq cleared is gone",
        client.queues().expect("Redis is there").len(),
        0,
    );
}

/// Catches: data that we read differently.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn reads_and_clears_sidekiqs_queues() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    ruby(
        &kit,
        r#"
        3.times { |n| Sidekiq::Client.push("class" => "A", "args" => [n], "queue" => "low") }
        Sidekiq::Client.push("class" => "A", "args" => [], "queue" => "mailers")
        puts "{}"
        "#,
    );
    let names: Vec<String> = client
        .queues()
        .expect("Redis is there")
        .iter()
        .map(|queue| queue.name().to_owned())
        .collect();
    kit.assert_eq("the names", names, ["low", "mailers"].map(str::to_owned).to_vec());
    let low = client.queue("low");
    kit.assert_eq("the size", low.size().expect("Redis is there"), 3);
    let now = std::time::UNIX_EPOCH
        .elapsed()
        .expect("a clock after 1970")
        .as_secs_f64();
    let latency = low.latency(now).expect("Redis is there");
    kit.assert(&format!("the latency: {latency}"), latency > 0.0 && latency < 60.0);
    let next = low.peek(1).expect("Redis is there");
    let job: Value = serde_json::from_slice(&next[0]).expect("it is JSON");
    kit.assert_eq(
        "the next job is the first that was pushed",
        job["args"].clone(),
        json!([0]),
    );
    kit.assert_eq("cleared", low.clear().expect("Redis is there"), 3);
    let seen = ruby(
        &kit,
        "puts JSON.generate(Sidekiq::Queue.all.map { |queue| [queue.name, queue.size] })",
    );
    kit.assert_eq(
        "a queue that we cleared is gone for Sidekiq",
        seen,
        json!([["mailers", 1]]),
    );
}
