//! Tests that fail now and then.

use kata::verify::crew;
use kata::verify::flake::failures;

use crate::test_file;

/// Kills: a count of runs instead of failures, one test that hides another, a process that broke off unseen.
#[test]
fn each_flaky_test_is_told_with_how_often() {
    let good = || test_file("t1_a", true, "test one ... ok\ntest two ... ok\n");
    let bad = || test_file("t1_a", false, "test one ... FAILED\ntest two ... ok\n");
    let broken = || test_file("t2_b", false, "");
    assert_eq!(failures(&[vec![good()], vec![good()]]), Vec::<String>::new());
    let told = failures(&[vec![good(), broken()], vec![bad()], vec![bad()]]);
    assert_eq!(told.len(), 2, "{told:?}");
    assert!(told[0].starts_with("t1_a::one failed in 2 of 3 runs"), "{told:?}");
    assert!(
        told[1].starts_with("t2_b, which broke off, failed in 1 of 3 runs"),
        "{told:?}"
    );
}

/// However many hands: each thing is done once, and its result stands in its place.
#[test]
fn a_crew_does_each_thing_once() {
    let things: Vec<usize> = (0..100).collect();
    for hands in [0, 1, 3, 200] {
        assert_eq!(
            crew::work(&things, hands, |thing| thing * 2),
            (0..200).step_by(2).collect::<Vec<_>>()
        );
    }
    assert_eq!(crew::work(&[] as &[usize], 2, |thing| *thing), Vec::<usize>::new());
}
