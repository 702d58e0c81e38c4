//! Given: a server checks its settings.

use std::time::Duration;

use sidepunch::{Config, Error, Server};

/// Catches: a wait of 0 s that is taken as it is, because Redis then waits without an end, or that
/// is changed silently; a long one that overflows; an error that does not name the setting.
#[test]
fn rejects_a_wait_outside_its_range() {
    let kit = testkit::kit!();
    for block in [Duration::ZERO, Duration::from_micros(999), Duration::MAX] {
        let config = Config {
            block,
            ..Config::default()
        };
        let result = Server::new(config);
        let error = result.err();
        kit.assert(
            &format!("`block` of {block:?}: the error is Error::InvalidConfig, got {error:?}"),
            matches!(error, Some(Error::InvalidConfig { field: "block", .. })),
        );
        let text = error.map(|error| error.to_string()).unwrap_or_default();
        kit.assert_eq(
            "the error names the setting and its range",
            text.as_str(),
            "invalid setting `block`: it must be 1 ms to 100 years",
        );
    }
    let config = Config {
        block: Duration::from_millis(1),
        ..Config::default()
    };
    kit.assert("a wait of 1 ms is valid", Server::new(config).is_ok());
}
