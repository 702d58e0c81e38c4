use super::{job, numbers, snapshot};

/// Catches: the last ones first, a set taken for another, and all members read.
#[test]
fn reads_the_size_and_the_first_members_of_a_set() {
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
    let seen = snapshot(&kit);
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

/// A step that does not count writes no counter. Catches: a zero that looks like a count.
#[test]
fn leaves_missing_counters_unknown() {
    let kit = testkit::kit!();
    kit.assert_eq(
        "nothing is counted",
        (snapshot(&kit).processed, snapshot(&kit).failed),
        (None, None),
    );
    kit.command(&["MSET", "stat:processed", "12", "stat:failed", "3"]);
    let seen = snapshot(&kit);
    kit.assert_eq("both are read", (seen.processed, seen.failed), (Some(12), Some(3)));
}
