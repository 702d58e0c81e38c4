use std::process::Command;
use std::time::Duration;

use kata::Outcome;
use kata::system::run::run;

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Both streams are in one text. Standard output is also returned alone, because it may contain
/// cargo's JSON.
#[test]
fn returns_the_output_of_a_command() {
    let ran = run(&mut sh("echo one; echo two >&2; exit 3"), Duration::from_secs(10)).unwrap();
    assert_eq!(ran.outcome, Outcome::Exited(3));
    assert_eq!(ran.out, "one\n");
    assert!(ran.text.contains("one\n") && ran.text.contains("two\n"), "{}", ran.text);
}

/// A line in the output reports that the command was killed.
#[test]
fn kills_a_command_at_its_deadline() {
    let ran = run(&mut sh("exec sleep 60"), Duration::from_millis(50)).unwrap();
    assert!(
        ran.outcome == Outcome::TimedOut && ran.text.contains("was killed"),
        "{ran:?}"
    );
    assert!(ran.took < Duration::from_secs(10));
}

/// The summary does not contain lines about success.
#[test]
fn summary_contains_only_problems() {
    let ran = run(
        &mut sh("echo '   Compiling x'; echo 'test a ... ok'; echo 'test b ... FAILED'"),
        Duration::from_secs(10),
    )
    .unwrap();
    assert_eq!(ran.summary(), "test b ... FAILED");
}
