//! The options of a Redis to test against.

use super::version::Version;

/// The options of [`launch`](super::launch).
#[derive(Clone, Debug)]
pub struct LaunchOptions {
    /// How many databases it has, numbered from 0. Ignored for the Redis of `KATA_REDIS_URL`.
    pub databases: u32,
    /// The port on 127.0.0.1; `None` for any free one. With a port, it can be stopped and started
    /// again at the same address.
    pub port: Option<u16>,
    /// Whether it keeps its data when it is stopped and started again, in an append-only file that
    /// lives as long as the [`RedisInstance`](super::RedisInstance). The data survives `kill -9`,
    /// because Redis hands each write to the operating system before it answers.
    pub keeps_data: bool,
    /// The oldest version that is accepted.
    pub min_version: Version,
    /// The sources that may be tried.
    pub sources: Sources,
    /// Whether a server from `PATH` is tried before a container. It starts in milliseconds, while
    /// Docker needs half a second of processor time for each container.
    pub prefers_program: bool,
}

impl Default for LaunchOptions {
    /// Returns 16 databases (Redis's own default), any port, no persistence, Redis 6.0, all
    /// sources, a container first.
    fn default() -> Self {
        LaunchOptions {
            databases: 16,
            port: None,
            keeps_data: false,
            min_version: Version::REDIS_6_0,
            sources: Sources {
                given: true,
                ..Sources::STARTED
            },
            prefers_program: false,
        }
    }
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

impl Sources {
    /// The sources that start a server.
    pub const STARTED: Sources = Sources {
        given: false,
        docker: true,
        private: true,
    };
}
