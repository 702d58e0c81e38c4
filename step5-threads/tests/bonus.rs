//! The bonus tasks of the chapter, which our solution does not do. Remove an `#[ignore]`, and go
//! further than we did.

use testkit::Kit;

fn process(kit: &Kit) {
    kit.command(&["SADD", "processes", "host:1:abc"]);
    kit.command(&["HSET", "host:1:abc", "busy", "7", "concurrency", "10", "quiet", "true"]);
}

/// The processes of Sidekiq's Web UI, in a terminal.
#[test]
#[ignore = "bonus 1: see docs/step5-speed.md"]
fn prints_the_processes() {
    let kit = testkit::kit!();
    process(&kit);
    let output = kit.run(&["processes"]);
    kit.assert_eq("the exit code is 0", output.status.code(), Some(0));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let line = text
        .lines()
        .find(|line| line.contains("host:1:abc"))
        .unwrap_or_default();
    let shown = ["7", "10", "quiet"].iter().all(|word| line.contains(word));
    kit.assert(
        &format!("a line contains the identity, the busy threads, and `quiet`: {text}"),
        shown,
    );
}

/// The button "Quiet" of Sidekiq's Web UI, as a command.
#[test]
#[ignore = "bonus 2: see docs/step5-speed.md"]
fn quiets_a_process() {
    let kit = testkit::kit!();
    process(&kit);
    let output = kit.run(&["quiet", "host:1:abc"]);
    kit.assert_eq("the exit code is 0", output.status.code(), Some(0));
    kit.assert_eq(
        "the signal is in the list of the process",
        kit.list("host:1:abc-signals"),
        vec!["TSTP"],
    );
    let unknown = kit.run(&["quiet", "unknown:1:abc"]);
    kit.assert_eq(
        "the exit code is 1 for an unknown process",
        unknown.status.code(),
        Some(1),
    );
    kit.assert(
        "nothing is written",
        !kit.keys().contains(&"unknown:1:abc-signals".to_owned()),
    );
}
