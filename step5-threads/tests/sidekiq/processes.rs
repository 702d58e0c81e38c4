//! Sidekiq's API and web pages on a running process of ours.

use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use serde_json::json;
use sidepunch::{BoxError, Config, Job, Server, Worker};

use crate::step3::sidekiq::ruby::ruby;

/// Says that it has begun, then waits until it may end.
struct Gate {
    begun: Sender<()>,
    may_end: Mutex<Receiver<()>>,
}

impl Worker for Gate {
    const CLASS: &'static str = "GateWorker";
    type Args = (u64,);

    fn perform(&self, _: Self::Args, _: &Job) -> Result<(), BoxError> {
        self.begun.send(())?;
        Ok(self.may_end.lock().map_err(|_| "poisoned")?.recv()?)
    }
}

/// Kills: whatever Sidekiq reads in another way, or not at all.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn sidekiqs_api_and_pages_show_and_command_a_process() {
    let kit = testkit::kit!();
    let ((begun, begins), (end, may_end)) = (channel(), channel());
    let may_end = Mutex::new(may_end);
    let config = Config {
        redis: kit.url(),
        concurrency: 3,
        beat: Duration::from_millis(100),
        ..Config::default()
    };
    let mut server = Server::new(config)
        .expect("a URL of a Redis")
        .register(Gate { begun, may_end });
    let task = kit.spawn(move || server.run());
    let jid = "b4a577edbccf1d805744efa9";
    let job = json!({"class": "GateWorker", "args": [7], "jid": jid, "queue": "default", "retry": true, "created_at": 1.5, "enqueued_at": 1.5});
    kit.lpush("queue:default", &[job.to_string().as_bytes()]);
    kit.command(&["SADD", "queues", "default"]);
    kit.eventually("the job begins", || begins.try_recv().is_ok());
    let work = || kit.keys().iter().any(|key| key.ends_with(":work"));
    kit.eventually("a beat tells of it", work);
    let told = ruby(
        &kit,
        r#"
        require "sidekiq/web"
        process = Sidekiq::ProcessSet.new.first
        work = Sidekiq::Workers.new.map { |id, thread, work| [id == process.identity, work["queue"], work["payload"]["jid"], work["run_at"].class.name] }
        stats = Sidekiq::Stats.new
        Sidekiq::Web.use Rack::Session::Cookie, secret: "s" * 64
        web = Rack::MockRequest.new(Sidekiq::Web)
        pages = %w[/ /busy /queues /queues/default /retries /scheduled /morgue].to_h { |path| [path, web.get(path).status] }
        busy = web.get("/busy")
        token = busy.body[/name='authenticity_token' value='([^']+)'/, 1] || busy.body[/name="authenticity_token" value="([^"]+)"/, 1]
        pressed = web.post("/busy", "HTTP_COOKIE" => busy["Set-Cookie"].split(";").first, params: { "authenticity_token" => token, "identity" => process.identity, "quiet" => "1" })
        puts JSON.generate(
          size: Sidekiq::ProcessSet.new.size, busy: process["busy"], concurrency: process["concurrency"], queues: process["queues"],
          stopping: process.stopping?, work: work, processes: stats.processes_size, running: stats.workers_size, pages: pages,
          shown: busy.body.include?(process.identity) && busy.body.include?("GateWorker"), pressed: pressed.status)
        "#,
    );
    for (what, key, expected) in [
        ("one process", "size", json!(1)),
        ("with one busy thread", "busy", json!(1)),
        ("of three", "concurrency", json!(3)),
        ("its queues", "queues", json!(["default"])),
        ("it is not quiet", "stopping", json!(false)),
        ("what it is at", "work", json!([[true, "default", jid, "Integer"]])),
        ("in the statistics", "processes", json!(1)),
        ("also what runs", "running", json!(1)),
        ("the page of busy jobs shows both", "shown", json!(true)),
        ("its button for Quiet is pressed", "pressed", json!(302)),
    ] {
        kit.assert_eq(what, told[key].clone(), expected);
    }
    let pages = told["pages"].as_object().cloned().unwrap_or_default();
    kit.assert(
        &format!("all pages are shown: {pages:?}"),
        pages.values().all(|status| *status == 200),
    );
    kit.eventually("the process is quiet", || {
        let identity: Vec<String> = kit.query(&["SMEMBERS", "processes"]);
        kit.query::<String>(&["HGET", &identity[0], "quiet"]) == "true"
    });
    let told = ruby(
        &kit,
        r#"
        process = Sidekiq::ProcessSet.new.first
        process.stop!
        puts JSON.generate(stopping: process.stopping?)
        "#,
    );
    kit.assert_eq("Sidekiq knows that it is quiet", told["stopping"].clone(), json!(true));
    end.send(()).expect("the job waits");
    kit.assert("told to stop, it stops", task.join("run returns").is_ok());
    let told = ruby(
        &kit,
        r#"
        stats = Sidekiq::Stats.new
        history = Sidekiq::Stats::History.new(1)
        puts JSON.generate(processed: stats.processed, failed: stats.failed, today: history.processed.values, size: Sidekiq::ProcessSet.new.size)
        "#,
    );
    let expected = json!({"processed": 1, "failed": 0, "today": [1], "size": 0});
    kit.assert_eq("its job is counted, in all and today, and it is gone", told, expected);
}
