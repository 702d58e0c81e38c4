//! The configured latency and faults of the API.

use std::sync::Mutex;
use std::thread;
use std::time::{Duration, Instant};

use counters::api::{self, Api, Config, Error};

use crate::support::http::{get, put, put_keyed};

/// Starts an API whose dice return these numbers in turn, repeatedly.
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

/// Of calls that all fail, half are stored nevertheless: those whose dice return 0.5 or more.
#[test]
fn fails_half_before_and_half_after_storing() {
    let (api, incr) = with_dice(1.0, &[0.499, 0.5, 0.999_999]);
    for expected in [0, 1, 2, 2] {
        let answer = put(&incr);
        assert_eq!(answer.status, 503);
        assert!(answer.error().contains("on purpose"), "{}", answer.error());
        assert_eq!(api.value("hits").unwrap(), Some(expected));
    }
}

/// A client that repeats a failed call with its key counts once. At the rate one half, a call whose
/// dice return 0.5 does not fail.
#[test]
fn a_key_makes_a_call_idempotent() {
    let (api, incr) = with_dice(0.5, &[0.499, 0.0, 0.5]);
    let statuses = [(); 3].map(|()| put_keyed(&incr, "k1").status);
    assert_eq!(statuses, [503, 503, 200]);
    assert_eq!(api.value("hits").unwrap(), Some(1));
}

/// The default dice are random: of many calls at the rate one half, not nearly all or none fail.
#[test]
fn uses_random_dice_by_default() {
    let api = api::spawn(Config {
        fail_rate: 0.5,
        ..Config::default()
    })
    .unwrap();
    let url = format!("{}/counters/hits", api.url());
    put(&url);
    let failed = (0..200).filter(|_| put(&format!("{url}/incr")).status == 503).count();
    // Five standard deviations: one run in a million is farther off.
    assert!((65..=135).contains(&failed), "{failed} of 200 failed");
    let stored = api.value("hits").unwrap().unwrap();
    assert!(
        stored > 200 - failed as i64,
        "none of the {failed} that failed was stored"
    );
}

/// An invalid rate is rejected at the start.
#[test]
fn rejects_an_invalid_rate() {
    for fail_rate in [1.1, -0.1, f64::NAN, f64::INFINITY] {
        let error = api::spawn(Config {
            fail_rate,
            ..Config::default()
        })
        .unwrap_err();
        assert!(matches!(error, Error::BadRate(_)), "{error:?}");
        assert!(error.to_string().contains(&fail_rate.to_string()), "{error}");
    }
}

/// Every PUT takes the latency, ten at once take no longer than one, and reads are not delayed.
#[test]
fn delays_each_put_alone() {
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
