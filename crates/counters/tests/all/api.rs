//! The API's paths, one by one.

use std::thread;

use counters::api::{self, Api, Config};
use serde_json::json;

use crate::support::http::{get, put, send};

fn api() -> Api {
    api::spawn(Config::default()).unwrap()
}

/// Defining returns 201 once and 200 after that, and never resets the value: a page that defines
/// twice must not lose the count.
#[test]
fn defining_twice_preserves_the_value() {
    let api = api();
    let url = format!("{}/counters/hits", api.url());
    let first = put(&url);
    assert_eq!((first.status, first.json()), (201, json!({"name": "hits", "value": 0})));
    put(&format!("{url}/incr"));
    let second = put(&url);
    assert_eq!(
        (second.status, second.json()),
        (200, json!({"name": "hits", "value": 1}))
    );
}

/// Both changes return the new value, also below zero.
#[test]
fn changes_return_the_new_value() {
    let api = api();
    let url = format!("{}/counters/hits", api.url());
    put(&url);
    for (change, value) in [("incr", 1), ("decr", 0), ("decr", -1)] {
        let answer = put(&format!("{url}/{change}"));
        assert_eq!(
            (answer.status, answer.json()),
            (200, json!({"name": "hits", "value": value}))
        );
    }
    assert_eq!(get(&url).json(), json!({"name": "hits", "value": -1}));
    assert_eq!(api.value("hits").unwrap(), Some(-1));
}

/// The listing has all counters, sorted by name, and the latency that the page shows.
#[test]
fn the_listing_is_sorted() {
    let api = api();
    assert_eq!(get(&format!("{}/counters", api.url())).json(), json!([]));
    for name in ["b", "a", "%C3%A9"] {
        put(&format!("{}/counters/{name}", api.url()));
    }
    let listing = get(&format!("{}/counters", api.url()));
    let expected = json!([{"name": "a", "value": 0}, {"name": "b", "value": 0}, {"name": "é", "value": 0}]);
    assert_eq!((listing.status, listing.json()), (200, expected));
    assert_eq!(listing.header("latency-ms"), "0");
}

/// A change never defines a counter, so that a typing error in a job is noticed.
#[test]
fn an_undefined_counter_is_404() {
    let api = api();
    for (method, path) in [("GET", ""), ("PUT", "/incr"), ("PUT", "/decr")] {
        let answer = send(method, &format!("{}/counters/lost{path}", api.url()), &[], "");
        assert_eq!(answer.status, 404, "{method} {path}");
        assert!(answer.error().contains("\"lost\""), "{}", answer.error());
    }
    assert_eq!(get(&format!("{}/counters", api.url())).json(), json!([]));
}

/// Names in the path are preserved, whatever characters they contain.
#[test]
fn names_are_percent_encoded() {
    let api = api();
    for (path, name) in [
        ("a%2Fb", "a/b"),
        ("%3Cb%3E%20%26%20%C3%BC", "<b> & ü"),
        ("100%25", "100%"),
        ("a+b", "a+b"),
        ("%F0%9F%AB%96", "🫖"),
        ("incr", "incr"),
        ("...", "..."),
    ] {
        assert_eq!(put(&format!("{}/counters/{path}", api.url())).json()["name"], name);
        assert_eq!(
            put(&format!("{}/counters/{path}/incr", api.url())).json()["value"],
            1,
            "{name}"
        );
        assert_eq!(api.value(name).unwrap(), Some(1), "{name}");
    }
}

/// The rules for names, on every path that takes one.
#[test]
fn a_bad_name_is_422() {
    let api = api();
    let too_long = "%C3%A9".repeat(65);
    let rules: [(&str, &[&str]); 5] = [
        ("must not be empty", &[""]),
        ("cannot be named \".\" or \"..\"", &["%2E", "%2e%2E"]),
        ("control characters", &["a%0Ab", "a%09b", "%00", "%7F", "%C2%85"]),
        ("must be UTF-8", &["%FF"]),
        ("this one has 65", &[&too_long]),
    ];
    for (rule, names) in rules {
        for name in names {
            for (method, end) in [("GET", ""), ("PUT", ""), ("PUT", "/incr"), ("PUT", "/decr")] {
                let answer = send(method, &format!("{}/counters/{name}{end}", api.url()), &[], "");
                assert_eq!(answer.status, 422, "{method} {name:?}{end}: {answer:?}");
                assert!(answer.error().contains(rule), "{name:?}: {}", answer.error());
            }
        }
    }
    assert_eq!(
        put(&format!("{}/counters/{}", api.url(), "%C3%A9".repeat(64))).status,
        201
    );
}

/// Paths that are not routes of the API also return JSON with a sentence.
#[test]
fn all_errors_are_json_sentences() {
    let api = api();
    for (method, path, status) in [
        ("GET", "/", 404),
        ("GET", "/counters/a/b/c", 404),
        ("PUT", "/counters/a/reset", 404),
        ("POST", "/counters", 405),
        ("DELETE", "/counters/a", 405),
        ("GET", "/counters/a/incr", 405),
        ("POST", "/counters/a/incr", 405),
    ] {
        let answer = send(method, &format!("{}{path}", api.url()), &[], "");
        assert_eq!(answer.status, status, "{method} {path}");
        assert!(answer.error().contains(' '), "{}", answer.error());
    }
    let large = send("PUT", &format!("{}/counters/a", api.url()), &[], &"x".repeat(100_000));
    assert_eq!((large.status, large.error().is_empty()), (413, false));
    assert_eq!(api.value("a").unwrap(), None);
}

/// A hundred changes at once: none is lost between reading the old value and storing the new one.
#[test]
fn concurrent_changes_all_count() {
    let api = api();
    let url = format!("{}/counters/hits", api.url());
    put(&url);
    thread::scope(|scope| {
        for number in 0..100 {
            let change = if number % 4 == 0 { "decr" } else { "incr" };
            let url = format!("{url}/{change}");
            scope.spawn(move || assert_eq!(put(&url).status, 200));
        }
    });
    assert_eq!(api.value("hits").unwrap(), Some(50));
}

/// Tests of the API's clients can read the calls and their keys.
#[test]
fn records_calls() {
    let api = api();
    put(&format!("{}/counters/a%2Fb", api.url()));
    send(
        "PUT",
        &format!("{}/counters/a%2Fb/incr", api.url()),
        &[("Idempotency-Key", "k1")],
        "",
    );
    get(&format!("{}/counters", api.url()));
    let calls: Vec<_> = api.calls().into_iter().map(|call| (call.path, call.key)).collect();
    let incr = ("/counters/a%2Fb/incr".to_owned(), Some("k1".to_owned()));
    assert_eq!(calls, [("/counters/a%2Fb".to_owned(), None), incr]);
}
