use std::time::{Duration, Instant};

use lookout::Lookout;

use super::{job, lookout};

/// Kills: an error that is taken for an empty Redis, and a connection that is never opened again.
#[test]
fn redis_comes_and_goes() {
    let kit = testkit::kit!(own);
    kit.command(&["SADD", "queues", "default"]);
    kit.lpush("queue:default", &[job(1).as_bytes()]);
    kit.command(&["SAVE"]);
    let mut lookout = lookout(&kit);
    kit.assert_eq("one waits", lookout.look().unwrap().waiting(), 1);
    kit.server().restart();
    kit.assert_eq(
        "a restart goes unnoticed",
        lookout.look().map(|seen| seen.waiting()),
        Ok(1),
    );
    kit.server().kill();
    let error = lookout.look().unwrap_err();
    kit.assert(&format!("it is away: {error}"), error.is_io_error());
    kit.server().start();
    kit.assert_eq("it is back", lookout.look().map(|seen| seen.waiting()), Ok(1));
}

/// The late answer to one question must not be taken for that to the next. Kills: a connection that is kept.
#[test]
fn a_redis_that_hangs_is_away_and_then_right() {
    let kit = testkit::kit!(own);
    kit.command(&["SADD", "queues", "default"]);
    let mut lookout = lookout(&kit);
    lookout.look().unwrap();
    kit.server().pause(Duration::from_secs(3));
    let start = Instant::now();
    let error = lookout.look().unwrap_err();
    kit.assert(&format!("no answer came: {error}"), error.is_timeout());
    kit.assert(
        "that took no longer than two attempts",
        start.elapsed() < Duration::from_secs(5),
    );
    kit.eventually("it is seen again", || lookout.look().is_ok());
    kit.lpush("queue:default", &[job(1).as_bytes()]);
    kit.assert_eq(
        "what it says is of now",
        lookout.look().map(|seen| seen.waiting()),
        Ok(1),
    );
}

/// Kills: an unwrap of what a person typed.
#[test]
fn what_is_no_address_is_refused() {
    assert!(Lookout::new("nowhere").is_err());
    assert_eq!(
        Lookout::new("redis://:secret@127.0.0.1:7/3")
            .unwrap()
            .address()
            .to_string(),
        "127.0.0.1:7"
    );
}
