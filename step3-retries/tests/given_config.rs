//! Given: a server checks its settings.

use std::time::Duration;

use sidepunch::{Config, Error, Server};

/// Catches: an interval of 0 s that is taken as it is, so that the scheduler polls without a pause,
/// or that is changed silently; a long one that overflows, so that the scheduler ends.
#[test]
fn rejects_an_interval_outside_its_range() {
    let kit = testkit::kit!();
    let new = |poll| {
        Server::new(Config {
            poll,
            ..Config::default()
        })
    };
    for poll in [Duration::ZERO, Duration::MAX] {
        let error = new(poll).err();
        kit.assert(
            &format!("`poll` of {poll:?}: the error is Error::InvalidConfig, got {error:?}"),
            matches!(error, Some(Error::InvalidConfig { field: "poll", .. })),
        );
    }
    kit.assert("an interval of 1 ms is valid", new(Duration::from_millis(1)).is_ok());
}
