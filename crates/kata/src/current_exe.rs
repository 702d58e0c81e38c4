//! The path of this very program, which starts itself again for some tasks.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, io};

use crate::CliError;

static PATH: OnceLock<io::Result<PathBuf>> = OnceLock::new();

/// The path of this program as it was when it was first asked for; [`crate::cli::run`] asks at the start.
///
/// Later, cargo may have built the program anew and removed this one: Linux would then answer with a path that does not
/// exist, while the remembered one leads to the new program.
///
/// # Errors
///
/// If the operating system does not tell.
pub fn current_exe() -> Result<&'static Path, CliError> {
    match PATH.get_or_init(env::current_exe) {
        Ok(path) => Ok(path),
        Err(error) => Err(format!("Cannot find out where this program is: {error}. Try again by `cargo kata`.").into()),
    }
}
