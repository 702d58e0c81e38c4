//! As slow and as unreliable as wanted.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use counters::api::{self, Api, Config, Error};

use crate::support::http::{get, put, put_keyed};

/// An API whose dice show these numbers in turn, over and over.
fn with_dice(fail_rate: f64, numbers: &'static [f64]) -> (Api, String) {
    let next = Mutex::new(numbers.iter().cycle());
    let dice = Box::new(move || *next.lock().unwrap().next().unwrap());
    let api = api::spawn(Config {
        fail_rate,
        dice,
        ..Config::default()
    })
    .unwrap();
    let url = format!("{}/counters/hits", api.url());
    assert_eq!(put(&url).status, 201, "a definition never fails on purpose");
    (api, format!("{url}/incr"))
}

/// Of calls that all fail, half are stored nevertheless.
#[test]
fn half_fail_before_and_half_after_storing() {
    let (api, incr) = with_dice(1.0, &[0.1, 0.9]);
    for expected in [0, 1, 1, 2] {
        let answer = put(&incr);
        assert_eq!(answer.status, 503);
        assert!(answer.error().contains("on purpose"), "{}", answer.error());
        assert_eq!(api.value("hits").unwrap(), Some(expected));
    }
}

/// Which is why there are keys: whoever repeats a failed call with its key counts once.
#[test]
fn a_key_makes_a_failed_call_repeatable() {
    let (api, incr) = with_dice(0.5, &[0.4, 0.1, 0.9]);
    let statuses = [(); 3].map(|()| put_keyed(&incr, "k1").status);
    assert_eq!(statuses, [503, 503, 200]);
    assert_eq!(api.value("hits").unwrap(), Some(1));
}

/// The dice of the program itself are fair: far from all or none of many calls fail at one half.
#[test]
fn the_default_dice_are_random() {
    let api = api::spawn(Config {
        fail_rate: 0.5,
        ..Config::default()
    })
    .unwrap();
    let url = format!("{}/counters/hits", api.url());
    put(&url);
    let failed = (0..200).filter(|_| put(&format!("{url}/incr")).status == 503).count();
    // Five deviations: one run in a million is farther off.
    assert!((65..=135).contains(&failed), "{failed} of 200 failed");
    let stored = api.value("hits").unwrap().unwrap();
    assert!(
        stored > 200 - failed as i64,
        "none of the {failed} that failed was stored"
    );
}

/// A rate that is none is refused at the start.
#[test]
fn a_bad_rate_is_refused() {
    let error = api::spawn(Config {
        fail_rate: 1.5,
        ..Config::default()
    })
    .unwrap_err();
    assert!(matches!(error, Error::BadRate(rate) if rate == 1.5), "{error:?}");
    assert!(error.to_string().contains("1.5"), "{error}");
}

/// Every PUT is slow, ten at once are no slower than one, and reading is not slow at all.
#[test]
fn latency_is_for_each_put_alone() {
    let latency = Duration::from_secs(1);
    let api = api::spawn(Config {
        latency,
        ..Config::default()
    })
    .unwrap();
    let url = format!("{}/counters/hits", api.url());
    let start = Instant::now();
    put(&url);
    assert!(start.elapsed() >= latency, "defined in {:?}", start.elapsed());
    let start = Instant::now();
    thread::scope(|scope| {
        for _ in 0..10 {
            scope.spawn(|| put(&format!("{url}/incr")));
        }
    });
    let took = start.elapsed();
    assert!(took >= latency && took < latency * 5, "ten changes took {took:?}");
    let start = Instant::now();
    let listing = get(&format!("{}/counters", api.url()));
    assert!(start.elapsed() < latency, "listed in {:?}", start.elapsed());
    assert_eq!(listing.header("latency-ms"), "1000");
}
