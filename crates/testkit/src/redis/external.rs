//! The Redis that `KATA_REDIS_URL` names.

use std::env;

use redis::{ConnectionAddr, IntoConnectionInfo};

use super::{Backend, LaunchOptions, NoRedis, RedisInstance, Source, probe};

/// Returns the value of `KATA_REDIS_URL`; `None` if it is unset or empty.
pub(super) fn given() -> Option<String> {
    env::var("KATA_REDIS_URL").ok().filter(|url| !url.is_empty())
}

/// Checks that a Redis answers at this address and is new enough.
pub(super) fn launch(url: String, options: &LaunchOptions) -> Result<RedisInstance, NoRedis> {
    let masked = masked(&url);
    let refuse = |reason: String| NoRedis::Given {
        url: masked.clone(),
        reason,
    };
    let address = url
        .as_str()
        .into_connection_info()
        .map_err(|error| refuse(error.to_string()))?;
    if !matches!(address.addr(), ConnectionAddr::Tcp(..)) {
        return Err(refuse(
            "the kit supports only plain TCP, redis://HOST:PORT or redis://HOST:PORT/DATABASE".to_owned(),
        ));
    }
    let info = probe::info(&url).map_err(|error| refuse(error.to_string()))?;
    let product = probe::accept(
        &info,
        &format!("The Redis that KATA_REDIS_URL names, {masked},"),
        options,
    )?;
    Ok(RedisInstance {
        url,
        source: Source::Given,
        product,
        remark: None,
        backend: Backend::Given.into(),
    })
}

/// Returns the part of a URL that cannot contain a password: its scheme, its address and its
/// database. Of a malformed URL it is the scheme only, because any other part may belong to a
/// password, for example if that contains an `@` or a `/`.
fn masked(url: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A failure is printed, and may end up in a log that others read.
    #[test]
    fn masks_the_password() {
        for (url, shown) in [
            ("redis://me:secret@host:6379/3", "redis://host:6379/3"),
            ("redis://host", "redis://host:6379"),
            ("redis://host?pass=secret", "redis://host:6379"),
            ("unix:///run/redis.sock?db=2&pass=secret", "unix:///run/redis.sock"),
            ("redis://me:secret@[::1]/0", "redis://::1:6379/0"),
            ("redis://me:se@cret@host:port", "…"),
            ("redis://me:1/secret@host", "redis://…"),
            ("redis:secret", "redis://…"),
            ("rediss://:secret@host", "rediss://…"),
            ("secret@host", "…"),
        ] {
            assert_eq!(masked(url), shown, "{url}");
        }
    }
}
