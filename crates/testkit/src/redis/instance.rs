//! A running Redis, wherever it came from.

use std::fmt::{self, Debug};
use std::sync::Mutex;

use crate::mutex::lock;

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
    backend: Mutex<Box<dyn Backend>>,
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
pub(super) trait Backend: Debug + Send {
    /// Stops the server with `SIGTERM`, or with `SIGKILL` if `kill`.
    fn stop(&mut self, kill: bool) -> Result<(), String>;

    /// Starts the stopped server again at the same address, and waits until it answers.
    fn start(&mut self) -> Result<(), String>;

    /// Returns true if everything is removed when this process is gone.
    fn is_guarded(&self) -> bool;
}

impl RedisInstance {
    pub(super) fn new(url: String, source: Source, product: String, backend: impl Backend + 'static) -> RedisInstance {
        RedisInstance {
            url,
            source,
            product,
            remark: None,
            backend: Mutex::new(Box::new(backend)),
        }
    }

    /// Stops the server with `SIGTERM`, or with `SIGKILL` if `kill`; its port and its files stay
    /// reserved.
    ///
    /// # Errors
    ///
    /// If it was not started here, or does not stop; the text says why.
    pub(crate) fn stop(&self, kill: bool) -> Result<(), String> {
        lock(&self.backend).stop(kill)
    }

    /// Starts the stopped server again at the same address, and waits until it answers.
    ///
    /// # Errors
    ///
    /// If it was not started here, or does not come back; the text says why.
    pub(crate) fn start(&self) -> Result<(), String> {
        lock(&self.backend).start()
    }

    /// Returns true if everything is removed when this process is gone, even if this value is never
    /// dropped.
    pub(crate) fn is_guarded(&self) -> bool {
        lock(&self.backend).is_guarded()
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
