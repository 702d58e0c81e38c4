//! The text of a failure, word for word.

// With a detour, because the steps include the tests of earlier steps by such a path.
#[path = "../../tests/earlier/step1-enqueue/tests"]
mod step1 {
    mod t3_push;
}

use crate::failing::{kit, run};

/// The whole transcript. Each part answers a question that a learner would ask next.
#[test]
fn a_failure_shows_all_there_is_to_know() {
    let outcome = run("transcript::a_failing_test");
    let line = outcome.printed.lines().next().unwrap();
    assert!(line.starts_with("crates/testkit/tests/all/transcript.rs:"), "{line}");
    let expected = r#"the job is the only one in its queue
  expected: 1
       got: 2
Redis holds:
  counts  (hash of 1)
    failed = 3
  name  (string): Ada
  queue:default  (list of 7)
    {"n":7}
    {"n":6}
    {"n":5}
    {"n":4}
    {"n":3}
    (… and 2 more)
  queues  (set of 1)
    default
  retry  (zset of 1)
    {"n":9}  score 1.5
Redis received:
  SADD "queues" "default"
  LPUSH "queue:default" "{\"n\":1}"
  PING  (3 times)
`step1-enqueue echo no job here` (exit status: 0) wrote:
  no job here
Read: docs/step1-enqueue.md, task 1.3"#;
    assert_eq!(outcome.printed.split_once('\n').unwrap().1, expected);
    assert!(!outcome.passed);
}

#[test]
#[ignore = "fails on purpose"]
fn a_failing_test() {
    let kit = kit();
    let mut code = redis::Client::open(kit.url()).unwrap().get_connection().unwrap();
    redis::cmd("SADD").arg("queues").arg("default").exec(&mut code).unwrap();
    redis::cmd("LPUSH")
        .arg("queue:default")
        .arg(r#"{"n":1}"#)
        .exec(&mut code)
        .unwrap();
    for _ in 0..3 {
        redis::cmd("PING").exec(&mut code).unwrap();
    }
    for n in 2..8 {
        kit.command(&["LPUSH", "queue:default", &format!("{{\"n\":{n}}}")]);
    }
    kit.command(&["HSET", "counts", "failed", "3"]);
    kit.command(&["SET", "name", "Ada"]);
    kit.command(&["ZADD", "retry", "1.5", r#"{"n":9}"#]);
    kit.run(&["echo", "no job here"]);
    kit.assert_eq("the job is the only one in its queue", 2, 1);
}

/// Long values are cut and marked as cut, so that the sentence stays visible.
#[test]
fn cuts_long_values() {
    let outcome = run("transcript::a_failing_test_with_long_values");
    let printed = &outcome.printed;
    assert!(printed.contains("(… and 5 more keys)"), "{printed}");
    assert!(
        printed.contains(&format!("    {}… (400 characters)", "x".repeat(300))),
        "{printed}"
    );
    assert!(printed.contains("(… 10 before these)\n  GET \"10\""), "{printed}");
    assert!(printed.contains("(… 30 before these)\n  31\n"), "{printed}");
    assert!(!printed.contains("GET \"9\"\n"), "{printed}");
    assert!(printed.len() < 4000, "{printed}");
}

#[test]
#[ignore = "fails on purpose"]
fn a_failing_test_with_long_values() {
    let kit = kit();
    let mut code = redis::Client::open(kit.url()).unwrap().get_connection().unwrap();
    for n in 0..30 {
        redis::cmd("GET").arg(n).query::<redis::Value>(&mut code).unwrap();
    }
    for n in 0..24 {
        kit.command(&["SET", &format!("key {n}"), "1"]);
    }
    kit.command(&["LPUSH", "a", &"x".repeat(400)]);
    let lines: Vec<String> = (1..=50).map(|n| n.to_string()).collect();
    kit.run(&["echo", &lines.join("\n")]);
    kit.fail("there are long values");
}

/// A plain panic in the test, or in code that it calls, is shown without the hint at backtraces.
#[test]
fn shows_a_plain_panic_once() {
    let outcome = run("transcript::a_panicking_test");
    let (first, rest) = outcome.printed.split_once('\n').unwrap();
    assert_eq!(first, "The code panicked:");
    let place = "  The thread transcript::a_panicking_test panicked at crates/testkit/tests/all/transcript.rs:";
    assert!(rest.starts_with(place), "{rest}");
    assert_eq!(
        rest.split_once('\n').unwrap().1,
        "  boom\nRead: docs/step1-enqueue.md, task 1.3"
    );
}

#[test]
#[ignore = "fails on purpose"]
fn a_panicking_test() {
    let _kit = kit();
    panic!("boom");
}

/// A panic that the code under test catches is not the failure, but may explain it.
#[test]
fn shows_a_caught_panic() {
    let printed = run("transcript::a_failing_test_with_a_caught_panic").printed;
    assert!(
        printed.contains("the worker survives\nThe code panicked:\n"),
        "{printed}"
    );
    assert!(printed.contains("\n  boom\n"), "{printed}");
}

#[test]
#[ignore = "fails on purpose"]
fn a_failing_test_with_a_caught_panic() {
    let kit = kit();
    let caught = kit.spawn(|| std::panic::catch_unwind(|| panic!("boom")).is_err());
    assert!(caught.join("the closure catches its panic"));
    kit.fail("the worker survives");
}

/// A transcript is also written when Redis is gone. It says so, and does not hang or abort the
/// process.
#[test]
fn a_transcript_survives_a_redis_that_is_gone() {
    let outcome = run("transcript::a_failing_test_without_its_redis");
    assert!(outcome.printed.contains("the job is there\n"), "{}", outcome.printed);
    assert!(
        outcome.printed.contains("(Redis cannot be read: "),
        "{}",
        outcome.printed
    );
    assert!(outcome.took.as_secs() < 5, "{:?}", outcome.took);
}

#[test]
#[ignore = "fails on purpose"]
fn a_failing_test_without_its_redis() {
    let kit = testkit::kit!(own);
    kit.server().kill();
    kit.assert("the job is there", false);
}

/// Catches: a test of step 1 that names the chapter of step 3, and a path that no editor opens.
#[test]
fn the_failure_of_an_included_test_names_its_step() {
    let printed = run("transcript::step1::t3_push::fails").printed;
    let expected = "crates/testkit/tests/earlier/step1-enqueue/tests/t3_push.rs:11
the queue is known
This is a test of step 1, task 1.3. Your step 3 must pass it, too.
Read: docs/step1-enqueue.md, task 1.3";
    assert_eq!(printed, expected);
}
