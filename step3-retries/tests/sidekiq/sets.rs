//! Sidekiq's API reads and changes our sorted sets, and our scheduler reads the result.

use std::sync::Arc;
use std::time::Duration;

use serde_json::{Value, json};
use sidepunch::Connections;
use sidepunch::{BoxError, Client, Config, Job, Server, SortedSets, Worker};
use testkit::{Kit, epoch_seconds};

use super::ruby::ruby;

struct FailWorker;

impl Worker for FailWorker {
    const CLASS: &'static str = "FailWorker";
    type Args = (String,);

    fn perform(&self, (message,): Self::Args, _: &Job) -> Result<(), BoxError> {
        Err(message.into())
    }
}

/// Processes all jobs in the queue.
fn process_all(kit: &Kit) {
    let config = Config {
        redis: kit.url(),
        block: Duration::from_millis(20),
        ..Config::default()
    };
    let mut server = Server::new(config).expect("a URL of a Redis").register(FailWorker);
    kit.within(Duration::from_secs(10), "all jobs are processed", move || {
        while server.process_one().expect("Redis is there") {}
    });
}

fn enqueue_due(kit: &Kit) -> usize {
    let connections = Connections::new(&kit.url()).expect("a URL of a Redis");
    let moved = SortedSets::new(Arc::new(connections)).enqueue_due(epoch_seconds());
    moved.expect("Redis is there")
}

fn push(kit: &Kit, jid: &str, retry: Value) {
    let job = json!({"class": "FailWorker", "args": ["out of luck"], "jid": jid, "queue": "default", "retry": retry});
    kit.lpush("queue:default", &[job.to_string().as_bytes()]);
}

/// Returns the job with this jid from a sorted set or a list, as Redis holds it.
fn find(kit: &Kit, key: &str, jid: &str) -> Option<Value> {
    let command = if key.starts_with("queue:") { "LRANGE" } else { "ZRANGE" };
    let members: Vec<String> = kit.query(&[command, key, "0", "-1"]);
    let jobs = members
        .iter()
        .map(|member| serde_json::from_str::<Value>(member).expect("it is JSON"));
    jobs.into_iter().find(|job| job["jid"] == jid)
}

/// Retry now, kill, delete, reschedule: an operator does these in Sidekiq's Web UI. Catches:
/// members that are reformatted when they are read, so that they cannot be removed; times that
/// Sidekiq reads differently; a count of -1 that is not followed by 0.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn follows_changes_that_sidekiqs_api_makes_to_retries() {
    let kit = testkit::kit!();
    for jid in ["now", "kill", "delete", "later"] {
        push(&kit, jid, json!(true));
    }
    process_all(&kit);
    let seen = ruby(
        &kit,
        r#"
        set = Sidekiq::RetrySet.new
        before = items(set)
        at = set.first.at.to_f
        set.find_job("now").retry
        set.find_job("kill").kill
        set.find_job("delete").delete
        set.find_job("later").reschedule(Time.now.to_f - 1)
        puts JSON.generate(before: before, at: at, score: before.first["score"], stats: Sidekiq::Stats.new.retry_size)
        "#,
    );
    let before = seen["before"].as_array().cloned().unwrap_or_default();
    kit.assert_eq("Sidekiq sees four jobs in `retry`", before.len(), 4);
    for job in &before {
        kit.assert_eq(
            "each job has its error",
            job["error_message"].clone(),
            json!("out of luck"),
        );
        kit.assert_eq("and its count", job["retry_count"].clone(), json!(0));
    }
    kit.assert_eq(
        "Sidekiq reads the due time that we have written",
        seen["at"].clone(),
        seen["score"].clone(),
    );
    kit.assert_eq("one job is left afterwards", seen["stats"].clone(), json!(1));
    let now = find(&kit, "queue:default", "now").unwrap_or_default();
    kit.assert_eq(
        "`retry` moved one job to its queue, with the count -1",
        now["retry_count"].clone(),
        json!(-1),
    );
    kit.assert("`kill` moved one job to `dead`", find(&kit, "dead", "kill").is_some());
    kit.assert("`delete` left nothing", find(&kit, "retry", "delete").is_none());

    kit.assert_eq(
        "`reschedule` made one job due, and our scheduler moves it",
        enqueue_due(&kit),
        1,
    );
    process_all(&kit);
    let count = |jid| find(&kit, "retry", jid).unwrap_or_default()["retry_count"].clone();
    kit.assert_eq("after a retry by hand the count is 0", count("now"), json!(0));
    kit.assert_eq("after a usual retry it increases", count("later"), json!(1));
}

/// Catches: a schedule that only our code can read.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn shares_scheduled_jobs_with_sidekiq() {
    let kit = testkit::kit!();
    let client = Client::connect(&kit.url()).expect("a URL of a Redis");
    let ours = FailWorker::perform_in(&client, Duration::from_secs(3_600), ("ours".into(),)).expect("scheduled");
    let seen = ruby(
        &kit,
        r#"
        theirs = Sidekiq::Client.push("class" => "FailWorker", "args" => ["theirs"], "at" => Time.now.to_f + 3600)
        set = Sidekiq::ScheduledSet.new
        jobs = items(set)
        set.find { |job| job.args == ["ours"] }.add_to_queue
        set.find_job(theirs).reschedule(Time.now.to_f - 1)
        puts JSON.generate(jobs: jobs, theirs: theirs)
        "#,
    );
    kit.assert_eq(
        "Sidekiq sees both jobs in `schedule`",
        seen["jobs"].as_array().map(Vec::len),
        Some(2),
    );
    kit.assert(
        "Sidekiq moved our job to its queue",
        find(&kit, "queue:default", &ours).is_some(),
    );
    kit.assert_eq(
        "Sidekiq made its own job due, and our scheduler moves it",
        enqueue_due(&kit),
        1,
    );
    let theirs = seen["theirs"].as_str().unwrap_or_default();
    kit.assert("it is in its queue", find(&kit, "queue:default", theirs).is_some());
    process_all(&kit);
    for jid in [ours.as_str(), theirs] {
        kit.assert("both were performed, and failed", find(&kit, "retry", jid).is_some());
    }
}

/// Catches: a dead set that only our code can read; a job that Sidekiq has requeued and that we
/// cannot read.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn performs_dead_jobs_that_sidekiqs_api_requeued() {
    let kit = testkit::kit!();
    for jid in ["revived", "deleted"] {
        push(&kit, jid, json!(0));
    }
    process_all(&kit);
    let seen = ruby(
        &kit,
        r#"
        set = Sidekiq::DeadSet.new
        before = items(set)
        set.find_job("revived").retry
        set.find_job("deleted").delete
        puts JSON.generate(before: before, left: set.size)
        "#,
    );
    let before = seen["before"].as_array().cloned().unwrap_or_default();
    kit.assert_eq("Sidekiq sees two dead jobs", before.len(), 2);
    let died = before[0]["score"].as_f64().unwrap_or_default();
    kit.assert(
        &format!("they died just now: {died}"),
        (epoch_seconds() - died).abs() < 60.0,
    );
    kit.assert_eq("no job is left afterwards", seen["left"].clone(), json!(0));
    kit.assert(
        "the requeued job is in its queue",
        find(&kit, "queue:default", "revived").is_some(),
    );
    process_all(&kit);
    kit.assert(
        "it fails again, and is dead again",
        find(&kit, "dead", "revived").is_some(),
    );
    kit.assert("the deleted one is gone", find(&kit, "dead", "deleted").is_none());
}

/// The pages of Sidekiq 6.4 to 8.1 fail on a JSON value that is not an object, and on all entries
/// beside it. Catches: such a value in `dead`, from a queue or from another sorted set.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn keeps_sidekiqs_page_of_dead_jobs_readable() {
    let kit = testkit::kit!();
    let malformed: [&[u8]; 10] = [
        b"42",
        b"null",
        b"true",
        b"[1]",
        b"\"x\"",
        b"not json",
        b"",
        b"\xff\xfe",
        b"{}",
        br#"{"class":7,"args":"x"}"#,
    ];
    // Each message comes from one place, because `dead` keeps equal ones once.
    for (number, message) in malformed.iter().enumerate() {
        let spaces = b" ".repeat(number);
        for (place, spaces) in [("queue", &spaces[..]), ("retry", b"\n"), ("schedule", b"\t")] {
            let message = [message, spaces].concat();
            match place {
                "queue" => kit.lpush("queue:default", &[&message]),
                set => drop(kit.command(&[b"ZADD".as_slice(), set.as_bytes(), b"1", &message])),
            };
        }
    }
    process_all(&kit);
    kit.assert_eq("all due members are moved", enqueue_due(&kit), 20);
    let seen = ruby(
        &kit,
        r#"
        require "sidekiq/web"
        Sidekiq::Web.use Rack::Session::Cookie, secret: "s" * 64
        web = Rack::MockRequest.new(Sidekiq::Web)
        dead = Sidekiq::DeadSet.new.to_a
        pages = %w[/ /queues /queues/default /retries /scheduled /morgue /morgue?count=100]
        wrapped = dead.select { |job| job.klass == "MalformedMessage" }
        pages += wrapped.map { |job| "/morgue/#{job.score}-#{job.jid}" }
        statuses = pages.to_h { |page| [page, (web.get(page).status rescue $!.message)] }
        puts JSON.generate(
          size: dead.size, items: dead.map { |job| job.item.class.name }.uniq, args: wrapped.map { |job| job.args.first.strip }.uniq.sort,
          jids: wrapped.map(&:jid).uniq.size, failed: statuses.reject { |_, status| status == 200 }.to_a)
        "#,
    );
    let expected = json!({
        "size": 30, "items": ["Hash"], "args": ["\"x\"", "42", "[1]", "null", "true"], "jids": 15, "failed": [],
    });
    kit.assert_eq("Sidekiq reads all entries, and shows all pages", seen, expected);
}
