//! Real Sidekiq performs the jobs that this step enqueues. The test needs Ruby and the gem (Debian:
//! `ruby-sidekiq`), so it runs on request: `cargo test -p step1-enqueue sidekiq:: -- --ignored`.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use serde_json::value::RawValue;
use sidepunch::{Client, Job};

/// Arguments of every kind, formatted as Ruby's `JSON.generate` formats them.
const ARGS: [&str; 6] = [
    "[]",
    r#"["x"]"#,
    r#"[null,true,false,0,-1,18446744073709551617,1.0,0.1]"#,
    r#"["","é","日本","😀","\"quoted\"","a/b"]"#,
    r#"[[],{},[[[1]]],{"b":1,"a":{"c":[2,{"d":null}]}}]"#,
    r#"[["x"]]"#,
];

/// A Sidekiq process, which ends with its test.
struct Sidekiq(Child);

impl Drop for Sidekiq {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Other programs read the same wire format. Catches: payloads that only our own code can read.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn enqueues_jobs_that_sidekiq_performs() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("the kit's URL is one of a Redis");
    let push = |args: &str| {
        let args = RawValue::from_string(args.to_owned()).expect("the test's args are JSON");
        let jid = client
            .push(Job::new("EchoWorker", &args).expect("a good job"))
            .expect("pushed");
        format!(r#"["{jid}",{args}]"#)
    };
    let expected: Vec<String> = ARGS.into_iter().map(push).collect();

    // Written to a file, because the solution's tests include this file from another folder.
    let folder = std::env::temp_dir().join(format!("sidepunch-{}", std::process::id()));
    std::fs::create_dir_all(&folder).expect("a folder for the Ruby worker");
    let worker = folder.join("echo_worker.rb");
    std::fs::write(&worker, include_str!("echo_worker.rb")).expect("the Ruby worker is written");

    let sidekiq = Command::new("sidekiq")
        .args(["--concurrency", "1", "--require"])
        .arg(&worker)
        .env("REDIS_URL", kit.url())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("`sidekiq` is on the PATH");
    let _sidekiq = Sidekiq(sidekiq);
    kit.eventually_in(Duration::from_secs(30), "Sidekiq performs all jobs", || {
        kit.list("performed").len() >= expected.len()
    });
    let _ = std::fs::remove_dir_all(&folder);
    kit.assert_eq(
        "each job has its jid and equal args, in order",
        kit.list("performed"),
        expected,
    );
    kit.assert_eq("none failed", kit.query::<u64>(&["ZCARD", "retry"]), 0);
}
