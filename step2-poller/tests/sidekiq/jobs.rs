//! This step performs jobs that real Sidekiq enqueues. The test needs Ruby and the gem (Debian:
//! `ruby-sidekiq`), so it runs on request: `cargo test -p step2-poller sidekiq:: -- --ignored`.

use std::process::Command;
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use serde_json::value::RawValue;
use sidepunch::{BoxError, Job, Server, Worker};

use crate::support::config;

/// Arguments of every kind, formatted as Ruby's `JSON.generate` formats them.
const ARGS: [&str; 6] = [
    "[]",
    r#"["x"]"#,
    r#"[null,true,false,0,-1,18446744073709551617,1.0,0.1]"#,
    r#"["","é","日本","😀","\"quoted\"","a/b"]"#,
    r#"[[],{},[[[1]]],{"b":1,"a":{"c":[2,{"d":null}]}}]"#,
    r#"[["x"]]"#,
];

/// Enqueues a job with each of the JSON texts in ARGV, and prints its jid.
const ENQUEUE: &str = r#"
    require "sidekiq"
    Sidekiq.configure_client { |config| config.redis = { url: ENV.fetch("REDIS_URL") } }
    ARGV.each { |args| puts Sidekiq::Client.push("class" => "EchoWorker", "args" => JSON.parse(args)) }
"#;

struct EchoWorker(Sender<(Option<String>, String)>);

impl Worker for EchoWorker {
    const CLASS: &'static str = "EchoWorker";
    type Args = Vec<Box<RawValue>>;

    fn perform(&self, args: Self::Args, job: &Job) -> Result<(), BoxError> {
        let args: Vec<&str> = args.iter().map(|arg| arg.get()).collect();
        Ok(self.0.send((job.jid(), format!("[{}]", args.join(","))))?)
    }
}

/// Other programs write the same wire format. Catches: code that reads only its own payloads.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn performs_jobs_that_sidekiq_enqueued() {
    let kit = testkit::kit!();
    let (echo, echoed) = channel();
    let mut server = Server::new(config(kit.url(), Duration::from_millis(20)))
        .expect("a URL of a Redis")
        .register(EchoWorker(echo));

    let mut ruby = Command::new("ruby");
    ruby.args(["-e", ENQUEUE]).args(ARGS).env("REDIS_URL", kit.url());
    let output = kit.within(Duration::from_secs(30), "Ruby enqueues and ends", move || ruby.output());
    let output = output.expect("`ruby` is on the PATH");
    kit.assert(
        &format!("Ruby enqueued: {}", String::from_utf8_lossy(&output.stderr)),
        output.status.success(),
    );
    let jids = String::from_utf8_lossy(&output.stdout).into_owned();
    let expected: Vec<_> = jids
        .lines()
        .map(|jid| Some(jid.to_owned()))
        .zip(ARGS.map(str::to_owned))
        .collect();
    kit.assert_eq("as many jids as jobs", expected.len(), ARGS.len());

    kit.within(Duration::from_secs(10), "all jobs are performed", move || {
        while server.process_one().expect("Redis is there") {}
    });
    let echoed: Vec<_> = echoed.try_iter().collect();
    kit.assert_eq("each job has its jid and equal args, in order", echoed, expected);
}
