//! Right answers, read and judged.

use kata::verify::right::{Answer, read, refused};

use crate::test_file;

/// The lines are for people, but for the name of a file that is not asked of the design.
#[test]
fn an_answer_is_read() {
    let answer = |not_asked: Option<&str>| {
        Some(Answer {
            name: "any".to_owned(),
            not_asked: not_asked.map(str::to_owned),
            diff: "--- a/x\n+++ b/x\n".to_owned(),
        })
    };
    let text = "Different: MULTI, no script.\n--- a/x\n+++ b/x\n";
    assert_eq!(read("any", text), answer(None));
    let text = "Different: One at a time.\nNot asked: t6_batches, since it is about speed.\n--- a/x\n+++ b/x\n";
    assert_eq!(read("any", text), answer(Some("t6_batches")));
}

/// Kills: an answer that nobody can tell from the solution, one that is let off without a reason.
#[test]
fn an_answer_without_its_lines_is_refused() {
    for text in ["--- a/x\n+++ b/x\n", "Different: x\nNot asked: t6_batches\n--- a/x\n"] {
        assert_eq!(read("any", text), None, "{text}");
    }
}

/// Kills: a look at failed tests only. One that ends its process has no outcome, and neither have those behind it.
#[test]
fn what_is_refused_is_told() {
    let well = test_file("t1_a", true, "test one ... ok\n");
    let failed = test_file("t2_b", false, "test two ... FAILED\n");
    let broken = test_file("t3_c", false, "test three ... ok\n");
    let empty = test_file("t4_d", true, "running 0 tests\n");
    assert_eq!(refused("mine", std::slice::from_ref(&well)), Vec::<String>::new());
    let told = refused("mine", &[well, failed, broken, empty]);
    let starts = [
        "mine: t2_b::two refuses it",
        "mine: t3_c broke off",
        "mine: t4_d broke off",
    ];
    assert_eq!(told.len(), starts.len(), "{told:?}");
    for (told, start) in told.iter().zip(starts) {
        assert!(told.starts_with(start), "{told}");
    }
}
