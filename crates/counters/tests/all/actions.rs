//! The page's buttons besides + and −, on a real Redis.

use counters::web::Page;
use serde_json::{Value, json};
use testkit::Kit;

use crate::support::http::{self, Answer};
use crate::support::site;

fn press(page: &Page, path: &str) -> Answer {
    http::post_json(&format!("{}/actions/{path}", page.url()))
}

/// Returns the commands that the page shows.
fn displayed(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{answer:?}");
    let commands = answer.json()["commands"].clone();
    serde_json::from_value(commands).unwrap()
}

/// Returns the commands that the page has sent to Redis, formatted as for `redis-cli`.
fn sent(kit: &Kit, verbs: &[&str]) -> Vec<String> {
    let lines = kit.commands();
    lines
        .into_iter()
        .filter(|line| verbs.iter().any(|verb| line.starts_with(verb)))
        .collect()
}

/// A job of a set, with a field that only its worker knows.
const JOB: &str = r#"{"class":"FailWorker","args":["a"],"retry":true,"queue":"low","jid":"aaaaaaaaaaaaaaaaaaaaaaaa","enqueued_at":1795454181.5,"retry_count":2,"x":[1e2]}"#;

/// Returns the address of an action on the only job in a set.
fn action(page: &Page, set: &str, action: &str) -> String {
    let html = http::get(&page.url()).body;
    let start = format!("/actions/jobs/{set}/");
    let id = html
        .split(&start)
        .nth(1)
        .unwrap_or_else(|| panic!("no job in {set}: {html}"));
    format!("jobs/{set}/{}/{action}", id.split('/').next().unwrap())
}

/// Any worker performs these jobs. Catches: a queue that is missing in the set `queues`, one jid
/// for all, a wrong number of jobs.
#[test]
fn each_button_enqueues_its_jobs() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    for (word, class, count) in [
        ("one", "SlowWorker", 1),
        ("many", "SlowWorker", 1_000),
        ("slow", "SlowWorker", 1),
        ("failing", "FailWorker", 1),
        ("panicking", "PanicWorker", 1),
    ] {
        kit.command(&["FLUSHDB"]);
        let answer = press(&page, &format!("push/{word}"));
        let jobs: Vec<Value> = kit
            .list("queue:default")
            .iter()
            .map(|job| serde_json::from_str(job).unwrap())
            .collect();
        kit.assert_eq(&format!("“{word}” is so many jobs"), jobs.len(), count);
        kit.assert("all are of its class", jobs.iter().all(|job| job["class"] == class));
        let mut jids: Vec<&str> = jobs.iter().map(|job| job["jid"].as_str().unwrap()).collect();
        kit.assert("a jid is 24 hexadecimal digits", jids.iter().all(|jid| jid.len() == 24));
        jids.sort_unstable();
        jids.dedup();
        kit.assert_eq("each has its own", jids.len(), count);
        let member = kit.query::<Vec<String>>(&["SMEMBERS", "queues"]);
        kit.assert_eq("the queue is made known", member, vec!["default".to_owned()]);
        kit.assert_eq("two commands are shown", displayed(&answer).len(), 2);
    }
    let answer = press(&page, "push/everything");
    kit.assert_eq("there is no other", answer.status, 404);
}

/// A user can type the commands that the page shows. Catches: sending other commands than the page
/// shows.
#[test]
fn shows_the_commands_that_it_sends() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    let plain = |line: &str| line.replace(['\'', '"', '\\'], "");
    let answer = press(&page, "push/failing");
    let shown: Vec<String> = displayed(&answer).iter().map(|line| plain(line)).collect();
    let commands: Vec<String> = sent(&kit, &["SADD", "LPUSH"]).iter().map(|line| plain(line)).collect();
    // A payload of this length is shortened.
    let start = |line: &String| line.trim_end_matches('…').to_owned();
    kit.assert_eq("so many commands", shown.len(), commands.len());
    for (shown, command) in shown.iter().zip(&commands) {
        kit.assert(
            &format!("{command} begins as shown: {shown}"),
            command.starts_with(&start(shown)),
        );
    }
}

/// Catches: a job in two places or in none, changed bytes, and one failure too many.
#[test]
fn moves_a_job_of_a_set_to_its_queue() {
    for set in ["retry", "schedule", "dead"] {
        let kit = testkit::kit!();
        let page = site::on(&kit);
        kit.command(&["ZADD", set, "99999999999", JOB]);
        let answer = press(&page, &action(&page, set, "now"));
        kit.assert_eq("it has left the set", kit.query::<u64>(&["ZCARD", set]), 0);
        let queue = kit.list("queue:low");
        kit.assert_eq("it waits in its own queue", queue.len(), 1);
        let job: Value = serde_json::from_str(&queue[0]).unwrap();
        kit.assert(
            "it waits since now",
            job["enqueued_at"].as_f64().unwrap() > 1_795_454_181.5,
        );
        kit.assert_eq(
            "the failure before does not count",
            job["retry_count"].clone(),
            json!(1),
        );
        kit.assert("all else has its bytes", queue[0].ends_with(r#","x":[1e2]}"#));
        kit.assert_eq(
            "the queue is known",
            kit.query::<bool>(&["SISMEMBER", "queues", "low"]),
            true,
        );
        kit.assert_eq("three commands are shown", displayed(&answer).len(), 3);
    }
}

/// Catches: a kill that loses the job, or moves another one.
#[test]
fn kills_and_deletes_a_job() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    kit.command(&["ZADD", "retry", "99999999999", JOB]);
    let answer = press(&page, &action(&page, "retry", "kill"));
    kit.assert_eq("it has left the set", kit.query::<u64>(&["ZCARD", "retry"]), 0);
    let dead = kit.query::<Vec<String>>(&["ZRANGE", "dead", "0", "-1"]);
    kit.assert_eq("it is dead, byte for byte", dead, vec![JOB.to_owned()]);
    kit.assert(
        "the commands are shown",
        displayed(&answer)[1].starts_with("ZADD dead "),
    );

    displayed(&press(&page, &action(&page, "dead", "delete")));
    kit.assert_eq("it is gone", kit.query::<u64>(&["ZCARD", "dead"]), 0);
    kit.assert_eq("and nowhere else", kit.list("queue:low").len(), 0);
}

/// Catches: a quote in a word, at which `redis-cli` would end the word.
#[test]
fn escapes_a_quote_in_a_command() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    kit.command(&["ZADD", "retry", "99999999999", r#"{"class":"A","args":["it's"]}"#]);
    let answer = press(&page, &action(&page, "retry", "kill"));
    let shown = displayed(&answer)[1].clone();
    kit.assert(
        &format!("the quote is escaped: {shown}"),
        shown.ends_with(r#"'{"class":"A","args":["it\'s"]}'"#),
    );
}

/// The job has moved since the page was drawn. Catches: a job that a late click duplicates, and
/// clicks on other addresses.
#[test]
fn ignores_a_job_that_has_moved() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    kit.command(&["ZADD", "retry", "99999999999", JOB]);
    let address = action(&page, "retry", "now");
    kit.command(&["DEL", "retry"]);
    let answer = press(&page, &address);
    kit.assert_eq("it is reported", answer.status, 404);
    kit.assert("in a sentence", answer.error().contains("not there any more"));
    kit.assert_eq("nothing was enqueued", kit.list("queue:low").len(), 0);
    kit.command(&["ZADD", "retry", "99999999999", JOB]);
    for address in [
        "jobs/queue:low/0/now",
        &address.replace("now", "eat"),
        "jobs/retry/0/now",
    ] {
        kit.assert_eq(address, press(&page, address).status, 404);
    }
    kit.assert_eq("the job is where it was", kit.query::<u64>(&["ZCARD", "retry"]), 1);
}

/// The signals are sent as Sidekiq's Web UI does. Catches: signals to keys that do not belong to a
/// process, and signals without a TTL.
#[test]
fn sends_signals_to_a_process() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    kit.command(&["SADD", "processes", "host:7:abc"]);
    kit.command(&["HSET", "host:7:abc", "beat", "1.0", "concurrency", "2"]);
    displayed(&press(&page, "processes/host:7:abc/quiet"));
    displayed(&press(&page, "processes/host:7:abc/stop"));
    let signals = kit.list("host:7:abc-signals");
    kit.assert_eq(
        "the first signal is read first",
        signals,
        vec!["TERM".to_owned(), "TSTP".to_owned()],
    );
    let left = kit.query::<i64>(&["TTL", "host:7:abc-signals"]);
    kit.assert("they are forgotten after a minute", (1..=60).contains(&left));
    for address in ["processes/nobody/stop", "processes/host:7:abc/explode"] {
        kit.assert_eq(address, press(&page, address).status, 404);
    }
    kit.assert_eq(
        "no other key was written",
        kit.keys().contains(&"nobody-signals".to_owned()),
        false,
    );
}

/// Only `cargo kata play` can kill the job process, over its control socket. Catches: a page that
/// kills any pid found in Redis.
#[test]
fn kills_nothing_without_play() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    let me = format!("host:{}:abc", std::process::id());
    kit.command(&["SADD", "processes", &me]);
    kit.command(&["HSET", &me, "beat", "1.0"]);
    kit.assert_eq("the action is unknown", press(&page, "kill").status, 404);
    let html = http::get(&page.url()).body;
    kit.assert(
        "and no such button",
        html.contains(&me) && !html.contains("/actions/kill"),
    );
}

/// Catches: a route that is not behind the guard.
#[test]
fn rejects_actions_of_other_sites() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    kit.command(&["ZADD", "retry", "99999999999", JOB]);
    kit.command(&["SADD", "processes", "host:7:abc"]);
    kit.command(&["HSET", "host:7:abc", "beat", "1.0"]);
    let before = kit.keys();
    let job = action(&page, "retry", "delete");
    for address in ["push/many", &job, "processes/host:7:abc/stop", "kill"] {
        for header in [("Sec-Fetch-Site", "cross-site"), ("Origin", "http://evil.example")] {
            let url = format!("{}/actions/{address}", page.url());
            let answer = http::send("POST", &url, &[header], "");
            kit.assert_eq(&format!("{address} with {header:?} is refused"), answer.status, 403);
        }
        let url = format!("{}/actions/{address}", page.url());
        kit.assert_eq("a link changes nothing", http::get(&url).status, 405);
    }
    kit.assert_eq("nothing has changed", kit.keys(), before);
}

/// Without JavaScript a user gets a page. Catches: JSON in the browser window.
#[test]
fn redirects_a_form_to_the_page() {
    let kit = testkit::kit!();
    let page = site::on(&kit);
    let answer = http::post(&format!("{}/actions/push/one", page.url()), "");
    kit.assert_eq("a redirect", (answer.status, answer.header("location")), (303, "/?"));
    let answer = http::post(&format!("{}/actions/processes/nobody/stop", page.url()), "");
    kit.assert_eq(
        "a page",
        (answer.status, answer.header("content-type")),
        (404, "text/html; charset=utf-8"),
    );
    kit.assert(
        "which says why",
        answer.body.contains("This process is not there any more"),
    );
}

/// Catches: a password on the page, and an error that does not say what to do.
#[test]
fn reports_a_redis_that_cannot_be_reached() {
    let (page, _) = site::page("http://127.0.0.1:9", "redis://:secret@127.0.0.1:9/0");
    let answer = press(&page, "push/one");
    assert_eq!(answer.status, 503);
    let error = answer.error();
    assert!(
        error.contains("See that it runs, then press again") && !error.contains("secret"),
        "{error}"
    );
}
