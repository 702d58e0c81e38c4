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

/// Masks the password of an address. The address is read as text, because one that is not a valid
/// URL may contain a password, too.
fn masked(url: &str) -> String {
    let parts = url.split_once("://").and_then(|(scheme, rest)| {
        let (login, place) = rest.rsplit_once('@')?;
        let (user, _) = login.split_once(':')?;
        Some((scheme, user, place))
    });
    match parts {
        Some((scheme, user, place)) => format!("{scheme}://{user}:***@{place}"),
        None => url.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A failure is printed, and may end up in a log that others read.
    #[test]
    fn masks_the_password() {
        assert_eq!(masked("redis://me:secret@host:6379/3"), "redis://me:***@host:6379/3");
        assert_eq!(masked("redis://host:6379/3"), "redis://host:6379/3");
        assert_eq!(masked("nonsense"), "nonsense");
        assert_eq!(masked("redis://me:se@cret@host:port"), "redis://me:***@host:port");
    }
}
