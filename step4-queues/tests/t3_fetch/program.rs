//! The program: `work -q`, and the whole app.

use counters::api::{Api, Config};
use serde_json::json;

fn api() -> Api {
    let api = counters::api::spawn(Config::default()).expect("the API starts");
    ureq::put(format!("{}/counters/hits", api.url()))
        .send_empty()
        .expect("the counter is defined");
    api
}

/// A user clicks on + while a thousand recounts wait. Catches: a click whose job goes to the
/// recounts' queue; a worker without an order of queues; a recount that counts nothing.
#[test]
fn performs_a_click_before_a_thousand_recounts() {
    let kit = testkit::kit!();
    let api = api();
    let web = kit.start(&["web", "--listen", "127.0.0.1:0", "--api", &api.url()]);
    let page = kit.wait_for("the program prints the address of its page", || {
        web.stdout()
            .lines()
            .find_map(|line| Some(line.split_once("http://")?.1.trim().to_owned()))
    });
    let recounts = || kit.query::<usize>(&["LLEN", "queue:low"]);
    let clicked = ureq::post(format!("http://{page}/recount")).send_empty();
    kit.assert(&format!("the page enqueues recounts: {clicked:?}"), clicked.is_ok());
    kit.assert_eq("1,000 recounts are enqueued", recounts(), 1_000);
    let work = kit.start(&[
        "work",
        "--api",
        &api.url(),
        "-q",
        "critical",
        "-q",
        "default",
        "-q",
        "low",
    ]);
    kit.eventually("the worker recounts", || recounts() < 999);
    let clicked = ureq::post(format!("http://{page}/counters/hits/incr")).send_empty();
    kit.assert(&format!("the page answers the click: {clicked:?}"), clicked.is_ok());
    kit.eventually("the value changes", || api.value("hits").ok().flatten() == Some(1));
    let left = recounts();
    kit.assert(
        &format!("that is long before the recounts are done: {left} are left"),
        left > 900,
    );
    let unknown = json!({"class": "RecountWorker", "args": ["unknown"], "retry": false}).to_string();
    kit.lpush("queue:critical", &[unknown.as_bytes()]);
    kit.eventually("a recount of an unknown counter fails", || {
        work.stderr().contains("no counter at")
    });
}

/// Catches: queues in addition to the given ones.
#[test]
fn work_fetches_from_its_own_queues_only() {
    let kit = testkit::kit!();
    let job = |jid: &str| json!({"class": "SlowWorker", "args": [1], "jid": jid}).to_string();
    kit.lpush("queue:default", &[job("aaaaaaaaaaaaaaaaaaaaaaaa").as_bytes()]);
    kit.lpush("queue:mailers", &[job("bbbbbbbbbbbbbbbbbbbbbbbb").as_bytes()]);
    let program = kit.start(&["work", "-q", "mailers,2", "--queue", "low"]);
    kit.eventually("a job of its queue is performed", || {
        program.stderr().contains("bbbbbbbbbbbbbbbbbbbbbbbb")
    });
    kit.eventually("then it waits for jobs", || kit.blocked() > 0);
    kit.assert_eq("the job of another queue stays", kit.list("queue:default").len(), 1);
}
