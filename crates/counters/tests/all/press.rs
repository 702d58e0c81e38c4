//! Clicks on + and −, and definitions.

use std::thread;
use std::time::{Duration, Instant};

use counters::api::{self, Config};
use counters::web::{self, Change, Web};

use crate::support::JID;
use crate::support::http::{get, post, post_json, put};
use crate::support::site::{Redis, Site, at, page};

/// A click in a form enqueues one job and redirects to the page, which shows how long it took.
#[test]
fn enqueues_once_and_redirects() {
    let site = Site::with(Config {
        latency: Duration::from_millis(40),
        ..Config::default()
    });
    site.define("hits");
    let answer = post(&site.url("/counters/hits/incr"), "");
    assert_eq!(answer.status, 303);
    assert!(answer.header("server-timing").starts_with("enqueue;dur="), "{answer:?}");
    assert_eq!(site.enqueued(), [("hits".to_owned(), "incr")]);
    let page = get(&site.url(answer.header("location"))).body;
    assert!(
        page.contains("+1 on “hits” enqueued in ") && page.contains("; the API takes 40 ms."),
        "{page}"
    );
    assert!(page.contains(&format!("<code>{JID}</code>")), "{page}");
    post(&site.url("/counters/hits/decr"), "");
    assert_eq!(site.enqueued()[1..], [("hits".to_owned(), "decr")]);
    assert_eq!(
        site.api.value("hits").unwrap(),
        Some(0),
        "the page itself changes nothing"
    );
    assert_eq!(site.api.calls().len(), 1, "a press makes no slow call");
}

/// A click by the script returns the jid and the sentence to show.
#[test]
fn returns_json_to_the_script() {
    let site = Site::new();
    site.define("hits");
    let answer = post_json(&site.url("/counters/hits/decr"));
    assert_eq!(
        (answer.status, answer.header("content-type")),
        (200, "application/json")
    );
    let reply = answer.json();
    assert_eq!(reply["jid"], JID);
    assert!(
        reply["message"]
            .as_str()
            .unwrap()
            .starts_with("−1 on “hits” enqueued in "),
        "{reply}"
    );
    assert_eq!(site.enqueued(), [("hits".to_owned(), "decr")]);
}

/// The job gets the name as it was typed, whatever its encoding in the path.
#[test]
fn accepts_any_name() {
    let site = Site::new();
    for (path, name) in [
        ("a%2Fb", "a/b"),
        ("%C3%BC%20%F0%9F%AB%96", "ü 🫖"),
        ("100%25", "100%"),
        ("a%3Fb%23c", "a?b#c"),
    ] {
        site.define(path);
        assert_eq!(
            post(&site.url(&format!("/counters/{path}/incr")), "").status,
            303,
            "{name}"
        );
        assert_eq!(site.enqueued().last().unwrap(), &(name.to_owned(), "incr"));
    }
}

/// A click on an unknown counter enqueues nothing, because its job could only fail.
#[test]
fn a_press_on_an_undefined_counter_is_404() {
    let site = Site::new();
    let answer = post(&site.url("/counters/%3Cb%3E/incr"), "");
    assert_eq!(answer.status, 404);
    assert!(
        answer.body.contains("There is no counter “&lt;b&gt;”"),
        "{}",
        answer.body
    );
    let answer = post_json(&site.url("/counters/lost/incr"));
    assert_eq!(answer.status, 404);
    assert!(answer.error().contains("lost"), "{}", answer.error());
    for bad in ["%00", "%2E%2E", "%FF"] {
        assert_eq!(
            post_json(&site.url(&format!("/counters/{bad}/incr"))).status,
            422,
            "{bad}"
        );
    }
    assert_eq!(site.enqueued(), []);
}

/// A counter can be clicked as soon as it is defined, even if the page has just polled.
#[test]
fn a_new_counter_can_be_pressed_at_once() {
    let site = Site::new();
    site.index();
    site.define("new");
    assert_eq!(post(&site.url("/counters/new/incr"), "").status, 303);
}

/// Defining calls the API, and the page after the redirect shows how long that took.
#[test]
fn the_form_defines_a_counter() {
    let site = Site::with(Config {
        latency: Duration::from_millis(50),
        ..Config::default()
    });
    let answer = post(&site.url("/counters"), "name=+cups+of%20%C3%BC%2F+");
    assert_eq!(answer.status, 303);
    assert_eq!(site.api.value("cups of ü/").unwrap(), Some(0));
    let page = get(&site.url(answer.header("location"))).body;
    assert!(page.contains("“cups of ü/” defined in "), "{page}");
    assert!(page.contains("<bdi>cups of ü/</bdi>"), "{page}");
    let again = post(&site.url("/counters"), "name=cups+of+%C3%BC%2F");
    let page = get(&site.url(again.header("location"))).body;
    assert!(page.contains("is defined already"), "{page}");
}

/// An invalid name is rejected with the rule.
#[test]
fn a_bad_name_is_422_on_the_page() {
    let site = Site::new();
    for form in [
        "",
        "name=",
        "name=+++",
        "other=x",
        "name=..",
        "name=a%00b",
        &format!("name={}", "x".repeat(65)),
    ] {
        let answer = post(&site.url("/counters"), form);
        assert_eq!(answer.status, 422, "{form}");
        assert!(answer.body.contains("A counter"), "{}", answer.body);
    }
    assert_eq!(site.api.calls(), []);
}

/// If enqueuing fails, the page shows the reason without Redis's password, and does not report a
/// success.
#[test]
fn a_failed_press_is_503() {
    let (api, redis) = (api::spawn(Config::default()).unwrap(), Redis::start());
    put(&format!("{}/counters/hits", api.url()));
    let url = redis.proxy.url().replace("redis://", "redis://:hunter2@");
    let reason = format!("no answer from {url}, nor with hunter2");
    let web = Web {
        redis: url,
        ..at(&api.url(), &redis.proxy.url())
    };
    let page = web::spawn(web, move |_: &str, _: Change| Err(reason.clone().into())).unwrap();
    let form = post(&format!("{}/counters/hits/incr", page.url()), "");
    assert_eq!(form.status, 503);
    assert!(
        form.body
            .contains("Nothing was enqueued: no answer from redis://127.0.0.1:"),
        "{}",
        form.body
    );
    let script = post_json(&format!("{}/counters/hits/incr", page.url()));
    assert_eq!(script.status, 503);
    assert!(
        script.error().contains("See that Redis runs, then press again"),
        "{}",
        script.error()
    );
    assert!(!form.body.contains("hunter2") && !script.body.contains("hunter2"));
}

/// A panic of the step's own code gives a response, not a broken connection.
#[test]
fn a_panicking_press_is_500() {
    let (api, redis) = (api::spawn(Config::default()).unwrap(), Redis::start());
    put(&format!("{}/counters/hits", api.url()));
    let enqueue = |_: &str, _: Change| -> Result<String, _> { panic!("task 1.1: not yet") };
    let page = web::spawn(at(&api.url(), &redis.proxy.url()), enqueue).unwrap();
    let answer = post_json(&format!("{}/counters/hits/incr", page.url()));
    assert_eq!(answer.status, 500);
    assert!(answer.error().contains("task 1.1: not yet"), "{}", answer.error());
}

/// Clicks still work without the API, which is the purpose of a queue; defining reports that it
/// failed.
#[test]
fn presses_do_not_need_the_api() {
    let redis = Redis::start();
    let (page, enqueued) = page("http://127.0.0.1:1", &redis.proxy.url());
    assert_eq!(post(&format!("{}/counters/hits/incr", page.url()), "").status, 303);
    assert_eq!(enqueued.lock().unwrap().len(), 1);
    let answer = post(&format!("{}/counters", page.url()), "name=new");
    assert_eq!(answer.status, 503);
    assert!(
        answer.body.contains("may not have been defined") && answer.body.contains("127.0.0.1:1"),
        "{}",
        answer.body
    );
}

/// Many clicks at once while a client watches: each one is a job, and none waits for the API.
#[test]
fn presses_at_once_all_count() {
    let latency = Duration::from_secs(5);
    let site = Site::with(Config {
        latency,
        ..Config::default()
    });
    site.define("hits");
    let events = site.events();
    events.until("a counter", |view| view["counters"][0]["name"] == "hits");
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..50 {
            scope.spawn(|| assert_eq!(post_json(&site.url("/counters/hits/incr")).status, 200));
        }
    });
    assert!(start.elapsed() < latency, "{:?}", start.elapsed());
    assert_eq!(site.enqueued().len(), 50);
}
