//! The chapter's bonuses. Ours does neither: take an `#[ignore]` away, and go further than we did.

use testkit::Kit;

fn process(kit: &Kit) {
    kit.command(&["SADD", "processes", "host:1:abc"]);
    kit.command(&["HSET", "host:1:abc", "busy", "7", "concurrency", "10", "quiet", "true"]);
}

/// Sidekiq's page of processes, for a terminal.
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
    let told = ["7", "10", "quiet"].iter().all(|word| line.contains(word));
    kit.assert(
        &format!("a line tells who it is, how busy, and that it is quiet: {text}"),
        told,
    );
}

/// The button of that page.
#[test]
#[ignore = "bonus 2: see docs/step5-speed.md"]
fn quiets_a_process() {
    let kit = testkit::kit!();
    process(&kit);
    let output = kit.run(&["quiet", "host:1:abc"]);
    kit.assert_eq("the exit code is 0", output.status.code(), Some(0));
    kit.assert_eq("the order waits for it", kit.list("host:1:abc-signals"), vec!["TSTP"]);
    let unknown = kit.run(&["quiet", "nobody:1:abc"]);
    kit.assert_eq("whom nobody knows, nobody can tell", unknown.status.code(), Some(1));
    kit.assert(
        "and nothing is written",
        !kit.keys().contains(&"nobody:1:abc-signals".to_owned()),
    );
}
