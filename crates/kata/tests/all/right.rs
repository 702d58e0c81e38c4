//! Reading right answers, and reporting the tests that reject them.

use kata::verify::answers::right::{Answer, read, refused};

use crate::test_file;

/// Only the name of a group that the design need not pass is used by the program.
#[test]
fn reads_an_answer() {
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

/// Catches: an answer that does not describe its difference, and an exception without a reason.
#[test]
fn rejects_an_answer_without_its_header() {
    for text in ["--- a/x\n+++ b/x\n", "Different: x\nNot asked: t6_batches\n--- a/x\n"] {
        assert_eq!(read("any", text), None, "{text}");
    }
}

/// Catches: checking only the failed tests. A test that ends its process has no outcome, and
/// neither do the tests after it.
#[test]
fn reports_each_rejected_answer() {
    let well = test_file("t1_a", true, "test one ... ok\n");
    let failed = test_file("t2_b", false, "test two ... FAILED\n");
    let broken = test_file("t3_c", false, "test three ... ok\n");
    let empty = test_file("t4_d", true, "running 0 tests\n");
    assert_eq!(refused("mine", std::slice::from_ref(&well)), Vec::<String>::new());
    let problems = refused("mine", &[well, failed, broken, empty]);
    let starts = [
        "mine: t2_b::two rejects it",
        "mine: t3_c ended early",
        "mine: t4_d ended early",
    ];
    assert_eq!(problems.len(), starts.len(), "{problems:?}");
    for (problem, start) in problems.iter().zip(starts) {
        assert!(problem.starts_with(start), "{problem}");
    }
}
