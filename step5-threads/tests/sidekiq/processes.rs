//! Sidekiq's API and Web UI on a running process of ours.

use std::time::Duration;

use serde_json::json;
use sidepunch::Config;

use crate::server::{job_with, push, quick, start};
use crate::step3::sidekiq::ruby::ruby;
use crate::support::JID;

/// Catches: data that Sidekiq reads differently, or not at all.
#[test]
#[ignore = "needs Ruby and the gem sidekiq"]
fn shows_a_process_in_sidekiqs_api_and_web_ui() {
    let kit = testkit::kit!();
    let config = Config {
        concurrency: 3,
        heartbeat: Duration::from_millis(100),
        tag: "my app".to_owned(),
        labels: ["reliable", "eu"].map(str::to_owned).to_vec(),
        ..quick(kit.url())
    };
    let running = start(&kit, config);
    let fields = json!({"jid": JID, "queue": "default", "retry": true, "created_at": 1.5, "enqueued_at": 1.5});
    push(&kit, "default", [job_with(7, &["hold"], fields)]);
    kit.command(&["SADD", "queues", "default"]);
    kit.eventually("the job begins", || running.begun.try_recv().is_ok());
    let work = || kit.keys().iter().any(|key| key.ends_with(":work"));
    kit.eventually("a heartbeat reports it", work);
    let seen = ruby(
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
        clicked = web.post("/busy", "HTTP_COOKIE" => busy["Set-Cookie"].split(";").first, params: { "authenticity_token" => token, "identity" => process.identity, "quiet" => "1" })
        puts JSON.generate(
          size: Sidekiq::ProcessSet.new.size, busy: process["busy"], concurrency: process["concurrency"], queues: process["queues"],
          tag: process.tag, labels: process.labels, named: ["my app", "reliable", "eu"].all? { |name| busy.body.include?(">#{name}<") },
          stopping: process.stopping?, work: work, processes: stats.processes_size, running: stats.workers_size, pages: pages,
          shown: busy.body.include?(process.identity) && busy.body.include?("ScriptedWorker"), clicked: clicked.status)
        "#,
    );
    for (what, key, expected) in [
        ("one process", "size", json!(1)),
        ("one busy thread", "busy", json!(1)),
        ("three threads", "concurrency", json!(3)),
        ("its queues", "queues", json!(["default"])),
        ("its tag", "tag", json!("my app")),
        ("its labels", "labels", json!(["reliable", "eu"])),
        ("the page `busy` shows the tag and the labels", "named", json!(true)),
        ("it is not quiet", "stopping", json!(false)),
        ("the running job", "work", json!([[true, "default", JID, "Integer"]])),
        ("in the statistics", "processes", json!(1)),
        ("the running jobs in the statistics", "running", json!(1)),
        ("the page `busy` shows both", "shown", json!(true)),
        ("the button Quiet works", "clicked", json!(302)),
    ] {
        kit.assert_eq(what, seen[key].clone(), expected);
    }
    let pages = seen["pages"].as_object().cloned().unwrap_or_default();
    kit.assert(
        &format!("all pages are shown: {pages:?}"),
        pages.values().all(|status| *status == 200),
    );
    kit.eventually("the process is quiet", || {
        let identity: Vec<String> = kit.query(&["SMEMBERS", "processes"]);
        kit.query::<String>(&["HGET", &identity[0], "quiet"]) == "true"
    });
    let seen = ruby(
        &kit,
        r#"
        process = Sidekiq::ProcessSet.new.first
        process.stop!
        puts JSON.generate(stopping: process.stopping?)
        "#,
    );
    kit.assert_eq(
        "Sidekiq's API reports that it is quiet",
        seen["stopping"].clone(),
        json!(true),
    );
    running.gate.open();
    kit.assert("after TERM it stops", running.server.join("run returns").is_ok());
    let seen = ruby(
        &kit,
        r#"
        stats = Sidekiq::Stats.new
        history = Sidekiq::Stats::History.new(1)
        puts JSON.generate(processed: stats.processed, failed: stats.failed, today: history.processed.values, size: Sidekiq::ProcessSet.new.size)
        "#,
    );
    let expected = json!({"processed": 1, "failed": 0, "today": [1], "size": 0});
    kit.assert_eq(
        "its job is counted, in total and today, and the process is gone",
        seen,
        expected,
    );
}
