//! A Redis to test against: one that is given, one in Docker, or one that is started here.
//!
//! `KATA_REDIS_URL` names one that runs already. Else Docker starts the image `redis:7-alpine` (`KATA_REDIS_IMAGE`
//! names another), else `redis-server` or `valkey-server` from `PATH` is started on 127.0.0.1, in a directory of its own
//! for its files. `REDIS_URL` is never read: that may be somebody's data.

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
pub use port::free_port;
pub(crate) use port::{listen_again, listen_anywhere};
pub(crate) use probe::connect;
pub use version::Version;

/// What kind of Redis is wanted.
#[derive(Clone, Debug)]
pub struct LaunchOptions {
    /// How many databases it shall have, numbered from 0. One that is given (`KATA_REDIS_URL`) has what it has.
    pub databases: u32,
    /// The port on 127.0.0.1; `None` for any free one. With a port it can be stopped and started again in its place.
    pub port: Option<u16>,
    /// Whether it keeps its data when it is stopped and started again.
    pub data: Persistence,
    /// The oldest version that will do.
    pub min_version: Version,
    /// The ways that may be tried.
    pub sources: Sources,
}

impl Default for LaunchOptions {
    /// 16 databases (Redis's own default), any port, nothing kept, Redis 6.0, all ways.
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

/// What a Redis keeps over a stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Persistence {
    /// Nothing.
    Off,
    /// Everything, in an append-only file that lives as long as the [`RedisInstance`]; also over `kill -9`, since Redis
    /// hands each write to the operating system before it answers.
    Aof,
}

/// Which ways to a Redis may be tried; they are tried in this order.
#[derive(Clone, Copy, Debug)]
pub struct Sources {
    /// The one that `KATA_REDIS_URL` names. If it is set, no other way is tried.
    pub given: bool,
    /// A container.
    pub docker: bool,
    /// A server from `PATH`.
    pub private: bool,
}

/// A Redis that answers. Dropping it stops and removes whatever was started for it, and waits until that is done.
#[derive(Debug)]
pub struct RedisInstance {
    /// Its address, `redis://HOST:PORT`, or for a given one what `KATA_REDIS_URL` says.
    pub url: String,
    /// Where it came from.
    pub source: Source,
    /// Its own name and version, such as `Redis 7.0.15`.
    pub product: String,
    /// Why an earlier way was passed over, if that is worth knowing: a sentence without its full stop.
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

/// What must be stopped in the end.
#[derive(Debug)]
enum Backend {
    Given,
    Docker(Box<docker::Container>),
    Private(private::Process),
}

impl RedisInstance {
    /// Stops the server as `SIGTERM` does, or with `SIGKILL` if `kill`; its port and its files stay reserved.
    ///
    /// # Errors
    ///
    /// If it was not started here, or will not stop; the text says why.
    pub(crate) fn stop(&self, kill: bool) -> Result<(), String> {
        match &mut *self.backend() {
            Backend::Given => Err("the Redis of KATA_REDIS_URL is not ours to stop".to_owned()),
            Backend::Docker(container) => container.stop(kill),
            Backend::Private(process) => process.stop(kill),
        }
    }

    /// Starts the stopped server again, in its old place, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If it was not started here, or does not come back; the text says why.
    pub(crate) fn start(&self) -> Result<(), String> {
        match &mut *self.backend() {
            Backend::Given => Err("the Redis of KATA_REDIS_URL is not ours to start".to_owned()),
            Backend::Docker(container) => container.start(),
            Backend::Private(process) => process.start(),
        }
    }

    /// Returns true if nothing is left of it when this process is gone, even if it is never dropped.
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
    /// One line: what it is and where it came from.
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
/// [`NoRedis`], whose text says what was tried and what to do. A Redis that is given but does not answer is an error:
/// nothing else is tried in its place.
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
                // The reason's reason is told only when there is no Redis at all.
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
