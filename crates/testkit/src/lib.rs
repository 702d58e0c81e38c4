//! The kit for the tests of the steps: a real Redis for each test, a deadline for every wait, and
//! failures that say what should be true, what was found, and which page explains it.
//!
//! ```no_run
//! let kit = testkit::kit!();
//! kit.command(&["LPUSH", "queue:default", "{}"]);
//! kit.assert_eq("the job waits in its queue", kit.list("queue:default"), vec!["{}"]);
//! ```
//!
//! Redis comes from `KATA_REDIS_URL`, else from Docker, else from a `redis-server` on this machine
//! ([`redis::launch`]). It starts at the first use. All tests of a program share it, each with a
//! database of its own, and it is removed when the process ends, however it ends. Everything else
//! is in [`Kit`].

#[cfg(not(unix))]
compile_error!(
    "The kata needs Linux, macOS, or Windows with WSL 2: its programs are stopped by Unix signals. On Windows, install \
     WSL 2 (`wsl --install`), clone the repository inside it, and run the same command there."
);

mod asserts;
pub mod chapter;
mod commands;
mod databases;
mod deadline;
mod failover;
mod failure;
mod gate;
mod guard;
mod hook;
mod kit;
mod limit;
mod lock;
mod mark;
mod monitor;
mod mutex;
mod output;
mod program;
mod proxy;
pub mod redis;
mod resp;
mod run;
mod running;
mod server;
mod shown;
mod spawn;
mod test_database;
mod test_info;
mod transcript;
mod twin;
mod waits;
mod watch;

pub use failover::Failover;
pub use gate::{Entrance, Gate};
pub use kit::Kit;
pub use lookout::now as epoch_seconds;
pub use nix::sys::signal::Signal;
pub use program::Program;
pub use proxy::Proxy;
pub use run::parent_redis_url;
pub use running::Running;
pub use server::Server;
pub use test_info::TestInfo;
pub use waits::{DEFAULT_TIMEOUT, Task};

/// Creates the [`Kit`] of a test; the first line of the test.
///
/// `kit!()` uses the Redis that all tests of the program share. `kit!(own)` starts a server for
/// this test alone, which it may stop, pause and fill ([`Kit::server`]). If no server can be
/// started, the test prints `SKIPPED` and returns; so it must be a function that returns nothing.
///
/// # Panics
///
/// If the test or its program belongs to the other workspace (a stale build), or if no Redis is
/// available.
#[macro_export]
macro_rules! kit {
    () => {
        $crate::Kit::new($crate::test_info!())
    };
    (own) => {
        match $crate::Kit::own($crate::test_info!()) {
            Some(kit) => kit,
            None => return,
        }
    };
}

/// Returns what the compiler knows about the test that calls it, as a [`TestInfo`].
#[doc(hidden)]
#[macro_export]
macro_rules! test_info {
    () => {
        $crate::TestInfo {
            package: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            manifest_dir: env!("CARGO_MANIFEST_DIR"),
            file: file!(),
            program: option_env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME"))),
        }
    };
}
