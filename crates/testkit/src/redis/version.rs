//! Versions of Redis.

use std::fmt;

/// A version of Redis: its first two numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version {
    /// The first number.
    pub major: u32,
    /// The second number.
    pub minor: u32,
}

impl Version {
    /// Steps 1 to 4 need it, because `BRPOP` accepts a fraction of a second since this version.
    pub const REDIS_6_0: Version = Version { major: 6, minor: 0 };
    /// Step 5 needs it, because it introduced `LMOVE` and `BLMOVE`.
    pub const REDIS_6_2: Version = Version { major: 6, minor: 2 };

    /// Returns the version in the text of `INFO server`. For Valkey, it is the Redis version that
    /// Valkey is compatible with.
    pub(crate) fn of_info(info: &str) -> Option<Version> {
        let text = field(info, "redis_version")?;
        let mut numbers = text.split('.').map(str::parse);
        Some(Version {
            major: numbers.next()?.ok()?,
            minor: numbers.next()?.ok()?,
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// Returns the value of a line `name:value` of `INFO`.
pub(crate) fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))
        .map(str::trim)
}

/// Returns the server's own name and full version, such as `Redis 7.0.15` or `Valkey 8.0.1`.
pub(crate) fn product(info: &str) -> String {
    match (field(info, "valkey_version"), field(info, "redis_version")) {
        (Some(version), _) => format!("Valkey {version}"),
        (None, Some(version)) => format!("Redis {version}"),
        (None, None) => "a server that does not report its version".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 6.10 is newer than 6.2. Catches: a comparison of texts.
    #[test]
    fn compares_versions_as_numbers() {
        let ten = Version::of_info("# Server\r\nredis_version:6.10.1\r\nredis_mode:standalone\r\n").unwrap();
        assert!(ten > Version::REDIS_6_2);
        assert!(Version::of_info("redis_version:5.0.14\r\n").unwrap() < Version::REDIS_6_0);
    }

    /// Valkey reports a Redis version, too, and is accepted.
    #[test]
    fn reads_the_redis_version_of_valkey() {
        let info = "redis_version:7.2.4\r\nserver_name:valkey\r\nvalkey_version:8.0.1\r\n";
        assert_eq!(Version::of_info(info), Some(Version { major: 7, minor: 2 }));
        assert_eq!(product(info), "Valkey 8.0.1");
    }

    /// A server that does not report a version cannot be used.
    #[test]
    fn rejects_a_text_without_a_version() {
        assert_eq!(Version::of_info("hello"), None);
        assert_eq!(Version::of_info("redis_version:unknown\r\n"), None);
    }
}
