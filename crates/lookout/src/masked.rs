//! A URL of Redis that may be printed.

use redis::{ConnectionAddr, IntoConnectionInfo};

/// Returns the part of a URL that cannot contain a password: its scheme, its address and its
/// database. Of a malformed URL it is the scheme only, because any other part may belong to a
/// password, for example if that contains an `@` or a `/`. Of a text without the scheme of a Redis,
/// it is nothing but `…`.
pub fn masked(url: &str) -> String {
    let Some(parsed) = redis::parse_redis_url(url) else {
        return "…".to_owned();
    };
    let scheme = parsed.scheme();
    match url.into_connection_info() {
        Ok(info) if matches!(info.addr(), ConnectionAddr::Unix(_)) => format!("{scheme}://{}", info.addr()),
        // The path of a valid URL is empty or the database.
        Ok(info) => format!("{scheme}://{}{}", info.addr(), parsed.path()),
        Err(_) => format!("{scheme}://…"),
    }
}

/// Returns the text without the URL and its password, which an error of another library may quote.
pub fn without_password(text: &str, url: &str) -> String {
    let text = text.replace(url, &masked(url));
    let info = url.into_connection_info();
    let decoded = info.as_ref().ok().and_then(|info| info.redis_settings().password());
    let parsed = redis::parse_redis_url(url);
    let encoded = parsed.as_ref().and_then(|url| url.password());
    [decoded, encoded]
        .into_iter()
        .flatten()
        .filter(|password| !password.is_empty())
        .fold(text, |text, password| text.replace(password, "…"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Catches: a password in any place where the `redis` crate accepts one, and in a URL that is
    /// malformed.
    #[test]
    fn shows_no_password() {
        for (url, shown) in [
            ("redis://me:secret@host:6379/3", "redis://host:6379/3"),
            ("redis://secret@host", "redis://host:6379"),
            ("redis://host?pass=secret", "redis://host:6379"),
            ("valkey://:secret@[::1]/0", "valkey://::1:6379/0"),
            (
                "unix:///run/redis.sock?db=2&user=me&pass=secret",
                "unix:///run/redis.sock",
            ),
            (
                "redis+unix:///run/redis.sock?pass=secret",
                "redis+unix:///run/redis.sock",
            ),
            ("unix:///run/redis.sock?db=x&pass=secret", "unix://…"),
            ("redis://me:1/secret@host", "redis://…"),
            ("redis://me:secret@host:6379/x", "redis://…"),
            ("rediss://:secret@host", "rediss://…"),
            ("redis:secret", "redis://…"),
            ("redis://me:se@cret@host:port", "…"),
            ("redis://me:secret", "…"),
            ("http://me:secret@host", "…"),
            ("me:secret@host", "…"),
            ("secret", "…"),
            ("", "…"),
        ] {
            assert_eq!(masked(url), shown, "{url}");
        }
    }

    #[test]
    fn removes_a_quoted_url_and_a_quoted_password() {
        for (text, url, shown) in [
            (
                "no redis://:hunter2@host:1/0",
                "redis://:hunter2@host:1/0",
                "no redis://host:1/0",
            ),
            ("AUTH hunter2 failed", "redis://:hunter2@host", "AUTH … failed"),
            ("AUTH hunter2 failed", "unix:///x?pass=hunter2", "AUTH … failed"),
            ("AUTH a@b or a%40b failed", "redis://:a%40b@host", "AUTH … or … failed"),
            ("plain", "redis://host", "plain"),
            ("plain", "redis://me:@host", "plain"),
        ] {
            assert_eq!(without_password(text, url), shown, "{text}");
        }
    }
}
