//! Task 2.2: fetching the next job, waiting for one, and replacing a connection that breaks.

use std::time::{Duration, Instant};

use sidepunch::{Error, Fetch};
use testkit::Kit;

use crate::support::{self, config};

const SHORT: Duration = Duration::from_millis(100);

pub fn fetch(url: String, block: Duration) -> Fetch {
    Fetch::new(&config(url, block)).expect("a URL of a Redis")
}

/// Calls `retrieve` once, and returns the `Fetch` for the next call. If the call hangs, the test
/// fails.
pub fn retrieve(kit: &Kit, mut fetch: Fetch) -> (Fetch, Result<Option<Vec<u8>>, Error>) {
    kit.within(
        Duration::from_secs(10),
        "`retrieve` returns, with a job, without one, or with an error",
        move || {
            let payload = support::retrieve(&mut fetch);
            (fetch, payload)
        },
    )
}

/// Returns the result as text, which can be compared and shown: the payload with escapes, or the
/// error's message.
fn describe(payload: Result<Option<Vec<u8>>, Error>) -> Result<Option<String>, String> {
    let text = |payload: Vec<u8>| payload.escape_ascii().to_string();
    payload
        .map(|payload| payload.map(text))
        .map_err(|error| error.to_string())
}

/// Returns the text that [`describe`] makes of a job.
fn job(text: &str) -> Result<Option<String>, String> {
    Ok(Some(text.to_owned()))
}

/// Catches: the head instead of the tail; a payload that is decoded on the way; a job that stays in
/// the queue.
#[test]
fn takes_the_oldest_job_byte_for_byte() {
    let kit = testkit::kit!();
    kit.lpush("queue:default", &[b"first \xff\x00", b"second"]);
    let mut fetch = fetch(kit.url(), SHORT);
    for expected in ["first \\xff\\x00", "second"] {
        let (back, payload) = retrieve(&kit, fetch);
        fetch = back;
        kit.assert_eq(
            "the payload is the oldest one, byte for byte",
            describe(payload),
            job(expected),
        );
    }
    kit.assert_eq(
        "a fetched job is no longer in the queue",
        kit.list("queue:default").len(),
        0,
    );
}

/// Catches: a timeout of 0, which waits without an end, so that a stop is never seen; seconds that
/// are rounded up, so that the read times out before the wait is over, or down to 0; a read timeout
/// shorter than the wait; a loop of `RPOP`.
#[test]
fn returns_none_after_waiting_for_an_empty_queue() {
    let kit = testkit::kit!();
    let start = Instant::now();
    let block = Duration::from_millis(700);
    let (_, payload) = retrieve(&kit, fetch(kit.url(), block));
    let waited = start.elapsed();
    kit.assert(
        &format!("if there is no job, Ok(None) is returned, not {payload:?}"),
        matches!(payload, Ok(None)),
    );
    // A wait may follow a script that checks the queue first, so only blocking commands count.
    let waits = blocking(&kit.commands());
    kit.assert_eq("one blocking command is enough for one wait", waits.len(), 1);
    kit.assert(
        &format!("its timeout is {block:?}, not {} s", waits[0]),
        (0.6..0.8).contains(&waits[0]),
    );
    // Redis may end a blocking command a little early, because it counts in milliseconds.
    kit.assert(
        &format!("it waits for config.block ({block:?}), not {waited:?}"),
        waited >= block - Duration::from_millis(100),
    );
}

/// Catches: seconds with too few decimals, so that a short wait is rounded to 0 and never ends.
#[test]
fn returns_none_after_a_wait_of_a_few_milliseconds() {
    let kit = testkit::kit!();
    let (_, payload) = retrieve(&kit, fetch(kit.url(), Duration::from_millis(4)));
    kit.assert(
        &format!("if there is no job, Ok(None) is returned, not {payload:?}"),
        matches!(payload, Ok(None)),
    );
}

/// Returns the timeout of each blocking command, in seconds.
fn blocking(commands: &[String]) -> Vec<f64> {
    let timeout = |command: &String| {
        let mut words = command.split_whitespace();
        let timeout = match words.next()?.to_uppercase().as_str() {
            "BLMPOP" => words.next(),
            "BRPOP" | "BLPOP" | "BLMOVE" | "BRPOPLPUSH" => words.last(),
            _ => return None,
        };
        timeout?.trim_matches('"').parse().ok()
    };
    commands.iter().filter_map(timeout).collect()
}

/// Each new connection costs round trips, and leaves a port that cannot be used for a while.
/// Catches: a connection for each call; a connection that is closed when no job comes.
#[test]
fn keeps_its_connection() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let (fetch, payload) = retrieve(&kit, fetch(proxy.url(), SHORT));
    kit.assert_eq("there is no job yet", describe(payload), Ok(None));
    // From now on, only the first connection leads to Redis.
    proxy.refuse();
    kit.lpush("queue:default", &[b"first", b"second"]);
    let (fetch, payload) = retrieve(&kit, fetch);
    kit.assert_eq(
        "a job, on the connection of the first wait",
        describe(payload),
        job("first"),
    );
    let payload = retrieve(&kit, fetch).1;
    kit.assert_eq("and another one", describe(payload), job("second"));
}

/// Catches: a loop that asks and sleeps.
#[test]
fn returns_a_job_that_arrives_during_the_wait() {
    let kit = testkit::kit!();
    let mut fetch = fetch(kit.url(), Duration::from_secs(60));
    let waiting = kit.spawn(move || support::retrieve(&mut fetch));
    kit.eventually("while there is no job, a blocking command waits in Redis", || {
        kit.blocked() == 1
    });
    kit.lpush("queue:default", &[b"late"]);
    let payload = waiting.join("the wait ends when a job arrives");
    kit.assert_eq("`retrieve` returns the job", describe(payload), job("late"));
}

/// Invariant 3. Catches: a read without a timeout.
#[test]
fn abandons_a_frozen_connection_without_losing_a_job() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let (fetch, _) = retrieve(&kit, fetch(proxy.url(), SHORT));
    proxy.freeze_after_request("queue:default");
    let mut frozen = fetch;
    let waiting = kit.spawn(move || {
        let payload = support::retrieve(&mut frozen);
        (frozen, payload)
    });
    kit.eventually("a blocking pop reaches Redis, and the network freezes", || {
        proxy.fired()
    });
    kit.eventually("Redis has ended its wait", || kit.blocked() == 0);
    kit.lpush("queue:default", &[b"kept"]);
    let (fetch, payload) = waiting.join("`retrieve` abandons a frozen connection");
    kit.assert(
        &format!("the error is Error::Unreachable, got {payload:?}"),
        matches!(payload, Err(Error::Unreachable { .. })),
    );
    proxy.thaw();
    let (_, payload) = retrieve(&kit, fetch);
    kit.assert_eq(
        "the next call uses a new connection and returns the job",
        describe(payload),
        job("kept"),
    );
}

/// Invariant 3. A firewall has forgotten the connection, so no reply arrives on it any more.
/// Catches: a connection that is closed after every error except a timeout.
#[test]
fn replaces_a_connection_that_timed_out() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    proxy.swallow_after_request("queue:default");
    let (fetch, payload) = retrieve(&kit, fetch(proxy.url(), SHORT));
    kit.eventually("Redis has ended its wait, and its reply is lost", || proxy.fired());
    kit.assert(
        &format!("the error is Error::Unreachable, got {payload:?}"),
        matches!(payload, Err(Error::Unreachable { .. })),
    );
    kit.lpush("queue:default", &[b"kept"]);
    let (_, payload) = retrieve(&kit, fetch);
    kit.assert_eq(
        "the next call uses a new connection and returns the job",
        describe(payload),
        job("kept"),
    );
}

/// Invariant 3. Catches: a connection that is kept after it failed.
#[test]
fn replaces_a_broken_connection() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let mut first = fetch(proxy.url(), Duration::from_secs(60));
    let waiting = kit.spawn(move || {
        let payload = support::retrieve(&mut first);
        (first, payload)
    });
    kit.eventually("a blocking command waits in Redis", || kit.blocked() == 1);
    proxy.cut();
    let (fetch, payload) = waiting.join("`retrieve` returns when its connection breaks");
    kit.assert(
        &format!("the error is Error::Unreachable, got {payload:?}"),
        matches!(payload, Err(Error::Unreachable { .. })),
    );
    kit.eventually("Redis has noticed it, too", || kit.blocked() == 0);
    kit.lpush("queue:default", &[b"kept"]);
    let (_, payload) = retrieve(&kit, fetch);
    kit.assert_eq(
        "the next call uses a new connection and returns the job",
        describe(payload),
        job("kept"),
    );
}

/// Catches: every error taken for a broken connection; an error without the text of Redis.
#[test]
fn retrieve_returns_redis_errors() {
    let kit = testkit::kit!();
    kit.command(&["SET", "queue:default", "no list"]);
    let (fetch, payload) = retrieve(&kit, fetch(kit.url(), SHORT));
    match payload {
        Err(error @ Error::Refused { .. }) => {
            kit.assert(
                &format!("the error contains the text of Redis: {error}"),
                error.to_string().to_uppercase().contains("WRONG"),
            );
        }
        other => kit.fail(&format!("a key of another type leads to Error::Refused, got {other:?}")),
    }
    kit.command(&["DEL", "queue:default"]);
    kit.lpush("queue:default", &[b"job"]);
    kit.assert_eq(
        "the next call returns a job again",
        describe(retrieve(&kit, fetch).1),
        job("job"),
    );
}

/// After a failover, the old server ends the wait with the error `UNBLOCKED`. Catches: a connection
/// that is replaced only if it breaks, so that each later call is refused by the old server.
#[test]
fn leaves_a_server_that_has_become_a_replica() {
    let kit = testkit::kit!(own);
    let servers = kit.failover();
    let mut waits = fetch(servers.url(), Duration::from_secs(60));
    let waiting = kit.spawn(move || {
        let payload = support::retrieve(&mut waits);
        (waits, payload)
    });
    kit.eventually("it waits for a job", || servers.blocked() == 1);
    servers.fail_over();
    servers.lpush("queue:default", &[b"of the new leader"]);
    let (fetch, mut payload) = waiting.join("the wait ends");
    if payload.is_err() {
        payload = retrieve(&kit, fetch).1;
    }
    kit.assert_eq(
        "the next call returns the job of the new leader",
        describe(payload),
        job("of the new leader"),
    );
}
