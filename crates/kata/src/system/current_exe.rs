//! The path of this program, which starts itself again for some tasks.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, io};

use crate::CliError;

static PATH: OnceLock<io::Result<PathBuf>> = OnceLock::new();

/// Returns the path of this program, as it was at the first call. [`crate::cli::run`] makes that
/// call at the start.
///
/// Later, cargo may have replaced the program. Linux would then return a path that does not exist,
/// while the remembered path leads to the new program.
///
/// # Errors
///
/// If the operating system does not know the path.
pub fn current_exe() -> Result<&'static Path, CliError> {
    match PATH.get_or_init(env::current_exe) {
        Ok(path) => Ok(path),
        Err(error) => {
            Err(format!("Cannot find the path of this program: {error}. Try again with `cargo kata`.").into())
        }
    }
}
