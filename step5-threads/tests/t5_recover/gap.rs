//! A gap between two renewals that is shorter than a lease.

use std::time::Duration;

use sidepunch::Config;

use super::common::{job, process};
use super::living::assert_untouched_until_the_second_look;
use crate::server::{keys_with, quick, start};

/// Processes renew their leases each second, so the gap is 2 s, and the lease of another process of
/// the same machine may have ended meanwhile. Catches: a gap that counts only if it is longer than a
/// lease.
#[test]
fn does_not_recover_others_after_a_gap_of_most_of_a_lease() {
    let kit = testkit::kit!();
    let proxy = kit.proxy();
    let lease = Duration::from_millis(2_500);
    process(&kit, "gone:1:abc", -1.0, "default", &[job(1)]);
    let config = Config {
        concurrency: 1,
        lease,
        ..quick(proxy.url())
    };
    let running = start(&kit, config);
    kit.eventually_in(5 * lease, "it recovers the jobs of the crashed process", || {
        keys_with(&kit, "gone:1:abc").is_empty()
    });
    proxy.advance_clock(Duration::from_secs(1));
    let before = kit.commands().len();
    process(&kit, "frozen:1:abc", -1.0, "default", &[job(2)]);
    assert_untouched_until_the_second_look(&kit, before);
    running.stop();
}
