//! Idempotency keys: the same call twice counts once.

use std::thread;

use counters::api::{self, Api, Config};
use serde_json::json;

use crate::support::http::{put, put_keyed, send};

fn with_hits(config: Config) -> (Api, String) {
    let api = api::spawn(config).unwrap();
    let url = format!("{}/counters/hits", api.url());
    put(&url);
    (api, url)
}

/// The repeated call returns the first result, not the current value.
#[test]
fn returns_the_first_result_to_a_repeated_call() {
    let (api, url) = with_hits(Config::default());
    put_keyed(&format!("{url}/incr"), "k1");
    put(&format!("{url}/incr"));
    let again = put_keyed(&format!("{url}/incr"), "k1");
    assert_eq!((again.status, again.json()), (200, json!({"name": "hits", "value": 1})));
    assert_eq!(api.value("hits").unwrap(), Some(2));
}

/// The status of a definition is stored, too.
#[test]
fn a_repeated_definition_is_201_again() {
    let (api, _) = with_hits(Config::default());
    let url = format!("{}/counters/new", api.url());
    assert_eq!(put_keyed(&url, "k1").status, 201);
    put(&format!("{url}/incr"));
    let again = put_keyed(&url, "k1");
    assert_eq!((again.status, again.json()), (201, json!({"name": "new", "value": 0})));
}

/// A key is for one request: another counter, another change or a definition is a client error.
#[test]
fn the_same_key_with_another_request_is_422() {
    let (api, url) = with_hits(Config::default());
    put(&format!("{}/counters/other", api.url()));
    put_keyed(&format!("{url}/incr"), "k1");
    for other in [format!("{url}/decr"), format!("{}/counters/other/incr", api.url()), url] {
        let answer = put_keyed(&other, "k1");
        assert_eq!(answer.status, 422, "{other}");
        assert!(answer.error().contains("/counters/hits/incr"), "{}", answer.error());
    }
    assert_eq!(
        (api.value("hits").unwrap(), api.value("other").unwrap()),
        (Some(1), Some(0))
    );
}

/// Only successes are stored: a job that came before its counter was defined succeeds when it is
/// retried.
#[test]
fn does_not_store_failed_calls() {
    let (api, _) = with_hits(Config::default());
    let url = format!("{}/counters/late", api.url());
    assert_eq!(put_keyed(&format!("{url}/incr"), "k1").status, 404);
    put(&url);
    assert_eq!(put_keyed(&format!("{url}/incr"), "k1").json()["value"], 1);
}

/// An invalid key is rejected before the call changes anything.
#[test]
fn a_bad_key_is_422() {
    let (api, url) = with_hits(Config::default());
    let long = "k".repeat(256);
    for key in ["", &long, "é", "a\tb"] {
        let answer = put_keyed(&format!("{url}/incr"), key);
        assert_eq!(answer.status, 422, "{key:?}");
        assert!(answer.error().contains("Idempotency-Key"), "{}", answer.error());
    }
    let twice = [("Idempotency-Key", "a"), ("Idempotency-Key", "a")];
    assert_eq!(send("PUT", &format!("{url}/incr"), &twice, "").status, 422);
    assert_eq!(api.value("hits").unwrap(), Some(0));
    assert_eq!(put_keyed(&format!("{url}/incr"), &long[1..]).status, 200);
}

/// A hundred calls at once with one key count once and all return the same: key and value change
/// together.
#[test]
fn concurrent_calls_with_one_key_count_once() {
    let (api, url) = with_hits(Config::default());
    thread::scope(|scope| {
        for _ in 0..100 {
            scope.spawn(|| assert_eq!(put_keyed(&format!("{url}/incr"), "k1").json()["value"], 1));
        }
    });
    assert_eq!(api.value("hits").unwrap(), Some(1));
}
