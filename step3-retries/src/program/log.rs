//! The program's log: one line for each event, on standard error.

use std::env;
use std::io::{self, IsTerminal};

use tracing::level_filters::LevelFilter;

/// Shows what is at least as important as `level`; in colour only to a person who has not set `NO_COLOR`.
pub fn init(level: LevelFilter) {
    let colour = io::stderr().is_terminal() && env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
    tracing_subscriber::fmt()
        .with_writer(io::stderr)
        .with_ansi(colour)
        .with_max_level(level)
        .with_target(false)
        // A line that cannot be written, since nobody reads any more, is lost; else the thread that wrote it would be.
        .log_internal_errors(false)
        .init();
}
