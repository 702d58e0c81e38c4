//! Idempotency keys: the same call twice counts once.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use counters::api::{self, Api, Config};
use redb::{Database, ReadableDatabase, ReadableTableMetadata, TableDefinition};
use serde_json::json;

use crate::support::http::{put, put_keyed, send};
use crate::support::new_file;

const DAY: u64 = 24 * 60 * 60;
const NOW: u64 = 1_795_454_181;

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

/// A hundred calls at once with one key count once and all return the same: key and value change in
/// one transaction.
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

/// With a file, values and keys survive the program.
#[test]
fn values_and_keys_survive_a_restart() {
    let file = new_file("data");
    let data = || Config {
        data: Some(file.clone().into()),
        ..Config::default()
    };
    let (api, url) = with_hits(data());
    put_keyed(&format!("{url}/incr"), "k1");
    drop(api);
    let (api, url) = with_hits(data());
    assert_eq!(api.value("hits").unwrap(), Some(1));
    assert_eq!(put_keyed(&format!("{url}/incr"), "k1").json()["value"], 1);
    assert_eq!(api.value("hits").unwrap(), Some(1));
}

/// A key is valid for exactly 200 days; then it is removed from the file.
#[test]
fn removes_keys_after_200_days() {
    let file = new_file("data");
    let now = Arc::new(AtomicU64::new(NOW));
    let clock = now.clone();
    let (api, url) = with_hits(Config {
        data: Some(file.clone().into()),
        clock: Box::new(move || UNIX_EPOCH + Duration::from_secs(clock.load(Ordering::SeqCst))),
        ..Config::default()
    });
    let incr = |key: &str| put_keyed(&format!("{url}/incr"), key).json()["value"].clone();
    assert_eq!((incr("k1"), incr("k2"), incr("k3")), (json!(1), json!(2), json!(3)));
    now.store(NOW + 200 * DAY - 1, Ordering::SeqCst);
    assert_eq!(incr("k1"), 1);
    // k1 has expired by then, so the call counts again; k4 is new; k2 and k3 are removed.
    now.store(NOW + 200 * DAY, Ordering::SeqCst);
    assert_eq!((incr("k1"), incr("k4")), (json!(4), json!(5)));
    assert_eq!(incr("k1"), 4);
    drop(api);
    let table: TableDefinition<&str, (&str, bool, i64, u64)> = TableDefinition::new("keys");
    let ages: TableDefinition<(u64, &str), ()> = TableDefinition::new("keys by age");
    let database = Database::create(file).unwrap();
    let reading = database.begin_read().unwrap();
    assert_eq!(reading.open_table(table).unwrap().len().unwrap(), 2);
    assert_eq!(reading.open_table(ages).unwrap().len().unwrap(), 2);
}

/// Values stop at the limits of 64 bits instead of wrapping around, and the call reports it.
#[test]
fn does_not_wrap_a_value() {
    let file = new_file("data");
    let table: TableDefinition<&str, i64> = TableDefinition::new("counters");
    let database = Database::create(&file).unwrap();
    let writing = database.begin_write().unwrap();
    writing.open_table(table).unwrap().insert("high", i64::MAX).unwrap();
    writing.open_table(table).unwrap().insert("low", i64::MIN).unwrap();
    writing.commit().unwrap();
    drop(database);
    let api = api::spawn(Config {
        data: Some(file.into()),
        ..Config::default()
    })
    .unwrap();
    for (path, value) in [("high/incr", i64::MAX), ("low/decr", i64::MIN)] {
        let answer = put(&format!("{}/counters/{path}", api.url()));
        assert_eq!(answer.status, 409);
        assert!(answer.error().contains(&value.to_string()), "{}", answer.error());
    }
    assert_eq!(
        (api.value("high").unwrap(), api.value("low").unwrap()),
        (Some(i64::MAX), Some(i64::MIN))
    );
}
