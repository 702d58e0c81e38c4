//! A gap between two renewals that is shorter than a lease.

use std::time::Duration;

use super::living::assert_recovers_nothing_after_a_jump;

/// Processes renew their leases each second, so the gap is 2 s, and the lease of another process of
/// the same machine may have ended meanwhile. Catches: a gap that counts only if it is longer than a
/// lease.
#[test]
fn does_not_recover_others_after_a_gap_of_most_of_a_lease() {
    assert_recovers_nothing_after_a_jump(Duration::from_millis(2_500), Duration::from_secs(1));
}
