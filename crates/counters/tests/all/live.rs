//! The data that changes by itself: values, waiting jobs, and the errors of the sources.

use std::net::SocketAddr;
use std::thread;
use std::time::{Duration, Instant};

use counters::api::{self, Config};
use counters::web::{self, Change, Web};
use serde_json::{Value, json};

use crate::support::DEADLINE;
use crate::support::events::Events;
use crate::support::http::{get, post, put};
use crate::support::site::{Redis, Site, at, page};

/// A changed value and a new counter are sent without a request.
#[test]
fn sends_changes() {
    let site = Site::new();
    site.define("a%2Fb");
    let events = site.events();
    let first = json!([{"name": "a/b", "path": "/counters/a%2Fb", "value": "0", "pending": ""}]);
    events.until("the first state", |view| {
        view["counters"] == first && view["waiting"] == "0"
    });
    put(&format!("{}/counters/a%2Fb/decr", site.api.url()));
    events.until("the new value", |view| view["counters"][0]["value"] == "−1");
    site.define("c");
    events.until("the new counter", |view| view["counters"][1]["name"] == "c");
    site.redis.set("default", 7);
    events.until("the jobs", |view| view["waiting"] == "7");
    site.redis.set("low", 3);
    events.until("the jobs of both queues", |view| {
        view["waiting"] == "10" && view["notices"] == json!([])
    });
}

/// The first event is current, not the state that was cached.
#[test]
fn the_first_event_is_fresh() {
    let site = Site::new();
    site.index();
    site.define("hits");
    site.redis.set("default", 5);
    let first = site.events().until("anything", |_| true);
    assert_eq!(
        (&first["counters"][0]["name"], &first["waiting"]),
        (&json!("hits"), &json!("5"))
    );
}

/// Fifty clients need no more polls than one, and without clients there are none.
#[test]
fn one_poll_serves_all() {
    let site = Site::new();
    let all: Vec<_> = (0..50).map(|_| site.events()).collect();
    for events in &all {
        events.until("a state", |view| view["waiting"] == "0");
    }
    let before = site.redis.polls();
    thread::sleep(Duration::from_secs(1));
    let polls = site.redis.polls() - before;
    assert!((2..=8).contains(&polls), "{polls} polls in a second for 50 clients");
    drop(all);
    // The threads that read the streams notice at the next event that the receiver is gone, and
    // close the connection.
    site.redis.set("default", 1);
    site.redis.kit.eventually_in(DEADLINE, "there are no more polls", || {
        let before = site.redis.polls();
        thread::sleep(Duration::from_millis(500));
        site.redis.polls() == before
    });
}

/// Without an API the page names it and its address, still shows the old values, and recovers by
/// itself.
#[test]
fn reports_an_unreachable_api_and_recovers() {
    let (api, redis) = (api::spawn(Config::default()).unwrap(), Redis::start());
    put(&format!("{}/counters/hits", api.url()));
    let (page, _) = page(&api.url(), &redis.proxy.url());
    let events = Events::open(&format!("{}/events", page.url()));
    events.until("the counter", |view| view["counters"][0]["name"] == "hits");
    let address = api.url();
    drop(api);
    let away = events.until("a notice", |view| {
        view["notices"].as_array().is_some_and(|notices| notices.len() == 1)
    });
    let notice = away["notices"][0].as_str().unwrap();
    assert!(
        notice.contains("API") && notice.contains(&address) && notice.contains("Trying again"),
        "{notice}"
    );
    assert!(notice.contains("Go on pressing"), "{notice}");
    assert_eq!(away["counters"][0]["name"], "hits", "what was known is still shown");
    let body = get(&page.url()).body;
    assert!(body.contains(notice), "{body}");
    let listen = address.trim_start_matches("http://").parse().unwrap();
    let _api = api::spawn(Config {
        listen,
        ..Config::default()
    })
    .unwrap();
    events.until("no notice", |view| {
        view["notices"] == json!([]) && view["counters"] == json!([])
    });
}

/// The same for Redis; clicks and values continue as far as possible.
#[test]
fn reports_an_unreachable_redis_and_recovers() {
    let site = Site::new();
    site.define("hits");
    site.redis.set("default", 4);
    let events = site.events();
    events.until("the jobs", |view| view["waiting"] == "4");
    let redis = &site.redis.proxy;
    redis.refuse();
    redis.cut();
    let away = events.until("a notice", |view| view["notices"][0].is_string());
    let notice = away["notices"][0].as_str().unwrap();
    assert!(
        notice.contains("Redis")
            && notice.contains(redis.url().split('/').nth(2).unwrap())
            && notice.contains("Trying again"),
        "{notice}"
    );
    put(&format!("{}/counters/hits/incr", site.api.url()));
    events.until("the value all the same", |view| view["counters"][0]["value"] == "1");
    redis.accept();
    site.redis.set("default", 9);
    events.until("the jobs again", |view| {
        view["waiting"] == "9" && view["notices"] == json!([])
    });
    assert_eq!(post(&site.url("/counters/hits/incr"), "").status, 303);
}

/// A Redis that accepts commands and never answers counts as unreachable, too; the page itself
/// stays fast.
#[test]
fn reports_a_frozen_redis() {
    let site = Site::new();
    let events = site.events();
    events.until("a state", |view| view["waiting"] == "0");
    site.redis.proxy.freeze();
    let start = Instant::now();
    assert_eq!(site.index().status, 200);
    assert!(start.elapsed() < Duration::from_secs(2), "{:?}", start.elapsed());
    events.until("a notice", |view| {
        view["notices"][0]
            .as_str()
            .is_some_and(|notice| notice.contains("Redis"))
    });
}

/// A Redis that rejects the commands is not called unreachable, because starting one would not
/// help.
#[test]
fn quotes_the_error_of_a_redis_that_rejects_commands() {
    let kit = testkit::kit!(own);
    kit.command(&["ACL", "SETUSER", "limited", "on", ">word", "~*", "+@all", "-smembers"]);
    let (page, _) = page(
        "http://127.0.0.1:9",
        &kit.url().replace("redis://", "redis://limited:word@"),
    );
    let rejects = |view: &Value| view["notices"].to_string().contains("rejects");
    let view = Events::open(&format!("{}/events", page.url())).until("a notice", rejects);
    let notices = view["notices"].to_string();
    assert!(notices.contains("smembers"), "{notices}");
}

/// The service at the API's address may be something else.
#[test]
fn reports_an_invalid_listing() {
    let (other, redis) = (Site::new(), Redis::start());
    let (page, _) = page(&other.page.url(), &redis.proxy.url());
    let body = get(&page.url()).body;
    assert!(body.contains("it answered 405"), "{body}");
}

/// Stopping the page ends its event streams and frees its port, even while clients watch.
#[test]
fn ends_the_streams_at_a_stop() {
    let site = Site::new();
    let events = site.events();
    events.until("a state", |view| view["waiting"] == "0");
    let (address, start) = (site.page.address(), Instant::now());
    drop(site);
    assert!(start.elapsed() < Duration::from_secs(3), "{:?}", start.elapsed());
    events.wait_for_end();
    assert!(std::net::TcpListener::bind(address).is_ok());
}

/// The page listens on the address that it prints, also on IPv6 if available.
#[test]
fn accepts_ipv6_loopback() {
    let listen = SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 1], 0));
    if std::net::TcpListener::bind(listen).is_err() {
        eprintln!("SKIPPED: this computer has no IPv6");
        return;
    }
    let (api, redis) = (api::spawn(Config::default()).unwrap(), Redis::start());
    let web = Web {
        listen,
        ..at(&api.url(), &redis.proxy.url())
    };
    let page = web::spawn(web, |_: &str, _: Change| Ok(String::new())).unwrap();
    assert!(page.url().starts_with("http://[::1]:"), "{}", page.url());
    assert_eq!(get(&page.url()).status, 200);
}
