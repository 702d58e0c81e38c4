//! The text of a failure, word for word.

// With a detour, because the steps include the tests of earlier steps by such a path.
#[path = "../../tests/earlier/step1-enqueue/tests"]
mod step1 {
    mod t3_push;
}

use crate::failing::{Outcome, in_child, kit, run};
use redis::{Connection, cmd};
use testkit::Kit;

/// The whole transcript. Each part answers a question that a learner would ask next.
#[test]
fn a_failure_shows_all_there_is_to_know() {
    let body = || {
        let kit = kit();
        let mut code = connect(&kit);
        cmd("SADD").arg("queues").arg("default").exec(&mut code).unwrap();
        cmd("LPUSH")
            .arg("queue:default")
            .arg(r#"{"n":1}"#)
            .exec(&mut code)
            .unwrap();
        for _ in 0..3 {
            cmd("PING").exec(&mut code).unwrap();
        }
        for n in 2..8 {
            kit.push("default", format!("{{\"n\":{n}}}"));
        }
        kit.command(&["HSET", "counts", "failed", "3"]);
        kit.command(&["SET", "name", "Ada"]);
        kit.command(&["ZADD", "retry", "1.5", r#"{"n":9}"#]);
        kit.run(&["echo", "no job here"]);
        kit.assert_eq("the job is the only one in its queue", 2, 1);
    };
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
    in_child(body, |outcome| {
        let (line, text) = outcome.printed.split_once('\n').unwrap();
        assert!(line.starts_with("crates/testkit/tests/all/transcript.rs:"), "{line}");
        assert_eq!(text, expected);
        assert!(!outcome.passed);
    });
}

/// Long values are cut and marked as cut, so that the sentence stays visible.
#[test]
fn cuts_long_values() {
    let body = || {
        let kit = kit();
        let mut code = connect(&kit);
        for n in 0..30 {
            cmd("GET").arg(n).query::<redis::Value>(&mut code).unwrap();
        }
        for n in 0..24 {
            kit.command(&["SET", &format!("key {n}"), "1"]);
        }
        kit.command(&["LPUSH", "a", &"x".repeat(400)]);
        let lines: Vec<String> = (1..=50).map(|n| n.to_string()).collect();
        kit.run(&["echo", &lines.join("\n")]);
        kit.fail("there are long values");
    };
    in_child(body, |Outcome { printed, .. }| {
        let long = format!("    {}… (400 characters)", "x".repeat(300));
        for part in [
            "(… and 5 more keys)",
            &long,
            "(… 10 before these)\n  GET \"10\"",
            "(… 30 before these)\n  31\n",
        ] {
            assert!(printed.contains(part), "{printed}");
        }
        assert!(!printed.contains("GET \"9\"\n"), "{printed}");
        assert!(printed.len() < 4000, "{printed}");
    });
}

/// A payload may contain anything, also an order to clear the screen.
#[test]
fn escapes_control_characters() {
    let body = || {
        let kit = kit();
        kit.command(&["SET", "name", "a\u{1b}[2J\tb"]);
        kit.fail("there is an escape");
    };
    in_child(body, |Outcome { printed, .. }| {
        assert!(printed.contains(r"name  (string): a\u{1b}[2J\tb"), "{printed}");
    });
}

fn connect(kit: &Kit) -> Connection {
    redis::Client::open(kit.url()).unwrap().get_connection().unwrap()
}

/// A plain panic in the test, or in code that it calls, is shown without the hint at backtraces.
#[test]
fn shows_a_plain_panic_once() {
    let body = || {
        let _kit = kit();
        panic!("boom");
    };
    in_child(body, |outcome| {
        let (first, rest) = outcome.printed.split_once('\n').unwrap();
        assert_eq!(first, "The code panicked:");
        let place =
            "  The thread transcript::shows_a_plain_panic_once panicked at crates/testkit/tests/all/transcript.rs:";
        assert!(rest.starts_with(place), "{rest}");
        assert_eq!(
            rest.split_once('\n').unwrap().1,
            "  boom\nRead: docs/step1-enqueue.md, task 1.3"
        );
    });
}

/// A panic that the code under test catches is not the failure, but may explain it.
#[test]
fn shows_a_caught_panic() {
    let body = || {
        let kit = kit();
        let caught = kit.spawn(|| std::panic::catch_unwind(|| panic!("boom")).is_err());
        assert!(caught.join("the closure catches its panic"));
        kit.fail("the worker survives");
    };
    in_child(body, |Outcome { printed, .. }| {
        assert!(
            printed.contains("the worker survives\nThe code panicked:\n"),
            "{printed}"
        );
        assert!(printed.contains("\n  boom\n"), "{printed}");
    });
}

/// A transcript is also written when Redis is gone. It says so, and does not hang or abort the
/// process.
#[test]
fn a_transcript_survives_a_redis_that_is_gone() {
    let body = || {
        let kit = testkit::kit!(own);
        kit.server().kill();
        kit.assert("the job is there", false);
    };
    in_child(body, |Outcome { printed, took, .. }| {
        assert!(printed.contains("the job is there\n"), "{printed}");
        assert!(printed.contains("(Redis cannot be read: "), "{printed}");
        // Far less than the 20 s that a reply may take.
        assert!(took.as_secs() < 15, "{took:?}");
    });
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
