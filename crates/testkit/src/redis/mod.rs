//! Finds or starts a Redis to test against.
//!
//! The sources, in this order: the running Redis that `KATA_REDIS_URL` names; a container of the
//! image `redis:7-alpine` (`KATA_REDIS_IMAGE` names another); `redis-server` or `valkey-server`
//! from `PATH`, started on 127.0.0.1 with a directory of its own for its files. `REDIS_URL` is
//! never read, because that database may hold real data.

mod docker;
mod error;
mod external;
mod memo;
mod port;
mod private;
mod probe;
mod version;

use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

pub use error::NoRedis;
pub use port::{free_port, listen_in_place_of};
pub(crate) use port::{listen_again, listen_anywhere};
pub(crate) use probe::connect;
pub use version::Version;

/// The options of [`launch`].
#[derive(Clone, Debug)]
pub struct LaunchOptions {
    /// How many databases it has, numbered from 0. Ignored for the Redis of `KATA_REDIS_URL`.
    pub databases: u32,
    /// The port on 127.0.0.1; `None` for any free one. With a port, it can be stopped and started
    /// again at the same address.
    pub port: Option<u16>,
    /// Whether it keeps its data when it is stopped and started again.
    pub data: Persistence,
    /// The oldest version that is accepted.
    pub min_version: Version,
    /// The sources that may be tried.
    pub sources: Sources,
}

impl Default for LaunchOptions {
    /// Returns 16 databases (Redis's own default), any port, no persistence, Redis 6.0, all
    /// sources.
    fn default() -> Self {
        LaunchOptions {
            databases: 16,
            port: None,
            data: Persistence::Off,
            min_version: Version::REDIS_6_0,
            sources: Sources {
                given: true,
                docker: true,
                private: true,
            },
        }
    }
}

/// The data that a Redis keeps when it is stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing.
    Off,
    /// Everything, in an append-only file that lives as long as the [`RedisInstance`]. It survives
    /// `kill -9`, because Redis hands each write to the operating system before it answers.
    Aof,
}

/// The sources of a Redis that may be tried, in this order.
#[derive(Clone, Copy, Debug)]
pub struct Sources {
    /// The Redis that `KATA_REDIS_URL` names. If the variable is set, no other source is tried.
    pub given: bool,
    /// A container.
    pub docker: bool,
    /// A server from `PATH`.
    pub private: bool,
}

/// A running Redis. Dropping it stops and removes everything that was started for it, and waits
/// until that is done.
#[derive(Debug)]
pub struct RedisInstance {
    /// Its address: `redis://HOST:PORT`, or the value of `KATA_REDIS_URL`.
    pub url: String,
    /// Where it came from.
    pub source: Source,
    /// Its own name and version, such as `Redis 7.0.15`.
    pub product: String,
    /// Why an earlier source was skipped, if that is worth knowing: a sentence without its full
    /// stop.
    pub remark: Option<String>,
    backend: Mutex<Backend>,
}

/// Where a Redis came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// `KATA_REDIS_URL` names it.
    Given,
    /// A container of this image.
    Docker {
        /// The image, as `name:tag`.
        image: String,
    },
    /// This program, started here.
    Private {
        /// The program's path.
        program: String,
    },
}

/// The process or container that must be stopped in the end.
#[derive(Debug)]
enum Backend {
    Given,
    Docker(Box<docker::Container>),
    Private(private::Process),
}

impl RedisInstance {
    /// Stops the server with `SIGTERM`, or with `SIGKILL` if `kill`; its port and its files stay
    /// reserved.
    ///
    /// # Errors
    ///
    /// If it was not started here, or does not stop; the text says why.
    pub(crate) fn stop(&self, kill: bool) -> Result<(), String> {
        match &mut *self.backend() {
            Backend::Given => {
                Err("the Redis of KATA_REDIS_URL was not started here, so it cannot be stopped".to_owned())
            }
            Backend::Docker(container) => container.stop(kill),
            Backend::Private(process) => process.stop(kill),
        }
    }

    /// Starts the stopped server again at the same address, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If it was not started here, or does not come back; the text says why.
    pub(crate) fn start(&self) -> Result<(), String> {
        match &mut *self.backend() {
            Backend::Given => {
                Err("the Redis of KATA_REDIS_URL was not started here, so it cannot be started".to_owned())
            }
            Backend::Docker(container) => container.start(),
            Backend::Private(process) => process.start(),
        }
    }

    /// Returns true if everything is removed when this process is gone, even if this value is never
    /// dropped.
    pub(crate) fn is_guarded(&self) -> bool {
        match &*self.backend() {
            Backend::Given | Backend::Private(_) => true,
            Backend::Docker(container) => container.is_guarded(),
        }
    }

    fn backend(&self) -> MutexGuard<'_, Backend> {
        self.backend.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Display for RedisInstance {
    /// Writes one line with its name, version and source.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let RedisInstance { url, product, .. } = self;
        match &self.source {
            Source::Given => write!(f, "{product}, given by KATA_REDIS_URL")?,
            Source::Docker { image } => write!(f, "{product}, a container of {image} at {url}")?,
            Source::Private { program } => write!(f, "{product}, {program} at {url}")?,
        }
        match &self.remark {
            Some(remark) => write!(f, " ({remark})"),
            None => Ok(()),
        }
    }
}

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
    let mut missing = error::Failures::default();
    if options.sources.docker {
        match docker::launch(options) {
            Ok(launched) => return Ok(launched),
            Err(docker::Failure::Absent(reason)) => missing.docker = reason,
            Err(docker::Failure::Failed(reason)) => {
                // The details are shown only if there is no Redis at all.
                missing.remark = Some(format!("Docker {}", reason.split(": ").next().unwrap_or_default()));
                missing.docker = reason;
            }
            Err(docker::Failure::Unsuitable(refused)) => return Err(refused),
        }
    }
    if options.sources.private {
        match private::launch(options) {
            Ok(launched) => {
                return Ok(RedisInstance {
                    remark: missing.remark,
                    ..launched
                });
            }
            Err(private::Failure::Absent(reason)) => missing.private = reason,
            Err(private::Failure::Unsuitable(refused)) => return Err(refused),
        }
    }
    Err(NoRedis::Nowhere {
        docker: missing.docker,
        private: missing.private,
    })
}
