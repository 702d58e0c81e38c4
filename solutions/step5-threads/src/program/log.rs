//! The program's log: one line for each event, on standard error.

use std::env;
use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

/// Starts logging events of at least this level. Uses colors only on a terminal, and not if
/// `NO_COLOR` is set.
pub fn init(level: LevelFilter) {
    let colour = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(colour)
        .with_max_level(level)
        .with_target(false)
        // By default, a failed write is reported on standard error, which panics if the reader is
        // gone. So the line is lost, but not the thread.
        .log_internal_errors(false)
        .init();
}
