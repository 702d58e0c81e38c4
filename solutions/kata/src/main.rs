//! `cargo kata` inside `solutions/`: runs the real one, at the root.

use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, ExitCode};
use std::{env, io};

fn main() -> ExitCode {
    let error = match hand_over() {
        Ok(error) => format!("cargo cannot be started: {error}. Is it in PATH?"),
        Err(error) => format!("{error}. Go into the folder solutions/ of your clone, and try again."),
    };
    eprintln!("error: {error}");
    ExitCode::FAILURE
}

/// Replaces this process by `cargo run --package kata` of the root's workspace, in this folder, so
/// that exit code and signals are those of the real one. Returns only if that fails.
fn hand_over() -> io::Result<io::Error> {
    let here = env::current_dir()?;
    let is_root = |path: &&Path| path.join("crates/kata/Cargo.toml").is_file() && path.join("solutions").is_dir();
    let root = here
        .ancestors()
        .find(is_root)
        .ok_or_else(|| io::Error::other(format!("{} is not inside the kata", here.display())))?;
    let mut cargo = Command::new(env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("CARGO_PKG_")) {
        cargo.env_remove(name);
    }
    // Quiet, because the outer cargo has just printed its own build and run.
    cargo
        .args(["run", "--quiet", "--package", "kata", "--manifest-path"])
        .arg(root.join("Cargo.toml"))
        .arg("--");
    Ok(cargo.args(env::args_os().skip(1)).exec())
}
