//! The output of a test program, split by group.

use std::collections::BTreeSet;

use kata::verify::test_program::{TestFile, split};

use crate::ran;

fn groups(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn named<'a>(files: &'a [TestFile], name: &str) -> &'a TestFile {
    files.iter().find(|file| file.name == name).unwrap()
}

/// Catches: a red test that makes all groups red.
#[test]
fn judges_each_group_by_its_own_tests() {
    let out = "test t1_a::one ... ok\ntest t2_b::two ... FAILED\ntest bonus::x ... ignored, later\n\
               test result: FAILED. 1 passed; 1 failed; 1 ignored\n";
    let files = split(&groups(&["t1_a", "t2_b"]), &ran(false, out), None);
    let names: Vec<_> = files.iter().map(|file| (file.name.as_str(), file.ok)).collect();
    assert_eq!(names, [("bonus", true), ("t1_a", true), ("t2_b", false)]);
    assert!(files.iter().all(|file| !file.broke_off()));
}

/// A group without tests is in the result, so that it can be reported. Catches: reading the groups
/// from the output alone.
#[test]
fn includes_a_group_without_tests() {
    let files = split(&groups(&["t1_a"]), &ran(true, "test result: ok. 0 passed\n"), None);
    assert!(named(&files, "t1_a").tests.is_empty());
}

/// Names the tests that have not ended, in their groups, also in a group of which no test has run.
/// Catches: a group that looks green because all of its tests that ended have passed.
#[test]
fn names_the_tests_that_had_not_ended() {
    let out = "test t1_a::one ... ok\ntest t2_b::two ... ok\nlast words\n";
    let expected: BTreeSet<_> = groups(&["t1_a::one", "t2_b::two", "t2_b::three", "t3_c::four"])
        .into_iter()
        .collect();
    let files = split(&groups(&["t1_a", "t2_b", "t3_c"]), &ran(false, out), Some(expected));
    assert!(named(&files, "t1_a").ok);
    for (name, test) in [("t2_b", "three"), ("t3_c", "four")] {
        let file = named(&files, name);
        assert!(file.broke_off(), "{name}");
        let words = format!("ended before these tests of {name}: {test}.");
        assert!(
            file.text.contains(&words) && file.text.contains("last words"),
            "{}",
            file.text
        );
    }
}

/// A program may abort after its last test. Then all outcomes are there, but no group can be
/// trusted.
#[test]
fn rejects_a_program_that_fails_after_its_tests() {
    let out = "test t1_a::one ... ok\ntest result: ok. 1 passed\n";
    let expected = BTreeSet::from(["t1_a::one".to_owned()]);
    let files = split(&groups(&["t1_a"]), &ran(false, out), Some(expected));
    assert!(named(&files, "t1_a").broke_off());
}
