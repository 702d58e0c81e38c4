//! The Redis of `KATA_REDIS_URL` belongs to another program: its data stays, and the tests leave
//! nothing behind.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

use crate::failing::{command, in_changed_child, kit, run_command};
use redis::{Connection, cmd};
use testkit::redis::{LaunchOptions, RedisInstance, Sources, launch};

/// A Redis of another program, with five databases.
fn external_redis() -> RedisInstance {
    launch(&LaunchOptions {
        databases: 5,
        sources: Sources::STARTED,
        ..LaunchOptions::default()
    })
    .unwrap()
}

fn database(redis: &RedisInstance, number: u32) -> Connection {
    redis::Client::open(format!("{}/{number}", redis.url))
        .unwrap()
        .get_connection()
        .unwrap()
}

fn keys(redis: &RedisInstance, number: u32) -> Vec<String> {
    cmd("KEYS").arg("*").query(&mut database(redis, number)).unwrap()
}

/// A test passes, fails or panics: in each case it had an empty database, and left the others
/// unchanged.
#[test]
fn only_empty_databases_are_used_and_left_empty() {
    let redis = external_redis();
    for full in [0, 1, 3] {
        cmd("SET")
            .arg("precious")
            .arg(full)
            .exec(&mut database(&redis, full))
            .unwrap();
    }
    for (test, passes) in [("given::writes_much", true), ("given::writes_much_and_fails", false)] {
        let mut command = command(test);
        command.env("KATA_REDIS_URL", &redis.url);
        let outcome = run_command(command);
        assert_eq!(outcome.passed, passes, "{}", outcome.printed);
        assert!(outcome.stderr.contains("given by KATA_REDIS_URL"), "{}", outcome.stderr);
        for number in 0..5 {
            let expected: &[&str] = if [0, 1, 3].contains(&number) {
                &["precious"]
            } else {
                &[]
            };
            assert_eq!(keys(&redis, number), expected, "database {number} after {test}");
        }
    }
}

#[test]
#[ignore = "needs a Redis that is given"]
fn writes_much() {
    let (one, other) = (kit(), kit());
    one.command(&["SET", "much", "1"]);
    assert_eq!(
        one.query::<Vec<String>>(&["KEYS", "*"]).len(),
        2,
        "what is ours is locked"
    );
    assert_eq!(one.keys(), ["much"], "the lock is not shown");
    assert_eq!(other.keys(), [""; 0]);
    assert_eq!(other.commands(), [""; 0]);
    assert_eq!(one.commands(), [""; 0], "another test's read of the lock is not shown");
}

#[test]
#[ignore = "fails on purpose"]
fn writes_much_and_fails() {
    let kit = kit();
    kit.command(&["SET", "much", "1"]);
    kit.fail("this is on purpose");
}

/// With a database in the address, only that one is used, and tests take turns.
#[test]
fn tests_take_turns_on_one_database() {
    static ALONE: AtomicBool = AtomicBool::new(true);
    let turn = || {
        let kit = kit();
        assert!(kit.url().ends_with("/4"), "{}", kit.url());
        assert!(
            ALONE.swap(false, Ordering::SeqCst),
            "two tests have the database at once"
        );
        assert_eq!(kit.keys(), [""; 0]);
        kit.command(&["SET", "much", "1"]);
        thread::sleep(Duration::from_millis(30));
        ALONE.store(true, Ordering::SeqCst);
    };
    passes_on_database_4(|| {
        let turns: Vec<_> = (0..4).map(|_| thread::spawn(turn)).collect();
        assert!(turns.into_iter().all(|turn| turn.join().is_ok()));
    });
}

/// Servers need a moment to stop at the end of their test. Catches: a database that the next test
/// gets before they have left.
#[test]
fn a_database_is_given_back_when_the_servers_have_left() {
    passes_on_database_4(|| {
        let first = kit();
        let url = first.url();
        let (ready, is_ready) = channel();
        let client = thread::spawn(move || {
            let mut code = redis::Client::open(url).unwrap().get_connection().unwrap();
            for number in 0..50 {
                cmd("SET").arg("left").arg("behind").exec(&mut code).unwrap();
                thread::sleep(Duration::from_millis(10));
                ready.send(number).unwrap_or_default();
            }
        });
        is_ready.recv().unwrap();
        drop(first);
        let second = kit();
        for _ in 0..10 {
            assert_eq!(second.keys(), [""; 0]);
            thread::sleep(Duration::from_millis(10));
        }
        client.join().unwrap();
    });
}

/// Checks that a test passes on database 4 of a Redis of another program, and leaves it empty.
fn passes_on_database_4(body: impl FnOnce()) {
    let mut redis = None;
    let change = |command: &mut Command| {
        let redis = redis.insert(external_redis());
        command.env("KATA_REDIS_URL", format!("{}/4", redis.url));
    };
    in_changed_child(change, body, |outcome| assert!(outcome.passed, "{}", outcome.printed));
    if let Some(redis) = redis {
        assert_eq!(keys(&redis, 4), [""; 0]);
    }
}

/// A run that was killed left its lock and its data: after ten minutes, by Redis's clock, the next
/// run may remove them.
#[test]
fn a_stale_lock_is_taken_over() {
    let redis = external_redis();
    let mut left = database(&redis, 2);
    let (now, _): (u64, u64) = cmd("TIME").query(&mut left).unwrap();
    cmd("SET")
        .arg("kata:lock")
        .arg(format!("4711-abc {}", now - 601))
        .exec(&mut left)
        .unwrap();
    cmd("SET").arg("left").arg("behind").exec(&mut left).unwrap();
    let mut command = command("given::finds_nothing");
    command.env("KATA_REDIS_URL", format!("{}/2", redis.url));
    let outcome = run_command(command);
    assert!(outcome.passed, "{}", outcome.printed);
    assert_eq!(keys(&redis, 2), [""; 0]);
}

/// A fresh lock, and a key of the lock's name that the kit did not write, are not touched; another
/// database is taken.
#[test]
fn a_lock_that_holds_is_respected() {
    let redis = external_redis();
    let (now, _): (u64, u64) = cmd("TIME").query(&mut database(&redis, 0)).unwrap();
    for (number, value) in [
        format!("4711-abc {}", now - 500),
        "somebody's".to_owned(),
        String::new(),
    ]
    .iter()
    .enumerate()
    {
        cmd("SET")
            .arg("kata:lock")
            .arg(value)
            .exec(&mut database(&redis, number as u32))
            .unwrap();
    }
    cmd("LPUSH")
        .arg("kata:lock")
        .arg("a list")
        .exec(&mut database(&redis, 3))
        .unwrap();
    let mut command = command("given::finds_nothing");
    command.env("KATA_REDIS_URL", &redis.url);
    let outcome = run_command(command);
    assert!(outcome.passed, "{}", outcome.printed);
    for number in 0..4 {
        assert_eq!(keys(&redis, number), ["kata:lock"], "database {number}");
    }
    assert_eq!(keys(&redis, 4), [""; 0]);
}

#[test]
#[ignore = "needs a Redis that is given"]
fn finds_nothing() {
    let kit = kit();
    assert_eq!(kit.keys(), [""; 0]);
    kit.command(&["SET", "much", "1"]);
}

/// A test that stops its Redis must not stop that of another program: it prints that it is skipped.
#[test]
fn a_test_that_needs_its_own_server_is_skipped() {
    let redis = external_redis();
    let mut command = command("given::needs_a_server_of_its_own");
    command.env("KATA_REDIS_URL", &redis.url);
    // There is no other Redis: no program in PATH, and no Docker.
    command
        .env("PATH", env!("CARGO_MANIFEST_DIR"))
        .env("DOCKER_HOST", "unix:///nowhere/docker.sock");
    let outcome = run_command(command);
    assert!(outcome.passed, "{}", outcome.printed);
    let line = "testkit: SKIPPED: given::needs_a_server_of_its_own needs a Redis of its own; install redis-server, or start Docker, to run it";
    assert!(outcome.stderr.contains(line), "{}", outcome.stderr);
}

#[test]
#[ignore = "needs a Redis that is given"]
fn needs_a_server_of_its_own() {
    let kit = testkit::kit!(own);
    kit.fail("there is none, so this is not reached");
}
