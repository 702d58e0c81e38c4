//! The reports of flaky tests, and the parallel map that runs them.

use kata::verify::flake::failures;
use kata::verify::parallel;

use crate::test_file;

/// Catches: a count of runs instead of failures, a test that hides another one, and a process that
/// ends early without being reported.
#[test]
fn reports_each_flaky_test_with_its_count() {
    let good = || test_file("t1_a", true, "test one ... ok\ntest two ... ok\n");
    let bad = || test_file("t1_a", false, "test one ... FAILED\ntest two ... ok\n");
    let broken = || test_file("t2_b", false, "");
    assert_eq!(failures(&[vec![good()], vec![good()]]), Vec::<String>::new());
    let reports = failures(&[vec![good(), broken()], vec![bad()], vec![bad()]]);
    assert_eq!(reports.len(), 2, "{reports:?}");
    assert!(reports[0].starts_with("t1_a::one failed in 2 of 3 runs"), "{reports:?}");
    assert!(
        reports[1].starts_with("t2_b, which ended early, failed in 1 of 3 runs"),
        "{reports:?}"
    );
}

/// With any number of workers, each item is processed once, and its result is in its place.
#[test]
fn parallel_map_keeps_the_order_of_the_items() {
    let items: Vec<usize> = (0..100).collect();
    for workers in [0, 1, 3, 200] {
        assert_eq!(
            parallel::parallel_map(&items, workers, |item| item * 2),
            (0..200).step_by(2).collect::<Vec<_>>()
        );
    }
    assert_eq!(
        parallel::parallel_map(&[] as &[usize], 2, |item| *item),
        Vec::<usize>::new()
    );
}
