use super::{job, look, numbers};

/// Kills: the last ones first, a set taken for another, and all members read.
#[test]
fn a_set_is_its_size_and_its_first_members() {
    let kit = testkit::kit!();
    for number in 1..=10 {
        for (set, at) in [
            ("retry", 100 + number),
            ("schedule", 200 + number),
            ("dead", 300 + number),
        ] {
            kit.command(&["ZADD", set, &format!("{at}.25"), &job(number)]);
        }
    }
    let seen = look(&kit);
    for (set, at, order) in [
        (&seen.retry, 101.25, [1, 2, 3, 4, 5, 6, 7, 8]),
        (&seen.schedule, 201.25, [1, 2, 3, 4, 5, 6, 7, 8]),
        (&seen.dead, 310.25, [10, 9, 8, 7, 6, 5, 4, 3]),
    ] {
        kit.assert_eq("all are counted", set.count, 10);
        kit.assert_eq("the first are due first, or died last", set.members[0].at, at);
        let jobs = set.members.iter().map(|member| &member.job);
        kit.assert_eq("eight of them are seen", numbers(jobs), order.to_vec());
    }
}

/// A step that does not count writes no counter. Kills: a zero that looks like a count.
#[test]
fn what_nobody_counts_is_not_known() {
    let kit = testkit::kit!();
    kit.assert_eq(
        "nothing is counted",
        (look(&kit).processed, look(&kit).failed),
        (None, None),
    );
    kit.command(&["MSET", "stat:processed", "12", "stat:failed", "3"]);
    let seen = look(&kit);
    kit.assert_eq("both are read", (seen.processed, seen.failed), (Some(12), Some(3)));
}
