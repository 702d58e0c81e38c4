//! Reading wrong answers.

use kata::verify::answers::wrong::{Answer, read};

/// The two lines are for people. Catches: a header that becomes part of the patch.
#[test]
fn reads_an_answer() {
    let answer = read(
        "stack",
        "Why: RPUSH pushes, too.\nCaught by: t3_push::first_out\n--- a/x\n+++ b/x\n",
    );
    let expected = Answer {
        name: "stack".to_owned(),
        group: "t3_push".to_owned(),
        test: "first_out".to_owned(),
        diff: "--- a/x\n+++ b/x\n".to_owned(),
    };
    assert_eq!(answer, Some(expected));
}

/// A patch without its reason would not help the next maintainer.
#[test]
fn rejects_an_answer_without_its_header() {
    for text in [
        "--- a/x\n+++ b/x\n",
        "Why: x\n--- a/x\n",
        "Why: x\nCaught by: t3_push\n--- a/x\n",
    ] {
        assert_eq!(read("any", text), None, "{text}");
    }
}
