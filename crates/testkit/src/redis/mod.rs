//! Finds or starts a Redis to test against.
//!
//! The sources, in this order: the running Redis that `KATA_REDIS_URL` names; a container of the
//! image `redis:7-alpine` (`KATA_REDIS_IMAGE` names another); `redis-server` or `valkey-server`
//! from `PATH`, started on 127.0.0.1 with a directory of its own for its files. `REDIS_URL` is
//! never read, because that database may hold real data.

mod docker;
mod error;
mod external;
mod instance;
mod memo;
mod options;
mod port;
mod private;
mod probe;
mod version;

use error::Failure;
pub use error::NoRedis;
pub use instance::{RedisInstance, Source};
pub use options::{LaunchOptions, Sources};
pub use port::{free_port, host_and_port, listen_in_place_of};
pub(crate) use port::{listen_again, listen_anywhere};
pub use private::in_path;
pub(crate) use probe::connect;
pub use version::Version;

/// Finds or starts a Redis.
///
/// # Errors
///
/// Returns [`NoRedis`], whose text says what was tried and what to do. If `KATA_REDIS_URL` names a
/// Redis that does not answer, that is an error: no other source is tried instead.
pub fn launch(options: &LaunchOptions) -> Result<RedisInstance, NoRedis> {
    if options.sources.given
        && let Some(url) = external::given()
    {
        return external::launch(url, options);
    }
    // If it fails, it is tried again in the usual order, so that the error is complete.
    if options.prefers_program
        && options.sources.private
        && let Ok(launched) = private::launch(options)
    {
        return Ok(launched);
    }
    let [mut docker, mut private] = ["was not tried"; 2].map(str::to_owned);
    let mut remark = None;
    if options.sources.docker {
        match docker::launch(options) {
            Ok(launched) => return Ok(launched),
            Err(Failure::Absent(reason)) => docker = reason,
            Err(Failure::Failed(reason)) => {
                // The details are shown only if there is no Redis at all.
                remark = Some(format!("Docker {}", reason.split(": ").next().unwrap_or_default()));
                docker = reason;
            }
            Err(Failure::Unsuitable(refused)) => return Err(refused),
        }
    }
    if options.sources.private {
        match private::launch(options) {
            Ok(mut launched) => {
                launched.remark = remark;
                return Ok(launched);
            }
            Err(Failure::Absent(reason) | Failure::Failed(reason)) => private = reason,
            Err(Failure::Unsuitable(refused)) => return Err(refused),
        }
    }
    Err(NoRedis::Nowhere { docker, private })
}
