//! The Redis that `KATA_REDIS_URL` names.

use std::env;

use redis::{ConnectionAddr, IntoConnectionInfo};

use super::error::NoRedis;
use super::instance::{Backend, RedisInstance, Source};
use super::options::LaunchOptions;
use super::probe;

/// Returns the value of `KATA_REDIS_URL`; `None` if it is unset or empty.
pub(super) fn given() -> Option<String> {
    env::var("KATA_REDIS_URL").ok().filter(|url| !url.is_empty())
}

/// Checks that a Redis answers at this address and is new enough.
pub(super) fn launch(url: String, options: &LaunchOptions) -> Result<RedisInstance, NoRedis> {
    let masked = lookout::masked(&url);
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
    Ok(RedisInstance::new(url, Source::Given, product, Given))
}

/// A Redis that was not started here.
#[derive(Debug)]
struct Given;

impl Backend for Given {
    fn stop(&mut self, _: bool) -> Result<(), String> {
        Err("the Redis of KATA_REDIS_URL was not started here, so it cannot be stopped".to_owned())
    }

    fn start(&mut self) -> Result<(), String> {
        Err("the Redis of KATA_REDIS_URL was not started here, so it cannot be started".to_owned())
    }

    fn is_guarded(&self) -> bool {
        true
    }
}
