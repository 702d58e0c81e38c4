//! The log of the program: one line for each event, whatever the text of a producer contains.

use serde_json::json;
use testkit::{Kit, Program};

use crate::support::{push, work};

/// A text that looks like a log line of its own, and that changes the terminal: a line break, a
/// carriage return, an escape sequence, separators of lines and paragraphs, and a text direction.
const FORGED: &str = "X\n2026-11-29T00:00:00Z  INFO done\r\u{1b}[2J\u{9b}31m\u{85}\u{2028}\u{2029}\u{202e}\0Y";

/// Waits until the log reports this many events, and checks that each line is an event of its own,
/// without control characters.
fn events(kit: &Kit, program: &Program, count: usize) -> Vec<String> {
    kit.eventually(&format!("the log has {count} lines"), || {
        program.stderr().lines().count() >= count
    });
    let log = program.stderr();
    let lines: Vec<String> = log
        .split('\n')
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    kit.assert_eq(&format!("each event is one line: {log:?}"), lines.len(), count);
    for line in &lines {
        let forged = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{202e}');
        kit.assert(
            &format!("control characters are escaped: {line:?}"),
            !line.contains(forged),
        );
        let is_event = ["INFO", "WARN", "ERROR"].iter().any(|level| line.contains(level));
        kit.assert(
            &format!("the line begins with a time and a level: {line:?}"),
            is_event && line.starts_with("20"),
        );
        kit.assert(&format!("the end of the text is there: {line:?}"), line.contains('Y'));
    }
    lines
}

/// A producer must not be able to write log lines of its own. Catches: a line break in an error
/// message, a class, a jid or a payload that begins a new line; an escape sequence that reaches the
/// terminal.
#[test]
fn logs_one_line_per_event_whatever_the_text() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    push(&kit, &json!({"class": "FailWorker", "args": [FORGED], "jid": "a"}));
    push(&kit, &json!({"class": FORGED, "args": [], "jid": "b"}));
    push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": FORGED}));
    push(&kit, &json!({"class": "SlowWorker", "args": FORGED, "jid": "d"}));
    kit.lpush(
        "queue:default",
        &[FORGED.as_bytes(), json!(FORGED).to_string().as_bytes()],
    );
    let lines = events(&kit, &program, 6);
    let readable = "disk is full: \"é\" Y";
    push(&kit, &json!({"class": "FailWorker", "args": [readable], "jid": "e"}));
    events(&kit, &program, lines.len() + 1);
    kit.assert("other characters stay as they are", program.stderr().contains(readable));
}

/// A malformed message may have megabytes, and so may a class or an error message. Catches: a line
/// as long as the message; a message that is dropped; a character that is cut in two.
#[test]
fn logs_at_most_2000_bytes_of_a_producers_text() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    let long = "é".repeat(20_000);
    push(&kit, &json!({"class": "FailWorker", "args": [long], "jid": "aaaa"}));
    push(&kit, &json!({"class": long, "args": [], "jid": "bbbb"}));
    push(&kit, &json!({"class": "SlowWorker", "args": [1], "jid": long}));
    push(&kit, &json!({"class": long, "args": long, "jid": long}));
    kit.lpush("queue:default", &[long.as_bytes(), json!(long).to_string().as_bytes()]);
    kit.lpush("queue:default", &["\n".repeat(20_000).as_bytes()]);
    kit.eventually("the log has seven lines", || program.stderr().lines().count() >= 7);
    let log = program.stderr();
    kit.assert_eq("each event is one line", log.lines().count(), 7);
    for line in log.lines() {
        let start: String = line.chars().take(300).collect();
        let bytes = line.matches('é').count() * 2 + line.matches("\\n").count() * 2;
        kit.assert(
            &format!("the line has at most 2,000 bytes of the text, got {bytes}: {start}"),
            bytes <= 2_000,
        );
        kit.assert(
            &format!(
                "the line shows some of the text, and has at most 2,300 bytes, got {}: {start}",
                line.len()
            ),
            (250..=2_300).contains(&line.len()),
        );
        kit.assert(
            &format!("no character is cut in two: {start}"),
            !line.contains('\u{fffd}'),
        );
    }
    let with = |parts: &[&str]| log.lines().any(|line| parts.iter().all(|part| line.contains(part)));
    kit.assert(
        "a long error message hides neither class nor jid",
        with(&["FailWorker", "aaaa", "elapsed"]),
    );
    kit.assert("a long class does not hide the jid", with(&["bbbb", "elapsed"]));
}

/// Catches: a payload that is left out because some of its bytes are not UTF-8.
#[test]
fn logs_the_text_of_a_message_that_is_not_utf8() {
    let kit = testkit::kit!();
    let program = work(&kit, &[]);
    kit.lpush("queue:default", &[b"before \xff\xfe after"]);
    let line = kit.wait_for("the message has a line", || {
        program
            .stderr()
            .lines()
            .find(|line| line.contains("WARN"))
            .map(str::to_owned)
    });
    kit.assert(
        &format!("the line shows the rest of the message: {line}"),
        line.contains("before") && line.contains("after"),
    );
}
